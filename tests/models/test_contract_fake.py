from __future__ import annotations

from collections.abc import Sequence

import pytest

from alignkit.models.protocols import Model
from alignkit.schema import Answer, Request
from alignkit.testing import FakeModel, FakeSettings
from alignkit.testing.contract import BackendContract


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


async def test_the_suite_finds_a_model_that_confuses_the_order() -> None:
    with pytest.raises(AssertionError):
        await BackendContract().test_the_order_of_requests_is_kept(Turned())


async def test_the_suite_finds_a_model_that_changes_its_mind() -> None:
    with pytest.raises(AssertionError):
        await BackendContract().test_equal_requests_get_equal_answers(Moody())


async def test_the_suite_finds_a_model_that_lets_errors_out() -> None:
    with pytest.raises(ConnectionError):
        await LeakingContract().test_a_failure_is_a_model_error()
