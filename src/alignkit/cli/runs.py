"""`align runs`: what a store holds."""

from __future__ import annotations

import json
from typing import Any

import click

from alignkit.cli.options import settings, store_option


@click.command(epilog="Example: align runs --store sqlite:///runs.db")
@store_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a run.")
def runs(*, as_json: bool, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """List the runs of a store, the oldest first, and how far they are."""
    from alignkit.service import existing_store

    with existing_store(settings(options)) as store:
        tallies = store.tallies()
    if as_json:
        for one in tallies:
            facts = one.run.model_dump(mode="json", include={"id", "name", "created", "cells"})
            counts = {"done": one.done, "failed": one.failed, "erased": one.erased}
            click.echo(json.dumps({**facts, **counts}))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("run", "experiment", "created (UTC)", "cells", "done", "failed", "erased"):
        number = heading in {"cells", "done", "failed", "erased"}
        table.add_column(heading, justify="right" if number else "left", overflow="fold")
    for one in tallies:
        counted = (str(count) for count in (one.run.cells, one.done, one.failed, one.erased))
        created = f"{one.run.created:%Y-%m-%d %H:%M}"
        table.add_row(*map(Text, (one.run.id, one.run.name, created, *counted)))
    if tallies:
        Console().print(table)
    else:
        click.echo("There are no runs yet.", err=True)
