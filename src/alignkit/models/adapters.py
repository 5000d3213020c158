"""Bridges over gaps between what a model can do and what deciders ask of it, in the open.

A service that shows no probabilities can still be asked many times. The shares of its answers are
estimates with an error of their own; so the answer says that it comes from samples, and how many.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from alignkit.errors import BadModelOutput, Refused
from alignkit.models.protocols import Sampling
from alignkit.models.readout import Labelled, labelled
from alignkit.models.together import together
from alignkit.prompts import Prompts
from alignkit.schema import Answer, Request, Usage

_HALF = 0.5
"""Added to every count (Jeffreys' prior): an option that was never drawn is not impossible."""
_BLANKS = " \t\r\n\u2581\u0120\u010a"
"""Blanks around a token; some servers show them as the tokeniser's own signs."""
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")


@dataclass(frozen=True)
class Sample:
    """What a model wrote when it was asked once."""

    text: str
    usage: Usage
    refused: bool = False


Draw = Callable[[Labelled, Sampling], Awaitable[Sample]]
"""Asks a model once."""


class LabelsFromSamples:
    """Answers typed questions with shares of samples, for models that show no probabilities."""

    def __init__(
        self, draw: Draw, *, samples: int, sampling: Sampling, prompts: Prompts | None = None
    ) -> None:
        """Take `samples` answers from `draw`, with the seed of `sampling` and those behind it."""
        self._draw = draw
        self._samples = samples
        self._sampling = sampling
        self._prompts = prompts or Prompts()

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """Shares of samples for each of `requests`, in their order.

        Raises:
            BadModelOutput: no sample of one of the requests is one of its labels.
            Refused: the model declined each time.
        """
        return await together(self._answer(request) for request in requests)

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        """One sample for each of `requests`, with the seed beside it.

        Raises:
            BadModelOutput: a sample is not one of the labels.
            Refused: the model declined.
        """
        return await together(
            self._drawn(request, seed) for request, seed in zip(requests, seeds, strict=True)
        )

    async def _drawn(self, request: Request, seed: int) -> Answer:
        asked = labelled(request, self._prompts)
        sample = await self._one(asked, seed)
        label = label_of_text(sample.text, asked.labels)
        if label is None:
            raise _nothing_usable([sample], asked.labels)
        shares = (float(label == one) for one in asked.labels)
        return Answer(
            probabilities=dict(zip(request.question.option_ids, shares, strict=True)),
            readout="samples",
            samples=1,
            usage=sample.usage,
        )

    async def _answer(self, request: Request) -> Answer:
        asked = labelled(request, self._prompts)
        seeds = range(self._sampling.seed, self._sampling.seed + self._samples)
        drawn = await together(self._one(asked, seed) for seed in seeds)
        counts = Counter(label_of_text(sample.text, asked.labels) for sample in drawn)
        usable = sum(counts[label] for label in asked.labels)
        if not usable:
            raise _nothing_usable(drawn, asked.labels)
        total = usable + _HALF * len(asked.labels)
        shares = [(counts[label] + _HALF) / total for label in asked.labels]
        return Answer(
            probabilities=dict(zip(request.question.option_ids, shares, strict=True)),
            readout="samples",
            inside=usable / len(drawn),
            samples=usable,
            usage=sum((sample.usage for sample in drawn), Usage()),
        )

    async def _one(self, asked: Labelled, seed: int) -> Sample:
        return await self._draw(asked, self._sampling.model_copy(update={"seed": seed}))


def label_of_token(token: str, labels: Sequence[str]) -> str | None:
    """The one of `labels` that `token` is, apart from blanks around it, if it is one."""
    return _same(token.strip(_BLANKS), labels)


def label_of_text(text: str, labels: Sequence[str]) -> str | None:
    """The one of `labels` that `text` is, apart from blanks and punctuation, if it is one."""
    return _same(_AROUND.sub("", text), labels)


def _same(bare: str, labels: Sequence[str]) -> str | None:
    """Letters and digits count as they are, words (Yes, No) in any case."""
    for label in labels:
        if bare == label or (len(label) > 1 and bare.casefold() == label.casefold()):
            return label
    return None


def _nothing_usable(drawn: Sequence[Sample], labels: Sequence[str]) -> Refused | BadModelOutput:
    if all(sample.refused for sample in drawn):
        return Refused(f"The model declined to answer, {len(drawn)} times: {drawn[0].text[:80]!r}.")
    return BadModelOutput(
        f"None of {len(drawn)} samples is one of the labels {', '.join(labels)}; "
        f"one was {drawn[0].text[:80]!r}.",
        "Use a model that follows the instruction to answer with a label only.",
    )
