"""A model writes a draft, or a better one: as an object with a plan, or as plain text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from alignkit.deciders.trace import Trace
from alignkit.errors import TimedOut
from alignkit.models.protocols import GeneratesObjects, GeneratesText, Sampling
from alignkit.schema import Finding, Prompt
from alignkit.writing.checks import Work, Written
from alignkit.writing.responsibility import stance_towards
from alignkit.writing.settings import WritingSettings
from alignkit.writing.usable import POINTS, read_object, read_text, schema_for

_PLAN_TOKENS = 200
"""Room for the plan and the signs of the object."""
_TOKENS_PER_WORD = 2
"""More than most languages need, so that texts come to their end."""


@dataclass(frozen=True)
class Former:
    """A draft that is to be made better."""

    written: Written
    findings: Sequence[Finding]


async def drafted(
    trace: Trace, work: Work, settings: WritingSettings, sampling: Sampling, former: Former | None
) -> Written:
    """What the model writes for `work`, or makes of a `former` draft.

    Raises:
        UnsupportedCapability: the model writes neither objects nor text.
        BadModelOutput: what it wrote cannot be read, several times.
        ModelError: it could not be asked.
    """
    try:
        async with asyncio.timeout(settings.seconds):
            return await _written(trace, work, settings, sampling, former)
    except TimeoutError as error:
        raise TimedOut(f"The model wrote for more than {settings.seconds:g} s.") from error


async def _written(
    trace: Trace, work: Work, settings: WritingSettings, sampling: Sampling, former: Former | None
) -> Written:
    tokens = settings.tokens
    unplanned = not settings.plan and trace.can(GeneratesText)
    if unplanned or not trace.can(GeneratesObjects):

        async def read(pieces: AsyncIterator[str]) -> str:
            return await read_text(pieces, tokens)

        prompt = prompt_for(trace, work, former, tokens, plain=True)
        return Written(await trace.write_text(prompt, _room(sampling, tokens), read))

    def check(output: object) -> None:
        read_object(output, tokens)

    prompt = prompt_for(trace, work, former, tokens, plain=False)
    room = _room(sampling, tokens + _PLAN_TOKENS)
    return read_object(await trace.write(prompt, schema_for(tokens), room, check), tokens)


def prompt_for(
    trace: Trace, work: Work, former: Former | None, tokens: int, *, plain: bool
) -> Prompt:
    """What the model reads: the request, how it is wanted, and a `former` draft to be made better.

    It is told a length for which there is room in so many `tokens`. `plain` asks for a text alone,
    otherwise for an object.
    """
    profile = work.profile
    values = {
        "request": work.request,
        "guides": work.guides,
        "persona": profile.persona if profile else None,
        "group": profile.group if profile else None,
        "boundaries": work.boundaries,
        "passages": work.passages,
        "stance": stance_towards(work.harm),
        "plain": plain,
        "points": POINTS,
        "words": max(1, tokens // _TOKENS_PER_WORD),
    }
    if former is None:
        return trace.render("draft", **values).prompt
    broken = {one.about for one in former.findings if one.check == "words" and not one.holds}
    return trace.render(
        "revise",
        draft=former.written.text,
        advice=[one.advice for one in former.findings if not one.holds and one.advice],
        avoid=[word for one in work.boundaries if one.id in broken for word in one.never_say],
        **values,
    ).prompt


def _room(sampling: Sampling, tokens: int) -> Sampling:
    return sampling.model_copy(update={"max_tokens": tokens})
