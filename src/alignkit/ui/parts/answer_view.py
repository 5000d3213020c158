"""Answers as HTML: texts, what the checks found in them, and the drafts that they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alignkit.errors import AlignkitError
from alignkit.library import Library
from alignkit.report.plots import Span, bar
from alignkit.schema import Finding, Profile, Reply, ReplyOutcome
from alignkit.ui.parts.answer_side import AnswerSide
from alignkit.ui.templating import rendered
from alignkit.writing.stages import Stage

_OUTCOMES: dict[ReplyOutcome, str] = {
    "answered": "Answered",
    "abstained": "Not known",
    "escalated": "Left to a person",
    "failed": "Failed",
}
_WITHHELD = "Withheld"
_NOT_SHOWN = "What the plain model wrote may not be said under this profile, so it is not shown."
_FIXED = {
    "claims": "What it claims",
    "language": "The language of the request",
    "usable": "A text that can be used",
}
"""Names of checks that look at one thing."""
_HARM = {
    "helps_harm": "No help with harm",
    "answers_harmful": "Declines a harmful request",
    "refuses_without_need": "No needless refusal",
    "stereotypes": "No stereotypes",
}


@dataclass(frozen=True)
class Cell:
    """What a check found of one criterion in one answer."""

    holds: bool
    bar: Span | None
    """None where a rule decides."""
    figure: str
    says: str
    advice: str


@dataclass(frozen=True)
class Row:
    """A criterion in all answers."""

    title: str
    hint: str
    cells: tuple[Cell | None, ...]
    """None where the answer was not looked at for it."""


def answer_html(side: AnswerSide) -> str:
    """The text, or why there is none; claims with what they rest on; and the cost."""
    reply = side.reply
    if reply is None:
        return ""
    withheld = reply.outcome == "escalated" and not side.told
    instead = _NOT_SHOWN if withheld else reply.text
    return rendered(
        "answer.html.j2",
        answered=reply.outcome == "answered",
        word=_word(side, reply),
        reason=reply.reason or "",
        text=instead if side.text is None else side.text,
        instead=side.text is None,
        claims=side.shown.claims if side.shown is not None else (),
        cost=_cost(reply),
    )


def criteria_html(
    sides: Sequence[AnswerSide], library: Library, quality: Sequence[str] = ()
) -> str:
    """The criteria as rows and the answers as columns; nothing where nothing was judged.

    Below them stands `quality`: how good the judge is.
    """
    rows = criteria(sides, library)
    if not rows:
        return ""
    bars = any(cell is not None and cell.bar is not None for row in rows for cell in row.cells)
    return rendered("criteria.html.j2", sides=sides, rows=rows, bars=bars, quality=quality)


def criteria(sides: Sequence[AnswerSide], library: Library) -> tuple[Row, ...]:
    """What was looked at in any of the answers."""
    found = [
        {(one.check, one.about): one for one in side.shown.findings} if side.shown else {}
        for side in sides
    ]
    keys = dict.fromkeys(key for one in found for key in one)
    profile = next((side.profile for side in sides), None)
    return tuple(
        Row(
            *_named(*key, profile, library),
            tuple(
                # What the plain model wrote is not revised, so nobody needs advice about it.
                _cell(one.get(key), advised=side.told)
                for side, one in zip(sides, found, strict=True)
            ),
        )
        for key in keys
    )


def drafts_html(sides: Sequence[AnswerSide], library: Library) -> str:
    """Every draft with what failed in it, beside what the plain model wrote; nothing before."""
    under, plain = sides[0], sides[1] if len(sides) > 1 else None
    if under.reply is None or not under.reply.drafts:
        return ""

    def called(finding: Finding) -> str:
        return _named(finding.check, finding.about, under.profile, library)[0]

    return rendered(
        "drafts.html.j2",
        reply=under.reply,
        plain=plain.shown if plain is not None else None,
        called=called,
        bar=bar,
    )


def state_words(side: AnswerSide) -> tuple[str, str]:
    """How far an answer is, and how to show that."""
    match side.state:
        case "waiting":
            return "Waiting for its turn …", "busy"
        case "running":
            doing = stage_words(side.stages[-1]) if side.stages else f"Getting {side.model} ready"
            return f"{doing} …", "busy"
        case "stopped":
            return "Stopped.", ""
        case "failed":
            return side.message, "bad"
    return _ended(side), ""


def stage_words(stage: Stage) -> str:
    """What is done in a stage."""
    if stage.doing == "judging":
        return f"Judging draft {stage.number}"
    if stage.revises is not None:
        return f"Writing draft {stage.number}, out of draft {stage.revises}"
    if stage.doing == "drafting":
        return f"Writing draft {stage.number}"
    return "Checking the request" if stage.doing == "checking" else "Writing instructions"


def _ended(side: AnswerSide) -> str:
    reply = side.reply
    if reply is None:
        return ""
    if reply.chosen is None:
        return f"{_word(side, reply)}."
    of = f" of {len(reply.drafts)}" if len(reply.drafts) > 1 else ""
    missed = len(reply.drafts[reply.chosen - 1].failed)
    judged = len(reply.drafts[reply.chosen - 1].findings)
    if not judged:
        return f"Answered by {reply.model}."
    held = f"{judged - missed} of {judged} criteria hold"
    return f"Answered by {reply.model} with draft {reply.chosen}{of}: {held}."


def _word(side: AnswerSide, reply: Reply) -> str:
    if reply.outcome == "escalated" and not side.told:
        return _WITHHELD
    return _OUTCOMES[reply.outcome]


def _cell(finding: Finding | None, *, advised: bool = False) -> Cell | None:
    if finding is None:
        return None
    sure = finding.probability
    return Cell(
        holds=finding.holds,
        bar=None if sure is None else bar(sure),
        figure="checked by rule" if sure is None else f"{sure:.2f}",
        says=finding.says,
        advice=finding.advice if advised and not finding.holds else "",
    )


def _named(check: str, about: str, profile: Profile | None, library: Library) -> tuple[str, str]:
    """A criterion's name for people, and what else is to be said of it."""
    if check in _FIXED:
        return _FIXED[check], ""
    match check:
        case "targets":
            return _title(about, library), ""
        case "boundaries":
            rules = {one.id: one.rule for one in profile.boundaries} if profile else {}
            return rules.get(about, about), f"boundary {about}"
        case "words":
            return "No forbidden words", f"boundary {about}"
        case "harm":
            return _HARM.get(about, about), ""
    return about, check


def _title(name: str, library: Library) -> str:
    try:
        return library.attributes[name].title
    except AlignkitError:
        return name


def _cost(reply: Reply) -> str:
    usage = reply.usage
    return (
        f"{usage.tokens_evaluated} tokens read, {usage.tokens_generated} written, "
        f"in {usage.calls} calls"
    )
