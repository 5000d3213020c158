"""Do the user's documents support a claim? Passages that may are found by their words, and judged.

A claim is judged against one passage at a time: small models judge one short thing best. So a claim
that only follows from several passages together is not found supported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from alignkit.deciders.trace import Trace
from alignkit.schema import Answer, ChoiceQuestion, Frozen, Option, Request, Standing
from alignkit.stats.probability import log_average
from alignkit.writing.claims import Claim
from alignkit.writing.sources import Passage, Sources

_TEXTS = {
    "supports": "It supports the claim",
    "contradicts": "It contradicts the claim",
    "nothing": "It does not say",
}
_ORDERS = (
    ("supports", "contradicts", "nothing"),
    ("contradicts", "nothing", "supports"),
    ("nothing", "supports", "contradicts"),
)
"""Each option stands at each place once, so that a liking for a place is averaged out."""
_EVEN = 0.5


class SupportSettings(Frozen):
    """How claims are checked against sources."""

    passages: Annotated[int, Field(ge=1, le=20)] = 3
    """Passages that are looked at for each claim."""


@dataclass(frozen=True)
class Supported:
    """A claim and what the sources say about it."""

    claim: Claim
    standing: Standing
    probability: float
    """That the passage which supports it most does support it, against the likelier of the two
    other answers: above 0.5 where that is the likeliest of the three; 0 where none speaks of it."""
    quote: Passage | None = None
    """The passage that supports it, where it is supported or disputed."""
    against: Passage | None = None
    """The passage that contradicts it, where it is contradicted or disputed."""


@dataclass(frozen=True)
class _Judged:
    passage: Passage
    supports: float
    """Against the likelier of the two other answers, as `contradicts`."""
    contradicts: float


async def check_support(
    trace: Trace,
    request: str,
    found: Sequence[Claim],
    sources: Sources,
    settings: SupportSettings | None = None,
) -> tuple[Supported, ...]:
    """What `sources` say about each of the claims `found` in an answer to `request`, in order.

    Raises:
        UnsupportedCapability: the model does not answer typed questions.
        ModelError: it could not answer one of them.
    """
    settings = settings or SupportSettings()
    pairs = [
        (claim, passage)
        for claim in found
        for passage in sources.nearest(f"{claim.before} {claim.text}", settings.passages)
    ]
    # Claims about one passage come together, so that it is read once.
    pairs.sort(key=lambda pair: (pair[1].file, pair[1].start))
    asked = [
        _request(trace, request, claim, passage, order)
        for claim, passage in pairs
        for order in _ORDERS
    ]
    with trace.step("checking claims against the sources"):
        answers = list(await trace.ask(asked)) if asked else []
    judged: dict[Claim, list[_Judged]] = {claim: [] for claim in found}
    for number, (claim, passage) in enumerate(pairs):
        turns = answers[number * len(_ORDERS) : (number + 1) * len(_ORDERS)]
        judged[claim].append(_averaged(passage, turns))
    return tuple(_standing(claim, judged[claim]) for claim in found)


def _request(
    trace: Trace, request: str, claim: Claim, passage: Passage, order: Sequence[str]
) -> Request:
    asked = trace.render(
        "support", request=request, passage=passage.text, claim=claim.text, before=claim.before
    )
    options = tuple(Option(id=one, text=_TEXTS[one]) for one in order)
    question = ChoiceQuestion(instructions=asked.question, options=options)
    return Request(prompt=asked.prompt, question=question)


def _averaged(passage: Passage, turns: Sequence[Answer]) -> _Judged:
    rows = np.array([[turn.probabilities[one] for one in _TEXTS] for turn in turns])
    supports, contradicts, nothing = log_average(rows).tolist()
    return _Judged(
        passage,
        supports / (supports + max(contradicts, nothing)),
        contradicts / (contradicts + max(supports, nothing)),
    )


def _standing(claim: Claim, judged: Sequence[_Judged]) -> Supported:
    if not judged:
        return Supported(claim, "unsupported", 0.0)
    best = max(judged, key=lambda one: one.supports)
    worst = max(judged, key=lambda one: one.contradicts)
    borne, denied = best.supports > _EVEN, worst.contradicts > _EVEN
    standings: dict[tuple[bool, bool], Standing] = {
        (True, False): "supported",
        (False, True): "contradicted",
        (True, True): "disputed",
        (False, False): "unsupported",
    }
    return Supported(
        claim,
        standings[borne, denied],
        best.supports,
        best.passage if borne else None,
        worst.passage if denied else None,
    )
