"""`align datasets`: the formats, and what a data set holds and gives away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from alignkit.cli.options import dataset_names, settings
from alignkit.errors import DataError, FileProblem, UsageError


@click.group()
def datasets() -> None:
    """List formats of data sets, and check what a data set holds."""


@datasets.command("list", epilog="Example: align datasets list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a format.")
def list_(*, as_json: bool) -> None:
    """List the formats with what they measure, source and licence.

    Marked are those whose published files lie in the folder that ALIGN_DATA names.
    """
    from alignkit.cli.dataset_rendering import print_formats
    from alignkit.service import formats

    data = settings({}).data
    found = formats(data)
    if as_json:
        for one in found:
            click.echo(one.model_dump_json())
    else:
        print_formats(found, data)


@datasets.command(
    epilog="""\b
Examples:
  align datasets check mta:triage.json
  align datasets check align_phase2 AF-train.json --twins
  align datasets check table:cases.csv --map columns.yaml --json
  align datasets check mmlu"""
)
@click.argument("source", metavar="FORMAT[:PATH]", shell_complete=dataset_names)
@click.argument("path", required=False, metavar="[PATH]", type=click.Path())
@click.option("--twins", is_flag=True, help="Read each item together with its mirrored twin.")
@click.option(
    "--map",
    "columns",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Which column holds what, for table and hf (default: PATH.map.yaml).",
)
@click.option("--json", "as_json", is_flag=True, help="The whole report as one JSON object.")
def check(source: str, path: str | None, **options: Any) -> int:  # noqa: ANN401  click's
    """Say what a data set holds, what of it is skipped and why, and what it gives away.

    Shortcuts are ways to answer that never read the situation: always the first choice, the
    longest, the one with a repeated text, name or word. Where one is far from chance, a method can
    look steered by a mere liking, so look at twins, and at the best constant answer beside chance.

    Without PATH the published files in the folder that ALIGN_DATA names are read.
    """
    from alignkit.cli.dataset_rendering import print_report
    from alignkit.cli.progress import Working
    from alignkit.datasets.table import read_map
    from alignkit.service import check_dataset, dataset

    spec = _spec(source, path)
    columns = read_map(options["columns"]) if options["columns"] else None
    with Working("reading ..."):
        found = dataset(spec, twins=options["twins"], columns=columns, data=settings({}).data)
        report = check_dataset(spec, found, twins=options["twins"])
    if options["as_json"]:
        click.echo(report.model_dump_json())
    else:
        print_report(report)
    if not report.items:
        reason = "none of its items can be read" if report.skipped else "it holds no items"
        raise DataError(f"{spec}: {reason}.")
    return 0


def _spec(source: str, path: str | None) -> str:
    """FORMAT:PATH of what was named in one word or two, or of published files."""
    if path is not None:
        return f"{source}:{path}"
    if ":" in source:
        return source
    if Path(source).is_file():
        hint = f"Write FORMAT:{source}; for a table of your own table:{source}, with a map."
        raise UsageError(f"{source} is a file, and nothing says in which format.", hint)
    from alignkit.service import format_named

    data = settings({}).data
    named = format_named(source, data)
    if named.found is None:
        where = f"{data / named.place}" if data and named.place else "in no folder of data"
        hint = f"Write {source}:PATH, or name the folder of the data with ALIGN_DATA."
        raise FileProblem(f"{source}: its published files are not there ({where}).", hint)
    return f"{source}:{named.found}"
