"""The Decisions shape, asked by the `openai` client."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import openai
import pytest

if TYPE_CHECKING:
    from tests.server.conftest import Running

PREDICATE = {"type": "predicate", "instructions": "Is it about money?", "name": "money"}
CHOICE = {
    "type": "choice",
    "name": "team",
    "instructions": "Which team?",
    "choices": [{"value": True}, {"value": "true"}, {"value": "Sales", "description": "sells"}],
}
SCORE = {
    "type": "score",
    "name": "haste",
    "instructions": "How urgent is it?",
    "levels": [{"label": "later"}, {"label": "this week"}, {"label": "now", "description": "!"}],
}
ALL = [PREDICATE, CHOICE, SCORE]
"""One question of each kind."""


@pytest.fixture(scope="module")
def client(served: Running) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0)


@pytest.mark.parametrize("model", ["fake", "fake@calm", "@calm"])
def test_each_kind_of_question_is_answered_in_order(client: openai.OpenAI, model: str) -> None:
    found = client.decisions.create(model=model, input="I was charged twice.", questions=ALL)
    predicate, choice, score = found.answers
    assert [one.name for one in found.answers] == ["money", "team", "haste"]
    assert predicate.type == "predicate"
    assert 0 < predicate.probability < 1
    assert choice.type == "choice"
    best = max(choice.probabilities, key=lambda one: one.probability)
    assert choice.choice == best.value
    assert type(choice.choice) is type(best.value)
    assert math.isclose(sum(one.probability for one in choice.probabilities), 1, abs_tol=1e-9)
    assert [one.value for one in choice.probabilities] == [True, "true", "Sales"]
    assert [type(one.value) for one in choice.probabilities] == [bool, str, str]
    assert score.type == "score"
    assert [one.value for one in score.probabilities] == [0, 1, 2]
    assert [one.label for one in score.probabilities] == ["later", "this week", "now"]
    mean = sum(one.value * one.probability for one in score.probabilities)
    assert math.isclose(score.score, mean, abs_tol=1e-9)
    assert found.model == ("fake@calm" if model == "@calm" else model)


def test_a_profile_changes_answers(client: openai.OpenAI) -> None:
    plain, calm = (
        client.decisions.create(model=model, input="A storm comes.", questions=ALL)
        for model in ("fake", "fake@calm")
    )
    assert plain.answers != calm.answers


def test_usage_is_that_of_the_decisions(served: Running, client: openai.OpenAI) -> None:
    raw = client.decisions.with_raw_response.create(
        model="fake@calm", input="I was charged twice.", questions=ALL
    )
    ids = raw.headers["x-align-decision"].split(", ")
    usage = raw.parse().usage
    records = [served.record(one) for one in ids]
    assert len(records) == len(ALL)
    assert usage.input_tokens == sum(one.decision.usage.tokens_submitted for one in records) > 0
    evaluated = sum(one.decision.usage.tokens_evaluated for one in records)
    assert usage.input_tokens_details.cached_tokens == usage.input_tokens - evaluated
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert [one.scenario.question for one in records] == [one["instructions"] for one in ALL]
    assert {one.profile.name for one in records if one.profile} == {"calm"}


def test_a_decision_left_to_a_person_is_a_refusal(client: openai.OpenAI) -> None:
    found = client.decisions.create(model="fake@unsure", input="A storm comes.", questions=ALL)
    assert [(one.type, one.name) for one in found.answers] == [
        ("refusal", "money"),
        ("refusal", "team"),
        ("refusal", "haste"),
    ]


def test_a_model_that_fails_is_a_refusal_and_says_nothing_of_the_inside(troubled: Running) -> None:
    reply = troubled.post(
        "/v1/decisions", {"model": "broken", "input": "A storm.", "questions": ALL}
    )
    assert reply.status_code == 200
    assert {one["type"] for one in reply.json()["answers"]} == {"refusal"}
    assert troubled.inside not in reply.text


def test_messages_and_parts_become_one_text(served: Running, client: openai.OpenAI) -> None:
    raw = client.decisions.with_raw_response.create(
        model="fake",
        questions=[PREDICATE],
        input=[
            {"role": "developer", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "Two charges:"},
                    {"type": "input_json", "data": {"amount": [3, 3]}},
                ],
            },
            {"role": "assistant", "content": [{"type": "output_text", "text": "I see."}]},
        ],
    )
    record = served.record(raw.headers["x-align-decision"])
    assert record.scenario.context == (
        'Developer: Be brief.\n\nUser: Two charges:\n{"amount":[3,3]}\n\nAssistant: I see.'
    )


def test_signs_that_no_text_may_hold_are_written_out_in_json(client: openai.OpenAI) -> None:
    content = [{"type": "input_json", "data": {"wind": "\x7f\x85"}}]
    messages: Any = [{"role": "user", "content": content}]
    found = client.decisions.create(model="fake", input=messages, questions=[PREDICATE])
    assert found.answers[0].type == "predicate"


def test_400_questions_are_answered_and_401_are_not(client: openai.OpenAI) -> None:
    raw = client.decisions.with_raw_response.create(
        model="fake", input="A storm.", questions=[PREDICATE] * 400
    )
    ids = ", ".join(raw.headers.get_list("x-align-decision")).split(", ")
    assert len(set(ids)) == 400
    assert len(raw.parse().answers) == 400
    with pytest.raises(openai.BadRequestError, match="questions"):
        client.decisions.create(model="fake", input="A storm.", questions=[PREDICATE] * 401)


def test_255_choices_are_decided_over(client: openai.OpenAI) -> None:
    choices = [{"value": f"option {n}"} for n in range(255)]
    asked = {"type": "choice", "instructions": "Which?", "choices": choices}
    [found] = client.decisions.create(model="fake", input="A.", questions=[asked]).answers
    assert found.type == "choice"
    assert len(found.probabilities) == 255


def test_values_that_read_alike_are_told_apart(client: openai.OpenAI) -> None:
    values = ["a", "A", " a", "a (option 1)", True, "True", "x" * 200]
    asked = {"type": "choice", "instructions": "?", "choices": [{"value": one} for one in values]}
    [found] = client.decisions.create(model="fake", input="A.", questions=[asked]).answers
    assert found.type == "choice"
    assert [one.value for one in found.probabilities] == values


def test_a_scale_of_many_levels_is_answered(client: openai.OpenAI) -> None:
    levels = [{"label": f"level {n}"} for n in range(30)]
    asked = {"type": "score", "instructions": "How much?", "levels": levels}
    [found] = client.decisions.create(model="fake", input="A.", questions=[asked]).answers
    assert found.type == "score"
    assert 0 <= found.score <= 29


def _asked(**given: Any) -> dict[str, Any]:
    return {"model": "fake", "input": "A storm.", "questions": [PREDICATE]} | given


IMAGE = {"type": "input_image", "image_url": "https://example.org/a.png"}
BAD: list[tuple[str, dict[str, Any], int]] = [
    ("model", _asked(model="none"), 404),
    ("model", _asked(model="fake@nobody"), 404),
    ("model", _asked(model="fake@"), 404),
    ("model", _asked(model="fake@../../etc/passwd"), 404),
    ("model", _asked(model=7), 400),
    ("input", _asked(input=""), 400),
    ("input", _asked(input=[]), 400),
    ("input", _asked(input=7), 400),
    ("input", _asked(input="bell \x07"), 400),
    ("input[0]", _asked(input=[{"type": "function_call", "call_id": "a"}]), 400),
    ("input[0].role", _asked(input=[{"role": "king", "content": "a"}]), 400),
    ("input[0].content[1]", _asked(input=[{"role": "user", "content": [
        {"type": "input_text", "text": "a"}, IMAGE]}]), 400),
    ("questions", _asked(questions=[]), 400),
    ("questions[0].type", _asked(questions=[{"instructions": "a"}]), 400),
    ("questions[0].type", _asked(questions=[PREDICATE | {"type": "guess"}]), 400),
    ("questions[1].instructions", _asked(questions=[PREDICATE, {"type": "predicate"}]), 400),
    ("questions[0].instructions[0]", _asked(questions=[
        PREDICATE | {"instructions": [IMAGE]}]), 400),
    ("questions[0].reason", _asked(questions=[PREDICATE | {"reason": 1}]), 400),
    ("questions[0].choices", _asked(questions=[CHOICE | {"choices": [{"value": "a"}]}]), 400),
    ("questions[0].choices[0].value", _asked(questions=[
        CHOICE | {"choices": [{"value": 1}, {"value": "a"}]}]), 400),
    ("questions[0].choices[1].value", _asked(questions=[
        CHOICE | {"choices": [{"value": "a"}, {"value": " "}]}]), 400),
    ("questions[0]", _asked(questions=[
        CHOICE | {"choices": [{"value": "a"}, {"value": "a"}]}]), 400),
    ("questions[0]", _asked(questions=[
        SCORE | {"levels": [{"label": "a"}, {"label": "a"}]}]), 400),
    ("questions[0].levels[0].label", _asked(questions=[
        SCORE | {"levels": [{}, {"label": "a"}]}]), 400),
    ("tempo", _asked(tempo=1), 400),
]  # fmt: skip


@pytest.mark.parametrize(("field", "body", "status"), BAD)
def test_a_mistake_is_named(served: Running, field: str, body: dict[str, Any], status: int) -> None:
    reply = served.post("/v1/decisions", body)
    assert reply.status_code == status, reply.text
    found = reply.json()
    assert found["error"]["param"] == field
    assert field in found["error"]["message"]
    assert found["detail"] == found["error"]["message"]
    assert found["error"]["type"] in {"invalid_request_error", "not_found_error"}


def test_json_has_limits(served: Running) -> None:
    deep: Any = {}
    for _ in range(40):
        deep = {"a": deep}
    for data in (deep, {"a": list(range(10_001))}, {"a": "x" * 300_000}):
        content = [{"type": "input_json", "data": data}]
        reply = served.post("/v1/decisions", _asked(input=[{"role": "user", "content": content}]))
        assert reply.status_code == 400
        assert reply.json()["error"]["param"] == "input[0].content[0]"
