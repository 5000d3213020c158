"""Models of Anthropic, which show no probabilities: each question is asked several times.

The service is made to choose a label, by a JSON schema, else by a tool whose input has that schema,
else by words. It takes neither a seed nor a temperature, so equal seeds draw equally because draws
are remembered; they come at the service's own temperature.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from alignkit.models.adapters import LabelsFromSamples, Sample
from alignkit.models.anthropic_client import AnthropicAccess
from alignkit.models.anthropic_dialect import Ask, Dialect
from alignkit.models.anthropic_reply import Reply, piece_of
from alignkit.models.line import Line
from alignkit.models.objects import cut_off, parse_object
from alignkit.models.openai_dialect import chosen, one_of
from alignkit.models.protocols import Sampling
from alignkit.models.reach import Reach
from alignkit.models.readout import Labelled
from alignkit.models.service_errors import translated
from alignkit.prompts import Prompts
from alignkit.schema import Answer, Generation, ModelIdentity, Prompt, Request, Usage

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic

__all__ = ["AnthropicModel", "AnthropicSettings"]

_REMEMBERED = 100_000
"""Draws that are remembered."""


class AnthropicSettings(Reach):
    """How a model of Anthropic is asked."""

    samples: Annotated[int, Field(ge=1)] = 16
    """Number of samples for an answer."""
    seed: int = 0
    """Under which samples are remembered: another seed draws anew."""
    sample_tokens: Annotated[int, Field(ge=1)] = 1024
    """Tokens that a sample may have; models that think first need many."""


class AnthropicModel:
    """Answers typed questions and writes text with a model of Anthropic."""

    def __init__(
        self,
        model: str,
        settings: AnthropicSettings | None = None,
        *,
        api_key: str | None = None,
        prompts: Prompts | None = None,
        http_client: httpx2.AsyncClient | None = None,
    ) -> None:
        """Speak to the model that the service calls `model`; nothing is sent yet.

        Args:
            model: the service's name for it.
            settings: where the service is and how it is asked.
            api_key: the key; that in the environment variable ANTHROPIC_API_KEY or in the keyring
                if None.
            prompts: the wordings of questions; the shipped ones if None.
            http_client: sends the requests; closed with this model. For tests.

        Raises:
            MissingExtra: the `anthropic` library is not installed.
            InvalidSetting: the address or the key cannot be right.
            AuthenticationFailed: Anthropic's own service, and no key.
        """
        self._settings = settings or AnthropicSettings()
        self._access = AnthropicAccess(self._settings, api_key, http_client)
        self._service = self._access.service(model)
        self._line = Line(self._access, self._access.client(), self._service, self._settings)
        self._dialect = Dialect()
        self._remembered: OrderedDict[tuple[Prompt, tuple[str, ...], int], Sample] = OrderedDict()
        self._served_as: str | None = None
        self._answers_by: str | None = None
        self._sampled = LabelsFromSamples(
            self._draw,
            samples=self._settings.samples,
            sampling=Sampling(
                temperature=1.0,
                seed=self._settings.seed,
                max_tokens=self._settings.sample_tokens,
            ),
            prompts=prompts,
        )

    @property
    def identity(self) -> ModelIdentity:
        """Name and address; how the service names the model and chooses, once it has answered."""
        return ModelIdentity(
            name=f"anthropic:{self._service.model}",
            backend="anthropic",
            served_as=self._served_as,
            answers_by=self._answers_by,
            engine=self._access.engine,
            settings={
                "base_url": self._service.url,
                **self._settings.model_dump(include={"samples", "seed", "sample_tokens"}),
            },
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._line.aclose()

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """Shares of samples for each of `requests`, in their order."""
        return await self._sampled.answer(requests)

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        """One sampled answer for each of `requests`, in their order."""
        return await self._sampled.draw(requests, seeds)

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        """An object that satisfies the JSON `schema`; the service is asked to see to it."""
        reply, usage = await self._complete(Ask(prompt, sampling.max_tokens, schema))
        if reply.cut_off:
            raise cut_off(sampling.max_tokens, usage)
        return Generation(
            prompt=prompt, output=parse_object(reply.answered, schema, usage), usage=usage
        )

    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        """The text, piece by piece."""
        body = {**self._dialect.body(Ask(prompt, sampling.max_tokens)), "stream": True}
        async with self._line.held() as held:
            begun = await held.patiently(lambda client: self._create(client, body))
            with translated(self._service, *self._access.errors):
                async with begun as events:
                    async for event in self._line.pieces(events):
                        if piece := piece_of(event):
                            yield piece

    async def _draw(self, asked: Labelled, sampling: Sampling) -> Sample:
        key = (asked.prompt, asked.labels, sampling.seed)
        if key in self._remembered:
            return replace(self._remembered[key], usage=Usage())
        ask = Ask(asked.prompt, sampling.max_tokens, one_of(asked.labels))
        reply, usage = await self._complete(ask)
        self._answers_by = f"samples ({self._dialect.form(ask)})"
        refusal = reply.refusal
        text = refusal if refusal is not None else chosen(reply.text)
        sample = Sample(text=text, usage=usage, refused=refusal is not None)
        self._remembered[key] = sample
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return sample

    async def _complete(self, ask: Ask) -> tuple[Reply, Usage]:
        reply, seconds = await self._line.exchange(lambda client: self._sent(client, ask), Reply)
        self._served_as = reply.model or self._served_as
        return reply, reply.cost(seconds)

    async def _sent(self, client: AsyncAnthropic, ask: Ask) -> str:
        """The reply to `ask`, put in the fullest form that the service understands."""
        from anthropic import BadRequestError

        while True:
            body = {"model": self._service.model, **self._dialect.body(ask)}
            try:
                create = client.messages.with_raw_response.create
                raw = await self._line.in_time(create(**body))
            except BadRequestError as error:
                if not self._dialect.learn(str(error.body or error), ask, body):
                    raise
            else:
                return str(raw.http_response.text)

    async def _create(self, client: AsyncAnthropic, body: Mapping[str, Any]) -> Any:  # noqa: ANN401
        created = client.messages.create(model=self._service.model, **body)
        return await self._line.in_time(created)
