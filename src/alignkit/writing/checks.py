"""What is checked of a draft: a list of checks, each of which gives findings.

A check gets the draft, what it was written for, and a trace to ask the judge with. It is called
once for every draft. What it finds decides three things: which draft wins (`fit` times `weight`),
what a revision is told to change (`advice`), and which draft is never shown (`binding`).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from alignkit.deciders.trace import Trace
from alignkit.decompose import Criterion, Guide, criteria_of, decompose
from alignkit.schema import (
    YES,
    Answer,
    Attribute,
    Boundary,
    CheckedClaim,
    Finding,
    PredicateQuestion,
    Profile,
    Request,
)
from alignkit.words import ForbiddenWords
from alignkit.writing.responsibility import RequestCheck
from alignkit.writing.sources import Passage, Sources

_LIKELIER = 0.5
"""A criterion holds where that is at least as likely as not."""


@dataclass(frozen=True)
class Work:
    """What a text is written for."""

    request: str
    profile: Profile | None = None
    attributes: tuple[Attribute, ...] = ()
    """What the profile has targets for, in their order."""
    sources: Sources | None = None
    """The only facts that may be stated; None lets the model state what it knows."""
    passages: tuple[Passage, ...] = ()
    """What of the sources the model reads."""
    last: str | None = None
    """What was said last, where `request` tells of a whole conversation."""
    harm: RequestCheck | None = None
    """Whether the request is harmful, where that was checked."""
    tailored: tuple[Guide, ...] = ()
    """The targets as instructions for this request, where the model wrote them."""
    words: ForbiddenWords = field(init=False)
    """What must not be said."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", ForbiddenWords(self.boundaries))

    @property
    def boundaries(self) -> tuple[Boundary, ...]:
        """What must not be done."""
        return self.profile.boundaries if self.profile else ()

    @property
    def heaviest(self) -> float:
        """The largest weight of a target; 1 where there is none."""
        targets = self.profile.targets if self.profile else {}
        return max((one.weight for one in targets.values()), default=1.0)

    @property
    def guides(self) -> tuple[Guide, ...]:
        """The targets as instructions."""
        if self.tailored or self.profile is None:
            return self.tailored
        return decompose(self.profile, self.attributes)

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The targets and boundaries as questions about a draft."""
        return criteria_of(self.profile, self.attributes) if self.profile else ()


@dataclass(frozen=True)
class Written:
    """What a model wrote."""

    text: str
    plan: tuple[str, ...] = ()
    """The points it set out to make, where it was asked for them."""


@dataclass(frozen=True)
class Judged:
    """What was found in a draft, and what of it may be given."""

    text: str
    """The draft, or what was made of it."""
    findings: tuple[Finding, ...]
    claims: tuple[CheckedClaim, ...] = ()
    """What it states, where that was checked."""
    shortened: bool = False
    """Whether something was left out of the text: it then has to be judged again."""


class Check(Protocol):
    """Looks at a draft."""

    async def findings(self, judge: Trace, work: Work, written: Written) -> Sequence[Finding]:
        """What there is to say about `written`, which was written for `work`.

        Typed questions go through `judge`, all of them in one call where that can be.

        Raises:
            ModelError: the judge could not be asked; the draft then counts for nothing.
        """


class Words:
    """No word that a boundary forbids is said, in no disguise; no model is asked."""

    async def findings(self, judge: Trace, work: Work, written: Written) -> Sequence[Finding]:
        """One finding for each boundary that forbids words."""
        del judge
        return [
            _of_words(boundary, written.text) for boundary in work.boundaries if boundary.never_say
        ]


class Language:
    """An answer in other letters than the request is one that the request can have asked for."""

    async def findings(self, judge: Trace, work: Work, written: Written) -> Sequence[Finding]:
        """None where request and answer are in the same script; else what the judge says."""
        asked, given = script_of(work.last or work.request), script_of(written.text)
        if asked is None or given is None or asked == given:
            return ()
        said = judge.render("language", request=work.request, draft=written.text)
        question = PredicateQuestion(instructions=said.question)
        [answer] = await judge.ask([Request(prompt=said.prompt, question=question)])
        sure = answer.probabilities[YES]
        return (
            Finding(
                check="language",
                about=given,
                holds=sure >= _LIKELIER,
                probability=sure,
                fit=sure,
                binding=True,
                says=f"written in {given} letters, asked in {asked} ones",
                advice="Write in the language that the request is written in or asks for.",
            ),
        )


class Criteria:
    """Every target and every rule of the profile, asked of the judge at once."""

    async def findings(self, judge: Trace, work: Work, written: Written) -> Sequence[Finding]:
        """One finding for each target and each boundary.

        The prompts begin alike, with request and draft, so that an engine reads these once.
        """
        criteria = work.criteria
        if not criteria:
            return ()
        answers = await judge.ask(
            [question_about(judge, one, work.request, written.text) for one in criteria]
        )
        return [_judged(*pair) for pair in zip(criteria, answers, strict=True)]


SHIPPED: tuple[Check, ...] = (Words(), Language(), Criteria())
"""What is checked of every draft, the cheap first."""


def question_about(trace: Trace, criterion: Criterion, request: str, draft: str) -> Request:
    """`criterion` as a typed question about a `draft` of the answer to `request`."""
    about = criterion.about
    said = trace.render(
        "criterion",
        request=request,
        draft=draft,
        boundary=about if isinstance(about, Boundary) else None,
        attribute=about if isinstance(about, Attribute) else None,
    )
    return Request(prompt=said.prompt, question=criterion.question(said.question))


def script_of(text: str) -> str | None:
    """The script that most letters of `text` are in, as in `Latin`; None where it has none."""
    found = Counter[str]()
    for sign, count in Counter(text).items():  # texts may be long, and have few different signs
        if unicodedata.category(sign).startswith("L"):
            found[_script(sign)] += count
    return found.most_common(1)[0][0] if found else None


def _script(sign: str) -> str:
    first = unicodedata.name(sign, "unknown").partition(" ")[0].partition("-")[0].title()
    # Japanese is written in three scripts, of which one is also that of Chinese.
    return "Chinese or Japanese" if first in {"Cjk", "Hiragana", "Katakana"} else first


def _of_words(boundary: Boundary, text: str) -> Finding:
    said = ForbiddenWords([boundary]).find(text) is not None
    return Finding(
        check="words",
        about=boundary.id,
        holds=not said,
        fit=float(not said),
        binding=True,
        says="says words that are forbidden" if said else "says no forbidden words",
        advice=f"Leave out all that this rule forbids: {boundary.rule}" if said else "",
    )


def _judged(criterion: Criterion, answer: Answer) -> Finding:
    probability = criterion.probability(answer)
    holds = probability >= _LIKELIER
    if isinstance(criterion.about, Boundary):
        rule = criterion.about.rule
        return Finding(
            check="boundaries",
            about=criterion.name,
            holds=holds,
            probability=probability,
            fit=criterion.fit(answer),
            binding=True,
            says=f"{'keeps' if holds else 'breaks'} the rule: {rule}",
            advice="" if holds else f"Keep this rule: {rule}",
        )
    attribute = criterion.about
    level = attribute.levels[round(answer.mean * (len(attribute.levels) - 1))]
    wanted = " or ".join(f'"{word}"' for word in criterion.levels)
    return Finding(
        check="targets",
        about=criterion.name,
        holds=holds,
        probability=probability,
        fit=criterion.fit(answer),
        weight=criterion.weight,
        says=f'{attribute.title} is "{level}", wanted {wanted}',
        advice=""
        if holds
        else f'{attribute.title} is "{level}", but it has to be {wanted}. {attribute.definition}',
    )
