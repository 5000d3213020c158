"""What a person decided where the machine left it to one, or looked at what it had decided."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from alignkit.schema.base import Frozen, Text

MOST_NOTE = 4000
"""Characters of a note."""


class Review(Frozen):
    """A person's verdict on a decision."""

    choice: str | None
    """Id of the choice that is right; null when none of them is."""
    note: Annotated[Text, Field(max_length=MOST_NOTE)] | None = None
    """Why, in the person's words; needed where no choice is right."""
    by: Annotated[Text, Field(max_length=200)]
    """Who decided: the name of the key, or of the user at the terminal."""
    made: AwareDatetime

    @model_validator(mode="after")
    def _none_needs_a_note(self) -> Review:
        if self.choice is None and self.note is None:
            raise ValueError("note: say why no choice is right")
        return self
