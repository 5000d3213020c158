"""What a request is answered with: a text that was checked, or why there is none."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from alignkit.schema.base import SCHEMA_VERSION, Frozen
from alignkit.schema.decision import Evidence
from alignkit.schema.prompt import TemplateVersion
from alignkit.schema.question import Usage

ReplyOutcome = Literal["answered", "abstained", "escalated", "failed"]
Standing = Literal["supported", "contradicted", "disputed", "unsupported"]
"""What there is for a claim: it is borne out, denied, some of each, or nothing speaks of it."""


class Finding(Frozen):
    """What a check found about one thing in a draft."""

    check: str
    """Which check: `targets`, `boundaries`, `words`, `language`, `harm`, `claims`, `usable`."""
    about: str
    """What was looked at: the attribute's name, the boundary's id, what could be harmful."""
    holds: bool
    """Whether the draft is as it should be."""
    probability: float | None = None
    """How sure a model is that it holds, 0 to 1; null where a rule decides."""
    fit: Annotated[float, Field(ge=0, le=1)]
    """How near the draft is to what is wanted, 0 to 1."""
    weight: Annotated[float, Field(ge=0)] = 0.0
    """How much the fit counts when drafts are compared; 0 for what only forbids."""
    binding: bool = False
    """Whether a draft in which it does not hold is never shown."""
    abstains: bool = False
    """Whether a draft in which it does not hold means that the answer is not known."""
    says: str = ""
    """The finding for people."""
    advice: str = ""
    """What a revision is told to change."""


class SourceQuote(Frozen):
    """What a document of the user's says, as it stands there."""

    file: str
    """Its path below the folder that was given."""
    line: int
    """Number of the first line, from 1."""
    last_line: int
    text: str

    @property
    def place(self) -> str:
        """File and lines, as it is cited: `rules.md:3-5`."""
        lines = f"{self.line}" if self.line == self.last_line else f"{self.line}-{self.last_line}"
        return f"{self.file}:{lines}"


class CheckedClaim(Frozen):
    """Something that a draft states, and what there is for it."""

    text: str
    standing: Standing
    """By the sources; without any, `supported` is what the model knows well enough."""
    probability: Annotated[float, Field(ge=0, le=1)]
    """That it is supported."""
    quote: SourceQuote | None = None
    """The passage that supports it, where it is supported or disputed by sources."""
    against: SourceQuote | None = None
    """The passage that contradicts it, where it is contradicted or disputed."""


class Draft(Frozen):
    """One text that the model wrote, and what the checks found."""

    number: int
    """Counted from 1, in the order of writing."""
    seed: int
    revises: int | None = None
    """Number of the draft that it improves; null for a new one."""
    plan: tuple[str, ...] = ()
    """The points that the model set out to make; empty where the draft is withheld."""
    text: str | None
    """The draft, with what nothing supports marked or left out; null where it is withheld, because
    something that binds does not hold, or the model wrote nothing usable."""
    findings: tuple[Finding, ...] = ()
    claims: tuple[CheckedClaim, ...] = ()
    """What it states, where that was checked, in the order of the text as it was written; empty
    where the draft is withheld."""
    score: float
    """The mean fit, by the weights of the profile, 0 to 1."""

    @property
    def allowed(self) -> bool:
        """Whether everything that binds holds."""
        return all(one.holds for one in self.findings if one.binding)

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The findings that do not hold."""
        return tuple(one for one in self.findings if not one.holds)

    @property
    def abstains(self) -> bool:
        """Whether a check found that the answer is not known."""
        return any(one.abstains for one in self.failed)


class Steps(Frozen):
    """How one target is to be reached in the answer to one request."""

    attribute: str
    wanted: str
    """The wanted level in words."""
    steps: tuple[str, ...]
    """What to do, in the imperative."""


class Reply(Frozen):
    """The answer to a request, or the reason why there is none."""

    id: str
    """Unique."""
    schema_version: int = SCHEMA_VERSION
    request: str
    """What was asked."""
    profile: str | None
    """Name of the profile; null for the plain model."""
    model: str
    """The name of the model that wrote."""
    judge: str
    """The name of the model that judged the drafts."""
    outcome: ReplyOutcome
    text: str
    """What the user reads: the answer, or a message of ours where there is none."""
    chosen: int | None
    """Number of the draft that is the answer; null unless `answered`."""
    reason: str | None = None
    """Why there is no answer; null when `answered`."""
    turns_left_out: Annotated[int, Field(ge=0)] = 0
    """Turns at the beginning of the conversation that no longer fitted into the model's context."""
    tailored: tuple[Steps, ...] = ()
    """The instructions that the model wrote for this request; empty where it was not asked to."""
    drafts: tuple[Draft, ...] = ()
    """All that was written, unusable drafts too; empty where the model wrote nothing usable."""
    usage: Usage = Usage()
    templates: tuple[TemplateVersion, ...] = ()
    """The wordings that were used."""
    evidence: Annotated[Evidence, Field(exclude=True, repr=False)] = Evidence()
    """Every prompt and answer, withheld drafts too; left out of the reply's own JSON."""

    @model_validator(mode="after")
    def _outcome_fits(self) -> Reply:
        answered = self.outcome == "answered"
        if answered != (self.chosen is not None) or answered != (self.reason is None):
            raise ValueError("a draft is chosen, and no reason given, exactly when 'answered'")
        return self
