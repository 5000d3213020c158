"""Splits a text into claims: pieces that can be found supported or not, each with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from alignkit.deciders.trace import Trace
from alignkit.examples.wording import words
from alignkit.models.protocols import Sampling
from alignkit.writing.sentences import Sentence, sentences

_ASKS = re.compile(r"[?\uff1f\u061f\u037e\u2e2e][\s\"'\u201d\u2019\u00bb\u300d)\]*_]*$")
"""How questions end: Latin, wide, Arabic, Greek and reversed marks, quotation marks behind."""
_CLAUSE = re.compile(r";\s+|\uff1b\s*")
_NUMBER = re.compile(r"\d+")
_MOST = 6
"""So many statements of one sentence."""
_LONGEST = 300
"""Characters of a statement."""
_SHARED = 0.5
"""At least so many of a statement's words must stand in the text it is from."""


@dataclass(frozen=True)
class Claim:
    """Something a text states."""

    text: str
    """As it stands in the text, or as the model said it by itself."""
    start: int
    """Where the sentence or clause it is from begins in the text, in characters."""
    end: int
    before: str = ""
    """The sentence before it in its paragraph, which may say of whom it speaks."""


def claims(text: str, language: str | None = None) -> tuple[Claim, ...]:
    """What `text` states, in its order: its sentences, those with semicolons clause by clause.

    Questions and headings state nothing. Fenced code counts as one claim.

    Args:
        text: plain or Markdown.
        language: its code, such as "de", where it is known.
    """
    found: list[Claim] = []
    previous: Sentence | None = None
    for one in sentences(text, language=language, by_line=True):
        before = ""
        if previous is not None and previous.block == one.block:
            before = text[previous.start : previous.end]
        previous = one
        said = text[one.start : one.end]
        if one.kind == "heading" or (one.kind == "text" and _ASKS.search(said)):
            continue
        for start, end in _clauses(one, said):
            found.append(Claim(text[start:end], start, end, before))
            before = text[start:end]
    return tuple(found)


def _clauses(sentence: Sentence, said: str) -> list[tuple[int, int]]:
    if sentence.kind == "code":
        return [(sentence.start, sentence.end)]
    parts, start = [], 0
    for cut in _CLAUSE.finditer(said):
        parts.append((start, cut.start()))
        start = cut.end()
    parts.append((start, len(said)))
    return [
        (sentence.start + a, sentence.start + b)
        for a, b in parts
        if any(sign.isalnum() for sign in said[a:b])
    ]


async def claims_by_model(
    trace: Trace, text: str, found: Sequence[Claim], sampling: Sampling | None = None
) -> tuple[Claim, ...]:
    """Each of `found` as single statements that can be understood alone, written by the model.

    A statement keeps the place of the claim it is from. What strays from the text is not taken: a
    number that `text` does not hold, or mostly other words. A claim of which nothing can be taken
    stays as it is.

    Raises:
        UnsupportedCapability: the model does not write objects.
        ModelError: it did not write one that fits, or could not be asked.
    """
    sampling = sampling or Sampling(max_tokens=_MOST * _LONGEST // 2)
    with trace.step("splitting the text into claims"):
        written = await trace.each(found, lambda branch, one: _stated(branch, text, one, sampling))
    return tuple(
        Claim(said, one.start, one.end, one.before if said == one.text else "")
        for one, statements in zip(found, written, strict=True)
        for said in statements
    )


async def _stated(trace: Trace, text: str, claim: Claim, sampling: Sampling) -> tuple[str, ...]:
    prompt = trace.render("claims", answer=text, claim=claim.text, most=_MOST).prompt
    output = await trace.write(prompt, _SCHEMA, sampling)
    statements = (" ".join(str(one).split()) for one in output["claims"])
    kept = [one for one in statements if _keeps_to(one, text)]
    return tuple(dict.fromkeys(kept)) or (claim.text,)


def _keeps_to(statement: str, text: str) -> bool:
    """Whether `statement` says with the words and numbers of `text` what it says."""
    if not set(_NUMBER.findall(statement)) <= set(_NUMBER.findall(text)):
        return False
    own, known = words(statement), set(words(text))
    return bool(statement) and sum(word in known for word in own) >= _SHARED * len(own)


_SCHEMA = {
    "type": "object",
    "properties": {
        "claims": {
            "type": "array",
            "items": {"type": "string", "minLength": 3, "maxLength": _LONGEST},
            "minItems": 1,
            "maxItems": _MOST,
        }
    },
    "required": ["claims"],
    "additionalProperties": False,
}
