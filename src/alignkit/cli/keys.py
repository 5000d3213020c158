"""`align keys`: who may ask a server for what."""

from __future__ import annotations

import json
from typing import Any

import click

from alignkit.cli.options import listed, settings, store_option
from alignkit.cli.printable import printable


@click.group()
def keys() -> None:
    """Make, list and revoke the keys of a server.

    Off this machine a server answers only who shows a key. Clients send it as they send keys to
    other services: `Authorization: Bearer KEY`. At a page it is what you sign in with.
    """


@keys.command(
    epilog="""\b
Examples:
  align keys create "triage desk" --scopes decide
  align keys create ann --scopes read,review
  align keys create batch-job --scopes decide --rate 600"""
)
@click.argument("name")
@click.option(
    "--scopes",
    callback=listed,
    metavar="NAME,...",
    default="decide",
    show_default=True,
    help="decide, read, review, admin; admin allows all.",
)
@click.option("--rate", type=click.IntRange(1), metavar="N", help="At most N requests a minute.")
@store_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def create(
    name: str,
    scopes: tuple[str, ...],
    rate: int | None,
    *,
    as_json: bool,
    **options: Any,  # noqa: ANN401  click passes what was given
) -> None:
    """Make a key for NAME and print it: this once, for a store keeps only a hash of it."""
    from alignkit.service import store_of
    from alignkit.service.keys import create_key
    from alignkit.service.who import user_name

    with store_of(settings(options)) as store:
        made = create_key(store, name, scopes, rate, user_name())
    if as_json:
        click.echo(json.dumps({**_facts(made.key), "key": made.text}))
        return
    click.echo(made.text)
    click.echo(
        f"Key {made.key.id} for {made.key.name}. Keep it now: it is not shown again.", err=True
    )


@keys.command("list", epilog="Example: align keys list --json")
@store_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a key.")
def list_(*, as_json: bool, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """List the keys of a store, the oldest first; their texts are nowhere."""
    from alignkit.service import existing_store

    with existing_store(settings(options)) as store:
        found = store.keys.all()
    if as_json:
        for key in found:
            click.echo(json.dumps(_facts(key)))
        return
    if not found:
        click.echo("There are no keys yet. Run: align keys create NAME", err=True)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("id", "name", "scopes", "rate", "created (UTC)", "revoked (UTC)"):
        table.add_column(heading, overflow="fold")
    for key in found:
        rate = "" if key.rate is None else f"{key.rate}/min"
        gone = "" if key.revoked is None else f"{key.revoked:%Y-%m-%d %H:%M}"
        made = f"{key.created:%Y-%m-%d %H:%M}"
        table.add_row(*map(Text, (key.id, key.name, ",".join(key.scopes), rate, made, gone)))
    Console().print(table)


@keys.command(epilog="Example: align keys revoke ann")
@click.argument("key", metavar="ID|NAME")
@store_option
def revoke(key: str, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Let a key open nothing any more; a running server knows within seconds."""
    from alignkit.service import existing_store
    from alignkit.service.who import user_name

    with existing_store(settings(options)) as store:
        for one in store.keys.revoke(key, user_name()):
            click.echo(printable(f"Key {one.id} ({one.name}) is revoked."), err=True)


def _facts(key: Any) -> dict[str, Any]:  # noqa: ANN401  loaded late
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "rate": key.rate,
        "created": key.created.isoformat(),
        "created_by": key.created_by,
        "revoked": key.revoked.isoformat() if key.revoked else None,
    }
