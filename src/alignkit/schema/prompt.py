"""What a model reads: text in segments, each marked with what it depends on."""

from __future__ import annotations

from typing import Literal

from alignkit.schema.base import Frozen

Role = Literal["system", "user"]
Depends = Literal["nothing", "profile", "scenario", "options", "attribute", "choice", "question"]


class Segment(Frozen):
    """A piece of a prompt that changes with one thing only."""

    role: Role
    depends: Depends
    """What the text depends on; prompts that agree on it share the segment byte for byte."""
    text: str


class Prompt(Frozen):
    """A prompt as segments, the widely shared ones first, so that a prefix cache can help."""

    segments: tuple[Segment, ...]

    def text(self, role: Role) -> str:
        """All that is said in `role`, the segments joined as they are."""
        return "".join(segment.text for segment in self.segments if segment.role == role)

    def extended(self, *segments: Segment) -> Prompt:
        """This prompt with `segments` behind it."""
        return Prompt(segments=(*self.segments, *segments))


class TemplateVersion(Frozen):
    """Which wording of a template was used."""

    name: str
    sha256: str
    source: Literal["shipped", "user"]
