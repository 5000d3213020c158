"""What `align review` shows, and how it asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from alignkit.cli.printable import printable
from alignkit.cli.rendering import card
from alignkit.errors import AlreadyReviewed
from alignkit.service.reviews import (
    Case,
    Verdict,
    case_of,
    facts_of,
    give_verdict,
    waiting,
    would_have_chosen,
)
from alignkit.service.who import user_name
from alignkit.store import Reviewed, Store

_NONE, _SKIP, _QUIT = "n", "s", "q"


def facts(one: Reviewed) -> dict[str, Any]:
    """A decision that is for people, as JSON."""
    return {
        **facts_of(one),
        "since": one.since.isoformat(),
        "review": one.review.model_dump(mode="json") if one.review else None,
    }


def table(found: Sequence[Reviewed]) -> Table:
    """Decisions as rows."""
    made = Table(box=None, pad_edge=False)
    for heading in ("decision", "since (UTC)", "scenario", "profile", "would choose", "a person"):
        made.add_column(heading, overflow="fold")
    for one in found:
        review = one.review
        verdict = "" if review is None else f"{review.choice or 'none'} ({review.by})"
        made.add_row(
            *map(
                Text,
                (
                    one.result.decision[:8],
                    f"{one.since:%Y-%m-%d %H:%M}",
                    one.cell.scenario,
                    one.cell.profile or "",
                    would_have_chosen(one.result) or "a tie",
                    printable(verdict),
                ),
            )
        )
    return made


def shown(case: Case) -> Group:
    """A decision in full for who is to decide."""
    result, record = case.place.result, case.record
    parts: list[RenderableType] = []
    if record is None:
        parts.append(Text(f"{case.place.cell.scenario}: the store keeps no texts.", style="bold"))
        parts += [Text(f"  {share:.2f}  {name}") for name, share in result.probabilities.items()]
        parts.append(Text(f"{result.outcome}: {result.reason or ''}"))
    else:
        parts += [Text(record.scenario.context), Text()]
        parts.append(card(record.scenario, record.decision, record.attributes))
    if case.place.review is not None:
        review = case.place.review
        parts += [Text(), Text(f"{review.by} decided: {review.choice or 'no choice is right'}")]
        parts += [Text(review.note)] if review.note else []
    return Group(*parts)


def ask_all(store: Store) -> None:
    """Ask about every decision that waits, until the person has had enough."""
    by, done = user_name(), 0
    for one in waiting(store):
        answer = ask_about(store, one.result.decision, by)
        done += answer not in {_SKIP, _QUIT}
        if answer == _QUIT:
            break
    left = store.reviews.count()
    click.echo(f"{done} decided; {left} wait.", err=True)


def ask_about(store: Store, decision: str, by: str, *, again: bool = False) -> str:
    """Show one decision and keep what the person says; gives the answer."""
    case = case_of(store, decision)
    console = Console()
    console.print(shown(case))
    choices = list(case.place.result.probabilities)
    for number, name in enumerate(choices, start=1):
        console.print(Text(f"  {number}  {name}", style="bold"))
    console.print(Text(f"  {_NONE}  no choice is right   {_SKIP}  skip   {_QUIT}  quit"))
    numbers = [str(number) for number in range(1, len(choices) + 1)]
    answer: str = click.prompt(
        "Which is right?", type=click.Choice([*numbers, _NONE, _SKIP, _QUIT]), show_choices=False
    )
    if answer in {_SKIP, _QUIT}:
        return answer
    choice = None if answer == _NONE else choices[int(answer) - 1]
    note = _note(needed=choice is None)
    try:
        give_verdict(store, case.place.result.decision, Verdict(choice, note, by), again=again)
    except AlreadyReviewed as error:
        click.echo(str(error), err=True)
        return _SKIP
    return answer


def _note(*, needed: bool) -> str:
    while True:
        note: str = click.prompt("Why (a note)", default="", show_default=False).strip()
        if note or not needed:
            return note
        click.echo("Say why no choice is right.", err=True)
