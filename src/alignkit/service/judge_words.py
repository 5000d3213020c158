"""How good a judge is, in sentences that stand beside what it judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alignkit.datasets.helpsteer2 import MARKS
from alignkit.evaluate.judging.quality import Agreement
from alignkit.evaluate.judging.texts import BREAKS, HARMFUL, SUPPORTED, TRUER
from alignkit.schema import Reply
from alignkit.schema.reply import Finding
from alignkit.service.judging import Measured
from alignkit.writing.sheet import UNUSABLE

_BY_RULE = {"words", UNUSABLE}
"""Checks of drafts that no model makes."""
_AGAINST_SOURCES = "support"
"""The template by which claims are checked against sources."""
_MEASURED = {*MARKS, SUPPORTED, HARMFUL, TRUER, BREAKS}
"""What `align bench judge` can measure."""


def looked_at(*replies: Reply) -> set[str]:
    """What the judge looked at in the drafts of `replies`, as figures of judges name it."""
    return {
        name
        for reply in replies
        for draft in reply.drafts
        for one in draft.findings
        for name in _names(one, reply)
    }


def _names(finding: Finding, reply: Reply) -> set[str]:
    if finding.check in _BY_RULE:
        return set()
    if finding.check == "claims" and any(one.name == _AGAINST_SOURCES for one in reply.templates):
        return {SUPPORTED}
    return {finding.about, HARMFUL} if finding.check == "harm" else {finding.about}


def quality_lines(found: Sequence[Measured], about: Iterable[str]) -> list[str]:
    """What measured it, then a sentence for each thing in `about` that the judge was measured at.

    Where there is none, that it was not measured, and how to. Nothing where a judge judged nothing.
    """
    wanted = set(about)
    if not wanted:
        return []
    lines = [
        f"{quality.about}: {_sentence(quality.figures[0])} ({_short(one.source)})"
        for one in found
        for quality in one.qualities
        if quality.about in wanted
    ]
    if not lines and not wanted & _MEASURED:
        return ["How well this model judges such things is not known."]
    if not lines:
        return ["How well this model judges was not measured; `align bench judge` does."]
    return ["How well this model judges, held against people:", *lines]


def _sentence(one: Agreement) -> str:
    ends = "" if one.low is None else f", 95 % {number(one.low)} to {number(one.high)}"
    return f"{one.name} {number(one.value)}{ends}, {number(one.chance)} by chance"


def _short(source: str) -> str:
    """The name of a data set without who published it and when."""
    return source.split(None, 1)[0].rstrip(",")


def number(value: float | None) -> str:
    """With two digits; a dash where there is none."""
    return "-" if value is None else f"{value:.2f}"
