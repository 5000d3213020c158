"""What `align plan` prints."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table

from alignkit.cli.running import duration
from alignkit.evaluate.planner import Cost, Estimate
from alignkit.service.experiments.planning import Plan
from alignkit.service.experiments.sizing import Needed, NoSpread

_COUNTS = ("calls", "submitted", "evaluated", "time", "money")


def show_plan(plan: Plan, *, as_json: bool) -> None:
    """A row for every data set, decider and model, and the sum: of what is left, and of all."""
    if as_json:
        for part in plan.parts:
            click.echo(part.model_dump_json())
        return
    table = Table(box=None, pad_edge=False)
    for name in ("data", "decider", "model"):
        table.add_column(name, overflow="fold")
    some_known = plan.stock.cells > 0
    for name in ("cells", *(["known"] if some_known else []), *_COUNTS):
        table.add_column(name, justify="right")
    for part in plan.parts:
        cells = [f"{part.cells:,}", *([f"{part.known:,}"] if some_known else [])]
        table.add_row(part.dataset, part.decider, part.model, *cells, *_counts(part))
    Console().print(table)
    for line in _sums(plan):
        click.echo(line)
    click.echo(
        "Tokens are estimated: 4 characters each, from a dry run of a few cells. A time with ~ is "
        "a rough guess, any other goes by an earlier run."
    )
    for name, count in plan.skipped.items():
        click.echo(f"{name}: {count:,} items cannot be read and are left out.", err=True)
    for model in plan.unidentified:
        click.echo(
            f"{model}: cannot be told from other models without opening it, so none of its cells "
            "count as known. `align run --dry-run` opens it and counts them.",
            err=True,
        )


def _sums(plan: Plan) -> list[str]:
    """What is left takes and what all would; one line where nothing is known."""
    whole, left, stock = plan.whole, plan.left, plan.stock
    if not stock.cells:
        return [f"{whole.cells:,} cells, about {_takes(whole)}."]
    gone = f"{stock.erased:,} erased, " if stock.erased else ""
    counted = (
        f"{whole.cells:,} cells, {stock.known:,} of them known, {gone}{left.cells:,} to decide"
    )
    return [
        f"{counted}: {left.calls:,} calls, about {_takes(left)}." if left.cells else f"{counted}.",
        f"All {whole.cells:,} cells from the start: {whole.calls:,} calls, about {_takes(whole)}.",
        "Calls, tokens, time and money of a row are for what is left to decide.",
    ]


def _takes(cost: Cost) -> str:
    time = duration(cost.minutes * 60)
    return f"{time}, {cost.money:.2f}" if cost.money is not None else time


def _counts(part: Estimate) -> list[str]:
    left = part.left
    time = duration(left.minutes * 60)
    sure = part.minutes_measured or part.model == "none" or not left.cells
    return [
        f"{left.calls:,}",
        f"{left.tokens_submitted:,}",
        f"{left.tokens_evaluated:,}",
        time if sure else f"~{time}",
        f"{left.money:.2f}" if left.money is not None else "",
    ]


def show_needed(found: Sequence[Needed | NoSpread], *, as_json: bool) -> None:
    """A sentence for every two deciders and measure."""
    for one in found:
        click.echo(one.model_dump_json() if as_json else _needed_words(one))


def _needed_words(one: Needed | NoSpread) -> str:
    about = f"{one.one} against {one.other} on {one.model} in {one.title}"
    if isinstance(one, NoSpread):
        return (
            f"{about}: the pilot {one.run} shows no spread, so it cannot tell. All its "
            f"{one.pilot_groups:,} groups differ by {one.difference:+.3f}; a larger pilot may show "
            "some."
        )
    return (
        f"{about}: a difference of {one.effect:g} is found with probability {one.power:g} on "
        f"{one.items:,} items in {one.groups:,} groups (two-sided, level {one.alpha:g}). The pilot "
        f"{one.run} has {one.pilot_items:,} items in {one.pilot_groups:,} groups and shows "
        f"{one.difference:+.3f}."
    )
