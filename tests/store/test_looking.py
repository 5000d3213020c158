"""Cells of a run are found page by page, by what is wanted of them and by nothing else."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.store.conftest import a_run, failed

from alignkit.errors import UnknownName
from alignkit.store import Held, Kept, Store, Wanted


def _all(store: Store, wanted: Wanted, most: int = 50, stretch: int = 20_000) -> list[Held]:
    found: list[Held] = []
    start: int | None = None
    while True:
        looked = store.look("quick-1", wanted, start, most, stretch)
        found += [held for _, held in looked.found]
        start = looked.reached
        if start is None:
            return found


@pytest.mark.parametrize(("most", "stretch"), [(50, 100), (1, 100), (50, 1), (2, 2)])
def test_pages_hold_everything_once_in_either_order(
    filled: Store, three: list[Kept], most: int, stretch: int
) -> None:
    keys = [one.cell.key for one in three]
    assert [held.cell.key for held in _all(filled, Wanted(), most, stretch)] == keys
    newest = Wanted(newest_first=True)
    assert [held.cell.key for held in _all(filled, newest, most, stretch)] == keys[::-1]


@pytest.mark.parametrize(
    ("wanted", "many"),
    [
        (Wanted(profile="utilitarian-medic"), 3),
        (Wanted(profile="utilitarian"), 0),
        (Wanted(profile="none"), 0),
        (Wanted(dataset="shipped"), 3),
        (Wanted(model="fake"), 3),
        (Wanted(outcome="decided"), 3),
        (Wanted(outcome="failed"), 0),
        (Wanted(text="ANTIVENOM"), 1),
        (Wanted(text="shipped"), 0),
        (Wanted(text="%"), 0),
        (Wanted(text="_"), 0),
        (Wanted(text='"'), 0),
    ],
)
def test_only_what_is_wanted_is_found(filled: Store, wanted: Wanted, many: int) -> None:
    assert len(_all(filled, wanted)) == many


def test_other_letters_and_reasons_are_found(store: Store, three: list[Kept]) -> None:
    store.start(a_run())
    store.add("quick-1", [three[0], failed(three[1], reason="Zürich antwortet nicht.")])
    (found,) = _all(store, Wanted(text="zürich"))
    assert found.result is not None
    assert found.result.outcome == "failed"
    assert len(_all(store, Wanted(text=three[0].result.decision[:8]))) == 1


def test_an_erased_cell_keeps_its_place(filled: Store, three: list[Kept]) -> None:
    filled.erase([three[0].result.decision])
    assert len(_all(filled, Wanted())) == 3
    assert len(_all(filled, Wanted(outcome="erased"))) == 1


def test_entries_are_counted(filled: Store, three: list[Kept]) -> None:
    assert filled.entries("quick-1") == 3
    filled.add("quick-1", [failed(three[0])])
    filled.start(a_run("quick-2"))
    assert filled.entries("quick-2") == 0


def test_an_unknown_run_is_told(filled: Store) -> None:
    with pytest.raises(UnknownName):
        filled.look("no-such-run", Wanted())


def test_a_stretch_of_a_large_run_is_quick(
    filled: Store, sql: Any, url: str, three: list[Kept]
) -> None:
    """Twenty thousand cells with nothing wanted among them take far less than a second."""
    if not url.startswith("sqlite"):
        return
    sql(
        "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) "
        "INSERT INTO cells (run, position, result, body, digest, hash) "
        "SELECT c.run, n.i, c.result, c.body, c.digest, c.hash FROM cells c, n WHERE c.position = 0"
    )
    took = []
    start: int | None = None
    while True:
        began = time.process_time()
        looked = filled.look("quick-1", Wanted(text="nothing is called so"), start)
        took.append(time.process_time() - began)
        start = looked.reached
        assert not looked.found
        if start is None:
            break
    assert len(took) == 11
    assert min(took[:-1]) < 0.5, took
    del three
