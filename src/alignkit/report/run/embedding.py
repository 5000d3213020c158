"""Records inside a report: those that fit, cut where they are long."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from alignkit.report.exchanges import Exchange, exchanges
from alignkit.report.run.items import MOST_RECORDS
from alignkit.report.wording import estimate_figure, share_figures
from alignkit.schema import Record

MOST_TEXT = 3_500_000
"""So much text of records at most is in a report."""
_MOST_CALLS = 4
_LONGEST = 5_000
"""Longer texts are cut."""
_OVERHEAD = 1.15
"""Escaping and tags make a text longer by about this."""


@dataclass(frozen=True)
class Option:
    """A choice of a scenario and what became of it."""

    id: str
    text: str
    figure: str
    chosen: bool
    estimates: str
    truths: str


@dataclass(frozen=True)
class Shown:
    """A record as a report shows it."""

    anchor: str
    decision: str
    title: str
    outcome: str
    context: str
    question: str
    options: tuple[Option, ...]
    explanation: str
    reason: str
    exchanges: tuple[Exchange, ...]
    note: str

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        texts = [self.context, self.question, self.explanation, self.reason]
        texts += [t for o in self.options for t in (o.text, o.estimates, o.truths)]
        for one in self.exchanges:
            texts += [one.system, one.user, one.question, one.written]
            texts += [option.text + " " * 90 for option in one.options]
        return int(_OVERHEAD * (1_500 + sum(len(text.encode(errors="replace")) for text in texts)))


def embedded(
    chosen: Iterable[str],
    find: Callable[[str], Record | None],
    *,
    most: int = MOST_RECORDS,
    most_bytes: int = MOST_TEXT,
) -> dict[str, Shown]:
    """By decision: the records that a report holds, at most `most` and about `most_bytes`.

    Args:
        chosen: ids of decisions, the most telling first.
        find: gives the record of a decision, None where none was kept.
        most: so many at most.
        most_bytes: so much text at most.
    """
    found: dict[str, Shown] = {}
    left = most_bytes
    for decision in chosen:
        if len(found) >= most or left <= 0:
            break
        record = find(decision) if decision not in found else None
        if record is None:
            continue
        shown = _shown(record, f"record-{len(found) + 1}")
        if shown.size <= left:
            found[decision] = shown
            left -= shown.size
    return found


def _shown(record: Record, anchor: str) -> Shown:
    decision, scenario = record.decision, record.scenario
    figures = share_figures(decision.probabilities)
    said = exchanges(record.evidence)
    short = tuple(_cut_exchange(one) for one in said.shown[:_MOST_CALLS])
    more = len(said.shown) > _MOST_CALLS or bool(said.note)
    return Shown(
        anchor=anchor,
        decision=decision.id,
        title=" · ".join(
            (
                scenario.id,
                decision.profile or "no profile",
                decision.decider,
                decision.model,
            )
        ),
        outcome=decision.choice if decision.choice is not None else decision.outcome,
        context=_cut(scenario.context),
        question=_cut(scenario.question),
        options=tuple(
            Option(
                choice.id,
                _cut(choice.text),
                figures.get(choice.id, ""),
                choice.id == decision.choice,
                ", ".join(
                    f"{name} {estimate_figure(found)}"
                    for name, found in decision.estimates.get(choice.id, {}).items()
                ),
                ", ".join(f"{name} {value:g}" for name, value in (choice.values or {}).items()),
            )
            for choice in scenario.choices
        ),
        explanation=_cut(decision.explanation),
        reason=decision.reason or "",
        exchanges=short,
        note="The record has more prompts." if more else ("" if short else said.note),
    )


def _cut_exchange(one: Exchange) -> Exchange:
    return Exchange(
        one.title,
        _cut(one.system),
        _cut(one.user),
        _cut(one.question),
        one.options,
        one.readout,
        _cut(one.written),
    )


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]} \N{HORIZONTAL ELLIPSIS} (cut: the record has {len(text):,} signs)"
