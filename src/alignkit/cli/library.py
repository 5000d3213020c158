"""`align attributes|profiles|scenarios`: list, show, and start new ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from alignkit.cli import options, profiles_people
from alignkit.errors import UsageError


def _shelf(kind: str) -> Any:  # noqa: ANN401  loaded late
    from alignkit.library import Library

    return getattr(Library(options.settings({}).library_folder), f"{kind}s")


def _group(kind: str, example: str) -> click.Group:
    names = options.names_of(f"{kind}s")

    @click.group(f"{kind}s", help=f"List, show and start {kind}s.")
    def group() -> None: ...

    @group.command("list", help=f"List all {kind}s, your own marked.")
    @click.option("--json", "as_json", is_flag=True, help=f"One JSON object per {kind}.")
    def list_(*, as_json: bool) -> None:
        shelf = _shelf(kind)
        if as_json:
            for name in shelf:
                click.echo(shelf[name].model_dump_json(exclude_none=True))
        else:
            _print_list(kind, shelf)

    @group.command(
        "show",
        help=f"Show {kind}s in full, as YAML.",
        epilog=f"Example: align {kind}s show {example}",
    )
    @click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=names)
    @click.option("--json", "as_json", is_flag=True, help="As JSON.")
    def show(names: tuple[str, ...], *, as_json: bool) -> None:
        shelf = _shelf(kind)
        for name in names:
            if Path(name).suffix in {".yaml", ".yml", ".json"}:
                raise UsageError(
                    f"{name!r} is a file, not a name.", f"`align validate {name}` checks it."
                )
            found = shelf[name]
            if as_json:
                click.echo(found.model_dump_json(exclude_none=True))
            else:
                click.echo(shelf.path(name).read_text(encoding="utf-8").rstrip())

    @group.command(
        "new",
        help=f"Write a commented file for a new {kind}.",
        epilog=f"Example: align {kind}s new my{'_' if kind == 'attribute' else '-'}{kind}",
    )
    @click.argument("name")
    @click.option(
        "--dir",
        "folder",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Where to write it (default: your own library, where it is found by name).",
    )
    def new(name: str, folder: Path | None) -> None:
        from alignkit.service import start_file

        path = start_file(kind, name, options.settings({}), folder)
        click.echo(str(path))
        click.echo(f"Edit it, then: align validate {path}", err=True)

    return group


def _print_list(kind: str, shelf: Any) -> None:  # noqa: ANN401  loaded late
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    field = {"attribute": "family", "profile": "description", "scenario": "domain"}[kind]
    table = Table(box=None, pad_edge=False)
    for heading in (kind, "title", field, ""):
        table.add_column(heading, overflow="fold", no_wrap=heading == kind)
    for name in shelf:
        found = shelf[name]
        own = "own" if shelf.is_own(name) else ""
        cells = (name, found.title or "", getattr(found, field) or "", own)
        table.add_row(*map(Text, cells))
    Console().print(table)


attributes = _group("attribute", "fairness")
profiles = _group("profile", "cautious-medic")
for _command in (profiles_people.fit, profiles_people.from_group, profiles_people.diff):
    profiles.add_command(_command)
scenarios = _group("scenario", "last-antivenom")
