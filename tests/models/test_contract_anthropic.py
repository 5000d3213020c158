"""The suite over the Anthropic backend, with exchanges made up in the service's format."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import numpy as np
import pytest

from alignkit.models.anthropic import AnthropicModel, AnthropicSettings
from alignkit.models.protocols import Model
from alignkit.testing.contract import BackendContract

TOO_LONG = 20_000


class Dice:
    """Writes what chance says; like the service it takes no seed and repeats nothing."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if len(request.content) > TOO_LONG:
            error = {"type": "invalid_request_error", "message": "prompt is too long: 9 > 8"}
            return httpx2.Response(400, json={"type": "error", "error": error})
        body = json.loads(request.content)
        if body.get("stream"):
            return self.stream()
        fields = body["output_config"]["format"]["schema"]["properties"]
        made = {
            name: str(self.rng.choice(field.get("enum", ["made up"])))
            for name, field in fields.items()
        }
        return httpx2.Response(200, json=message([{"type": "text", "text": json.dumps(made)}]))

    @staticmethod
    def stream() -> httpx2.Response:
        events: list[dict[str, Any]] = [{"type": "message_start", "message": message([])}]
        for piece in ("so ", "it ", "goes"):
            delta = {"type": "text_delta", "text": piece}
            events.append({"type": "content_block_delta", "index": 0, "delta": delta})
        events.append({"type": "message_stop"})
        text = "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events)
        return httpx2.Response(200, text=text, headers={"content-type": "text/event-stream"})


def message(content: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "msg",
        "type": "message",
        "role": "assistant",
        "model": "dice-1",
        "content": content,
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 40, "output_tokens": 5},
    }


@pytest.mark.replayed
class TestAnthropic(BackendContract):
    def make_model(self) -> Model:
        return served(Dice())

    def make_failing_model(self) -> Model:
        async def broken(request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(500, text=f"no {request.url}\nat all")

        return served(broken)

    # Shares of 16 samples are too coarse to be compared with those of 200 draws.
    test_shares_of_draws_agree_with_probabilities = None


def served(server: Any) -> AnthropicModel:
    settings = AnthropicSettings(base_url="http://models.test", max_retries=0)
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(server))
    return AnthropicModel("dice", settings, http_client=http)
