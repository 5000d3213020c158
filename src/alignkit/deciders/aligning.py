"""Settings of deciders that leave the choice to an alignment function."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from alignkit.alignment import ALIGNMENTS, SECOND_PASS, AlignmentSettings
from alignkit.deciders.settings import DeciderSettings, Names
from alignkit.errors import UnknownName

_ALWAYS = ("temperature", "reverse")
"""What every alignment function reads."""
_NORMS = {"prior_factor": ("prior",), "pool": ("global", "prior")}
"""Under which norms a setting counts."""


def _known(name: str) -> str:
    if name in SECOND_PASS.names():
        raise ValueError(
            f"{name!r} looks at many decisions: decide with --records first, then run "
            f"align realign RECORDS --by {name}"
        )
    if name not in ALIGNMENTS.names():
        known = ALIGNMENTS.names()
        raise ValueError(str(UnknownName("function", name, known, f"Known: {', '.join(known)}.")))
    return name


def _named(schema: dict[str, Any]) -> None:
    """Name the functions in a JSON schema; what other packages add is looked up only then."""
    schema["enum"] = ALIGNMENTS.names()


class AligningSettings(AlignmentSettings, DeciderSettings):
    """How estimates become a choice."""

    also_read: ClassVar[frozenset[str]] = frozenset()
    """Settings of alignment functions that the decider reads itself, whatever the function."""

    alignment: Annotated[str, AfterValidator(_known), Field(json_schema_extra=_named)] = "distance"
    """The alignment function."""
    also: Names = ()
    """Attributes to estimate beyond the profile's targets; shown, without a part in the choice."""

    @model_validator(mode="after")
    def _all_are_read(self, info: ValidationInfo) -> AligningSettings:
        """Refuse a setting that the alignment function does not read.

        The context of the validation holds the names that somebody wrote. Without one they are
        those that differ from their defaults, for settings that were stored hold all.
        """
        reads = (*ALIGNMENTS.load(self.alignment).reads, *_ALWAYS)
        for name in self._written(info):
            if name not in reads:
                raise ValueError(
                    f"{name} has no effect with alignment={self.alignment}, "
                    f"which reads {_listed(reads)}"
                )
            if self.norm not in (norms := _NORMS.get(name, (self.norm,))):
                raise ValueError(
                    f"{name} has no effect with norm={self.norm}; set norm={' or '.join(norms)}"
                )
        return self

    def _written(self, info: ValidationInfo) -> list[str]:
        """The settings of alignment functions that were written, in the order of their fields."""
        if info.context is not None:
            written = set(info.context)
        else:
            written = set(self.model_dump(exclude_defaults=True))
        return [
            name
            for name in AlignmentSettings.model_fields
            if name in written and name not in self.also_read
        ]


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
