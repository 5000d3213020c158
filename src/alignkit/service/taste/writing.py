"""Candidate answers that a model writes under profiles that vary the attributes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from alignkit.errors import BadModelOutput, TimedOut
from alignkit.models import Model
from alignkit.models.protocols import Sampling
from alignkit.schema import Attribute, CandidateAnswers, Profile, Target, WrittenAnswer
from alignkit.service.chatting import Turn, conversation
from alignkit.service.workbench import Workbench
from alignkit.stats.probability import Floats
from alignkit.writing.usable import read_text

_TEMPERATURE = 0.7
_MOST_TOKENS = 300
_ENOUGH = 2
_SECONDS = 900.0
"""The longest that writing one answer may take."""


async def written_candidates(
    workbench: Workbench,
    model: Model,
    request: str,
    attributes: Sequence[Attribute],
    count: int,
) -> CandidateAnswers:
    """Up to `count` answers to `request`, each written for other levels of `attributes`.

    The levels fill the space evenly (a Latin hypercube). Of equal answers one is kept; control
    signs become blanks.

    Raises:
        UnsupportedCapability: the model does not write text.
        BadModelOutput: it wrote fewer than two different answers.
        ModelError: it could not be asked, or broke off.
    """
    texts: dict[str, None] = {}
    for seed, levels in enumerate(_spread(len(attributes), count)):
        targets = {
            one.name: Target(value=float(level))
            for one, level in zip(attributes, levels, strict=True)
        }
        sampling = Sampling(temperature=_TEMPERATURE, seed=seed, max_tokens=_MOST_TOKENS)
        profile = Profile(name="candidate", targets=targets)
        said = conversation(workbench, model, profile, [Turn("user", request)], sampling)
        try:
            async with asyncio.timeout(_SECONDS):
                pieces = (_cleaned(one) async for one in said.write(lambda _: None))
                text = await read_text(pieces, _MOST_TOKENS)
        except TimeoutError as error:
            raise TimedOut(f"The model wrote for more than {_SECONDS:g} s.") from error
        except BadModelOutput:
            continue
        texts[text] = None
    if len(texts) < _ENOUGH:
        raise BadModelOutput(
            f"{model.identity.name} wrote {len(texts)} different answers to {request[:60]!r}; "
            "two are needed.",
            "Try another model, or give answers in a file: --answers FILE",
        )
    return CandidateAnswers(
        request=request, answers=tuple(WrittenAnswer(text=text) for text in texts)
    )


def _spread(attributes: int, count: int) -> Floats:
    """Levels (count, attributes) that fill the space, each attribute in even steps from 0 to 1."""
    from scipy.stats import qmc

    drawn = qmc.LatinHypercube(attributes, rng=np.random.default_rng(0)).random(count)
    return np.asarray(np.floor(drawn * count) / max(count - 1, 1))


def _cleaned(text: str) -> str:
    """`text` without signs that would steer a terminal."""
    kept = (sign if sign.isprintable() or sign in "\n\t" else " " for sign in text)
    return "".join(kept)
