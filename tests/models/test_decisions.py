from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.models.asked import ALL, CHOICE, PREDICATE, PROMPT

from alignkit.errors import (
    AuthenticationFailed,
    BadModelOutput,
    ContextTooLong,
    MissingExtra,
    ModelError,
    ModelUnavailable,
    RateLimited,
    Refused,
    Unreachable,
)
from alignkit.models.decisions import DecisionsModel, DecisionsSettings
from alignkit.schema import ChoiceQuestion, Option, Prompt, Request, ScoreQuestion, Segment

pytestmark = pytest.mark.replayed

KEY = "sk-very-secret-0123456789"
EXCHANGE = json.loads((Path(__file__).parent / "exchanges" / "decisions.json").read_text())


def serving(
    reply: Callable[[httpx2.Request], httpx2.Response], **settings: Any
) -> tuple[DecisionsModel, list[httpx2.Request]]:
    """A model behind a service that replies so; nothing is sent a second time."""
    asked: list[httpx2.Request] = []

    async def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return reply(request)

    chosen = DecisionsSettings(**{"max_retries": 0, **settings})
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(handle))
    return DecisionsModel("gpt-6-luna", chosen, api_key=KEY, http_client=http), asked


def answering(*answers: dict[str, Any]) -> Callable[[httpx2.Request], httpx2.Response]:
    reply = {**EXCHANGE["response"], "answers": list(answers)}
    return lambda _: httpx2.Response(200, json=reply)


def as_exchanged(_: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json=EXCHANGE["response"])


class TestExchange:
    async def test_questions_about_one_prompt_go_in_one_call(self) -> None:
        model, asked = serving(as_exchanged)
        answers = await model.answer(ALL)
        [request] = asked
        assert json.loads(request.content) == EXCHANGE["request"]
        assert request.url.path == EXCHANGE["path"]
        assert request.url.host == "api.openai.com"
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert [answer.readout for answer in answers] == ["native"] * 3
        assert answers[0].probabilities == {"help": 0.94, "air": 0.06}
        assert answers[1].probabilities == pytest.approx({"yes": 0.71, "no": 0.29})
        assert answers[2].probabilities == {"1": 0.05, "2": 0.2, "3": 0.75}

    async def test_the_call_is_paid_for_once(self) -> None:
        first, *others = await serving(as_exchanged)[0].answer(ALL)
        assert (first.usage.tokens_submitted, first.usage.tokens_evaluated) == (120, 80)
        assert (first.usage.tokens_generated, first.usage.calls) == (3, 1)
        assert first.usage.seconds > 0
        assert {answer.usage.calls for answer in others} == {0}

    async def test_the_service_names_the_model(self) -> None:
        model, _ = serving(as_exchanged)
        assert model.identity.served_as is None
        await model.answer(ALL)
        assert model.identity.served_as == "gpt-6-luna-2026-09-01"
        assert model.identity.name == "decisions:gpt-6-luna"
        assert model.identity.settings == {
            "base_url": "https://api.openai.com/v1",
            "questions": 100,
        }
        assert KEY not in model.identity.model_dump_json()


class TestQuestions:
    async def test_options_go_by_letters_and_never_by_their_ids(self) -> None:
        model, asked = serving(as_exchanged)
        await model.answer(ALL)
        text = asked[0].content.decode()
        assert '"help"' not in text
        assert '"air"' not in text

    async def test_letters_that_are_names_in_the_prompt_are_left_out(self) -> None:
        patients = Segment(role="user", depends="scenario", text="Patient A and patient B.")
        reply = answering(
            {
                "type": "choice",
                "probabilities": [
                    {"value": "1", "probability": 0.5},
                    {"value": "2", "probability": 0.5},
                ],
            }
        )
        model, asked = serving(reply)
        await model.answer([Request(prompt=Prompt(segments=(patients,)), question=CHOICE)])
        body = json.loads(asked[0].content)
        assert [choice["value"] for choice in body["questions"][0]["choices"]] == ["1", "2"]
        assert [message["role"] for message in body["input"]] == ["user"]

    async def test_an_examination_keeps_its_letters(self) -> None:
        listed = Segment(role="user", depends="scenario", text="Person A?\nA. Yes\nB. No\nAnswer:")
        model, asked = serving(as_exchanged)
        exam = CHOICE.model_copy(update={"lettered": True})
        with pytest.raises(BadModelOutput):  # the reply is to three questions
            await model.answer([Request(prompt=Prompt(segments=(listed,)), question=exam)])
        body = json.loads(asked[0].content)
        assert [choice["value"] for choice in body["questions"][0]["choices"]] == ["A", "B"]

    async def test_more_options_than_letters_go_by_numbers(self) -> None:
        options = tuple(Option(id=f"o{n}", text=f"Option {n}") for n in range(40))
        shares = [{"value": str(n + 1), "probability": 1 / 40} for n in range(40)]
        model, _ = serving(answering({"type": "choice", "probabilities": shares}))
        question = ChoiceQuestion(instructions="Which?", options=options)
        [answer] = await model.answer([Request(prompt=PROMPT, question=question)])
        assert tuple(answer.probabilities) == question.option_ids

    async def test_levels_that_are_called_alike_are_numbered(self) -> None:
        question = ScoreQuestion(instructions="How?", levels=("low", "low", "high"))
        shares = [
            {"value": n, "label": label, "probability": 1 / 3}
            for n, label in enumerate(("1. low", "2. low", "3. high"))
        ]
        model, _ = serving(answering({"type": "score", "probabilities": shares}))
        [answer] = await model.answer([Request(prompt=PROMPT, question=question)])
        assert answer.probabilities == pytest.approx({"1": 1 / 3, "2": 1 / 3, "3": 1 / 3})

    async def test_no_more_questions_in_a_call_than_set(self) -> None:
        def reply(request: httpx2.Request) -> httpx2.Response:
            count = len(json.loads(request.content)["questions"])
            answers = [{"type": "predicate", "probability": count / 10}] * count
            return httpx2.Response(200, json={"answers": answers})

        model, asked = serving(reply, questions=2)
        other = Prompt(segments=PROMPT.segments[1:])
        requests = [
            Request(prompt=prompt, question=PREDICATE)
            for prompt in (PROMPT, other, PROMPT, PROMPT, other)
        ]
        answers = await model.answer(requests)
        assert len(asked) == 3
        assert [answer.probabilities["yes"] for answer in answers] == [0.2, 0.2, 0.2, 0.1, 0.2]

    async def test_draws_from_one_answer_are_one_call(self) -> None:
        model, asked = serving(answering({"type": "predicate", "probability": 0.5}))
        drawn = await model.draw([ALL[1]] * 40, range(40))
        assert len(asked) == 1
        assert {answer.probabilities["yes"] for answer in drawn} == {0.0, 1.0}
        assert {answer.readout for answer in drawn} == {"samples"}
        assert sum(answer.usage.tokens_submitted for answer in drawn) == 120


class TestWhatIsNoAnswer:
    @pytest.mark.parametrize(
        ("answers", "error", "said"),
        [
            ([{"type": "refusal", "name": "q1"}], Refused, "declined the question 'Is anyone"),
            ([], BadModelOutput, "1 questions got 0 answers"),
            ([{"type": "score", "probabilities": []}], BadModelOutput, "a score answer"),
            ([{"type": "predicate", "probability": 1.2}], BadModelOutput, "not answer with decis"),
            ([{"type": "poem"}], BadModelOutput, "not answer with decisions"),
        ],
    )
    async def test_to_a_predicate(
        self, answers: list[dict[str, Any]], error: type, said: str
    ) -> None:
        with pytest.raises(error, match=said):
            await serving(answering(*answers))[0].answer([ALL[1]])

    @pytest.mark.parametrize(
        ("shares", "said"),
        [
            ({"A": 0.5}, "no probability for 'B'"),
            ({"A": 0.5, "B": 0.4}, r"add up to 0\.900"),
            ({"A": 0.0, "B": 0.0}, r"add up to 0\.000"),
        ],
    )
    async def test_to_a_choice(self, shares: dict[str, float], said: str) -> None:
        weighed = [{"value": value, "probability": share} for value, share in shares.items()]
        model, _ = serving(answering({"type": "choice", "probabilities": weighed}))
        with pytest.raises(BadModelOutput, match=said):
            await model.answer([ALL[0]])

    async def test_rounded_probabilities_are_made_to_add_up(self) -> None:
        weighed = [{"value": "A", "probability": 0.33}, {"value": "B", "probability": 0.66}]
        model, _ = serving(answering({"type": "choice", "probabilities": weighed}))
        [answer] = await model.answer([ALL[0]])
        assert answer.probabilities == pytest.approx({"help": 1 / 3, "air": 2 / 3})


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "error", "said"),
        [
            (401, AuthenticationFailed, "OPENAI_API_KEY"),
            (402, ModelUnavailable, "Check the plan"),
            (404, ModelUnavailable, "no model 'gpt-6-luna'"),
            (413, ContextTooLong, "too long"),
            (429, RateLimited, "slow down"),
            (500, Unreachable, "status 500"),
            (501, ModelUnavailable, "openai:MODEL"),
        ],
    )
    async def test_each_status(self, status: int, error: type[ModelError], said: str) -> None:
        body = {"error": {"message": f"Bad {KEY}\nor so", "type": "x", "param": None, "code": None}}
        model, _ = serving(lambda _: httpx2.Response(status, json=body))
        with pytest.raises(ModelError, match=said) as caught:
            await model.answer(ALL)
        assert type(caught.value) is error
        assert KEY not in "".join(traceback.format_exception(caught.value))

    @pytest.mark.parametrize("text", ["", "<html>", "null", "[]", '{"answers": 1}'])
    async def test_replies_that_are_no_decisions(self, text: str) -> None:
        model, _ = serving(lambda _: httpx2.Response(200, text=text))
        with pytest.raises(BadModelOutput, match="did not answer with decisions"):
            await model.answer(ALL)

    async def test_a_server_of_ones_own_needs_no_key(self) -> None:
        asked = []

        async def handle(request: httpx2.Request) -> httpx2.Response:
            asked.append(request)
            return as_exchanged(request)

        model = DecisionsModel(
            "small",
            DecisionsSettings(base_url="http://127.0.0.1:8080/v1"),
            http_client=httpx2.AsyncClient(transport=httpx2.MockTransport(handle)),
        )
        await model.answer(ALL)
        assert asked[0].url == "http://127.0.0.1:8080/v1/decisions"

    def test_the_official_service_needs_a_key(self) -> None:
        with pytest.raises(AuthenticationFailed, match="OPENAI_API_KEY"):
            DecisionsModel("gpt-6-luna")

    def test_the_library_may_be_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "openai", None)
        with pytest.raises(MissingExtra, match=r"alignkit\[openai\]"):
            DecisionsModel("gpt-6-luna", api_key=KEY)
