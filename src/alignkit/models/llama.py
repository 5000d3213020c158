"""The embedded model: llama.cpp inside this process, on a GGUF file.

Typed questions are answered in one pass: of all tokens only the labels are allowed (a bias of
+1000 on each), so that the engine's distribution over the first token is exactly the softmax of
the model's logits over the labels.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field

from alignkit.errors import EngineFailed, UnsupportedCapability
from alignkit.models.llama_engine import LlamaEngine, too_long
from alignkit.models.llama_slot import Slot
from alignkit.models.objects import parse_object
from alignkit.models.prefix_queue import PrefixQueue, Tokens
from alignkit.models.protocols import Sampling
from alignkit.models.readout import label_tokens, labelled
from alignkit.models.streaming import PassOn, pieces_from
from alignkit.models.weights.vocabulary import longest_token
from alignkit.prompts import Prompts
from alignkit.schema import Answer, Frozen, Generation, ModelIdentity, Prompt, Request, Usage

R = TypeVar("R")

_Key = tuple[Tokens, tuple[int, ...]]
"""Tokens of a prompt and of its labels."""
_REMEMBERED = 4096
"""Answers that are kept; at about 4 KB each."""
_ALL = 0.999
"""The labels' share, below which the bias did not shut the other tokens out."""
_ONLY_LABELS = 1000.0
"""Large enough that no other token keeps any share in single precision."""


class LlamaSettings(Frozen):
    """How the embedded engine runs."""

    context: Annotated[int, Field(ge=256)] = 4096
    """Tokens that a prompt and what is written after it may have together."""
    threads: Annotated[int, Field(ge=0)] = 0
    """Processor threads; 0 takes one per processor that this process may use."""
    exact: bool = True
    """Answers don't depend on what was asked before, to the bit. Without it some processors are
    faster, and probabilities may move by a few hundredths with the order of requests."""
    gpu_layers: Annotated[int, Field(ge=-1)] = -1
    """Layers of the model on a GPU, where the engine was built for one; -1 for all that fit."""


class LlamaModel:
    """Answers typed questions and writes text with a GGUF file, inside this process."""

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        sha256: str,
        settings: LlamaSettings | None = None,
        prompts: Prompts | None = None,
    ) -> None:
        """Load the file `path`, whose hash is `sha256`, as the model called `name`.

        Raises:
            MissingExtra: the engine is not installed.
            EngineFailed: the engine cannot load the file.
        """
        self._settings = settings or LlamaSettings()
        self._prompts = prompts or Prompts()
        self.engine = LlamaEngine(
            path,
            context=self._settings.context,
            threads=self._settings.threads or _processors(),
            gpu_layers=self._settings.gpu_layers,
            exact=self._settings.exact,
        )
        self._path = path
        self._slot = Slot(self.engine, exact=self._settings.exact)
        self._queue = PrefixQueue()
        self._reader = ThreadPoolExecutor(1, "alignkit-reader")
        self._closed = False
        self._remembered: OrderedDict[_Key, Answer] = OrderedDict()
        self._tail = tuple(self.engine.tokenise(self.engine.template.after_user, special=True))
        self._tokenise_system = lru_cache(64)(self._system_tokens)
        self._tokenise_begun = lru_cache(64)(self._begun_tokens)
        self._label_token = lru_cache(256)(self._find_label_token)
        self._identity = ModelIdentity(
            name=name,
            backend="llama",
            sha256=sha256,
            engine=self.engine.name(),
            settings=self._settings.model_dump(exclude={"threads"}),
        )

    @property
    def identity(self) -> ModelIdentity:
        """Name, hash of the file, engine version."""
        return self._identity

    @cached_property
    def most_characters(self) -> int | None:
        """No text of more characters fits into the context: so many the longest tokens have."""
        longest = longest_token(self._path)
        return longest and longest * self._settings.context

    async def aclose(self) -> None:
        """Free the model; what still waits for it is cancelled."""
        self._closed = True
        await asyncio.to_thread(self._reader.shutdown, cancel_futures=True)
        await asyncio.to_thread(self._queue.close)
        self.engine.close()

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """Exact label probabilities for each of `requests`, in their order."""
        jobs = await self._aside(lambda: [self._readout(request) for request in requests])
        return await self._queue.run_all(jobs)

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        """One option drawn by the engine's own sampler for each of `requests`."""
        pairs = list(zip(requests, seeds, strict=True))
        jobs = await self._aside(lambda: [self._drawing(request, seed) for request, seed in pairs])
        return await self._queue.run_all(jobs)

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        """An object whose writing is bound to the JSON `schema` by a grammar."""
        tokens = await self._aside(lambda: self.tokens(prompt))
        request = {**_sampling(sampling), "json_schema": dict(schema)}
        [(text, usage)] = await self._queue.run_all([(tokens, self._writing(tokens, request))])
        return Generation(prompt=prompt, output=parse_object(text, schema, usage), usage=usage)

    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        """The text, piece by piece."""
        tokens = await self._aside(lambda: self.tokens(prompt))

        def write(pass_on: PassOn) -> Awaitable[Any]:
            work = self._writing(tokens, _sampling(sampling), pass_on)
            return self._queue.run_all([(tokens, work)])

        async with aclosing(pieces_from(write)) as pieces:
            async for piece in pieces:
                yield piece

    def asked(self, request: Request) -> tuple[Tokens, tuple[int, ...]]:
        """What is read for `request`, and the token of each of its options, in their order.

        Raises:
            UnsupportedCapability: a label is more than one token, or there are too many options.
        """
        asked = labelled(request, self._prompts, begins=True)
        labels = tuple(self._label_token(label, asked.begun) for label in asked.labels)
        return self.tokens(asked.prompt, asked.begun), labels

    def tokens(self, prompt: Prompt, begun: str = "") -> Tokens:
        """The tokens of `prompt` in the model's own chat template, with its answer `begun`.

        Text of the prompt never becomes a control token, whatever it spells.

        Raises:
            ContextTooLong: the text is so long that it need not be read.
        """
        template = self.engine.template
        system, user = prompt.text("system").strip(), prompt.text("user").strip()
        self._check_size(len(system) + len(user))
        if not template.has_system:
            system, user = "", f"{system}\n\n{user}".strip()
        return (
            *self._tokenise_system(system),
            *self.engine.tokenise(user, special=False),
            *self._tail,
            *self._tokenise_begun(begun),
        )

    async def _aside(self, read: Callable[[], R]) -> R:
        """What `read` gives, on a thread: the engine is waited for when it makes tokens.

        Raises:
            EngineFailed: this model was closed.
        """
        if self._closed:
            raise EngineFailed("The model was closed and answers no more.")
        return await asyncio.get_running_loop().run_in_executor(self._reader, read)

    def _check_size(self, characters: int) -> None:
        context = self._settings.context
        if characters <= context:  # a token has a character or more
            return
        most = self.most_characters
        if most is not None and characters > most:
            raise too_long(characters * context // most, context, counted=False)

    def _system_tokens(self, system: str) -> Tokens:
        template, tokenise = self.engine.template, self.engine.tokenise
        if not template.has_system:
            return tuple(tokenise(template.before_user, special=True, start=True))
        return (
            *tokenise(template.before_system, special=True, start=True),
            *tokenise(system, special=False),
            *tokenise(template.before_user, special=True),
        )

    def _find_label_token(self, label: str, begun: str) -> int:
        """The one token that `label` is behind the chat template's end, or what is `begun`."""
        engine = self.engine
        found = label_tokens(engine.tokenise, engine.template.after_user, label, begun)
        if len(found) != 1:
            raise UnsupportedCapability(
                f"The label {label!r} is {len(found)} tokens for {self._identity.name}, not one."
            )
        return found[0]

    def _begun_tokens(self, begun: str) -> Tokens:
        return tuple(self.engine.tokenise(begun, special=False)) if begun else ()

    def _readout(self, request: Request) -> tuple[Tokens, Callable[[], Answer]]:
        tokens, labels = self.asked(request)
        self._fitting(tokens, 1)
        options = request.question.option_ids

        def work() -> Answer:
            found = self._remembered.get((tokens, labels))
            if found is None:
                return self._remember((tokens, labels), self._read(tokens, labels, options))
            shares = dict(zip(options, found.probabilities.values(), strict=True))
            usage = Usage(tokens_submitted=len(tokens))
            return Answer(probabilities=shares, readout="labels", usage=usage)

        return tokens, work

    def _drawing(self, request: Request, seed: int) -> tuple[Tokens, Callable[[], Answer]]:
        tokens, labels = self.asked(request)
        self._fitting(tokens, 1)
        by_token = dict(zip(labels, request.question.option_ids, strict=True))

        def work() -> Answer:
            reply, usage = self._slot.draw(
                tokens, {**_readout_request(labels), "seed": _seed(seed)}
            )
            token = reply["choices"][0]["logprobs"]["content"][0]["id"]
            if token not in by_token:
                raise EngineFailed("The engine drew a token that is not one of the labels.")
            return Answer(
                probabilities={o: float(o == by_token[token]) for o in by_token.values()},
                readout="samples",
                samples=1,
                usage=usage,
            )

        return tokens, work

    def _read(self, tokens: Tokens, labels: tuple[int, ...], options: tuple[str, ...]) -> Answer:
        reply, usage = self._slot.run(tokens, _readout_request(labels))
        found = reply["choices"][0]["logprobs"]["content"][0]["top_probs"]
        shares = {entry["id"]: entry["prob"] for entry in found}
        total = sum(shares.get(label, 0.0) for label in labels)
        if not total > _ALL:
            raise EngineFailed(f"The labels hold {total:.3f} of the probability, not all of it.")
        probabilities = [shares.get(label, 0.0) / total for label in labels]
        return Answer(
            probabilities=dict(zip(options, probabilities, strict=True)),
            readout="labels",
            # The one token is taken from the prompt's own evaluation, none is generated.
            usage=usage.model_copy(update={"tokens_generated": 0}),
        )

    def _remember(self, key: _Key, answer: Answer) -> Answer:
        """Keep `answer`: equal requests get equal answers, and cost nothing the second time."""
        self._remembered[key] = answer
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return answer

    def _writing(
        self,
        tokens: Tokens,
        request: Mapping[str, Any],
        on_piece: Callable[[str], bool] | None = None,
    ) -> Callable[[], tuple[str, Usage]]:
        self._fitting(tokens, request["n_predict"])

        def work() -> tuple[str, Usage]:
            reply, usage = self._slot.run(tokens, request, on_piece)
            return reply["choices"][0]["text"], usage

        return work

    def _fitting(self, tokens: Tokens, room: int) -> Tokens:
        if len(tokens) + room > self._settings.context:
            raise too_long(len(tokens), self._settings.context)
        return tokens


def _processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _sampling(sampling: Sampling) -> dict[str, Any]:
    return {
        "n_predict": sampling.max_tokens,
        "temperature": sampling.temperature,
        "seed": _seed(sampling.seed),
    }


def _seed(seed: int) -> int:
    """A seed as the engine takes it; it has 32 bits, and -1, the largest, stands for chance."""
    return seed % (2**32 - 1)


def _readout_request(labels: Sequence[int]) -> dict[str, Any]:
    return {
        "n_predict": 1,
        "n_probs": len(labels),
        "post_sampling_probs": True,
        "logit_bias": [[label, _ONLY_LABELS] for label in labels],
        "temperature": 1.0,
        "top_k": 0,
        "top_p": 1.0,
        "min_p": 0.0,
        "typical_p": 1.0,
        "repeat_penalty": 1.0,
    }
