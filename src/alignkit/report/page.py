"""Comparisons as one page for a browser: a single file that loads nothing and runs nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from alignkit.report.comparison import Comparison
from alignkit.report.plots import HEIGHT
from alignkit.report.verdict import varying
from alignkit.report.view import ComparisonView, comparison_view
from alignkit.report.wording import counted, listed, plural

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a model may write, but HTML or UTF-8 cannot hold."""


def comparison_page(
    comparisons: Sequence[Comparison], title: str = "Decisions side by side"
) -> str:
    """One self-contained HTML page that shows `comparisons` one below the other.

    It needs no network and no script; every text of scenarios, profiles and models is shown as
    text, whatever it contains.
    """
    views = [comparison_view(c, number) for number, c in enumerate(comparisons, start=1)]
    return _template().render(
        title=title,
        summary=_summary(comparisons, views),
        made_up=_made_up(comparisons),
        views=views,
        height=HEIGHT,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("alignkit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("comparison.html.j2")


def _printable(value: object) -> object:
    """`value` with a replacement character for each that a page cannot hold."""
    if type(value) is str:  # not Markup, which the template itself has made
        return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return value


def _summary(comparisons: Sequence[Comparison], views: Sequence[ComparisonView]) -> str:
    """One sentence on what is shown."""
    if not comparisons:
        return "There is nothing to compare."
    columns = [column for comparison in comparisons for column in comparison.columns]
    titles = list(dict.fromkeys(column.title for column in columns))
    models = list(dict.fromkeys(column.record.decision.model for column in columns))
    ways = f"{counted(len(titles), 'way')} ({listed(titles)})" if len(titles) > 1 else titles[0]
    each = "each decided in" if len(comparisons) > 1 else "decided in"
    if len(titles) == 1:
        each = "each decided by" if len(comparisons) > 1 else "decided by"
    found = Counter(view.verdict.agree for view in views)
    compared = found[True] + found[False]
    end = ""
    if compared:
        many = plural(varying(columns))
        end = f"; the {many} disagree on {found[False]} of {compared}"
    return f"{counted(len(comparisons), 'scenario')}, {each} {ways}, with {listed(models)}{end}."


def _made_up(comparisons: Sequence[Comparison]) -> bool:
    """Whether any answer comes from the model that makes them up."""
    return any(
        column.record.model.backend == "fake"
        for comparison in comparisons
        for column in comparison.columns
    )
