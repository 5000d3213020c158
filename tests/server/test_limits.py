"""What the server takes on, and what it refuses."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest

from alignkit.server.limits import Gate
from alignkit.server.problems import Problem

if TYPE_CHECKING:
    from tests.server.conftest import Run, Running

ASKED = {
    "model": "fake",
    "input": "A storm.",
    "questions": [{"type": "predicate", "instructions": "Is it wet?"}],
}


async def test_more_than_may_wait_are_told_when_to_come_again() -> None:
    gate = Gate(at_once=1, waiting=1, seconds=60)
    begun = await gate.enter()
    waiter = asyncio.create_task(gate.enter())
    await asyncio.sleep(0)
    assert (gate.working, gate.waiting) == (1, 1)
    with pytest.raises(Problem) as found:
        await gate.enter()
    assert found.value.status_code == 429
    assert found.value.headers is not None
    assert int(found.value.headers["retry-after"]) >= 1
    gate.leave(begun)
    gate.leave(await waiter)
    assert (gate.working, gate.waiting) == (0, 0)
    gate.leave(await gate.enter())


async def test_who_waits_too_long_is_told_to_come_again() -> None:
    gate = Gate(at_once=1, waiting=1, seconds=0.01)
    begun = await gate.enter()
    with pytest.raises(Problem) as found:
        await gate.enter()
    assert found.value.status_code == 429
    gate.leave(begun)
    assert (gate.working, gate.waiting) == (0, 0)


async def test_a_stream_holds_its_turn_until_it_ends() -> None:
    gate = Gate(at_once=1, waiting=0, seconds=60)

    async def pieces() -> Any:
        for piece in ("a", "b"):
            yield piece

    stream = gate.stream(pieces())
    assert await anext(stream) == "a"
    assert gate.working == 1
    assert [piece async for piece in stream] == ["b"]
    assert gate.working == 0


def test_a_full_server_refuses_cleanly_and_serves_the_others(run: Run) -> None:
    with run(models=("fake", "fake?latency_ms=200"), at_once=2, waiting=3) as served:
        asked = ASKED | {"model": "fake?latency_ms=200"}
        with ThreadPoolExecutor(20) as pool:
            replies = list(pool.map(lambda _: served.post("/v1/decisions", asked), range(20)))
        statuses = [reply.status_code for reply in replies]
        assert set(statuses) == {200, 429}
        assert statuses.count(200) >= 5
        for reply in replies:
            if reply.status_code == 429:
                assert int(reply.headers["retry-after"]) >= 1
                assert reply.json()["error"]["type"] == "rate_limit_error"
        assert served.post("/v1/decisions", asked).status_code == 200
        # A client that tries again, as the refusal says, gets its answer.
        patient = openai.OpenAI(base_url=f"{served.url}/v1", api_key="a", max_retries=5)
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: patient.decisions.create(**asked), range(8)))
        assert len(found) == 8


def test_what_takes_too_long_is_broken_off(run: Run) -> None:
    with run(models=("fake", "fake?latency_ms=2000"), seconds=0.3) as served:
        reply = served.post("/v1/decisions", ASKED | {"model": "fake?latency_ms=2000"})
        assert reply.status_code == 504
        assert "0.3 seconds" in reply.json()["detail"]
        assert served.here.gate.working == 0


def test_work_ends_when_the_client_goes_away(run: Run) -> None:
    with run(models=("fake", "fake?latency_ms=60000")) as served:
        asked = ASKED | {"model": "fake?latency_ms=60000"}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{served.url}/v1/decisions", json=asked, timeout=0.5)
        for _ in range(100):
            if not served.here.gate.working:
                break
            served.get("/healthz")
        assert served.here.gate.working == 0


def test_bodies_have_a_limit_whether_announced_or_not(run: Run) -> None:
    with run(body_bytes=2048) as served:
        big = ASKED | {"input": "x" * 3000}
        reply = served.post("/v1/decisions", big)
        assert reply.status_code == 413
        assert reply.json()["error"]["param"] == "body"

        def pieces() -> Any:
            for _ in range(30):
                yield b'{"input": "' + b"x" * 200

        headers = {"content-type": "application/json"}
        reply = httpx.post(f"{served.url}/v1/decisions", content=pieces(), headers=headers)
        assert reply.status_code == 413
        assert served.post("/v1/decisions", ASKED).status_code == 200


def test_questions_have_a_limit(run: Run) -> None:
    with run(questions=2) as served:
        reply = served.post("/v1/decisions", ASKED | {"questions": ASKED["questions"] * 3})
        assert reply.status_code == 400
        assert reply.json()["error"]["param"] == "questions"


@pytest.mark.parametrize(
    ("headers", "content", "status", "field"),
    [
        ({"content-type": "text/plain"}, b"{}", 415, "content-type"),
        ({}, b"{}", 415, "content-type"),
        ({"content-type": "application/json", "content-encoding": "zstd"}, b"{}", 415,
         "content-encoding"),
        ({"content-type": "application/json"}, b"", 400, "body"),
        ({"content-type": "application/json"}, b"{", 400, "body"),
        ({"content-type": "application/json"}, b"[]", 400, "body"),
        ({"content-type": "application/json"}, b"\xff", 400, "body"),
        ({"content-type": "application/json"}, b'{"model": NaN}', 400, "body"),
        ({"content-type": "application/json"}, b'{"model": "\\ud800"}', 400, "body"),
        ({"content-type": "application/json"}, b"[" * 100_000, 400, "body"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/decisions", "/v1/systemone", "/v1/chat/completions"])
def test_a_body_that_is_not_json_is_refused(  # noqa: PLR0913, PLR0917
    served: Running, path: str, headers: Any, content: bytes, status: int, field: str
) -> None:
    reply = httpx.post(served.url + path, headers=headers, content=content)
    assert reply.status_code == status, reply.text
    assert reply.json()["error"]["param"] == field


def test_500_connections_are_served_or_refused(run: Run, tmp_path: Path) -> None:
    assert tmp_path
    with run(at_once=8, waiting=100) as served:

        async def ask() -> list[int]:
            limits = httpx.Limits(max_connections=500)
            async with httpx.AsyncClient(limits=limits, timeout=120) as client:
                work = (client.post(f"{served.url}/v1/decisions", json=ASKED) for _ in range(500))
                return [reply.status_code for reply in await asyncio.gather(*work)]

        statuses = asyncio.run(ask())
    assert set(statuses) <= {200, 429}
    assert statuses.count(200) >= 100


def test_a_connection_that_says_nothing_does_no_harm(served: Running) -> None:
    host, _, port = served.url.removeprefix("http://").partition(":")
    idle = [socket.create_connection((host, int(port))) for _ in range(20)]
    try:
        assert served.post("/v1/decisions", ASKED).status_code == 200
    finally:
        for one in idle:
            one.close()


def _begun(served: Running) -> socket.socket:
    """A connection on which a request has begun and its body has not come."""
    host, _, port = served.url.removeprefix("http://").partition(":")
    one = socket.create_connection((host, int(port)))
    one.sendall(
        f"POST /v1/decisions HTTP/1.1\r\nHost: {host}:{port}\r\n".encode()
        + b"Content-Type: application/json\r\nContent-Length: 400\r\n\r\n{"
    )
    return one


def test_a_client_that_leaves_before_its_body_has_come_is_no_failure(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    with run() as served:
        _begun(served).close()
        route = 'method="POST",route="/v1/decisions"'
        told = f'align_requests_total{{{route},status="499"}} 1.0'
        served.wait_for(lambda: told in served.get("/metrics").text)
        assert f'{route},status="500"' not in served.get("/metrics").text
    assert "failed" not in [one.getMessage() for one in caplog.records]


def test_a_body_that_does_not_come_is_not_waited_for(run: Run) -> None:
    with run(seconds=0.3) as served, _begun(served) as one:
        one.settimeout(30)
        reply = one.recv(65_536)
        while b"body" not in reply:
            reply += one.recv(65_536)
        assert reply.startswith(b"HTTP/1.1 408 ")
        assert b"body: did not come within 0.3 seconds" in reply
