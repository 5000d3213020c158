"""The end of a server: what is in flight is finished, and a second signal ends it at once."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from alignkit.server import Serving
from alignkit.server.running import config_of
from alignkit.store import open_store

if TYPE_CHECKING:
    from tests.server.conftest import Run

ASKED = {
    "model": "fake?latency_ms=700",
    "input": "A storm.",
    "questions": [{"type": "predicate", "instructions": "Is it wet?"}],
}


def test_what_is_in_flight_is_finished_and_stored(run: Run, tmp_path: Path) -> None:
    replies: list[httpx.Response] = []
    with run(models=("fake", "fake?latency_ms=700")) as served:
        asking = threading.Thread(
            target=lambda: replies.append(served.post("/v1/decisions", ASKED))
        )
        asking.start()
        served.wait_for(lambda: served.here.gate.working == 1)
        served.stop()
        asking.join(60)
    [reply] = replies
    assert reply.status_code == 200
    with open_store(f"sqlite:///{tmp_path / 'align.db'}") as store:
        record = store.record(reply.headers["x-align-decision"])
    assert record.scenario.context == "A storm."


@contextmanager
def _started(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`align serve`, and its address."""
    command = [sys.executable, "-m", "alignkit", "serve", "--port", "0", "-m", "fake", *options]
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            found = next(
                match[0]
                for line in process.stderr
                if (match := re.search(r"http://127\.0\.0\.1:\d+", line))
            )
            transport = httpx.HTTPTransport(retries=20)
            with httpx.Client(transport=transport, timeout=120) as client:
                client.get(f"{found}/healthz").raise_for_status()
            yield process, found
        finally:
            process.kill()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command_in_good_order(tmp_path: Path, sent: int) -> None:
    with _started(tmp_path) as (process, url):
        asked: dict[str, Any] = ASKED | {"model": "fake"}
        assert httpx.post(f"{url}/v1/decisions", json=asked, timeout=60).status_code == 200
        process.send_signal(sent)
        assert process.wait(60) == 0
    with open_store(f"sqlite:///{tmp_path / 'align.db'}") as store:
        assert [tally.done for tally in store.tallies()] == [1]


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    slow = "fake?latency_ms=60000"
    with _started(tmp_path, "-m", slow) as (process, url):

        def ask() -> None:
            with pytest.raises(httpx.HTTPError):
                httpx.post(f"{url}/v1/decisions", json=ASKED | {"model": slow}, timeout=60)

        asking = threading.Thread(target=ask)
        asking.start()
        with httpx.Client(timeout=60) as client:
            while "align_requests_working 1.0" not in client.get(f"{url}/metrics").text:
                pass
        process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 130
        asking.join(60)
        assert not asking.is_alive()


def test_a_port_that_is_taken_is_said_in_a_line(tmp_path: Path) -> None:
    with _started(tmp_path) as (_, url):
        command = [sys.executable, "-m", "alignkit", "serve", "--port", url.rpartition(":")[2]]
        found = subprocess.run(
            [*command, "-m", "fake"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
    assert found.returncode == 2
    assert "Cannot listen at 127.0.0.1" in found.stderr


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--store", "sqlite:///nowhere/a.db"), 4, "there is no folder 'nowhere'"),
        (("--decider", "choser_judge"), 2, "Did you mean 'chooser_judge'"),
        (("--decider", "chooser_judge?tempo=1"), 2, "there is no such setting"),
        (("-m", "smollm2-135"), 2, "Did you mean 'smollm2-135m'"),
        (("-m", "fake?speed=1"), 2, "speed: there is no such setting"),
        (("-m", "openai:"), 2, "names no model"),
        (("-m", "opnai:gpt"), 2, "Model backend 'opnai' is not known"),
        (("-m", "./none.gguf"), 2, "none.gguf"),
    ],
)
def test_what_cannot_be_served_is_said_before_the_start(
    tmp_path: Path, options: tuple[str, ...], code: int, said: str
) -> None:
    command = [sys.executable, "-m", "alignkit", "serve", "--port", "0", "-m", "fake", *options]
    found = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert found.returncode == code
    assert found.stderr.startswith("align: ")
    assert said in " ".join(found.stderr.split())
    assert "Serving at" not in found.stderr


def test_off_loopback_the_start_says_how_to_make_a_key(tmp_path: Path) -> None:
    def lines(*more: str) -> list[str]:
        command = [sys.executable, "-m", "alignkit", "serve", "--port", "0", "-m", "fake"]
        with subprocess.Popen(
            [*command, *more], cwd=tmp_path, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            plain = (line for line in process.stderr if not line.startswith("{"))
            found = [next(plain), next(plain)]
            process.terminate()
        return found

    url = "sqlite:///own.db"
    off = ("--host", "0.0.0.0", "--store", url)  # noqa: S104  only off loopback a key is needed
    said = lines(*off)
    assert said[0].startswith("Serving at http://0.0.0.0:")
    assert said[1].endswith(f"Make one: align keys create NAME --store {url}\n")
    make = [sys.executable, "-m", "alignkit", "keys", "create", "desk", "--store", url]
    subprocess.run(make, cwd=tmp_path, capture_output=True, check=True)
    assert lines(*off)[1] == "Every request needs a key; 1 is known.\n"


def test_decisions_that_could_not_be_stored_are_told_by_the_exit_code(tmp_path: Path) -> None:
    with _started(tmp_path) as (process, url):
        with sqlite3.connect(tmp_path / "align.db") as database:
            database.execute("ALTER TABLE results RENAME TO gone")
        asked: dict[str, Any] = ASKED | {"model": "fake"}
        assert httpx.post(f"{url}/v1/decisions", json=asked, timeout=60).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 1


def test_a_connection_that_was_idle_for_longer_than_clients_keep_theirs_is_still_open() -> None:
    config = config_of(Serving())
    assert config.timeout_keep_alive > 60  # clients keep theirs for 5 to 60 s
