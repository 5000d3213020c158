from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from alignkit.deciders.base import Decider
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.trace import Trace
from alignkit.errors import BadScenario, FileProblem, UnknownName, UsageError
from alignkit.schema import Attribute, Profile, Scenario, Target
from alignkit.service import Workbench, decide_all, decide_item
from alignkit.service.inputs import Item
from alignkit.testing import FakeModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Make = Callable[..., dict[str, Any]]


class Gated(Decider):
    """Decides a scenario whose context is "wait" when the test opens its gate, others at once."""

    name = "gated"
    asks_model: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.gates: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.running: set[str] = set()
        self.finished: list[str] = []
        self.cancelled: list[str] = []
        self._changed = asyncio.Condition()

    async def runs(self, count: int) -> None:
        """Wait until so many scenarios are being decided."""
        async with self._changed, asyncio.timeout(60):
            await self._changed.wait_for(lambda: len(self.running) >= count)

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:  # noqa: ARG002
        name = case.scenario.id
        async with self._changed:
            self.running.add(name)
            self._changed.notify_all()
        try:
            if case.scenario.context == "wait":
                await self.gates[name].wait()
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise
        finally:
            self.running.discard(name)
        self.finished.append(name)
        if name == "bad data":
            raise BadScenario(f"Scenario {name!r} lacks something.")
        if name == "bad use":
            raise UsageError("The decider cannot do this.")
        return Verdict(probabilities=np.array([0.7, 0.3]))


@pytest.fixture
async def gated() -> Gated:
    return Gated()


@pytest.fixture
def item(make: Make) -> Callable[..., Item]:
    """Makes an item to be decided at once, or with "wait" when its gate is opened."""

    def of(name: str, context: str = "now") -> Item:
        return Item(name=name, scenario=Scenario.model_validate(make(name, context=context)))

    return of


async def test_decisions_come_in_the_order_of_the_items_whichever_is_done_first(
    gated: Gated, item: Callable[..., Item]
) -> None:
    async def open_gates() -> None:
        await gated.runs(4)
        for count, name in enumerate("bdca", start=1):
            gated.gates[name].set()
            while len(gated.finished) < count:  # noqa: ASYNC110  the decider tells no one
                await asyncio.sleep(0)

    opening = asyncio.create_task(open_gates())
    items = [item(name, "wait") for name in "abcd"]
    found = [decided.decision.scenario async for decided in decide_all(items, gated, None, 4)]
    await opening
    assert found == ["a", "b", "c", "d"]
    assert gated.finished == ["b", "d", "c", "a"]


@pytest.mark.parametrize("at_once", [1, 3, 8])
async def test_as_many_are_under_way_as_allowed_and_no_more(
    at_once: int, gated: Gated, item: Callable[..., Item]
) -> None:
    most = 0
    items = [item(f"s{i}", "wait") for i in range(10)]

    async def open_gates() -> None:
        nonlocal most
        for left in range(10, 0, -1):
            await gated.runs(min(at_once, left))
            await asyncio.sleep(0.01)  # time enough for one too many
            most = max(most, len(gated.running))
            name = min(gated.running)
            gated.gates[name].set()
            while name in gated.running:  # noqa: ASYNC110  the decider tells no one
                await asyncio.sleep(0)

    opening = asyncio.create_task(open_gates())
    assert len([one async for one in decide_all(items, gated, None, at_once)]) == 10
    await opening
    assert most == at_once


async def test_no_more_items_are_read_than_are_under_way(
    gated: Gated, item: Callable[..., Item]
) -> None:
    read = 0

    def endless() -> Iterator[Item]:
        nonlocal read
        while True:
            read += 1
            yield item(f"s{read}")

    decisions = decide_all(endless(), gated, None, 3)
    for done in range(1, 6):
        assert (await anext(decisions)).decision.scenario == f"s{done}"
        assert read <= done + 3
    await decisions.aclose()


async def test_waiting_for_an_item_holds_up_no_decision(
    gated: Gated, item: Callable[..., Item]
) -> None:
    more = threading.Event()

    def items() -> Iterator[Item]:
        yield item("first")
        assert more.wait(60)
        yield item("second")

    decisions = decide_all(items(), gated, None, 8)
    assert (await anext(decisions)).decision.scenario == "first"
    more.set()
    assert (await anext(decisions)).decision.scenario == "second"
    with pytest.raises(StopAsyncIteration):
        await anext(decisions)


async def test_stopping_early_leaves_nothing_behind(
    gated: Gated, item: Callable[..., Item]
) -> None:
    decisions = decide_all([item("a"), item("b", "wait"), item("c", "wait")], gated, None, 3)
    await anext(decisions)
    await gated.runs(2)
    await decisions.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert sorted(gated.cancelled) == ["b", "c"]


async def test_cancelling_leaves_nothing_behind_even_while_an_item_is_waited_for(
    gated: Gated, item: Callable[..., Item]
) -> None:
    never = threading.Event()

    def items() -> Iterator[Item]:
        yield item("a", "wait")
        never.wait(60)

    async def all_of_them() -> None:
        async for _ in decide_all(items(), gated, None, 3):
            pytest.fail("nothing can be decided yet")

    task = asyncio.create_task(all_of_them())
    await gated.runs(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert gated.cancelled == ["a"]
    never.set()


async def test_nothing_to_decide_is_no_decision(gated: Gated) -> None:
    assert [one async for one in decide_all([], gated, None, 8)] == []


async def test_an_item_that_could_not_be_read_fails_alone(
    gated: Gated, item: Callable[..., Item]
) -> None:
    bad = Item(name="cases.json#2", error=FileProblem("cases.json:7: is bad."))
    first, second, third = [
        one async for one in decide_all([item("a"), bad, item("c")], gated, None, 8)
    ]
    assert [first.decision.outcome, third.decision.outcome] == ["decided", "decided"]
    decision = second.decision
    assert (decision.outcome, decision.scenario) == ("failed", "cases.json#2")
    assert decision.reason == "cases.json:7: is bad."
    assert (decision.choice, decision.probabilities, decision.confidence) == (None, {}, 0.0)
    assert (decision.decider, decision.model) == ("gated", "none")
    assert second.record is None
    assert second.error is bad.error


async def test_a_scenario_that_lacks_something_fails_alone(
    gated: Gated, item: Callable[..., Item]
) -> None:
    found = [one async for one in decide_all([item("bad data"), item("b")], gated, None, 8)]
    assert [one.decision.outcome for one in found] == ["failed", "decided"]
    assert found[0].decision.reason == "Scenario 'bad data' lacks something."
    assert isinstance(found[0].error, BadScenario)


async def test_a_decider_that_cannot_work_like_this_stops_the_batch(
    gated: Gated, item: Callable[..., Item]
) -> None:
    decisions = decide_all([item("a"), item("bad use"), item("c", "wait")], gated, None, 8)
    assert (await anext(decisions)).decision.scenario == "a"
    with pytest.raises(UsageError):
        await anext(decisions)
    assert "c" not in gated.finished
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_what_was_read_before_reading_failed_is_decided_first(
    gated: Gated, item: Callable[..., Item]
) -> None:
    def items() -> Iterator[Item]:
        yield item("a")
        yield item("b")
        raise FileProblem("The rest is gone.")

    decisions = decide_all(items(), gated, None, 8)
    assert [(await anext(decisions)).decision.scenario for _ in range(2)] == ["a", "b"]
    with pytest.raises(FileProblem, match="The rest is gone"):
        await anext(decisions)


async def test_names_that_are_no_text_are_written_out(gated: Gated) -> None:
    bad = Item(name="cases/\udcff.yaml", error=FileProblem("cases/\udcff.yaml: is bad."))
    decision = (await decide_item(bad, gated, None)).decision
    assert decision.scenario == "cases/\\udcff.yaml"
    assert decision.reason == "cases/\\udcff.yaml: is bad."
    assert "udcff" in decision.model_dump_json()


async def test_a_record_holds_all_that_led_to_the_decision(
    workbench: Workbench, scenario: Scenario
) -> None:
    profile = workbench.library.profiles["cautious-medic"]
    decider = workbench.decider("direct_regression?temperature=0.3", "fake?seed=5")
    decided = await decide_item(Item(name="s", scenario=scenario), decider, profile)
    record = decided.record
    assert record
    assert (record.scenario, record.profile) == (scenario, profile)
    assert [a.name for a in record.attributes] == list(profile.targets)
    assert record.decider.name == "direct_regression"
    assert record.decider.settings == decider.settings.model_dump(mode="json")
    assert record.decider.settings["temperature"] == 0.3
    assert (record.model.name, record.model.settings) == ("fake?seed=5", {"seed": 5})
    assert record.decision.profile == "cautious-medic"
    assert len(record.evidence.calls) == record.decision.usage.calls > 0
    assert {"alignkit", "python", "numpy", "jinja2", "pydantic"} <= record.versions.keys()
    assert record.created.tzinfo is not None


async def test_a_record_without_model_says_so(workbench: Workbench, scenario: Scenario) -> None:
    decided = await decide_item(Item("s", scenario), workbench.decider("first"), None)
    assert decided.record
    assert (decided.record.model.name, decided.record.profile) == ("none", None)


async def test_an_unknown_attribute_is_not_the_scenarios_fault(
    workbench: Workbench, scenario: Scenario
) -> None:
    attributes: dict[str, Attribute] = {}
    decider = workbench.decider("direct_regression", FakeModel(), attributes=attributes)
    profile = Profile(name="p", targets={"care": Target(value=1)})
    with pytest.raises(UnknownName):
        await decide_item(Item("s", scenario), decider, profile)
