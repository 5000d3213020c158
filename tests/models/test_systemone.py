from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.models.asked import ALL

from alignkit.errors import (
    AuthenticationFailed,
    BadModelOutput,
    InvalidSetting,
    MissingExtra,
    ModelError,
    ModelUnavailable,
    RateLimited,
    Refused,
    TimedOut,
    Unreachable,
)
from alignkit.models.llama import LlamaModel
from alignkit.models.systemone import SystemOneModel, SystemOneSettings

KEY = "ts-very-secret-0123456789"
URL = "http://models.test:8093/api"
EXCHANGE = json.loads((Path(__file__).parent / "exchanges" / "systemone.json").read_text())


def serving(
    reply: Callable[[httpx.Request], httpx.Response], key: str | None = KEY, **settings: Any
) -> tuple[SystemOneModel, list[httpx.Request]]:
    """A model behind a server that replies so; nothing is sent a second time."""
    asked: list[httpx.Request] = []

    async def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return reply(request)

    chosen = SystemOneSettings(**{"base_url": URL, "max_retries": 0, **settings})
    http = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    return SystemOneModel("jev-latest", chosen, api_key=key, http_client=http), asked


def answering(**answers: dict[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    reply = {**EXCHANGE["response"], "answers": answers}
    return lambda _: httpx.Response(200, json=reply)


def as_exchanged(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=EXCHANGE["response"])


@pytest.mark.replayed
class TestExchange:
    async def test_questions_about_one_prompt_go_in_one_call(self) -> None:
        model, asked = serving(as_exchanged)
        answers = await model.answer(ALL)
        [request] = asked
        assert json.loads(request.content) == EXCHANGE["request"]
        assert str(request.url) == URL + EXCHANGE["path"]
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.headers["x-api-key"] == KEY
        assert [answer.readout for answer in answers] == ["native"] * 3
        assert answers[0].probabilities == {"help": 0.94, "air": 0.06}
        assert answers[1].probabilities == pytest.approx({"yes": 0.71, "no": 0.29})
        assert answers[2].probabilities == {"1": 0.05, "2": 0.2, "3": 0.75}
        usage = answers[0].usage
        assert (usage.tokens_submitted, usage.tokens_generated, usage.calls) == (88, 3, 1)

    async def test_the_server_names_the_model(self) -> None:
        model, _ = serving(as_exchanged)
        assert model.identity.served_as is None
        await model.answer(ALL)
        assert model.identity.served_as == "jev-2026-08-14"
        assert model.identity.name == "systemone:jev-latest"
        assert KEY not in model.identity.model_dump_json()

    async def test_draws_from_one_answer_are_one_call(self) -> None:
        model, asked = serving(answering(q1={"type": "noul", "noul": 0.5}))
        drawn = await model.draw([ALL[1]] * 40, range(40))
        assert len(asked) == 1
        assert {answer.probabilities["yes"] for answer in drawn} == {0.0, 1.0}

    @pytest.mark.parametrize(
        ("answers", "error", "said"),
        [
            ({}, BadModelOutput, "1 of 1 questions got no answer"),
            ({"q1": {"type": "error", "message": "escalated"}}, Refused, "escalated"),
            ({"q1": {"type": "noul", "noul": 2}}, BadModelOutput, "answers to the questions"),
            ({"q1": {"type": "noul", "noul": 0.2}}, BadModelOutput, "a noul answer"),
            (
                {"q1": {"type": "score", "probabilities": {"0": 0.5, "2": 0.5}}},
                BadModelOutput,
                "no probability for '1'",
            ),
        ],
    )
    async def test_what_is_no_answer_to_a_score(
        self, answers: dict[str, Any], error: type, said: str
    ) -> None:
        with pytest.raises(error, match=said):
            await serving(answering(**answers))[0].answer([ALL[2]])


@pytest.mark.replayed
class TestErrors:
    @pytest.mark.parametrize(
        ("status", "error", "said"),
        [
            (401, AuthenticationFailed, "SYSTEMONE_API_KEY"),
            (404, ModelUnavailable, "no model 'jev-latest'.*without /v1"),
            (422, ModelError, "status 422"),
            (429, RateLimited, "slow down"),
            (500, Unreachable, "status 500"),
            (501, ModelUnavailable, "cannot do this.*openai:MODEL"),
        ],
    )
    @pytest.mark.parametrize(
        "body",
        [
            json.dumps({"error": {"message": f"Bad {KEY}\nor so"}}),
            json.dumps({"detail": f"Bad {KEY}"}),
            f"<h1>Bad</h1> {KEY}",
            "",
        ],
        ids=["openai", "fastapi", "html", "empty"],
    )
    async def test_each_status(
        self, status: int, error: type[ModelError], said: str, body: str
    ) -> None:
        model, _ = serving(lambda _: httpx.Response(status, text=body))
        with pytest.raises(ModelError, match=said) as caught:
            await model.answer(ALL)
        assert type(caught.value) is error
        assert KEY not in "".join(traceback.format_exception(caught.value))
        assert "<" not in str(caught.value)

    @pytest.mark.parametrize(
        ("failure", "error", "said"),
        [
            (httpx.ConnectError("nothing listens"), Unreachable, "nothing listens"),
            (httpx.ReadTimeout("late"), TimedOut, "within 60 seconds"),
            (httpx.RemoteProtocolError(f"lost {KEY}"), Unreachable, r"lost \*\*\*"),
        ],
    )
    async def test_the_network(self, failure: Exception, error: type, said: str) -> None:
        def fail(_: httpx.Request) -> httpx.Response:
            raise failure

        with pytest.raises(error, match=said):
            await serving(fail)[0].answer(ALL)

    @pytest.mark.parametrize("text", ["", "<html>", "null", '{"answers": []}'])
    async def test_replies_that_are_no_answers(self, text: str) -> None:
        model, _ = serving(lambda _: httpx.Response(200, text=text))
        with pytest.raises(BadModelOutput, match="did not answer with answers to the questions"):
            await model.answer(ALL)

    @pytest.mark.parametrize("kind", [httpx.HTTPError, httpx.InvalidURL])
    def test_every_error_of_the_library_is_translated(self, kind: type[Exception]) -> None:
        from alignkit.models.service_errors import Service, translated  # noqa: PLC0415

        kinds = [kind, *_below(kind)]
        for one in kinds:
            error = one.__new__(one, f"made up, {KEY}")
            error.args = (f"made up, {KEY}",)
            with (
                pytest.raises(ModelError) as caught,
                translated(Service(URL, "x", 60, (KEY,)), httpx.HTTPError, httpx.InvalidURL),
            ):
                raise error
            assert KEY not in str(caught.value)


class TestAccess:
    def test_somebody_must_say_where_it_is(self) -> None:
        with pytest.raises(InvalidSetting, match="SYSTEMONE_BASE_URL"):
            SystemOneModel("jev-latest")

    async def test_address_and_key_of_the_environment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TYPESAFE_BASE_URL", "http://elsewhere.test/")
        monkeypatch.setenv("TYPESAFE_API_KEY", KEY)
        model, asked = serving(as_exchanged, key=None, base_url=None)
        await model.answer(ALL)
        assert str(asked[0].url) == "http://elsewhere.test/v1/systemone"
        assert asked[0].headers["x-api-key"] == KEY

    async def test_no_key_is_no_header(self) -> None:
        model, asked = serving(as_exchanged, key=None)
        await model.answer(ALL)
        assert "authorization" not in asked[0].headers

    def test_the_library_may_be_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "httpx", None)
        with pytest.raises(MissingExtra, match=r"alignkit\[systemone\]"):
            SystemOneModel("jev-latest", SystemOneSettings(base_url=URL))


@pytest.mark.real_model
async def test_an_ordinary_model_has_no_such_answers(small_model: LlamaModel) -> None:
    """The engine's own HTTP server has the endpoint, and says 501 for what is no decision model."""
    url, key = small_model.engine.address
    model = SystemOneModel("smollm2-135m", SystemOneSettings(base_url=url), api_key=key)
    with pytest.raises(ModelUnavailable, match=r"not a decision model.*openai:MODEL") as caught:
        await model.answer(ALL)
    await model.aclose()
    assert key not in str(caught.value)
    assert not caught.value.retryable


def _below(kind: type[Exception]) -> list[type[Exception]]:
    return [found for child in kind.__subclasses__() for found in (child, *_below(child))]
