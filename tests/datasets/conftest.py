from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """A record as the two data sets of that shape publish it; choices as (text, values)."""

    def made(
        state: str,
        *choices: tuple[str, dict[str, float]],
        collection: str = "Set",
        scene: str | int = "Probe 1",
    ) -> dict[str, Any]:
        return {
            "input": {
                "scenario_id": collection,
                "full_state": {"unstructured": state, "meta_info": {"scene_id": scene}},
                "state": state,
                "choices": [
                    {
                        "action_id": text.lower().replace(" ", "_"),
                        "unstructured": text,
                        "kdma_association": dict(values),
                    }
                    for text, values in choices
                ],
            },
            "label": [values for _, values in choices],
            "output": {"choice": 1},
        }

    return made


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """A file with these rows as JSON."""

    def writing(*rows: object, name: str = "rows.json") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(rows), encoding="utf-8")
        return path

    return writing
