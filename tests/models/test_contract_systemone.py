"""The suite over the System One backend, with exchanges made up in the service's format."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from tests.models.asked import shares

from alignkit.models.protocols import Model
from alignkit.models.systemone import SystemOneModel, SystemOneSettings
from alignkit.testing.contract import BackendContract

TOO_LONG = 20_000


def answer(question: dict[str, Any], about: str) -> dict[str, Any]:
    kind = question["type"]
    if kind == "noul":
        return {"type": kind, "noul": shares(question, about, 2)[0]}
    criteria = question["criteria"]
    names = list(criteria) if kind == "choice" else [str(n) for n in range(len(criteria))]
    found = shares(question, about, len(names))
    return {"type": kind, "probabilities": dict(zip(names, found, strict=True))}


async def decide(request: httpx.Request) -> httpx.Response:
    if len(request.content) > TOO_LONG:
        return httpx.Response(400, json={"error": {"message": "the prompt is too long"}})
    body = json.loads(request.content)
    answers = {name: answer(one, body["state"]) for name, one in body["questions"].items()}
    usage = {"input_tokens": len(body["state"]), "output_tokens": 1}
    return httpx.Response(200, json={"model": "hash-1", "answers": answers, "usage": usage})


@pytest.mark.replayed
class TestSystemOne(BackendContract):
    test_an_object_fits_its_schema = None
    test_text_comes_in_pieces = None
    test_a_text_can_be_left_early = None

    def make_model(self) -> Model:
        return served(decide)

    def make_failing_model(self) -> Model:
        async def broken(request: httpx.Request) -> httpx.Response:
            return httpx.Response(500, text=f"no {request.url}\nat all")

        return served(broken)


def served(server: Any) -> SystemOneModel:
    settings = SystemOneSettings(base_url="http://models.test", max_retries=0)
    http = httpx.AsyncClient(transport=httpx.MockTransport(server))
    return SystemOneModel("hash", settings, http_client=http)
