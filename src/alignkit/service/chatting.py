"""Free text under a profile: its instructions go before the conversation, and are recorded.

It leaves as it is written, so nobody has judged it. What has to keep a rule: see `verifying`.

Words that a boundary forbids never leave: text is held back where one may begin, and ends there.

The conversation's own texts stay as they are. A prompt has one text of instructions and one of the
user; so where a conversation has several turns, they are written one below the other.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

from alignkit.decompose import decompose
from alignkit.errors import UnsupportedCapability
from alignkit.library import attributes_of
from alignkit.models import Model
from alignkit.models.protocols import GeneratesText, Sampling
from alignkit.schema import Profile, Prompt, Segment, TemplateVersion, Writing
from alignkit.service.deciding import versions
from alignkit.service.workbench import Workbench
from alignkit.words import ForbiddenWords, Holding

_TEMPLATE = "chat"
_SPEAKERS = {"user": "User", "assistant": "Assistant"}
_SIGNS_PER_TOKEN = 16
"""More than a token has on average in any language."""
_A_WORD = 100
"""A few tokens may be longer."""


@dataclass(frozen=True)
class Turn:
    """What somebody said in a conversation."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass
class Conversation:
    """A conversation as the model reads it, and what it writes next."""

    id: str
    prompt: Prompt
    templates: tuple[TemplateVersion, ...]
    profile: Profile | None
    model: Model
    sampling: Sampling
    workbench: Workbench
    cut: bool = False
    """Whether the model went on beyond what it may write, and was not heard any further."""

    @property
    def instructions(self) -> str:
        """What the profile puts before the conversation; empty without one."""
        return "".join(one.text for one in self.prompt.segments if one.depends == "profile").strip()

    async def write(self, on_end: Callable[[Writing], None]) -> AsyncGenerator[str, None]:
        """What the model writes, piece by piece; `on_end` is given the record of it.

        Where it says what a boundary forbids, the text ends before that, with a word of ours. It
        also ends where the model writes more than so many tokens can be.

        Raises:
            UnsupportedCapability: the model does not write text.
            ModelError: it could not be asked, or broke off.
        """
        if not isinstance(self.model, GeneratesText):
            raise UnsupportedCapability(f"{self.model.identity.name} does not write text.")
        pieces: list[str] = []
        complete = False
        holding = Holding(ForbiddenWords(self.profile.boundaries if self.profile else ()))
        stream: AsyncIterator[str] = self.model.generate_text(self.prompt, self.sampling)
        try:
            async for piece in _held(self._bounded(stream), holding):
                pieces.append(piece)
                yield piece
            complete = holding.hit is None
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()
            text = "".join(pieces)
            on_end(
                writing_of(
                    self,
                    prompt=self.prompt,
                    templates=self.templates,
                    text=text,
                    complete=complete,
                )
            )

    def ending(self, pieces: int) -> Literal["stop", "length", "content_filter"]:
        """Why it ended, as far as the number of pieces tells: a piece is a token or more."""
        return "length" if self.cut or pieces >= self.sampling.max_tokens else "stop"

    async def _bounded(self, stream: AsyncIterator[str]) -> AsyncIterator[str]:
        """`stream`, up to what so many tokens can be: not every server keeps to their number."""
        left = _SIGNS_PER_TOKEN * self.sampling.max_tokens + _A_WORD
        async for piece in stream:
            yield piece[:left]
            left -= len(piece)
            self.cut = left < 0
            if self.cut:
                break

    @property
    def turns_left_out(self) -> int:
        """None: what does not fit is an error."""
        return 0


class Spoken(Protocol):
    """What a text was written in."""

    @property
    def id(self) -> str:
        """Unique."""

    @property
    def profile(self) -> Profile | None:
        """Under what it was written."""

    @property
    def model(self) -> Model:
        """Who wrote."""

    @property
    def sampling(self) -> Sampling:
        """How it was drawn."""

    @property
    def workbench(self) -> Workbench:
        """What it was written with."""


def writing_of(
    spoken: Spoken,
    *,
    prompt: Prompt,
    templates: tuple[TemplateVersion, ...],
    text: str,
    complete: bool,
) -> Writing:
    """The record of a `text` that was `spoken`."""
    return Writing(
        id=spoken.id,
        created=datetime.now(UTC),
        versions=versions(),
        model=spoken.model.identity,
        profile=spoken.profile,
        attributes=attributes_of(spoken.workbench.library.attributes, spoken.profile),
        templates=templates,
        prompt=prompt,
        sampling=spoken.sampling.model_dump(),
        text=text,
        complete=complete,
    )


async def _held(stream: AsyncIterator[str], holding: Holding) -> AsyncIterator[str]:
    """What of `stream` may be shown, as soon as it may; then why it ends there, if it does."""
    async for piece in stream:
        shown = holding.pass_on(piece)
        if shown:
            yield shown
        if holding.hit is not None:
            break
    rest = holding.rest()
    if rest:
        yield rest
    if holding.hit is not None:
        yield f"[The rest is withheld: it breaks the boundary {holding.hit.boundary!r}.]"


def conversation(
    workbench: Workbench,
    model: Model,
    profile: Profile | None,
    turns: Sequence[Turn],
    sampling: Sampling,
) -> Conversation:
    """`turns` under `profile`, ready for `model` to go on with.

    Raises:
        UnknownName: the profile names an attribute that is not described.
    """
    told = _told(workbench, profile)
    own = "\n\n".join(turn.text for turn in turns if turn.role == "system")
    segments = [*told.segments]
    if own:
        gap = "\n" if segments else ""
        segments.append(Segment(role="system", depends="scenario", text=gap + own))
    spoken = [turn for turn in turns if turn.role != "system"]
    segments.append(Segment(role="user", depends="scenario", text=_written_out(spoken)))
    templates = (workbench.prompts.version(_TEMPLATE),) if profile else ()
    return Conversation(
        id=f"chatcmpl-{uuid.uuid4().hex}",
        prompt=Prompt(segments=tuple(segments)),
        templates=templates,
        profile=profile,
        model=model,
        sampling=sampling,
        workbench=workbench,
    )


def _told(workbench: Workbench, profile: Profile | None) -> Prompt:
    """`profile` as instructions; nothing without one."""
    if profile is None:
        return Prompt(segments=())
    attributes = attributes_of(workbench.library.attributes, profile)
    return workbench.prompts.render(
        _TEMPLATE,
        guides=decompose(profile, attributes),
        persona=profile.persona,
        group=profile.group,
        boundaries=profile.boundaries,
    ).prompt


def _written_out(turns: Sequence[Turn]) -> str:
    """What was said, as one text; a single turn of the user as it is."""
    if len(turns) == 1 and turns[0].role == "user":
        return turns[0].text
    lines = [f"{_SPEAKERS[turn.role]}: {turn.text}" for turn in turns]
    ending = "Go on with what the assistant says next; write nothing else."
    return "\n\n".join((*lines, ending))
