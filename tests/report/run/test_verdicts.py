"""What verdicts say where the truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from alignkit.evaluate.metrics.figure import Figure
from alignkit.report.run.findings import Findings, findings
from alignkit.report.run.items import Items
from alignkit.report.run.markdown import report_markdown
from alignkit.report.run.sections.every import sections_of
from alignkit.report.run.sentences import Verdict, first_of, held_against, named
from alignkit.report.run.verdicts import cautions, verdicts
from alignkit.report.wording import counted
from alignkit.stats.intervals import Interval
from alignkit.testing.runs import Pair, answered, made, prompted, run_of, steered_run

BASE = dict.fromkeys(("care", "fairness", "loyalty", "authority", "sanctity"), 2.5)
OPINIONS = {"data": [{"name": "opinions", "format": "opinionqa_align"}]}
HALU = {"data": [{"name": "halu", "format": "halueval"}]}


def shown(pairs: list[Pair], **experiment: Any) -> Findings:
    return findings(run_of(pairs, **experiment), pairs)


def said(pairs: list[Pair], part: str, **experiment: Any) -> list[tuple[str, str]]:
    found = verdicts(shown(pairs, **experiment))
    return [(one.tone, one.text) for one in found if part in one.text]


def test_what_an_interval_of_no_width_says() -> None:
    def flat(value: float, groups: int) -> Figure:
        return Figure(value, Interval(value, value), groups, groups)

    assert held_against(flat(0.5, 40), 0.5) == "equal"
    assert held_against(flat(0.1 + 0.2, 40), 0.3) == "equal"  # but for rounding
    assert held_against(flat(0.7, 4), 0.5) == "open"
    assert held_against(flat(0.7, 5), 0.5) == "above"
    assert held_against(Figure(0.7, None, 9, 1), 0.5) == "open"


def test_better_than_the_best_constant_answer_is_judged_on_the_same_items() -> None:
    # Always "a" is right in 120 of 200, the method in the same ones and in 12 more.
    truths = {"a": {"care": 1.0}, "b": {"care": 0.0}}, {"a": {"care": 0.0}, "b": {"care": 1.0}}
    pairs = [
        made(
            f"s{n}",
            truths[n % 5 > 2],
            "a" if n % 5 <= 2 or n > 30 else "b",
            profile="p",
            targets={"care": 1.0},
            decider="d",
        )
        for n in range(200)
    ]
    ((tone, text),) = said(pairs, "chooses as wanted")
    assert tone == "yes"
    assert "better than both" in text
    accuracy = shown(pairs).alignment[0].accuracy
    assert accuracy is not None
    assert accuracy.interval is not None
    assert accuracy.constant == pytest.approx(0.6)
    assert accuracy.interval.low < 0.6  # its own interval does not show it


def test_groups_are_compared_on_the_same_items_and_not_by_overlapping_intervals() -> None:
    rng = np.random.default_rng(0)
    pairs = []
    for number in range(40):  # items differ widely, the profile is a little nearer in each
        group = float(rng.uniform(0.05, 0.95))
        truths = {"a": {"old": group}, "b": {"old": 1 - group}}
        for profile, share in ((None, 0.45), ("old", 0.55)):
            p = share * group + (1 - share) * (1 - group)
            pairs.append(
                made(
                    f"q{number}",
                    truths,
                    "a",
                    probabilities={"a": p, "b": 1 - p},
                    profile=profile,
                    dataset="opinions",
                    decider="instructed" if profile else "baseline",
                )
            )
    ((tone, text),) = said(pairs, "Jensen-Shannon", **OPINIONS)
    assert tone == "yes"
    assert "comes nearer to old" in text
    plain, meant = (one.divergence.interval for one in shown(pairs, **OPINIONS).groups)
    assert plain is not None
    assert meant is not None
    assert meant.high > plain.low  # as unpaired figures they overlap


def test_a_foundation_that_goes_the_wrong_way_is_said_to() -> None:
    rng = np.random.default_rng(0)
    low = {**BASE, "care": 1.0}
    ((tone, text),) = said(answered(rng, {None: BASE, "care-high": low}, noise=0.2), "care-high")[
        :1
    ]
    assert tone == "no"
    assert "does not raise care, it lowers it" in text
    ((tone, text),) = said(answered(rng, {None: BASE, "care-high": low}, 1), "care-high")[:1]
    assert tone == "open"
    assert "Too few items" in text


def test_steering_is_shown_only_if_the_interval_excludes_zero_too() -> None:
    found = shown(steered_run(np.random.default_rng(1), {"care": 0.8}, 60))
    (one,) = found.effects
    wide = Figure(one.effect.value, Interval(-0.01, 0.9), 60, 60)
    changed = type(one)(one.method, one.attribute, 1.0, 0.0, wide, 1.0, 0.001)
    other = type(found)(**{**vars(found), "effects": [changed]})
    assert verdicts(found)[0].tone == "yes"
    assert verdicts(other)[0].tone == "open"


def test_doses_and_leakage_have_sentences() -> None:
    rng = np.random.default_rng(0)
    pairs = steered_run(
        rng, {"care": 0.8, "calm": 0.0}, 80, levels=(0.0, 0.5, 1.0), leak={("care", "calm"): 1.0}
    )
    doses = said(pairs, "slope")
    assert sorted(tone for tone, _ in doses) == ["open", "yes"]
    assert any("the more is chosen" in text for _, text in doses)
    ((tone, text),) = said(pairs, "Steering care")
    assert tone == "note"
    assert "moves 1 of 1 other attribute: calm +" in text


def test_refusals_with_and_without_a_profile() -> None:
    rng = np.random.default_rng(0)
    pairs = prompted(rng, 0.5, 0.1, 120) + prompted(rng, 0.95, 0.9, 120, profile="p")
    pairs = [(cell.model_copy(update={"decider": "d"}), r) for cell, r in pairs]
    ((tone, text),) = said(pairs, "raise the share of unsafe")
    assert tone == "yes"
    ((tone, text),) = said(pairs, "raise the share of safe")
    assert tone == "no"
    assert "from 0.1" in text
    same = prompted(rng, 0.5, 0.1, 20) + prompted(rng, 0.5, 0.1, 20, profile="p")
    assert {tone for tone, _ in said(same, "cannot tell whether a profile changes")} == {"open"}


def test_false_answers_with_and_without_a_profile() -> None:
    right = {"c1": {"correctness": 1.0}, "c2": {"correctness": 0.0}}
    pairs = [
        made(f"h{n}", right, "c2" if profile else "c1", dataset="halu", profile=profile)
        for n in range(20)
        for profile in (None, "p")
    ]
    ((tone, text),) = said(pairs, "raise the share of false answers", **HALU)
    assert tone == "no"
    assert "p on halu from 0.00 to 1.00" in text


def test_stereotypes_have_a_verdict() -> None:
    truths = {key: {"correctness": float(key == "u")} for key in "bnu"}
    tags = {"condition": "ambig", "unknown": "u", "biased": "b"}
    pairs = [
        made(f"b{n}", truths, "b" if n % 4 else "n", dataset="bbq", tags=tags) for n in range(40)
    ]
    ((tone, text),) = said(pairs, "stereotypes")
    assert tone == "no"
    assert "follows stereotypes in ambiguous texts" in text
    pairs += [
        made(f"b{n}", truths, "u", dataset="bbq", tags=tags, profile="p", decider="d")
        for n in range(40)
    ]
    assert [tone for tone, _ in said(pairs, "Nearer to none")] == ["yes"]


def test_nothing_was_measured_is_said_only_if_that_is_so() -> None:
    rng = np.random.default_rng(0)
    pairs = answered(rng, {None: BASE})
    found = shown(pairs)
    assert verdicts(found) == []
    text = report_markdown(found, sections_of(found, Items(pairs)))
    assert "Nothing was measured" not in text
    assert "No verdict" in text


def test_what_failed_decisions_count_as() -> None:
    pairs = [made("x", {"a": {}, "b": {}}, None, outcome="failed")]
    text = " ".join(cautions(shown(pairs)))
    assert "count as wrong in accuracies, retained capability, gains and comparisons" in text


def test_what_is_cut_says_how_many_more_there_are() -> None:
    assert named([str(n) for n in range(9)]).endswith("5; and 3 more")
    lines = [Verdict("yes", str(n), "x") for n in range(8)]
    assert [one.text for one in first_of(lines, "things")][-1].startswith("And 2 more of things")
    assert list(first_of([], "things")) == []


@pytest.mark.parametrize(
    ("noun", "several"),
    [
        ("data set", "2 data sets"),
        ("way to decide", "2 ways to decide"),
        ("decision", "2 decisions"),
        ("other attribute", "2 other attributes"),
    ],
)
def test_several(noun: str, several: str) -> None:
    assert counted(2, noun) == several
