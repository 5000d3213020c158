"""The suite over the Decisions backend, with exchanges made up in the service's format."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from tests.models.asked import shares

from alignkit.models.decisions import DecisionsModel, DecisionsSettings
from alignkit.models.protocols import Model
from alignkit.testing.contract import BackendContract

TOO_LONG = 20_000


def answer(question: dict[str, Any], about: str) -> dict[str, Any]:
    kind = question["type"]
    question = {key: value for key, value in question.items() if key != "name"}
    if kind == "predicate":
        return {"type": kind, "probability": shares(question, about, 2)[0]}
    options = question.get("choices") or question["levels"]
    weighed = zip(options, shares(question, about, len(options)), strict=True)
    return {"type": kind, "probabilities": [{**option, "probability": p} for option, p in weighed]}


async def decide(request: httpx2.Request) -> httpx2.Response:
    if len(request.content) > TOO_LONG:
        error = {"message": "too long", "code": "context_length_exceeded"}
        return httpx2.Response(400, json={"error": error})
    body = json.loads(request.content)
    about = json.dumps(body["input"])
    return httpx2.Response(
        200,
        json={
            "model": "hash-1",
            "answers": [answer(question, about) for question in body["questions"]],
            "usage": {"input_tokens": len(about), "output_tokens": 1},
        },
    )


@pytest.mark.replayed
class TestDecisions(BackendContract):
    test_an_object_fits_its_schema = None
    test_text_comes_in_pieces = None
    test_a_text_can_be_left_early = None

    def make_model(self) -> Model:
        return served(decide)

    def make_failing_model(self) -> Model:
        async def broken(request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(500, text=f"no {request.url}\nat all")

        return served(broken)


def served(server: Any) -> DecisionsModel:
    settings = DecisionsSettings(base_url="http://models.test/v1", max_retries=0)
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(server))
    return DecisionsModel("hash", settings, http_client=http)
