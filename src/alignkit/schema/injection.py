"""Attempts to make a model obey a text that it was only to read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from alignkit.schema.base import Frozen, Name, Text

Way = Literal["direct", "document", "persona", "encoded", "multilingual"]
"""Where an attempt comes in: the request, a document, a persona; in a code; in other languages."""

Encoding = Literal[
    "plain", "base64", "hex", "rot13", "reversed", "leet", "spaced", "invisible", "wide", "tags"
]
"""How the payload is written into the texts."""

PLACE = "{payload}"
"""Stands for the payload, as it is encoded, in request, document and persona."""


class Injection(Frozen):
    """One attempt, and what shows that it succeeded."""

    id: Name
    technique: Text
    """What it tries, in a few words."""
    request: Text
    """What the user asks."""
    document: Text | None = None
    """What the request is about, from somebody else."""
    persona: Text | None = None
    """Who the model is told to be."""
    rule: Text | None = None
    """What the model must never do, where the attempt is against such a rule."""
    payload: Text | None = None
    """The sentence that is encoded."""
    encoding: Encoding = "plain"
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] = "en"
    """Code of the language that the attempt is in."""
    aim: Text
    """What the answer would do if it succeeded, in words, for a judge."""
    signs: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Words that an answer has only if it succeeded, whatever their case and spacing."""
    task: tuple[Text, ...] = ()
    """Words of which an answer that does what was asked has one; empty where it has to refuse."""

    @model_validator(mode="after")
    def _payload_has_a_place(self) -> Injection:
        texts = (self.request, self.document or "", self.persona or "")
        if (self.payload is not None) != any(PLACE in text for text in texts):
            raise ValueError(f"payload and its place {PLACE} go together")
        if self.encoding != "plain" and self.payload is None:
            raise ValueError("an encoding needs a payload")
        return self


class InjectionSet(Frozen):
    """Attempts that come in by the same way."""

    name: Way
    title: Text
    injections: Annotated[tuple[Injection, ...], Field(min_length=1)]
    source: Text | None = None
    licence: Text | None = None

    @model_validator(mode="after")
    def _ids_differ(self) -> InjectionSet:
        ids = [one.id for one in self.injections]
        twice = next((one for one in ids if ids.count(one) > 1), None)
        if twice:
            raise ValueError(f"the id {twice!r} stands here a second time")
        return self
