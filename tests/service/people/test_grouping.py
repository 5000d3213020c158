from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alignkit.errors import (
    AlignkitError,
    BadProfile,
    DataError,
    InvalidSetting,
    UnknownName,
    UsageError,
)
from alignkit.library import Library, parse_document
from alignkit.schema import Group, Profile
from alignkit.service import GroupPlan, GroupProfile, group_profile

if TYPE_CHECKING:
    from tests.service.conftest import Write

    Make = Callable[..., dict[str, Any]]

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours
with_data = pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
GROUP = {"name": "Night nurses", "description": "Nurses who work at night."}
RULES = [
    {"id": "list", "text": "The checklist", "values": {"protocol_focus": 0.9}},
    {"id": "eye", "text": "My own eye", "values": {"protocol_focus": 0.1}},
    {"id": "unsure", "text": "I don't know"},
]


def survey(*questions: dict[str, Any], group: dict[str, str] | None = None) -> dict[str, Any]:
    return {"group": group or GROUP, "questions": list(questions)}


def by_rules(*shares: float) -> dict[str, Any]:
    """What do you follow? With the shares of the three answers."""
    named = dict(zip(("list", "eye", "unsure"), shares, strict=True))
    return {"question": "What do you follow?", "choices": RULES, "shares": named}


@pytest.fixture
def fitted(library: Library, write: Write) -> Callable[..., GroupProfile]:
    """The profile of the group in a file with this content."""

    def made(content: object, **plan: Any) -> GroupProfile:
        return group_profile(str(write("survey.yaml", content)), library, GroupPlan(**plan))

    return made


Fitted = Callable[..., GroupProfile]


def comments(found: GroupProfile) -> str:
    return " ".join(found.text().replace("#", "").split())


# Shares of answers


def test_targets_are_the_levels_of_the_answers_by_their_shares(fitted: Fitted) -> None:
    found = fitted(survey(by_rules(60, 30, 10)))
    assert found.profile.name == "night-nurses"
    assert found.profile.group == Group.model_validate(GROUP)
    assert found.profile.targets["protocol_focus"].samples == (0.1, 0.9, 0.9)
    said = comments(found)
    assert "questions: 1; mean of the answers 0.63, of all that was on offer 0.50" in said
    assert "What they do not say" in said
    assert "`align profiles fit` tells these apart" in said


def test_questions_count_equally_however_many_answers_they_have(fitted: Fitted) -> None:
    two = [
        {**one, "values": {"protocol_focus": level}}
        for one, level in zip(RULES, (0.4, 0.6, 0), strict=True)
    ]
    other = {"question": "Really?", "choices": two[:2], "shares": {"list": 3, "eye": 1}}
    samples = fitted(survey(by_rules(1, 0, 0), other)).profile.targets["protocol_focus"].samples
    counts = Counter(samples)
    assert {level: count / len(samples or ()) for level, count in counts.items()} == {
        0.9: 0.5,
        0.4: 0.375,
        0.6: 0.125,
    }


def test_there_are_at_most_50_samples(fitted: Fitted) -> None:
    target = fitted(survey(by_rules(61.7, 38.3, 0))).profile.targets["protocol_focus"]
    assert len(target.samples or ()) == 50
    assert target.level == pytest.approx(0.617 * 0.9 + 0.383 * 0.1, abs=0.01)


def test_scenarios_may_be_named(fitted: Fitted, write: Write, make: Make) -> None:
    choices = [
        {"id": name, "text": name, "values": {"care": level}}
        for name, level in (("a", 0.2), ("b", 0.8))
    ]
    write("bridge.yaml", make("bridge", choices=choices))
    shares = {"a": 1, "b": 1}
    vials = {"finish-course": 1, "divide": 0, "new-arrivals": 0}
    found = fitted(
        survey(
            {"scenario": "last-antivenom", "shares": vials},
            {"scenario": "bridge.yaml", "shares": shares},
            {"scenario": make("x", choices=choices), "shares": shares},
        )
    )
    assert found.profile.targets["care"].samples == (0.2, 0.8)
    assert found.profile.targets["utilitarianism"].samples == (0.1,)


def test_only_attributes_that_are_asked_for_become_targets(fitted: Fitted) -> None:
    vials = {"finish-course": 1, "divide": 0, "new-arrivals": 0}
    questions = (by_rules(1, 1, 0), {"scenario": "last-antivenom", "shares": vials})
    found = fitted(survey(*questions), attributes=["utilitarianism"])
    assert list(found.profile.targets) == ["utilitarianism"]
    with pytest.raises(UnknownName, match=r"Did you mean 'utilitarianism'.*Answers have: proto"):
        fitted(survey(*questions), attributes=["utilitarianismus"])


@pytest.mark.parametrize(
    "choices",
    [
        [{"id": "a", "text": "A"}, {"id": "b", "text": "B"}],
        [{"id": name, "text": name, "values": {"care": 0.5}} for name in "ab"],
        [{"id": "a", "text": "A", "values": {"care": 0.5}}, {"id": "b", "text": "B"}],
    ],
)
def test_without_different_levels_there_is_the_group_alone(fitted: Fitted, choices: Any) -> None:
    asked = {"question": "Q", "choices": choices, "shares": {"a": 1, "b": 2}}
    found = fitted(survey(asked))
    assert found.profile.targets == {}
    assert "so there are no targets" in comments(found)
    with pytest.raises(UnknownName, match="so there are no targets"):
        fitted(survey(asked), attributes=["care"])


def test_name_and_description_can_be_given(fitted: Fitted) -> None:
    found = fitted(survey(by_rules(1, 1, 1)), name="mine", description="As I know them.")
    assert found.profile.name == "mine"
    assert found.profile.group == Group(name="Night nurses", description="As I know them.")
    for plan in ({"name": "My own"}, {"description": " "}, {"description": "a\x1bb"}):
        with pytest.raises(InvalidSetting):
            fitted(survey(by_rules(1, 1, 1)), **plan)


def test_one_of_several_groups_is_picked_by_name(fitted: Fitted) -> None:
    day = {"name": "Day nurses", "description": "By day."}
    both = [survey(by_rules(1, 0, 0)), survey(by_rules(0, 1, 0), group=day)]
    found = fitted(both, group="Day nurses").profile
    assert (found.name, found.targets["protocol_focus"].samples) == ("day-nurses", (0.1,))
    with pytest.raises(UsageError, match=r"has 2 groups\. Name one: Night nurses, Day nurses"):
        fitted(both)
    with pytest.raises(UnknownName, match="Group 'Dy nurses' is not known"):
        fitted(both, group="Dy nurses")
    with pytest.raises(DataError, match="'Night nurses' stands there twice"):
        fitted([both[0], both[0]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "survey.yaml: is an empty list."),
        ("group: {name: N}", "description: this field is missing."),
        (survey(), "questions: there must be at least one"),
        (survey({"scenario": "gone", "shares": {"a": 1}}), ": scenario: Scenario 'gone' is not"),
        (survey({"scenario": "bridge.yaml", "shares": {"a": 1}}), "there is no such file."),
        (
            survey({"scenario": "last-antivenom", "shares": {"divide": 1}}),
            ": shares: give one for each of finish-course, divide, new-arrivals; there are divide.",
        ),
        (
            survey({**by_rules(1, 1, 1), "choices": RULES * 2}),
            ": shares: give one for each of list, eye, unsure; there are list, eye, unsure.",
        ),
    ],
)
def test_mistakes_are_told(fitted: Fitted, content: object, message: str) -> None:
    with pytest.raises(AlignkitError) as caught:
        fitted(content)
    assert message in str(caught.value)


# Published opinions


def row(group: str, scene: int, **support: float) -> dict[str, Any]:
    """A record of a group that was asked question number `scene`; support by option."""
    options = " ".join(f"{chr(65 + n)}. {text}" for n, text in enumerate(support))
    state = f"Question: Number {scene}?\nOptions: {options}\nAnswer:"
    choices = [
        {"action_id": text, "unstructured": text, "kdma_association": {group: value}}
        for text, value in support.items()
    ]
    return {
        "input": {
            "scenario_id": group,
            "full_state": {"meta_info": {"scene_id": scene}},
            "state": state,
            "choices": choices,
        },
        "label": [choice["kdma_association"] for choice in choices],
    }


SOUTH, POOR = "CREGION_South", "INCOME_Less than $30,000"


@pytest.fixture
def opinions(write: Write) -> Path:
    """A folder with two groups, who agree in one of two common questions."""
    write(
        "opinions/south.json",
        [row(SOUTH, 1, Yes=1, No=0), row(SOUTH, 2, Yes=1, No=0), row(SOUTH, 3, Yes=0, No=1)],
    )
    write("opinions/poor.json", [row(POOR, 1, Yes=1, No=0.2), row(POOR, 2, Yes=0, No=1), "oops"])
    write("none.json", [])
    write("bad.json", ["oops"])
    return Path("opinions")


@pytest.mark.parametrize(
    ("group", "title"),
    [(POOR, "INCOME Less than $30,000"), ("income_less_than_30_000", "income less than 30 000")],
)
def test_a_published_group_is_described_and_has_no_targets(
    opinions: Path, library: Library, group: str, title: str
) -> None:
    plan = GroupPlan(group=group)
    found = group_profile(f"opinionqa_align:{opinions}", library, plan)
    assert found.profile.name == "income-less-than-30-000"
    assert found.profile.targets == {}
    assert found.profile.group is not None
    assert found.profile.group.name == title
    assert parse_document(found.text(), "x").parse(Profile, BadProfile) == found.profile
    said = comments(found)
    assert ": 2 questions. 1 rows of the data are broken and left aside." in said
    assert "Its most frequent answer is that of others in 1 of 2 questions with cregion_so" in said
    assert "neither shares nor a distribution of levels can be had from them" in said
    assert "Licence: Apache-2.0" in said


def test_a_file_with_one_group_needs_no_name(opinions: Path, library: Library) -> None:
    found = group_profile(f"opinionqa_align:{opinions / 'south.json'}", library)
    assert found.profile.group is not None
    assert found.profile.group.name == "cregion south"
    assert "of others" not in found.text()


def test_a_survey_is_found_among_the_public_data_too(opinions: Path, library: Library) -> None:
    found = group_profile("opinionqa_align:south.json", library, data=opinions)
    assert found.profile.group is not None
    assert found.profile.group.name == "cregion south"


@pytest.mark.parametrize(
    ("source", "plan", "message"),
    [
        ("opinionqa_align:opinions", {}, "has 2 groups. Name one: "),
        ("opinionqa_align:opinions", {"group": "north"}, "Group 'north' is not known."),
        ("opinionqa_align:gone.json", {}, "gone.json: there is no such file."),
        ("opinionqa_align:none.json", {}, "none.json: has no group."),
        ("opinionqa_align:bad.json", {}, "bad.json: row 1: "),
        ("opinionqa_align:opinions", {"attributes": ["care"]}, "has values of groups only"),
        ("mta:opinions", {}, "The data set 'mta' has no groups."),
        ("opinionqa:opinions", {}, "Did you mean 'opinionqa_align'?"),
        ("with:colon.yaml", {}, "with:colon.yaml: there is no such file."),
        ("gone", {}, "gone: there is no such file."),
    ],
)
@pytest.mark.usefixtures("opinions")
def test_what_is_no_group_is_told(library: Library, source: str, plan: Any, message: str) -> None:
    with pytest.raises(AlignkitError) as caught:
        group_profile(source, library, GroupPlan(**plan))
    assert message in str(caught.value)


@pytest.mark.data
@with_data
def test_every_published_group_has_a_profile(library: Library) -> None:
    source = f"opinionqa_align:{Path(DATA or '') / 'opinionqa_align'}"
    found = group_profile(source, library, GroupPlan(group=POOR))
    assert "175 questions" in comments(found)
    assert "36 of 42 questions with cregion_northeast" in comments(found)
