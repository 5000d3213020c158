"""Whether the log says what failed, and nothing that anybody asked, answered or keeps secret."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from alignkit.errors import (
    BadModelOutput,
    EngineFailed,
    InvalidSetting,
    ModelError,
    StoreError,
)
from alignkit.server.logs import JsonLines, failure

if TYPE_CHECKING:
    from tests.server.conftest import Run

PASSWORD = "PASSW0RD"  # noqa: S105  it is looked for
ASKED = "A most private storm."
EVENT = {"choices": [{"index": 0, "delta": {"content": "Stay."}, "finish_reason": "stop"}]}


class Quoting(BaseHTTPRequestHandler):
    """Goes on with a conversation, and refuses all else with the words of the request."""

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["content-length"])).decode()
        if json.loads(text).get("stream") and ASKED not in text:
            status, kind, body = 200, "text/event-stream", f"data: {json.dumps(EVENT)}\n\n"
        else:
            said = f"{self.server.said}: your prompt was {text}"  # type: ignore[attr-defined]
            status, kind = 400, "application/json"
            body = json.dumps({"error": {"message": said}})
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def quoting(said: str = "no") -> Iterator[str]:
    """The host and port of a service that quotes what it is asked."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Quoting) as server:
        server.said = said  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def logged(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    """The lines about an `event`."""
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    return [line for line in lines if line["event"] == event]


@pytest.fixture
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def chat(model: str, text: str, *, stream: bool = False) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}], "stream": stream}


@pytest.mark.usefixtures("no_key")
def test_nobody_is_shown_the_password_of_an_address(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "alignkit.server")
    with quoting() as at:
        whole = f"openai:good?base_url=http://user:{PASSWORD}@{at}/v1?api-key={PASSWORD}"
        told = f"openai:good?base_url=http://{at}/v1"
        with run(models=(whole,)) as served:
            served.wait_for(lambda: bool(logged(caplog, "not ready")))
            listed = served.get("/v1/models")
            assert {told, f"{told}@calm"} <= {one["id"] for one in listed.json()["data"]}
            replies = [listed, served.get("/readyz")]
            for name in (told, whole, f"{told}@spoken", f"{whole}@spoken"):
                reply = served.post("/v1/chat/completions", chat(name, "Hello."))
                shown = told + "@spoken" * name.endswith("@spoken")
                assert (reply.status_code, reply.json()["model"]) == (200, shown)
                assert served.get(f"/v1/models/{name.partition('?')[0]}").status_code == 404
                replies.append(reply)
            for path, field in (("/api/decide", "model"), ("/v1/decisions", "model")):
                body = {"scenario": "last-antivenom", field: f"{whole}x"}
                replies.append(served.post(path, body))
                assert replies[-1].status_code >= 400
        [line] = logged(caplog, "not ready")
    assert line["model"] == told
    assert PASSWORD not in "".join(reply.text for reply in replies)
    assert PASSWORD not in "".join(JsonLines().format(one) for one in caplog.records)


@pytest.mark.usefixtures("no_key")
@pytest.mark.parametrize("stream", [True, False])
def test_the_log_says_how_a_service_failed_and_not_what_it_said(
    run: Run,
    caplog: pytest.LogCaptureFixture,
    stream: bool,  # noqa: FBT001
) -> None:
    caplog.set_level(logging.INFO, "alignkit.server")
    with quoting() as at, run(models=(f"openai:good?base_url=http://{at}/v1",)) as served:
        served.wait_for(lambda: bool(logged(caplog, "not ready")))
        body = chat("@spoken", ASKED, stream=stream)
        reply = served.post("/v1/chat/completions", body)
        assert reply.status_code == 502
        assert reply.headers["x-request-id"] in reply.json()["detail"]
        [line] = logged(caplog, "failed")
        [before] = logged(caplog, "not ready")
    assert line["request_id"] == reply.headers["x-request-id"]
    assert (line["kind"], line["status"]) == ("ModelError", 400)
    assert (before["kind"], before["status"]) == ("ModelError", 400)
    assert line["error"].startswith(f"http://{at}/v1 rejected the request with status 400. Check ")
    everything = "".join(JsonLines().format(one) for one in caplog.records)
    for text in (ASKED, "Rosa Lind", "your prompt was", "Is this a text?"):
        assert text not in everything
        assert text not in reply.text


@pytest.mark.usefixtures("no_key")
def test_a_request_that_is_too_long_is_not_told_in_the_words_of_the_service(run: Run) -> None:
    said = "context length exceeded"
    with quoting(said) as at, run(models=(f"openai:good?base_url=http://{at}/v1",)) as served:
        reply = served.post("/v1/chat/completions", chat("@spoken", ASKED))
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (400, "context_length_exceeded")
    assert error["message"] == f"The prompt is too long for 'good' at http://{at}/v1."


class Wet(BaseModel):
    wet: bool


def raised(work: Any) -> BaseException:
    try:
        work()
    except BaseException as error:  # noqa: BLE001  it is looked at
        return error
    raise AssertionError


def unexpected() -> None:
    """A defect that quotes a request, after another one."""
    try:
        Wet.model_validate({"wet": ASKED})
    except ValueError as error:
        raise KeyError(ASKED) from error


def several() -> None:
    raise ExceptionGroup(ASKED, [raised(unexpected), ValueError(ASKED)])  # type: ignore[list-item]


def as_line(message: object, error: BaseException | None, name: str = "alignkit.server") -> str:
    info = None if error is None else (type(error), error, error.__traceback__)
    return JsonLines().format(logging.LogRecord(name, 40, "", 0, message, (), info))


@pytest.mark.parametrize("work", [unexpected, several])
def test_a_traceback_has_the_way_and_the_kinds_and_no_message(work: Any) -> None:
    line = as_line("failed", raised(work))
    told = json.loads(line)["traceback"]
    assert "ValidationError\n" in told
    assert "builtins.KeyError\n" in told
    assert "in unexpected" in told
    assert ASKED not in line


def test_errors_that_lead_to_each_other_are_told_once() -> None:
    error = raised(unexpected)
    assert error.__cause__ is not None
    error.__cause__.__cause__ = error
    assert json.loads(as_line("failed", error))["traceback"].count("KeyError\n") == 1


def test_what_libraries_log_of_an_error_is_its_kind() -> None:
    error = raised(unexpected)
    assert ASKED not in as_line(error, error, "nicegui")
    assert json.loads(as_line(error, error, "nicegui"))["event"] == "KeyError"
    lines: list[str] = []

    async def left_alone() -> None:
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(JsonLines().format(record))  # type: ignore[method-assign]
        logging.getLogger("asyncio").addHandler(handler)
        context = {"message": "nobody heard", "exception": error, "source": ASKED}
        asyncio.get_running_loop().default_exception_handler(context)
        logging.getLogger("asyncio").removeHandler(handler)

    asyncio.run(left_alone())
    [line] = lines
    assert json.loads(line)["event"] == "nobody heard"
    assert ASKED not in line


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EngineFailed("The engine is closed.", "Open it."), "The engine is closed. Open it."),
        (StoreError("align.db: no."), "align.db: no."),
        (InvalidSetting("It is not installed."), "It is not installed."),
        (BadModelOutput(f"The model wrote {ASKED!r}."), None),
        (ModelError("Closed."), "Closed."),
        (KeyError(ASKED), None),
    ],
)
def test_a_failure_is_told_by_its_kind(error: Exception, said: str | None) -> None:
    found = failure(error)
    assert found["kind"] == type(error).__name__
    assert found.get("error") == said
