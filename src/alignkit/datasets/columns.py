"""Which column of a user's own table holds what: rows into scenarios."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, field_validator, model_validator

from alignkit.schema.base import Frozen, Identifier, Text

Column = Annotated[str, StringConstraints(min_length=1)]
"""Name of a column; `a.b` is the field `b` of the column `a`, unless a column is called so."""


class Fixed(Frozen):
    """What is the same in every row."""

    text: Text


class Levels(Frozen):
    """Where the true values of an attribute stand."""

    column: Column | None = None
    """One column that holds a list, with a number for each choice."""
    columns: tuple[Column, ...] = ()
    """Or one column with a number for each column of choices."""
    low: float = 0
    """The number that means the low end."""
    high: float = 1
    """The number that means the high end."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Levels:
        if (self.column is None) == (not self.columns):
            raise ValueError("give `column` or `columns`, one of them")
        if self.low >= self.high:
            raise ValueError("low must be less than high")
        return self


class Right(Frozen):
    """How a row says which choice is right."""

    model_config = ConfigDict(populate_by_name=True)

    column: Column
    """The column that says it; for `as: column` the column of choices that is right in each row."""
    form: Literal["letter", "number", "index", "text", "column"] = Field(alias="as")
    """What is written there: a letter from A, a number from 1, an index from 0, or the text of the
    choice. `column`: nothing is; the choices then come in an order that their texts alone decide,
    for in a fixed one their place would tell."""


class ColumnMap(Frozen):
    """Which column holds what. A column is named, or `{text: ...}` stands for every row."""

    id: Column | None = None
    """Unique name of each row; without it rows are numbered."""
    context: Column | Fixed
    """The situation."""
    question: Column | Fixed
    choices: Column | tuple[Column, ...]
    """One column that holds a list, or one column for each choice; an empty cell is no choice."""
    separator: Annotated[str, StringConstraints(min_length=1)] | None = None
    """What parts a list in a cell of text ("; "). Without it such a cell must be a JSON list."""
    values: dict[Identifier, Levels] = Field(default_factory=dict)
    """By attribute: its true values. `[c1, c2]` is short for columns, a name for one column."""
    right: Right | None = None
    """Gives `correctness` 1 to the right choice and 0 to the others."""
    group: Column | None = None
    """What rows with the same cell have in common, so that they count as one in statistics."""
    tags: dict[Identifier, Column] = Field(default_factory=dict)
    source: Column | Fixed | None = None
    """Without it: the name of the file or data set."""
    licence: Column | Fixed | None = None
    language: str | None = None

    @field_validator("values", mode="before")
    @classmethod
    def _in_short(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        return {name: _levels(one) for name, one in values.items()}

    @model_validator(mode="after")
    def _columns_fit(self) -> ColumnMap:
        many = None if isinstance(self.choices, str) else len(self.choices)
        for name, levels in self.values.items():
            if levels.columns and len(levels.columns) != many:
                raise ValueError(
                    f"values.{name}: there must be a column for each one of choices; one that "
                    "holds a list is named by `column`"
                )
        if self.right is not None and "correctness" in self.values:
            raise ValueError("right: gives `correctness`, and so does values")
        if self.right is not None and self.right.form == "column":
            if many is None or self.right.column not in self.choices:
                raise ValueError(f"right: {self.right.column!r} is no column of choices")
            if self.values:
                raise ValueError("right: `as: column` cannot be combined with values")
        return self


def _levels(given: object) -> object:
    if isinstance(given, str):
        return {"column": given}
    return {"columns": given} if isinstance(given, list | tuple) else given
