from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alignkit.alignment import SECOND_PASS, AlignmentSettings
from alignkit.deciders import DECIDERS
from alignkit.errors import BadRecord, EngineFailed, FileProblem, UnknownName, UsageError
from alignkit.library import Library
from alignkit.schema import Choice, Profile, Record, Request, Scenario
from alignkit.service import record_of, write_record
from alignkit.service.realigning import realign, records_in
from alignkit.testing import FakeModel

LIBRARY = Library()
HALF = {"care": {"value": 0.5}}
BY = "cumulative_distance"


def decided(
    *levels: float,
    name: str = "s",
    spec: str = "oracle",
    model: FakeModel | None = None,
    profile: str = "p",
    **wishes: Any,
) -> Record:
    """The record of a decision on choices a, b, ... that show so much care."""
    choices = tuple(
        Choice(id=chr(97 + n), text=f"Do {n}", values={"care": level})
        for n, level in enumerate(levels)
    )
    scenario = Scenario(id=name, context="A bridge.", question="What now?", choices=choices)
    wanted = Profile.model_validate({"name": profile, "targets": HALF, **wishes})
    kind = DECIDERS.load(spec)
    asked = (model or FakeModel()) if kind.asks_model else None  # else it would judge the rules
    decider = kind(asked, attributes=LIBRARY.attributes)
    decision = asyncio.run(decider.decide(scenario, wanted))
    return record_of(decider, scenario, wanted, decision)


def taken(records: list[Record], by: str = BY) -> str:
    return "".join(str(decision.choice) for decision in realign(records, by))


def never(*words: str) -> dict[str, Any]:
    """Boundaries against choices that say these words."""
    return {"boundaries": [{"id": "never", "rule": "Never.", "never_say": list(words)}]}


# Passes


def test_two_decisions_by_their_mean_are_those_computed_by_hand() -> None:
    records = [decided(0.2, 0.6, name="one"), decided(0.3, 0.7, name="two")]
    assert [record.decision.choice for record in records] == ["b", None]  # the second is tied
    one, two = realign(records, BY)
    assert (one.scenario, one.choice, two.scenario, two.choice) == ("one", "b", "two", "a")
    # First 0.3 and 0.1 from the target; then 2 times that of the means 0.45 and 0.65.
    for decision, costs in ((one, (0.3, 0.1)), (two, (0.1, 0.3))):
        found = decision.evidence.costs
        assert found == {
            key: {"care": pytest.approx(x)} for key, x in zip("ab", costs, strict=True)
        }
    assert one.probabilities == pytest.approx({"a": 0.1192, "b": 0.8808}, abs=1e-4)
    assert two.probabilities == pytest.approx({"a": 0.8808, "b": 0.1192}, abs=1e-4)
    assert two.confidence == pytest.approx(2 * 0.8808 - 1, abs=1e-4)
    assert one.explanation == f"Taken by {BY} as decision 1 of 2; as by itself.\n'Do 1'."
    assert two.explanation == (
        f"Taken by {BY} as decision 2 of 2; by itself it was escalated.\n'Do 0'."
    )


def test_the_order_of_the_records_is_the_order_of_the_decisions() -> None:
    one, two = decided(0.2, 0.6, name="one"), decided(0.3, 0.9, name="two")
    assert [decision.scenario for decision in realign([two, one], BY)] == ["two", "one"]
    assert (taken([one, two]), taken([two, one])) == ("ba", "ab")


@pytest.mark.parametrize(
    ("samples", "items", "counts"),
    [
        ([0.2, 0.8], 10, {"a": 5, "b": 5}),
        ([0.2, 0.2, 0.2, 0.8], 12, {"a": 9, "b": 3}),
        ([0.8], 7, {"b": 7}),
    ],
)
def test_many_decisions_reproduce_a_distribution_that_one_cannot_show(
    samples: list[float], items: int, counts: dict[str, int]
) -> None:
    wishes = {"targets": {"care": {"samples": samples}}}
    records = [decided(0.2, 0.8, name=f"s{n}", **wishes) for n in range(items)]
    assert len({record.decision.choice for record in records}) == 1
    assert Counter(taken(records, "match_population")) == counts


@pytest.mark.parametrize("by", SECOND_PASS.names())
def test_every_pass_keeps_all_but_the_choice(by: str) -> None:
    records = [
        decided(0.1, 0.5, 0.8, name=f"s{n}", spec="direct_regression", model=FakeModel())
        for n in range(3)
    ]
    decisions = realign(records, by)
    assert len({one.id for one in (*decisions, *(r.decision for r in records))}) == 6
    for record, again in zip(records, decisions, strict=True):
        before = record.decision
        assert again.decider == f"direct_regression + {by}"
        assert (again.estimates, again.usage, again.model) == (
            before.estimates,
            before.usage,
            before.model,
        )
        assert list(again.probabilities) == list("abc")
        assert sum(again.probabilities.values()) == pytest.approx(1)
        assert again.evidence.calls == before.evidence.calls


def test_a_tie_goes_to_the_lower_level_instead_of_to_a_person() -> None:
    [again] = realign([decided(0.7, 0.3)], BY)
    assert (again.outcome, again.choice) == ("decided", "b")


def test_the_profile_may_still_leave_a_decision_to_a_person() -> None:
    record = decided(0.2, 0.6, escalate={"min_confidence": 0.9})
    [again] = realign([record], BY)
    assert (again.outcome, again.choice) == ("escalated", None)
    assert again.reason == "confidence 0.76 is below the profile's 0.9"


def test_the_temperature_makes_decisions_more_or_less_sure() -> None:
    record = decided(0.2, 0.6)
    [usual] = realign([record], BY)
    [unsure] = realign([record], BY, AlignmentSettings(temperature=0.2))
    assert unsure.probabilities == pytest.approx({"a": 0.2689, "b": 0.7311}, abs=1e-4)
    assert (usual.evidence.temperature, unsure.evidence.temperature) == (0.1, 0.2)


def test_relevance_counts_as_it_did() -> None:
    wishes = {"targets": {"care": 0.9, "fairness": 0.1}}
    record = decided(0.1, 0.9, spec="direct_regression", **wishes)
    weighed = record.evidence.model_copy(update={"weighed_by": {"care": 1.0, "fairness": 0.0}})
    [again] = realign([record.model_copy(update={"evidence": weighed})], BY)
    assert again.evidence.costs
    assert {row["fairness"] for row in again.evidence.costs.values()} == {0}


# Boundaries


def test_a_choice_that_is_forbidden_stays_so_and_is_no_part_of_the_history() -> None:
    records = [
        decided(0.5, 0.1, name="one", **never("do 0")),
        decided(0.9, 0.5, name="two", **never("do 0")),
    ]
    free = records[1].evidence.model_copy(update={"excluded": {}})
    records[1] = records[1].model_copy(update={"evidence": free})
    one, two = realign(records, BY)
    assert (one.choice, one.probabilities) == ("b", {"a": 0, "b": 1})
    assert two.choice == "a"  # the mean of 0.1 and 0.9; with 0.5 before it would be b
    assert one.explanation.endswith("'Do 1'.")


def test_forbidden_choices_take_no_place_in_a_population() -> None:
    wishes = {"targets": {"care": {"samples": [0.2, 0.8]}}}
    records = [decided(0.2, 0.8, name=f"s{n}", **wishes, **never("do 0")) for n in range(2)]
    assert taken(records, "match_population") == "bb"
    assert [record.decision.choice for record in records] == ["b", "b"]


def test_where_all_is_forbidden_the_decision_stays() -> None:
    records = [decided(0.2, 0.6, **never("do")), decided(0.2, 0.6, name="t", **never("do"))]
    free = records[1].evidence.model_copy(update={"excluded": {}})
    decisions = realign([records[0], records[1].model_copy(update={"evidence": free})], BY)
    assert decisions[0] == records[0].decision
    assert decisions[1].choice == "b"
    assert realign(records[:1], BY) == [records[0].decision]


# Mistakes


def test_records_of_two_profiles_are_told() -> None:
    records = [decided(0.2, 0.6), decided(0.2, 0.6, profile="q")]
    with pytest.raises(UsageError, match="of different profiles: 'p' and 'q'"):
        realign(records, BY)
    changed = decided(0.2, 0.6, targets={"care": 0.7})
    with pytest.raises(UsageError, match="of different profiles: 'p' and 'p'"):
        realign([records[0], changed], BY)


def test_a_profile_without_targets_is_told() -> None:
    record = decided(0.2, 0.6)
    with pytest.raises(UsageError, match="under a profile with targets"):
        realign([record.model_copy(update={"profile": None})], BY)
    bare = Profile(name="p", persona="You are a medic.")
    with pytest.raises(UsageError, match="under a profile with targets"):
        realign([record.model_copy(update={"profile": bare})], BY)


def test_a_decision_without_estimates_is_told_with_the_way_out() -> None:
    record = decided(0.2, 0.6, spec="instructed")
    with pytest.raises(UsageError) as caught:
        realign([decided(0.2, 0.6), record], BY)
    assert str(caught.value) == (
        "The decision on 's' has no estimates of care. "
        "Decide with a method that estimates: `align deciders list`."
    )


def test_a_failed_decision_is_told_with_the_way_out() -> None:
    def broken(_: Request) -> Mapping[str, float]:
        raise EngineFailed("The engine broke.")

    record = decided(0.2, 0.6, spec="direct_regression", model=FakeModel(script=broken))
    with pytest.raises(UsageError, match="It failed; leave its record out"):
        realign([record], BY)


def test_targets_that_were_left_out_as_irrelevant_are_told_with_the_way_out() -> None:
    record = decided(0.2, 0.6)
    evidence = record.evidence.model_copy(update={"relevance": {"care": 1.0, "fairness": 0.1}})
    profile = Profile.model_validate({"name": "p", "targets": {"care": 0.5, "fairness": 1}})
    narrowed = record.model_copy(update={"profile": profile, "evidence": evidence})
    with pytest.raises(UsageError, match="decide with relevant_from=0"):
        realign([narrowed], BY)


def test_no_records_and_unknown_passes_are_told() -> None:
    with pytest.raises(UsageError, match="There are no records to decide again"):
        realign([], BY)
    with pytest.raises(UnknownName, match="Did you mean 'cumulative_distance'"):
        realign([decided(0.2, 0.6)], "cumulative_distanc")


# Files


@pytest.fixture
def made(folder: Path) -> list[Path]:
    """Three files of records in a folder; the first by name was made last."""
    now = datetime.now(UTC)
    paths = []
    for number in range(3):
        record = decided(0.2, 0.6, name=f"s{number}").model_copy(
            update={"created": now - timedelta(minutes=number)}
        )
        paths.append(write_record(folder / "records", record))
    return paths


def names(paths: list[Path]) -> list[str]:
    return [record.scenario.id for record in records_in(paths)]


def test_files_come_as_they_are_given(made: list[Path]) -> None:
    assert names([made[1], made[0], made[2]]) == ["s1", "s0", "s2"]


def test_a_folder_comes_in_the_order_in_which_its_records_were_made(made: list[Path]) -> None:
    (made[0].parent / "notes.txt").write_text("")
    assert names([made[0].parent]) == ["s2", "s1", "s0"]
    assert names([made[0], made[0].parent]) == ["s0", "s2", "s1", "s0"]


def test_records_made_at_the_same_time_come_by_name(made: list[Path], folder: Path) -> None:
    same = records_in(made)[0].created
    for record in reversed(records_in(made)):
        write_record(folder / "same", record.model_copy(update={"created": same}))
    assert names([folder / "same"]) == ["s0", "s1", "s2"]


def test_what_is_no_record_is_told(made: list[Path], folder: Path) -> None:
    with pytest.raises(FileProblem, match="holds no record"):
        records_in([folder])
    with pytest.raises(FileProblem, match="gone"):
        records_in([Path("gone")])
    (made[0].parent / "x.json").write_text("{}")
    with pytest.raises(BadRecord, match=r"x\.json: is not a record"):
        records_in([made[0].parent])


def test_records_from_files_are_decided_as_those_at_hand(made: list[Path]) -> None:
    at_hand = [decided(0.2, 0.6, name=f"s{n}") for n in range(3)]
    assert taken(records_in(made)) == taken(at_hand)
