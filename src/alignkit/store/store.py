"""A store: everything that can be asked of it, each done in a file of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from alignkit.schema import Cell, Outcome, Record, Result, Run
from alignkit.store.kept import Checked, Held, Kept, Looked, Tally, Wanted

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from alignkit.store.audit import Log
    from alignkit.store.keys import Keys
    from alignkit.store.reviews import Reviews
    from alignkit.store.writings import Writings


class Store:
    """Runs with their cells, results and records; a context manager that closes it at the end.

    Several threads may use it at the same time. Every method may raise:

    - `StoreBusy`: another process is writing for longer than the store's patience;
    - `CannotWrite`: the disk is full or the file cannot be written; nothing of the call is kept,
      and all that was stored before is;
    - `StoreError`: the database is corrupted or cannot be reached.
    """

    def __init__(self, engine: Engine, *, keep_prompts: bool) -> None:
        """Use `open_store`, which makes the `engine`."""
        self.keep_prompts = keep_prompts
        """Whether records, and with them texts, are kept."""
        self._engine = engine
        self._one_writer = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections. What was added is stored already."""
        self._engine.dispose()

    @property
    def name(self) -> str:
        """The file or the address, without a password."""
        from alignkit.store.translating import shown

        return shown(self._engine.url)

    @property
    def reviews(self) -> Reviews:
        """The decisions that are for people, and what people decided."""
        from alignkit.store.reviews import Reviews

        return Reviews(self._reading, self._writing)

    @property
    def writings(self) -> Writings:
        """Texts that models wrote in conversations."""
        from alignkit.store.writings import Writings

        return Writings(self._reading, self._writing, keep_prompts=self.keep_prompts)

    @property
    def keys(self) -> Keys:
        """Who may ask a server for what."""
        from alignkit.store.keys import Keys

        return Keys(self._reading, self._writing)

    @property
    def log(self) -> Log:
        """Who did what when."""
        from alignkit.store.audit import Log

        return Log(self._reading, self._writing)

    def start(self, run: Run) -> None:
        """Begin `run`, or go on with the one of this id as it was first stored."""
        from alignkit.store.writing import start

        with self._writing() as connection:
            start(connection, run)

    def runs(self) -> list[Run]:
        """All runs, the oldest first."""
        from alignkit.store.reading import runs

        with self._reading() as connection:
            return runs(connection)

    def tallies(self) -> list[Tally]:
        """All runs and how far they are, the oldest first."""
        from alignkit.store.reading import tallies

        with self._reading() as connection:
            return tallies(connection)

    def run(self, name: str) -> Run:
        """The run with this id, the latest one with this name, or the one whose id begins so.

        Raises:
            UnknownName: there is none, or there are several; the message names what comes near.
        """
        from alignkit.store.reading import run

        with self._reading() as connection:
            return run(connection, name)

    def known(self, keys: Iterable[str]) -> set[str]:
        """Those of `keys` that have a usable result in any run: neither failed nor erased."""
        from alignkit.store.reading import known

        with self._reading() as connection:
            return known(connection, keys)

    def erased(self, keys: Iterable[str]) -> set[str]:
        """Those of `keys` whose result was erased, from any run, and not made again since."""
        from alignkit.store.reading import erased

        with self._reading() as connection:
            return erased(connection, keys)

    def add(self, run_id: str, made: Iterable[Kept]) -> None:
        """Keep what was `made` for a run, all or nothing; stored when it returns.

        A cell whose key has a usable result already keeps that one, so nothing is doubled. One
        that failed may come again: then the later try counts.

        Raises:
            UnknownName: there is no such run.
        """
        from alignkit.store.writing import add, prepared

        ready = [prepared(one, keep_prompts=self.keep_prompts) for one in made]
        with self._writing() as connection:
            add(connection, run_id, ready)

    def link(self, run_id: str, cells: Sequence[Cell]) -> None:
        """Make `cells` whose results are `known` part of a run.

        Raises:
            UnknownName: there is no such run, or no usable result for a cell.
        """
        from alignkit.store.writing import link

        with self._writing() as connection:
            link(connection, run_id, cells)

    def done(self, run_id: str) -> set[str]:
        """Keys of the cells that a run holds and need not be made: usable ones and erased ones.

        Raises:
            UnknownName: there is no such run.
        """
        from alignkit.store.reading import done

        with self._reading() as connection:
            return done(connection, run_id)

    def held(self, run_id: str) -> Iterator[Held]:
        """The cells of a run in the order of storing, one by one; memory stays flat.

        Of a cell that failed and was tried again, the last try.

        Raises:
            UnknownName: there is no such run.
        """
        from alignkit.store.reading import held_after, run_number

        with self._reading() as connection:
            number = run_number(connection, run_id)
        last = -1
        while True:
            with self._reading() as connection:
                page = held_after(connection, number, last)
            if not page:
                return
            yield from (held for _, held in page)
            last = page[-1][0]

    def entries(self, run_id: str) -> int:
        """How many decisions a run holds, tries that failed included; quick for any run.

        Raises:
            UnknownName: there is no such run.
        """
        from alignkit.store.looking import cells_of
        from alignkit.store.reading import run_number

        with self._reading() as connection:
            return cells_of(connection, run_number(connection, run_id))

    def look(
        self,
        run_id: str,
        wanted: Wanted,
        start: int | None = None,
        most: int = 50,
        stretch: int = 20_000,
    ) -> Looked:
        """At most `most` cells of a run that are `wanted`, among the next `stretch` positions.

        A stretch takes tens of milliseconds, whatever the size of the run; go on from
        `Looked.reached`.

        Args:
            run_id: of the run.
            wanted: what is looked for.
            start: the position to begin at; None for the first, or the newest.
            most: so many at most.
            stretch: so many positions are looked at.

        Raises:
            UnknownName: there is no such run.
        """
        from alignkit.store.looking import look
        from alignkit.store.reading import run_number

        with self._reading() as connection:
            return look(connection, run_number(connection, run_id), wanted, start, most, stretch)

    def page(
        self, run_id: str, after: int = -1, limit: int = 100, outcome: Outcome | None = None
    ) -> list[tuple[int, Held]]:
        """At most `limit` cells of a run behind the position `after`, with their positions.

        With an `outcome` only those that came to it.

        Raises:
            UnknownName: there is no such run.
        """
        from alignkit.store.reading import held_after, run_number

        with self._reading() as connection:
            number = run_number(connection, run_id)
            return list(held_after(connection, number, after, limit, outcome))

    def result(self, decision: str) -> Result:
        """What became of the decision whose id is or begins with `decision`, without its record.

        Raises:
            UnknownName: there is none, or there are several; the message names what comes near.
            BadRecord: it was erased.
        """
        from alignkit.store.reading import result

        with self._reading() as connection:
            return result(connection, decision)

    def record(self, decision: str) -> Record:
        """The record of the decision whose id is or begins with `decision`.

        Raises:
            UnknownName: there is none, or there are several; the message names what comes near.
            BadRecord: it was erased, or kept without its record.
        """
        from alignkit.store.reading import record

        with self._reading() as connection:
            return record(connection, decision)

    def check(self, run_id: str) -> Checked:
        """Whether a run is still what was stored: all hashes are computed anew.

        Raises:
            UnknownName: there is no such run.
        """
        from alignkit.store.chain import check

        with self._reading() as connection:
            return check(connection, run_id)

    def verify(self, run_id: str) -> list[str]:
        """What was changed in a run after the fact, a sentence each; empty when it is intact."""
        return list(self.check(run_id).problems)

    def strays(self) -> list[str]:
        """What no run holds although something must have: left of a run that was removed."""
        from alignkit.store.chain import strays

        with self._reading() as connection:
            return strays(connection)

    def erase(self, decisions: Sequence[str], by: str = "") -> int:
        """Remove the content of `decisions` for good, by id or how it begins; gives their number.

        Record, result, what a person noted, and texts that no other record uses are gone, also
        from the database's file. The cell stays with its hashes as a tombstone, so runs still
        verify, and the log says `by` whom it was erased. One erased before is not counted.

        Raises:
            UnknownName: there is no such decision; then none is erased.
            StoreBusy: another process reads the store: all is erased, but the file still holds
                remains until this is run again.
        """
        from alignkit.store.erasing import erase, numbers_of, scrub

        with self._writing() as connection:
            count = erase(connection, numbers_of(connection, decisions), by)
        with self._alone() as connection:
            scrub(connection)
        return count

    def prune(self, what: datetime | str, by: str = "") -> int:
        """Erase what was made before a moment, or what only the run of this id holds.

        Of conversations, what was written before the moment; it counts, too.

        Raises:
            UnknownName: there is no such run.
            StoreBusy: as for `erase`.
        """
        from alignkit.store.erasing import erase, scrub, to_prune
        from alignkit.store.moments import moment
        from alignkit.store.writings import erase_before

        with self._writing() as connection:
            count = erase(connection, to_prune(connection, what), by)
            if isinstance(what, datetime):
                count += erase_before(connection, moment(what), by)
        with self._alone() as connection:
            scrub(connection)
        return count

    def deletable(self, decisions: Sequence[str]) -> int:
        """How many of `decisions` `erase` would erase now.

        Raises:
            UnknownName: there is no such decision.
        """
        from alignkit.store.erasing import left_of, numbers_of

        with self._reading() as connection:
            return left_of(connection, numbers_of(connection, decisions))

    def prunable(self, what: datetime | str) -> int:
        """How many decisions `prune` would erase now.

        Raises:
            UnknownName: there is no such run.
        """
        from alignkit.store.erasing import to_prune
        from alignkit.store.moments import moment
        from alignkit.store.writings import left_before

        with self._reading() as connection:
            written = left_before(connection, moment(what)) if isinstance(what, datetime) else 0
            return len(to_prune(connection, what)) + written

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection that sees the store as it is now."""
        from alignkit.store.translating import translated

        with translated(self._engine.url), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A connection that writes: all or nothing, one at a time."""
        from alignkit.store.translating import translated

        with self._one_writer, translated(self._engine.url):
            engine = self._engine.execution_options(writing=True)
            with engine.begin() as connection:
                yield connection

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """A connection outside of any transaction."""
        from alignkit.store.translating import translated

        is_server = self._engine.dialect.name == "postgresql"
        options = {"isolation_level": "AUTOCOMMIT"} if is_server else {"alone": True}
        engine = self._engine.execution_options(**options)
        with self._one_writer, translated(self._engine.url), engine.connect() as connection:
            yield connection
