"""Without sources: does the model say the same each time, and does it say that it knows?

What a model made up, it makes up otherwise the next time; what it knows, it repeats (Manakul et al.
2023, SelfCheckGPT). And asked, it can tell in part what it knows (Kadavath et al. 2022). Neither
shows an error that the model makes every time. How much the probability is worth is for labelled
examples to say (`service.calibration.abstaining`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from alignkit.deciders.trace import Trace
from alignkit.errors import BadModelOutput
from alignkit.models.protocols import Sampling
from alignkit.schema import YES, Frozen, PredicateQuestion, Request
from alignkit.stats.probability import log_odds, logistic
from alignkit.writing.claims import Claim
from alignkit.writing.usable import readable

_LONGEST = 1200
"""Characters of a sampled answer."""
_SURE = 0.99
"""No single answer counts as surer than this, so that none decides alone."""


class KnowingSettings(Frozen):
    """How it is found out whether a model knows what it says."""

    samples: Annotated[int, Field(ge=1, le=50)] = 5
    """Other answers that are drawn."""
    temperature: Annotated[float, Field(gt=0, le=2)] = 0.8
    """At which they are drawn."""
    seed: int = 0
    """Of the first; the others follow."""
    max_tokens: Annotated[int, Field(ge=16)] = 300
    """Of each."""


@dataclass(frozen=True)
class Known:
    """A claim and how well the model knows it."""

    claim: Claim
    agreement: float
    """The mean probability that another answer says the same, 0 to 1."""
    believed: float
    """The probability with which the model holds it for true when asked, 0 to 1."""
    probability: float
    """Both, and whether the model says that it knows the answer, as one; not calibrated."""


async def sample_answers(
    trace: Trace, request: str, settings: KnowingSettings | None = None
) -> tuple[str, ...]:
    """Several answers of the model to `request`, each drawn with its own seed.

    What cannot be used as a draft is left out here, too.

    Raises:
        UnsupportedCapability: the model does not write objects.
        BadModelOutput: not one answer can be used.
        ModelError: it could not be asked.
    """
    settings = settings or KnowingSettings()
    prompt = trace.render("sample_answer", request=request).prompt

    async def drawn(branch: Trace, seed: int) -> str | None:
        sampling = Sampling(
            temperature=settings.temperature, seed=seed, max_tokens=settings.max_tokens
        )
        try:
            return _answer_in(await branch.write(prompt, _SCHEMA, sampling, _answer_in))
        except BadModelOutput:
            return None

    # Three tries at an object take three seeds.
    seeds = [settings.seed + 3 * number for number in range(settings.samples)]
    with trace.step("drawing other answers"):
        found = [one for one in await trace.each(seeds, drawn) if one is not None]
        if not found:
            raise BadModelOutput("The model wrote no other answer that can be used.")
    return tuple(found)


def _answer_in(output: Mapping[str, Any]) -> str:
    # One that is as long as the schema allows says enough to be compared.
    return readable(str(output["answer"]), _LONGEST + 1)


async def check_knowledge(
    trace: Trace, request: str, found: Sequence[Claim], answers: Sequence[str]
) -> tuple[Known, ...]:
    """How well the model knows each of the claims `found` in an answer to `request`, in order.

    Args:
        trace: asks the model whose answer it is.
        request: what was asked.
        found: the claims.
        answers: other answers of the model to the same request, at least one.

    Raises:
        UnsupportedCapability: the model does not answer typed questions.
        ModelError: it could not answer one of them.
        ValueError: there are no other answers.
    """
    if not answers:
        raise ValueError("agreement takes at least one other answer")
    if not found:
        return ()
    same = [
        _asked(trace, "agreement", request=request, answer=answer, **_of(claim))
        for answer in answers
        for claim in found
    ]
    true = [
        _asked(trace, "knowledge", request=request, asks="claim", **_of(claim)) for claim in found
    ]
    whole = _asked(trace, "knowledge", request=request, asks="answer", claim="", before="")
    with trace.step("finding out what the model knows"):
        shares = [a.probabilities[YES] for a in await trace.ask([*same, *true, whole])]
    knows, believed = shares[-1], shares[len(same) : -1]
    rows = [shares[place : len(same) : len(found)] for place in range(len(found))]
    return tuple(
        _known(claim, row, belief, knows)
        for claim, row, belief in zip(found, rows, believed, strict=True)
    )


def combined(agreement: float, believed: float, knows: float) -> float:
    """One probability out of three: the logistic of the mean of their log-odds.

    Each counts as 0.01 at least and 0.99 at most, so that none decides alone.
    """
    inside = [min(max(one, 1 - _SURE), _SURE) for one in (agreement, believed, knows)]
    return logistic(math.fsum(map(log_odds, inside)) / len(inside))


def _known(claim: Claim, same: Sequence[float], believed: float, knows: float) -> Known:
    agreement = math.fsum(same) / len(same)
    return Known(claim, agreement, believed, combined(agreement, believed, knows))


def _of(claim: Claim) -> dict[str, str]:
    return {"claim": claim.text, "before": claim.before}


def _asked(trace: Trace, template: str, **values: str) -> Request:
    asked = trace.render(template, **values)
    return Request(prompt=asked.prompt, question=PredicateQuestion(instructions=asked.question))


_SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "minLength": 1, "maxLength": _LONGEST}},
    "required": ["answer"],
    "additionalProperties": False,
}
