"""Our own backends for decision models against our own server: the suite, and profiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from alignkit.errors import Refused
from alignkit.models.decisions import DecisionsModel, DecisionsSettings
from alignkit.models.systemone import SystemOneModel, SystemOneSettings
from alignkit.schema import Request
from alignkit.testing.contract import BackendContract, choice_of, prompt_about


def decisions(url: str, model: str) -> Any:
    return DecisionsModel(model, DecisionsSettings(base_url=f"{url}/v1", max_retries=0))


def systemone(url: str, model: str) -> Any:
    return SystemOneModel(model, SystemOneSettings(base_url=url, max_retries=0))


class OwnServer(BackendContract):
    make: ClassVar[Callable[[str, str], Any]]
    # Decision models write neither objects nor texts.
    test_an_object_fits_its_schema = None
    test_text_comes_in_pieces = None
    test_a_text_can_be_left_early = None

    @pytest.fixture(autouse=True)
    def _servers(self, served: Any, troubled: Any) -> None:
        self.served, self.troubled = served, troubled

    def make_model(self) -> Any:
        return type(self).make(self.served.url, "fake")

    def make_failing_model(self) -> Any:
        return type(self).make(self.troubled.url, "broken")


class TestDecisions(OwnServer):
    make = staticmethod(decisions)


class TestSystemOne(OwnServer):
    make = staticmethod(systemone)


@pytest.mark.parametrize("make", [decisions, systemone])
async def test_a_profile_decides(served: Any, make: Any) -> None:
    plain, steered = make(served.url, "fake"), make(served.url, "fake@calm")
    request = Request(prompt=prompt_about("a bridge in fog"), question=choice_of(3))
    [one], [other] = await plain.answer([request]), await steered.answer([request])
    assert one.probabilities != other.probabilities
    assert {one.readout, other.readout} == {"native"}
    assert "fake@calm" in str(steered.identity.served_as)
    for model in (plain, steered):
        await model.aclose()


@pytest.mark.parametrize("make", [decisions, systemone])
async def test_what_is_left_to_a_person_is_a_refusal(served: Any, make: Any) -> None:
    model = make(served.url, "fake@unsure")
    with pytest.raises(Refused):
        await model.answer([Request(prompt=prompt_about("fog"), question=choice_of(3))])
    await model.aclose()
