from __future__ import annotations

import hashlib
import json
import math
from typing import Any, ClassVar

import httpx2
import numpy as np

from alignkit.models.openai import OpenAIModel, OpenAISettings
from alignkit.models.protocols import Model
from alignkit.testing.contract import BackendContract

LABELS = (*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *"123456789", "Yes", "No", "The")
TOO_LONG = 20_000


class HashServer:
    """Makes chat completions up from a hash of the messages, with probabilities or without."""

    def __init__(self, *, logprobs: bool) -> None:
        self.logprobs = logprobs

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if len(request.content) > TOO_LONG:
            error = {"message": "too long", "code": "context_length_exceeded"}
            return httpx2.Response(400, json={"error": error})
        if request.method == "GET":
            return httpx2.Response(404)
        body = json.loads(request.content)
        seed = json.dumps([body["messages"], body.get("seed")]).encode()
        rng = np.random.default_rng(int.from_bytes(hashlib.sha256(seed).digest()[:8]))
        if body.get("stream"):
            return self.stream(rng)
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
        choice["message"] = {"role": "assistant", "content": self.text(body, rng)}
        if body.get("logprobs") and self.logprobs:
            choice["logprobs"] = {"content": [self.position(rng)]}
        usage = {"prompt_tokens": len(seed), "completion_tokens": 1}
        return httpx2.Response(200, json={"model": "hash-1", "choices": [choice], "usage": usage})

    @staticmethod
    def position(rng: np.random.Generator) -> dict[str, Any]:
        shares = rng.dirichlet(np.ones(len(LABELS)))
        top = [
            {"token": label, "logprob": math.log(share)}
            for label, share in zip(LABELS, shares, strict=True)
        ]
        return {"token": LABELS[0], "logprob": -1.0, "top_logprobs": top}

    @staticmethod
    def text(body: dict[str, Any], rng: np.random.Generator) -> str:
        form = body.get("response_format")
        if form is None:
            return "The"
        fields = form["json_schema"]["schema"]["properties"]
        return json.dumps(
            {
                name: str(rng.choice(field.get("enum", ["made up"])))
                for name, field in fields.items()
            }
        )

    @staticmethod
    def stream(rng: np.random.Generator) -> httpx2.Response:
        deltas = [{"role": "assistant"}, *({"content": f"{n} "} for n in rng.integers(9, size=5))]
        chunks = [{"model": "hash-1", "choices": [{"index": 0, "delta": d}]} for d in deltas]
        lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
        return httpx2.Response(
            200,
            text="".join((*lines, "data: [DONE]\n\n")),
            headers={"content-type": "text/event-stream"},
        )


class OpenAIContract(BackendContract):
    # What the server writes has nothing to do with the probabilities that it shows.
    test_shares_of_draws_agree_with_probabilities = None
    logprobs: ClassVar[bool]

    def make_model(self) -> Model:
        return served(HashServer(logprobs=self.logprobs))

    def make_failing_model(self) -> Model:
        async def broken(request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(500, text=f"no {request.url}\nat all")

        return served(broken)


class TestProbabilities(OpenAIContract):
    logprobs = True


class TestSamples(OpenAIContract):
    logprobs = False


def served(server: Any) -> OpenAIModel:
    settings = OpenAISettings(base_url="http://models.test/v1", max_retries=0)
    transport = httpx2.MockTransport(server)
    return OpenAIModel("hash", settings, http_client=httpx2.AsyncClient(transport=transport))
