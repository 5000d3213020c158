from __future__ import annotations

import asyncio
import json
import math
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from tests.models.asked import PROMPT

from alignkit.errors import (
    AuthenticationFailed,
    BadModelOutput,
    ContextTooLong,
    InvalidSetting,
    MissingExtra,
    ModelError,
    ModelUnavailable,
    RateLimited,
    Refused,
    TimedOut,
    Unreachable,
)
from alignkit.models.openai import OpenAIModel, OpenAISettings
from alignkit.models.protocols import Sampling
from alignkit.schema import (
    Answer,
    ChoiceQuestion,
    Option,
    PredicateQuestion,
    Prompt,
    Request,
    ScoreQuestion,
    Segment,
)

KEY = "sk-very-secret-0123456789"
URL = "http://models.test/v1"
YES_NO = Request(prompt=PROMPT, question=PredicateQuestion(instructions="Is it urgent?"))
SCHEMA = {
    "type": "object",
    "properties": {"why": {"type": "string"}},
    "required": ["why"],
    "additionalProperties": False,
}


def choice(*ids: str, prompt: Prompt = PROMPT) -> Request:
    options = tuple(Option(id=name, text=f"do {name}") for name in ids)
    return Request(prompt=prompt, question=ChoiceQuestion(instructions="Which?", options=options))


def completion(
    content: str | None = "A", top: Mapping[str, float | None] | None = None, **fields: Any
) -> dict[str, Any]:
    """A chat completion; `top` are the likeliest first tokens with their probabilities."""
    tokens = [
        {"token": token, "logprob": math.log(p) if p else None, "bytes": None}
        for token, p in (top or {}).items()
    ]
    first = {"token": content, "logprob": 0.0, "bytes": None, "top_logprobs": tokens}
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "served-2026",
        "choices": [
            {
                "index": 0,
                "finish_reason": fields.pop("finish_reason", "stop"),
                "message": {
                    "role": "assistant",
                    "content": content,
                    "refusal": fields.pop("refusal", None),
                },
                "logprobs": None if top is None else {"content": [first]},
            }
        ],
        "usage": {
            "prompt_tokens": 50,
            "completion_tokens": 1,
            "total_tokens": 51,
            "prompt_tokens_details": {"cached_tokens": 30},
        },
        **fields,
    }


def rejects(message: str, **fields: Any) -> httpx2.Response:
    return httpx2.Response(400, json={"error": {"message": message, **fields}})


Reply = dict[str, Any] | httpx2.Response | Exception
Handler = Callable[[dict[str, Any]], Reply]


@dataclass
class Server:
    """Replies with `replies` in order, the last one again and again.

    What it is asked to find out what it offers is answered apart from them.
    """

    replies: list[Reply | Handler]
    owner: str | None = None
    """What it calls the owner of its models; it lists none if None."""
    guides: str = "response_format"
    """The field that makes it choose among labels."""
    probes: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[httpx2.Headers] = field(default_factory=list)

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return self.models()
        body = json.loads(request.content)
        if body["messages"][-1]["content"] == "Say hello.":
            self.probes.append(body)
            return httpx2.Response(200, json=completion(self.greeting(body)))
        self.asked.append(body)
        self.headers.append(request.headers)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if callable(reply):
            reply = reply(body)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, httpx2.Response) else httpx2.Response(200, json=reply)

    def models(self) -> httpx2.Response:
        if self.owner is None:
            return httpx2.Response(404)
        listed = {"object": "list", "data": [{"id": "small", "owned_by": self.owner}]}
        return httpx2.Response(200, json=listed)

    def greeting(self, body: dict[str, Any]) -> str:
        if self.guides not in body:
            return "Hello! How are you?"
        return '{"answer": "kiwi"}' if self.guides == "response_format" else "plum"


def client(server: Callable[[httpx2.Request], Any]) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.MockTransport(server))


def serving(*replies: Reply | Handler, **settings: Any) -> tuple[OpenAIModel, Server]:
    """A model behind a server with these replies; nothing is sent a second time."""
    server = Server(list(replies))
    chosen = OpenAISettings(**{"base_url": URL, "max_retries": 0, **settings})
    return OpenAIModel("small", chosen, api_key=KEY, http_client=client(server)), server


async def one(model: OpenAIModel, request: Request = YES_NO) -> Answer:
    [answer] = await model.answer([request])
    return answer


class TestLabels:
    async def test_what_is_asked_for(self) -> None:
        model, server = serving(completion("Yes", {"Yes": 0.6, "No": 0.4}))
        await one(model)
        [body] = server.asked
        system, user = body.pop("messages")
        assert body == {
            "model": "small",
            "max_tokens": 1,
            "temperature": 1.0,
            "logprobs": True,
            "top_logprobs": 20,
        }
        assert system == {"role": "system", "content": "You judge."}
        assert user["role"] == "user"
        assert user["content"].startswith("A fire in a kitchen.")
        assert user["content"].endswith("Answer with Yes or No only.")

    async def test_ways_of_writing_a_word_are_added_up(self) -> None:
        top = {"Yes": 0.3, " yes": 0.1, "YES": 0.05, "No": 0.2, "\u2581no": 0.1, "Maybe": 0.25}
        answer = await one(serving(completion("Yes", top))[0])
        assert answer.probabilities == pytest.approx({"yes": 0.6, "no": 0.4})
        assert answer.inside == pytest.approx(0.75)
        assert answer.readout == "labels"
        assert answer.samples is None

    async def test_letters_count_as_they_are(self) -> None:
        top = {"A": 0.3, " A": 0.1, "a": 0.2, "B": 0.1, "\u0120B": 0.1, "An": 0.1}
        answer = await one(serving(completion("A", top))[0], choice("x", "y", "z"))
        assert answer.probabilities == pytest.approx({"x": 4 / 6, "y": 2 / 6, "z": 0})
        assert answer.inside == pytest.approx(0.6)

    async def test_levels_are_numbers(self) -> None:
        question = ScoreQuestion(instructions="How urgent?", levels=("not", "quite", "very"))
        model, _ = serving(completion("3", {"3": 0.5, " 1": 0.25, "5": 0.25}))
        answer = await one(model, Request(prompt=PROMPT, question=question))
        assert answer.probabilities == pytest.approx({"1": 1 / 3, "2": 0, "3": 2 / 3})

    async def test_a_token_of_no_probability_may_be_null(self) -> None:
        answer = await one(serving(completion("Yes", {"Yes": 0.5, "No": None}))[0])
        assert answer.probabilities == {"yes": 1, "no": 0}

    @pytest.mark.parametrize("given", ["NaN", "Infinity"])
    async def test_what_is_no_probability_is_no_answer(self, given: str) -> None:
        reply = completion("Yes", {"Yes": 0.9, "No": 0.1})
        tokens = reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        tokens[1]["logprob"] = float(given)
        raw = httpx2.Response(200, text=json.dumps(reply))
        model, server = serving(raw)
        with pytest.raises(BadModelOutput, match=r"gave the token 'No' (nan|inf) as"):
            await one(model)
        assert len(server.asked) == 1

    async def test_minus_infinity_is_no_probability_at_all(self) -> None:
        reply = completion("Yes", {"Yes": 1.0, "No": 0.1})
        tokens = reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        tokens[1]["logprob"] = -math.inf
        model, _ = serving(httpx2.Response(200, text=json.dumps(reply)))
        assert (await one(model)).probabilities == {"yes": 1.0, "no": 0.0}

    async def test_a_token_that_stands_twice_counts_once(self) -> None:
        reply = completion("Yes", {"Yes": 0.5, "No": 0.5})
        tokens = reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        tokens.append(tokens[0])
        assert (await one(serving(reply)[0])).probabilities["yes"] == pytest.approx(0.5)

    async def test_what_it_cost(self) -> None:
        answer = await one(serving(completion("Yes", {"Yes": 1.0}))[0])
        assert answer.usage.model_copy(update={"seconds": 0.0}).model_dump() == {
            "tokens_submitted": 50,
            "tokens_evaluated": 20,
            "tokens_generated": 1,
            "calls": 1,
            "seconds": 0.0,
        }
        assert answer.usage.seconds > 0

    async def test_a_server_need_not_count(self) -> None:
        answer = await one(serving(completion("Yes", {"Yes": 1.0}, usage=None))[0])
        assert answer.usage.tokens_submitted == 0
        assert answer.usage.calls == 1

    @pytest.mark.parametrize("top", [{"<think>": 0.99, "Yes": 1e-5}, {"The": 1.0}])
    async def test_labels_without_probability_are_no_answer(self, top: dict[str, float]) -> None:
        model, _ = serving(completion("x", top))
        with pytest.raises(BadModelOutput, match=r"labels Yes, No.*logprobs=false"):
            await one(model)

    async def test_an_empty_text_is_no_answer(self) -> None:
        reply = completion("")
        reply["choices"][0]["logprobs"] = {"content": []}
        model, server = serving(reply)
        with pytest.raises(BadModelOutput):
            await one(model)
        assert len(server.asked) == 1

    @pytest.mark.parametrize("fields", [{"refusal": "No."}, {"finish_reason": "content_filter"}])
    async def test_declining(self, fields: dict[str, str]) -> None:
        model, server = serving(completion(None, **fields))
        with pytest.raises(Refused):
            await one(model)
        assert len(server.asked) == 1

    async def test_an_empty_refusal_is_none(self) -> None:
        model, _ = serving(completion("Yes", {"Yes": 1.0}, refusal=""))
        assert (await one(model)).probabilities["yes"] == 1

    async def test_probabilities_that_were_shown_once_are_expected(self) -> None:
        shown, hidden = completion("Yes", {"Yes": 1.0}), completion("Yes")
        model, _ = serving(shown, hidden, shown)
        await one(model)
        with pytest.raises(BadModelOutput, match="not shown"):
            await one(model)
        assert (await one(model)).readout == "labels"


class TestDialects:
    async def test_the_newer_name_of_the_limit(self) -> None:
        complaint = "'max_tokens' is not supported. Use 'max_completion_tokens' instead."
        model, server = serving(
            rejects(complaint, param="max_tokens", code="unsupported_parameter"),
            completion("Yes", {"Yes": 1.0}),
        )
        await one(model)
        await one(model)
        names = [body.keys() & {"max_tokens", "max_completion_tokens"} for body in server.asked]
        assert names == [{"max_tokens"}, *[{"max_completion_tokens"}] * 2]

    async def test_fewer_top_tokens(self) -> None:
        model, server = serving(
            rejects("top_logprobs must be at most 5"), completion("Yes", {"Yes": 1.0})
        )
        assert (await one(model)).readout == "labels"
        assert [body["top_logprobs"] for body in server.asked] == [20, 5]

    async def test_many_requests_learn_it_together(self) -> None:
        def reply(body: dict[str, Any]) -> Reply:
            if body.get("top_logprobs", 0) > 5:
                return rejects("top_logprobs must be at most 5")
            return completion("Yes", {"Yes": 1.0})

        model, _ = serving(reply)
        answers = await model.answer([YES_NO] * 8)
        assert {answer.readout for answer in answers} == {"labels"}

    async def test_a_system_text_before_the_users(self) -> None:
        model, server = serving(
            rejects("System role not supported"), completion("Yes", {"Yes": 1.0})
        )
        await one(model)
        [message] = server.asked[1]["messages"]
        assert message["role"] == "user"
        assert message["content"].startswith("You judge.\n\nA fire in a kitchen.")

    async def test_no_system_text_is_no_system_message(self) -> None:
        model, server = serving(completion("Yes", {"Yes": 1.0}))
        user = Segment(role="user", depends="scenario", text="A fire.")
        await one(model, YES_NO.model_copy(update={"prompt": Prompt(segments=(user,))}))
        assert [message["role"] for message in server.asked[0]["messages"]] == ["user"]

    async def test_no_seed(self) -> None:
        detail = [{"type": "extra_forbidden", "loc": ["body", "seed"]}]
        unknown = httpx2.Response(422, json={"detail": detail})
        model, server = serving(unknown, completion('{"why": "x"}'))
        await model.generate_object(PROMPT, SCHEMA, Sampling(seed=7))
        assert [body.get("seed") for body in server.asked] == [7, None]

    async def test_other_rejections_are_not_tried_again(self) -> None:
        model, server = serving(rejects("The moon is in the wrong phase"))
        with pytest.raises(ModelError, match="wrong phase"):
            await one(model)
        assert len(server.asked) == 1


class TestSamples:
    async def test_shares_of_samples_where_no_probabilities_are_shown(self) -> None:
        def reply(body: dict[str, Any]) -> Reply:
            return completion(json.dumps({"answer": "B" if body.get("seed", 0) % 4 else "A"}))

        model, server = serving(reply, samples=8, seed=100)
        answer = await one(model, choice("x", "y"))
        assert answer.probabilities == pytest.approx({"x": 2.5 / 9, "y": 6.5 / 9})
        assert answer.readout == "samples"
        assert answer.samples == 8
        assert answer.inside == 1
        assert answer.usage.calls == 8
        assert answer.usage.tokens_submitted == 8 * 50
        drawn = server.asked[1:]
        assert sorted(body["seed"] for body in drawn) == list(range(100, 108))
        assert {body["temperature"] for body in drawn} == {1.0}
        schema = drawn[0]["response_format"]["json_schema"]
        assert schema["strict"] is True
        assert schema["schema"]["properties"]["answer"]["enum"] == ["A", "B"]

    async def test_the_probe_is_remembered(self) -> None:
        model, server = serving(completion('{"answer": "Yes"}'), samples=2)
        await one(model)
        await one(model)
        assert ["logprobs" in body for body in server.asked] == [True, *[False] * 4]

    async def test_a_server_that_rejects_the_probe(self) -> None:
        def reply(body: dict[str, Any]) -> Reply:
            return rejects("logprobs is not supported") if "logprobs" in body else answer

        answer = completion('{"answer": "Yes"}')
        model, _ = serving(reply, samples=3)
        assert (await one(model)).readout == "samples"

    async def test_the_setting_spares_the_probe(self) -> None:
        model, server = serving(completion('{"answer": "Yes"}'), samples=3, logprobs=False)
        assert (await one(model)).samples == 3
        assert not any("logprobs" in body for body in server.asked)

    async def test_words_only_where_no_schema_is_understood(self) -> None:
        texts = ["B", " b ", "**B**", "B.", "Option B", "C", "(A)", "A or B"]

        def reply(body: dict[str, Any]) -> Reply:
            if "response_format" in body:
                return rejects("response_format is not supported")
            return completion(texts[body["seed"]])

        model, server = serving(reply, samples=8, logprobs=False)
        answer = await one(model, choice("x", "y"))
        assert model.identity.answers_by == "samples (JSON schema)"
        assert answer.probabilities == pytest.approx({"x": 1.5 / 5, "y": 3.5 / 5})
        assert answer.samples == 4
        assert answer.inside == 0.5
        before = len(server.asked)
        await one(model, choice("x", "y"))
        assert len(server.asked) == before + 8

    async def test_no_more_is_said_where_no_words_are_heeded(self) -> None:
        model, server = serving(completion("Yes"), samples=2, logprobs=False)
        server.guides = "none"
        assert (await one(model)).probabilities["yes"] == pytest.approx(2.5 / 3)
        assert ["response_format" in body for body in server.probes] == [True]
        assert not any("response_format" in body for body in server.asked)
        assert model.identity.answers_by == "samples (words only)"

    async def test_no_usable_sample_is_no_answer(self) -> None:
        model, _ = serving(completion("I think that"), samples=3, logprobs=False)
        with pytest.raises(BadModelOutput, match=r"None of 3 samples.*'I think that'"):
            await one(model)

    async def test_declining_each_time_is_a_refusal(self) -> None:
        model, _ = serving(completion(None, refusal="I can't say"), samples=3, logprobs=False)
        with pytest.raises(Refused, match="I can't say"):
            await one(model)

    async def test_declining_once_is_outside(self) -> None:
        model, _ = serving(
            completion(None, finish_reason="content_filter"),
            completion('{"answer": "Yes"}'),
            samples=4,
            logprobs=False,
            concurrency=1,
        )
        answer = await one(model)
        assert (answer.samples, answer.inside) == (3, 0.75)


class TestGuidedChoice:
    """What vLLM, SGLang, llama.cpp's server and others take, after their documentation."""

    @pytest.mark.parametrize(
        ("owner", "guides", "said"),
        [
            ("vllm", "structured_outputs", {"choice": ["A", "B"]}),
            ("vllm", "guided_choice", ["A", "B"]),
            ("sglang", "regex", "(A|B)"),
            ("llamacpp", "grammar", 'root ::= "A" | "B"'),
        ],
    )
    async def test_what_the_server_takes(self, owner: str, guides: str, said: Any) -> None:
        model, server = serving(completion("B"), samples=2, logprobs=False)
        server.owner, server.guides = owner, guides
        for _ in range(2):
            answer = await one(model, choice("x", "y"))
            assert answer.probabilities == pytest.approx({"x": 0.5 / 3, "y": 2.5 / 3})
        assert [body[guides] for body in server.asked] == [said] * 4
        assert not any("response_format" in body for body in server.asked)
        assert model.identity.answers_by == f"samples ({guides})"

    async def test_a_field_that_is_passed_over_does_not_count(self) -> None:
        model, server = serving(completion('{"answer": "B"}'), samples=2, logprobs=False)
        server.owner = "vllm"
        await one(model, choice("x", "y"))
        assert len(server.probes) == 3
        assert model.identity.answers_by == "samples (JSON schema)"

    async def test_a_server_that_guides_and_shows_probabilities(self) -> None:
        model, server = serving(completion("Yes", {"Yes": 0.6, "No": 0.4}))
        server.owner, server.guides = "llamacpp", "grammar"
        assert model.identity.answers_by is None
        await one(model)
        assert model.identity.answers_by == "probabilities of tokens"
        assert not server.probes
        [drawn] = await model.draw([YES_NO], [3])
        assert drawn.probabilities == {"yes": 1, "no": 0}
        assert model.identity.answers_by == "probabilities of tokens; samples (grammar)"
        assert server.asked[-1]["grammar"] == 'root ::= "Yes" | "No"'

    async def test_many_draws_ask_once_what_is_offered(self) -> None:
        model, server = serving(completion("Yes"), logprobs=False)
        server.owner, server.guides = "sglang", "regex"
        await model.draw([YES_NO] * 8, range(8))
        assert len(server.probes) == 1

    async def test_a_server_that_refuses_the_field_later(self) -> None:
        def reply(body: dict[str, Any]) -> Reply:
            return rejects("no grammar today") if "grammar" in body else completion("Yes")

        model, server = serving(reply, samples=2, logprobs=False)
        server.owner, server.guides = "llamacpp", "grammar"
        assert (await one(model)).samples == 2

    async def test_a_server_that_fails_says_nothing_of_what_it_offers(self) -> None:
        failing = httpx2.MockTransport(lambda _: httpx2.Response(503))
        settings = OpenAISettings(base_url=URL, max_retries=0, logprobs=False)
        http = httpx2.AsyncClient(transport=failing)
        model = OpenAIModel("small", settings, api_key=KEY, http_client=http)
        with pytest.raises(Unreachable):
            await one(model)
        assert model.identity.answers_by is None


class TestObjects:
    async def test_the_server_is_asked_to_bind_the_text(self) -> None:
        model, server = serving(completion('{"why": "smoke"}'))
        made = await model.generate_object(PROMPT, SCHEMA, Sampling(seed=3, max_tokens=9))
        assert made.output == {"why": "smoke"}
        assert made.prompt == PROMPT
        assert made.usage.tokens_evaluated == 20
        [body] = server.asked
        assert body["response_format"]["json_schema"]["schema"] == SCHEMA
        assert (body["seed"], body["max_tokens"], body["temperature"]) == (3, 9, 0.0)

    async def test_less_and_less_is_asked_of_a_server_that_refuses(self) -> None:
        def reply(body: dict[str, Any]) -> Reply:
            if "response_format" in body:
                return rejects("Invalid schema")
            return completion('```json\n{"why": "smoke"}\n```')

        model, server = serving(reply)
        for _ in range(2):
            made = await model.generate_object(PROMPT, SCHEMA, Sampling())
            assert made.output == {"why": "smoke"}
        formats = [body.get("response_format", {}).get("json_schema") for body in server.asked]
        assert [bound and bound.get("strict", False) for bound in formats] == [
            True,
            False,
            None,
            None,
        ]

    @pytest.mark.parametrize(
        ("reply", "error", "said"),
        [
            (completion("smoke"), BadModelOutput, "broken JSON"),
            (completion('{"who": 1}'), BadModelOutput, "does not fit"),
            (completion('{"why": "sm', finish_reason="length"), BadModelOutput, "cut off at 512"),
            (completion(None, refusal="No."), Refused, "No."),
            (completion(None, finish_reason="content_filter"), Refused, "filter"),
        ],
    )
    async def test_what_does_not_fit(self, reply: Reply, error: type, said: str) -> None:
        with pytest.raises(error, match=said):
            await serving(reply)[0].generate_object(PROMPT, SCHEMA, Sampling())


def stream(*deltas: dict[str, Any], end: str = "data: [DONE]\n\n") -> httpx2.Response:
    chunks = (
        {
            "id": "x",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "served-2026",
            "choices": [
                {"index": 0, "finish_reason": delta.pop("end", None), "delta": delta or None}
            ],
        }
        for delta in deltas
    )
    text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + end
    return httpx2.Response(200, text=text, headers={"content-type": "text/event-stream"})


async def read(model: OpenAIModel) -> list[str]:
    return [piece async for piece in model.generate_text(PROMPT, Sampling(max_tokens=9))]


class TestText:
    async def test_pieces_come_as_they_are_written(self) -> None:
        model, server = serving(
            stream({"role": "assistant", "content": ""}, {"content": "Fi"}, {"content": "re"}, {})
        )
        assert await read(model) == ["Fi", "re"]
        assert server.asked[0]["stream"] is True
        assert model.identity.served_as == "served-2026"

    async def test_a_text_may_be_left(self) -> None:
        model, _ = serving(stream({"content": "Fi"}, {"content": "re"}), concurrency=1)
        for _ in range(2):
            text = model.generate_text(PROMPT, Sampling())
            assert await anext(text) == "Fi"
            await text.aclose()

    @pytest.mark.parametrize("delta", [{"refusal": "No."}, {"end": "content_filter"}])
    async def test_declining(self, delta: dict[str, Any]) -> None:
        with pytest.raises(Refused):
            await read(serving(stream({"content": "I"}, dict(delta)))[0])

    async def test_the_limit_is_learnt_here_too(self) -> None:
        model, server = serving(
            rejects("Use 'max_completion_tokens' instead."), stream({"content": "Fire"})
        )
        assert await read(model) == ["Fire"]
        assert server.asked[1]["max_completion_tokens"] == 9

    @pytest.mark.parametrize(
        ("end", "error"),
        [
            ('data: {"error": {"message": "out of memory"}}\n\n', ModelError),
            ("data: {broken\n\n", BadModelOutput),
        ],
    )
    async def test_a_text_that_breaks_off(self, end: str, error: type) -> None:
        with pytest.raises(error) as caught:
            await read(serving(stream({"content": "Fi"}, end=end))[0])
        assert isinstance(caught.value, ModelError)


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "error", "said"),
        [
            (400, ModelError, "status 400"),
            (401, AuthenticationFailed, "OPENAI_API_KEY"),
            (403, AuthenticationFailed, "OPENAI_API_KEY"),
            (404, ModelUnavailable, "no model 'small'.*--base-url"),
            (405, ModelError, "status 405"),
            (408, TimedOut, "too long"),
            (409, Unreachable, "occupied"),
            (413, ContextTooLong, "too long"),
            (422, ModelError, "status 422"),
            (429, RateLimited, "slow down"),
            (500, Unreachable, "status 500"),
            (503, Unreachable, "status 503"),
            (504, TimedOut, "too long"),
        ],
    )
    @pytest.mark.parametrize(
        "body",
        [
            {"error": {"message": f"Bad key {KEY}\nor so", "code": None}},
            {"error": f"Bad key {KEY}"},
            {"detail": [{"msg": f"Bad key {KEY}"}]},
            f"<html><h1>Bad</h1> key {KEY}</html>",
            "",
        ],
        ids=["openai", "ollama", "fastapi", "html", "empty"],
    )
    async def test_each_status(
        self, status: int, error: type[ModelError], said: str, body: Any
    ) -> None:
        content = body if isinstance(body, str) else json.dumps(body)
        model, _ = serving(httpx2.Response(status, text=content))
        with pytest.raises(ModelError, match=said) as caught:
            await one(model)
        assert type(caught.value) is error
        assert "openai" in type(caught.value.__cause__).__module__
        assert KEY not in "".join(traceback.format_exception(caught.value))
        assert "<" not in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"code": "context_length_exceeded"}, ContextTooLong),
            ({"type": "exceed_context_size_error"}, ContextTooLong),
            ({"message": "This model's maximum context length is 4096 tokens."}, ContextTooLong),
            ({"message": "prompt is too long: 9 > 8"}, ContextTooLong),
            ({"code": "content_filter"}, Refused),
            ({"code": "insufficient_quota", "message": "no credit"}, ModelUnavailable),
        ],
    )
    async def test_what_the_service_names(self, fields: dict[str, str], error: type) -> None:
        model, server = serving(rejects(**{"message": "No.", **fields}))
        with pytest.raises(error):
            await one(model)
        assert len(server.asked) == 1

    @pytest.mark.parametrize(
        ("failure", "error", "said"),
        [
            (httpx2.ConnectError("nothing listens"), Unreachable, "nothing listens.*--base-url"),
            (httpx2.ReadError(f"lost {KEY}"), Unreachable, r"lost \*\*\*"),
            (httpx2.ReadTimeout("late"), TimedOut, "within 60 seconds"),
        ],
    )
    async def test_the_network(self, failure: Exception, error: type, said: str) -> None:
        with pytest.raises(error, match=said):
            await one(serving(failure)[0])

    @pytest.mark.parametrize(
        "text", ["<html>Welcome</html>", '{"error": "busy"}', '{"choices": []}', "", "null"]
    )
    async def test_replies_that_are_no_completion(self, text: str) -> None:
        model, _ = serving(httpx2.Response(200, text=text))
        with pytest.raises(BadModelOutput, match="did not answer with a chat completion"):
            await one(model)

    def test_every_error_of_the_library_is_translated(self) -> None:
        import openai  # noqa: PLC0415

        from alignkit.models.service_errors import Service, translated  # noqa: PLC0415

        service = Service(URL, "small", 60, (KEY,))
        seen = 0
        for kind in _below(openai.OpenAIError):
            error = kind.__new__(kind, f"made up, {KEY}")  # whatever its constructor wants
            with pytest.raises(ModelError) as caught, translated(service, openai.OpenAIError):
                raise error
            assert caught.value.__cause__ is error
            assert KEY not in str(caught.value)
            seen += 1
        assert seen > 20

    def test_only_one_error_of_the_library_is_not_of_its_family(self) -> None:
        from openai import _exceptions  # noqa: PLC0415

        kinds = [kind for kind in vars(_exceptions).values() if isinstance(kind, type)]
        errors = {kind for kind in kinds if issubclass(kind, Exception)}
        others = errors - set(_below(_exceptions.OpenAIError))
        # Raised by the part for webhooks, which is not used here.
        assert {kind.__name__ for kind in others} == {"InvalidWebhookSignatureError"}

    async def test_mistakes_of_ours_look_like_mistakes(self) -> None:
        with pytest.raises(TypeError):
            await one(serving(TypeError("ours"))[0])


def _below(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(found for child in kind.__subclasses__() for found in _below(child))]


class TestRetries:
    async def test_as_late_as_the_server_says(self) -> None:
        busy = httpx2.Response(429, json={}, headers={"retry-after-ms": "30"})
        model, server = serving(busy, completion("Yes", {"Yes": 1.0}), max_retries=1)
        answer = await one(model)
        assert len(server.asked) == 2
        assert answer.usage.seconds >= 0.03

    async def test_no_more_often_than_set(self) -> None:
        busy = httpx2.Response(503, json={}, headers={"retry-after-ms": "1"})
        model, server = serving(busy, max_retries=2)
        with pytest.raises(Unreachable):
            await one(model)
        assert len(server.asked) == 3


@dataclass
class Gate:
    """Counts the requests under way; each takes as long as its text says, or fails."""

    now: int = 0
    most: int = 0
    done: int = 0

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        text = json.loads(request.content)["messages"][0]["content"]
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(float(text.split()[0]) / 1000)
        finally:
            self.now -= 1
        self.done += 1
        if "fail" in text:
            return httpx2.Response(400, json={"error": {"message": "told to fail"}})
        share = float(text.split()[1])
        return httpx2.Response(200, json=completion("Yes", {"Yes": share, "No": 1 - share}))


def timed(milliseconds: int, what: str) -> Request:
    segment = Segment(role="user", depends="scenario", text=f"{milliseconds} {what}\n")
    return YES_NO.model_copy(update={"prompt": Prompt(segments=(segment,))})


def gated(concurrency: int) -> tuple[OpenAIModel, Gate]:
    gate = Gate()
    settings = OpenAISettings(base_url=URL, max_retries=0, concurrency=concurrency)
    return OpenAIModel("small", settings, http_client=client(gate)), gate


class TestConcurrency:
    async def test_a_limited_number_at_a_time_in_order(self) -> None:
        model, gate = gated(3)
        shares = [i / 20 for i in range(1, 13)]
        requests = [timed(12 - i, str(share)) for i, share in enumerate(shares)]
        halves = await asyncio.gather(model.answer(requests[:6]), model.answer(requests[6:]))
        found = [answer.probabilities["yes"] for half in halves for answer in half]
        assert found == pytest.approx(shares)
        assert gate.most == 3

    async def test_a_failure_ends_the_others(self) -> None:
        model, gate = gated(4)
        before = asyncio.all_tasks()
        with pytest.raises(ModelError, match="told to fail"):
            await model.answer([timed(5000, "0.5"), timed(5, "fail"), timed(5000, "0.5")])
        assert gate.now == 0
        assert asyncio.all_tasks() == before

    async def test_cancelling_ends_all(self) -> None:
        model, gate = gated(2)
        before = asyncio.all_tasks()
        call = asyncio.ensure_future(model.answer([timed(5000, "0.5")] * 5))
        async with asyncio.timeout(4):
            while gate.now < 2:  # noqa: ASYNC110  the gate counts, and tells nobody
                await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert gate.now == 0
        assert asyncio.all_tasks() == before
        assert (await one(model, timed(1, "0.5"))).probabilities["yes"] == pytest.approx(0.5)

    def test_one_model_in_several_event_loops(self) -> None:
        model, gate = gated(1)
        for _ in range(3):
            asyncio.run(model.answer([timed(1, "0.5")] * 3))
        assert gate.done == 9
        asyncio.run(model.aclose())


class TestAccess:
    def test_making_one_sends_nothing_and_shows_no_key(self) -> None:
        model, server = serving(completion())
        assert server.asked == []
        identity = model.identity
        assert identity.name == "openai:small"
        assert identity.backend == "openai"
        assert identity.served_as is None
        assert identity.engine is not None
        assert identity.engine.startswith("openai 3.")
        assert identity.settings["base_url"] == URL
        assert KEY not in identity.model_dump_json()
        assert KEY not in repr(model)

    async def test_the_server_names_the_model(self) -> None:
        model, _ = serving(completion("Yes", {"Yes": 1.0}))
        await one(model)
        assert model.identity.served_as == "served-2026"

    async def test_the_key_is_sent(self) -> None:
        model, server = serving(completion("Yes", {"Yes": 1.0}))
        await one(model)
        assert server.headers[0]["authorization"] == f"Bearer {KEY}"

    async def test_the_key_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.test/v1")
        server = Server([completion("Yes", {"Yes": 1.0})])
        model = OpenAIModel("small", http_client=client(server))
        assert model.identity.settings["base_url"] == "http://elsewhere.test/v1"
        await one(model)
        assert server.headers[0]["authorization"] == f"Bearer {KEY}"

    async def test_a_server_without_keys(self) -> None:
        server = Server([completion("Yes", {"Yes": 1.0})])
        settings = OpenAISettings(base_url="http://127.0.0.1:8080/v1")
        model = OpenAIModel("small", settings, api_key="", http_client=client(server))
        await one(model)
        assert server.headers[0]["authorization"] == "Bearer no-key"

    def test_the_official_service_needs_a_key(self) -> None:
        with pytest.raises(AuthenticationFailed, match=r"OPENAI_API_KEY.*--base-url"):
            OpenAIModel("gpt-4o")

    @pytest.mark.parametrize(
        "url", ["localhost:8080/v1", "ftp://host/v1", "http://", "http://host:port/v1", "x y", ""]
    )
    def test_addresses_that_cannot_be_right(self, url: str) -> None:
        with pytest.raises(InvalidSetting, match="--base-url http://HOST:PORT/v1"):
            OpenAIModel("small", OpenAISettings(base_url=url), api_key=KEY)

    @pytest.mark.parametrize("key", ["ключ", "sk-1\n", "sk\t1"])
    def test_keys_that_cannot_be_right(self, key: str) -> None:
        with pytest.raises(InvalidSetting, match="OPENAI_API_KEY") as caught:
            OpenAIModel("small", OpenAISettings(base_url=URL), api_key=key)
        assert key not in str(caught.value)

    async def test_user_info_and_query_are_kept_to_ourselves(self) -> None:
        settings = OpenAISettings(base_url="http://me:pass-word@host.test:81/v1?token=t0ken-9")
        server = Server([httpx2.ConnectError("no pass-word, no t0ken-9")])
        settings = settings.model_copy(update={"max_retries": 0})
        model = OpenAIModel("small", settings, api_key=KEY, http_client=client(server))
        with pytest.raises(Unreachable) as caught:
            await one(model)
        for shown in (repr(settings), model.identity.model_dump_json(), str(caught.value)):
            assert "pass-word" not in shown
            assert "t0ken" not in shown
        assert model.identity.settings["base_url"] == "http://host.test:81/v1"

    async def test_a_closed_model_answers_no_more(self) -> None:
        model, server = serving(completion("Yes", {"Yes": 1.0}))
        await one(model)
        await model.aclose()
        await model.aclose()
        with pytest.raises(ModelError, match="closed"):
            await one(model)
        assert len(server.asked) == 1

    def test_the_library_may_be_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "openai", None)
        with pytest.raises(MissingExtra, match=r"alignkit\[openai\]"):
            OpenAIModel("small", OpenAISettings(base_url=URL))
