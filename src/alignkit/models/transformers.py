"""Models run by the `transformers` library in this process: labels read off the logits.

What prompts share is evaluated once: its keys and values are kept, and the endings follow in
batches. What waits from all callers goes together. On CUDA where there is a GPU.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from alignkit.errors import EngineFailed, UnsupportedCapability
from alignkit.models.native import draw_from
from alignkit.models.objects import parse_object
from alignkit.models.protocols import Sampling
from alignkit.models.readout import labelled
from alignkit.models.streaming import pieces_from
from alignkit.models.transformers_engine import Evaluated, Tokens, TransformersEngine
from alignkit.prompts import Prompts
from alignkit.schema import Answer, Frozen, Generation, ModelIdentity, Prompt, Request, Usage

__all__ = ["TransformersModel", "TransformersSettings"]

_REMEMBERED = 10_000
"""Answers that are remembered: batches round differently, and equal requests get equal answers."""
_FENCE = re.compile(r"^```\w*\s*(.*?)\s*```$", re.DOTALL)

_Key = tuple[Tokens, tuple[int, ...]]
"""The tokens of a prompt and of its labels."""


class TransformersSettings(Frozen):
    """How a model is run by the transformers library."""

    device: str = "auto"
    """`cpu`, `cuda`, `cuda:1`, ...; `auto` takes a GPU where there is one."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Numbers to compute with; `auto` is float32 on a processor, else what the weights have."""
    batch: Annotated[int, Field(ge=1)] = 16
    """Endings that are evaluated together at most."""
    revision: str | None = None
    """Branch, tag or commit of a hub repository."""


@dataclass(frozen=True)
class _Job:
    tokens: Tokens
    labels: tuple[int, ...]
    done: Future[Evaluated] = field(default_factory=Future)


class TransformersModel:
    """Answers typed questions and writes text with a model that transformers can load."""

    def __init__(
        self,
        source: str,
        settings: TransformersSettings | None = None,
        *,
        offline: bool = False,
        prompts: Prompts | None = None,
    ) -> None:
        """Load the model in the folder `source`, or in the hub repository of this name.

        Raises:
            MissingExtra: torch or transformers is not installed.
            ModelUnavailable: the model is not here and cannot be fetched.
            EngineFailed: the library cannot load it.
        """
        self._settings = settings or TransformersSettings()
        self._prompts = prompts or Prompts()
        self.engine = TransformersEngine(
            source,
            device=self._settings.device,
            dtype=self._settings.dtype,
            revision=self._settings.revision,
            offline=offline,
        )
        self._worker = ThreadPoolExecutor(1, "alignkit-transformers")
        self._waiting: list[_Job] = []
        self._guard = threading.Lock()
        self._closed = False
        self._remembered: OrderedDict[_Key, Evaluated] = OrderedDict()
        self._identity = ModelIdentity(
            name=f"transformers:{source}",
            backend="transformers",
            sha256=self.engine.sha256,
            served_as=self.engine.commit,
            engine=self.engine.name,
            settings=self._settings.model_dump(exclude_none=True),
        )

    @property
    def identity(self) -> ModelIdentity:
        """Name, hash of the weights or commit of the repository, versions of the libraries."""
        return self._identity

    async def aclose(self) -> None:
        """Free the model; what still waits for it is cancelled."""
        self._closed = True
        await asyncio.to_thread(self._worker.shutdown, cancel_futures=True)
        with self._guard:
            waiting, self._waiting = self._waiting, []
        for job in waiting:
            job.done.cancel()
        self.engine.close()

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """Exact label probabilities for each of `requests`, in their order."""
        jobs = [self._job(request) for request in requests]
        self._submit(jobs)
        found = await asyncio.gather(*(asyncio.wrap_future(job.done) for job in jobs))
        return [
            _answer(request, evaluated) for request, evaluated in zip(requests, found, strict=True)
        ]

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        """One option drawn for each of `requests` from its probabilities."""
        return await draw_from(requests, seeds, self.answer)

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        """An object that satisfies the JSON `schema`, if the model writes one: nothing binds it."""
        text, usage = await self._on_worker(self._write(prompt, sampling))
        bare = _FENCE.sub(r"\1", text.strip())
        return Generation(prompt=prompt, output=parse_object(bare, schema, usage), usage=usage)

    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        """The text, piece by piece."""
        async with aclosing(
            pieces_from(lambda on: self._on_worker(self._write(prompt, sampling, on)))
        ) as pieces:
            async for piece in pieces:
                yield piece

    def _job(self, request: Request) -> _Job:
        asked = labelled(request, self._prompts, begins=True)
        tokens = self.engine.fitting(self.engine.tokens(asked.prompt, asked.begun), 1)
        labels = tuple(self.engine.label_token(label, asked.begun) for label in asked.labels)
        if len(set(labels)) != len(labels):
            raise UnsupportedCapability(f"{self._identity.name} has one token for several labels.")
        return _Job(tokens, labels)

    def _submit(self, jobs: Sequence[_Job]) -> None:
        self._check_open()
        with self._guard:
            self._waiting += jobs
        if jobs:
            self._worker.submit(self._work)

    def _work(self) -> None:
        """Answer all that waits, what begins alike side by side."""
        with self._guard:
            waiting, self._waiting = self._waiting, []
        jobs = [job for job in waiting if job.done.set_running_or_notify_cancel()]
        new: dict[_Key, list[_Job]] = {}
        for job in jobs:
            new.setdefault((job.tokens, job.labels), []).append(job)
        for key in [key for key in new if key in self._remembered]:
            _tell(new.pop(key), self._remembered[key].again())
        ordered = sorted(new)
        for start in range(0, len(ordered), self._settings.batch):
            self._batch(ordered[start : start + self._settings.batch], new)

    def _batch(self, keys: Sequence[_Key], jobs: Mapping[_Key, Sequence[_Job]]) -> None:
        try:
            found = self.engine.evaluate(keys)
        except Exception as error:  # noqa: BLE001  whatever it is belongs to those who wait
            for key in keys:
                for job in jobs[key]:
                    job.done.set_exception(error)
            return
        for key, evaluated in zip(keys, found, strict=True):
            self._remembered[key] = evaluated
            _tell(jobs[key][:1], evaluated)
            _tell(jobs[key][1:], evaluated.again())
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)

    def _write(self, prompt: Prompt, sampling: Sampling, pass_on: Any = None) -> Any:  # noqa: ANN401
        tokens = self.engine.fitting(self.engine.tokens(prompt), sampling.max_tokens)
        return lambda: self.engine.write(tokens, sampling, pass_on)

    async def _on_worker(self, work: Any) -> tuple[str, Usage]:  # noqa: ANN401
        self._check_open()
        found: tuple[str, Usage] = await asyncio.wrap_future(self._worker.submit(work))
        return found

    def _check_open(self) -> None:
        if self._closed:
            raise EngineFailed("This model has been closed.")


def _tell(jobs: Sequence[_Job], evaluated: Evaluated) -> None:
    for job in jobs:
        job.done.set_result(evaluated)


def _answer(request: Request, evaluated: Evaluated) -> Answer:
    return Answer(
        probabilities=dict(zip(request.question.option_ids, evaluated.shares, strict=True)),
        readout="labels",
        inside=evaluated.inside,
        usage=evaluated.usage,
    )
