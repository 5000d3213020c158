"""What was said to the model and what came back, as it stands in a record."""

from __future__ import annotations

import json
from dataclasses import dataclass

from alignkit.report.wording import listed, plural, share_figures
from alignkit.schema import (
    Answer,
    Call,
    ChoiceQuestion,
    Evidence,
    Generation,
    Prompt,
    Question,
    ScoreQuestion,
)

_MOST = 12
"""So many calls, and so many written texts, are shown of a decision; its record has them all."""


@dataclass(frozen=True)
class Option:
    """One option of a question, and how likely the model found it."""

    id: str
    text: str
    figure: str


@dataclass(frozen=True)
class Exchange:
    """A prompt and what it led to: a question with its answer, or a text."""

    title: str
    system: str
    user: str
    question: str
    options: tuple[Option, ...]
    readout: str
    written: str


@dataclass(frozen=True)
class Exchanges:
    """The first exchanges of a decision, and what there is beside them."""

    shown: tuple[Exchange, ...]
    note: str


def exchanges(evidence: Evidence) -> Exchanges:
    """What is shown of the written texts and the calls in `evidence`."""
    texts, calls = evidence.generations, evidence.calls
    if not texts and not calls:
        return Exchanges((), "The model was not asked.")
    shown = (
        *(_text(text, number) for number, text in enumerate(texts[:_MOST], start=1)),
        *(_call(call, number) for number, call in enumerate(calls[:_MOST], start=1)),
    )
    left = [
        f"{more:,} more {noun if more == 1 else plural(noun)}"
        for noun, more in (("text", len(texts) - _MOST), ("call", len(calls) - _MOST))
        if more > 0
    ]
    return Exchanges(shown, f"The record has {listed(left)}." if left else "")


def _text(generation: Generation, number: int) -> Exchange:
    output = generation.output
    return _exchange(
        f"Text {number}",
        generation.prompt,
        written=output
        if isinstance(output, str)
        else json.dumps(output, ensure_ascii=False, indent=2),
    )


def _call(call: Call, number: int) -> Exchange:
    return _exchange(
        f"Call {number}, a {call.question.type} question",
        call.prompt,
        question=call.question.instructions,
        options=_options(call.question, call.answer),
        readout=_readout(call.answer),
    )


def _exchange(  # noqa: PLR0913  the optional halves of an Exchange
    title: str,
    prompt: Prompt,
    *,
    question: str = "",
    options: tuple[Option, ...] = (),
    readout: str = "",
    written: str = "",
) -> Exchange:
    system, user = prompt.text("system"), prompt.text("user")
    return Exchange(title, system, user, question, options, readout, written)


def _options(question: Question, answer: Answer) -> tuple[Option, ...]:
    figures = share_figures(answer.probabilities)
    texts = _texts(question)
    return tuple(Option(id_, texts.get(id_, ""), figure) for id_, figure in figures.items())


def _texts(question: Question) -> dict[str, str]:
    if isinstance(question, ChoiceQuestion):
        return {option.id: option.text for option in question.options}
    if isinstance(question, ScoreQuestion):
        return dict(zip(question.option_ids, question.levels, strict=True))
    return {}


def _readout(answer: Answer) -> str:
    parts = [f"read from {answer.readout}"]
    if answer.samples is not None:
        parts.append(f"{answer.samples:,} samples")
    if answer.inside is not None:
        parts.append(f"{answer.inside:.1%} of the model's probability fell on the options")
    return ", ".join(parts)
