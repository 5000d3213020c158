"""How many examples are shown, and which."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from alignkit.schema import Frozen

Selection = Literal["random", "similar", "spanning"]


class ExampleSettings(Frozen):
    """Which examples stand in a prompt."""

    shots: Annotated[int, Field(ge=0, le=100)] = 0
    """Number of labelled examples in the prompt."""
    selection: Selection = "spanning"
    """`random` draws them, `similar` takes those most like the scenario, `spanning` those most like
    it for every level of the attribute."""
    seed: int = 0
    """Of `random`: equal seeds draw equally for equal scenarios."""
    nearest_last: bool = True
    """The most similar example stands last, where models heed it most; without it, first."""
