"""What all backends that speak HTTP do alike: keys, proxies, limits, second tries, quiet logs."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from alignkit.errors import InvalidSetting, ModelError, RateLimited, TimedOut, Unreachable
from alignkit.models.anthropic import AnthropicModel, AnthropicSettings
from alignkit.models.decisions import DecisionsModel, DecisionsSettings
from alignkit.models.keys import key_for
from alignkit.models.openai import OpenAIModel, OpenAISettings
from alignkit.models.protocols import AnswersQuestions, Sampling
from alignkit.models.systemone import SystemOneModel, SystemOneSettings
from alignkit.schema import PredicateQuestion, Prompt, Request, Segment

KEY = "sk-very-secret-0123456789"
OTHER = "an-other-secret-987654321"
REQUESTS = [
    Request(
        prompt=Prompt(segments=(Segment(role="user", depends="scenario", text=f"Fire {n}."),)),
        question=PredicateQuestion(instructions="Is it urgent?"),
    )
    for n in range(12)
]

Reply = tuple[int, dict[str, Any], dict[str, str]]
"""Status, body and headers."""


def openai_model(**settings: Any) -> AnswersQuestions:
    return OpenAIModel("m", OpenAISettings(**settings))


def anthropic_model(**settings: Any) -> AnswersQuestions:
    return AnthropicModel("m", AnthropicSettings(samples=1, **settings))


def decisions_model(**settings: Any) -> AnswersQuestions:
    return DecisionsModel("m", DecisionsSettings(**settings))


def systemone_model(**settings: Any) -> AnswersQuestions:
    return SystemOneModel("m", SystemOneSettings(**settings))


@dataclass(frozen=True)
class Backend:
    make: Callable[..., AnswersQuestions]
    key: str
    answer: dict[str, Any]
    """What the service replies to one predicate."""


TOKEN = {"token": "Yes", "logprob": -0.1}
BACKENDS = {
    "openai": Backend(
        openai_model,
        "OPENAI_API_KEY",
        {
            "choices": [
                {
                    "message": {"content": "Yes"},
                    "logprobs": {"content": [{**TOKEN, "top_logprobs": [TOKEN]}]},
                }
            ]
        },
    ),
    "anthropic": Backend(
        anthropic_model,
        "ANTHROPIC_API_KEY",
        {"content": [{"type": "text", "text": '{"answer": "Yes"}'}]},
    ),
    "decisions": Backend(
        decisions_model,
        "OPENAI_API_KEY",
        {"answers": [{"type": "predicate", "probability": 0.9}]},
    ),
    "systemone": Backend(
        systemone_model,
        "SYSTEMONE_API_KEY",
        {"answers": {"q1": {"type": "noul", "noul": 0.9}}},
    ),
}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Backend:
    found = BACKENDS[request.param]
    monkeypatch.setenv(found.key, KEY)
    return found


@dataclass
class Service:
    """A small HTTP server on this machine; counts connections, and notes what was asked."""

    replies: list[Reply]
    """In order, the last one again and again."""
    pause: float = 0.0
    asked: list[tuple[str, float]] = field(default_factory=list)
    """The first line and the headers of each request, and when it came."""
    open: int = 0
    most: int = 0
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            while head := await self._head(reader):
                self.asked.append((head, time.monotonic()))
                await asyncio.sleep(self.pause)
                status, body, headers = (
                    self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
                )
                writer.write(_written(status, json.dumps(body).encode(), headers))
                await writer.drain()
        finally:
            self.open -= 1
            writer.close()

    @staticmethod
    async def _head(reader: asyncio.StreamReader) -> str:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            return ""  # the loop cancels what still waits at its end
        lengths = [
            int(line.split(":")[1])
            for line in head.splitlines()
            if line.lower().startswith("content-length:")
        ]
        await reader.readexactly(sum(lengths))
        return head


def _written(status: int, body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} so", "content-type: application/json"]
    lines += [f"content-length: {len(body)}", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def serving(*replies: Reply, pause: float = 0.0) -> AsyncIterator[Service]:
    service = Service(list(replies), pause)
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        server.close()


def ok(backend: Backend) -> Reply:
    return 200, backend.answer, {}


async def asked(model: AnswersQuestions, count: int = 1) -> None:
    try:
        await asyncio.gather(*(model.answer([request]) for request in REQUESTS[:count]))
    finally:
        await model.aclose()


@asynccontextmanager
async def endless(
    part: bytes, *, pause: float = 0.0, status: int = 200, **headers: str
) -> AsyncIterator[str]:
    """The address of a server whose replies are `part` again and again."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        given = {"content-type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"HTTP/1.1 {status} so", *(f"{name}: {value}" for name, value in given.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        try:
            while True:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
        finally:
            writer.transport.abort()

    work: list[asyncio.Task[None]] = []
    server = await asyncio.start_server(
        lambda reader, writer: work.append(asyncio.create_task(serve(reader, writer))),
        "127.0.0.1",
        0,
    )
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for one in work:
            one.cancel()
        await asyncio.gather(*work, return_exceptions=True)


class TestBounds:
    async def test_a_reply_that_drips_takes_no_longer_than_it_may(self, backend: Backend) -> None:
        async with endless(b" ", pause=0.05) as url:
            model = backend.make(base_url=url, timeout=0.5, max_retries=0)
            async with asyncio.timeout(30):
                with pytest.raises(TimedOut, match=r"did not answer within 0\.5 seconds"):
                    await asked(model)

    @pytest.mark.parametrize("status", [200, 500])
    async def test_an_endless_reply_is_not_read_any_further(
        self, backend: Backend, status: int
    ) -> None:
        async with endless(b" " * 2**20, status=status) as url:
            with pytest.raises(ModelError, match=r"sent more than 16 MB for one reply") as caught:
                await asked(backend.make(base_url=url))
        assert type(caught.value) is ModelError

    @pytest.mark.parametrize(
        "packed",
        [gzip.compress(b" " * 2**25), gzip.compress(b" ") * 2**15],
        ids=["one", "many"],  # of the second nothing comes out after the first
    )
    async def test_what_is_packed_counts_as_it_comes_and_as_it_is(
        self, backend: Backend, packed: bytes
    ) -> None:
        assert len(packed) < 2**20
        async with endless(packed, content_encoding="gzip") as url:
            with pytest.raises(ModelError, match="more than 16 MB"):
                await asked(backend.make(base_url=url))

    async def test_what_is_packed_is_read(self, backend: Backend) -> None:
        packed = gzip.compress(json.dumps(backend.answer).encode())
        length = str(len(packed))
        async with endless(packed, pause=60, content_encoding="gzip", content_length=length) as url:
            await asked(backend.make(base_url=url))

    @pytest.mark.parametrize("make", [openai_model, anthropic_model])
    async def test_an_endless_stream_is_not_read_any_further(self, make: Any) -> None:
        async with endless(b": " + b"x" * 2**18 + b"\n\n", content_type="text/event-stream") as url:
            model = make(base_url=url, max_retries=0)
            with pytest.raises(ModelError, match="more than 64 MB"):
                _ = [piece async for piece in model.generate_text(REQUESTS[0].prompt, Sampling())]
            await model.aclose()

    @pytest.mark.parametrize("make", [openai_model, anthropic_model])
    async def test_a_stream_may_take_many_times_as_long(
        self, make: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("alignkit.models.line._LONGEST_STREAM", 1.5)
        begun = time.monotonic()
        headers = {"content_type": "text/event-stream"}
        async with endless(b": ping\n\n", pause=0.005, **headers) as url:
            model = make(base_url=url, max_retries=0, timeout=2)
            with pytest.raises(TimedOut, match="within 3 seconds"):
                _ = [piece async for piece in model.generate_text(REQUESTS[0].prompt, Sampling())]
            await model.aclose()
        assert time.monotonic() - begun >= 3


class TestSecondTries:
    async def test_as_late_as_the_service_says(self, backend: Backend) -> None:
        busy = (429, {}, {"retry-after": "0.3"})
        async with serving(busy, ok(backend)) as service:
            await asked(backend.make(base_url=service.url))
        first, second = (when for _, when in service.asked)
        assert second - first >= 0.3

    async def test_a_failing_service_is_asked_as_often_as_set(self, backend: Backend) -> None:
        async with serving(
            (503, {"error": {"message": "down"}}, {"retry-after-ms": "1"})
        ) as service:
            with pytest.raises(Unreachable, match="down"):
                await asked(backend.make(base_url=service.url, max_retries=2))
        assert len(service.asked) == 3

    async def test_without_a_word_pauses_grow(self, backend: Backend) -> None:
        async with serving((500, {}, {}), (500, {}, {}), ok(backend)) as service:
            await asked(backend.make(base_url=service.url))
        first, second, third = (when for _, when in service.asked)
        assert second - first >= 0.25
        assert third - second >= 0.5

    async def test_who_asks_for_an_hour_is_not_waited_for(self, backend: Backend) -> None:
        async with serving((429, {}, {"retry-after": "3600"})) as service:
            with pytest.raises(RateLimited) as caught:
                await asked(backend.make(base_url=service.url))
        assert len(service.asked) == 1
        assert caught.value.retry_after == 3600

    @pytest.mark.parametrize("status", [400, 401, 404, 501])
    async def test_what_would_fail_again_is_not_tried(self, backend: Backend, status: int) -> None:
        async with serving((status, {"error": {"message": "no"}}, {})) as service:
            with pytest.raises(ModelError):
                await asked(backend.make(base_url=service.url))
        assert len(service.asked) == 1

    async def test_a_reply_has_its_time(self, backend: Backend) -> None:
        async with serving(ok(backend), pause=5) as service:
            with pytest.raises(ModelError, match=r"within 0\.1 seconds"):
                await asked(backend.make(base_url=service.url, timeout=0.1, max_retries=0))


class TestConnections:
    async def test_no_more_than_set(self, backend: Backend) -> None:
        async with serving(ok(backend), pause=0.02) as service:
            await asked(backend.make(base_url=service.url, concurrency=3), count=12)
        assert len(service.asked) == 12
        assert service.most <= 3

    async def test_through_the_proxy_of_the_environment(
        self, backend: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with serving(ok(backend)) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            await asked(backend.make(base_url="http://far-away.test"))
        assert proxy.asked[0][0].startswith("POST http://far-away.test/")

    async def test_not_through_it_where_the_environment_says_so(
        self, backend: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with serving(ok(backend)) as service, serving(ok(backend)) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("NO_PROXY", "127.0.0.1")
            await asked(backend.make(base_url=service.url))
        assert len(service.asked) == 1
        assert not proxy.asked

    def test_a_proxy_that_cannot_be_used(
        self, backend: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", f"gopher://me:{OTHER}@proxy.test")
        with pytest.raises(InvalidSetting, match="HTTP_PROXY") as caught:
            backend.make(base_url="http://far-away.test")
        assert OTHER not in str(caught.value)
        assert caught.value.__suppress_context__


class TestKeys:
    async def test_keys_are_sent_and_never_logged(
        self, backend: Backend, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            async with serving((503, {}, {"retry-after-ms": "1"}), ok(backend)) as service:
                model = backend.make(base_url=f"{service.url}?token={OTHER}")
                await asked(model)
        head = service.asked[-1][0]
        assert f"?token={OTHER} HTTP" in head
        assert KEY in head
        assert KEY not in caplog.text
        assert OTHER not in caplog.text
        assert "?token=***" in caplog.text
        for secret in (KEY, OTHER):
            assert secret not in model.identity.model_dump_json()
            assert secret not in repr(model)

    async def test_a_password_in_the_address(
        self, backend: Backend, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            async with serving((400, {"error": {"message": OTHER}}, {})) as service:
                model = backend.make(base_url=service.url.replace("//", f"//me:{OTHER}@"))
                with pytest.raises(ModelError) as caught:
                    await asked(model)
        for text in (caplog.text, str(caught.value), model.identity.model_dump_json()):
            assert OTHER not in text

    def test_the_environment_comes_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ring(monkeypatch, {("alignkit", "ONE"): OTHER})
        monkeypatch.setenv("TWO", KEY)
        assert key_for(("ONE", "TWO")) == KEY
        assert key_for(("ONE", "TWO"), "given") == "given"

    def test_a_keyring_is_asked_under_the_name_of_the_variable(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ring(monkeypatch, {("alignkit", "TWO"): OTHER})
        assert key_for(("ONE", "TWO")) == OTHER

    def test_a_keyring_may_be_missing_or_locked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ring(monkeypatch, None)
        assert key_for(("ONE",)) is None
        monkeypatch.setitem(sys.modules, "keyring", None)
        assert key_for(("ONE",)) is None

    @pytest.mark.parametrize("key", ["ключ", "sk-1\n"])
    def test_keys_that_cannot_be_right(self, key: str) -> None:
        with pytest.raises(InvalidSetting, match="Check ONE") as caught:
            key_for(("ONE",), key)
        assert key not in str(caught.value)


def ring(monkeypatch: pytest.MonkeyPatch, kept: dict[tuple[str, str], str] | None) -> None:
    """Put a keyring that holds `kept`, or that is locked, in the place of the library."""

    class KeyringError(Exception):
        pass

    def get_password(service: str, name: str) -> str | None:
        if kept is None:
            raise KeyringError
        return kept.get((service, name))

    library, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    library.__dict__["get_password"] = get_password
    errors.__dict__["KeyringError"] = KeyringError
    monkeypatch.setitem(sys.modules, "keyring", library)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        "status", [400, 402, 403, 404, 408, 409, 413, 418, 429, 500, 501, 503, 504]
    )
    async def test_a_message_without_the_words_of_the_service(
        self, backend: Backend, status: int
    ) -> None:
        async with serving((status, {"error": {"message": "you asked: Fire 0."}}, {})) as service:
            with pytest.raises(ModelError, match="you asked: Fire 0") as caught:
                await asked(backend.make(base_url=service.url, max_retries=0))
        error = caught.value
        assert error.status == status
        assert error.unquoted is not None
        assert error.unquoted.startswith(service.url) or service.url in error.unquoted
        assert error.unquoted.endswith(".")
        assert "you asked" not in error.unquoted

    async def test_a_reply_of_another_shape_is_not_quoted(self, backend: Backend) -> None:
        async with serving((200, {"you asked": "Fire 0."}, {})) as service:
            with pytest.raises(ModelError) as caught:
                await asked(backend.make(base_url=service.url, max_retries=0))
        assert "Fire" not in (caught.value.unquoted or "")

    async def test_who_is_not_there_is_told_by_the_kind_of_error(self, backend: Backend) -> None:
        async with serving((200, {}, {})) as service:
            pass
        with pytest.raises(Unreachable) as caught:
            await asked(backend.make(base_url=service.url, max_retries=0))
        assert caught.value.unquoted == f"{service.url} cannot be reached: ConnectError."
