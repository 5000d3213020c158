"""`align report`: a run as a page, as Markdown or as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from alignkit.cli.options import settings, store_option


@click.command(
    epilog="""\b
Examples:
  align report quick
  align report quick --out quick.html
  align report quick --format md > quick.md
  align report quick --format csv --out figures.csv
  align report quick --card utilitarian-medic --out card.html"""
)
@click.argument("run", metavar="RUN")
@store_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write it; a page goes to RUN.html, all else to standard output.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "md", "csv"]),
    default="html",
    show_default=True,
    help="A page for a browser, Markdown, or all numbers.",
)
@click.option("--card", metavar="PROFILE", help="One page about a profile of the run, or `none`.")
def report(run: str, *, out: Path | None, form: Any, card: str | None, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Write what a run shows: verdicts in sentences, figures with plots, the records behind them.

    RUN is the id of a run, the beginning of one, or the name of an experiment for its latest run.
    A page holds everything, opens offline and is at most 6 MB.
    """
    from alignkit.library import Library
    from alignkit.service import existing_store, write_text
    from alignkit.service.evidence.reporting import report as made

    chosen = settings(options)
    with existing_store(chosen) as store:
        found = store.run(run)
        text = made(store, found.id, Library(chosen.library_folder), form, card)
    if out is None and form != "html":
        click.echo(text, nl=False)
        return
    path = out or Path(f"{found.name}{f'.{card}' if card else ''}.html")
    write_text(path, text)
    click.echo(f"The report: {path}", err=True)
