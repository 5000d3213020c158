from __future__ import annotations

import pytest

from alignkit.errors import UnknownName, UsageError
from alignkit.schema import Profile, Scenario
from alignkit.service import Ways, Workbench, compare, compared


@pytest.fixture
def ways(workbench: Workbench) -> Ways:
    """No profile and two profiles."""
    profiles = workbench.library.profiles
    return Ways(profiles=[None, profiles["cautious-medic"], profiles["bold-medic"]])


async def test_each_profile_is_a_column_in_the_order_given(
    ways: Ways, workbench: Workbench, scenario: Scenario
) -> None:
    found = await compared(scenario, ways, workbench)
    assert found.scenario is scenario
    titles = [column.title for column in found.columns]
    assert titles == ["no profile", "cautious-medic", "bold-medic"]
    assert [column.profile for column in found.columns] == list(ways.profiles)


async def test_without_a_profile_the_plain_model_decides_and_with_one_the_default_decider(
    ways: Ways, workbench: Workbench, scenario: Scenario
) -> None:
    found = await compared(scenario, ways, workbench)
    deciders = [column.record.decision.decider for column in found.columns]
    assert deciders == ["baseline", "chooser_judge", "chooser_judge"]


async def test_every_combination_is_a_column_and_its_title_tells_it_apart(
    workbench: Workbench, scenario: Scenario
) -> None:
    profiles = [workbench.library.profiles[name] for name in ("cautious-medic", "bold-medic")]
    found = await compared(
        scenario,
        Ways(
            profiles=profiles,
            deciders=("instructed", "direct_regression?temperature=0.5"),
            models=("fake", "fake?seed=1"),
        ),
        workbench,
    )
    titles = [column.title for column in found.columns]
    assert titles == [
        "cautious-medic · instructed · fake",
        "bold-medic · instructed · fake",
        "cautious-medic · direct_regression?temperature=0.5 · fake",
        "bold-medic · direct_regression?temperature=0.5 · fake",
        "cautious-medic · instructed · fake?seed=1",
        "bold-medic · instructed · fake?seed=1",
        "cautious-medic · direct_regression?temperature=0.5 · fake?seed=1",
        "bold-medic · direct_regression?temperature=0.5 · fake?seed=1",
    ]
    assert len({tuple(c.record.decision.probabilities.values()) for c in found.columns}) == 8


async def test_columns_come_as_they_are_decided(
    ways: Ways, workbench: Workbench, scenario: Scenario
) -> None:
    columns = compare(scenario, ways, workbench)
    assert (await anext(columns)).title == "no profile"
    await columns.aclose()  # type: ignore[attr-defined]


async def test_the_attributes_of_all_profiles_are_listed_once(
    ways: Ways, workbench: Workbench, scenario: Scenario
) -> None:
    found = await compared(scenario, ways, workbench)
    named = [name for profile in ways.profiles if profile for name in profile.targets]
    assert [attribute.name for attribute in found.attributes] == list(dict.fromkeys(named))


async def test_a_model_is_opened_once(ways: Ways, workbench: Workbench, scenario: Scenario) -> None:
    await compared(scenario, ways, workbench)
    assert list(workbench._models) == ["fake"]


async def test_without_profile_deciders_that_need_one_give_way_to_one_plain_column(
    ways: Ways, workbench: Workbench, scenario: Scenario
) -> None:
    several = Ways(profiles=ways.profiles[:2], deciders=("instructed", "direct_regression"))
    found = await compared(scenario, several, workbench)
    assert [column.title for column in found.columns] == [
        "no profile · baseline",
        "cautious-medic · instructed",
        "cautious-medic · direct_regression",
    ]


async def test_a_decider_that_cannot_work_with_a_profile_is_told(
    workbench: Workbench, scenario: Scenario
) -> None:
    profile = Profile(name="cook", persona="You are a cook.")
    with pytest.raises(UsageError, match="needs a profile with targets"):
        await compared(scenario, Ways(profiles=[profile]), workbench)


async def test_an_unknown_decider_or_model_is_told(
    workbench: Workbench, scenario: Scenario
) -> None:
    with pytest.raises(UnknownName, match="'instruct' is not known"):
        await compared(scenario, Ways(profiles=[None], deciders=("instruct",)), workbench)
    with pytest.raises(UnknownName, match="'fakey' is not known"):
        await compared(scenario, Ways(profiles=[None], models=("fakey",)), workbench)
