from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from alignkit.errors import ModelError
from alignkit.models.fake import FakeModel

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write

    Make = Callable[..., dict[str, Any]]

LEVELS = (0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9)


def between(make: Make, number: int, *levels: float) -> dict[str, Any]:
    """A scenario between choices that care so much."""
    choices = [
        {"id": f"c{place}", "text": f"Way {place}", "values": {"care": level}}
        for place, level in enumerate(levels)
    ]
    return make(f"s{number}", choices=choices)


def words(text: str) -> list[str]:
    """The lines of a table with one space between cells."""
    return [" ".join(line.split()) for line in text.splitlines()]


@pytest.fixture
def past(make: Make, write: Write) -> Path:
    """Whom to take of each pair: Ana wants 0.6 of care, Ben 0.3, and neither ever errs."""
    rows = []
    for person, wish in (("Ana", 0.6), ("Ben", 0.3)):
        for one in LEVELS:
            for other in LEVELS:
                if one < other and abs(one - wish) != abs(other - wish):
                    taken = "c0" if abs(one - wish) < abs(other - wish) else "c1"
                    scenario = between(make, len(rows), one, other)
                    rows.append({"scenario": scenario, "choice": taken, "person": person})
    return write("past.json", rows)


# Fit


def test_the_profile_is_printed_with_what_it_rests_on(align: Align, past: Path) -> None:
    ran = align("profiles", "fit", "--examples", past.name, "--person", "Ana")
    assert (ran.code, ran.err) == (0, "")
    found = yaml.safe_load(ran.out)
    assert found["name"] == "ana"
    assert found["targets"]["care"] == pytest.approx(0.6, abs=0.06)
    assert "  # wish 0." in ran.out
    assert f"# From: {past.name}\n" in ran.out


def test_it_is_written_and_the_estimates_are_shown(align: Align, past: Path, folder: Path) -> None:
    ran = align(
        *("profiles", "fit", "-e", past, "--person", "Ana", "--out", "out/mine.yaml"),
        *("--level", "0.9", "--kind", "range", "--attributes", "care"),
    )
    assert (ran.code, ran.err) == (0, "The profile: out/mine.yaml\n")
    heading, row = words(ran.out)
    assert heading == "attribute wish 90% interval informative gain target"
    assert row.startswith("care 0.")
    text = (folder / "out" / "mine.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["name"] == "mine"
    assert align("validate", "out/mine.yaml").code == 0
    assert align("decide", "two-funds", "-p", "out/mine.yaml").code == 0


def test_several_people_become_samples_and_a_name_can_be_given(align: Align, past: Path) -> None:
    ran = align("profiles", "fit", "-e", past, "--name", "both")
    found = yaml.safe_load(ran.out)
    assert (found["name"], found["description"]) == (
        "both",
        "Fitted to 42 past choices of 2 people.",
    )
    assert len(found["targets"]["care"]["samples"]) == 20


def test_all_that_was_found_is_one_json_object(align: Align, past: Path) -> None:
    ran = align("profiles", "fit", "-e", past, "--json", "--out", "p.yaml")
    [found] = ran.decisions
    assert ran.err == "The profile: p.yaml\n"
    [fit] = found["fits"]
    assert (fit["attribute"], fit["people"], fit["flat"], fit["errors"]) == ("care", 2, False, {})
    assert fit["target"] == found["profile"]["targets"]["care"]
    assert fit["interval"][0] < fit["estimate"] < fit["interval"][1]
    assert found["scarce"] == {}


def test_more_files_may_follow_the_first(align: Align, past: Path, write: Write) -> None:
    rows = json.loads(past.read_text(encoding="utf-8"))
    write("a/1.json", rows[:20])
    write("a/2.json", rows[20:])
    ran = align("profiles", "fit", "--examples", "a/1.json", "a/2.json", "--name", "both")
    whole = align("profiles", "fit", "--examples", past, "--name", "both")
    assert yaml.safe_load(ran.out) == yaml.safe_load(whole.out)


def test_recorded_decisions_are_fitted_and_those_without_a_choice_are_counted(
    align: Align, make: Make, write: Write
) -> None:
    cases = [
        between(make, n, one, other)
        for n, (one, other) in enumerate(zip(LEVELS, LEVELS[2:], strict=False))
    ]
    write("cases.json", cases * 2)
    write("p.yaml", "name: p\ntargets: {care: 0.9}\n")
    write("q.yaml", "name: q\ntargets: {care: 0.9}\nescalate: {min_confidence: 1.0}\n")
    for profile in ("p.yaml", "q.yaml"):
        decide = ("decide", "cases.json", "-d", "oracle", "-p", profile)
        assert align(*decide, "--records", "records").code == 0
    records = sorted(Path("records").iterdir())
    ran = align("profiles", "fit", "-e", *records)
    assert ran.code == 0
    assert yaml.safe_load(ran.out)["targets"]["care"]["range"][1] > 0.85
    assert ran.err == "10 records without a choice were left aside.\n"


def test_weights_against_another_attribute_are_fitted(
    align: Align, make: Make, write: Write
) -> None:
    rows = []
    for number in range(40):
        care, urgency = (number % 7) / 7, (number % 5) / 5
        choices = [
            {"id": "a", "text": "A", "values": {"care": care, "medical_urgency": urgency}},
            {"id": "b", "text": "B", "values": {"care": 0.5, "medical_urgency": 0.5}},
        ]
        taken = "a" if care + urgency / 2 > 0.75 else "b"
        rows.append({"scenario": make(f"s{number}", choices=choices), "choice": taken})
    ran = align(
        "profiles", "fit", "-e", write("p.json", rows), "--kind", "logit", "--out", "p.yaml"
    )
    assert ran.code == 0
    assert "weighed +" in ran.out
    decide = ("decide", "leg-or-chest", "-p", "p.yaml", "-d")
    decider = "direct_regression?alignment=multinomial_logit&against=medical_urgency"
    assert align(*decide, decider).code == 0


def test_an_attribute_that_nobody_described_is_told(align: Align, past: Path, write: Write) -> None:
    text = past.read_text(encoding="utf-8").replace('"care"', '"tidiness"')
    ran = align("profiles", "fit", "-e", write("tidy.json", text))
    assert ran.code == 0
    expected = "Not described yet: tidiness. Before deciding: align attributes new tidiness\n"
    assert ran.err == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing option '--examples'"),
        (("-e", "gone.yaml"), "gone.yaml: there is no such file."),
        (("-e", "past.json", "--person", "Anna"), "Did you mean 'Ana'? There are: Ana, Ben."),
        (("-e", "past.json", "--attributes", "car,care"), "'car' is not known. Did you mean"),
        (("-e", "past.json", "--level", "95"), "'--level'"),
        (("-e", "past.json", "--kind", "number"), "'--kind'"),
        (("-e", "past.json", "--against", "care"), "--against goes with --kind logit."),
        (("-e", "past.json", "--kind", "logit"), "Attribute 'medical_urgency' is not known."),
        (("-e", "past.json", "--name", "My own"), "'My own' cannot be the name of a profile."),
        (("-e", "past.json", "--attributes", "fairness"), "The options have values of: care."),
        (("-e", "past.json", "--out", "./past.json"), "past.json: is read from; writing there "),
        (("-e", "few.json"), "At most 3 past choices are between options that differ"),
    ],
)
def test_mistakes_in_fitting_are_told(
    arguments: tuple[str, ...], message: str, align: Align, past: Path, write: Write
) -> None:
    before = past.read_text(encoding="utf-8")
    write("few.json", json.loads(before)[:3])
    ran = align("profiles", "fit", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert past.read_text(encoding="utf-8") == before
    assert message in ran.err
    assert ran.err.count("\n") <= 4


# From a group

SURVEY = """\
group: {name: Night nurses, description: Nurses who work at night.}
questions:
  - scenario: last-antivenom
    shares: {finish-course: 20, divide: 40, new-arrivals: 40}
"""


def test_a_group_is_printed_or_written(align: Align, write: Write) -> None:
    write("survey.yaml", SURVEY)
    ran = align("profiles", "from-group", "survey.yaml")
    assert (ran.code, ran.err) == (0, "")
    found = yaml.safe_load(ran.out)
    assert found["name"] == "night-nurses"
    assert found["group"]["description"] == "Nurses who work at night."
    assert found["targets"]["utilitarianism"]["samples"] == [0.1, 0.5, 0.5, 0.95, 0.95]
    plan = ("--name", "mine", "--description", "Own.", "--attributes", "utilitarianism")
    ran = align("profiles", "from-group", "survey.yaml", *plan, "--out", "mine.yaml")
    assert (ran.code, ran.out, ran.err) == (0, "", "The profile: mine.yaml\n")
    assert align("validate", "mine.yaml").code == 0
    assert align("decide", "two-funds", "-p", "mine.yaml", "-d", "persona").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing argument 'FORMAT:PATH|FILE'"),
        (("gone.yaml",), "gone.yaml: there is no such file."),
        (("survey.yaml", "--group", "Day nurses"), "Group 'Day nurses' is not known."),
        (("survey.yaml", "--attributes", "care"), "Attribute 'care' is not known."),
        (("survey.yaml", "--out", "survey.yaml"), "survey.yaml: is read from; writing there "),
        (("opinionqa_align:gone",), "gone: there is no such file."),
    ],
)
def test_mistakes_in_groups_are_told(
    arguments: tuple[str, ...], message: str, align: Align, write: Write
) -> None:
    write("survey.yaml", SURVEY)
    ran = align("profiles", "from-group", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert Path("survey.yaml").read_text(encoding="utf-8") == SURVEY


# Diff


@pytest.fixture
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking the model is an error."""

    async def fail(*_: Any) -> Any:
        raise AssertionError("a model was asked")

    monkeypatch.setattr(FakeModel, "answer", fail)


@pytest.mark.usefixtures("no_model")
def test_wishes_stand_side_by_side_and_no_model_is_asked(align: Align) -> None:
    ran = align("profiles", "diff", "utilitarian-medic", "steadfast-medic")
    assert (ran.code, ran.err) == (0, "")
    heading, first, *_ = words(ran.out)
    assert heading == "attribute utilitarian-medic share steadfast-medic share distance"
    assert first == "utilitarianism 0.95 33% 0.05 33% 0.90"


@pytest.mark.usefixtures("no_model")
def test_what_only_one_has_is_told(align: Align, write: Write) -> None:
    write("a.yaml", 'name: a\npersona: "[bold]You"\ntargets: {care: {samples: [0.1, 0.4]}}\n')
    write("b.yaml", "name: a\ntargets: {fairness: {range: [0, 1], weight: 2}}\n")
    ran = align("profiles", "diff", "a.yaml", "b.yaml")
    assert words(ran.out)[0] == "attribute a.yaml share b.yaml share distance"
    assert "0.25 (0.1 to 0.4)" in ran.out
    assert ran.out.splitlines()[-3:] == ["persona", "  a.yaml: [bold]You", "  b.yaml: -"]


@pytest.mark.usefixtures("no_model")
def test_equal_profiles_want_the_same(align: Align) -> None:
    assert "They want the same." in align("profiles", "diff", "bold-medic", "bold-medic").out


def test_scenarios_are_decided_under_both(align: Align) -> None:
    two = ("utilitarian-medic", "steadfast-medic")
    ran = align("profiles", "diff", *two, "last-antivenom", "one-burns-bed", "-d", "oracle")
    assert ran.code == 0
    heading, first, _, last = words(ran.out.split("\n\n")[1])
    assert heading == "scenario utilitarian-medic steadfast-medic shift"
    assert first == "last-antivenom new-arrivals 0.99 finish-course 0.99 0.99 differs"
    assert last.startswith("Decided differently: 2 of 2; mean shift 0.")


def test_where_they_agree_nothing_differs(align: Align) -> None:
    two = ("bold-medic", "bold-medic", "spillway", "-d", "oracle")
    ran = align("profiles", "diff", *two, "-m", "fake")
    assert ran.code == 2  # spillway has no values of what bold-medic wants
    ran = align("profiles", "diff", "bold-medic", "bold-medic", "spillway")
    assert ran.code == 0
    assert "Decided differently: 0 of 1; mean shift 0.00." in ran.out


def test_differences_as_json_are_one_object_a_line(align: Align) -> None:
    two = ("utilitarian-medic", "steadfast-medic")
    ran = align("profiles", "diff", *two, "last-antivenom", "spillway", "--json")
    assert ran.code == 0
    wishes, *decided = ran.decisions
    assert wishes["profiles"] == list(two)
    assert wishes["wishes"][0]["wanted"][0] == {
        "value": 0.95,
        "weight": 1.0,
        "share": pytest.approx(1 / 3),
    }
    assert [one["scenario"] for one in decided] == ["last-antivenom", "spillway"]
    for one in decided:
        assert 0 <= one["shift"] <= 1
        assert [decision["profile"] for decision in one["decisions"]] == list(two)
    assert ran.err.startswith("Decided differently: ")


def test_a_bad_scenario_among_several_is_a_part_that_failed(align: Align) -> None:
    two = ("bold-medic", "cautious-medic")
    ran = align("profiles", "diff", *two, "two-funds", "gone.yaml")
    assert ran.code == 5
    assert "(failed)" in ran.out
    assert ran.err == "gone.yaml: there is no such file.\n"


def test_a_model_that_always_fails_did_nothing(
    align: Align, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> Any:
        raise ModelError("It broke.")

    monkeypatch.setattr(FakeModel, "answer", fail)
    names = ("two-funds", "spillway", "leg-or-chest")
    ran = align("profiles", "diff", "bold-medic", "cautious-medic", *names)
    assert ran.code == 3
    assert ran.err.count("It broke.") == 2
    assert "... and 1 more like these." in ran.err
    assert "Decided differently: 0 of 3." in ran.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bold-medic",), "Missing argument 'B'"),
        (("bold-medic", "bald-medic"), "Profile 'bald-medic' is not known. Did you mean"),
        (("bold-medic", "gone.yaml"), "gone.yaml: there is no such file."),
        (("bold-medic", "cautious-medic", "gone"), "Scenario 'gone' is not known."),
        (("bold-medic", "cautious-medic", "two-funds", "-d", "x"), "Decider 'x' is not known."),
        (("bold-medic", "cautious-medic", "two-funds", "-m", "x"), "Model 'x' is not known."),
        (("bold-medic", "cautious-medic", "-"), "There was nothing to decide."),
    ],
)
def test_mistakes_in_comparing_are_told(
    arguments: tuple[str, ...], message: str, align: Align
) -> None:
    ran = align("profiles", "diff", *arguments)
    assert ran.code == 2
    assert message in ran.err
