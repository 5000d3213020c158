"""How far probabilities can be believed, as one page for a browser: before and after calibration.

In a reliability diagram each dot is a bin of decisions: to the right how sure the method was on
average, upwards how often it was right. On the diagonal both are the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from alignkit.report.environment import template
from alignkit.report.wording import counted
from alignkit.schema import AttributeCalibration, Bin, Calibration, Reliability, Threshold

SIDE = 280.0
"""Length of an axis in pixels."""
STRIP = 44.0
"""Height of the strip that shows how many decisions are in each bin, in pixels."""
_BINS = 10


@dataclass(frozen=True)
class Mark:
    """One bin in a diagram. Pixels count from the upper left corner of the square."""

    x: float
    """Of the dot."""
    y: float
    top: float
    """Upper end of the 95 % interval."""
    bottom: float
    bar: float
    """Left edge of the bin's bar in the strip."""
    height: float
    """Of that bar."""
    bin: Bin


@dataclass(frozen=True)
class Diagram:
    """One reliability diagram."""

    title: str
    summary: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class AttributeView:
    """What the page shows of one attribute."""

    anchor: str
    title: str
    summary: str
    diagrams: tuple[Diagram, ...]


@dataclass(frozen=True)
class PromiseView:
    """What the page shows of one threshold."""

    name: str
    result: str
    guarantee: str


def reliability_page(
    calibration: Calibration, label: str, titles: Mapping[str, str] | None = None
) -> str:
    """One self-contained HTML page about all that `calibration` knows.

    It needs no network and no script.

    Args:
        calibration: what was learned.
        label: the method's name with the settings that differ from their defaults.
        titles: names of attributes for people; where one is missing, the attribute's own is shown.
    """
    found = calibration.attributes.items()
    return template("reliability.html.j2").render(
        model=calibration.model.name,
        made_up=calibration.model.backend == "fake",
        label=label,
        created=f"{calibration.created:%Y-%m-%d %H:%M %Z}",
        attributes=[
            attribute_view(number, (titles or {}).get(name, name), one)
            for number, (name, one) in enumerate(found, start=1)
        ],
        promises=[
            PromiseView(one.name, threshold_words(one), guarantee_words(one))
            for one in calibration.thresholds
        ],
        side=SIDE,
        strip=STRIP,
        ticks=[(share, round(SIDE * share, 2)) for share in (0, 0.25, 0.5, 0.75, 1)],
    )


def attribute_view(number: int, title: str, found: AttributeCalibration) -> AttributeView:
    """What the page shows of an attribute, the `number`-th on it."""
    return AttributeView(
        anchor=f"attribute-{number}",
        title=title,
        summary=learned_words(found),
        diagrams=(diagram("Before", found.before), diagram("After", found.after)),
    )


def diagram(title: str, found: Reliability) -> Diagram:
    """The marks of one reliability diagram."""
    most = max((one.count for one in found.bins), default=1)
    figures = f"Brier score {found.brier:.3f}, calibration error {found.calibration_error:.3f}"
    return Diagram(title, figures, tuple(_mark(one, most) for one in found.bins))


def _mark(one: Bin, most: int) -> Mark:
    place = max(math.ceil(one.confidence * _BINS - 1e-9) - 1, 0)
    return Mark(
        x=_along(one.confidence),
        y=_along(1 - one.observed),
        top=_along(1 - one.high),
        bottom=_along(1 - one.low),
        bar=round(SIDE * place / _BINS, 2),
        height=round(max(1.0, (STRIP - 14) * one.count / most), 2),
        bin=one,
    )


def _along(share: float) -> float:
    return round(SIDE * share, 2)


def learned_words(found: AttributeCalibration) -> str:
    """What was learned about an attribute, in a sentence or two."""
    about = f"{counted(found.examples, 'decision')} on {counted(found.scenarios, 'scenario')}"
    parts = [f"Learned from {about} of {found.source}: "]
    if found.probabilities is None:
        parts.append(f"log probabilities are divided by {found.temperature:.3g}")
    else:
        parts.append(
            f"a step map for profiles with this target alone, and for others log probabilities are "
            f"divided by {found.temperature:.3g}"
        )
    if found.estimates is not None:
        turned = "" if found.estimates.rising else " and turned round"
        parts.append(f"; before that, estimates are mapped{turned}")
    return "".join(parts) + "."


def threshold_words(found: Threshold) -> str:
    """What a threshold did on the examples it was tested on; goes on after the profile's name."""
    return (
        f"decides alone from a confidence of {found.confidence:.3f} on. Of "
        f"{counted(found.examples, 'scenario')} kept for the test this decides {found.kept} and "
        f"leaves {found.abstention:.0%} to a person; wrong decisions: {found.errors}, which bounds "
        f"the error rate of this threshold, taken by itself, at {found.bound:.3f}."
    )


def guarantee_words(found: Threshold) -> str:
    """What a threshold promises, and what the promise rests on."""
    return (
        f"With certainty {found.certainty:g}, at most {found.error_rate:g} of the decisions made "
        "are wrong, provided that later scenarios are drawn like these examples, that the "
        "examples are independent of each other, and that their labels are right."
    )
