"""Scenarios and profiles that somebody writes come back as they were, and are found by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from alignkit.errors import BadProfile, BadScenario, FileProblem, InvalidSetting
from alignkit.library import Library
from alignkit.schema import Choice, Scenario, Target
from alignkit.service import Settings, Workbench
from alignkit.service.writing import (
    found_names,
    profile_from,
    profile_text,
    save_profile,
    save_scenario,
    scenario_from,
    scenario_of,
    scenario_text,
)

LIBRARY = Library()


@pytest.mark.parametrize("name", list(LIBRARY.profiles))
def test_every_shipped_profile_comes_back_from_its_text(name: str) -> None:
    profile = LIBRARY.profiles[name]
    assert profile_from(profile_text(profile), LIBRARY) == profile


@pytest.mark.parametrize("name", list(LIBRARY.scenarios))
def test_every_shipped_scenario_comes_back_from_its_text_and_its_form(name: str) -> None:
    scenario = LIBRARY.scenarios[name]
    assert scenario_from(scenario_text(scenario), LIBRARY) == scenario
    assert scenario_from(scenario_of(scenario), LIBRARY) == scenario


def test_mistakes_name_line_and_field() -> None:
    with pytest.raises(BadScenario, match="scenario:2: quesion"):
        scenario_from(
            "id: a\nquesion: b\nquestion: b\ncontext: c\n"
            "choices: [{id: x, text: x}, {id: y, text: y}]",
            LIBRARY,
        )
    with pytest.raises(BadProfile, match="profile:2"):
        profile_from("name: a\ntargets: {fairnes: 1}", LIBRARY)
    with pytest.raises(FileProblem, match="not valid YAML"):
        profile_from("name: [", LIBRARY)
    with pytest.raises(InvalidSetting, match="more than"):
        profile_from("x" * 600_000, LIBRARY)


def test_what_is_saved_is_found_at_once(tmp_path: Path) -> None:
    workbench = Workbench(Settings(home=tmp_path))
    before = workbench.library.profiles["bold-medic"]
    after = before.model_copy(update={"targets": {"risk_aversion": Target(value=0.42)}})
    save_profile(after, workbench)
    assert workbench.library.profiles["bold-medic"] == after
    assert workbench.library.profiles.is_own("bold-medic")


def test_a_scenario_is_saved_under_a_name_that_a_file_can_have(tmp_path: Path) -> None:
    workbench = Workbench(Settings(home=tmp_path))
    choices = (Choice(id="a", text="a"), Choice(id="b", text="b"))
    scenario = Scenario(id="my-case", context="c", question="q", choices=choices)
    save_scenario(scenario, workbench)
    assert workbench.library.scenarios["my-case"] == scenario
    with pytest.raises(InvalidSetting):
        save_scenario(scenario.model_copy(update={"id": "../x"}), workbench)
    assert not (tmp_path / "library" / "x.yaml").exists()


@pytest.mark.parametrize(
    ("text", "first"),
    [("antivenom", "last-antivenom"), ("antivenim", "last-antivenom"), ("Spilway", "spillway")],
)
def test_names_are_found_by_words_that_are_nearly_right(text: str, first: str) -> None:
    assert found_names(text, LIBRARY.scenarios)[0][0] == first


def test_nothing_is_found_for_what_is_far_off() -> None:
    assert found_names("qqqqqq", LIBRARY.scenarios) == []
    assert len(found_names("", LIBRARY.scenarios)) == len(LIBRARY.scenarios)
