from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.report.reliability import (
    SIDE,
    STRIP,
    diagram,
    guarantee_words,
    learned_words,
    reliability_page,
    threshold_words,
)
from alignkit.schema import (
    AttributeCalibration,
    Bin,
    Calibration,
    DeciderIdentity,
    LevelMap,
    ModelIdentity,
    Reliability,
    Threshold,
)
from alignkit.schema.calibration import ProbabilityMap

LOW = Bin(confidence=0.55, observed=0.5, low=0.3, high=0.7, count=40)
HIGH = Bin(confidence=0.95, observed=1.0, low=0.8, high=1.0, count=10)
BEFORE = Reliability(brier=0.25, calibration_error=0.05, bins=(LOW, HIGH))
AFTER = Reliability(brier=0.125, calibration_error=0.025, bins=(LOW,))


def learned(**changes: Any) -> AttributeCalibration:
    fields = {"kind": "temperature", "temperature": 2.5, "source": "mine.yaml", "sha256": "0"}
    counts = {"examples": 50, "scenarios": 30, "before": BEFORE, "after": AFTER}
    return AttributeCalibration.model_validate({**fields, **counts, **changes})


def threshold() -> Threshold:
    names = {"profile": "0", "name": "kind & fair", "attributes": {}, "source": "mine.yaml"}
    rates = {"error_rate": 0.1, "certainty": 0.9, "confidence": 0.625, "bound": 0.0625}
    counts = {"examples": 40, "kept": 30, "errors": 1}
    return Threshold.model_validate({**names, **rates, **counts})


def page(label: str = "baseline", model: str = "small", **attributes: AttributeCalibration) -> str:
    known = Calibration(
        created=datetime(2026, 5, 1, 12, tzinfo=UTC),
        model=ModelIdentity(name=model, backend="fake" if model == "fake" else "llama"),
        decider=DeciderIdentity(name="baseline"),
        templates=(),
        attributes=attributes,
        thresholds=(threshold(),),
    )
    return reliability_page(known, label, {"fairness": "Fairness <first>"})


def test_marks_lie_where_the_numbers_are() -> None:
    low, high = diagram("Before", BEFORE).marks
    assert (low.x, low.y) == (SIDE * 0.55, SIDE * 0.5)
    assert (low.top, low.bottom) == pytest.approx((SIDE * 0.3, SIDE * 0.7))
    assert (high.y, high.top) == (0, 0)
    assert (low.bar, high.bar) == (SIDE * 0.5, SIDE * 0.9)
    assert low.height == pytest.approx(4 * high.height)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 10_000))
def test_every_mark_is_inside_the_diagram(confidence: float, observed: float, count: int) -> None:
    one = Bin(confidence=confidence, observed=observed, low=0, high=1, count=count)
    found = Reliability(brier=0, calibration_error=0, bins=(one, LOW))
    for mark in diagram("x", found).marks:
        assert 0 <= mark.x <= SIDE
        assert 0 <= mark.top <= mark.y <= mark.bottom <= SIDE
        assert 0 <= mark.bar <= SIDE * 0.9
        assert 0 < mark.height <= STRIP


def test_the_page_stands_alone_and_shows_both_diagrams_side_by_side() -> None:
    text = page(fairness=learned())
    assert not re.search(r"<script|<link|<img|url\(|src=|https?://", text)
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    figures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(figures) == 2
    before, after = (ET.fromstring(figure) for figure in figures)  # noqa: S314  our own
    assert [len(one.findall("circle")) for one in (before, after)] == [2, 1]
    whiskers = [line for line in before.iter("line") if line.get("class") == "whisker"]
    assert len(whiskers) == 2
    counts = [one.text for one in before.iter("text") if one.get("class") == "count"]
    assert counts == ["40", "10"]
    assert "Brier score 0.250" in (before.get("aria-label") or "")
    assert "Brier score 0.125" in (after.get("aria-label") or "")
    assert text.index("<h3>Before</h3>") < text.index("<h3>After</h3>")
    assert "<td>0.550</td><td>0.500</td><td>0.300 to 0.700</td><td>40</td>" in text


def test_texts_are_shown_as_text() -> None:
    text = page("<b>", fairness=learned(source="<i>.yaml"))
    assert "Fairness &lt;first&gt;" in text
    assert "&lt;b&gt;" in text
    assert "&lt;i&gt;.yaml" in text
    assert "kind &amp; fair" in text
    assert "\x07" not in page("a\x07b", care=learned())


def test_made_up_answers_are_marked() -> None:
    assert "Made-up answers" in page(model="fake")
    assert "Made-up answers" not in page(model="small")


def test_what_was_learned_is_told_in_words() -> None:
    assert learned_words(learned()) == (
        "Learned from 50 decisions on 30 scenarios of mine.yaml: log probabilities are divided by "
        "2.5."
    )
    falling = LevelMap(raw=(0, 1), level=(1, 0))
    steps = ProbabilityMap(raw=(0.2, 0.8), probability=(0.3, 0.7))
    found = learned_words(learned(estimates=falling, probabilities=steps))
    assert "a step map for profiles with this target alone" in found
    assert found.endswith("; before that, estimates are mapped and turned round.")


def test_a_threshold_is_told_with_what_it_rests_on() -> None:
    assert threshold_words(threshold()) == (
        "decides alone from a confidence of 0.625 on. Of 40 scenarios kept for the test this "
        "decides 30 and leaves 25% to a person; wrong decisions: 1, which bounds the error rate of "
        "this threshold, taken by itself, at 0.062."
    )
    said = guarantee_words(threshold())
    for part in ("certainty 0.9", "at most 0.1", "drawn like", "independent", "labels are right"):
        assert part in said
