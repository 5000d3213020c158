"""`align records`: verify what a store holds, and erase what it must not hold any longer."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

import click

from alignkit.cli.options import settings, store_option
from alignkit.cli.printable import printable

_CHANGED = 1


@click.group()
def records() -> None:
    """Verify and erase what a store holds."""


@records.command(
    epilog="""\b
Examples:
  align records verify
  align records verify quick --json

Exit code 0 when all is intact, 1 when something was changed."""
)
@click.argument("run", required=False)
@store_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a run.")
def verify(run: str | None, *, as_json: bool, **options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Find what was changed after it was stored, in a run or in all of them and the audit log.

    Every hash of the run's chain is computed anew, from the texts themselves. The last hash stands
    for the whole run: write it down elsewhere, and not even a rewritten chain goes unseen.
    """
    from alignkit.service import checked, existing_store

    intact = True
    with existing_store(settings(options)) as store:
        for found in checked(store, run):
            intact = intact and not found.problems
            _print_check(found, as_json=as_json)
        strays = [] if run else store.strays()
        log = None if run else store.log.check()
    for line in strays:
        click.echo(printable(line), err=as_json)
    if log is not None and (log.entries or log.problems):
        intact = intact and not log.problems
        _print_log(log, as_json=as_json)
    return 0 if intact and not strays else _CHANGED


def _print_log(log: Any, *, as_json: bool) -> None:  # noqa: ANN401  loaded late
    if as_json:
        click.echo(json.dumps({"log": asdict(log), "intact": not log.problems}))
        return
    verdict = "was changed" if log.problems else "is intact"
    click.echo(f"audit log: {verdict} ({log.entries} entries); its last hash is {log.head}")
    for problem in log.problems:
        click.echo(f"  {printable(problem)}")


def _print_check(found: Any, *, as_json: bool) -> None:  # noqa: ANN401  loaded late
    if as_json:
        click.echo(json.dumps({**asdict(found), "intact": not found.problems}))
        return
    verdict = "was changed" if found.problems else "is intact"
    counts = f"{found.cells} entries, {found.erased} erased"
    click.echo(printable(f"{found.run}: {verdict} ({counts}); its last hash is {found.head}"))
    for problem in found.problems:
        click.echo(f"  {printable(problem)}")


@records.command(epilog="Example: align records delete 3f9a51c2 --yes")
@click.argument("decisions", nargs=-1, required=True, metavar="ID...")
@store_option
@click.option("--yes", is_flag=True, help="Don't ask.")
def delete(decisions: tuple[str, ...], *, yes: bool, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Erase decisions for good: results, records, what people noted, texts nothing else uses.

    ID is a decision's id or how it begins. What was asked for stays, with hashes in place of what
    came of it, so that runs still verify.
    """
    from alignkit.service import existing_store
    from alignkit.service.who import user_name

    with existing_store(settings(options)) as store:
        count = store.deletable(decisions)
        if count:
            _ask(count, store.name, yes=yes)
        click.echo(_erased(store.erase(decisions, user_name())), err=True)


@records.command(
    epilog="""\b
Examples:
  align records prune --before 2026-01-01
  align records prune --run quick --yes"""
)
@store_option
@click.option("--before", metavar="DATE", help="What was made before this date (UTC) or time.")
@click.option("--run", metavar="RUN", help="What this run holds and no other.")
@click.option("--yes", is_flag=True, help="Don't ask.")
def prune(before: str | None, run: str | None, *, yes: bool, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Erase all that was made before a date, or what only one run holds."""
    from alignkit.service import existing_store, to_prune
    from alignkit.service.who import user_name

    with existing_store(settings(options)) as store:
        what = to_prune(store, before, run)
        count = store.prunable(what)
        if count:
            _ask(count, store.name, yes=yes)
        click.echo(_erased(store.prune(what, user_name())), err=True)


def _ask(count: int, store: str, *, yes: bool) -> None:
    """Let the user say no; without a terminal there must be a --yes."""
    from alignkit.errors import UsageError

    if yes:
        return
    question = f"Erase {count} decision{'s' * (count != 1)} in {store} for good?"
    if not sys.stdin.isatty():
        raise UsageError(question, "Give --yes, as there is nobody to ask.")
    click.confirm(question, abort=True, err=True)


def _erased(count: int) -> str:
    return f"{count} decision{'s' * (count != 1)} erased."
