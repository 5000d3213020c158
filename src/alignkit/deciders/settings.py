"""Settings that several deciders share, and how lists are written in them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from alignkit.models.readout import MAX_LABELS
from alignkit.schema import Frozen, Identifier


def _listed(given: object) -> object:
    """`a,b` as it stands in NAME?key=a,b, as a list."""
    if isinstance(given, str):
        return tuple(part.strip() for part in given.split(",") if part.strip())
    return given


Names = Annotated[tuple[Identifier, ...], BeforeValidator(_listed)]
"""Names of attributes; `a,b` in a decider's name."""
Listed = BeforeValidator(_listed)
"""Makes a tuple of anything readable from `a,b` in a decider's name."""


class DeciderSettings(Frozen):
    """Settings of a decider that has none of its own; the others' settings build on it."""


class TwinSettings(DeciderSettings):
    """Settings of every decider that asks a model."""

    exchange_names: bool = False
    """Ask again with the names of people and things exchanged, and average the answers."""
    most_twins: Annotated[int, Field(ge=2, le=12)] = 4
    """At most so many exchanges of names, the scenario itself counted."""


class AskingSettings(TwinSettings):
    """Settings of every decider that asks a model under a profile."""

    relevant_from: Annotated[int, Field(ge=0)] = 6
    """With at least so many targets, only what the model finds relevant to the scenario is put
    before it; 0 for never."""
    relevant_above: Annotated[float, Field(ge=0, le=1)] = 0.5
    """A target is relevant when the model is surer of it than this; one always is."""


class ViewSettings(AskingSettings):
    """Settings of deciders that list choices for the model to choose from."""

    in_view: Annotated[int, Field(ge=2, le=MAX_LABELS)] = 8
    """At most so many choices are listed at once; more are decided in rounds."""
