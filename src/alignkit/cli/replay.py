"""`align replay`: decide again from a record and say what differs."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from alignkit.cli.options import model_names, model_options, settings, store_option
from alignkit.cli.printable import printable

_DIFFERS = 1


@click.command(
    epilog="""\b
Examples:
  align decide last-antivenom -p utilitarian-medic --records records/
  align replay records/*.json
  align replay records/*.json --model ./the-same-weights.gguf
  align replay 3f9a51c2 --store sqlite:///align.db

Exit code 0 when nothing differs, 1 when something does."""
)
@click.argument("records", nargs=-1, required=True, metavar="RECORD|FOLDER|ID...")
@store_option
@click.option(
    "--model",
    "-m",
    metavar="NAME",
    shell_complete=model_names,
    help="Use this model instead of the recorded one.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a record.")
@model_options
def replay(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Decide again what a record holds, a file or one in a store by the decision's id.

    Reported as different: the model or its hash, a template's hash, the outcome, the choice, and
    probabilities that moved by more than 0.001.
    """
    return asyncio.run(_replay(options))


async def _replay(options: dict[str, Any]) -> int:
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads
    from alignkit.service import record_names, recorded, replay

    differs = False
    chosen = settings({**options, "model": None})
    in_store = options["store"] is not None
    with recorded(chosen, in_store=in_store) as find, Downloads() as downloads:
        async with opened(chosen, downloads) as workbench:
            for name in record_names(options["records"]):
                found = await replay(find(name), workbench, options["model"])
                differs = differs or bool(found.differences)
                _print(name, found, as_json=options["as_json"])
    return _DIFFERS if differs else 0


def _print(name: str, found: Any, *, as_json: bool) -> None:  # noqa: ANN401  loaded late
    import json

    if as_json:
        result = {
            "record": name,
            "same": not found.differences,
            "differences": found.differences,
            "notes": found.notes,
            "decision": found.decision.model_dump(mode="json"),
        }
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    verdict = "differs" if found.differences else "the same decision"
    click.echo(printable(f"{name}: {verdict}"))
    for line in found.differences:
        click.echo(f"  {line}")
    for line in found.notes:
        click.echo(f"  (note) {line}")
