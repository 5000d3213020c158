"""A conversation that others keep, as clients of the server do: its next text is verified first."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from alignkit.models import Model
from alignkit.models.protocols import Sampling
from alignkit.schema import Profile, Prompt, Reply, Segment, Writing
from alignkit.service.asking import Asking
from alignkit.service.chatting import Turn, writing_of
from alignkit.service.talking import LeftOut, Said, answered, pieces
from alignkit.service.workbench import Workbench
from alignkit.writing import Stage, WritingSettings
from alignkit.writing.marking import unmarked

_MOST_TOKENS = 8192
"""Drafts have no more; a text that ends there was cut."""


@dataclass
class Verified:
    """What a model says next in a conversation, none of it before all of it was verified."""

    said: Said
    profile: Profile
    model: Model
    sampling: Sampling
    workbench: Workbench
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    reply: Reply | None = None
    """What it came to, once `write` gives something."""

    @property
    def instructions(self) -> str:
        """What the profile put before the conversation; empty until something is written."""
        return self._prompt.text("system").strip()

    @property
    def turns_left_out(self) -> int:
        """Turns that did not fit into the model's context any more."""
        return self.reply.turns_left_out if self.reply else 0

    def ending(self, _: int) -> Literal["stop", "length", "content_filter"]:
        """Why the text ends."""
        if self.reply is None or self.reply.outcome in {"escalated", "failed"}:
            return "content_filter"
        most, text = self._asking.settings.tokens, unmarked(self.reply.text)
        cut = any(
            one.usage.tokens_generated >= most and unmarked(str(one.output)) == text
            for one in self.reply.evidence.generations
        )
        return "length" if cut else "stop"

    async def write(self, on_end: Callable[[Writing], None]) -> AsyncGenerator[str, None]:
        """What the model writes, in pieces, once all of it was verified; else a message of ours.

        `on_end` is given the record of it, which holds nothing that was withheld.

        Raises:
            UsageError: the model cannot write or judge.
            ContextTooLong: what is to be answered does not fit, even alone.
            ModelError: a model cannot be had or started.
        """
        try:
            self.reply = await answered(
                self.workbench, self.said, self.profile, self._asking, _nobody
            )
        finally:
            on_end(self._record())
        for piece in pieces(self.reply.text):
            yield piece

    @property
    def _asking(self) -> Asking:
        sampling = self.sampling
        settings = WritingSettings(
            plan=False,
            tokens=min(sampling.max_tokens, _MOST_TOKENS),
            seed=sampling.seed,
            first_temperature=sampling.temperature,
            temperature=sampling.temperature,
        )
        return Asking(model=self.model, settings=settings)

    @property
    def _prompt(self) -> Prompt:
        """What the model read first: later prompts hold drafts that may have been withheld."""
        generations = self.reply.evidence.generations if self.reply else ()
        if generations:
            return generations[0].prompt
        text = self.said.text(self.workbench.prompts)
        return Prompt(segments=(Segment(role="user", depends="scenario", text=text),))

    def _record(self) -> Writing:
        reply = self.reply
        return writing_of(
            self,
            prompt=self._prompt,
            templates=reply.templates if reply else (),
            text=reply.text if reply else "",
            complete=reply is not None and reply.outcome == "answered",
        )


def verified(
    workbench: Workbench,
    model: Model,
    profile: Profile,
    turns: Sequence[Turn],
    sampling: Sampling,
) -> Verified:
    """`turns` under `profile`, ready for `model` to go on with."""
    spoken = [turn for turn in turns if turn.role != "system"]
    request = spoken[-1].text if spoken and spoken[-1].role == "user" else ""
    before = [turn for turn in turns if turn.role == "system"]
    before += spoken[:-1] if request else spoken
    return Verified(Said(request, tuple(before)), profile, model, sampling, workbench)


def _nobody(_: Stage | LeftOut) -> None:
    """Clients of the server are told of the answer alone."""
