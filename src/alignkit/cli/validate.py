"""`align validate`: checks files of attributes, profiles and scenarios."""

from __future__ import annotations

import json
from pathlib import Path

import click

from alignkit.cli.options import settings
from alignkit.cli.printable import printable
from alignkit.errors import DataError


@click.command(epilog="Example: align validate my-values.yaml cases/*.yaml")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a document.")
def validate(files: tuple[Path, ...], *, as_json: bool) -> int:
    """Check attribute, profile and scenario files: shape, and the attributes they name.

    Mistakes are reported with file, line and field. Exit code 2 when there are any.
    """
    from alignkit.library import Library
    from alignkit.service import check_file

    library = Library(settings({}).library_folder)
    wrong = 0
    for path in files:
        for check in check_file(path, library):
            wrong += check.error is not None
            if as_json:
                error = str(check.error) if check.error else None
                facts = {"file": str(path), "kind": check.kind, "name": check.name, "error": error}
                click.echo(json.dumps(facts, ensure_ascii=False))
            else:
                fine = f"{path}: {check.kind} {check.name}: ok"
                click.echo(printable(str(check.error) if check.error else fine))
    return DataError.exit_code if wrong else 0
