"""A real server on a free port of this machine, with the made-up model."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from alignkit.errors import EngineFailed
from alignkit.models.fake import FakeModel
from alignkit.schema import Record
from alignkit.server import Serving
from alignkit.server.opened import Opened
from alignkit.server.running import Server, address_of, bound, config_of
from alignkit.service import Settings

PROFILES = {
    "calm": "name: calm\ntargets: {risk_aversion: 0.9}\n",
    "unsure": "name: unsure\ntargets: {risk_aversion: 0.9}\nescalate: {min_confidence: 1.0}\n",
    "spoken": "name: spoken\npersona: You are Rosa Lind, who speaks in short sentences.\n",
}
SLOW = "fake?latency_ms=300"
BROKEN = "broken"
INSIDE = "/home/somebody/weights.gguf"


class BrokenModel(FakeModel):
    """Fails, and says something of the inside."""

    async def answer(self, requests: Any) -> Any:  # noqa: ARG002
        raise EngineFailed(f"cannot read {INSIDE}")

    async def generate_text(self, prompt: Any, sampling: Any) -> Any:  # noqa: ARG002
        raise EngineFailed(f"cannot read {INSIDE}")
        yield ""


@dataclass
class Running:
    """A server that runs."""

    url: str
    server: Server
    here: Opened
    inside = INSIDE
    """What no client may read."""
    slow = SLOW
    """A model that takes its time."""

    @property
    def app(self) -> Any:
        """The application."""
        return self.server.config.app

    def post(self, path: str, body: Any = None, **given: Any) -> httpx.Response:
        """What the server answers to `body`."""
        return httpx.post(self.url + path, json=body, timeout=60, **given)

    def get(self, path: str, **given: Any) -> httpx.Response:
        """What the server answers."""
        return httpx.get(self.url + path, timeout=60, **given)

    def record(self, decision: str) -> Record:
        """The record of a decision."""
        assert self.here.served is not None
        return asyncio.run(self.here.served.record(decision))

    def wait_for(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds; a minute is long enough."""
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end, "it never came to that"
            time.sleep(0.01)

    def stop(self) -> None:
        """Ask the server to end, as a signal does."""
        self.server.handle_exit(15, None)


@contextmanager
def running(folder: Path, **given: Any) -> Iterator[Running]:
    """A server with its own library and store in `folder`, ended afterwards."""
    profiles = folder / "library" / "profiles"
    profiles.mkdir(parents=True, exist_ok=True)
    for name, text in PROFILES.items():
        (profiles / f"{name}.yaml").write_text(text)
    settings = Settings(
        model="fake",
        home=folder,
        library=folder / "library",
        store=f"sqlite:///{folder / 'align.db'}",
    )
    serving = Serving(settings=settings, port=0, pages=False, **given)
    with bound(serving) as listening:
        config = config_of(serving)
        begun = threading.Event()
        server = Server(config, begun.set)
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]))
        thread.start()
        assert begun.wait(60)
        here: Opened = config.app.state.opened  # type: ignore[union-attr]
        here.answering._opened[BROKEN] = BrokenModel()
        try:
            yield Running(address_of(listening), server, here)
        finally:
            server.should_exit = True
            thread.join(60)
        assert not thread.is_alive()


class Run(Protocol):
    """Runs a server with settings of its own."""

    def __call__(self, **given: Any) -> AbstractContextManager[Running]:
        """A server, ended afterwards."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """For a server of a test's own."""
    return partial(running, tmp_path)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server for the tests of a file."""
    with running(tmp_path_factory.mktemp("served"), models=("fake", SLOW)) as found:
        yield found


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a model that fails."""
    with running(tmp_path_factory.mktemp("troubled"), models=("fake", BROKEN)) as found:
        yield found
