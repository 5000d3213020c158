"""`align stress`: how decisions move when what should not matter is changed."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import click

from alignkit.cli.options import (
    at_once_option,
    decider_option,
    model_names,
    model_option,
    model_options,
    profile_option,
    records_option,
    scenario_names,
    settings,
)

if TYPE_CHECKING:
    from alignkit.cli.stressing import Stressing
    from alignkit.service import StressTest
    from alignkit.service.inputs import Item


@click.command(
    epilog="""\b
Examples:
  align stress last-antivenom --profile utilitarian-medic
  align stress margin-note pasted-verdict --profile rule-bound-medic --kinds order,steering
  align stress cases/ -p mine.yaml --kinds steering --min-stability 0.3
  align stress my-case.yaml -p equal-care --kinds wording --rewrites model --json"""
)
@click.argument(
    "scenarios", nargs=-1, required=True, metavar="SCENARIO...", shell_complete=scenario_names
)
@profile_option
@decider_option
@model_option
@click.option(
    "--kinds",
    default="order,wording,names,demographics,steering",
    show_default=True,
    metavar="KIND,...",
    help="What to change.",
)
@click.option(
    "--rewrites",
    type=click.Choice(["shipped", "model", "both"]),
    default="shipped",
    show_default=True,
    help="Where other wordings come from: written by hand, or by a model and then checked.",
)
@click.option(
    "--rewriter",
    metavar="NAME",
    shell_complete=model_names,
    help="The model that writes them (default: the one that decides).",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Seed of the first rewrite that a model writes.",
)
@click.option(
    "--most",
    type=click.IntRange(1),
    default=24,
    show_default=True,
    metavar="N",
    help="At most so many variants of a kind for each scenario.",
)
@click.option(
    "--min-stability",
    type=click.FloatRange(0, 1),
    metavar="X",
    help="Exit with code 1 when fewer than this share of all variants keep the choice.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@records_option
@at_once_option
@model_options
def stress(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Measure how decisions move when what should not matter is changed.

    Every scenario is decided as it is and in variants: choices in another order, other words, other
    names, other demographics, a sentence that tries to steer. A choice is stable when the variants
    keep it.

    SCENARIO is a name from the library, a YAML or JSON file, or a folder.
    """
    return asyncio.run(_stress(options))


async def _stress(options: dict[str, Any]) -> int:
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads
    from alignkit.cli.stressing import Stressing
    from alignkit.service import StressPlan, StressTest, batch, profile_to_follow
    from alignkit.stress import kinds_named

    chosen = settings(options)
    plan = StressPlan(
        kinds=kinds_named(options["kinds"]),
        rewrites=options["rewrites"],
        rewriter=options["rewriter"],
        seed=options["seed"],
        most=options["most"],
    )
    with Downloads() as downloads:
        async with opened(chosen, downloads) as workbench:
            name = options["profile"]
            profile = None if name is None else profile_to_follow(name, workbench.library)
            items = batch(options["scenarios"], workbench.library)
            decider = workbench.decider(options["decider"], plain=profile is None)
            test = StressTest(workbench, profile, decider, plan)
            downloads.close()
            shown = Stressing(
                as_json=options["as_json"], single=items.single, records=options["records"]
            )
            with shown:
                for item in items.items:
                    await _run(test, item, shown)
            return shown.finish(test.report(), options["min_stability"])


async def _run(test: StressTest, item: Item, shown: Stressing) -> None:
    async with aclosing(test.run(item)) as steps:
        async for step in steps:
            shown.show(step)
