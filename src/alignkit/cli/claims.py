"""`align claims`: what runs show of the claims that steering is for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from alignkit.cli.options import settings, store_option

if TYPE_CHECKING:
    from alignkit.evaluate.claims import Claim

_WORDS = {
    "false": "fewer false answers",
    "unsafe": "unsafe prompts declined",
    "bias": "less leaning to a stereotype",
    "effect": "moves when wanted",
    "retention": "ability kept",
}


@click.command(
    epilog="""\b
Examples:
  align claims reliability
  align claims reliability responsibility bias personalization retention
  align claims responsibility --json"""
)
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a claim.")
@store_option
def claims(**options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Say which claims runs show: what profiles make better than the plain model, and at what cost.

    Claims are fewer false answers, more refusals of unsafe prompts (with what is added of
    over-refusal beside), less bias, and attributes that move when they are wanted (with the slope
    over all levels beside). P-values are adjusted by Holm's method over all claims of all RUNs.
    Retained ability is held against the margin of its run.
    """
    from alignkit.service import existing_store
    from alignkit.service.evidence.claiming import claims_of

    with existing_store(settings(options)) as store:
        claimed = claims_of(store, options["runs"])
    found = claimed.claims
    for said in claimed.notes:
        click.echo(said, err=True)
    if options["as_json"]:
        for one in found:
            click.echo(json.dumps({**_fields(one), "run": claimed.runs[one.run]}))
        return
    _show(found)


def _fields(one: Claim) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(one), "method": str(one.method), "shown": one.shown}


def _show(found: list[Claim]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from alignkit.report.run.numbers import ends, number, p_words
    from alignkit.report.wording import counted

    table = Table(box=None, pad_edge=False)
    for heading in ("claim", "by"):
        table.add_column(heading, overflow="fold")
    for heading in ("gain", "95 %", "p (Holm)", "items", "shown"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in found:
        about = f"{_WORDS[one.kind]}: {one.about}" if one.about else _WORDS[one.kind]
        by = f"{one.method}, {one.profile}" if one.profile else str(one.method)
        p_value = p_words(one.p_value).removeprefix("p = ").removeprefix("p ")
        cells = (
            *(about, by, number(one.gain.value, signed=True), ends(one.gain.interval)),
            *(p_value, f"{one.gain.n:,}", "yes" if one.shown else "no"),
        )
        table.add_row(*map(Text, cells))
        if one.beside is not None:
            beside = one.beside
            cost = (number(beside.value, signed=True), ends(beside.interval))
            kept = "ok" if beside.kept else "no"
            table.add_row(*map(Text, (f"  {beside.what}", "", *cost, "", "", kept)))
    Console().print(table)
    family = max(one.family for one in found)
    if family:
        over = counted(family, "claim")
        click.echo(f"P-values are adjusted over {over}; retained ability is held apart.")
