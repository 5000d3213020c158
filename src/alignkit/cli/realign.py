"""`align realign`: recorded decisions made again by what all of them together look like."""

from __future__ import annotations

import math
from pathlib import Path

import click


class _Pass(click.ParamType[str]):
    """A second pass by name; the table is loaded when it is needed."""

    name = "name"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        from alignkit.alignment import SECOND_PASS

        return str(click.Choice(SECOND_PASS.names()).convert(value, param, ctx))


def _finite(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number.")
    return value


@click.command(
    epilog="""\b
Examples:
  align decide cases/ -p mixed-panel -d direct_regression --records records/
  align realign records/ --by cumulative_divergence
  align realign records/ --by match_population --json > matched.jsonl"""
)
@click.argument(
    "records", nargs=-1, required=True, metavar="RECORD|FOLDER...", type=click.Path(path_type=Path)
)
@click.option(
    "--by",
    type=_Pass(),
    required=True,
    metavar="NAME",
    help="cumulative_distance, cumulative_divergence or match_population.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(1e-6, 1e6),
    callback=_finite,
    metavar="X",
    help="The difference in cost that makes a choice e times as likely (default 0.1).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def realign(
    records: tuple[Path, ...], by: str, temperature: float | None, *, as_json: bool
) -> None:
    """Decide recorded decisions again, in their order, so that all together follow the profile.

    One decision cannot show a distribution; many can. No model is asked: the estimates are those of
    the records. Those of a folder come in the order in which they were made.
    """
    from alignkit.alignment import AlignmentSettings
    from alignkit.service.realigning import realign as decided_again
    from alignkit.service.realigning import records_in

    found = records_in(records)
    decisions = decided_again(found, by, AlignmentSettings(temperature=temperature))
    if as_json:
        for decision in decisions:
            click.echo(decision.model_dump_json())
        return
    from rich.console import Console

    from alignkit.cli.rendering import Rows

    rows = Rows(Console())
    rows.header()
    for record, decision in zip(found, decisions, strict=True):
        rows.row(decision, record.scenario)
    moved = sum(
        record.decision.choice != decision.choice
        for record, decision in zip(found, decisions, strict=True)
    )
    click.echo(f"{moved} of {len(decisions)} are decided otherwise than by themselves.", err=True)
