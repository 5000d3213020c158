"""Puts labelled texts to a judge as the checks of free text do, and keeps what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from alignkit.deciders.boundaries import BROKEN, broken
from alignkit.deciders.trace import Trace
from alignkit.decompose import Criterion
from alignkit.errors import ModelError
from alignkit.evaluate.judging.pairs import truer
from alignkit.evaluate.judging.texts import BREAKS, HARMFUL, SUPPORTED, TRUER, Part, Text
from alignkit.evaluate.lines import Kept, Lines, hash_of
from alignkit.models.protocols import Model
from alignkit.models.together import together
from alignkit.prompts import Prompts
from alignkit.schema import Attribute, Usage
from alignkit.writing.checks import question_about
from alignkit.writing.claims import claims
from alignkit.writing.responsibility import ResponsibilitySettings, check_request
from alignkit.writing.sources import Source, Sources
from alignkit.writing.support import SupportSettings, check_support


class Said(Kept):
    """What a judge said of one text."""

    part: Part
    text: str
    """Its id."""
    scores: dict[str, float]
    """By what was asked: 0 to 1."""
    found: dict[str, bool]
    """The same as yes or no, at the thresholds of the checks; nothing where there is a scale."""
    usage: Usage


@dataclass(frozen=True)
class Judged:
    """A text and what the judge said of it."""

    text: Text
    said: Said | None
    """None where it failed."""
    failure: str = ""
    """Why it did."""


@dataclass(frozen=True)
class Judge:
    """Who judges, in which words, what of a scale means what."""

    model: Model
    prompts: Prompts
    attributes: Mapping[str, Attribute]
    """Those that answers are rated by; what else people have rated is not asked."""

    def asks(self, text: Text) -> tuple[Attribute, ...]:
        """The attributes that `text` is to be rated by."""
        return tuple(self.attributes[name] for name in text.truths if name in self.attributes)


async def judged(
    judge: Judge, texts: Sequence[Text], kept: Lines[Said], at_once: int
) -> AsyncIterator[Judged]:
    """What the judge says of each of `texts`, from what was `kept` or now, in their order.

    `at_once` texts are put together, so that the engine can put what they share side by side.

    Raises:
        UnsupportedCapability: the model does not answer typed questions.
        CannotWrite: what it says cannot be kept.
    """
    for start in range(0, len(texts), at_once):
        part = texts[start : start + at_once]
        for one in await together(_judged(judge, text, kept) for text in part):
            yield one


async def _judged(judge: Judge, text: Text, kept: Lines[Said]) -> Judged:
    key = key_of(judge, text)
    known = kept.find(key, judge.prompts)
    if known is not None:
        return Judged(text, known)
    trace = Trace(judge.model, judge.prompts)
    try:
        scores, found = await _asked(judge, trace, text)
    except ModelError as error:  # it may be the service's; it is tried again
        return Judged(text, None, str(error))
    said = Said(
        key=key,
        templates={one.name: one.sha256 for one in trace.templates},
        part=text.part,
        text=text.id,
        scores={name: round(score, 6) for name, score in scores.items()},
        found=found,
        usage=trace.usage,
    )
    kept.add(said)
    return Judged(text, said)


def key_of(judge: Judge, text: Text) -> str:
    """The hash of the model, the text, what is asked of it and the thresholds."""
    parts = {
        "model": judge.model.identity.model_dump(mode="json"),
        "text": [text.part, text.request, text.answer, text.source],
        **_beside(text),
        "attributes": [one.model_dump(mode="json") for one in judge.asks(text)],
        "thresholds": thresholds(text.part),
    }
    return hash_of(parts)


def thresholds(part: Part) -> dict[str, object]:
    """What decides a yes or no of `part`: those of another part may change without its answers."""
    if part == "claims":
        return SupportSettings().model_dump(mode="json")
    if part == "requests":
        return {"harmful": ResponsibilitySettings().harmful}
    return {"broken": BROKEN} if part == "rules" else {}


def _beside(text: Text) -> dict[str, object]:
    """What is shown beside request, answer and source."""
    if text.references is not None:
        return {"other": text.other, "references": asdict(text.references)}
    if text.ruling is not None:
        return {"question": text.ruling.scenario.question, "rule": text.ruling.boundary.rule}
    return {}


_EVEN = 0.5
_Found = tuple[dict[str, float], dict[str, bool]]


async def _asked(judge: Judge, trace: Trace, text: Text) -> _Found:
    if text.part == "ratings":
        return await _rated(trace, text, judge.asks(text)), {}
    if text.part == "claims":
        return await _supported(trace, text)
    if text.references is not None:
        found = (await truer(trace, text.references, text.answer, text.other)).one
        return {TRUER: found}, {TRUER: found > _EVEN}
    if text.ruling is not None:
        at = text.ruling
        [share] = await broken(trace, at.scenario, [(at.boundary, at.choice)])
        return {BREAKS: share}, {BREAKS: share > BROKEN}
    harmful = (await check_request(trace, text.request)).harmful
    return {HARMFUL: harmful}, {HARMFUL: harmful >= ResponsibilitySettings().harmful}


async def _rated(trace: Trace, text: Text, by: Sequence[Attribute]) -> dict[str, float]:
    questions = [question_about(trace, Criterion(one), text.request, text.answer) for one in by]
    answers = await trace.ask(questions) if questions else []
    return {one.name: answer.mean for one, answer in zip(by, answers, strict=True)}


async def _supported(trace: Trace, text: Text) -> _Found:
    """An answer is as well supported as its weakest claim; one that claims nothing is."""
    sources = Sources([Source("knowledge.txt", text.source)])
    stated = claims(text.answer, headings=True)
    found = await check_support(trace, text.request, stated, sources)
    score = min((one.probability for one in found), default=1.0)
    stands = all(one.standing == "supported" for one in found)
    return {SUPPORTED: score}, {SUPPORTED: stands}
