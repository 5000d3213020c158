"""A made-up model: hash-based answers, for tests and for measuring overhead.

Its answers depend on the whole prompt and on where an option stands, so that a decider that forgets
to vary the order shows it. It says "fake" in every record.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from alignkit.catalog import format_spec
from alignkit.models.native import drawn_from
from alignkit.models.protocols import Sampling
from alignkit.models.readout import labelled
from alignkit.prompts import Prompts
from alignkit.schema import Answer, Frozen, Generation, ModelIdentity, Prompt, Request, Usage
from alignkit.stats.probability import softmax


class FakeSettings(Frozen):
    """How the made-up model behaves."""

    seed: int = 0
    latency_ms: Annotated[float, Field(ge=0)] = 0.0
    """Time each answer takes."""


Script = Callable[[Request], Mapping[str, float]]
"""Gives weights per option id for a request; they are scaled to sum to 1."""


class FakeModel:
    """Answers from a hash of the prompt, or from a script."""

    def __init__(
        self,
        settings: FakeSettings | None = None,
        *,
        script: Script | None = None,
        prompts: Prompts | None = None,
        remember: bool = True,
    ) -> None:
        """Answer from `script` where it is given, else from hashes with the seed of `settings`.

        `requests` holds all that were answered, unless it is not to `remember` them.
        """
        self._settings = settings or FakeSettings()
        self._script = script
        self._prompts = prompts or Prompts()
        self._remember = remember
        self.requests: list[Request] = []

    @property
    def identity(self) -> ModelIdentity:
        """Name and settings; never a hash, for there are no weights."""
        given = self._settings.model_dump(exclude_defaults=True)
        return ModelIdentity(name=format_spec("fake", given), backend="fake", settings=given)

    async def aclose(self) -> None:
        """Nothing to release."""

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """Made-up probabilities for each of `requests`."""
        if self._settings.latency_ms:
            await asyncio.sleep(self._settings.latency_ms / 1000 * len(requests))
        return [self._answer(request) for request in requests]

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        """One option drawn for each of `requests` from its made-up probabilities."""
        return [
            drawn_from(answer, seed)
            for answer, seed in zip(await self.answer(requests), seeds, strict=True)
        ]

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        """A made-up object that satisfies a plain `schema`: one without references and patterns."""
        digest = self._digest(*_texts(prompt), sampling.model_dump_json())
        output = _made_up(schema, digest)
        return Generation(prompt=prompt, output=output, usage=Usage(calls=1, tokens_generated=1))

    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        """A made-up text in three pieces."""
        digest = self._digest(*_texts(prompt), sampling.model_dump_json()).hex()
        for piece in ("fake ", digest[:4], digest[4:8]):
            yield piece

    def _answer(self, request: Request) -> Answer:
        if self._remember:
            self.requests.append(request)
        texts = _texts(labelled(request, self._prompts).prompt)
        given = self._script(request) if self._script else self._hashed(request, texts)
        weights = np.array([given[option] for option in request.question.option_ids])
        shares = weights / weights.sum()
        words = sum(len(text.split()) for text in texts)
        return Answer(
            probabilities=dict(zip(request.question.option_ids, shares.tolist(), strict=True)),
            readout="fake",
            usage=Usage(tokens_submitted=words, tokens_evaluated=words, calls=1),
        )

    def _hashed(self, request: Request, texts: Sequence[str]) -> Mapping[str, float]:
        digest = self._digest(*texts)
        rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        options = request.question.option_ids
        return dict(zip(options, softmax(rng.normal(size=len(options))).tolist(), strict=True))

    def _digest(self, *texts: str) -> bytes:
        key = "\x1f".join((str(self._settings.seed), *texts))
        return hashlib.sha256(key.encode()).digest()


def _texts(prompt: Prompt) -> tuple[str, str]:
    return prompt.text("system"), prompt.text("user")


def _made_up(schema: Mapping[str, Any], digest: bytes) -> Any:  # noqa: ANN401  any JSON value
    """The value of a JSON `schema` that `digest` picks."""
    if "enum" in schema:
        return schema["enum"][digest[0] % len(schema["enum"])]
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: _made_up(field, digest) for name, field in fields.items()}
        case "array":
            return [_made_up(schema.get("items", {}), digest)] * max(1, schema.get("minItems", 1))
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return digest[0] % 2 == 0
    return f"fake {digest.hex()[:8]}"[: schema.get("maxLength")]
