"""`align export`: runs as flat rows for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from alignkit.cli.options import settings, store_option

_TOOLS = ("inspect", "align_phase2")


@click.command(
    epilog="""\b
Examples:
  align export quick --format parquet --out quick.parquet
  align export quick --format csv > quick.csv
  align export quick --format inspect --out logs
  align export --store postgresql+psycopg://me@host/align --format jsonl --out all.jsonl"""
)
@click.argument("run", required=False)
@store_option
@click.option(
    "--format",
    "kind",
    type=click.Choice(["jsonl", "csv", "parquet", *_TOOLS]),
    default="jsonl",
    show_default=True,
    help="How rows are written; inspect and align_phase2 write a folder of files with the texts.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER",
    help="Write there instead of to standard output.",
)
def export(run: str | None, kind: Any, out: Path | None, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Write a run, or all of them, one row per decision.

    RUN is an id, how it begins, or the name of an experiment, whose latest run it is. DuckDB and
    pandas read the rows as they are; Inspect reads the logs of `inspect`, and the tools of the
    phase-2 triage data read those of `align_phase2`.
    """
    from alignkit.errors import UsageError
    from alignkit.service import existing_store, exported, exported_for

    with existing_store(settings(options)) as store:
        if kind in _TOOLS:
            if run is None or out is None:
                raise UsageError(f"{kind} writes one run into a folder.", "Name RUN and --out.")
            for path in exported_for(store, run, kind, out):
                click.echo(str(path))
            return
        count = exported(store, run, kind, out)
    if out is not None:
        click.echo(f"{out}: {count} rows.", err=True)
