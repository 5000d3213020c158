"""How far probabilities can be believed, what escalation saves, how often choices are false."""

from __future__ import annotations

from alignkit.evaluate.metrics.agreement import Agreement
from alignkit.evaluate.metrics.calibrated import Calibration, RiskCoverage
from alignkit.report.run.blocks import (
    Block,
    Chart,
    Charts,
    DotPlot,
    Section,
    Table,
)
from alignkit.report.run.drawing import STRIP, UNIT, Axis, chart, diagonal, series
from alignkit.report.run.findings import Findings
from alignkit.report.run.items import Items
from alignkit.report.run.numbers import counts, number, with_ends
from alignkit.report.run.sections.shared import (
    FEWEST_FOR_CURVES,
    by_dataset,
    dataset_table,
    label,
    names,
    place,
)


def reliability_section(found: Findings, items: Items) -> Section | None:
    """Calibration, risk over coverage, hallucinated choices."""
    blocks: list[Block] = []
    if any(one.brier.n >= FEWEST_FOR_CURVES for one in found.calibrations):
        blocks += [_calibration(found), _risk(found)]
    if found.truthful:
        blocks.append(_truthful(found, items))
    blocks += [_agreed(found, items, part) for part in (True, False) if _looked_at(found, part)]
    if not blocks:
        return None
    return Section(
        "reliability",
        "Reliability",
        "Whether the probability of a choice says how often it is right, and what leaving the "
        "least sure decisions to people would save.",
        tuple(blocks),
    )


def _calibration(found: Findings) -> Charts:
    lines = [one for one in found.calibrations if one.brier.n >= FEWEST_FOR_CURVES]
    return Charts(
        "charts",
        "Reliability diagram",
        "Each dot is a bin of decisions: how sure the method was, and how often its likeliest "
        "choice was right, with a 95 % interval (Wilson). On the dashed line both are the same. "
        "Below: decisions in each bin.",
        tuple(_diagram(found, one) for one in lines),
        Table(
            "calibration",
            ("decider", "model", "from", "to", "stated", "right", "low", "high", "n"),
            tuple(
                (
                    one.method.decider,
                    one.method.model,
                    point.low,
                    point.high,
                    point.predicted,
                    point.share,
                    point.interval.low,
                    point.interval.high,
                    point.count,
                )
                for one in lines
                for point in one.bins
            ),
        ),
    )


def _diagram(found: Findings, one: Calibration) -> Chart:
    most = max(point.count for point in one.bins)
    points = [
        (point.predicted, point.share, point.interval.low, point.interval.high)
        for point in one.bins
    ]
    bars = [
        (
            UNIT.right(point.low),
            round(UNIT.right(point.high) - UNIT.right(point.low), 2),
            round(max(1.0, (STRIP - 14) * point.count / most), 2),
            str(point.count),
        )
        for point in one.bins
    ]
    summary = (
        f"Brier score {with_ends(one.brier)} (chance {number(one.brier.chance)}), expected "
        f"calibration error {number(one.error, digits=3)}, {counts(one.brier)}"
    )
    return chart(
        label(found, one.method) or str(one.method),
        summary,
        UNIT,
        UNIT,
        ("stated probability, and decisions in each bin", "share that is right"),
        [series("", place(found, one.method), UNIT, UNIT, points)],
        [diagonal(UNIT, UNIT)],
        bars,
        connect=False,
    )


def _risk(found: Findings) -> Charts:
    lines = [one for one in found.coverages if one.risk.n >= FEWEST_FOR_CURVES]
    high = max((risk for one in lines for _, risk in one.points), default=1.0)
    axis = next((Axis(0.0, top) for top in (0.1, 0.25, 0.5) if high <= top), UNIT)
    return Charts(
        "charts",
        "Risk and coverage",
        "Share of wrong decisions when only the most confident are made and the rest is left to "
        "people. Where confidence says nothing, the line is level.",
        (
            chart(
                "Risk over coverage",
                "; ".join(_risk_words(one) for one in lines),
                UNIT,
                axis,
                ("share decided", "share of these that is wrong"),
                [
                    series(
                        label(found, one.method) or "wrong decisions",
                        place(found, one.method),
                        UNIT,
                        axis,
                        [(coverage, risk, None, None) for coverage, risk in one.points],
                        _risk_words(one),
                    )
                    for one in lines
                ],
            ),
        ),
        Table(
            "risk-coverage",
            ("decider", "model", "coverage", "risk"),
            tuple(
                (one.method.decider, one.method.model, coverage, risk)
                for one in lines
                for coverage, risk in one.points
            ),
        ),
    )


def _risk_words(one: RiskCoverage) -> str:
    words = f"wrong {with_ends(one.risk)} with everything decided, area {number(one.area)}"
    if one.escalated:
        kept = number(one.kept_risk)
        words += f"; {one.escalated} left to people, of {one.decided} decided {kept} wrong"
    return f"{words}, {counts(one.risk)}"


def _truthful(found: Findings, items: Items) -> DotPlot:
    return DotPlot(
        "dots",
        "Hallucinated choices",
        "Share of choices that are not the true answer on offer, 0 to 1; lower is better.",
        by_dataset(found, items, found.truthful, lambda one: one.hallucination),
        UNIT.ticks,
        None,
        names(found, (one.method for one in found.truthful)),
        dataset_table("hallucination", found.truthful, lambda one: one.hallucination),
    )


def _looked_at(found: Findings, escalated: bool) -> list[Agreement]:  # noqa: FBT001  which part
    return [one for one in found.agreements if one.escalated == escalated]


def _agreed(found: Findings, items: Items, escalated: bool) -> DotPlot:  # noqa: FBT001  which part
    lines = _looked_at(found, escalated)
    title, of = (
        ("What people decided where the machine left it to them", "it would have made")
        if escalated
        else ("What people say to decisions that were made", "it made")
    )
    return DotPlot(
        "dots",
        title,
        f"Share of verdicts for the choice that {of}, 0 to 1, among the decisions that people have "
        "looked at so far. Where these were not drawn at random, it holds for them alone.",
        by_dataset(found, items, lines, lambda one: one.share),
        UNIT.ticks,
        None,
        names(found, (one.method for one in lines)),
        dataset_table(
            "agreement-escalated" if escalated else "agreement-decided",
            lines,
            lambda one: one.share,
        ),
    )
