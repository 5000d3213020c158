"""A record as a sheet: what was decided, what it rests on, and every prompt that is shown."""

from __future__ import annotations

from alignkit.report.exchanges import exchanges
from alignkit.report.wording import estimate_figure, seconds_words, share_figures, tokens_words
from alignkit.schema import Record
from alignkit.ui.parts.results import flips
from alignkit.ui.templating import rendered


def record_html(record: Record, *, in_full: bool = True) -> str:
    """The HTML of `record`; with its scenario where it is shown `in_full`."""
    decision, evidence = record.decision, record.evidence
    costs = evidence.costs or {}
    names = list(next(iter(costs.values()), {}))
    return rendered(
        "record.html.j2",
        record=record,
        decision=decision,
        evidence=evidence,
        in_full=in_full,
        figures=share_figures(decision.probabilities),
        titles={attribute.name: attribute.title for attribute in record.attributes},
        estimate=estimate_figure,
        estimated=list(next(iter(decision.estimates.values()), {})),
        costs=costs,
        cost_names=names,
        flips=flips(record),
        tokens=tokens_words(decision.usage),
        seconds=seconds_words(decision.usage.seconds),
        exchanges=exchanges(evidence),
    )
