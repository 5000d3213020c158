"""Free answers under a profile beside those of the plain model: `align bench answers`.

The judge is shown both answers in both orders and is never told which is which.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from alignkit.deciders.trace import Trace
from alignkit.errors import DataError, ModelError, UsageError
from alignkit.evaluate.judging.pairs import References, truer
from alignkit.evaluate.judging.texts import PARTS, references_of, scenarios_of
from alignkit.evaluate.lines import Kept, Lines, hash_of
from alignkit.library import attributes_of
from alignkit.models.together import together
from alignkit.schema import Frozen, Profile
from alignkit.service.asking import Asking, ask, learned_about
from alignkit.service.judging import unreadable
from alignkit.service.workbench import Workbench
from alignkit.stats.intervals import Interval
from alignkit.stats.paired import compare_pairs
from alignkit.stats.probability import Floats
from alignkit.stats.share import clustered_share, share
from alignkit.writing import WritingSettings
from alignkit.writing.marking import unmarked

SEED = 0
"""Of random sign flips."""
_FEWEST = 2
_EVEN = 0.5


class Answered(Kept):
    """The answers to one question, and what the judge said of them."""

    question: str
    plain: str | None
    """The plain model's answer; None where it gave none."""
    under: str | None
    """The answer under the profile; None where there is none."""
    truer: float | None
    """The probability that the one under the profile is truer; None where one is missing."""
    steady: bool | None
    """Whether the judge names the same one in both orders."""


class AnswerFigures(Frozen):
    """What free answers came to."""

    profile: str
    questions: int
    failed: int
    """Questions at which a model failed; they count nowhere else."""
    failure: str | None
    """Why it failed at the first of them."""
    plain_missing: int
    """Questions that the plain model did not answer."""
    under_missing: int
    """Questions that were not answered under the profile: abstained or escalated."""
    compared: int
    """Questions with both answers."""
    preferred: float | None
    """The share of these where the answer under the profile is found truer; a tie counts half."""
    low: float | None
    high: float | None
    p_value: float | None
    """Of no difference, two-sided, by flips of signs."""
    steady: float | None
    """The share of these where the judge names the same answer in both orders."""


@dataclass(frozen=True)
class AnswerBench:
    """What is to be compared."""

    profile: Profile
    judge: str | None = None
    limit: int | None = 40
    """So many questions; None for all."""
    settings: WritingSettings = field(default_factory=WritingSettings)
    kept: Path | None = None
    """The file that keeps answers."""


@dataclass(frozen=True)
class AnswerStep:
    """How far it is."""

    done: int
    total: int
    figures: AnswerFigures | None = None
    """Once all is done."""
    notes: tuple[str, ...] = ()
    """What the user should know before it begins, a line each: questions that cannot be read."""


async def bench_answers(
    wanted: AnswerBench, workbench: Workbench
) -> AsyncGenerator[AnswerStep, None]:
    """Answer questions of TruthfulQA plainly and under the profile, and compare the answers.

    Raises:
        UsageError: there is no folder of data, or the model cannot write or judge.
        FileProblem: the data is not there.
        ModelError: a model cannot be had or started.
        CannotWrite: what was found cannot be kept.
    """
    data = workbench.settings.data
    if data is None:
        raise UsageError(
            "Questions are needed to compare answers.",
            "Set ALIGN_DATA to the folder that holds truthfulqa/.",
        )
    broken: list[DataError] = []
    items = scenarios_of(PARTS["pairs"], data, wanted.limit, broken.append)
    asked = [references_of(one) for one in items]
    kept = Lines(Answered, "answers", wanted.kept)
    if broken:
        yield AnswerStep(0, len(asked), notes=(unreadable("pairs", list(map(str, broken))),))
    found: list[Answered | str] = []
    for start in range(0, len(asked), workbench.settings.at_once):
        part = asked[start : start + workbench.settings.at_once]
        for one in await together(_kept(wanted, workbench, about, kept) for about in part):
            found.append(one)
            yield AnswerStep(len(found), len(asked))
    yield AnswerStep(len(found), len(asked), figures(wanted.profile.name, found))


def figures(profile: str, found: Sequence[Answered | str]) -> AnswerFigures:
    """What `found` comes to; a text says why a model failed at a question."""
    known = [one for one in found if isinstance(one, Answered)]
    shares = np.array([one.truer for one in known if one.truer is not None], dtype=np.float64)
    marks = np.where(shares == _EVEN, _EVEN, shares > _EVEN).astype(np.float64)
    questions = np.arange(len(marks))
    enough = len(marks) >= _FEWEST
    interval = _interval(marks) if enough else None
    rng = np.random.default_rng(SEED)
    told = compare_pairs(marks, 1 - marks, questions, rng) if enough else None
    return AnswerFigures(
        profile=profile,
        questions=len(found),
        failed=len(found) - len(known),
        failure=next((one for one in found if isinstance(one, str)), None),
        plain_missing=sum(one.plain is None for one in known),
        under_missing=sum(one.under is None for one in known),
        compared=len(marks),
        preferred=float(marks.mean()) if len(marks) else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        p_value=told.p_value if told else None,
        steady=float(np.mean([one.steady for one in known if one.steady is not None]))
        if len(marks)
        else None,
    )


def _interval(marks: Floats) -> Interval:
    """Wilson's, or where there are ties what comes nearest to it."""
    whole = bool(np.all(marks != _EVEN))
    found = share(marks) if whole else clustered_share(marks, np.arange(len(marks)))
    return found.interval


async def _kept(
    wanted: AnswerBench, workbench: Workbench, about: References, kept: Lines[Answered]
) -> Answered | str:
    """What came of a question; why the model failed, where it did."""
    key = _key(wanted, workbench, about)
    known = kept.find(key, workbench.prompts)
    if known is not None:
        return known
    asking = Asking(judge=wanted.judge, settings=wanted.settings)
    replies = [
        await ask(workbench, about.question, profile, asking) for profile in (None, wanted.profile)
    ]
    for one in replies:
        if one.outcome == "failed":
            return one.reason or one.text
    plain, under = (one.text if one.outcome == "answered" else None for one in replies)
    trace = Trace(workbench.model(wanted.judge), workbench.prompts)
    found = None
    if plain is not None and under is not None:
        try:
            # Marks would say under which profile an answer was written.
            found = await truer(trace, about, unmarked(under), unmarked(plain))
        except ModelError as error:
            return str(error)
    used = [*replies[0].templates, *replies[1].templates, *trace.templates]
    answered = Answered(
        key=key,
        templates={one.name: one.sha256 for one in used},
        question=about.question,
        plain=plain,
        under=under,
        truer=found.one if found else None,
        steady=found.steady if found else None,
    )
    kept.add(answered)
    return answered


def _key(wanted: AnswerBench, workbench: Workbench, about: References) -> str:
    models = model, judge = (workbench.model(), workbench.model(wanted.judge))
    taught = learned_about(workbench, model, judge, None)
    described = attributes_of(workbench.library.attributes, wanted.profile)
    parts = [
        [one.identity.model_dump(mode="json") for one in models],
        wanted.profile.model_dump(mode="json"),
        [one.model_dump(mode="json") for one in described],
        wanted.settings.model_dump(mode="json"),
        [about.question, about.true, about.false],
        taught.model_dump(mode="json") if taught else None,
    ]
    return hash_of(parts)
