from __future__ import annotations

from xml.etree import ElementTree as ET

from alignkit.evaluate.contrasts import Contrast
from alignkit.evaluate.equivalents import Equivalent
from alignkit.evaluate.gate import Checked
from alignkit.evaluate.metrics.figure import Figure
from alignkit.report.run.contrasts import answer, sentence
from alignkit.report.run.gate import gate_line, junit
from alignkit.report.run.numbers import ends, number, p_words, words
from alignkit.stats.intervals import Interval


def contrast(**changes: object) -> Contrast:
    fields: dict[str, object] = {
        "measure": "alignment",
        "title": "alignment accuracy",
        "a": "A",
        "b": "B",
        "part": None,
        "value_a": 0.5,
        "value_b": 0.62,
        "difference": 0.12,
        "interval": Interval(0.05, 0.19),
        "p_value": 0.001,
        "family": 6,
        "items": 171,
        "groups": 171,
        "needed": None,
        "looked_for": 0.12,
    }
    return Contrast(**{**fields, **changes})  # type: ignore[arg-type]


def test_an_interval_that_holds_no_difference_beside_a_test_that_tells_is_explained() -> None:
    few = contrast(interval=Interval(-0.14, 0.51), p_value=0.015, groups=24)
    assert sentence(few).startswith("B is better than A in alignment accuracy: +0.12 [\u22120.14,")
    assert sentence(few).endswith("the more careful of the two, as where few groups differ.")
    assert "careful" not in sentence(contrast())


def test_which_is_better_is_said_first() -> None:
    assert sentence(contrast()) == (
        "B is better than A in alignment accuracy: +0.12 [0.05, 0.19], p = 0.001, 171 paired "
        "items, Holm-corrected over 6."
    )


def test_worse_is_worse() -> None:
    said = sentence(contrast(difference=-0.1, interval=Interval(-0.2, -0.01), family=1))
    assert said == (
        "B is worse than A in alignment accuracy: \N{MINUS SIGN}0.10 [\N{MINUS SIGN}0.20, "
        "\N{MINUS SIGN}0.01], p = 0.001, 171 paired items."
    )


def test_what_cannot_be_told_says_how_many_items_would() -> None:
    said = sentence(contrast(p_value=0.3, needed=640, groups=90))
    assert said.startswith("The data cannot tell B from A in alignment accuracy: +0.12")
    assert "171 paired items in 90 groups" in said
    assert said.endswith("about 640 items would show a difference of 0.12 (power 0.8).")


def test_equivalence_is_said_with_both_tests_and_its_interval() -> None:
    fields = (0.05, Interval(-0.021, 0.034), 0.0004, 0.012, 0.06, "undecided", 240)
    said = sentence(contrast(difference=0.0065, equivalent=Equivalent(*fields)))  # type: ignore[arg-type]
    minus = "\N{MINUS SIGN}"
    assert said == (
        "The data cannot tell whether B and A are equivalent within 0.05 in alignment accuracy: "
        f"+0.006, 90 % interval [{minus}0.021, 0.034], one-sided p < 0.001 (not lower) and "
        "p = 0.012 (not higher), p = 0.060 for both, Holm-corrected over 6, 171 paired items; "
        "about 240 items would show it if they are truly alike (power 0.8)."
    )


def test_the_answer_is_about_all_items() -> None:
    assert answer([contrast(), contrast(part="x")]) == [sentence(contrast())]


def test_numbers() -> None:
    assert number(-0.001) == "0.00"
    assert number(None) == number(float("nan")) == "\N{EN DASH}"
    assert number(-0.5, signed=True) == "\N{MINUS SIGN}0.50"
    assert p_words(0.0004) == "p < 0.001"
    assert ends(None) == ""
    found = Figure(0.5, Interval(0.25, 0.75), 40, 20, 0.5, 0.625)
    assert words(found) == ("0.50 [0.25, 0.75] · n 40, 20 groups · chance 0.50, best constant 0.62")


def test_a_junit_file_has_a_case_for_each_check() -> None:
    hostile = "care \"by\" <x>&\x00 'd'"
    good = Checked("effect", "care", "passed", 0.4, Interval(0.3, 0.5), 0.2, 80, 40)
    bad = Checked("loss", hostile, "undecided", 0.01, Interval(-0.1, 0.12), 0.05, 20, 20)
    root = ET.fromstring(junit("align check <x>", [good, bad]))  # noqa: S314  our own text
    cases = root.findall("./testsuite/testcase")
    assert [len(case) for case in cases] == [0, 1]
    assert root.get("failures") == "1"
    assert "cannot tell" in (cases[1][0].get("message") or "")
    assert gate_line(good).startswith("passed: effect of care: +0.40 [0.30, 0.50]")
