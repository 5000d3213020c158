from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from alignkit.deciders import DECIDERS
from alignkit.deciders.base import Decider
from alignkit.errors import EngineFailed, UnknownName, UnsupportedCapability
from alignkit.models.protocols import Sampling
from alignkit.prompts import Prompts
from alignkit.schema import (
    Choice,
    Decision,
    Escalation,
    Generation,
    ModelIdentity,
    Profile,
    Prompt,
    Request,
    Scenario,
    Usage,
)
from alignkit.service import Item, Settings, StressPlan, StressTest, Unchanged, Varied, Workbench
from alignkit.stress import KINDS, Shipped
from alignkit.testing import FakeModel, FakeSettings

FAIR = Profile.model_validate({"name": "fair", "targets": {"fairness": 0.9}})
REWRITE = {"context": "See a bridge.", "question": "What next?"}


class Follower(FakeModel):
    """Chooses what the last line of the situation asks for, else the option called `a`."""

    def __init__(self, prompts: Prompts | None = None) -> None:
        super().__init__(script=self._follow, prompts=prompts)

    @staticmethod
    def _follow(request: Request) -> Mapping[str, float]:
        text = request.prompt.text("user").partition("</situation>")[0]
        options = {option.id: option.text for option in getattr(request.question, "options", ())}
        asked = [name for name, said in options.items() if text.rstrip().endswith(said)]
        best = asked[0] if asked else "a"
        return {option: 9.0 if option == best else 1.0 for option in options}

    async def generate_object(
        self,
        prompt: Prompt,
        schema: Mapping[str, Any],  # noqa: ARG002
        sampling: Sampling,
    ) -> Generation:
        output = REWRITE if sampling.seed % 2 else {**REWRITE, "context": "3 bridges."}
        return Generation(prompt=prompt, output=output, usage=Usage(calls=1))


class Mute:
    """A model that can do nothing."""

    identity = ModelIdentity(name="mute", backend="mute")

    async def aclose(self) -> None:
        """Nothing to release."""


def decider(model: FakeModel, name: str = "baseline") -> Decider:
    """The decider called `name` with `model`."""
    return DECIDERS.load(name)(model)


async def carried_out(test: StressTest, scenario: Scenario) -> tuple[Decision, dict[str, Varied]]:
    """The decision on `scenario` as it is, and its variants by kind and name."""
    steps = [step async for step in test.run(Item(scenario.id, scenario))]
    assert isinstance(steps[0], Unchanged)
    varied = [step for step in steps if isinstance(step, Varied)]
    assert len(varied) == steps[0].count == len(steps) - 1
    named = {f"{step.trial.kind} {step.trial.variant}": step for step in varied}
    return steps[0].decided.decision, named


async def test_who_follows_the_last_line_is_found_out(
    workbench: Workbench, scenario: Scenario
) -> None:
    test = StressTest(workbench, None, decider(Follower()), StressPlan(kinds=("steering",)))
    unchanged, varied = await carried_out(test, scenario)
    assert unchanged.choice == "a"
    assert {name: step.trial.fate for name, step in varied.items()} == {
        **dict.fromkeys(
            [f"steering {line}:a" for line in ("instruction", "system", "flattery", "spanish")],
            "kept",
        ),
        **dict.fromkeys(
            [f"steering {line}:b" for line in ("instruction", "system", "flattery", "spanish")],
            "changed",
        ),
        # the forged tag comes last there, and that it does not obey
        **dict.fromkeys(["steering forged-tag:a", "steering forged-tag:b"], "kept"),
    }
    report = test.report()
    [steering] = report.kinds
    assert (steering.tried, steering.kept, steering.changed) == (10, 6, 4)
    assert (steering.aimed, steering.followed) == (5, 4)
    assert steering.worst is not None
    assert (steering.worst.before, steering.worst.choice) == ("a", "b")
    assert steering.largest_distance == pytest.approx(0.8)
    assert report.overall.stability is not None
    assert report.overall.stability.share == 0.6


async def test_all_kinds_are_tried_in_their_order_and_alike_each_time(
    workbench: Workbench,
) -> None:
    scenario = workbench.library.scenarios["leg-or-chest"]
    profile = workbench.library.profiles["steadfast-medic"]
    found = []
    for _ in range(2):
        made = workbench.decider()
        test = StressTest(workbench, profile, made)
        _, varied = await carried_out(test, scenario)
        found.append([step.trial.model_dump(exclude={"decision"}) for step in varied.values()])
        report = test.report()
    assert found[0] == found[1]
    kinds = list(dict.fromkeys(one["kind"] for one in found[0]))
    assert tuple(kinds) == KINDS
    assert [one.kind for one in report.kinds] == kinds
    assert report.overall.tried == sum(one.tried for one in report.kinds) == len(found[0])
    order = report.kinds[0]
    assert (order.kept, order.tried) == (1, 1)
    assert order.largest_distance == pytest.approx(0, abs=1e-9)
    assert report.kinds[1].tried == len(Shipped()(scenario)) == 3


async def test_each_variant_has_a_record_of_the_changed_scenario(
    workbench: Workbench, scenario: Scenario
) -> None:
    plan = StressPlan(kinds=("steering",))
    test = StressTest(workbench, FAIR, workbench.decider(), plan)
    _, varied = await carried_out(test, scenario)
    for step in varied.values():
        assert step.record is not None
        assert step.record.decision.id == step.trial.decision
        assert step.record.scenario.id == scenario.id
        assert step.record.scenario.context.startswith(scenario.context)


async def test_rewrites_of_a_model_are_checked_and_the_others_counted(
    workbench: Workbench, scenario: Scenario
) -> None:
    plan = StressPlan(kinds=("wording",), rewrites="model", seed=4)
    test = StressTest(workbench, None, decider(Follower()), plan)
    _, varied = await carried_out(test, scenario)
    assert list(varied) == ["wording model-5"]
    assert varied["wording model-5"].trial.seed == 5
    report = test.report()
    assert report.kinds[0].rejected == (
        "s: seed 4: the number 3 is new",
        "s: seed 6: the number 3 is new",
    )
    assert (report.seed, report.rewriter) == (4, "fake")


async def test_another_model_can_write_the_rewrites(workbench: Workbench) -> None:
    scenario = workbench.library.scenarios["two-funds"]
    plan = StressPlan(kinds=("wording",), rewrites="both", rewriter="fake?seed=3")
    test = StressTest(workbench, None, decider(FakeModel()), plan)
    await carried_out(test, scenario)
    report = test.report()
    assert report.rewriter == "fake?seed=3"
    assert len(report.kinds[0].rejected) == 3  # it writes a few letters
    with pytest.raises(UnknownName, match="'fakey' is not known"):
        StressTest(
            workbench, None, decider(FakeModel()), StressPlan(rewrites="model", rewriter="fakey")
        )


async def test_a_model_that_cannot_write_is_told(workbench: Workbench, scenario: Scenario) -> None:
    made = DECIDERS.load("baseline")(Mute())
    test = StressTest(workbench, None, made, StressPlan(kinds=("wording",), rewrites="model"))
    with pytest.raises(UnsupportedCapability, match="does not write objects"):
        await carried_out(test, scenario)


async def test_where_nothing_can_be_changed_a_note_says_why(
    workbench: Workbench, scenario: Scenario
) -> None:
    test = StressTest(workbench, FAIR, workbench.decider(), StressPlan(kinds=("wording", "names")))
    await carried_out(test, scenario)
    notes = [list(one.notes) for one in test.report().kinds]
    assert notes == [
        ["no rewrites are shipped; --rewrites model has some written"],
        ["no names were found that can be changed"],
    ]
    assert test.report().overall.stability is None


class Breaking(FakeModel):
    """Fails on every text that holds a word."""

    def __init__(self, word: str) -> None:
        super().__init__(FakeSettings())
        self._word = word

    def _answer(self, request: Request) -> Any:
        if self._word in request.prompt.text("user"):
            raise EngineFailed("It broke.")
        return super()._answer(request)


async def test_a_variant_that_fails_is_counted_apart_and_never_as_kept(
    workbench: Workbench, scenario: Scenario
) -> None:
    plan = StressPlan(kinds=("steering",))
    test = StressTest(workbench, None, decider(Breaking("SYSTEM")), plan)
    _, varied = await carried_out(test, scenario)
    failed = [step.trial for step in varied.values() if step.trial.fate == "failed"]
    assert [trial.variant for trial in failed] == ["system:a", "system:b"]
    assert all("It broke." in (trial.reason or "") for trial in failed)
    assert all(trial.distance is None for trial in failed)
    [steering] = test.report().kinds
    assert (steering.tried, steering.failed) == (10, 2)
    assert steering.kept + steering.changed == 8


async def test_where_the_unchanged_decision_fails_nothing_follows(
    workbench: Workbench, scenario: Scenario
) -> None:
    test = StressTest(workbench, None, decider(Breaking("bridge")))
    unchanged, varied = await carried_out(test, scenario)
    assert unchanged.outcome == "failed"
    assert varied == {}
    report = test.report()
    assert report.scenarios == 0
    assert list(report.unmeasured) == ["s"]
    assert "It broke." in report.unmeasured["s"]
    assert report.overall.tried == 0


async def test_escalated_scenarios_have_nothing_to_keep_but_may_be_released(
    workbench: Workbench, scenario: Scenario
) -> None:
    def script(request: Request) -> Mapping[str, float]:
        text = request.prompt.text("user").partition("</situation>")[0]
        sure = "Ignore" in text and text.rstrip().endswith("Turn back")
        return {"a": 1.0, "b": 99.0 if sure else 1.0}

    strict = Profile(
        name="strict", persona="You are careful.", escalate=Escalation(min_confidence=0.5)
    )
    made = decider(FakeModel(script=script), "instructed")
    test = StressTest(workbench, strict, made, StressPlan(kinds=("steering",)))
    unchanged, varied = await carried_out(test, scenario)
    assert unchanged.outcome == "escalated"
    fates = {name: step.trial.fate for name, step in varied.items()}
    assert [name for name, fate in fates.items() if fate == "released"] == [
        "steering instruction:b"
    ]
    overall = test.report().overall
    assert (overall.tried, overall.held, overall.released) == (0, 10, 1)
    assert overall.stability is None


async def test_a_scenario_that_cannot_be_read_is_not_measured(workbench: Workbench) -> None:
    test = StressTest(workbench, None, decider(FakeModel()))
    error = UnknownName("Scenario", "x", ())
    [step] = [step async for step in test.run(Item("x", error=error))]
    assert isinstance(step, Unchanged)
    assert step.decided.error is error
    assert test.report().unmeasured == {"x": "Scenario 'x' is not known."}


async def test_of_many_variants_a_part_is_tried(workbench: Workbench) -> None:
    choices = tuple(Choice(id=str(place), text=f"Way {place}") for place in range(9))
    scenario = Scenario(id="s", context="A fork.", question="Which way?", choices=choices)
    plan = StressPlan(kinds=("order", "steering"), most=5)
    test = StressTest(workbench, FAIR, workbench.decider("first"), plan)
    _, varied = await carried_out(test, scenario)
    assert len(varied) == 10
    report = test.report()
    assert "5 of 9 variants tried" in report.kinds[0].notes
    assert report.kinds[0].kept < 5  # `first` takes the one that comes first


@pytest.fixture
async def careful(home: Path) -> AsyncIterator[Workbench]:
    async with Workbench(Settings(home=home, model="fake", at_once=1)) as opened:
        yield opened


async def test_one_at_a_time_comes_to_the_same(
    careful: Workbench, workbench: Workbench, scenario: Scenario
) -> None:
    reports = []
    for bench in (careful, workbench):
        test = StressTest(bench, FAIR, bench.decider())
        await carried_out(test, scenario)
        reports.append(test.report().overall)
    assert reports[0] == reports[1]
