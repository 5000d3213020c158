"""What goes into a store and what comes out."""

from __future__ import annotations

from dataclasses import dataclass

from alignkit.schema import Cell, Record, Result, Run


@dataclass(frozen=True)
class Kept:
    """A cell that was decided, to be kept."""

    cell: Cell
    result: Result
    record: Record | None = None
    """All that led to it; None keeps the result alone."""
    by: str | None = None
    """Who asked for it alone, for the audit log; None for a cell of an experiment."""


@dataclass(frozen=True)
class Held:
    """A cell of a run and what became of it."""

    cell: Cell
    result: Result | None
    """None when it was erased."""

    @property
    def erased(self) -> bool:
        """Whether its content was removed for good."""
        return self.result is None


@dataclass(frozen=True)
class Tally:
    """A run and how far it is."""

    run: Run
    done: int
    """Cells with a usable result."""
    failed: int
    """Cells whose last try failed."""
    erased: int
    """Cells whose content was removed for good."""


@dataclass(frozen=True)
class Checked:
    """Whether a run is still what was stored."""

    run: str
    """Its id."""
    cells: int
    """Entries of its chain, tries that failed included."""
    erased: int
    """Of these the tombstones: their content was erased, their place in the chain stands."""
    head: str
    """The chain's last hash: who keeps it elsewhere sees a rewritten chain, too."""
    problems: tuple[str, ...]
    """What was changed after the fact, a sentence each; none when the run is intact."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for; empty fields want nothing."""

    text: str = ""
    """In the scenario's id, the decision's id, the choice or the reason; case doesn't matter."""
    dataset: str = ""
    profile: str = ""
    """A name; `none` for the plain model."""
    decider: str = ""
    model: str = ""
    outcome: str = ""
    newest_first: bool = False


@dataclass(frozen=True)
class Looked:
    """What was found in a stretch."""

    found: tuple[tuple[int, Held], ...]
    """With their positions."""
    reached: int | None
    """The last position looked at: go on behind it; None where nothing is left."""
