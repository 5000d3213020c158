"""`align run`: an experiment, decided and kept."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

import click

from alignkit.cli.experiments import experiment, experiment_names, experiment_options
from alignkit.cli.options import at_once_option, model_options, settings

_INTERRUPTED = 130
_PART_FAILED = 5


@click.command(
    epilog="""\b
Examples:
  align run quick
  align run triage --model smollm2-135m --limit 5
  align run my-experiment.yaml --set budget.minutes=30 --store sqlite:///mine.db
  align run my-experiment.yaml --dry-run

Presets: quick, triage, opinions, retention, moral-psychology, reliability, responsibility,
bias, personalization. The same command again goes on where the last one stopped. Ctrl-C finishes
what is under way and stops; a second one stops at once."""
)
@click.argument("experiment", metavar="EXPERIMENT|PRESET", shell_complete=experiment_names)
@experiment_options
@click.option(
    "--new",
    is_flag=True,
    help="A fresh run; results that are known become part of it, erased ones are made again.",
)
@click.option("--dry-run", is_flag=True, help="Check everything, count the cells, decide nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object at the end.")
@at_once_option
@model_options
def run(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Run an experiment: every scenario in every way, each decision stored as it is made."""
    return asyncio.run(_run(options))


async def _run(options: dict[str, Any]) -> int:
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads
    from alignkit.service import store_of
    from alignkit.service.experiments.preparing import prepared
    from alignkit.service.experiments.running import Running

    chosen = settings(options)
    read = experiment(options)
    with Downloads() as downloads, store_of(chosen) as store:
        async with opened(chosen, downloads) as workbench:
            found = await prepared(read, workbench)
            downloads.close()
            if options["dry_run"]:
                return _dry(found, store, new=options["new"], as_json=options["as_json"])
            running = Running(found, workbench, store, new=options["new"])
            return await _watched(running, as_json=options["as_json"])


def _dry(found: Any, store: Any, *, new: bool, as_json: bool) -> int:  # noqa: ANN401  loaded late
    from alignkit.cli.running import show_dry
    from alignkit.service.experiments.planning import stock_of

    show_dry(found, stock_of(found, store, new=new), as_json=as_json)
    return 0


async def _watched(running: Any, *, as_json: bool) -> int:  # noqa: ANN401  loaded late
    """Run and show how far it is; gives the exit code."""
    from alignkit.cli.running import Board

    with Board(as_json=as_json) as board, _interrupts(running.stop, board.stopping):
        try:
            async with aclosing(running.events()) as events:
                async for event in events:
                    board.show(event)
        except asyncio.CancelledError:  # the second interrupt
            board.say("stopped at once; what was shown as done is stored.")
            return _INTERRUPTED
        return board.finish()


@contextmanager
def _interrupts(stop: Callable[[], None], say: Callable[[], None]) -> Iterator[None]:
    """The first interrupt calls `stop`, the second one cancels this task."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    asked = False

    def interrupt() -> None:
        nonlocal asked
        if asked and task is not None:
            task.cancel()
            return
        asked = True
        stop()
        say()

    before = signal.getsignal(signal.SIGINT)
    try:
        loop.add_signal_handler(signal.SIGINT, interrupt)
    except (NotImplementedError, RuntimeError, ValueError):  # another system, another thread
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)
