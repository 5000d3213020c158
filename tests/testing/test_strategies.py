from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from alignkit.library import Library
from alignkit.schema import Profile, Scenario
from alignkit.testing import strategies

T = TypeVar("T")
LIBRARY = Library()
ATTRIBUTES = [LIBRARY.attributes[name] for name in ("fairness", "care", "risk_aversion")]


@given(scenario=strategies.scenarios(ATTRIBUTES))
def test_scenarios_have_two_to_eight_choices_and_survive_a_file(scenario: Scenario) -> None:
    assert 2 <= len(scenario.choices) <= 8
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario


@given(profile=strategies.profiles(ATTRIBUTES))
def test_profiles_have_targets_for_the_given_attributes(profile: Profile) -> None:
    assert profile.targets
    assert profile.targets.keys() <= {attribute.name for attribute in ATTRIBUTES}
    assert Profile.model_validate_json(profile.model_dump_json()) == profile


@pytest.mark.parametrize(
    "wanted",
    [
        lambda scenario: any(choice.pinned for choice in scenario.choices),
        lambda scenario: any(choice.values for choice in scenario.choices),
        lambda scenario: any(tag in scenario.context for tag in strategies.TAGS),
        lambda scenario: not scenario.question.isascii(),
        lambda scenario: scenario.entities,
    ],
    ids=["pinned", "values", "tags", "unicode", "entities"],
)
def test_scenarios_have_all_that_the_schema_allows(wanted: Callable[[Scenario], object]) -> None:
    drawn(strategies.scenarios(ATTRIBUTES), wanted)


@pytest.mark.parametrize("kind", ["value", "range", "samples"])
def test_targets_are_of_every_kind(kind: str) -> None:
    drawn(strategies.targets(), lambda target: getattr(target, kind) is not None)


@pytest.mark.parametrize("part", ["group", "persona", "boundaries", "escalate"])
def test_profiles_have_all_that_the_schema_allows(part: str) -> None:
    drawn(strategies.profiles(ATTRIBUTES), lambda profile: getattr(profile, part))


def drawn(strategy: st.SearchStrategy[T], wanted: Callable[[T], object]) -> None:
    """Draw from `strategy` until something `wanted` comes."""
    find(strategy, lambda it: bool(wanted(it)), settings=settings(phases=[Phase.generate]))


def test_the_package_loads_neither_pytest_nor_hypothesis() -> None:
    code = "import sys, alignkit.testing; print({'pytest', 'hypothesis'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "set()"
