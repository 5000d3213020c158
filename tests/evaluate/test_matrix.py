from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alignkit.deciders import DECIDERS
from alignkit.deciders.base import Decider
from alignkit.errors import BadScenario, UsageError
from alignkit.evaluate.matrix import Dataset, Matrix, Way, Wish
from alignkit.prompts import Prompts
from alignkit.schema import Profile, Scenario
from alignkit.testing import FakeModel, FakeSettings

from .test_cells import CARE
from .test_selection import scenario

HIGH = Profile.model_validate({"name": "high", "targets": {"care": 1}})
LOW = Profile.model_validate({"name": "low", "targets": {"care": {"range": [0, 0.2]}}})
SCENARIOS = [scenario("one", {"care": 1.0}, {"care": 0.0}), scenario("two")]


def decider(name: str = "chooser_judge", *, own: Path | None = None, **settings: Any) -> Decider:
    kind = DECIDERS.load(name)
    prompts = Prompts(own)
    model = FakeModel(FakeSettings(seed=settings.pop("model_seed", 0)), prompts=prompts)
    chosen = kind.settings_type.model_validate(settings)
    asked = model if kind.asks_model else None
    return kind(asked, chosen, attributes={"care": CARE}, prompts=prompts)


def dataset(name: str = "d", scenarios: list[Scenario] = SCENARIOS, **changes: Any) -> Dataset:
    return Dataset(name, lambda: iter(scenarios), **changes)


def matrix(*deciders: Decider, wishes: Any = None, **changes: Any) -> Matrix:
    ways = [Way(one, one.label) for one in deciders or (decider(),)]
    datasets = changes.pop("datasets", None) or [dataset(**changes)]
    return Matrix(datasets, wishes or [Wish(HIGH)], ways)


def keys(one: Matrix) -> list[str]:
    return [planned.cell.key for planned in one]


def test_a_cell_says_all_that_is_known_before() -> None:
    scenarios = [scenario("one", {"care": 1.0}, {"care": 0.0}, group="g", tags={"part": "x"})]
    [planned] = matrix(scenarios=scenarios)
    cell = planned.cell
    assert (cell.dataset, cell.scenario, cell.group, cell.tags) == ("d", "one", "g", {"part": "x"})
    assert cell.truths == {"a": {"care": 1.0}, "b": {"care": 0.0}}
    assert (cell.profile, cell.targets) == ("high", {"care": 1.0})
    assert (cell.decider, cell.model, cell.seed) == ("chooser_judge", "fake", 0)
    assert (planned.scenario, planned.profile) == (scenarios[0], HIGH)


def test_a_wish_for_no_single_level_says_so() -> None:
    [planned, _] = matrix(wishes=[Wish(LOW)])
    assert planned.cell.targets == {"care": None}


def test_neighbours_share_what_the_decider_puts_first() -> None:
    def order(name: str) -> list[tuple[str, str | None]]:
        found = matrix(decider(name), wishes=[Wish(HIGH), Wish(LOW)])
        return [(one.cell.scenario, one.cell.profile) for one in found]

    by_scenario = [("one", "high"), ("one", "low"), ("two", "high"), ("two", "low")]
    assert order("chooser_judge") == by_scenario
    assert order("instructed") == sorted(by_scenario, key=lambda one: one[1] or "")


def test_the_plain_model_is_decided_by_those_that_need_no_profile() -> None:
    plain = Way(decider("baseline"), "baseline", plain_only=True)
    ways = [Way(decider(), "chooser_judge"), plain]
    found = Matrix([dataset()], [Wish(None), Wish(HIGH)], ways)
    assert {(one.cell.decider, one.cell.profile) for one in found} == {
        ("chooser_judge", "high"),
        ("baseline", None),
    }


def test_a_labelled_sweep_reaches_only_scenarios_with_true_values() -> None:
    found = matrix(wishes=[Wish(HIGH, swept=True, labelled_by="care")])
    assert [one.cell.scenario for one in found] == ["one"]


def test_a_data_set_may_want_only_some_profiles() -> None:
    wishes = [Wish(None), Wish(HIGH), Wish(LOW, swept=True)]

    def under(*profiles: str) -> set[str | None]:
        found = matrix(decider("first"), wishes=wishes, profiles=profiles)
        return {one.cell.profile for one in found}

    assert under("none") == {None}
    assert under("high") == {"high"}
    assert under("sweep") == {"low"}


# Keys


@pytest.mark.parametrize(
    "other",
    [
        lambda: matrix(decider(softness=2.0)),
        lambda: matrix(decider("instructed")),
        lambda: matrix(decider(model_seed=1)),
        lambda: matrix(wishes=[Wish(LOW)]),
        lambda: matrix(scenarios=[one.model_copy(update={"context": "x"}) for one in SCENARIOS]),
        lambda: Matrix([dataset()], [Wish(HIGH)], [Way(decider(), "chooser_judge", seed=1)]),
    ],
    ids=["setting", "method", "model", "profile", "scenario", "seed"],
)
def test_whatever_a_decision_depends_on_is_in_its_key(other: Any) -> None:
    assert not set(keys(matrix())) & set(keys(other()))
    assert keys(matrix()) == keys(matrix())


def test_what_no_decision_depends_on_is_not_in_the_key_but_in_the_digest() -> None:
    tagged = [one.model_copy(update={"group": "g", "tags": {"a": "b"}}) for one in SCENARIOS]
    assert keys(matrix(scenarios=tagged)) == keys(matrix())
    assert keys(matrix(name="other")) == keys(matrix())
    digests = {
        one.totals().digest for one in (matrix(), matrix(scenarios=tagged), matrix(name="other"))
    }
    assert len(digests) == 3


def test_another_wording_changes_the_keys_of_those_that_use_it_and_no_others(
    tmp_path: Path,
) -> None:
    shipped, _, _ = Prompts()._loader.get_source(Prompts()._env, "chooser_judge.j2")
    (tmp_path / "chooser_judge.j2").write_text(shipped.replace("?", ", or not?"))
    for name, changed in (("chooser_judge", True), ("instructed", False), ("ensemble", True)):
        before, after = keys(matrix(decider(name))), keys(matrix(decider(name, own=tmp_path)))
        assert (not set(before) & set(after)) is changed, name


# Counting and checking


def test_totals_count_the_parts_and_know_the_same_matrix_again() -> None:
    found = matrix(decider(), decider("first"), wishes=[Wish(HIGH), Wish(LOW)]).totals()
    assert found.cells == 8
    assert found.by_part == {("d", "chooser_judge", "fake"): 4, ("d", "first", "none"): 4}
    again = matrix(decider(), decider("first"), wishes=[Wish(HIGH), Wish(LOW)]).totals()
    assert again == found


def test_a_data_set_without_a_cell_is_a_mistake() -> None:
    wishes = [Wish(HIGH, swept=True, labelled_by="care")]
    sets = [dataset(), dataset("bare", [scenario("two")])]
    with pytest.raises(UsageError, match="'bare' has no scenario to decide"):
        matrix(wishes=wishes, datasets=sets).totals()


def test_no_scenario_counts_twice() -> None:
    twice = [scenario("one"), scenario("one", {"care": 1.0}, None)]
    with pytest.raises(BadScenario, match="'one' stands there twice"):
        matrix(scenarios=twice).check_scenarios()
    sets = [dataset("a", [scenario("one")]), dataset("b", [scenario("two"), scenario("one")])]
    with pytest.raises(BadScenario, match=r"'one' of the data set 'b' is the same as 'one' of 'a'"):
        matrix(datasets=sets).check_scenarios()
    sets = [dataset("a", [scenario("one")]), dataset("b", [scenario("one", {"care": 1.0}, None)])]
    matrix(datasets=sets).check_scenarios()  # one name, but not the same
    matrix().check_scenarios()


def test_few_scenarios_are_read_once_and_many_for_every_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads = 0

    def read() -> Iterator[Scenario]:
        nonlocal reads
        reads += 1
        return iter(SCENARIOS)

    for most, expected in ((2, 1), (1, 3)):
        monkeypatch.setattr("alignkit.evaluate.matrix._HELD", most)
        reads, found = 0, Dataset("d", read)
        for _ in range(3):
            assert [one.scenario for one in found] == SCENARIOS
        assert reads == expected
