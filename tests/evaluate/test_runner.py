from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alignkit.deciders import DECIDERS
from alignkit.errors import CannotWrite, EngineFailed, ModelError, StoreBusy, Unreachable
from alignkit.evaluate.matrix import Dataset, Matrix, Way, Wish
from alignkit.evaluate.progress import Ended, Progress
from alignkit.evaluate.runner import Going, Runner
from alignkit.models.patience import Patience
from alignkit.models.patient import patient
from alignkit.models.protocols import Model
from alignkit.schema import Profile, Request, Run, Scenario
from alignkit.schema.experiment import Budget, Price
from alignkit.service.deciding import record_of
from alignkit.store import Kept, Store, open_store
from alignkit.testing import FakeModel, FakeSettings

from .test_cells import CARE
from .test_selection import scenario

HIGH = Profile.model_validate({"name": "high", "targets": {"care": 1}})
SCENARIOS = [scenario(f"s{n}") for n in range(12)]
QUICKLY = Patience(tries=3, first_pause=0.001, longest_wait=5.0)
RUN = Run(
    id="r-1", name="r", created=datetime.now(UTC), experiment={}, versions={}, cells=len(SCENARIOS)
)


def made(
    model: Model, *, name: str = "direct_regression", scenarios: Sequence[Scenario] = SCENARIOS
) -> Matrix:
    decider = DECIDERS.load(name)(model, attributes={"care": CARE})
    return Matrix([Dataset("d", lambda: iter(scenarios))], [Wish(HIGH)], [Way(decider, name)])


def runner(matrix: Matrix, store: Store, run: Run = RUN, **going: Any) -> Runner:
    store.start(run)
    return Runner(matrix, store, run, record_of, Going(**{"at_once": 3, **going}))


async def events(one: Runner) -> list[Progress | Ended]:
    return [event async for event in one.events()]


async def ended(one: Runner) -> Ended:
    last = (await events(one))[-1]
    assert isinstance(last, Ended)
    return last


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with open_store(f"sqlite:///{tmp_path / 'runs.db'}") as opened:
        yield opened


def results(store: Store, run: str = RUN.id) -> dict[str, dict[str, float]]:
    """By scenario: the probabilities; none twice."""
    held = list(store.held(run))
    found = {one.cell.scenario: one.result.probabilities for one in held if one.result}
    assert len(found) == len(held)
    return found


# All goes well


async def test_every_cell_is_decided_once_and_stored_with_its_record(store: Store) -> None:
    model = FakeModel()
    last = await ended(runner(made(model), store))
    assert last.ending == "complete"
    progress = last.progress
    assert (progress.total, progress.done, progress.known, progress.failed) == (12, 12, 0, 0)
    assert progress.seconds_left == 0
    assert len(model.requests) == progress.usage.calls == 24
    assert set(results(store)) == {one.id for one in SCENARIOS}
    held = next(store.held(RUN.id))
    assert held.result
    record = store.record(held.result.decision)
    assert record.scenario.id == held.cell.scenario
    assert record.evidence.calls


async def test_the_same_run_again_asks_nothing(store: Store) -> None:
    await events(runner(made(FakeModel()), store))
    before, model = results(store), FakeModel()
    last = await ended(runner(made(model), store))
    assert (last.progress.known, last.progress.done, len(model.requests)) == (12, 12, 0)
    assert results(store) == before


async def test_another_run_takes_over_what_is_known_and_pays_for_the_rest(store: Store) -> None:
    await events(runner(made(FakeModel(), scenarios=SCENARIOS[:5]), store))
    other, model = RUN.model_copy(update={"id": "r-2"}), FakeModel()
    last = await ended(runner(made(model), store, other))
    assert (last.progress.known, len(model.requests)) == (5, 14)
    assert set(results(store, "r-2")) == {one.id for one in SCENARIOS}


async def test_what_comes_out_does_not_depend_on_how_many_are_under_way(
    store: Store, tmp_path: Path
) -> None:
    await events(runner(made(FakeModel()), store, at_once=1))
    with open_store(f"sqlite:///{tmp_path / 'other.db'}") as other:
        await events(runner(made(FakeModel()), other, at_once=50))
        assert results(other) == results(store)


async def test_never_more_are_under_way_than_wanted(store: Store) -> None:
    class Counting(FakeModel):
        now = most = 0

        async def answer(self, requests: Sequence[Request]) -> Any:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.005)
            self.now -= 1
            return await super().answer(requests)

    model = Counting()
    await events(runner(made(model, name="baseline"), store, at_once=4))
    assert model.most == 4


async def test_each_model_is_left_when_its_last_cell_is_decided(store: Store) -> None:
    left: list[tuple[str, int, int]] = []

    async def leaving(name: str) -> None:
        left.append((name, *(len(model.requests) for model in models)))

    models = [FakeModel(FakeSettings(seed=seed)) for seed in (1, 2)]
    ways = [way for model in models for way in made(model).ways]
    matrix = Matrix(made(models[0]).datasets, [Wish(HIGH)], ways)
    await events(runner(matrix, store, RUN.model_copy(update={"cells": 24}), leaving=leaving))
    assert left == [("fake?seed=1", 24, 0), ("fake?seed=2", 24, 24)]


async def test_what_is_told_as_done_is_stored(store: Store) -> None:
    async with aclosing(
        runner(made(FakeModel(FakeSettings(latency_ms=10))), store, at_once=2).events()
    ) as told:
        async for event in told:
            progress = event if isinstance(event, Progress) else event.progress
            assert len(results(store)) >= progress.done


# Failures of single cells


def failing(*names: str) -> FakeModel:
    """A model that cannot answer about some scenarios."""

    def script(request: Request) -> Mapping[str, float]:
        text = f"{request.prompt.text('user')} {request.question.instructions}"
        if any(f"{name} 0" in text for name in names):
            raise ModelError("It cannot say.")
        return dict.fromkeys(request.question.option_ids, 1.0)

    return FakeModel(script=script)


async def test_a_failed_cell_is_kept_as_failed_and_tried_again_by_the_next_call(
    store: Store,
) -> None:
    last = await ended(runner(made(failing("s3")), store))
    assert last.ending == "complete"
    assert (last.progress.done, last.progress.failed) == (11, 1)
    [broken] = [
        one.result
        for one in store.held(RUN.id)
        if one.result and not one.result.choice and one.result.outcome == "failed"
    ]
    assert broken.reason == "While weighing the choices: It cannot say."
    model = failing()
    again = await ended(runner(made(model), store))
    assert (again.progress.known, again.progress.done, again.progress.failed) == (11, 12, 0)
    assert len(model.requests) == 2
    assert len(results(store)) == 12


async def test_a_scenario_that_a_method_cannot_work_with_fails_alone(store: Store) -> None:
    scenarios = [scenario("a", {"care": 1.0}, {"care": 0.0}), scenario("b")]
    run = RUN.model_copy(update={"cells": 2})
    last = await ended(runner(made(FakeModel(), name="oracle", scenarios=scenarios), store, run))
    assert (last.progress.done, last.progress.failed) == (1, 1)


# A service that is busy, and one that is gone


class Flaky(FakeModel):
    """Fails as `errors` say, one for each call, then answers."""

    def __init__(self, *errors: ModelError | None) -> None:
        super().__init__()
        self.errors = list(errors)
        self.tried = 0

    async def answer(self, requests: Sequence[Request]) -> Any:
        self.tried += 1
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        return await super().answer(requests)


def patiently(model: Model, patience: Patience = QUICKLY) -> Model:
    return patient(lambda: model, patience, random.Random(0))  # noqa: S311  pauses


async def test_a_call_that_fails_for_a_while_is_repeated(store: Store) -> None:
    model = Flaky(Unreachable("Down."), None, Unreachable("Down."))
    last = await ended(runner(made(patiently(model)), store))
    assert (last.ending, last.progress.done, last.progress.failed) == ("complete", 12, 0)
    assert model.tried == 14


class Dying(FakeModel):
    """Answers so many times and then no more."""

    def __init__(self, answers: int, error: type[ModelError] = Unreachable) -> None:
        super().__init__()
        self.left = answers
        self.error = error
        self.tried = 0

    async def answer(self, requests: Sequence[Request]) -> Any:
        self.tried += 1
        self.left -= 1
        if self.left < 0:
            raise self.error("The server cannot be reached.", "Start it.")
        return await super().answer(requests)


async def test_a_server_that_dies_stops_the_run_and_nothing_is_lost(store: Store) -> None:
    model = Dying(5)
    with pytest.raises(Unreachable, match="cannot be reached"):
        await events(runner(made(patiently(model)), store))
    assert len(results(store)) == 5
    assert all(one.result and one.result.outcome != "failed" for one in store.held(RUN.id))
    assert model.tried <= 5 + 3 * QUICKLY.tries  # of the three that were under way
    last = await ended(runner(made(FakeModel()), store))
    assert (last.progress.known, last.progress.done) == (5, 12)


async def test_an_error_that_waiting_cannot_help_stops_at_once(store: Store) -> None:
    model = Dying(4, EngineFailed)
    with pytest.raises(EngineFailed):
        await events(runner(made(patiently(model)), store))
    assert model.tried <= 4 + 3
    assert len(results(store)) == 4


# Stopping


class Gated(FakeModel):
    """Answers three times, and then only once its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.tried = 0

    async def answer(self, requests: Sequence[Request]) -> Any:
        self.tried += 1
        if self.tried > 3:
            await self.gate.wait()
        return await super().answer(requests)


async def test_a_stopped_run_finishes_what_is_under_way(store: Store) -> None:
    model = Gated()
    one = runner(made(model), store)
    last: Any = None
    async for event in one.events():
        last = event
        if isinstance(event, Progress) and event.done == 3:
            one.stop()
            model.gate.set()
    assert last.ending == "stopped"
    assert last.progress.done == 6  # three were under way
    assert len(results(store)) == 6
    again = await ended(runner(made(FakeModel()), store))
    assert (again.progress.known, again.progress.done) == (6, 12)


async def test_closing_the_events_stops_at_once(store: Store) -> None:
    slow = made(FakeModel(FakeSettings(latency_ms=60_000)))
    async with asyncio.timeout(5), aclosing(runner(slow, store).events()) as told:
        await anext(told)
    assert results(store) == {}


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ({"calls": 8}, "of 8 calls"),
        ({"tokens": 500}, "of 500 tokens"),
        ({"money": 0.0005}, "of 0.0005 money"),
        ({"minutes": 0.001}, "of 0.001 minutes"),
    ],
)
async def test_a_budget_stops_cleanly(store: Store, budget: dict[str, float], said: str) -> None:
    model = FakeModel(FakeSettings(latency_ms=15))
    going = {
        "budget": Budget.model_validate(budget),
        "prices": {"fake?latency_ms=15": Price(submitted=1.0)},
    }
    last = await ended(runner(made(model), store, **going))
    assert last.ending == "budget"
    assert said in last.said
    # A slow machine may need the minutes for nothing.
    assert last.progress.done < 12
    assert last.progress.done > 0 or "minutes" in budget
    assert len(results(store)) == last.progress.done
    assert last.progress.money == pytest.approx(last.progress.usage.tokens_submitted / 1e6)


# The store


class Troubled:
    """A store that takes so many groups and then raises."""

    def __init__(self, store: Store, groups: int, error: Exception, *, times: int = 10**6) -> None:
        self._store, self._left, self._error, self._times = store, groups, error, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def add(self, run: str, made: Sequence[Kept]) -> None:
        self._left -= 1
        if self._left < 0 and self._times > 0:
            self._times -= 1
            raise self._error
        self._store.add(run, made)


async def test_a_full_disk_stops_the_run_and_keeps_what_was_told(store: Store) -> None:
    troubled: Any = Troubled(store, 1, CannotWrite("The disk is full."))
    matrix = made(FakeModel(FakeSettings(latency_ms=60)))
    seen: list[int] = []

    async def watch() -> None:
        async for event in runner(matrix, troubled).events():
            assert isinstance(event, Progress)
            seen.append(event.done)

    with pytest.raises(CannotWrite, match="disk is full"):
        await watch()
    told = seen[-1]
    assert told > 0
    assert len(results(store)) == told
    last = await ended(runner(matrix, store))
    assert (last.progress.known, last.progress.done) == (told, 12)


async def test_a_busy_store_is_asked_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alignkit.evaluate.writer._PAUSE", 0.001)
    troubled: Any = Troubled(store, 1, StoreBusy("Busy."), times=3)
    last = await ended(runner(made(FakeModel()), troubled))
    assert last.progress.done == 12
    troubled = Troubled(store, 0, StoreBusy("Busy."))
    with pytest.raises(StoreBusy):
        await events(runner(made(FakeModel(FakeSettings(seed=1))), troubled))


async def test_what_was_erased_is_not_made_again(store: Store) -> None:
    await events(runner(made(FakeModel()), store))
    decision = next(store.held(RUN.id)).result
    assert decision
    store.erase([decision.decision])
    model = FakeModel()
    last = await ended(runner(made(model), store))
    assert (last.progress.done, last.progress.erased, len(model.requests)) == (11, 1, 0)
    last = await ended(runner(made(model), store, remaking=True))
    assert (last.progress.done, last.progress.erased, len(model.requests)) == (12, 0, 2)


async def test_a_defect_of_ours_is_not_hidden(store: Store) -> None:
    def broken(_: Request) -> Mapping[str, float]:
        raise TypeError("ours")

    with pytest.raises(TypeError, match="ours"):
        await events(runner(made(FakeModel(script=broken)), store))
