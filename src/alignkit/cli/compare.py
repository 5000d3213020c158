"""`align compare`: one scenario, several ways to decide it, side by side."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from alignkit.cli.options import (
    decider_names,
    model_options,
    models_option,
    profile_names,
    records_option,
    scenario_names,
    settings,
)


@click.command(
    epilog="""\b
Examples:
  align compare last-antivenom -p none -p utilitarian-medic -p steadfast-medic
  align compare my-case.yaml -p mine.yaml -d instructed -d comparative_regression
  align compare last-antivenom -p equal-care -m smollm2-135m -m qwen2.5-coder-1.5b
  align compare last-antivenom -p none -p bold-medic --html page.html"""
)
@click.argument(
    "scenarios", nargs=-1, required=True, metavar="SCENARIO...", shell_complete=scenario_names
)
@click.option(
    "--profile",
    "-p",
    "profiles",
    multiple=True,
    metavar="NAME|PATH|none",
    shell_complete=profile_names,
    help="Whose values decide; `none` for the plain model.",
)
@click.option(
    "--decider",
    "-d",
    "deciders",
    multiple=True,
    metavar="NAME[?KEY=VALUE&...]",
    shell_complete=decider_names,
    help="Methods to compare.",
)
@models_option("Models to compare.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the page, too.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON decision a line.")
@records_option
@model_options
def compare(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Decide a scenario under every combination of profiles, deciders and models.

    Without --profile the plain model is the only column.
    """
    return asyncio.run(_compare(options))


async def _compare(options: dict[str, Any]) -> int:
    from alignkit.cli.comparing import Columns
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads
    from alignkit.service import PLAIN, Ways, keep_apart, profile_to_follow, scenario_named

    chosen = settings(options)
    keep_apart(options["html"], map(Path, (*options["scenarios"], *options["profiles"])))
    with Downloads() as downloads:
        async with opened(chosen, downloads) as workbench:
            library = workbench.library
            scenarios = [scenario_named(name, library) for name in options["scenarios"]]
            ways = Ways(
                profiles=[
                    None if name == PLAIN else profile_to_follow(name, library)
                    for name in options["profiles"] or (PLAIN,)
                ],
                deciders=options["deciders"] or (None,),
                models=options["models"] or (None,),
            )
            columns = Columns(workbench, as_json=options["as_json"], records=options["records"])
            for scenario in scenarios:
                await columns.show(scenario, ways)
            return columns.finish(options["html"])
