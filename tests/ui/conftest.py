"""A real server with a store, the model `fake`, and a browser to look at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

HERE = Path(__file__).parent
PATIENCE = 120.0
"""Seconds for what takes a moment where nothing else runs."""
expect.set_options(timeout=60_000)
_EXPERIMENT = """
name: small
data: [{name: shipped, scenarios: shipped, limit: 8}]
profiles: [none, utilitarian-medic, cautious-medic]
deciders: [direct_regression, instructed]
models: [MODEL]
"""
_WITHOUT_MODEL = """
name: fixed
data: [{name: shipped, scenarios: shipped, limit: 1}]
profiles: [none]
deciders: [first]
models: [fake]
"""


@dataclass(frozen=True)
class Site:
    """A running server."""

    url: str
    home: Path

    def page(self, path: str = "") -> str:
        return f"{self.url}/ui/{path}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what needs the browser last: its event loop runs to the end, and no other beside it."""
    items.sort(key=lambda item: Path(__file__).parent in item.path.parents)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("Chromium is missing; on Debian and Ubuntu: apt-get install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield found
        found.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose store has two runs on the same scenarios, with decisions left to people."""
    home = tmp_path_factory.mktemp("site")
    store = f"sqlite:///{home}/store.db"
    for model in ("fake", "fake?seed=1"):
        experiment = home / "small.yaml"
        experiment.write_text(_EXPERIMENT.replace("MODEL", f'"{model}"'), encoding="utf-8")
        _align(home, "run", str(experiment), "--store", store)
    without_model = home / "fixed.yaml"
    without_model.write_text(_WITHOUT_MODEL, encoding="utf-8")
    _align(home, "run", str(without_model), "--store", store)
    with served(home, store) as found:
        yield found


@contextmanager
def served(home: Path, store: str, host: str = "127.0.0.1", key: str = "") -> Iterator[Site]:
    """A server, ready; off loopback it takes a key to see that."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (home / "server.log").open("wb")
    server = subprocess.Popen(
        [sys.executable, str(HERE / "serving.py"), str(home), store, host, str(port)],
        stdout=log,
        stderr=log,
        env=_environment(home),
    )
    try:
        ready = Request(f"http://127.0.0.1:{port}/readyz", headers={"x-api-key": key})
        _await_ready(ready, server, home / "server.log")
        yield Site(f"http://127.0.0.1:{port}", home)
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALIGN_")}
    return {**kept, "ALIGN_HOME": str(home), "HOME": str(home)}


def _align(home: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "alignkit", *arguments],
        check=True,
        capture_output=True,
        env=_environment(home),
        cwd=home,
    )


def _await_ready(ready: Request, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 5 * PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(ready, timeout=5) as answer:  # noqa: S310  our own server
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"The server did not start:\n{log.read_text()[-3000:]}")


Opening = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, site: Site) -> Iterator[Opening]:
    """Opens a page in a context of its own, and fails at the end if a script or handler failed."""
    contexts: list[BrowserContext] = []
    log = site.home / "server.log"
    before = log.stat().st_size
    errors: list[str] = []

    def open_page(path: str = "", **how: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **how})
        context.set_default_timeout(PATIENCE / 2 * 1000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.goto(site.page(path))
        page.wait_for_selector("main", timeout=PATIENCE * 1000)
        return page

    yield open_page
    said = log.read_bytes()[before:].decode()
    for context in contexts:
        context.close()
    assert not errors, errors
    assert "\nTraceback" not in said, said[said.index("\nTraceback") :]
