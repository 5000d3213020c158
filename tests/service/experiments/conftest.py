"""Experiments as files, a workbench with the made-up model, and a store."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alignkit.service import Settings, Workbench
from alignkit.store import open_store

Write = Callable[..., str]


def row(probe: str, name: str, *levels: float, text: str = "Many hurt") -> list[object]:
    """A question of the format `mta` with the true levels, 0 to 10, of one attribute."""
    asked = {"scenario_id": "s", "probe_id": probe, "scenario": f"{text} ({probe}).", "state": ""}
    choices = [f"Treat {n}" for n in range(len(levels))]
    return [{**asked, "probe": "Whom?", "choices": choices}, [{name: level} for level in levels]]


ROWS = [
    row("one", "fairness", 0, 10),
    row("two", "fairness", 10, 0),
    row("three", "risk_aversion", 0, 5, 10),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of public data with two small files."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, rows in (("mta", ROWS), ("flat", [row("flat", "fairness", 5, 5)])):
        (folder / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder


@pytest.fixture
def bench(data: Path, tmp_path: Path) -> Workbench:
    """A workbench whose model is the made-up one."""
    return Workbench(Settings(model="fake", data=data, home=tmp_path / "home", at_once=3))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes an experiment and gives its path; data is the small file unless given."""

    def put(name: str = "mine", **fields: Any) -> str:
        source = {"name": "mta", "format": "mta", "path": "mta.json"}
        path = tmp_path / f"{name}.yaml"
        content = {"name": name, "data": [source], **fields}
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    return put


@pytest.fixture
def store(tmp_path: Path) -> Any:
    """An empty store."""
    with open_store(f"sqlite:///{tmp_path / 'runs.db'}") as opened:
        yield opened
