"""Typed questions as text with one label per option, for models that show label probabilities.

A `choice` gets letters or numbers, a `predicate` Yes and No, a `score` the numbers of its levels.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from alignkit.errors import UnsupportedCapability
from alignkit.prompts import Prompts
from alignkit.schema import ChoiceQuestion, Prompt, Question, Request, ScoreQuestion

MAX_LABELS = 26
"""More options than this in one question have no label of their own."""

_ALPHABETS = (
    ("letter", string.ascii_uppercase),
    ("number", "123456789"),
    ("letter", string.ascii_uppercase[15:]),
)
_NAME_LIKE = re.compile(r"(?<=\w )(?:[A-Z]|[1-9])\b")
"""A single letter or digit behind a word, as in "Patient A" or "line 2"."""

TEMPLATES = ("readout_choice", "readout_lettered", "readout_predicate", "readout_score")
"""What questions are written out with."""


@dataclass(frozen=True)
class Labelled:
    """A request as a model with visible label probabilities gets it."""

    prompt: Prompt
    labels: tuple[str, ...]
    """What the model answers, in the order of the question's options."""
    begun: str = ""
    """What its answer begins with already, as "Answer:" of an examination; the label comes next."""


@dataclass(frozen=True)
class _Line:
    label: str
    text: str


def readout_of(question: Question) -> str:
    """The template that writes `question` out."""
    lettered = isinstance(question, ChoiceQuestion) and question.lettered
    return f"readout_{'lettered' if lettered else question.type}"


def labels_of(question: ChoiceQuestion, prompt: Prompt) -> tuple[str, tuple[str, ...]]:
    """What the options of `question` are called, and whether those are letters or numbers.

    Raises:
        UnsupportedCapability: it has more options than there are labels.
    """
    texts = tuple(option.text for option in question.options)
    if question.lettered and len(texts) <= MAX_LABELS:
        return _letters(texts)
    return _alphabet(prompt, texts)


def labelled(request: Request, prompts: Prompts, *, begins: bool = False) -> Labelled:
    """`request` with its question written out behind its prompt.

    Where the backend `begins` the model's answer, the line behind which an examination has the
    letter does: a model that chats begins with a word of its own otherwise, and "A" is one.

    Raises:
        UnsupportedCapability: a choice with more options than there are labels.
    """
    question = request.question
    texts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ("Yes", "No")
    kind = "word"
    if isinstance(question, ChoiceQuestion):
        texts = tuple(option.text for option in question.options)
        kind, labels = labels_of(question, request.prompt)
    elif isinstance(question, ScoreQuestion):
        kind, labels, texts = "number", question.option_ids, question.levels
    tail = prompts.render(
        readout_of(question),
        instructions=question.instructions,
        options=[_Line(label, text) for label, text in zip(labels, texts, strict=False)],
        kind=kind,
    )
    if begins and isinstance(question, ChoiceQuestion) and question.lettered:
        return Labelled(request.prompt, labels, tail.prompt.text("user").strip())
    return Labelled(request.prompt.extended(*tail.prompt.segments), labels)


class Tokenise(Protocol):
    """An engine's way from text to tokens."""

    def __call__(self, text: str, *, special: bool) -> Sequence[int]:
        """The tokens of `text`; control tokens only if they are `special`."""


def label_tokens(tokenise: Tokenise, end: str, label: str, begun: str) -> tuple[int, ...]:
    """The tokens of `label` behind the chat template's `end`, or behind what is `begun`.

    Mostly one. Where it cannot be told apart from what stands before it, the label by itself.
    """
    before = tuple(tokenise(begun or end, special=not begun))
    text = f"{begun} {label}" if begun else end + label
    together = tuple(tokenise(text, special=not begun))
    if len(together) == len(before) + 1 and together[:-1] == before:
        return together[-1:]
    return tuple(tokenise(label, special=False))


def _letters(texts: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The letters that the options have in the prompt."""
    return "letter", tuple(string.ascii_uppercase[: len(texts)])


def _alphabet(prompt: Prompt, texts: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Labels that do not also occur as names ("Patient A") in what is to be decided."""
    count = len(texts)
    if count > MAX_LABELS:
        raise UnsupportedCapability(
            f"At most {MAX_LABELS} options fit in one question, not {count}."
        )
    taken = set(_NAME_LIKE.findall("\n".join((prompt.text("user"), *texts))))
    fitting = [(kind, tuple(signs[:count])) for kind, signs in _ALPHABETS if len(signs) >= count]
    return next((pair for pair in fitting if taken.isdisjoint(pair[1])), fitting[0])
