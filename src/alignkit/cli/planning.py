"""What `align plan` prints."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table

from alignkit.cli.running import duration
from alignkit.evaluate.planner import Estimate
from alignkit.service.experiments.planning import Plan
from alignkit.service.experiments.sizing import Needed, NoSpread

_COUNTS = ("cells", "calls", "submitted", "evaluated", "time", "money")


def show_plan(plan: Plan, *, as_json: bool) -> None:
    """A row for every data set, decider and model, and the sum."""
    if as_json:
        for part in plan.parts:
            click.echo(part.model_dump_json())
        return
    table = Table(box=None, pad_edge=False)
    for name in ("data", "decider", "model"):
        table.add_column(name, overflow="fold")
    for name in _COUNTS:
        table.add_column(name, justify="right")
    for part in plan.parts:
        table.add_row(part.dataset, part.decider, part.model, *_counts(part))
    Console().print(table)
    money = f", {plan.money:.2f}" if plan.money is not None else ""
    click.echo(f"{plan.cells:,} cells, about {duration(plan.minutes * 60)}{money}.")
    click.echo(
        "Tokens are estimated: 4 characters each, from a dry run of a few cells. A time with ~ is "
        "a rough guess, any other goes by an earlier run."
    )
    for name, count in plan.skipped.items():
        click.echo(f"{name}: {count:,} items cannot be read and are left out.", err=True)


def _counts(part: Estimate) -> list[str]:
    time = duration(part.minutes * 60)
    return [
        f"{part.cells:,}",
        f"{part.calls:,}",
        f"{part.tokens_submitted:,}",
        f"{part.tokens_evaluated:,}",
        time if part.minutes_measured or part.model == "none" else f"~{time}",
        f"{part.money:.2f}" if part.money is not None else "",
    ]


def show_needed(found: Sequence[Needed | NoSpread], *, as_json: bool) -> None:
    """A sentence for every two deciders."""
    for one in found:
        if as_json:
            click.echo(one.model_dump_json())
            continue
        if isinstance(one, NoSpread):
            click.echo(
                f"{one.one} against {one.other} on {one.model}: the pilot {one.run} shows no "
                f"spread, so it cannot tell. All its {one.pilot_groups:,} groups differ by "
                f"{one.difference:+.3f}; a larger pilot may show some."
            )
            continue
        click.echo(
            f"{one.one} against {one.other} on {one.model}: a difference of {one.effect:g} is "
            f"found with probability {one.power:g} on {one.items:,} items in {one.groups:,} groups "
            f"(two-sided, level {one.alpha:g}). The pilot {one.run} has {one.pilot_items:,} items "
            f"in {one.pilot_groups:,} groups and shows {one.difference:+.3f}."
        )
