"""A text that a model wrote in a conversation, with all that led to it."""

from __future__ import annotations

from pydantic import AwareDatetime

from alignkit.schema.attribute import Attribute
from alignkit.schema.base import SCHEMA_VERSION, Frozen
from alignkit.schema.identity import ModelIdentity
from alignkit.schema.profile import Profile
from alignkit.schema.prompt import Prompt, TemplateVersion


class Writing(Frozen):
    """A text and how it came about."""

    id: str
    """Unique."""
    schema_version: int = SCHEMA_VERSION
    created: AwareDatetime
    versions: dict[str, str]
    """Versions of alignkit, Python and the libraries that matter."""
    model: ModelIdentity
    profile: Profile | None
    """Null for the plain model."""
    attributes: tuple[Attribute, ...]
    """Full text of every attribute that the profile names."""
    templates: tuple[TemplateVersion, ...]
    """The wordings that were used."""
    prompt: Prompt
    """What the model read: the profile's instructions, then the conversation."""
    sampling: dict[str, int | float]
    """How the text was drawn."""
    text: str
    """What it wrote; all that came where it broke off."""
    complete: bool
    """Whether it came to its end."""
