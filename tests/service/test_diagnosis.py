from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from alignkit.service import Finding, Settings, diagnose
from alignkit.service.diagnosis import State

ALL = (
    "Python",
    "alignkit",
    "embedded engine",
    "OpenAI-compatible services",
    "downloads",
    "models here",
    "default model",
    "room for models",
    "attributes",
    "profiles",
    "scenarios",
    "templates",
    "service",
)


def found(settings: Settings) -> dict[str, Finding]:
    return {finding.what: finding for finding in diagnose(settings)}


def finding_of(what: str, settings: Settings) -> tuple[State, str, str | None]:
    finding = found(settings)[what]
    return finding.state, finding.detail, finding.mend


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, model="fake")


def test_everything_is_looked_at_and_with_a_made_up_model_nothing_is_broken(
    settings: Settings,
) -> None:
    findings = found(settings)
    assert tuple(findings) == ALL
    assert {finding.state for finding in findings.values()} == {"ok"}
    assert not any(finding.mend for finding in findings.values())


def test_looking_writes_nothing(settings: Settings, home: Path) -> None:
    found(settings)
    assert not home.exists()


@pytest.mark.parametrize(
    ("what", "package", "extra"),
    [
        ("embedded engine", "xllamacpp", "local"),
        ("OpenAI-compatible services", "openai", "openai"),
    ],
)
def test_a_library_that_is_not_installed_is_missing_with_the_command(
    what: str, package: str, extra: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def known(name: str) -> str:
        if name == package:
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr("alignkit.service.diagnosis.version", known)
    assert finding_of(what, settings) == (
        "missing",
        f"{package} is not installed",
        f"pip install 'alignkit[{extra}]'",
    )


def test_what_downloads_need_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alignkit.service.diagnosis.find_spec", lambda name: name == "pip" or None)
    state, detail, mend = finding_of("downloads", settings)
    assert (state, detail) == ("missing", "filelock, huggingface_hub not installed")
    assert mend == "pip install 'alignkit[local]'"


def test_offline_is_told(home: Path) -> None:
    settings = Settings(home=home, model="fake", offline=True)
    assert finding_of("downloads", settings)[:2] == ("ok", "forbidden (offline)")


def test_a_model_that_is_not_here_is_missing_with_the_command(home: Path) -> None:
    settings = Settings(home=home, model="smollm2-135m")
    assert finding_of("default model", settings) == (
        "missing",
        "smollm2-135m is not here",
        "align models pull smollm2-135m",
    )


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("smollm-135m", "Did you mean 'smollm2-135m'"),
        ("gone.gguf", "There is no file gone.gguf"),
        ("hf:nothing", "does not name a file"),
        ("openia:x", "is not known"),
    ],
)
def test_a_model_that_cannot_be_is_broken(model: str, message: str, home: Path) -> None:
    state, detail, mend = finding_of("default model", Settings(home=home, model=model))
    assert (state, mend) == ("broken", "align models list")
    assert message in detail


def test_a_model_behind_a_service_is_not_looked_for(home: Path) -> None:
    settings = Settings(home=home, model="openai:some-model")
    assert finding_of("default model", settings) == ("ok", "openai:some-model", None)


def test_room_is_that_of_the_nearest_folder_there_is(home: Path, settings: Settings) -> None:
    state, detail, _ = finding_of("room for models", settings)
    assert state == "ok"
    assert detail.endswith(f" MB free in {home / 'models'}")
    assert int(detail.split()[0]) >= 0


def test_own_files_are_counted_and_broken_ones_named_with_the_command(
    settings: Settings, home: Path
) -> None:
    own = home / "library" / "profiles"
    own.mkdir(parents=True)
    (own / "good.yaml").write_text("name: good\ntargets: {care: 1}\n")
    assert finding_of("profiles", settings)[1].endswith(" shipped, 1 of your own")
    (own / "bad.yaml").write_text("name: bad\n")
    (own / "worse.yaml").write_text("name: [\n")
    state, detail, mend = finding_of("profiles", settings)
    assert state == "broken"
    assert detail.endswith("3 of your own; mistakes in bad, worse")
    assert mend == f"align validate {own / 'bad.yaml'}"


def test_own_templates_are_named(settings: Settings, home: Path) -> None:
    own = home / "templates" / "baseline.j2"
    own.parent.mkdir(parents=True)
    own.write_text("{% block question %}What?{% endblock %}")
    assert finding_of("templates", settings)[:2] == ("ok", "replaced by your own: baseline")


def test_a_broken_template_is_one_finding_among_the_others(settings: Settings, home: Path) -> None:
    own = home / "templates" / "baseline.j2"
    own.parent.mkdir(parents=True)
    own.write_text("{% block question %}What?")
    findings = found(settings)
    assert tuple(findings) == ALL
    assert findings["templates"].state == "broken"
    assert "Template 'baseline': line 1: " in findings["templates"].detail
    assert findings["templates"].mend == "Mend or remove your own copy of it."


# The service


class Answering(BaseHTTPRequestHandler):
    """Answers /v1/models, and refuses all else."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/v1/models" else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server that lives as long as the context."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def service(url: str, home: Path) -> tuple[State, str, str | None]:
    return finding_of("service", Settings(home=home, model="fake", base_url=url))


@pytest.mark.parametrize("path", ["/v1", "/v1/"])
def test_a_service_that_answers_is_ok(path: str, home: Path) -> None:
    with serving(Answering) as address:
        url = f"{address}{path}"
        assert service(url, home) == ("ok", f"{url} answers", None)


def test_a_service_that_wants_a_key_answers_too(home: Path) -> None:
    with serving(Answering) as address:
        assert service(address, home) == ("ok", f"{address} answers (HTTP 401)", None)


def test_nobody_there_is_broken(home: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        state, detail, mend = service(url, home)
    assert state == "broken"
    assert "Connection refused" in detail
    assert mend == "start it, or mend --base-url"


def test_something_else_than_http_is_broken(home: Path) -> None:
    def hang_up(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(b"220 mail.example ESMTP\r\n")

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=hang_up, args=(listening,), daemon=True)
        thread.start()
        state, _, _ = service(f"http://127.0.0.1:{listening.getsockname()[1]}", home)
        thread.join()
    assert state == "broken"


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://x", "/v1", "", "http://a b/", "http://[::1", "http://x:port"]
)
def test_what_is_no_address_is_broken(url: str, home: Path) -> None:
    state, _, mend = service(url, home)
    assert state == "broken"
    assert mend


def test_passwords_and_keys_in_addresses_are_not_shown(home: Path) -> None:
    with serving(Answering) as address:
        host = address.partition("//")[2]
        url = f"http://user:PASSW0RD@{host}/v1?api-key=SECRET"
        assert service(url, home) == ("ok", f"{address}/v1 answers", None)
        settings = Settings(home=home, model=f"openai:m?base_url={url}")
        told = f"openai:m?base_url={address}/v1"
        assert finding_of("default model", settings) == ("ok", told, None)
    state, detail, _ = service("http://user:PASSW0RD@127.0.0.1:x/v1", home)
    assert state == "broken"
    assert "PASSW0RD" not in detail
