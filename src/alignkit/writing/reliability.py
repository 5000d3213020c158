"""A draft as it may be given: its claims checked, what nothing supports treated, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import Field

from alignkit.deciders.trace import Trace
from alignkit.schema import Escalation, Frozen
from alignkit.schema.abstention import Abstention
from alignkit.writing.abstaining import calibrated, reason_to_abstain
from alignkit.writing.claims import Claim, claims
from alignkit.writing.knowing import KnowingSettings, Known, check_knowledge, sample_answers
from alignkit.writing.marking import Treatment, treated
from alignkit.writing.sources import Sources
from alignkit.writing.support import Supported, SupportSettings, check_support

STANDS = 0.5
"""From this calibrated probability on a claim stands that no source is there for."""


class ReliabilitySettings(Frozen):
    """How drafts are checked, and what is done about what is not supported."""

    unsupported: Treatment = "mark"
    threshold: Annotated[float, Field(gt=0, lt=1)] = STANDS
    """Without sources a claim counts as supported from this calibrated probability on."""
    support: SupportSettings = SupportSettings()
    knowing: KnowingSettings = KnowingSettings()


@dataclass(frozen=True)
class Reliable:
    """What became of a draft."""

    outcome: Literal["given", "abstained"]
    text: str
    """What may be given; empty where the outcome is `abstained`."""
    raw: float = 1.0
    """The smallest probability of the claims that are given unmarked; 1 where nothing is claimed,
    0 where nothing is left."""
    probability: float = 1.0
    """The same, calibrated where labelled answers taught how: that the answer is right."""
    weakest: float = 1.0
    """The smallest raw probability of all claims, given or not; 1 where nothing is claimed. A
    promise about errors is about the whole answer, so it goes by this."""
    reason: str = ""
    """Why nothing is given."""
    supported: tuple[Supported, ...] = ()
    """The claims, with sources."""
    known: tuple[Known, ...] = ()
    """The claims, without."""
    unsupported: tuple[Claim, ...] = ()
    """Those that were marked or left out."""
    answers: tuple[str, ...] = field(default=(), repr=False)
    """The other answers that were drawn, without sources."""


async def check_reliability(  # noqa: PLR0913, PLR0917  the three last are seldom given
    trace: Trace,
    request: str,
    draft: str,
    sources: Sources | None,
    settings: ReliabilitySettings | None = None,
    wish: Escalation | None = None,
    abstention: Abstention | None = None,
    answers: Sequence[str] = (),
) -> Reliable:
    """`draft` with its claims checked, as an answer to `request`.

    Where no claim is supported, or the answer is not likely enough to be right for the profile's
    `wish`, the model abstains.

    Args:
        trace: asks the model.
        request: what was asked.
        draft: what a model wrote.
        sources: the only facts that may be stated; None lets the model state what it knows.
        settings: how.
        wish: what the profile says about escalating.
        abstention: what was learned from judged answers that were checked in this way.
        answers: other answers that were drawn for another draft; without any, they are drawn.

    Raises:
        UnsupportedCapability: the model lacks what this takes.
        ModelError: it could not be asked.
    """
    settings = settings or ReliabilitySettings()
    found = claims(draft, headings=sources is not None)
    if sources is not None:
        supported = await check_support(trace, request, found, sources, settings.support)
        judged = [
            _Judged(one.claim, one.probability, one.standing == "supported") for one in supported
        ]
        checked = Reliable("given", draft, supported=supported)
    else:
        if found and not answers:
            answers = await sample_answers(trace, request, settings.knowing)
        known = await check_knowledge(trace, request, found, answers) if found else ()
        judged = [
            _Judged(
                one.claim,
                one.probability,
                calibrated(one.probability, abstention) >= settings.threshold,
            )
            for one in known
        ]
        checked = Reliable("given", draft, known=known, answers=tuple(answers))
    return _concluded(checked, judged, settings, wish, abstention)


@dataclass(frozen=True)
class _Judged:
    claim: Claim
    probability: float
    """The raw one."""
    stands: bool


def _concluded(
    checked: Reliable,
    judged: Sequence[_Judged],
    settings: ReliabilitySettings,
    wish: Escalation | None,
    abstention: Abstention | None,
) -> Reliable:
    unsupported = tuple(one.claim for one in judged if not one.stands)
    whole = wish is not None and wish.rates is not None
    kept = settings.unsupported == "keep" and not whole  # a promise is about answers that stand
    stands = len(unsupported) < len(judged)
    counted = [one.probability for one in judged if one.stands or settings.unsupported == "keep"]
    raw = min(counted, default=0.0 if judged else 1.0)
    weakest = min((one.probability for one in judged), default=1.0)
    found = replace(
        checked,
        unsupported=unsupported,
        raw=raw,
        weakest=weakest,
        probability=calibrated(raw, abstention) if judged else 1.0,
    )
    if judged and not stands and not kept:
        reason = f"none of its {len(judged)} claims is supported"
        if len(judged) == 1:
            reason = "its only claim is not supported"
        return replace(found, outcome="abstained", text="", reason=reason)
    sure = calibrated(weakest, abstention) if whole else found.probability
    reason = reason_to_abstain(sure, wish, abstention) if judged else ""
    if reason:
        return replace(found, outcome="abstained", text="", reason=reason)
    return replace(found, text=treated(checked.text, unsupported, settings.unsupported))
