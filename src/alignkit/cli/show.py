"""`align show`: a decision that is kept in a store, with all that led to it."""

from __future__ import annotations

from typing import Any

import click

from alignkit.cli.options import settings, store_option


@click.command(
    epilog="""\b
Examples:
  align show 3f9a
  align show 3f9a --prompts
  align show 3f9a --json --store sqlite:///runs.db > record.json"""
)
@click.argument("decision", metavar="ID|RECORD")
@store_option
@click.option("--prompts", is_flag=True, help="Also every prompt with its answer.")
@click.option("--json", "as_json", is_flag=True, help="The whole record as JSON.")
def show(decision: str, *, prompts: bool, as_json: bool, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Show a decision by its id or the beginning of it; a record's file does, too."""
    from alignkit.service import recorded

    with recorded(settings(options), in_store=True) as find:
        record = find(decision)
    if as_json:
        click.echo(record.model_dump_json())
        return
    from rich.console import Console

    from alignkit.cli.prompting import prompts_of
    from alignkit.cli.rendering import card

    console = Console()
    console.print(card(record.scenario, record.decision, record.attributes))
    if prompts:
        console.print(prompts_of(record))
