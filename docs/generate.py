"""Writes the generated parts of the documentation.

These are the JSON schemas, the page about them, and the command reference.

`python -m docs.generate` writes what is not current. With `--check` it writes nothing, names what
is not current, and exits with 1.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from alignkit.schema import Decision, Record, Reply
from alignkit.schema.experiment import Experiment
from alignkit.schema.injection import InjectionSet
from alignkit.service import Settings
from alignkit.service.starting import KINDS, json_schema
from docs.commands import reference
from docs.shapes import page

DOCS = Path(__file__).parent
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def generated() -> dict[Path, str]:
    """Every generated file with the text it should have."""
    schemas = {kind: json_schema(kind) for kind in KINDS}
    for kind, read in (("experiment", Experiment), ("injection", InjectionSet)):
        schemas[kind] = {"$schema": _DIALECT, **read.model_json_schema()}
    for kind, type_ in (("decision", Decision), ("record", Record), ("reply", Reply)):
        # What is written, not what is read: a decision's own JSON leaves its evidence out.
        shape = type_.model_json_schema(mode="serialization")
        schemas[kind] = {"$schema": _DIALECT, **shape}
    texts = {
        DOCS / "schemas" / f"{kind}.schema.json": json.dumps(schema, indent=2) + "\n"
        for kind, schema in schemas.items()
    }
    shapes = page(schemas, Settings.model_json_schema())
    return {**texts, DOCS / "schemas.md": shapes, DOCS / "commands.md": reference()}


def stale(texts: dict[Path, str]) -> list[Path]:
    """Those of the files that are missing or have another text, and schemas that are too many."""
    changed = [
        path
        for path, text in texts.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    surplus = [path for path in (DOCS / "schemas").glob("*") if path not in texts]
    return changed + surplus


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if anything is stale.")
def main(*, check: bool) -> None:
    """Write the JSON schemas and the command reference."""
    texts = generated()
    found = stale(texts)
    for path in found:
        shown = path.relative_to(DOCS.parent)
        if check:
            click.echo(f"{shown}: is not current; run: make schemas", err=True)
        elif path in texts:
            path.parent.mkdir(exist_ok=True)
            path.write_text(texts[path], encoding="utf-8")
            click.echo(f"{shown}: written")
        else:
            path.unlink()
            click.echo(f"{shown}: removed")
    if check and found:
        sys.exit(1)


if __name__ == "__main__":
    main()
