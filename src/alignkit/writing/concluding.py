"""What the user gets when all is written and judged: the best draft, or why there is none."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence

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
from alignkit.writing.sheet import UNUSABLE, WITHHELD, Sheet

LEFT_TO_A_PERSON = "This request is left to a person: the model found no answer that"
NOT_KNOWN = "The model does not know enough to answer this."
NOT_IN_SOURCES = "The sources do not say enough to answer this."
NO_ANSWER = "There is no answer: the model failed."
_NOTHING = "\N{EM DASH}"
"""Stands for a message of ours that says a word which the profile forbids."""
_NO_RULE = {"language", UNUSABLE}
"""Where drafts fail only in these, there is nothing for a person to decide."""
_FAILS = {
    "words": ("breaks a boundary", "broke a boundary"),
    "boundaries": ("breaks a boundary", "broke a boundary"),
    "harm": ("could help with harm", "could help with harm"),
    "language": (
        "was in other letters than the request",
        "came in other letters than the request",
    ),
    UNUSABLE: ("held nothing usable", "held nothing usable"),
}
"""What a draft does in which a check fails: of every draft, and of some."""


def concluded(sheet: Sheet) -> Reply:
    """The best draft of `sheet` as the answer, or why none of them is one."""
    if not sheet.texts:
        return failed(sheet, sheet.drafts[0].failed[0].says)
    best = sheet.best
    if best.allowed and best.text is not None:
        if best.abstains:
            unknown = next(one for one in best.failed if one.abstains)
            text = NOT_KNOWN if sheet.work.sources is None else NOT_IN_SOURCES
            return _ended(sheet, "abstained", text, unknown.says or text)
        return _ended(sheet, "answered", best.text, None, best.number)
    reason = _why_none(sheet.drafts)
    rules = {one.check for draft in sheet.drafts for one in _binding(draft)} - _NO_RULE
    if not rules:
        return _ended(sheet, "failed", NO_ANSWER, reason)
    text = "does no harm" if rules == {"harm"} else "keeps to the profile"
    return _ended(sheet, "escalated", f"{LEFT_TO_A_PERSON} {text}.", reason)


def failed(sheet: Sheet, reason: str) -> Reply:
    """A reply without an answer, because there was no draft that could be used."""
    sheet.drafts.clear()
    return _ended(sheet, "failed", NO_ANSWER, reason)


def _why_none(drafts: Sequence[Draft]) -> str:
    """Why none of `drafts` may be given: what is wrong with all of them, or with how many."""
    numbers = defaultdict[tuple[str, str], set[int]](set)
    names = defaultdict[tuple[str, str], set[str]](set)
    for draft in drafts:
        for one in _binding(draft):
            numbers[_fails(one)].add(draft.number)
            names[_fails(one)] |= set() if one.check == UNUSABLE else {one.about}
    about = {kind: f" ({', '.join(sorted(of))})" if of else "" for kind, of in names.items()}
    if len(about) == 1:
        return "".join(f"every draft {every}{of}" for (every, _), of in about.items())
    some = [f"{len(numbers[kind])} {kind[1]}{of}" for kind, of in about.items()]
    return f"of {len(drafts)} drafts, {', '.join(some)}"


def _fails(finding: Finding) -> tuple[str, str]:
    check = finding.check
    return _FAILS.get(check, (f"fails the check {check}", f"failed the check {check}"))


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


def told_of(error: ModelError, words: ForbiddenWords) -> str:
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
