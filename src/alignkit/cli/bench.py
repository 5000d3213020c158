"""`align bench`: deciders side by side on labelled items; what is about text is next door."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alignkit.catalog import shown_spec
from alignkit.cli import bench_text
from alignkit.cli.options import decider_names, engine_options, models_option, settings

if TYPE_CHECKING:
    from alignkit.service.benching import Bench


@click.group()
def bench() -> None:
    """Measure methods, models and judges on labelled items."""


@bench.command(
    epilog="""\b
Examples:
  align bench methods
  align bench methods -d direct_regression -d contrastive -m qwen2.5-coder-1.5b --limit 5
  align bench methods -d statement_judge --against instructed --half second --limit 0
  align bench methods --family persona --limit 240 --json > persona.jsonl

ALIGN_DATA names the folder of the public data. What was decided once is kept and not decided
again, so an interrupted run goes on where it stopped."""
)
@click.option(
    "--decider",
    "-d",
    "deciders",
    multiple=True,
    metavar="NAME[?KEY=VALUE&...]",
    shell_complete=decider_names,
    help="Method, several times for several (default: all).",
)
@models_option("Model, several times for several.")
@click.option(
    "--family",
    "-f",
    "families",
    multiple=True,
    metavar="NAME",
    help="mta, affiliation, personal_safety or persona, several times for several (default: all).",
)
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    metavar="N",
    help="Fixed scenarios a family (persona: 24, 48, ...), 0 for all; twins are added.",
)
@click.option(
    "--half",
    type=click.Choice(["first", "second", "both"]),
    default="both",
    show_default=True,
    help="Only one half of the items, split by scenario.",
)
@click.option(
    "--cells",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where decisions are kept (default: in the user's cache).",
)
@click.option(
    "--against",
    metavar="NAME[?KEY=VALUE&...]",
    help="Compare every decider with this one, item by item, and say how sure the margin is.",
)
@click.option("--attributes", is_flag=True, help="Below the table, the figures of every attribute.")
@click.option("--at-once", type=click.IntRange(1, 1000), metavar="N", help="Decisions together.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row and margin.")
@engine_options
def methods(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Compare deciders: accuracy, order, calibration and cost, beside chance and constants.

    They are measured as they are, without what `align calibrate` learned.
    """
    return asyncio.run(_methods(options))


def _names(wanted: Bench, model: str) -> tuple[list[str], list[str], list[str]]:
    """What will stand in the columns of deciders, models and families."""
    against = [wanted.against] if wanted.against is not None else []
    several = len(wanted.families)
    alike = [f"all {several} alike"] if against and several > 1 else []
    models = [shown_spec(one or model) for one in wanted.models]
    return [*wanted.deciders, *against], [*models, "none"], [*wanted.families, *alike]


async def _methods(options: dict[str, Any]) -> int:
    from alignkit.cli.benching import Board
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads, terminal_width
    from alignkit.evaluate.items import FAMILIES
    from alignkit.service.benching import METHODS, Bench, bench, default_cells

    chosen = settings({**options, "model": None})
    wanted = Bench(
        deciders=options["deciders"] or METHODS,
        models=options["models"] or (None,),
        families=options["families"] or tuple(family.name for family in FAMILIES),
        limit=options["limit"] or None,
        half=options["half"],
        cells=options["cells"] or default_cells(chosen),
        against=options["against"],
    )
    with Downloads() as downloads:
        async with opened(chosen, downloads) as workbench:
            shown = {"as_json": options["as_json"], "attributes": options["attributes"]}
            with Board(**shown, room=terminal_width(), names=_names(wanted, chosen.model)) as board:
                async with aclosing(bench(wanted, workbench)) as steps:
                    async for step in steps:
                        downloads.close()
                        board.show(step)
                board.end(options["against"], step.margins)
    return 0


bench.add_command(bench_text.judge)
bench.add_command(bench_text.answers)
