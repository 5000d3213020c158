"""The application in this process, with the made-up model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from alignkit.server.app import create_app
from alignkit.server.serving import Serving
from alignkit.service import Settings

UNSURE = {"name": "unsure", "targets": {"fairness": 1}, "escalate": {"min_confidence": 1}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(model="fake", home=tmp_path, store=f"sqlite:///{tmp_path}/align.db")


@pytest.fixture
def api(settings: Settings) -> Iterator[TestClient]:
    """A server on loopback."""
    app = create_app(Serving(settings=settings, models=("fake", "fake?seed=2"), pages=False))
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def stored(api: TestClient) -> Callable[[], None]:
    """Waits until everything that was decided is in the store."""

    def wait() -> None:
        served = api.app.state.opened.served  # type: ignore[attr-defined]
        end = time.monotonic() + 30
        while served.waiting:
            assert time.monotonic() < end
            time.sleep(0.01)

    return wait


@pytest.fixture
def left(api: TestClient, stored: Callable[[], None]) -> dict[str, Any]:
    """A decision that was left to a person."""
    asked = {"scenario": "spillway", "profile": UNSURE, "decider": "comparative_regression"}
    answer = api.post("/api/decide", json=asked)
    assert answer.status_code == 200
    stored()
    found: dict[str, Any] = answer.json()
    assert found["outcome"] == "escalated"
    return found
