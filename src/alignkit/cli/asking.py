"""What `align ask` and `align decompose` print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from alignkit.cli.printable import printable
from alignkit.schema import Draft, Finding, Reply

if TYPE_CHECKING:
    from alignkit.service.decomposing import Decomposed

_WITHHELD = "[withheld: what is marked NO says why]"


def answer_of(reply: Reply, more: str | None) -> None:
    """Print the answer as it is to standard output; what there is to say of it to the other.

    `more` is what shows the drafts; None where they were shown.
    """
    click.echo(reply.text)
    if reply.reason:
        click.echo(f"{reply.outcome}: {printable(reply.reason).rstrip('.')}.", err=True)
    elif reply.chosen is not None:
        missed = reply.drafts[reply.chosen - 1].failed
        if missed:
            names = ", ".join(dict.fromkeys(one.about for one in missed))
            hint = f" {more} says more." if more else ""
            click.echo(f"Not as wanted: {printable(names)}.{hint}", err=True)


def work_of(reply: Reply) -> RenderableType:
    """The instructions written for the request, and every draft with what the checks found."""
    parts: list[RenderableType] = []
    for one in reply.tailored:
        parts.append(Text(f"{one.attribute}: wanted {one.wanted}", style="bold"))
        parts += [Text(f"  - {printable(step)}") for step in one.steps]
    for draft in reply.drafts:
        parts += [_heading(draft, reply), *_plan(draft), Text(draft.text or _WITHHELD)]
        parts += [_findings(draft.findings), *_claims(draft), Text("")]
    usage = reply.usage
    cost = (
        f"{usage.tokens_evaluated} tokens evaluated, {usage.tokens_generated} generated, "
        f"{usage.calls} calls"
    )
    return Group(*parts, Text(cost, style="bright_black"), Text(""))


def decomposition(found: Decomposed) -> RenderableType:
    """Instructions and criteria, one below the other."""
    parts: list[RenderableType] = [Text("Instructions", style="bold")]
    for guide, dropped in found.with_dropped:
        parts.append(Text(f"{guide.attribute.title}: wanted {guide.wanted}"))
        parts += [Text(f"  - {printable(step)}") for step in guide.instructions]
        parts += [Text(f"  not taken: {printable(step)}", style="bright_black") for step in dropped]
    parts += [Text(f"Never: {boundary.rule}") for boundary in found.boundaries]
    parts += [Text(""), Text("Criteria", style="bold")]
    table = Table(box=None, pad_edge=False)
    for heading in ("about", "question", "wanted", "weight"):
        table.add_column(heading, overflow="fold")
    for one in found.posed:
        criterion = one.criterion
        asked = one.question.instructions.rpartition("\n")[2]
        wanted = " or ".join(criterion.levels) or "no"
        weight = f"{criterion.weight:g}" if criterion.weight else "binds"
        table.add_row(*map(Text, (criterion.name, asked, wanted, weight)))
    return Group(*parts, table)


def _heading(draft: Draft, reply: Reply) -> Text:
    of = f", of draft {draft.revises}" if draft.revises else ""
    won = ", the answer" if draft.number == reply.chosen else ""
    return Text(f"Draft {draft.number}{of}: {draft.score:.2f}{won}", style="bold")


def _plan(draft: Draft) -> list[RenderableType]:
    return [Text(f"  - {point}", style="bright_black") for point in draft.plan]


def _claims(draft: Draft) -> list[RenderableType]:
    """What the draft states, each with what documents say about it."""
    parts: list[RenderableType] = []
    for one in draft.claims:
        parts.append(Text(f"  {one.standing} ({one.probability:.2f}): {one.text}"))
        for says, quote in (("", one.quote), ("but ", one.against)):
            if quote:
                said = printable(f'{quote.place}: "{" ".join(quote.text.split())}"')
                parts.append(Text(f"    {says}{said}", style="bright_black"))
    return parts


def _findings(findings: tuple[Finding, ...]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for one in findings:
        sure = "" if one.probability is None else f"{one.probability:.2f}"
        table.add_row(*map(Text, ("yes" if one.holds else "NO", sure, one.about, one.says)))
    return table
