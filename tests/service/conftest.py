"""Small scenarios and files, and a workbench whose model is made up."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from alignkit.library import Library
from alignkit.schema import Scenario
from alignkit.service import Settings, Workbench

Write = Callable[[str, object], Path]


def plain(scenario_id: str = "s", **changes: object) -> dict[str, Any]:
    """A scenario with two choices, as a file holds it."""
    choices = [{"id": "a", "text": "Go on"}, {"id": "b", "text": "Turn back"}]
    fields = {"id": scenario_id, "context": "A bridge.", "question": "What now?"}
    return {**fields, "choices": choices, **changes}


@pytest.fixture
def make() -> Callable[..., dict[str, Any]]:
    """Makes a scenario as a file holds it, with the given id and other fields."""
    return plain


@pytest.fixture
def scenario() -> Scenario:
    return Scenario.model_validate(plain())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which the test works."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


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
def home(tmp_path: Path) -> Path:
    """Everything of the user's own: models/, library/, templates/."""
    return tmp_path / "align-home"


@pytest.fixture
def library(home: Path) -> Library:
    return Library(home / "library")


@pytest.fixture
async def workbench(home: Path) -> AsyncIterator[Workbench]:
    async with Workbench(Settings(home=home, model="fake")) as opened:
        yield opened
