"""`align plan`: what an experiment costs, and how many items an effect takes."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from typing import Any

import click

from alignkit.cli.experiments import experiment, experiment_names, experiment_options
from alignkit.cli.options import Limit, at_once_option, listed, model_options, settings


@click.command(
    epilog="""\b
Examples:
  align plan quick
  align plan my-experiment.yaml --limit 100 --json
  align plan --effect 0.05 --power 0.8 --pilot triage
  align plan reliability --effect 0.15 --alpha 0.0125 --by profile

Tokens are estimated from characters, in a dry run of a few cells; no model is opened."""
)
@click.argument(
    "experiment",
    required=False,
    metavar="EXPERIMENT|PRESET",
    shell_complete=experiment_names,
)
@experiment_options
@click.option(
    "--effect",
    type=Limit(0, 1, min_open=True),
    metavar="SHARE",
    help="Say how many items show a difference of this size.",
)
@click.option(
    "--power",
    type=Limit(0, 1, min_open=True, max_open=True),
    default=0.8,
    show_default=True,
    metavar="SHARE",
    help="How surely it is to be found.",
)
@click.option(
    "--alpha",
    type=Limit(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    metavar="SHARE",
    help="Level of the test that is to find it.",
)
@click.option(
    "--pilot", metavar="RUN", help="The run that shows the spread (default: the experiment's last)."
)
@click.option(
    "--measure",
    "measures",
    callback=listed,
    metavar="NAME,...",
    help="With --effect: what will be tested, as `align compare-runs --measure` calls it "
    "(default: all that the pilot has).",
)
@click.option(
    "--by",
    type=click.Choice(["decider", "profile"]),
    default="decider",
    show_default=True,
    help="With --effect: a difference of two deciders, or of a profile and the plain model.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row.")
@at_once_option
@model_options
def plan(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Estimate calls, tokens, minutes and money of an experiment, or the items an effect takes."""
    if options["effect"] is not None:
        return _needed(options)
    if options["experiment"] is None:
        raise click.UsageError("Name an experiment, or an effect with --effect.")
    return asyncio.run(_plan(options))


async def _plan(options: dict[str, Any]) -> int:
    from alignkit.cli.opening import opened
    from alignkit.cli.planning import show_plan
    from alignkit.cli.progress import Downloads
    from alignkit.errors import FileProblem
    from alignkit.service import existing_store
    from alignkit.service.experiments.planning import plan as planned

    chosen = settings(options)
    read = experiment(options)
    with ExitStack() as open_now:
        store = None
        with suppress(FileProblem):  # a plan makes no store; without one, speeds are guessed
            store = open_now.enter_context(existing_store(chosen))
        downloads = open_now.enter_context(Downloads())
        async with opened(chosen, downloads) as workbench:
            show_plan(await planned(read, workbench, store), as_json=options["as_json"])
    return 0


def _needed(options: dict[str, Any]) -> int:
    from alignkit.cli.planning import show_needed
    from alignkit.errors import UnknownName, UsageError
    from alignkit.service import existing_store
    from alignkit.service.experiments.sizing import Wanted, needed

    name = options["pilot"]
    if name is None and options["experiment"] is not None:
        name = experiment(options).experiment.name
    if name is None:
        raise UsageError(
            "How many items an effect takes depends on a pilot's variance.",
            "Name a run with --pilot; `align run EXPERIMENT --limit 20` makes one.",
        )
    with existing_store(settings(options)) as store:
        wanted = Wanted(
            **{key: options[key] for key in ("effect", "power", "alpha", "measures", "by")}
        )
        try:
            store.run(name)
        except UnknownName as error:
            if options["pilot"] is not None:
                raise
            made = f"`align run {options['experiment']} --limit 20` makes one"
            raise UsageError(
                f"{name!r} has no run yet that shows a variance.", f"{made}; --pilot names another."
            ) from error
        show_needed(needed(store, name, wanted), as_json=options["as_json"])
    return 0
