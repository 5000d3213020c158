from __future__ import annotations

import os
from pathlib import Path

import pytest

from alignkit.errors import FileProblem, InvalidSetting
from alignkit.models.weights import Weights, checksums

CONTENT = b"GGUF and so on"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.gguf"
    path.write_bytes(CONTENT)
    return path


def test_a_path_is_used_where_it_is(folder: Path, mine: Path) -> None:
    weights = Weights(folder, offline=True)
    found = weights.pull(str(mine))
    assert found == weights.local(str(mine))
    assert (found.path, found.sha256, found.entry) == (mine, checksums.sha256(mine), None)


def test_a_missing_file_is_named(folder: Path) -> None:
    with pytest.raises(FileProblem, match=r"There is no file nowhere/x\.gguf"):
        Weights(folder).local("nowhere/x.gguf")


def test_a_folder_is_not_a_model(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="is not a file"):
        Weights(folder).pull(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"GG", b"PK\x03\x04 zip"])
def test_another_format_is_refused(folder: Path, mine: Path, content: bytes) -> None:
    mine.write_bytes(content)
    with pytest.raises(FileProblem, match="is not a GGUF file"):
        Weights(folder).pull(str(mine))


def test_the_hash_is_calculated_once(
    folder: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Weights(folder).pull(str(mine))
    monkeypatch.setattr(checksums, "sha256", lambda *_: pytest.fail("calculated again"))
    assert Weights(folder).pull(str(mine)) == first


def test_a_changed_file_is_hashed_again(folder: Path, mine: Path) -> None:
    before = Weights(folder).pull(str(mine))
    mine.write_bytes(CONTENT[::-1].replace(b"FUGG", b"") + b"....")
    mine.write_bytes(b"GGUF" + mine.read_bytes()[4:])
    os.utime(mine, ns=(1, 1))
    assert Weights(folder).pull(str(mine)).sha256 == checksums.sha256(mine) != before.sha256


def test_a_link_and_its_target_share_a_hash(folder: Path, mine: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.gguf"
    link.symlink_to(mine)
    assert Weights(folder).pull(str(link)).sha256 == Weights(folder).pull(str(mine)).sha256
    assert (folder / "checksums.json").read_text().count(str(tmp_path)) == 1


def test_a_damaged_memory_costs_only_time(folder: Path, mine: Path) -> None:
    first = Weights(folder).pull(str(mine))
    (folder / "checksums.json").write_text("{")
    assert Weights(folder).pull(str(mine)) == first


def test_files_that_are_gone_are_forgotten(folder: Path, mine: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(CONTENT)
    Weights(folder).pull(str(other))
    other.unlink()
    Weights(folder).pull(str(mine))
    assert "other" not in (folder / "checksums.json").read_text()


def test_a_folder_that_cannot_be_made_costs_only_time(tmp_path: Path, mine: Path) -> None:
    (tmp_path / "file").touch()
    assert Weights(tmp_path / "file" / "weights").pull(str(mine)).path == mine


def test_a_users_own_file_is_never_removed(folder: Path, mine: Path) -> None:
    with pytest.raises(InvalidSetting, match="is a file of your own"):
        Weights(folder).remove(str(mine))
    assert mine.exists()
