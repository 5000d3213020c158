from __future__ import annotations

import asyncio
import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest
from tests.models.asked import ALL, PROMPT

from alignkit.errors import (
    AuthenticationFailed,
    BadModelOutput,
    ContextTooLong,
    MissingExtra,
    ModelError,
    RateLimited,
    Refused,
    Unreachable,
)
from alignkit.models.anthropic import AnthropicModel, AnthropicSettings
from alignkit.models.protocols import Sampling
from alignkit.models.service_errors import Service, translated

pytestmark = pytest.mark.replayed

KEY = "sk-ant-very-secret-0123456789"
EXCHANGE = json.loads((Path(__file__).parent / "exchanges" / "anthropic.json").read_text())
CHOICE = ALL[0]
SCHEMA = {
    "type": "object",
    "properties": {"why": {"type": "string"}},
    "required": ["why"],
    "additionalProperties": False,
}

Reply = dict[str, Any] | httpx2.Response
Handler = Callable[[dict[str, Any]], Reply]


def message(text: str = '{"answer": "A"}', **fields: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": text}] if text else []
    return {**EXCHANGE["response"], "content": content, **fields}


def rejects(said: str) -> httpx2.Response:
    error = {"type": "invalid_request_error", "message": said}
    return httpx2.Response(400, json={"type": "error", "error": error})


def serving(
    *replies: Reply | Handler, **settings: Any
) -> tuple[AnthropicModel, list[dict[str, Any]]]:
    """A model behind a service with these replies, the last one again and again."""
    left, asked = list(replies), []

    async def handle(request: httpx2.Request) -> httpx2.Response:
        assert request.url.path == EXCHANGE["path"]
        assert request.headers["authorization"] == f"Bearer {KEY}"
        body = json.loads(request.content)
        asked.append(body)
        reply = left.pop(0) if len(left) > 1 else left[0]
        if callable(reply):
            reply = reply(body)
        return reply if isinstance(reply, httpx2.Response) else httpx2.Response(200, json=reply)

    chosen = AnthropicSettings(**{"max_retries": 0, "samples": 4, "concurrency": 1, **settings})
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(handle))
    return AnthropicModel("claude-haiku-5-5", chosen, api_key=KEY, http_client=http), asked


class TestSamples:
    async def test_the_exchange(self) -> None:
        model, asked = serving(EXCHANGE["response"])
        [answer] = await model.answer([CHOICE])
        content = asked[0]["messages"][0].pop("content")
        expected = {**EXCHANGE["request"], "messages": [{"role": "user"}]}
        assert asked[0] == expected
        assert content.startswith("A fire in a kitchen.")
        assert content.endswith("Answer with the letter of the option only.")
        assert answer.probabilities == pytest.approx({"help": 4.5 / 5, "air": 0.5 / 5})
        assert (answer.readout, answer.samples, answer.inside) == ("samples", 4, 1)
        usage = answer.usage
        assert (usage.tokens_submitted, usage.tokens_evaluated) == (400, 280)
        assert (usage.tokens_generated, usage.calls) == (36, 4)

    async def test_what_the_service_offers_and_how_it_names_the_model(self) -> None:
        model, _ = serving(EXCHANGE["response"])
        assert model.identity.answers_by is None
        await model.answer([CHOICE])
        assert model.identity.answers_by == "samples (JSON schema)"
        assert model.identity.served_as == "claude-haiku-5-5-20260901"
        assert model.identity.name == "anthropic:claude-haiku-5-5"
        assert KEY not in model.identity.model_dump_json()

    async def test_a_tool_where_no_schema_is_taken(self) -> None:
        model, asked = serving(
            rejects("output_config.format: this model does not support it"),
            EXCHANGE["tool_response"],
        )
        [answer] = await model.answer([CHOICE])
        assert answer.probabilities["air"] == pytest.approx(4.5 / 5)
        assert asked[-1]["tool_choice"] == {"type": "tool", "name": "answer"}
        [tool] = asked[-1]["tools"]
        assert tool["input_schema"]["properties"]["answer"]["enum"] == ["A", "B"]
        assert len(asked) == 5
        assert model.identity.answers_by == "samples (tool)"

    async def test_words_where_no_tool_may_be_forced(self) -> None:
        def reply(body: dict[str, Any]) -> Reply:
            if "output_config" in body:
                return rejects("structured outputs are not available")
            if "tools" in body:
                return rejects("Thinking may not be enabled when tool_choice forces tool use.")
            return message("**B**")

        model, asked = serving(reply, concurrency=4)
        [answer] = await model.answer([CHOICE])
        assert answer.probabilities["air"] == pytest.approx(4.5 / 5)
        assert model.identity.answers_by == "samples (words only)"
        assert (
            len(
                [
                    body
                    for body in asked
                    if body.keys() <= {"model", "max_tokens", "messages", "system"}
                ]
            )
            == 4
        )

    async def test_other_rejections_are_not_tried_again(self) -> None:
        model, asked = serving(rejects("The moon is in the wrong phase"), samples=1)
        with pytest.raises(ModelError, match="wrong phase"):
            await model.answer([CHOICE])
        assert len(asked) == 1

    async def test_equal_seeds_draw_equally_because_draws_are_remembered(self) -> None:
        letters = iter("ABBAB")
        model, asked = serving(lambda _: message(json.dumps({"answer": next(letters)})))
        first = await model.draw([CHOICE] * 5, range(5))
        again = await model.draw([CHOICE] * 5, range(5))
        assert [a.probabilities for a in first] == [a.probabilities for a in again]
        assert len(asked) == 5
        assert sum(answer.usage.calls for answer in again) == 0

    async def test_declining(self) -> None:
        fields = {
            "stop_reason": "refusal",
            "stop_details": {"category": "violence", "explanation": "Not about fires."},
        }
        model, _ = serving(message("", **fields))
        with pytest.raises(Refused, match="Not about fires"):
            await model.answer([CHOICE])


class TestObjectsAndText:
    async def test_an_object(self) -> None:
        model, asked = serving(message('{"why": "smoke"}'))
        made = await model.generate_object(PROMPT, SCHEMA, Sampling(max_tokens=9))
        assert made.output == {"why": "smoke"}
        assert made.usage.calls == 1
        assert asked[0]["output_config"]["format"]["schema"] == SCHEMA
        assert asked[0]["max_tokens"] == 9

    @pytest.mark.parametrize(
        ("reply", "error", "said"),
        [
            (message("smoke"), BadModelOutput, "broken JSON"),
            (message('{"who": 1}'), BadModelOutput, "does not fit"),
            (message('{"why": "sm', stop_reason="max_tokens"), BadModelOutput, "cut off at 512"),
            (message("No.", stop_reason="refusal"), Refused, r"No\."),
            (httpx2.Response(200, text="<html>"), BadModelOutput, "did not answer with a message"),
        ],
    )
    async def test_what_does_not_fit(self, reply: Reply, error: type, said: str) -> None:
        with pytest.raises(error, match=said):
            await serving(reply)[0].generate_object(PROMPT, SCHEMA, Sampling())

    async def test_pieces_come_as_they_are_written(self) -> None:
        model, asked = serving(stream("Fi", "re"))
        text = [piece async for piece in model.generate_text(PROMPT, Sampling(max_tokens=9))]
        assert text == ["Fi", "re"]
        assert asked[0]["stream"] is True

    async def test_a_text_that_is_declined(self) -> None:
        model, _ = serving(stream("I", stop="refusal"))
        with pytest.raises(Refused):
            [piece async for piece in model.generate_text(PROMPT, Sampling())]

    async def test_a_text_may_be_left(self) -> None:
        model, _ = serving(lambda _: stream("Fi", "re"))
        for _ in range(2):
            text = model.generate_text(PROMPT, Sampling())
            assert await anext(text) == "Fi"
            await text.aclose()


def stream(*pieces: str, stop: str = "end_turn") -> httpx2.Response:
    start = {**EXCHANGE["response"], "content": [], "stop_reason": None}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": start}]
    block = {"type": "text", "text": ""}
    events.append({"type": "content_block_start", "index": 0, "content_block": block})
    for piece in pieces:
        delta = {"type": "text_delta", "text": piece}
        events.append({"type": "content_block_delta", "index": 0, "delta": delta})
    events += [
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": stop, "stop_sequence": None},
            "usage": {"output_tokens": 2},
        },
        {"type": "message_stop"},
    ]
    text = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return httpx2.Response(200, text=text, headers={"content-type": "text/event-stream"})


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "said", "error"),
        [
            (400, "prompt is too long: 205000 tokens > 200000 maximum", ContextTooLong),
            (401, f"invalid {KEY}", AuthenticationFailed),
            (413, "request exceeds the maximum size", ContextTooLong),
            (429, "rate limit", RateLimited),
            (529, "Overloaded", Unreachable),
        ],
    )
    async def test_each_status(self, status: int, said: str, error: type[ModelError]) -> None:
        body = {"type": "error", "error": {"type": "x", "message": said}}
        model, _ = serving(httpx2.Response(status, json=body))
        with pytest.raises(ModelError) as caught:
            await model.answer([CHOICE])
        assert type(caught.value) is error
        assert KEY not in "".join(traceback.format_exception(caught.value))
        assert "{" not in str(caught.value)

    def test_every_error_of_the_library_is_translated(self) -> None:
        seen = 0
        for kind in _below(anthropic.AnthropicError):
            error = kind.__new__(kind, f"made up, {KEY}")  # whatever its constructor wants
            error.__dict__["request_id"] = None
            with (
                pytest.raises(ModelError) as caught,
                translated(Service("x", "m", 60, (KEY,)), anthropic.AnthropicError),
            ):
                raise error
            assert KEY not in str(caught.value)
            seen += 1
        assert seen > 15

    def test_the_official_service_needs_a_key(self) -> None:
        with pytest.raises(AuthenticationFailed, match="ANTHROPIC_API_KEY"):
            AnthropicModel("claude-haiku-5-5")

    def test_the_library_may_be_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "anthropic", None)
        with pytest.raises(MissingExtra, match=r"alignkit\[anthropic\]"):
            AnthropicModel("claude-haiku-5-5", api_key=KEY)

    def test_one_model_in_several_event_loops(self) -> None:
        model, asked = serving(EXCHANGE["response"])
        for seed in range(3):
            asyncio.run(model.draw([CHOICE], [seed]))
        assert len(asked) == 3


def _below(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(found for child in kind.__subclasses__() for found in _below(child))]
