"""Models behind servers that speak OpenAI's chat completions: vLLM, SGLang, llama.cpp, OpenAI, ...

Typed questions are answered by the probabilities of the labels among the likeliest first tokens.
What fell on other tokens is reported as the rest of `inside`. A server that shows no probabilities
is asked for samples from then on; how it can be made to choose a label is found out first.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from alignkit.errors import BadModelOutput
from alignkit.models.adapters import LabelsFromSamples, Sample
from alignkit.models.objects import cut_off, parse_object
from alignkit.models.openai_client import OpenAIAccess, OpenAISettings
from alignkit.models.openai_connection import Connection
from alignkit.models.openai_dialect import Ask, chosen
from alignkit.models.openai_probe import Probe
from alignkit.models.openai_reply import Token, first_tokens, label_masses, pieces_of
from alignkit.models.protocols import Sampling
from alignkit.models.readout import Labelled, labelled
from alignkit.models.together import together
from alignkit.prompts import Prompts
from alignkit.schema import Answer, Generation, ModelIdentity, Prompt, Request

if TYPE_CHECKING:
    import httpx2

__all__ = ["OpenAIModel", "OpenAISettings"]

_ENOUGH = 1e-4
"""The labels' share of the probability, below which their proportions mean nothing."""
_FENCE = re.compile(r"^```\w*\s*(.*?)\s*```$", re.DOTALL)
_CUT_OFF = "length"
"""What servers call it when a text has as many tokens as it may have."""


class OpenAIModel:
    """Answers typed questions and writes text with a model behind an OpenAI-compatible server."""

    def __init__(
        self,
        model: str,
        settings: OpenAISettings | None = None,
        *,
        api_key: str | None = None,
        prompts: Prompts | None = None,
        http_client: httpx2.AsyncClient | None = None,
    ) -> None:
        """Speak to the model that the server calls `model`; nothing is sent yet.

        Args:
            model: the server's name for it.
            settings: where the server is and how it is asked.
            api_key: the key; that in the environment variable OPENAI_API_KEY if None. Servers other
                than OpenAI's get a placeholder where there is none.
            prompts: the wordings of questions; the shipped ones if None.
            http_client: sends the requests; closed with this model. For tests and proxies.

        Raises:
            MissingExtra: the `openai` library is not installed.
            InvalidSetting: the address or the key cannot be right.
            AuthenticationFailed: OpenAI's own service, and no key.
        """
        self._settings = settings or OpenAISettings()
        self._prompts = prompts or Prompts()
        self._access = OpenAIAccess(self._settings, api_key, http_client)
        self._connection = Connection(self._access, model, self._settings)
        self._probe = Probe(self._connection, self._settings.sample_tokens)
        self._shows_probabilities = False
        self._sampled = LabelsFromSamples(
            self._draw,
            samples=self._settings.samples,
            sampling=Sampling(
                temperature=self._settings.temperature,
                seed=self._settings.seed,
                max_tokens=self._settings.sample_tokens,
            ),
            prompts=self._prompts,
        )

    @property
    def identity(self) -> ModelIdentity:
        """Name and address; the id that the server gives for the model once it has answered."""
        service = self._connection.service
        moving = {"logprobs", "top_logprobs", "samples", "temperature", "seed", "sample_tokens"}
        return ModelIdentity(
            name=f"openai:{service.model}",
            backend="openai",
            served_as=self._connection.served_as,
            answers_by=self._answers_by(),
            engine=self._access.engine,
            settings={"base_url": service.url, **self._settings.model_dump(include=moving)},
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connection.aclose()

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """Label probabilities, or shares of samples, for each of `requests`, in their order."""
        return await together(self._answer(request) for request in requests)

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        """One sampled answer for each of `requests`, in their order."""
        await self._probe.way()
        return await self._sampled.draw(requests, seeds)

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        """An object that satisfies the JSON `schema`; the server is asked to see to it."""
        reply, usage = await self._connection.complete(_ask(prompt, sampling, schema))
        if reply.answered.finish_reason == _CUT_OFF:
            raise cut_off(sampling.max_tokens, usage)
        text = _FENCE.sub(r"\1", (reply.answered.message.content or "").strip())
        return Generation(prompt=prompt, output=parse_object(text, schema, usage), usage=usage)

    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        """The text, piece by piece."""
        async with aclosing(self._connection.stream(_ask(prompt, sampling))) as chunks:
            async for chunk in chunks:
                for piece in pieces_of(chunk):
                    yield piece

    async def _answer(self, request: Request) -> Answer:
        answer = await self._read(request) if self._connection.dialect.top_logprobs else None
        if answer is None:
            await self._probe.way()
            [answer] = await self._sampled.answer([request])
        return answer

    def _answers_by(self) -> str | None:
        """What the server was found to offer."""
        way = self._probe.found
        drawn = f"samples ({way.name})" if way else None
        if not self._shows_probabilities:
            return drawn
        return f"probabilities of tokens; {drawn}" if drawn else "probabilities of tokens"

    async def _read(self, request: Request) -> Answer | None:
        """The answer by label probabilities; None, and no more tries, if the server shows none."""
        asked = labelled(request, self._prompts)
        ask = Ask(asked.prompt, max_tokens=1, temperature=1.0, logprobs=True)
        reply, usage = await self._connection.complete(ask)
        tokens = first_tokens(reply.answered)
        if tokens is None and not self._shows_probabilities:
            self._connection.dialect.top_logprobs = 0
            return None
        self._shows_probabilities = True
        masses = label_masses(tokens or (), asked.labels)
        inside = math.fsum(masses)
        if inside < _ENOUGH:
            raise self._off_label(tokens, asked.labels)
        shares = (mass / inside for mass in masses)
        return Answer(
            probabilities=dict(zip(request.question.option_ids, shares, strict=True)),
            readout="labels",
            inside=min(inside, 1.0),
            usage=usage,
        )

    def _off_label(self, tokens: Sequence[Token] | None, labels: Sequence[str]) -> BadModelOutput:
        likeliest = ", ".join(repr(token.token) for token in (tokens or ())[:3]) or "not shown"
        return BadModelOutput(
            f"{self.identity.name} gave the labels {', '.join(labels)} no probability; "
            f"the likeliest first tokens were {likeliest}.",
            "A model that thinks before it answers needs the setting logprobs=false.",
        )

    async def _draw(self, asked: Labelled, sampling: Sampling) -> Sample:
        ask = _ask(asked.prompt, sampling)
        guided = replace(ask, one_of=asked.labels, way=await self._probe.way())
        reply, usage = await self._connection.complete(guided)
        refusal = reply.choice.refusal
        text = refusal if refusal is not None else chosen(reply.choice.message.content or "")
        return Sample(text=text, usage=usage, refused=refusal is not None)


def _ask(prompt: Prompt, sampling: Sampling, schema: Mapping[str, Any] | None = None) -> Ask:
    return Ask(prompt, sampling.max_tokens, sampling.temperature, sampling.seed, schema)
