from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from alignkit.errors import DataError, UnknownName
from alignkit.library import Library
from alignkit.schema import PastChoice, Scenario
from alignkit.service import Past, Workbench, past_choices, record_of, write_record
from alignkit.service.people.past_choices import informative, shown

if TYPE_CHECKING:
    from tests.service.conftest import Write

    Make = Callable[..., dict[str, Any]]


def values(*levels: dict[str, float] | None) -> list[dict[str, Any]]:
    """Choices called a, b, c with these true values."""
    return [
        {"id": name, "text": f"Way {name}", **({} if level is None else {"values": level})}
        for name, level in zip("abc", levels, strict=False)
    ]


TOO_CARING = """choice: a
scenario:
  id: x
  context: C
  question: Q
  choices:
    - {id: a, text: A, values: {care: 7}}
    - {id: b, text: B}
"""


@pytest.mark.parametrize("ending", ["yaml", "json", "jsonl"])
def test_each_kind_of_file_holds_past_choices(
    ending: str, library: Library, write: Write, make: Make
) -> None:
    rows = [
        {"scenario": make("x"), "choice": "a", "person": "Ana"},
        {"scenario": make("y"), "choice": "b", "weight": 2},
    ]
    lines = "\n".join(json.dumps(row) for row in rows) + "\n\n"
    past = past_choices([write(f"p.{ending}", lines if ending == "jsonl" else rows)], library)
    assert [choice.choice for choice in past.choices] == ["a", "b"]
    assert past.people == ("Ana", None)
    assert [choice.weight for choice in past.choices] == [1, 2]


def test_a_single_one_needs_no_list_and_files_add_up(
    library: Library, write: Write, make: Make
) -> None:
    files = [write(f"{n}.json", {"scenario": make(n), "choice": "a"}) for n in ("x", "y")]
    assert len(past_choices(files, library).choices) == 2


def test_a_line_may_hold_signs_that_end_lines_elsewhere(
    library: Library, write: Write, make: Make
) -> None:
    scenario = make("x", context="One.\u2028Two.")
    line = json.dumps({"scenario": scenario, "choice": "a"}, ensure_ascii=False)
    assert len(past_choices([write("p.jsonl", line)], library).choices) == 1


def test_scenarios_are_named_by_the_library_or_by_a_path_from_the_files_folder(
    library: Library, write: Write, make: Make, folder: Path
) -> None:
    write("below/bridge.yaml", make("bridge"))
    rows = [
        {"scenario": "last-antivenom", "choice": "divide"},
        {"scenario": "bridge.yaml", "choice": "a"},
        {"scenario": "./bridge.yaml", "choice": "b"},
        {"scenario": str(folder / "below" / "bridge.yaml"), "choice": "b"},
    ]
    past = past_choices([write("below/p.json", rows)], library)
    scenarios = [choice.scenario for choice in past.choices]
    assert all(isinstance(scenario, Scenario) for scenario in scenarios)
    assert scenarios[0] == library.scenarios["last-antivenom"]
    assert scenarios[1] == scenarios[2] == scenarios[3] == Scenario.model_validate(make("bridge"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "p.yaml: expected a past choice with its fields, got nothing."),
        (
            "- {scenario: last-antivenin, choice: a}",
            "p.yaml:1: scenario: Scenario 'last-antivenin'",
        ),
        ("- {scenario: gone.yaml, choice: a}", "gone.yaml: there is no such file."),
        ("- scenario: last-antivenom\n  choice: fly", "p.yaml:2: choice: 'fly' was not on offer"),
        ("- scenario: last-antivenom\n", "p.yaml:1: choice: this field is missing."),
        ("- {scenario: last-antivenom, choice: divide, who: x}", "who: there is no such field."),
        (
            TOO_CARING,
            "p.yaml:7: scenario.choices.0.values.care: Input should be less than",
        ),
    ],
)
def test_mistakes_are_told_with_file_line_and_field(
    text: str, message: str, library: Library, write: Write
) -> None:
    if not text:
        assert past_choices([write("e.yaml", "[]")], library) == Past(())
    with pytest.raises(DataError) as caught:
        past_choices([write("p.yaml", text)], library)
    assert message in str(caught.value)


def test_a_broken_line_is_told_with_its_number(library: Library, write: Write, make: Make) -> None:
    good = json.dumps({"scenario": make(), "choice": "a"})
    with pytest.raises(DataError, match=r"p\.jsonl:3: is not valid JSON"):
        past_choices([write("p.jsonl", f"{good}\n\n{{oops\n")], library)


async def test_recorded_decisions_are_past_choices(
    library: Library, workbench: Workbench, folder: Path
) -> None:
    decider = workbench.decider("instructed")
    scenario = library.scenarios["last-antivenom"]
    profile = library.profiles["bold-medic"]
    decision = await decider.decide(scenario, profile)
    undecided = decision.model_copy(
        update={"id": "0" * 32, "outcome": "escalated", "choice": None, "reason": "Unsure."}
    )
    paths = [
        write_record(folder, record_of(decider, scenario, profile, one))
        for one in (decision, undecided)
    ]
    past = past_choices(paths, library)
    assert [choice.choice for choice in past.choices] == [decision.choice]
    assert past.choices[0].scenario == scenario
    assert past.undecided == 1


def test_one_person_can_be_picked(library: Library, write: Write, make: Make) -> None:
    rows = [{"scenario": make(), "choice": "a", "person": who} for who in ("Ana", "Ben", "Ana")]
    past = past_choices([write("p.json", rows)], library)
    assert len(past.of("Ana").choices) == 2
    with pytest.raises(UnknownName, match=r"Person 'Anna' is not known. Did you mean 'Ana'"):
        past.of("Anna")


def test_options_without_values_are_left_aside(make: Make) -> None:
    levels = ({"care": 0.1, "fairness": 0.3}, {"care": 0.9}, None)
    scenario = Scenario.model_validate(make(choices=values(*levels)))

    def seen(choice: str, *names: str) -> Any:
        return shown(PastChoice(scenario=scenario, choice=choice), names)

    np.testing.assert_array_equal(seen("b", "care").levels, [[0.1], [0.9]])
    assert seen("b", "care").taken == 1
    assert seen("c", "care") is None  # what was taken is not known
    assert seen("a", "care", "fairness") is None  # only one is known of
    assert Past((PastChoice(scenario=scenario, choice="a"),)).attributes == ("care", "fairness")


def test_choices_between_equal_options_are_not_informative(make: Make) -> None:
    def choice(*levels: float) -> PastChoice:
        scenario = make(choices=values(*({"care": level} for level in levels)))
        return PastChoice.model_validate({"scenario": scenario, "choice": "a"})

    past = Past((choice(0.5, 0.5), choice(0.5, 0.6), choice(0.1, 0.1, 0.2)))
    assert [one for one, _ in informative(past, ["care"])] == list(past.choices[1:])


def test_a_scenario_that_is_only_named_is_told() -> None:
    past = Past((PastChoice(scenario="bridge", choice="a"),))
    assert past.attributes == ()
    with pytest.raises(DataError, match="only names its scenario 'bridge'"):
        informative(past, ["care"])
