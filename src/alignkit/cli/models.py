"""`align models`: list, fetch and remove models."""

from __future__ import annotations

import json
from typing import Any

import click

from alignkit.cli.options import model_names, settings


@click.group()
def models() -> None:
    """List, fetch and remove models."""


def _weights(*, offline: bool | None = None) -> Any:  # noqa: ANN401  loaded late
    from alignkit.models.weights import Weights

    chosen = settings({"offline": offline})
    return Weights(chosen.models_folder, offline=chosen.offline)


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a model.")
def list_(*, as_json: bool) -> None:
    """List the models of the registry, and what is on this machine."""
    listed = _weights().listing()
    if as_json:
        for one in listed:
            facts = one.entry.model_dump(mode="json", exclude={"sources"}) if one.entry else {}
            here = {"name": one.name, "state": one.state, "bytes_on_disk": one.bytes_on_disk}
            click.echo(json.dumps({**facts, **here}))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from alignkit.models.opening import BACKENDS

    table = Table(box=None, pad_edge=False)
    for heading in ("model", "here", "size", "memory", "licence", "note"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "model")
    for one in listed:
        entry = one.entry
        size = f"{entry.size / 1e6:.0f} MB" if entry and entry.size else ""
        memory = f"{entry.memory_mb} MB" if entry else ""
        licence, note = (entry.licence, entry.note or "") if entry else ("", "")
        table.add_row(*map(Text, (one.name, one.state, size, memory, licence, note)))
    Console().print(table)
    click.echo(
        "Also: a path to a GGUF file, hf:REPO/FILE, fake, and what a backend calls it:", err=True
    )
    click.echo(", ".join(f"{backend}:MODEL" for backend in BACKENDS) + ".", err=True)


@models.command(epilog="Example: align models pull qwen2.5-coder-1.5b")
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=model_names)
@click.option("--offline", is_flag=True, default=None, help="Forbid any download.")
def pull(names: tuple[str, ...], *, offline: bool | None) -> None:
    """Fetch models, checked against their SHA-256."""
    from alignkit.cli.progress import Downloads

    weights = _weights(offline=offline)
    for name in names:
        with Downloads() as downloads:
            found = weights.pull(name, downloads)
        first = " (first seen: compare it with the publisher's)" if found.first_seen else ""
        click.echo(f"{name}: {found.path}\n  SHA-256 {found.sha256}{first}")


@models.command(epilog="Example: align models remove smollm2-135m")
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=model_names)
def remove(names: tuple[str, ...]) -> None:
    """Remove fetched models from this machine."""
    weights = _weights()
    for name in names:
        freed = weights.remove(name)
        click.echo(f"{name}: {freed / 1e6:.0f} MB freed" if freed else f"{name}: was not here")
