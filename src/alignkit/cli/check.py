"""`align check`: a gate for continuous integration."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from alignkit.cli.experiments import experiment_options
from alignkit.cli.options import Limit, at_once_option, model_options, settings

_FAILED = 1


@click.command(
    epilog="""\b
Examples:
  align check quick-3f9a01b2c4d5 --min-effect 0.2
  align check mine.yaml --min-effect 0.2 --max-loss 0.05 --junit gate.xml
  align check retention --max-loss 0.02

An effect passes when its whole 95 % interval is at the limit or above, a loss when its whole
interval is below; what the data cannot tell does not pass, nor does a run with failed decisions."""
)
@click.argument("experiment", metavar="EXPERIMENT|RUN")
@click.option(
    "--min-effect",
    type=Limit(-1, 1),
    metavar="X",
    help="Every steering effect (high minus low) is at least X.",
)
@click.option(
    "--max-loss",
    type=Limit(0, 1, min_open=True, max_open=True),
    metavar="Y",
    help="No profile loses more than Y of the plain model's accuracy.",
)
@click.option(
    "--max-failed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="No more than N decisions failed.",
)
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the checks as a JUnit file, too.",
)
@experiment_options
@at_once_option
@model_options
def check(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Fail with code 1 unless a run shows what is asked.

    A RUN of the store is judged as it is. Anything else is an EXPERIMENT, a file or a preset: it is
    run first, which decides only what has changed since it was last run.
    """
    from alignkit.errors import UsageError
    from alignkit.report.run.gate import gate_line, junit
    from alignkit.service import existing_store, write_text
    from alignkit.service.evidence.gating import gate

    if options["min_effect"] is None and options["max_loss"] is None:
        raise UsageError("Nothing is asked.", "Give --min-effect, --max-loss, or both.")
    run = _stored(options) or asyncio.run(_made(options))
    with existing_store(settings(options)) as store:
        found = gate(store, run, options["min_effect"], options["max_loss"], options["max_failed"])
    for one in found.checks:
        click.echo(gate_line(one))
    if options["junit"] is not None:
        write_text(options["junit"], junit(f"align check {found.run.name}", found.checks))
    passed = sum(one.passed for one in found.checks)
    click.echo(f"{passed} of {len(found.checks)} passed on the run {found.run.id}.", err=True)
    return 0 if found.passed else _FAILED


def _stored(options: dict[str, Any]) -> str | None:
    """The id of the run that is named, where the store has one of this id."""
    from alignkit.errors import FileProblem, UnknownName, UsageError
    from alignkit.service import existing_store
    from alignkit.service.experiments.reading import presets

    name = options["experiment"]
    try:
        with existing_store(settings(options)) as store:
            found = store.run(name)
    except (FileProblem, UnknownName):  # no store yet, or no such run
        return None
    # The name of an experiment stands for it as it is now, not for what it was once.
    if name != found.name:
        return found.id if found.id.startswith(name) else None
    if name not in presets():
        hint = f"Give its file to run it again, or {found.id} to judge its latest run as it is."
        raise UsageError(f"{name!r} names an experiment, and a gate needs its file.", hint)
    return None


async def _made(options: dict[str, Any]) -> str:
    """Run the experiment that is named; gives the id of its run."""
    from contextlib import aclosing

    from alignkit.cli.experiments import experiment
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads
    from alignkit.cli.running import Board
    from alignkit.service import store_of
    from alignkit.service.experiments.preparing import prepared
    from alignkit.service.experiments.running import Begun, Running

    chosen = settings(options)
    read = experiment(options)
    run = ""
    with Downloads() as downloads, store_of(chosen) as store:
        async with opened(chosen, downloads) as workbench:
            found = await prepared(read, workbench)
            downloads.close()
            running = Running(found, workbench, store)
            with Board(as_json=False) as board:
                async with aclosing(running.events()) as events:
                    async for event in events:
                        run = event.run.id if isinstance(event, Begun) else run
                        board.show(event)
    return run
