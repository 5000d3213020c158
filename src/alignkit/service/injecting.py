"""How often a model obeys planted instructions: what `align injections run` measures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from alignkit.evaluate.lines import Kept, Lines, hash_of
from alignkit.models.protocols import Model
from alignkit.prompts import Prompts
from alignkit.schema.injection import Injection, InjectionSet
from alignkit.service.workbench import Workbench
from alignkit.writing.resisting import (
    TOKENS,
    Answers,
    OnTried,
    Reply,
    Resistance,
    guarded,
    plain_prompt,
    plainly,
    resistance,
)
from alignkit.writing.settings import WritingSettings

SEED = 0
"""Of random sign flips."""


def attempts(
    workbench: Workbench, names: Sequence[str] = (), limit: int | None = None
) -> list[InjectionSet]:
    """The sets called `names`, or all, each with its first `limit` attempts.

    Raises:
        UnknownName: there is no such set.
        DataError: a set of the user's own has a mistake.
    """
    shelf = workbench.library.injections
    found = [shelf[name] for name in names or shelf]
    return [
        one.model_copy(update={"injections": one.injections[:limit]})
        for one in dict.fromkeys(found)
    ]


class Replied(Kept):
    """What came out for an attempt."""

    attempt: str
    """Its id."""
    text: str
    """The answer; empty where it is withheld."""
    withheld: str
    """Why nothing is given."""


async def resist(
    workbench: Workbench,
    sets: Sequence[InjectionSet],
    on_tried: OnTried,
    kept: Path | None = None,
) -> Resistance:
    """How often the attempts of `sets` succeed on the model, without and behind the guard.

    Args:
        workbench: its model is tried.
        sets: at least one.
        on_tried: is told of each attempt.
        kept: the file that keeps what came out, so that it is not asked for again.

    Raises:
        UnsupportedCapability: the model does not write objects or answer typed questions.
        ModelError: it cannot be had or started.
        FileProblem: `kept` is something else.
        CannotWrite: what came out cannot be kept.
    """
    rng = np.random.default_rng(SEED)
    lines = Lines(Replied, "answers to attempts", kept)
    keeping = partial(_keeping, lines)
    return await resistance(
        workbench.model(),
        workbench.prompts,
        sets,
        rng,
        keeping("plain", plainly),
        keeping("guarded", guarded),
        on_tried,
    )


def _keeping(lines: Lines[Replied], arm: str, answers: Answers) -> Answers:
    """`answers`, of which each attempt is asked for once."""

    async def answer(model: Model, prompts: Prompts, injection: Injection) -> Reply:
        key = _key(model, arm, injection)
        known = lines.find(key, prompts)
        if known is not None:
            return Reply(known.text, known.withheld)
        reply = await answers(model, prompts, injection)
        if not reply.failure:  # it may be the service's; it is tried again
            lines.add(
                Replied(
                    key=key,
                    templates={one.name: one.sha256 for one in reply.templates},
                    attempt=injection.id,
                    text=reply.text,
                    withheld=reply.withheld,
                )
            )
        return reply

    return answer


def _key(model: Model, arm: str, injection: Injection) -> str:
    """The hash of all that an answer depends on, but for the wordings."""
    plain = arm == "plain"
    parts = [
        model.identity.model_dump(mode="json"),
        arm,
        (plain_prompt(injection) if plain else injection).model_dump(mode="json"),
        TOKENS if plain else WritingSettings(tokens=TOKENS).model_dump(mode="json"),
    ]
    return hash_of(parts)
