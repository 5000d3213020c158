"""`align decide`: scenarios in, decisions out, as they are made."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from typing import Any

import click

from alignkit.cli.options import (
    at_once_option,
    decider_option,
    model_option,
    model_options,
    profile_option,
    records_option,
    scenario_names,
    settings,
)


@click.command(
    epilog="""\b
Examples:
  align decide last-antivenom --profile utilitarian-medic
  align decide my-case.yaml --profile my-values.yaml --json
  align decide cases/ --records records/ --profile cautious-medic
  align decide cases/ -p quick-counter.yaml --store sqlite:///align.db
  align decide --dataset mta:triage.json --limit 5 -p own-team-first -d direct_regression
  cat cases.jsonl | align decide - --json > decisions.jsonl"""
)
@click.argument("scenarios", nargs=-1, metavar="SCENARIO...", shell_complete=scenario_names)
@profile_option
@decider_option
@model_option
@click.option("--dataset", metavar="FORMAT:PATH", help="Read a published data set (mta:PATH).")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Decide only the first N.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@records_option
@click.option(
    "--store",
    metavar="URL",
    help="Keep every decision in this store; what is left to a person waits there.",
)
@at_once_option
@model_options
def decide(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Decide scenarios under a profile.

    SCENARIO is a name from the library (`align scenarios list`), a YAML or JSON file, a folder, or
    `-` for JSON lines on standard input.
    """
    if not options["scenarios"] and not options["dataset"]:
        raise click.UsageError("Name at least one scenario, or a --dataset.")
    return asyncio.run(_decide(options))


async def _decide(options: dict[str, Any]) -> int:
    from alignkit.cli.opening import opened
    from alignkit.cli.output import Printer
    from alignkit.cli.progress import Downloads
    from alignkit.service import batch, decide_all, profile_to_follow, write_record

    chosen = settings(options)
    with Downloads() as downloads, _keeping(options["store"], chosen) as keeping:
        async with opened(chosen, downloads) as workbench:
            name = options["profile"]
            profile = None if name is None else profile_to_follow(name, workbench.library)
            items = batch(
                options["scenarios"],
                workbench.library,
                lines=_lines(),
                dataset=options["dataset"],
                data=chosen.data,
                limit=options["limit"],
            )
            decider = workbench.decider(options["decider"], plain=profile is None)
            downloads.close()
            shown = {"as_json": options["as_json"], "single": items.single}
            with Printer(workbench.library, **shown) as printer:
                found = decide_all(items.items, decider, profile, chosen.at_once)
                async with aclosing(found) as decisions:
                    async for decided in decisions:
                        if decided.record is not None and options["records"] is not None:
                            write_record(options["records"], decided.record)
                        if decided.record is not None and keeping is not None:
                            await keeping.keep(decided.record)
                        printer.warn(decided.item)
                        printer.show(decided)
                return printer.finish()


@contextmanager
def _keeping(url: str | None, chosen: Any) -> Iterator[Any]:  # noqa: ANN401  loaded late
    """What keeps decisions in the store that was named; None where none was."""
    if url is None:
        yield None
        return
    from alignkit.service import store_of
    from alignkit.service.asked import AskedDecisions
    from alignkit.service.who import user_name

    with store_of(chosen) as store:
        found = AskedDecisions(store, user_name())
        yield found
        if found.waiting:
            click.echo(f"{found.waiting} left to a person. Run: align review", err=True)


def _lines() -> Iterator[str]:
    """Standard input as UTF-8; bytes that are not become surrogates, which no text may hold."""
    if sys.stdin is None:
        return
    # A buffer of its own: `sys.stdin` must not be in use by a thread when the program ends.
    for line in open(sys.stdin.fileno(), "rb", closefd=False):  # noqa: SIM115
        yield line.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
