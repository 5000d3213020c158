"""The command line, in this process and in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from alignkit.cli.main import run

Write = Callable[[str, object], Path]
COMMAND = (sys.executable, "-m", "alignkit")


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Align = Callable[..., Ran]


def plain(scenario_id: str = "s", **changes: object) -> dict[str, Any]:
    """A scenario with two choices, as a file holds it."""
    choices = [{"id": "a", "text": "Go on"}, {"id": "b", "text": "Turn back"}]
    fields = {"id": scenario_id, "context": "A bridge.", "question": "What now?"}
    return {**fields, "choices": choices, **changes}


@pytest.fixture
def make() -> Callable[..., dict[str, Any]]:
    """Makes a scenario as a file holds it, with the given id and other fields."""
    return plain


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which the commands run, with the made-up model as the default."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("ALIGN_MODEL", "fake")
    monkeypatch.setenv("COLUMNS", "100")
    return work


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Everything of the user's own: models/, library/, templates/."""
    return tmp_path / "align-home"


@pytest.fixture
def write(folder: Path) -> Write:
    """Writes a file of that folder: texts and bytes as they are, all else as JSON."""

    def put(name: str, content: object) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return path

    return put


@pytest.fixture
def align(capsys: pytest.CaptureFixture[str]) -> Align:
    """Runs a command in this process."""

    def ran(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return Ran(code, *capsys.readouterr())

    return ran


@pytest.fixture
def process() -> Align:
    """Runs a command in a process of its own; `text` is its standard input."""

    def ran(*arguments: object, text: str | bytes = "", **environment: str) -> Ran:
        given = text if isinstance(text, bytes) else text.encode()
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            input=given,
            capture_output=True,
            check=False,
            timeout=120,
            env={**os.environ, **environment},
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return ran
