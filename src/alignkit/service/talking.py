"""A conversation of which every answer is verified before a word of it is shown.

What was said before goes into the request as one text, so that the model that writes and the one
that judges read the same, and every check of an answer is one of a conversation, too.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from alignkit.errors import ContextTooLong
from alignkit.models.protocols import HasRoom
from alignkit.prompts import Prompts
from alignkit.schema import Profile, Reply
from alignkit.service.asking import Asking, ask, opened, request_from
from alignkit.service.chatting import Turn
from alignkit.service.workbench import Workbench
from alignkit.writing import Stage

_TEMPLATE = "conversation"
_PIECE = re.compile(r"\S{1,60}\s*|\s+")
_A_PART = 4
"""Of what does not fit, the first of so many parts is left out, and then it is tried again."""


@dataclass(frozen=True)
class LeftOut:
    """The beginning of the conversation does not fit into the model's context any more."""

    turns: int
    """How many turns are left out, in all."""


@dataclass(frozen=True)
class Piece:
    """Some of an answer that was verified."""

    text: str


@dataclass(frozen=True)
class Done:
    """The end: the whole reply."""

    reply: Reply


Event = Stage | LeftOut | Piece | Done


@dataclass(frozen=True)
class Said:
    """What is to be answered, and what was said before."""

    request: str
    """Empty where the assistant is to go on by itself."""
    turns: tuple[Turn, ...] = ()

    @property
    def spoken(self) -> tuple[Turn, ...]:
        """The turns of user and assistant."""
        return tuple(turn for turn in self.turns if turn.role != "system")

    @property
    def last(self) -> str:
        """What was said last: it shows in which language."""
        return self.request or (self.spoken[-1].text if self.spoken else "")

    def text(self, prompts: Prompts) -> str:
        """All of it as one request; the request itself where nothing was said before."""
        if self.request and not self.turns:
            return self.request
        system = [turn.text for turn in self.turns if turn.role == "system"]
        said = prompts.render(_TEMPLATE, system=system, turns=self.spoken, request=self.request)
        return said.prompt.text("user").strip()

    def shortened(self, times: float | None = None) -> Said:
        """The same without its first turns: a part of all that was said, and whole exchanges.

        Where it is known to be so many `times` too long, the part that is left is about twice as
        long as may be, as some texts have more tokens than others.
        """
        left = min(1 - 1 / _A_PART, 2 / times) if times else 1 - 1 / _A_PART
        size = sum(len(turn.text) for turn in self.spoken)
        return self._without(size * (1 - left))

    def within(self, most: int) -> Said:
        """The same without its first turns where all have more than `most` characters."""
        size = sum(len(turn.text) for turn in self.spoken)
        return self._without(size - most) if size > most else self

    def _without(self, enough: float) -> Said:
        """The same without the first turns that have `enough` characters, and whole exchanges."""
        spoken = list(self.spoken)
        stay = 0 if self.request else 1  # else nothing is left to go on with
        gone = 0
        while len(spoken) > stay and (gone < enough or spoken[0].role == "assistant"):
            gone += len(spoken.pop(0).text)
        system = [turn for turn in self.turns if turn.role == "system"]
        return replace(self, turns=(*system, *spoken))


async def answered(
    workbench: Workbench,
    said: Said,
    profile: Profile | None,
    asking: Asking,
    on_event: Callable[[Stage | LeftOut], None],
) -> Reply:
    """The verified answer to what was `said`; turns that do not fit any more are left out.

    Raises:
        UsageError: the model cannot write or judge.
        ContextTooLong: what is to be answered does not fit, even alone.
        ModelError: a model cannot be had or started.
    """
    rest, prompts = _fitting(workbench, said, asking), workbench.prompts
    if rest is not said:
        on_event(LeftOut(len(said.turns) - len(rest.turns)))
    while True:
        text = rest.text(prompts)
        try:
            reply = await ask(workbench, text, profile, asking, last=rest.last, on_stage=on_event)
            break
        except ContextTooLong as error:
            if not rest.spoken or (len(rest.spoken) == 1 and not rest.request):
                raise
            rest = rest.shortened(error.times)
            on_event(LeftOut(len(said.turns) - len(rest.turns)))
    told = () if text == said.request else (prompts.version(_TEMPLATE),)
    changes = {
        "request": said.request or text,
        "templates": tuple(sorted((*reply.templates, *told), key=lambda one: one.name)),
        "turns_left_out": len(said.turns) - len(rest.turns),
    }
    return reply.model_copy(update=changes)


def _fitting(workbench: Workbench, said: Said, asking: Asking) -> Said:
    """What was `said` without what cannot fit, whatever it says; no model need read it to know."""
    model = opened(workbench, asking.model)
    most = model.most_characters if isinstance(model, HasRoom) else None
    return said if most is None else said.within(most)


class Talk:
    """A conversation under a profile."""

    def __init__(
        self, workbench: Workbench, profile: Profile | None = None, asking: Asking | None = None
    ) -> None:
        """Talk under `profile`, or with the plain model; `asking` says who writes and judges."""
        self.profile = profile
        """May be changed between two requests."""
        self._workbench = workbench
        self._asking = asking or Asking()
        self._replies: list[Reply] = []
        self._left_out = 0
        self._one_by_one = asyncio.Lock()

    @property
    def replies(self) -> Sequence[Reply]:
        """Every answer so far, with its request."""
        return tuple(self._replies)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What was said, as the model reads it: where there was no answer, our message."""
        return tuple(
            turn
            for reply in self._replies
            for turn in (Turn("user", reply.request), Turn("assistant", reply.text))
        )

    async def say(self, text: str) -> Reply:
        """The answer to `text`, which continues the conversation.

        Raises:
            UsageError: `text` is empty, or the model cannot write or judge.
            ContextTooLong: `text` does not fit into the model's context, even alone.
            ModelError: a model cannot be had or started.
        """
        async with aclosing(self.stream(text)) as events:
            async for event in events:
                if isinstance(event, Done):
                    return event.reply
        raise AssertionError("a stream ends with its reply")

    async def stream(self, text: str) -> AsyncGenerator[Event, None]:
        """What happens until `text` is answered: stages, the verified answer in pieces, the reply.

        No piece comes before the whole answer has passed every check, and none where there is no
        answer: the reply then has a message of ours. Closing the stream before there is an answer
        stops the models; the conversation is then as it was before.

        Raises:
            UsageError, ContextTooLong, ModelError: as `say`.
        """
        request = request_from(text)
        reply = None
        async with self._one_by_one:
            said = Said(request, self.turns[self._left_out :])
            async with aclosing(self._working(said)) as happening:
                async for event in happening:
                    if isinstance(event, Reply):
                        reply = event
                        self._left_out = event.turns_left_out
                        self._replies.append(event)
                    else:
                        yield event
        # Who stops to read here must not hold up what is said next.
        if reply is not None:
            for piece in pieces(reply.text) if reply.outcome == "answered" else ():
                yield Piece(piece)
            yield Done(reply)

    async def _working(self, said: Said) -> AsyncGenerator[Stage | LeftOut | Reply, None]:
        """What happens, and the reply; the work ends when this does."""
        events: asyncio.Queue[Stage | LeftOut | None] = asyncio.Queue()
        before = self._left_out

        def happened(event: Stage | LeftOut) -> None:
            told = LeftOut(before + event.turns) if isinstance(event, LeftOut) else event
            events.put_nowait(told)

        work = asyncio.ensure_future(
            answered(self._workbench, said, self.profile, self._asking, happened)
        )
        work.add_done_callback(lambda _: events.put_nowait(None))
        try:
            while (event := await events.get()) is not None:
                yield event
            reply = await work
        finally:
            work.cancel()
            await asyncio.wait({work})
            if not work.cancelled():
                work.exception()  # else it would be told that nobody asked for it
        out = before + reply.turns_left_out
        yield reply.model_copy(update={"turns_left_out": out})


def pieces(text: str) -> list[str]:
    """`text` in pieces of about a word, which together are the text."""
    return _PIECE.findall(text)
