"""Models that write what a test wants, and judge as it wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any

from alignkit.library import Library, attributes_of
from alignkit.models.objects import parse_object
from alignkit.models.protocols import Sampling
from alignkit.schema import (
    YES,
    Answer,
    Attribute,
    Generation,
    ModelIdentity,
    PredicateQuestion,
    Profile,
    Prompt,
    Request,
    Usage,
)
from alignkit.testing import FakeModel

LIBRARY = Library()
Judging = Callable[[Request], Mapping[str, float]]


def pleased(request: Request) -> Mapping[str, float]:
    """Finds no rule broken, no request harmful, and every level in the middle."""
    options = request.question.option_ids
    if "decline" in options:
        return {"answer": 0.9, "decline": 0.1}
    if isinstance(request.question, PredicateQuestion):
        return {YES: 0.1, "no": 0.9}
    return {
        option: 1.0 if place == len(options) // 2 else 0.01 for place, option in enumerate(options)
    }


class ObjectWriter(FakeModel):
    """Writes raw texts, one after another and from the start again, where objects are wanted."""

    def __init__(self, *raw: str, judging: Judging = pleased) -> None:
        super().__init__(script=judging)
        self._raw: Iterator[str] = cycle(raw)
        self.asked: list[tuple[Prompt, Sampling]] = []

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        self.asked.append((prompt, sampling))
        usage = Usage(calls=1, tokens_generated=10)
        output = parse_object(next(self._raw), schema, usage)
        return Generation(prompt=prompt, output=output, usage=usage)


class TextWriter:
    """Writes only text, in the pieces that it is given for each time."""

    def __init__(self, *texts: Sequence[str], judging: Judging = pleased) -> None:
        self._judge = FakeModel(script=judging)
        self._texts = cycle(texts)
        self.asked: list[tuple[Prompt, Sampling]] = []

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity(name="text-writer", backend="test")

    async def aclose(self) -> None:
        """Nothing to close."""

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        return await self._judge.answer(requests)

    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        self.asked.append((prompt, sampling))
        for piece in next(self._texts):
            yield piece


def profile(**fields: Any) -> Profile:
    return Profile.model_validate({"name": "p", **fields})


def described(one: Profile) -> tuple[Attribute, ...]:
    return attributes_of(LIBRARY.attributes, one)
