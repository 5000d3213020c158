"""What is kept of people: nothing of it stays once it is erased."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alignkit.errors import CannotWrite
from alignkit.schema import KeptRating
from alignkit.service.taste.kept import erase, files_of, keep, path_of, read_taste

RATING = KeptRating(
    when=datetime(2026, 11, 27, tzinfo=UTC),
    levels={"verbosity": 0.2},
    rating=3,
    text="5891b5b522d5",
)
LONG = "A reader whose name is so long that files are called by a part of it only"


def files(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if not one.is_dir() or one.is_symlink()]


def killed_writing(folder: Path, person: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave what a process leaves that is killed before its file is whole."""

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        for name in ("replace", "unlink"):
            context.setattr(Path, name, killed)
        with pytest.raises(KeyboardInterrupt):
            keep(folder, person, ratings=[RATING])


def test_where_a_link_leads_is_erased_with_the_link(tmp_path: Path) -> None:
    folder, target = tmp_path / "tastes", tmp_path / "elsewhere" / "mine.json"
    folder.mkdir()
    path_of(folder, "me").symlink_to(target)
    keep(folder, "me", ratings=[RATING])
    assert target.is_file()
    assert erase(folder, "me")
    assert files(tmp_path) == []


def test_a_link_that_leads_nowhere_is_erased(tmp_path: Path) -> None:
    path_of(tmp_path, "me").symlink_to(tmp_path / "gone.json")
    assert erase(tmp_path, "me")
    assert files(tmp_path) == []


def test_a_device_that_a_link_leads_to_stays(tmp_path: Path) -> None:
    path_of(tmp_path, "me").symlink_to(os.devnull)
    assert files_of(tmp_path, "me") == (path_of(tmp_path, "me"),)


@pytest.mark.parametrize("person", ["me", LONG])
def test_what_writes_left_that_were_killed_is_erased_and_nothing_of_others(
    tmp_path: Path, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = f"{person} too"
    for one in (person, other):
        killed_writing(tmp_path, one, monkeypatch)
        keep(tmp_path, one, ratings=[RATING])
    assert len(files(tmp_path)) == 4
    assert erase(tmp_path, person)
    assert len(files(tmp_path)) == 2
    assert read_taste(tmp_path, other).ratings == (RATING,)
    assert erase(tmp_path, other)
    assert files(tmp_path) == []


def test_what_a_first_write_left_is_erased_though_there_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_writing(tmp_path, "me", monkeypatch)
    assert not path_of(tmp_path, "me").exists()
    assert erase(tmp_path, "me")
    assert files(tmp_path) == []
    assert not erase(tmp_path, "me")


def test_what_cannot_be_erased_is_named_and_the_link_to_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "elsewhere.json"
    link = path_of(tmp_path / "tastes", "me")
    link.parent.mkdir()
    link.symlink_to(target)
    keep(link.parent, "me", ratings=[RATING])

    def forbidden(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", forbidden)
    with pytest.raises(CannotWrite, match=r"elsewhere\.json: cannot be erased: Permission denied"):
        erase(link.parent, "me")
    assert link.is_symlink()
