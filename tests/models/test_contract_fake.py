from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest

from alignkit.errors import Unreachable
from alignkit.models.protocols import Model
from alignkit.schema import Answer, Request
from alignkit.testing import FakeModel, FakeSettings
from alignkit.testing.contract import SCORE, BackendContract


class TestFake(BackendContract):
    # A made-up model has no failures of its own; that the suite finds them is tested below.
    test_a_failure_is_a_model_error = None

    def make_model(self) -> Model:
        return FakeModel()


class TestSlowFake(BackendContract):
    test_a_failure_is_a_model_error = None

    def make_model(self) -> Model:
        return FakeModel(FakeSettings(latency_ms=1, seed=3))


class Turned(FakeModel):
    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        return (await super().answer(requests))[::-1]


class Moody(FakeModel):
    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        self._settings = FakeSettings(seed=self._settings.seed + 1)
        return await super().answer(requests)


class Leaking(FakeModel):
    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        raise ConnectionError(f"{len(requests)} requests")


class LeakingContract(BackendContract):
    def make_failing_model(self) -> Model:
        return Leaking()


class Partial(FakeModel):
    """Fails when it answers as it should, but not when it draws."""

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        raise Unreachable(f"{len(requests)} requests")

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        raise ConnectionError(f"{len(requests)} requests, {len(seeds)} seeds")


class PartialContract(BackendContract):
    def make_failing_model(self) -> Model:
        return Partial()


class Unsure(FakeModel):
    """Draws shares instead of one option."""

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        answers = await self.answer(requests)
        assert len(answers) == len(seeds)
        return [answer.model_copy(update={"samples": 1}) for answer in answers]


class Drawing(FakeModel):
    """Draws by a rule of its own."""

    def __init__(self, option: Callable[[int], int]) -> None:
        super().__init__()
        self.option = option

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        answers = await super().draw(requests, seeds)
        return [self.of(answer, seed) for answer, seed in zip(answers, seeds, strict=True)]

    def of(self, answer: Answer, seed: int) -> Answer:
        taken = self.option(seed) % len(answer.probabilities)
        shares = {option: float(n == taken) for n, option in enumerate(answer.probabilities)}
        return answer.model_copy(update={"probabilities": shares})


class TurnedDraws(FakeModel):
    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        return (await super().draw(requests, seeds))[::-1]


class MovedByDraws(FakeModel):
    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        drawn = await super().draw(requests, seeds)
        self._settings = FakeSettings(seed=self._settings.seed + 1)
        return drawn


async def test_the_suite_finds_a_model_that_confuses_the_order() -> None:
    with pytest.raises(AssertionError):
        await BackendContract().test_the_order_of_requests_is_kept(Turned())


async def test_the_suite_finds_a_model_that_changes_its_mind() -> None:
    with pytest.raises(AssertionError):
        await BackendContract().test_equal_requests_get_equal_answers(Moody())


async def test_the_suite_finds_a_model_that_lets_errors_out() -> None:
    with pytest.raises(ConnectionError):
        await LeakingContract().test_a_failure_is_a_model_error()


async def test_the_suite_finds_a_model_that_lets_errors_of_draws_out() -> None:
    with pytest.raises(ConnectionError):
        await PartialContract().test_a_failure_is_a_model_error()


async def test_the_suite_finds_a_model_that_draws_no_option() -> None:
    with pytest.raises(AssertionError):
        await BackendContract().test_a_drawn_answer_is_one_of_the_options(Unsure(), SCORE)


async def test_the_suite_finds_a_model_that_always_draws_the_same() -> None:
    with pytest.raises(AssertionError):
        await BackendContract().test_equal_seeds_draw_equally_and_others_not_always(
            Drawing(lambda _: 0)
        )


async def test_the_suite_finds_a_model_that_forgets_the_seed() -> None:
    count = itertools.count()
    with pytest.raises(AssertionError):
        await BackendContract().test_equal_seeds_draw_equally_and_others_not_always(
            Drawing(lambda _: next(count) // 3)
        )


async def test_the_suite_finds_a_model_that_draws_all_options_alike() -> None:
    with pytest.raises(AssertionError):
        await BackendContract().test_shares_of_draws_agree_with_probabilities(
            Drawing(lambda seed: seed)
        )


async def test_the_suite_finds_a_model_that_confuses_draws() -> None:
    with pytest.raises(AssertionError):
        await BackendContract().test_the_order_of_draws_is_kept(TurnedDraws())


async def test_the_suite_finds_a_model_that_drawing_changes() -> None:
    with pytest.raises(AssertionError):
        await Plain().test_drawing_does_not_change_later_answers(MovedByDraws())


class Plain(BackendContract):
    def make_model(self) -> Model:
        return FakeModel()
