"""Who judged the levels that a taste was learnt from, and how good these judges are."""

from __future__ import annotations

from dataclasses import dataclass

from alignkit.evaluate.judging.quality import Quality
from alignkit.schema import Taste
from alignkit.service.judging import Measured, quality_of
from alignkit.service.settings import Settings
from alignkit.service.taste.learning import Learned


@dataclass(frozen=True)
class JudgedBy:
    """A model that judged levels, and what is known of how well it does."""

    judge: str
    about: tuple[str, ...]
    """The attributes of which it may have judged levels."""
    measured: tuple[Measured, ...]
    """Only of these attributes; empty where that was not measured."""


def judged_by(found: Learned, settings: Settings) -> tuple[JudgedBy, ...]:
    """The models that judged levels of the attributes of `found`; none where all were given.

    Raises:
        FileProblem: the file of figures cannot be read.
    """
    shown = _shown(found.taste)
    about = {
        judge: tuple(name for name in found.attributes if name in names)
        for judge, names in shown.items()
    }
    return tuple(
        JudgedBy(judge, names, _of(quality_of(settings, judge), names))
        for judge, names in about.items()
        if names
    )


def _shown(taste: Taste) -> dict[str, set[str]]:
    """By judge: the attributes that the answers have of which it judged some level."""
    found: dict[str, set[str]] = {}
    for compared in taste.comparisons:
        if compared.judge is not None:
            found.setdefault(compared.judge, set()).update(compared.a, compared.b)
    for rated in taste.ratings:
        if rated.judge is not None:
            found.setdefault(rated.judge, set()).update(rated.levels)
    return found


def _of(measured: list[Measured], about: tuple[str, ...]) -> tuple[Measured, ...]:
    """What of `measured` is about how far answers show these attributes."""

    def concerned(one: Quality) -> bool:
        return one.part == "ratings" and one.about in about

    kept = (
        one.model_copy(update={"qualities": tuple(filter(concerned, one.qualities))})
        for one in measured
    )
    return tuple(one for one in kept if one.qualities)
