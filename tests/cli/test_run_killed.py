"""A run that is killed again and again comes to what an uninterrupted one comes to.

The processes are forked from one that has loaded everything, so that twenty of them start quickly.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alignkit.store import open_store

KILLS = 20
_DONE = re.compile(r"^([\d,]+) of ([\d,]+) done", re.MULTILINE)
_SPAWNER = """
import os, sys
import alembic
import alignkit.cli.run
from alignkit.cli import running
from alignkit.cli.main import run
from alignkit.service.experiments import preparing, running as _
from alignkit.store import exporting, reading, writing
from alignkit.deciders import instructed
running._BETWEEN = running._FIRST = 0.0  # tell of every group that is stored
for line in sys.stdin:
    out, *arguments = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        os._exit(run(arguments))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""

ROWS = [
    [
        {
            "scenario_id": "s",
            "probe_id": f"p{number}",
            "scenario": f"{number} are hurt.",
            "state": "",
            "probe": "Whom do you treat?",
            "choices": ["The first", "The second"],
        },
        [{"fairness": number % 2 * 10}, {"fairness": 10 - number % 2 * 10}],
    ]
    for number in range(80)
]
EXPERIMENT = {
    "name": "killed",
    "data": [{"name": "rows", "format": "mta", "path": "rows.json"}],
    "profiles": [{"sweep": {"levels": [0, 0.1, 0.2, 0.3, 0.7, 0.8, 0.9, 1]}}],
    "deciders": ["instructed"],
    "models": ["fake?latency_ms=50"],
    "at_once": 8,
}


class Spawner:
    """Starts `align run` in processes of its own."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SPAWNER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        self._folder = folder
        self._count = 0

    def start(self, store: str) -> tuple[int, Path]:
        """A run into `store`; gives its process and where it says how far it is."""
        self._count += 1
        out = self._folder / f"said-{self._count}"
        arguments = ("run", "killed.yaml", "--store", f"sqlite:///{store}")
        assert self._process.stdin
        self._process.stdin.write("\t".join((str(out), *arguments)) + "\n")
        self._process.stdin.flush()
        return int(self._line()), out

    def ended(self) -> int:
        """The exit code of the last one; negative for a signal."""
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


@pytest.fixture
def spawner(folder: Path) -> Iterator[Spawner]:
    for name, content in (("killed.yaml", EXPERIMENT), ("rows.json", ROWS)):
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    found = Spawner(folder)
    yield found
    found.close()


def shown(out: Path) -> int:
    """How many cells a process said were done, at last."""
    lines = _DONE.findall(out.read_text(encoding="utf-8")) if out.exists() else []
    return int(lines[-1][0].replace(",", "")) if lines else 0


def stored(path: Path) -> dict[str, dict[str, float]]:
    """By key: the probabilities; none twice, none failed."""
    with open_store(f"sqlite:///{path}") as store:
        [run] = store.runs()
        held = list(store.held(run.id))
        assert store.verify(run.id) == []
    found = {one.cell.key: one.result.probabilities for one in held if one.result}
    assert len(found) == len(held)
    assert all(one.result and one.result.outcome != "failed" for one in held)
    return found


def test_killed_at_twenty_moments_it_comes_to_the_same(spawner: Spawner, folder: Path) -> None:
    rng = random.Random(20)  # noqa: S311  moments, not secrets
    before = 0
    for _ in range(KILLS):
        process, out = spawner.start("killed.db")
        limit = time.monotonic() + 20
        while shown(out) <= before and time.monotonic() < limit:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.1))
        seen = shown(out)
        os.kill(process, signal.SIGKILL)
        assert spawner.ended() == -signal.SIGKILL
        assert seen > before
        found = len(stored(folder / "killed.db"))
        assert found >= seen
        before = found
    process, out = spawner.start("killed.db")
    assert spawner.ended() == 0
    assert f"{before:,} of them known" in out.read_text(encoding="utf-8")
    spawner.start("whole.db")
    assert spawner.ended() == 0
    killed, whole = stored(folder / "killed.db"), stored(folder / "whole.db")
    assert len(whole) == 8 * 80
    assert killed == whole
