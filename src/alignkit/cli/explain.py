"""`align explain`: what each attribute held against each choice, and what would flip it."""

from __future__ import annotations

from typing import Any

import click

from alignkit.cli.options import settings, store_option


@click.command(
    epilog="""\b
Examples:
  align decide last-antivenom -p utilitarian-medic --records records/
  align explain records/*.json
  align explain records/last-antivenom.utilitarian-medic.*.json --json
  align explain 3f9a51c2 --store sqlite:///align.db"""
)
@click.argument("records", nargs=-1, required=True, metavar="RECORD|FOLDER|ID...")
@store_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a record.")
def explain(records: tuple[str, ...], store: str | None, *, as_json: bool) -> None:
    """Explain recorded decisions, from files or by their ids in a store; no model is asked.

    The table shows what each target holds against each choice, and adds up. Below it stand the
    smallest changes of the profile that would make another choice the likeliest.
    """
    from alignkit.service import explain as explained
    from alignkit.service import record_names, recorded

    with recorded(settings({"store": store}), in_store=store is not None) as find:
        for number, name in enumerate(record_names(records)):
            why = explained(find(name))
            if as_json:
                _print_json(name, why)
            else:
                if number:
                    click.echo()
                _print(why)


def _print_json(name: str, why: Any) -> None:  # noqa: ANN401  loaded late
    import json

    result = {
        "record": name,
        "decision": why.record.decision.model_dump(mode="json"),
        "costs": why.costs,
        "temperature": why.record.evidence.temperature,
        "decisive": why.decisive,
        "changes": [vars(change) | {"size": change.size} for change in why.changes],
        "note": why.note or None,
    }
    click.echo(json.dumps(result, ensure_ascii=False))


def _print(why: Any) -> None:  # noqa: ANN401  loaded late
    from rich.console import Console

    from alignkit.cli.explaining import explanation

    console = Console()
    console.print(explanation(why, console.width))
