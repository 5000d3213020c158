"""Which model and which method, precisely enough to tell them from any other."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from alignkit.schema.base import Frozen


class ModelIdentity(Frozen):
    """Which model answered, precisely enough to tell it from any other."""

    name: str
    """As it was asked for: a registry name, a path, `openai:MODEL`, `fake`."""
    backend: str
    """The part of ALIGN that spoke to it: llama, openai, fake."""
    sha256: str | None = None
    """Hash of the weights file, for embedded models."""
    served_as: str | None = None
    """The id that a service gave for the model it answered with."""
    answers_by: str | None = None
    """What a service was found to offer, where services differ: probabilities of labels, a choice
    among labels that it sees to, or words only."""
    engine: str | None = None
    """Name and version of the engine or client library."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Settings that can move probabilities or are needed to reach the model again; never a key."""


class DeciderIdentity(Frozen):
    """Which method decided, with all its settings."""

    name: str
    settings: dict[str, Any] = Field(default_factory=dict)
