from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.errors import DataError, FileProblem
from alignkit.evaluate.items import FAMILIES, Family, Item, items_of
from alignkit.library import Library

from .conftest import item, mta_row, statements

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours
with_data = pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
MTA, AFFILIATION, SAFETY, PERSONA = FAMILIES
PLAIN = Family("plain", "persona_statements", PERSONA.file)


def names(items: list[Item]) -> list[tuple[str, str]]:
    return [(one.scenario.id, one.attribute) for one in items]


def written(folder: Path, ids: list[str]) -> Path:
    """A folder with a statement of each id, each on one of two dimensions."""
    path = folder / PERSONA.file
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [(name, ("openness", "neuroticism")[len(name) % 2], "positive") for name in ids]
    path.write_text(statements(*lines), encoding="utf-8")
    return folder


# What counts


def test_a_scenario_counts_once_for_each_of_its_attributes(data: Path) -> None:
    assert names(items_of(MTA, data)) == [("one", "fairness"), ("one", "risk_aversion")]


def test_what_is_labelled_alike_in_all_choices_does_not_count(data: Path) -> None:
    assert "all-alike" not in {one.scenario.id for one in items_of(MTA, data)}


def test_a_choice_without_a_true_value_leaves_the_scenario_out(tmp_path: Path) -> None:
    path = tmp_path / MTA.file
    path.parent.mkdir()
    asked, labels = mta_row("one", "fairness", 0, 10)
    path.write_text(f"[{[asked, [labels[0], {}]]}]".replace("'", '"'))  # type: ignore[index]
    with pytest.raises(DataError, match="holds no scenario whose choices differ in a true value"):
        items_of(MTA, tmp_path)


def test_only_the_attributes_of_the_family_count(data: Path) -> None:
    assert {one.attribute for one in items_of(AFFILIATION, data)} == {"affiliation"}
    assert {one.attribute for one in items_of(SAFETY, data)} == {"personal_safety"}


def test_every_attribute_that_counts_is_shipped(data: Path) -> None:
    found = {one.attribute for family in FAMILIES for one in items_of(family, data)}
    assert found <= set(Library().attributes)


def test_broken_rows_are_passed_over(data: Path) -> None:
    path = data / PERSONA.file
    path.write_text(path.read_text() + "x,openness,sideways,0.9,I am x\n")
    assert len(items_of(PERSONA, data)) == 10


# What is right


@pytest.mark.parametrize(
    ("truths", "high", "low"),
    [
        ((0.2, 0.9), "b", "a"),
        ((1, 0.5, 1), "ac", "b"),
        ((0, 0, 0.1), "c", "ab"),
    ],
)
def test_the_right_choices_have_the_highest_or_the_lowest_value(
    truths: tuple[float, ...], high: str, low: str
) -> None:
    one = item(*truths)
    assert one.truths == truths
    assert one.best("high") == set(high)
    assert one.best("low") == set(low)


def test_the_profile_wants_the_attribute_and_nothing_else() -> None:
    profile = item(0, 1, attribute="risk_aversion").profile("high")
    assert profile.name == "risk-aversion-high"
    assert {name: target.value for name, target in profile.targets.items()} == {"risk_aversion": 1}
    assert item(0, 1).profile("low").targets["care"].value == 0


# Twins and halves


@pytest.mark.parametrize("family", [AFFILIATION, SAFETY], ids=lambda family: family.name)
def test_twins_double_the_items_and_share_cluster_and_half(family: Family, data: Path) -> None:
    items = items_of(family, data)
    alone = items_of(Family(family.name, family.reader, family.file, family.attributes), data)
    assert names(items[::2]) == names(alone)
    for one, twin in zip(items[::2], items[1::2], strict=True):
        assert twin.scenario.id == f"{one.scenario.id} (mirrored)"
        assert (twin.cluster, twin.half) == (one.cluster, one.half)


def test_in_the_twin_another_place_or_name_is_right(data: Path) -> None:
    one, twin = items_of(AFFILIATION, data)[:2]
    assert (one.best("high"), twin.best("high")) == ({"Treat_Patient_B"}, {"Treat_Patient_A"})
    one, twin = items_of(SAFETY, data)
    assert one.best("high") == twin.best("high") == {"Wait_here"}
    assert one.scenario.choice_ids[1] == twin.scenario.choice_ids[0] == "Wait_here"


@given(st.lists(st.text(min_size=1), min_size=60, max_size=60, unique=True))
def test_halves_split_by_cluster_and_by_nothing_else(clusters: list[str]) -> None:
    for cluster in clusters:
        one = Item("f", item(0, 1).scenario, "care", cluster)
        other = Item("g", item(1, 0, name="t").scenario, "calm", cluster)
        assert one.half == other.half
    halves = Counter(Item("f", item(0, 1).scenario, "care", one).half for one in clusters)
    assert min(halves["first"], halves["second"]) >= 5


# Fixed selections


@given(
    st.lists(st.text("abcdef0123", min_size=1, max_size=4), min_size=1, max_size=12, unique=True),
    st.integers(1, 6),
    st.integers(0, 6),
    st.randoms(use_true_random=False),
)
def test_a_smaller_selection_is_part_of_a_larger_one_whatever_the_order_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str], limit: int, more: int, random: object
) -> None:
    folder = written(tmp_path_factory.mktemp("data"), ids)
    for family in (PERSONA, PLAIN):
        some = set(names(items_of(family, folder, limit)))
        assert some <= set(names(items_of(family, folder, limit + more)))
        everything = names(items_of(family, folder, 2 * len(ids)))
        assert everything == names(items_of(family, folder))
    random.shuffle(ids)  # type: ignore[attr-defined]
    assert set(names(items_of(PLAIN, written(folder, ids), limit))) == some


def test_items_of_a_selection_stay_in_the_order_of_the_file(data: Path) -> None:
    everything = names(items_of(PERSONA, data))
    some = names(items_of(PERSONA, data, 4))
    assert some == [one for one in everything if one in some]


def test_a_limit_counts_scenarios_or_spreads_them_over_attributes_and_answers(data: Path) -> None:
    assert len(items_of(MTA, data, 1)) == 2  # one scenario with two attributes
    assert len(items_of(AFFILIATION, data, 2)) == 4  # and their twins
    for limit, each in ((1, 1), (4, 1), (5, 2), (8, 2)):
        kinds = Counter(
            (one.attribute, *one.best("high")) for one in items_of(PERSONA, data, limit)
        )
        assert kinds == {
            (name, said): each for name in ("openness", "risk_avoidance") for said in ("yes", "no")
        }
    assert len(items_of(PLAIN, data, 3)) == 3


# Files


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_file_that_is_not_there_is_told_with_the_way_out(family: Family, tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        items_of(family, tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / family.file}: there is no such file. "
        "Name the folder of the data with ALIGN_DATA."
    )


@pytest.mark.parametrize("family", [MTA, AFFILIATION], ids=lambda family: family.name)
def test_a_file_that_is_no_data_is_told(family: Family, data: Path) -> None:
    (data / family.file).write_text("{}")
    with pytest.raises(DataError, match="is not a list"):
        items_of(family, data)


def test_a_file_in_which_every_row_is_broken_says_why(data: Path) -> None:
    (data / MTA.file).write_text("[1, 2]")
    with pytest.raises(DataError, match="row 1: "):
        items_of(MTA, data)


@pytest.mark.data
@with_data
def test_the_published_families_have_so_many_items() -> None:
    found = {family.name: items_of(family, Path(DATA or "")) for family in FAMILIES}
    assert {name: len(items) for name, items in found.items()} == {
        "mta": 31,
        "affiliation": 174,
        "personal_safety": 168,
        "persona": 2400,
    }
    assert {name: len({one.cluster for one in items}) for name, items in found.items()} == {
        "mta": 20,
        "affiliation": 87,
        "personal_safety": 84,
        "persona": 2400,
    }
    for items in found.values():
        assert len(set(names(items))) == len(items)
        assert {one.half for one in items} == {"first", "second"}
