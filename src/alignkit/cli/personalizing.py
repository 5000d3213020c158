"""What `align personalize` shows, and how it asks."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click
import numpy as np
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from alignkit.cli.judging import show_quality
from alignkit.cli.printable import printable
from alignkit.schema.taste import Which
from alignkit.service import Settings
from alignkit.service.taste.asking import Pair
from alignkit.service.taste.judges import judged_by
from alignkit.service.taste.learning import Learned, Liking
from alignkit.service.taste.session import Session

_SKIP, _STOP = "s", "q"
_OTHER_QUESTION = (
    "  (Measured with the questions of `align ask`, which describe attributes in fewer words.)"
)
_REPLIES: dict[str, Which] = {"a": "a", "b": "b", "e": "equal"}


def facts(found: Learned, chosen: Settings) -> dict[str, Any]:
    """All that is known, as JSON."""
    judges = judged_by(found, chosen)
    return {
        "person": found.taste.person,
        "comparisons": len(found.taste.comparisons),
        "ratings": len(found.taste.ratings),
        "level": found.level,
        "attributes": [{**asdict(one), "flat": one.flat} for one in found.likings()],
        "judged_by": [
            {
                "judge": one.judge,
                "measured": [
                    each.model_dump(mode="json", exclude={"key"}) for each in one.measured
                ],
            }
            for one in judges
        ],
    }


def print_known(found: Learned, chosen: Settings) -> None:
    """Print what is known, and below it how good those are who judged levels."""
    Console().print(table(found))
    for one in judged_by(found, chosen):
        click.echo(f"Levels were judged by {printable(one.judge)}.")
        show_quality(one.measured, one.about)
        if one.measured:
            click.echo(_OTHER_QUESTION)


def table(found: Learned) -> Group:
    """What is known, an attribute a row."""
    rows = Table(box=None, pad_edge=False, header_style="bright_black")
    rows.add_column("attribute")
    interval = f"{100 * found.level:.4g}% interval"
    for heading in ("target", interval, "weight", "comparisons", "gain", "to halve"):
        rows.add_column(heading, justify="right")
    rows.add_column("counts")
    for one in found.likings():
        rows.add_row(*map(Text, _cells(one)))
    return Group(rows)


def _cells(one: Liking) -> tuple[str, ...]:
    low, high = one.interval
    more = "" if one.more is None else f"{one.more} more"
    return (
        *(one.attribute, f"{one.estimate:.2f}", f"{low:.2f} to {high:.2f}", f"{one.weight:.3g}"),
        *(str(one.comparisons), f"{one.gain:.2f}", more),
        "not sure" if one.flat else "yes",
    )


def ask_all(session: Session, limit: int | None, chosen: Settings) -> None:
    """Ask about one pair after another, until the person has had enough or none is left."""
    rng = np.random.default_rng()
    told = 0
    while limit is None or told < limit:
        pair = session.next(rng)
        if pair is None:
            click.echo("There is no further pair to compare.", err=True)
            break
        reply = _ask(pair, told + 1)
        if reply == _STOP:
            break
        if reply == _SKIP:
            session.skip(pair)
            continue
        session.tell(pair, _REPLIES[reply], datetime.now(UTC))
        told += 1
    if len(session.found.compared):
        print_known(session.found, chosen)
    show = f"align personalize show --person {shlex.quote(session.found.taste.person)}"
    click.echo(f"{told} comparison{'s' * (told != 1)} kept. Show: {show}", err=True)


def _ask(pair: Pair, number: int) -> str:
    """Show one pair; gives the reply."""
    console = Console()
    console.print(Text(f"\n{number}. {pair.a.request}", style="bold"))
    sides = Table(expand=True, show_lines=True)
    for heading in ("a", "b"):
        sides.add_column(heading, ratio=1, overflow="fold")
    sides.add_row(Text(pair.a.text), Text(pair.b.text))
    console.print(sides)
    console.print(Text("  a, b   this one is better   e  equal   s  skip   q  stop"))
    replies = click.Choice([*_REPLIES, _SKIP, _STOP], case_sensitive=False)
    try:
        reply: str = click.prompt("Which is better?", type=replies, show_choices=False)
    except click.Abort:  # Ctrl-C or the end of input: what was said before is kept
        click.echo(err=True)
        return _STOP
    return reply
