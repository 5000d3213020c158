"""What decisions cost."""

from __future__ import annotations

from alignkit.evaluate.metrics.cost import Cost
from alignkit.report.run.blocks import Dot, DotGroup, DotPlot, Section, Table
from alignkit.report.run.drawing import fitting
from alignkit.report.run.findings import Findings
from alignkit.report.run.items import Items
from alignkit.report.run.numbers import number
from alignkit.report.run.sections.shared import names, place


def cost_section(found: Findings, _: Items) -> Section | None:
    """Tokens, calls, seconds and money for each method."""
    if not found.costs:
        return None
    axis = fitting([0.0, *(one.evaluated + one.generated for one in found.costs)])
    return Section(
        "cost",
        "Cost",
        "What a decision takes on average, by method; less is better.",
        (
            DotPlot(
                "dots",
                "Tokens for each decision",
                "Read anew and written. Seconds are those of waiting for the model; decisions may "
                "wait at the same time.",
                (
                    DotGroup(
                        "Evaluated and generated",
                        tuple(
                            _dot(found, one, axis.percent(one.evaluated + one.generated) or 0.0)
                            for one in found.costs
                        ),
                    ),
                ),
                axis.ticks,
                None,
                names(found, (one.method for one in found.costs)),
                _table(found),
            ),
        ),
    )


def price(found: Findings, one: Cost) -> float | None:
    """What all decisions of a method cost, in the currency of the experiment's prices."""
    prices = found.run.experiment.get("prices")
    rates = prices.get(one.method.model) if isinstance(prices, dict) else None
    if not isinstance(rates, dict):
        return None
    used = one.total
    submitted = float(rates.get("submitted") or 0.0) * used.tokens_submitted
    return (submitted + float(rates.get("generated") or 0.0) * used.tokens_generated) / 1e6


def _dot(found: Findings, one: Cost, at: float) -> Dot:
    money = price(found, one)
    figure = (
        f"{number(one.evaluated + one.generated, digits=0)} tokens · {number(one.calls, digits=1)} "
        f"calls · {number(one.seconds)} s · n {one.decisions:,}"
    )
    return Dot(
        label=str(one.method),
        note=_outcomes(one),
        at=at,
        low=None,
        high=None,
        chance=None,
        constant=None,
        wanted=None,
        figure=figure + (f" · {number(money, digits=4)} in all" if money is not None else ""),
        series=place(found, one.method) % 8,
    )


def _outcomes(one: Cost) -> str:
    parts = [
        f"{count:,} {name}"
        for name, count in (
            ("decided", one.decided),
            ("escalated", one.escalated),
            ("failed", one.failed),
        )
        if count
    ]
    return ", ".join(parts)


def _table(found: Findings) -> Table:
    return Table(
        "cost",
        (
            *("decider", "model", "decisions", "decided", "escalated", "failed", "calls"),
            *("tokens_submitted", "tokens_evaluated", "tokens_generated", "seconds", "money"),
        ),
        tuple(
            (
                one.method.decider,
                one.method.model,
                one.decisions,
                one.decided,
                one.escalated,
                one.failed,
                one.total.calls,
                one.total.tokens_submitted,
                one.total.tokens_evaluated,
                one.total.tokens_generated,
                one.total.seconds,
                price(found, one),
            )
            for one in found.costs
        ),
    )
