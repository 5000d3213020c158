"""What is wrong with a request, in the words of who writes JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.server.conftest import Running

PREDICATE = {"type": "predicate", "instructions": "Is it wet?"}
ASKED = {"model": "fake", "input": "A storm.", "questions": [PREDICATE]}
INLINE = {"id": "x", "context": "c", "choices": [{"id": "a"}, {"id": "b", "text": "B"}]}
CHAT = {"model": "fake", "messages": [{"role": "user", "content": "Hello."}]}


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/v1/decisions", ASKED | {"questions": []}, "questions: must have at least 1 item."),
        (
            "/v1/decisions",
            ASKED | {"questions": [PREDICATE] * 401},
            "questions: must have at most 400 items.",
        ),
        ("/v1/decisions", ASKED | {"questions": "x"}, "questions: must be a list."),
        ("/v1/decisions", [], "body: must be an object."),
        ("/v1/systemone", {"state": "x", "questions": []}, "questions: must be an object."),
        (
            "/v1/systemone",
            {"state": "x", "questions": {}},
            "questions: must have at least 1 item.",
        ),
        (
            "/v1/chat/completions",
            CHAT | {"logprobs": True},
            "logprobs: has no part in the answer here; leave it out or give false.",
        ),
        ("/api/decide", {"scenario": INLINE}, "scenario.question: this field is missing."),
        (
            "/api/decide",
            {"scenario": "spillway", "profile": {"name": "p", "targets": {"fairness": "much"}}},
            "profile.targets.fairness: ",
        ),
        ("/api/decide", {"scenario": 3}, "scenario: Input should be a valid string."),
    ],
)
def test_a_mistake_is_told_in_words_of_json(
    served: Running, path: str, body: Any, said: str
) -> None:
    reply = served.post(path, body)
    assert reply.status_code in {400, 422}
    assert reply.json()["detail"].startswith(said)


def test_what_is_not_there_names_the_field(served: Running) -> None:
    error = served.get("/v1/chat/completions/none").json()["error"]
    assert error["param"] == "name"
    assert error["message"] == "name: Text 'none' is not known."
