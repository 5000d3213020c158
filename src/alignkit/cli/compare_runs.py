"""`align compare-runs`: which of two is better, in a sentence, then in a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from alignkit.cli.options import listed, settings, store_option

_DIFFERENCE = ("difference", "95 %", "p (Holm)", "items", "needed")
_EQUIVALENCE = ("difference", "90 %", "they are", "p (Holm)", "items", "needed")


@click.command(
    "compare-runs",
    epilog="""\b
Examples:
  align compare-runs before after
  align compare-runs before after --by attribute,profile
  align compare-runs triage --by decider --against instructed
  align compare-runs retention --by profile --measure accuracy
  align compare-runs before after --equivalent-within 0.05""",
)
@click.argument("runs", nargs=-1, required=True, metavar="RUN [RUN]")
@click.option(
    "--by",
    callback=listed,
    metavar="FIELD,...",
    help="Break it down by dataset, attribute, profile, decider or model. With one RUN the first "
    "says what is compared: decider, profile or model.",
)
@click.option(
    "--against",
    metavar="NAME",
    help="With one RUN: which one the others are held against (default: the first, or no profile).",
)
@click.option(
    "--measure",
    "measures",
    callback=listed,
    metavar="NAME,...",
    help="alignment, score, accuracy, truth, refusal, stereotypes, group or scale (default: all "
    "there are).",
)
@click.option(
    "--equivalent-within",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="MARGIN",
    help="Say whether the two are less than MARGIN apart, either way (two one-sided tests).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a comparison.")
@store_option
def compare_runs(**options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Say which of two runs is better on the items that both decided.

    With one RUN the deciders, profiles or models of that run are compared. P-values are adjusted
    for the number of comparisons; where the data cannot tell, the answer says so, and how many
    items would.
    """
    from alignkit.report.run.contrasts import answer
    from alignkit.service import existing_store
    from alignkit.service.evidence.comparing import Question
    from alignkit.service.evidence.comparing import compare_runs as compared

    if len(options["runs"]) > 2:  # noqa: PLR2004  two are compared
        raise click.UsageError("Name one run or two.")
    question = Question(
        options["runs"],
        options["by"],
        options["against"],
        tuple(options["measures"]),
        options["equivalent_within"],
    )
    with existing_store(settings(options)) as store:
        found = compared(store, question)
    if options["as_json"]:
        for one in found:
            click.echo(json.dumps(_fields(one)))
        return
    for text in answer(found):
        click.echo(text)
    _table(found)


def _fields(one: Any) -> dict[str, object]:  # noqa: ANN401  the type is loaded late
    from dataclasses import asdict

    return {**asdict(one), "told": one.told}


def _table(found: Sequence[Any]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    parts: dict[tuple[str, str, str], list[Any]] = {}
    for one in found:
        parts.setdefault((one.title, one.b, one.a), []).append(one)
    for (title, b, a), lines in parts.items():
        console.print()
        console.print(Text(f"{title}: {b} less {a}"))
        console.print(_rows(lines))


def _rows(lines: Sequence[Any]) -> Any:  # noqa: ANN401  the type is loaded late
    from rich.table import Table
    from rich.text import Text

    from alignkit.report.run.numbers import ends, number, p_words

    table = Table(box=None, pad_edge=False)
    table.add_column("on", overflow="fold")
    judged = any(one.equivalent is not None for one in lines)
    for heading in _EQUIVALENCE if judged else _DIFFERENCE:
        table.add_column(heading, justify="right", no_wrap=True)
    for one in lines:
        asked = one.equivalent or one
        cells = (
            one.part or "all",
            number(one.difference, signed=True),
            ends(asked.interval),
            *([asked.verdict] if judged else []),
            p_words(asked.p_value).removeprefix("p = ").removeprefix("p "),
            f"{one.items:,}",
            f"{asked.needed:,}" if asked.needed is not None else "",
        )
        table.add_row(*map(Text, cells))
    return table
