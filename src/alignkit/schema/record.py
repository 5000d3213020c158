"""Everything that led to a decision: enough to make it again and to see what differs."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, Field

from alignkit.schema.attribute import Attribute
from alignkit.schema.base import SCHEMA_VERSION, Frozen
from alignkit.schema.decision import Decision, Evidence
from alignkit.schema.profile import Profile
from alignkit.schema.scenario import Scenario


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
    engine: str | None = None
    """Name and version of the engine or client library."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Settings that can move probabilities or are needed to reach the model again; never a key."""


class DeciderIdentity(Frozen):
    """Which method decided, with all its settings."""

    name: str
    settings: dict[str, Any] = Field(default_factory=dict)


class Record(Frozen):
    """A decision with all that led to it."""

    schema_version: int = SCHEMA_VERSION
    created: AwareDatetime
    versions: dict[str, str]
    """Versions of alignkit, Python and the libraries that matter."""
    model: ModelIdentity
    decider: DeciderIdentity
    scenario: Scenario
    profile: Profile | None
    attributes: tuple[Attribute, ...]
    """Full text of every attribute that the profile names."""
    decision: Decision
    evidence: Evidence
