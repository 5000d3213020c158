"""What `align profiles diff` prints."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alignkit.cli.printable import printable
from alignkit.errors import DataError, ModelError
from alignkit.schema import Profile, Target
from alignkit.service import (
    Decided,
    DecisionDifference,
    PartDifference,
    WishDifference,
    part_differences,
    wish_differences,
)

_PART_FAILED = 5


class Differences:
    """Prints where two profiles disagree."""

    def __init__(
        self, given: tuple[str, str], profiles: tuple[Profile, Profile], *, as_json: bool
    ) -> None:
        """Print tables or JSON lines; the profiles are called as they were `given` if need be."""
        self._profiles = profiles
        names = (profiles[0].name, profiles[1].name)
        self._names = given if names[0] == names[1] else names
        self._as_json = as_json
        self._console = Console()
        self._errors = Console(stderr=True)

    def wishes(self) -> None:
        """Print how the wishes differ; no model is asked."""
        wishes, parts = wish_differences(*self._profiles), part_differences(*self._profiles)
        if self._as_json:
            click.echo(_wishes_json(self._names, wishes, parts))
            return
        if wishes:
            self._console.print(self._wish_table(wishes))
        for part in parts:
            self._console.print(Text(part.part, style="bold"))
            for name, said in zip(self._names, (part.one, part.other), strict=True):
                self._console.print(Text(f"  {name}: {said or '-'}"))
        if not parts and not any(wish.differs for wish in wishes):
            self._console.print(Text("They want the same."))

    async def decisions(
        self, pairs: AsyncGenerator[DecisionDifference, None], total: int, *, single: bool
    ) -> int:
        """Print how decisions differ, as they come; gives the exit code.

        Args:
            pairs: the decisions under both profiles.
            total: so many pairs will come.
            single: only one scenario was asked for, whose fault is the command's.

        Raises:
            DataError: there are no scenarios, or the single one cannot be decided.
        """
        if not total:
            raise DataError("There was nothing to decide.")
        found: list[DecisionDifference] = []
        with self._errors.status(f"deciding ... 1 of {total}") as status:
            async with aclosing(pairs):
                async for pair in pairs:
                    if single and (error := pair.one.error or pair.other.error):
                        raise error
                    found.append(pair)
                    status.update(f"deciding ... {min(len(found) + 1, total)} of {total}")
                    if self._as_json:
                        click.echo(_decisions_json(pair))
        if not self._as_json:
            self._console.print()
            self._console.print(self._decision_table(found))
        self._sum_up(found)
        return _code(found)

    def _wish_table(self, wishes: list[WishDifference]) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bright_black")
        table.add_column("attribute")
        for name in self._names:
            table.add_column(Text(name), justify="right")
            table.add_column("share", justify="right")
        table.add_column("distance", justify="right")
        for wish in wishes:
            sides = [
                ("-", "-") if side is None else (_wanted(side.target), f"{side.share:.0%}")
                for side in (wish.one, wish.other)
            ]
            distance = "-" if wish.distance is None else f"{wish.distance:.2f}"
            table.add_row(*map(Text, (wish.attribute, *sides[0], *sides[1], distance)))
        return table

    def _decision_table(self, found: list[DecisionDifference]) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bright_black")
        table.add_column("scenario", overflow="fold")
        for name in self._names:
            table.add_column(Text(name), overflow="fold")
        table.add_column("shift", justify="right")
        table.add_column("")
        for pair in found:
            shift = "-" if pair.shift is None else f"{pair.shift:.2f}"
            cells = (pair.one.decision.scenario, _chosen(pair.one), _chosen(pair.other), shift)
            table.add_row(*map(Text, cells), Text("differs" if pair.differs else "", "yellow"))
        return table

    def _sum_up(self, found: list[DecisionDifference]) -> None:
        for reason in _reasons(found):
            click.echo(reason, err=True)
        shifts = [pair.shift for pair in found if pair.shift is not None]
        mean = f"; mean shift {sum(shifts) / len(shifts):.2f}" if shifts else ""
        differing = sum(pair.differs for pair in found)
        line = f"Decided differently: {differing} of {len(found)}{mean}."
        click.echo(line, err=self._as_json)


def _wanted(target: Target) -> str:
    """The wish in a few words, samples with how far they reach."""
    if target.samples is None:
        return str(target)
    return f"{target.level:.2g} ({min(target.samples):.2g} to {max(target.samples):.2g})"


def _chosen(decided: Decided) -> str:
    decision = decided.decision
    if decision.choice is None:
        return f"({decision.outcome})"
    return f"{decision.choice} {decision.probabilities[decision.choice]:.2f}"


_REASONS = 2
"""Reasons of failures that are printed."""


def _reasons(found: list[DecisionDifference]) -> list[str]:
    """Why decisions failed, each reason once, and how many more there are."""
    both = [each for pair in found for each in (pair.one, pair.other)]
    lines = list(dict.fromkeys(_reason(e) for e in both if e.decision.outcome == "failed"))
    more = len(lines) - _REASONS
    return [*lines[:_REASONS], *([f"... and {more} more like these."] if more > 0 else [])]


def _reason(failed: Decided) -> str:
    """Why a decision failed; an error of the item names its place itself."""
    decision = failed.decision
    said = decision.reason or ""
    return printable(said if failed.error else f"{decision.scenario}: {said}")


def _code(found: list[DecisionDifference]) -> int:
    """The exit code: that decisions differ is no failure."""
    both = [each for pair in found for each in (pair.one, pair.other)]
    failed = [each for each in both if each.decision.outcome == "failed"]
    if len(failed) == len(both) and not any(each.error for each in failed):
        return ModelError.exit_code
    return _PART_FAILED if failed else 0


def _wishes_json(
    names: tuple[str, str], wishes: list[WishDifference], parts: list[PartDifference]
) -> str:
    result = {
        "profiles": names,
        "wishes": [
            {
                "attribute": wish.attribute,
                "wanted": [
                    side and {**side.target.model_dump(exclude_none=True), "share": side.share}
                    for side in (wish.one, wish.other)
                ],
                "distance": wish.distance,
                "differs": wish.differs,
            }
            for wish in wishes
        ],
        "parts": [{"part": part.part, "said": [part.one, part.other]} for part in parts],
    }
    return json.dumps(result, ensure_ascii=False)


def _decisions_json(pair: DecisionDifference) -> str:
    result = {
        "scenario": pair.one.decision.scenario,
        "differs": pair.differs,
        "shift": pair.shift,
        "decisions": [each.decision.model_dump(mode="json") for each in (pair.one, pair.other)],
    }
    return json.dumps(result, ensure_ascii=False)
