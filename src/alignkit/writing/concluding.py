"""What the user gets when all is written and judged: the best draft, or why there is none."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from alignkit.errors import BadModelOutput, ModelError, Refused
from alignkit.schema import (
    Draft,
    Evidence,
    Finding,
    Reply,
    ReplyOutcome,
    Steps,
    TemplateVersion,
)
from alignkit.words import ForbiddenWords
from alignkit.writing.sheet import WITHHELD, Sheet

LEFT_TO_A_PERSON = "This request is left to a person: the model found no answer that"
NOT_KNOWN = "The model does not know enough to answer this."
NOT_IN_SOURCES = "The sources do not say enough to answer this."
NO_ANSWER = "There is no answer: the model failed."
_NOTHING = "\N{EM DASH}"
"""Stands for a message of ours that says a word which the profile forbids."""


def concluded(sheet: Sheet) -> Reply:
    """The best draft of `sheet` as the answer, or why none of them is one."""
    best = sheet.best
    if best.allowed and best.text is not None:
        if best.abstains:
            unknown = next(one for one in best.failed if one.abstains)
            text = NOT_KNOWN if sheet.work.sources is None else NOT_IN_SOURCES
            return _ended(sheet, "abstained", text, unknown.says or text)
        return _ended(sheet, "answered", best.text, None, best.number)
    broken = [one for draft in sheet.drafts for one in _binding(draft)]
    checks = {one.check for one in broken}
    names = ", ".join(sorted({one.about for one in broken}))
    if checks == {"language"}:
        reason = f"every draft was in other letters than the request ({names})"
        return _ended(sheet, "failed", NO_ANSWER, reason)
    if checks == {"harm"}:
        text, reason = "does no harm", f"every draft could help with harm ({names})"
    else:
        text, reason = "keeps to the profile", f"every draft breaks a boundary ({names})"
    return _ended(sheet, "escalated", f"{LEFT_TO_A_PERSON} {text}.", reason)


def failed(sheet: Sheet, error: ModelError) -> Reply:
    """A reply without an answer, because of an `error` before there was a draft."""
    return _ended(sheet, "failed", NO_ANSWER, _told(error, sheet.work.words))


def _ended(
    sheet: Sheet,
    outcome: ReplyOutcome,
    text: str,
    reason: str | None,
    chosen: int | None = None,
) -> Reply:
    profile = sheet.asked.profile
    writing, judging = sheet.writing, sheet.judging
    templates = _once((*writing.templates, *judging.templates))
    return Reply(
        id=uuid.uuid4().hex,
        request=sheet.work.request,
        profile=profile.name if profile else None,
        model=sheet.model,
        judge=sheet.judge,
        outcome=outcome,
        text=_NOTHING if sheet.work.words.find(text) else text,
        chosen=chosen,
        reason=reason,
        tailored=tuple(
            Steps(attribute=one.attribute.name, wanted=one.wanted, steps=one.instructions)
            for one in sheet.work.tailored
        ),
        drafts=tuple(sheet.drafts),
        usage=sheet.usage,
        templates=templates,
        evidence=Evidence(
            calls=(*judging.calls, *writing.calls),
            generations=(*writing.generations, *judging.generations),
            templates=templates,
        ),
    )


def _binding(draft: Draft) -> list[Finding]:
    return [one for one in draft.failed if one.binding]


def _told(error: ModelError, words: ForbiddenWords) -> str:
    """Why there is no draft, without a word of what the model wrote."""
    if isinstance(error, BadModelOutput | Refused):
        said = "the model declined" if isinstance(error, Refused) else "it wrote nothing usable"
    else:
        said = str(error)
    reason = f"While {error.step}: {said}" if error.step else said
    return WITHHELD if words.find(reason) else reason


def _once(templates: Iterable[TemplateVersion]) -> tuple[TemplateVersion, ...]:
    found = {one.name: one for one in templates}
    return tuple(found[name] for name in sorted(found))
