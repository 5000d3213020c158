"""What is to be decided: a context, a question, and the choices."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from alignkit.schema.base import Frozen, Identifier, Printable, Text, repeated

MIN_CHOICES = 2
MAX_LETTERED = 26
"""As many choices as there are letters for in an examination."""
MAX_CHOICES = 255
"""As many options as a question of the Decisions API may have."""

Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Choice(Frozen):
    """One of the options of a scenario."""

    id: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$"), Printable]
    """Short name of the choice, unique in its scenario."""
    text: Text
    """What the choice says; this is what a model reads."""
    values: dict[Identifier, Unit] | None = None
    """The true value of each attribute, 0 to 1, where known. For evaluation only, never shown."""
    pinned: bool = False
    """Stays behind the others when the choices are reordered ("none of the above")."""


class Scenario(Frozen):
    """A situation in which one of several choices has to be made."""

    id: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$"), Printable]
    """Name of the scenario, unique in its collection."""
    title: Text | None = None
    """A few words for lists and headings."""
    domain: Text | None = None
    """The field it belongs to: triage, moderation, hiring, ..."""
    context: Text
    """The situation: all that the decider may know."""
    question: Text
    """What has to be decided."""
    choices: tuple[Choice, ...]
    """The options, 2 to 255."""
    source: Text | None = None
    """Where the scenario comes from."""
    licence: Text | None = None
    """Under which licence its text may be used."""
    language: Annotated[str, Field(pattern=r"^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$")] | None = None
    """Language of the text as a BCP 47 tag ("en")."""
    entities: tuple[Text, ...] = ()
    """Names of people or things that may be exchanged without changing the question."""
    group: Text | None = None
    """What it belongs together with, such as its twin: scenarios of one group count as one in
    intervals and tests. Without it the scenario is a group of its own. Never shown."""
    exam: bool = False
    """An examination: the choices keep their order and are lettered A, B, C, ..., as in the solved
    questions of the context. Methods that let the model choose ask once, in that layout."""
    tags: dict[Identifier, Text] = Field(default_factory=dict)
    """What its data set says about it (subject, category, condition). Never shown to a model."""

    @model_validator(mode="after")
    def _choices_can_be_told_apart(self) -> Scenario:
        count = len(self.choices)
        if count < MIN_CHOICES:
            raise ValueError(
                f"choices: a decision needs at least {MIN_CHOICES} choices, there is {count}"
            )
        if count > MAX_CHOICES:
            raise ValueError(f"choices: at most {MAX_CHOICES} can be decided over, not {count}")
        if self.exam and count > MAX_LETTERED:
            raise ValueError(f"choices: an exam has letters for {MAX_LETTERED}, not {count}")
        for what, keys in (
            ("id", [choice.id for choice in self.choices]),
            ("text", [" ".join(choice.text.split()).casefold() for choice in self.choices]),
        ):
            if twice := repeated(keys):
                key, times = twice
                raise ValueError(f"choices: {times} choices have the same {what} {key[:60]!r}")
        return self

    @property
    def choice_ids(self) -> tuple[str, ...]:
        """The ids of the choices, in the scenario's order."""
        return tuple(choice.id for choice in self.choices)

    @property
    def belongs_to(self) -> str:
        """The group; of a scenario without one, which is a group of its own, its id."""
        return self.group or self.id
