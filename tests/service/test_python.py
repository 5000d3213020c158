from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import alignkit
from alignkit.errors import DataError, InvalidSetting, ModelError, UnknownName, UsageError
from alignkit.schema import Profile, Scenario, Target
from alignkit.testing import FakeModel

if TYPE_CHECKING:
    from tests.service.conftest import Write

    Make = Callable[..., dict[str, Any]]


def test_names_are_decided() -> None:
    decision = alignkit.decide("last-antivenom", "utilitarian-medic", model="fake")
    assert decision.scenario == "last-antivenom"
    assert decision.profile == "utilitarian-medic"
    assert decision.decider == "chooser_judge"
    assert decision.model == "fake"
    assert sum(decision.probabilities.values()) == pytest.approx(1)


def test_objects_are_decided(scenario: Scenario) -> None:
    profile = Profile(name="kind", targets={"care": Target(value=1)})
    model = FakeModel()
    decision = alignkit.decide(scenario, profile, model=model, decider="direct_regression")
    assert (decision.scenario, decision.profile) == ("s", "kind")
    assert decision.decider == "direct_regression"
    assert model.requests


def test_objects_are_decided_as_their_names_are() -> None:
    by_name = alignkit.decide("two-funds", "cautious-investor", model="fake?seed=1")
    by_object = alignkit.decide(
        alignkit.load_scenario("two-funds"),
        alignkit.load_profile("cautious-investor"),
        model=alignkit.open_model("fake?seed=1"),
    )
    assert by_object.probabilities == by_name.probabilities


def test_files_are_decided_by_path_and_by_name(write: Write, make: Make) -> None:
    case = write("case.yaml", make("mine"))
    values = write("values.yaml", {"name": "kind", "targets": {"care": 1}})
    for scenario, profile in ((case, values), (str(case), str(values)), ("case.yaml", values)):
        decision = alignkit.decide(scenario, profile, model="fake")
        assert (decision.scenario, decision.profile) == ("mine", "kind")


def test_without_a_profile_the_plain_model_decides() -> None:
    decision = alignkit.decide("two-funds", model="fake")
    assert (decision.profile, decision.decider) == (None, "baseline")


def test_the_evidence_is_at_hand_and_not_in_the_json() -> None:
    decision = alignkit.decide("two-funds", model="fake")
    assert len(decision.evidence.calls) == decision.usage.calls > 0
    assert "evidence" not in decision.model_dump()


def test_a_model_given_as_object_stays_open() -> None:
    closed = False

    class Watched(FakeModel):
        async def aclose(self) -> None:
            nonlocal closed
            closed = True

    model = Watched()
    alignkit.decide("two-funds", model=model)
    alignkit.decide("two-funds", model=model)
    assert not closed


def test_settings_come_from_environment_and_file(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("align.toml", 'model = "fake?seed=7"')
    assert alignkit.decide("two-funds").model == "fake?seed=7"
    monkeypatch.setenv("ALIGN_MODEL", "fake?seed=8")
    assert alignkit.decide("two-funds").model == "fake?seed=8"
    assert alignkit.open_model().identity.name == "fake?seed=8"
    assert alignkit.decide("two-funds", model="fake").model == "fake"


def test_the_users_own_library_is_used(home: Path) -> None:
    own = home / "library" / "profiles" / "mine.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("name: mine\ntargets: {care: 1}\n")
    assert alignkit.load_profile("mine").targets["care"].level == 1
    assert alignkit.decide("two-funds", "mine", model="fake").profile == "mine"


async def test_where_a_loop_runs_the_sync_form_says_what_to_use() -> None:
    with pytest.raises(UsageError, match="cannot be used where an event loop runs") as caught:
        alignkit.decide("two-funds", model="fake")
    assert "await alignkit.load_decider(name, model).decide(scenario, profile)" in str(caught.value)


async def test_the_async_form_decides_as_the_sync_one() -> None:
    model = alignkit.open_model("fake")
    scenario, profile = (
        alignkit.load_scenario("two-funds"),
        alignkit.load_profile("growth-investor"),
    )
    decision = await alignkit.load_decider("instructed", model).decide(scenario, profile)
    sync = await asyncio.to_thread(
        alignkit.decide, "two-funds", "growth-investor", model="fake", decider="instructed"
    )
    assert decision.probabilities == sync.probabilities


async def test_many_decisions_go_on_together() -> None:
    decider = alignkit.load_decider(None, alignkit.open_model("fake?latency_ms=1"))
    assert decider.name == "chooser_judge"
    scenario = alignkit.load_scenario("two-funds")
    profiles = [alignkit.load_profile(n) for n in ("growth-investor", "cautious-investor")]
    found = await asyncio.gather(*(decider.decide(scenario, profile) for profile in profiles))
    assert [one.profile for one in found] == ["growth-investor", "cautious-investor"]


def test_deciders_that_ask_no_model_need_none() -> None:
    assert alignkit.load_decider("first").model is None
    assert alignkit.decide("two-funds", decider="random?seed=2").model == "none"


def test_attributes_are_loaded_by_name() -> None:
    assert alignkit.load_attribute("fairness").title
    with pytest.raises(UnknownName, match="Did you mean 'fairness'"):
        alignkit.load_attribute("fairnes")


def test_what_is_wrong_is_told_by_the_errors_of_the_package(write: Write) -> None:
    for wrong, error in (
        ({"scenario": "last-antivenim"}, UnknownName),
        ({"scenario": "gone.yaml"}, DataError),
        ({"scenario": write("bad.yaml", "id: x")}, DataError),
        ({"profile": "utilitarian"}, UnknownName),
        ({"profile": write("list.yaml", "[]")}, DataError),
        ({"model": "fakey"}, UnknownName),
        ({"model": "fake?sed=1"}, InvalidSetting),
        ({"model": "fake?seed"}, InvalidSetting),
        ({"decider": "instruct"}, UnknownName),
        ({"decider": "instructed?reason=true"}, InvalidSetting),
        ({"decider": "instructed"}, UsageError),
    ):
        asked: dict[str, Any] = {"scenario": "two-funds", "model": "fake", **wrong}
        with pytest.raises(error) as caught:
            alignkit.decide(**asked)
        assert isinstance(caught.value, alignkit.AlignkitError)
        assert caught.value.exit_code == 2


def test_a_setting_that_there_is_not_lists_those_there_are() -> None:
    with pytest.raises(InvalidSetting) as caught:
        alignkit.open_model("fake?sed=1")
    assert str(caught.value) == (
        "Model 'fake': sed: there is no such setting. Its settings are: seed, latency_ms."
    )
    with pytest.raises(InvalidSetting) as caught:
        alignkit.load_decider("direct_regression?temperatur=1", FakeModel())
    assert str(caught.value) == (
        "Decider 'direct_regression': temperatur: there is no such setting. Did you mean "
        "'temperature'? `align deciders show direct_regression` lists its settings."
    )


def test_a_model_that_fails_makes_a_failed_decision(scenario: Scenario) -> None:
    class Broken(FakeModel):
        async def answer(self, requests: object) -> Any:  # noqa: ARG002
            raise ModelError("It broke.", "Try another.")

    decision = alignkit.decide(scenario, model=Broken())
    assert decision.outcome == "failed"
    assert decision.reason == "While weighing the choices: It broke. Try another."


def test_a_model_that_is_not_here_is_not_fetched_offline(write: Write, scenario: Scenario) -> None:
    write("align.toml", 'model = "smollm2-135m"\noffline = true')
    with pytest.raises(ModelError, match="--offline forbids downloading it"):
        alignkit.decide(scenario)
