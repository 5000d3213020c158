"""Comparisons as one page for a browser: a single file that loads nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence

from alignkit.report.comparison import Comparison
from alignkit.report.environment import template
from alignkit.report.plots import HEIGHT
from alignkit.report.verdict import varying
from alignkit.report.view import ComparisonView, comparison_view
from alignkit.report.wording import counted, listed, plural

_LISTED = 6
"""More ways to decide than these are only counted in the sentence on top."""


def comparison_page(
    comparisons: Sequence[Comparison], title: str = "Decisions side by side"
) -> str:
    """One self-contained HTML page that shows `comparisons` one below the other.

    It needs no network and no script; every text of scenarios, profiles and models is shown as
    text, whatever it contains.
    """
    views = [comparison_view(c, number) for number, c in enumerate(comparisons, start=1)]
    return template("comparison.html.j2").render(
        title=title,
        summary=_summary(comparisons, views),
        made_up=_made_up(comparisons),
        views=views,
        height=HEIGHT,
    )


def _summary(comparisons: Sequence[Comparison], views: Sequence[ComparisonView]) -> str:
    """One sentence on what is shown."""
    if not comparisons:
        return "There is nothing to compare."
    columns = [column for comparison in comparisons for column in comparison.columns]
    titles = list(dict.fromkeys(column.title for column in columns))
    models = {c.record.decision.model: None for c in columns if c.record.model.backend != "none"}
    sentence = f"{counted(len(views), 'scenario')}, {'each ' * (len(views) > 1)}decided in "
    sentence += counted(len(titles), "way")
    if len(titles) <= _LISTED:
        sentence += f" ({listed(titles)})"
    if models:
        sentence += f" with the {'models' if len(models) > 1 else 'model'} {listed(list(models))}"
    return sentence + _agreement(plural(varying(columns)), [v.verdict.agree for v in views]) + "."


def _agreement(many: str, agree: Sequence[bool | None]) -> str:
    compared = [one for one in agree if one is not None]
    if not compared:
        return ""
    if len(agree) == 1:
        return f"; the {many} {'agree' if compared[0] else 'disagree'}"
    where = " where at least two made a choice" if len(compared) < len(agree) else ""
    return f"; the {many} disagree on {compared.count(False)} of {len(compared)}{where}"


def _made_up(comparisons: Sequence[Comparison]) -> bool:
    """Whether any answer comes from the model that makes them up."""
    return any(
        column.record.model.backend == "fake"
        for comparison in comparisons
        for column in comparison.columns
    )
