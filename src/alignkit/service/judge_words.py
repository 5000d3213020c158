"""How good a judge is, in sentences that stand beside what it judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alignkit.evaluate.judging.quality import Agreement
from alignkit.evaluate.judging.texts import HARMFUL, SUPPORTED
from alignkit.schema import Reply
from alignkit.service.judging import Measured

_CHECKS = {"claims": SUPPORTED, "harm": HARMFUL}
"""By check of drafts: what of it is measured."""


def looked_at(*replies: Reply) -> set[str]:
    """What the judge looked at in the drafts of `replies`, as figures of judges name it."""
    found = [one for reply in replies for draft in reply.drafts for one in draft.findings]
    return {one.about for one in found} | {
        _CHECKS[one.check] for one in found if one.check in _CHECKS
    }


def quality_lines(found: Sequence[Measured], about: Iterable[str]) -> list[str]:
    """What measured it, then a sentence for each thing in `about` that the judge was measured at.

    Only how to measure it, where there is none.
    """
    wanted = set(about)
    lines = [
        f"{quality.about}: {_sentence(quality.figures[0])} ({_short(one.source)})"
        for one in found
        for quality in one.qualities
        if quality.about in wanted
    ]
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
