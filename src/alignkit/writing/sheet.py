"""What was written and judged so far for one request, and each draft as it may be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from alignkit.deciders.trace import Trace
from alignkit.schema import CheckedClaim, Draft, Finding, SourceQuote, Usage
from alignkit.words import ForbiddenWords
from alignkit.writing.checks import Check, Judged, Work, Written
from alignkit.writing.facts import Facts
from alignkit.writing.stages import OnStage, silent

WITHHELD = "withheld"
"""Stands for a quotation that says forbidden words."""
UNUSABLE = "usable"
"""The check that fails in a draft of which nothing can be used."""
_QUOTE_NOTHING = {"words", "boundaries", "targets", "language"}
"""Checks whose findings speak in the words of the profile only."""


@dataclass
class Sheet:
    """All that the loop knows of one request."""

    work: Work
    model: str
    """The name of the model that writes."""
    judge: str
    """The name of the model that judges."""
    writing: Trace
    judging: Trace
    checks: Sequence[Check]
    facts: Facts | None
    """Checks what the drafts state, where that is wanted."""
    on_stage: OnStage = silent
    """Is told of everything that is begun."""
    told: bool = True
    """Whether the model that writes is told of the profile."""
    drafts: list[Draft] = field(default_factory=list)
    texts: dict[int, Written] = field(default_factory=dict)
    """What was written, by number of draft, withheld or not; unusable drafts have none."""
    last: int = 0
    """Tokens that the last round took."""

    @property
    def asked(self) -> Work:
        """What the model that writes gets to know of the work."""
        work = self.work
        if self.told:
            return work
        return Work(work.request, sources=work.sources, passages=work.passages)

    @property
    def spent(self) -> int:
        """Tokens evaluated and generated so far."""
        usage = self.usage
        return usage.tokens_evaluated + usage.tokens_generated

    @property
    def usage(self) -> Usage:
        """What all of it cost."""
        return self.writing.usage + self.judging.usage

    @property
    def best(self) -> Draft:
        """The draft that wins: one that may be shown, one that is known, then the nearest.

        One of which nothing can be used comes after all others.
        """
        return max(
            self.drafts,
            key=lambda one: (
                one.allowed,
                one.number in self.texts,
                not one.abstains,
                round(one.score, 9),
                -len(one.failed),
                -one.number,
            ),
        )

    @property
    def next(self) -> int:
        """Number of the draft that comes next."""
        return len(self.drafts) + 1

    def add(self, written: Written, judged: Judged, seed: int, revised: Draft | None) -> None:
        """Take in what was `written` and what was found in it.

        Where something that binds does not hold, nothing of the draft can be seen.
        """
        words, number = self.work.words, self.next
        findings = tuple(_screened(one, words) for one in judged.findings)
        shown = all(one.holds for one in findings if one.binding)
        # A plan is not judged: where something binds, nobody sees it.
        plan = () if any(one.binding for one in findings) else written.plan
        weights = sum(one.weight for one in findings)
        fit = sum(one.weight * one.fit for one in findings)
        self.texts[number] = written
        self.drafts.append(
            Draft(
                number=number,
                seed=seed,
                revises=revised.number if revised else None,
                plan=plan,
                text=judged.text if shown else None,
                findings=findings,
                claims=tuple(_quoting(one, words) for one in judged.claims) if shown else (),
                score=min(1.0, fit / weights) if weights else float(shown),
            )
        )

    def lose(self, reason: str, seed: int, revised: Draft | None) -> None:
        """Keep the place of a draft of which nothing can be used, and the `reason`."""
        finding = Finding(
            check=UNUSABLE, about="text", holds=False, fit=0.0, binding=True, says=reason
        )
        self.drafts.append(
            Draft(
                number=self.next,
                seed=seed,
                revises=revised.number if revised else None,
                text=None,
                findings=(finding,),
                score=0.0,
            )
        )


def _screened(finding: Finding, words: ForbiddenWords) -> Finding:
    """`finding` without what a check quoted of a draft, where that says forbidden words."""
    if finding.check in _QUOTE_NOTHING:
        return finding
    names = ("about", "says", "advice")
    quoted = {name: WITHHELD for name in names if words.find(getattr(finding, name))}
    return finding.model_copy(update=quoted) if quoted else finding


def _quoting(claim: CheckedClaim, words: ForbiddenWords) -> CheckedClaim:
    """`claim` without forbidden words in itself or in the documents that it is about."""
    return claim.model_copy(
        update={
            "text": WITHHELD if words.find(claim.text) else claim.text,
            "quote": _quoted(claim.quote, words),
            "against": _quoted(claim.against, words),
        }
    )


def _quoted(quote: SourceQuote | None, words: ForbiddenWords) -> SourceQuote | None:
    if quote is None:
        return None
    said = [name for name in ("file", "text") if words.find(getattr(quote, name))]
    return quote.model_copy(update=dict.fromkeys(said, WITHHELD)) if said else quote
