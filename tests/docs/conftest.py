"""Finds the code in pages and runs it as a reader would: in order, in one folder, with `fake`."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from alignkit.cli.main import run

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```([\w-]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\A(?:# file: (\S+)|\{# file: (\S+) #\})\n")
_SHELL = re.compile(r"[|><&$`]")
"""Signs for which a real shell is needed."""


@dataclass(frozen=True)
class Block:
    """A fenced piece of a page."""

    page: str
    line: int
    language: str
    text: str

    @property
    def file(self) -> str | None:
        """The file that the block is the content of, if its first line says so."""
        found = _FILE.match(self.text)
        return (found[1] or found[2]) if found else None

    def commands(self) -> Iterator[tuple[str, str]]:
        """Each command of a console block, with the output that stands below it."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def blocks_of(path: Path) -> list[Block]:
    """The fenced pieces of the page `path`, in order."""
    text = path.read_text(encoding="utf-8")
    name = str(path.relative_to(ROOT))
    return [
        Block(name, text.count("\n", 0, found.start()) + 1, found[1], found[2])
        for found in _FENCE.finditer(text)
    ]


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Block], None]:
    """Does with a block what a reader does: writes the file, runs the Python or the commands."""
    monkeypatch.setenv("ALIGN_MODEL", "fake")
    monkeypatch.setenv("COLUMNS", "90")
    bin_ = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{bin_}{os.pathsep}{os.environ['PATH']}")
    work = tmp_path / "work"
    work.mkdir()
    (work / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(work)

    def read(block: Block) -> None:
        where = f"{block.page}:{block.line}"
        if block.file:
            path = Path(block.file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            exec(compile(block.text, where, "exec"), {"__name__": "__main__"})  # noqa: S102
        elif block.language == "console":
            for command, expected in block.commands():
                code, printed = _run(command)
                assert code == 0, f"{where}: {command}\n{printed}"
                assert _fits(expected, printed), f"{where}: {command}\n{printed}"

    return read


def _run(command: str) -> tuple[int, str]:
    words = shlex.split(command)
    if words[0] != "align" or _SHELL.search(command):
        done = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", command],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr
    both = StringIO()
    paths = [path for word in words[1:] for path in _matches(word)]
    with redirect_stdout(both), redirect_stderr(both):
        code = run(paths)
    return code, both.getvalue()


def _matches(word: str) -> list[str]:
    return sorted(str(path) for path in Path().glob(word)) if "*" in word else [word]


def _fits(expected: str, printed: str) -> bool:
    """Whether `printed` is what the page shows, if it shows anything; `...` stands for any text."""
    if not expected.strip():
        return True
    shown = (line.rstrip() for line in expected.strip().splitlines())
    pattern = re.escape("\n".join(shown)).replace(r"\.\.\.", ".*?")
    text = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return re.fullmatch(pattern, text, re.DOTALL) is not None
