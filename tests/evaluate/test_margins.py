from __future__ import annotations

import numpy as np
import pytest

from alignkit.evaluate.margins import margin, margins
from alignkit.evaluate.scores import Judged
from alignkit.stats.comparison import paired_difference
from alignkit.stats.intervals import Interval

from .conftest import item, judged


def decided(right: str, family: str = "mta", start: int = 0) -> list[Judged]:
    """One item a sign, decided at both levels: right at both (2), at high only (1) or at none."""
    found = []
    for number, sign in enumerate(right, start):
        one = item(0, 1, name=f"s{number}", family=family)
        found += [
            judged(one, "high", choice="b" if sign in "12" else "a"),
            judged(one, "low", choice="a" if sign == "2" else "b"),
        ]
    return found


# Margins


def test_a_margin_in_one_family_is_the_paired_difference_by_cluster() -> None:
    ours, theirs = decided("21202121"), decided("10110011")
    found = margin({"mta": ours}, {"mta": theirs})
    assert found is not None
    clusters = np.repeat(np.arange(8), 2)
    right = [np.array([one.right for one in part]) for part in (ours, theirs)]
    expected = paired_difference(*right, clusters, np.random.default_rng(0))
    assert found.families == ("mta",)
    assert found.mean.value == pytest.approx(expected.difference.value)
    assert found.mean.interval.low == pytest.approx(expected.difference.interval.low)
    assert found.p_value == pytest.approx(expected.p_value)


def test_no_end_of_an_interval_is_further_than_a_difference_can_be() -> None:
    found = margin({"mta": decided("2220")}, {"mta": decided("0000")})
    assert found is not None
    assert found.mean.interval.high == 1.0
    assert -1 < found.mean.interval.low < found.mean.value == 0.75


def test_families_count_alike_however_many_items_they_have() -> None:
    ours = {"mta": decided("22"), "affiliation": decided("0" * 12, "affiliation")}
    theirs = {"mta": decided("00"), "affiliation": decided("0" * 12, "affiliation")}
    found = margin(ours, theirs)
    assert found is not None
    assert (found.mean.value, found.mean.clusters) == (0.5, 14)
    assert found.mean.interval == Interval(0.5, 0.5)  # the difference is steady in each family
    assert found.p_value == pytest.approx(0.5, abs=0.03)  # 2 of 4 flips of the two that differ


def test_only_what_both_decided_is_compared() -> None:
    ours = {"mta": decided("2222"), "persona": decided("00", "persona")}
    theirs = {"mta": decided("0022", start=2)}
    found = margin(ours, theirs)
    assert found is not None
    assert (found.mean.value, found.mean.clusters, found.families) == (1, 2, ("mta",))


def test_one_cluster_says_nothing() -> None:
    assert margin({"mta": decided("2")}, {"mta": decided("0")}) is None
    assert margin({"mta": decided("22")}, {"persona": decided("00")}) is None
    assert margins("m", {"a": {"mta": decided("2")}, "b": {"mta": decided("0")}}, "b") == []
    assert margins("m", {"a": {"mta": decided("22")}}, "b") == []


def test_a_family_with_one_cluster_is_left_out_and_not_named() -> None:
    ours = {"mta": decided("2"), "persona": decided("22", "persona")}
    theirs = {"mta": decided("0"), "persona": decided("00", "persona")}
    [overall, one] = margins("m", {"a": ours, "b": theirs}, "b")
    assert (overall.family, overall.families) == (None, ("persona",))
    assert one.family == "persona"


def test_every_other_decider_is_compared_on_all_families_and_on_each() -> None:
    found = {
        "one": {"mta": decided("222222"), "persona": decided("222222", "persona")},
        "base": {"mta": decided("000000"), "persona": decided("000000", "persona")},
        "two": {"mta": decided("000000")},
    }
    made = margins("m", found, "base")
    assert [(one.decider, one.family) for one in made] == [
        *(("one", None), ("two", None)),
        *(("one", "mta"), ("two", "mta")),
        ("one", "persona"),
    ]
    assert {(one.against, one.model) for one in made} == {("base", "m")}
    alone = margins("m", {name: found[name] for name in ("one", "base")}, "base")
    assert made[2].p_value == pytest.approx(2 * alone[1].p_value)  # Holm, of two deciders
    assert made[3].p_value == 1
    assert made[0].families == ("mta", "persona")
    assert made[1].families == ("mta",)


def test_with_one_family_nothing_is_said_overall() -> None:
    found = {"one": {"mta": decided("22")}, "base": {"mta": decided("00")}}
    assert [one.family for one in margins("m", found, "base")] == ["mta"]
