"""What the server costs over calling the library, and what many clients at once gain.

`make bench-serve` runs it. The figures it prints:

- overhead: time of a request to `align serve` with the made-up model and one question, less the
  median time of the same decision made directly; median and 99th percentile at 200 requests/s for
  a minute, each sent when it is due, however many are under way;
- 500 connections at once: every request is answered or told to come again, and memory stays flat;
- concurrency, with smollm2-135m and comparative regression, without remembered answers: decisions/s
  of 16 clients that ask about one scenario under different profiles, against one client that asks
  in turn while the engine keeps nothing of the last prompt; and how far their answers differ.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignkit.models.llama import LlamaModel
from alignkit.models.llama_slot import Slot
from alignkit.models.prefix_queue import Tokens
from alignkit.server import Serving
from alignkit.server.running import Server, address_of, bound, config_of
from alignkit.service import Settings, Workbench
from alignkit.service.answering import Answering, Ask, Offer
from benchmarks.bench import bar

MODEL = "smollm2-135m"
CLIENTS = 16
CONNECTIONS = 500
NO_ANSWER = 0
"""Counted as the status where the connection broke."""
MOST_MEDIAN, MOST_LAST = 3.0, 15.0
"""Milliseconds of overhead."""
LEAST_GAIN, MOST_DIFFERENCE, MOST_GROWTH = 1.5, 1e-3, 1.1
TEAMS = ("billing", "technical", "sales")
TEXT = "I was charged twice for one order. Please help."
QUESTION = "Which team?"


def body_of(model: str, text: str, options: Sequence[str]) -> bytes:
    """A request with one question."""
    choices = [{"value": option} for option in options]
    question = {"type": "choice", "instructions": QUESTION, "choices": choices}
    return json.dumps({"model": model, "input": text, "questions": [question]}).encode()


@dataclass
class Client:
    """One connection that is kept alive; as little work of its own as can be."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, url: str) -> Client:
        """Connected to the server at `url`."""
        host, _, port = url.removeprefix("http://").rpartition(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    async def ask(self, body: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer; `NO_ANSWER` where the connection broke."""
        head = (
            "POST /v1/decisions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        try:
            found = await self.reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", found)
            answer = await self.reader.readexactly(int(length[1]) if length else 0)
        except (OSError, EOFError):
            return NO_ANSWER, b""
        return int(found.split(b" ", 2)[1]), answer

    def close(self) -> None:
        """Hang up."""
        self.writer.close()


@contextmanager
def served(*options: str) -> Iterator[tuple[str, int]]:
    """`align serve` in a process of its own: its address and its number."""
    with tempfile.TemporaryDirectory(prefix="align-bench-") as folder:
        command = [sys.executable, "-m", "alignkit", "serve", "--port", "0", *options]
        log = Path(folder) / "log"
        with (
            log.open("w") as errors,
            subprocess.Popen(command, cwd=folder, stderr=errors) as process,
        ):
            try:
                yield _address(log, process), process.pid
            finally:
                process.terminate()
                process.wait()


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the server listens, once its models answer."""
    while process.poll() is None:
        text = log.read_text()
        found = re.search(r"http://127\.0\.0\.1:\d+", text)
        if found and '"event": "ready"' in text:
            return found[0]
        time.sleep(0.1)
    raise SystemExit(f"The server ended: {log.read_text()}")


def megabytes(process: int) -> float:
    """Memory that a process holds."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


async def direct(count: int) -> list[float]:
    """Milliseconds of the same decision without a server."""
    async with Workbench(Settings(model="fake")) as workbench:
        answering = Answering(workbench)
        ask = Ask("choice", QUESTION, tuple(Offer(team, team) for team in TEAMS))
        way = answering.way("fake")
        found = []
        for _ in range(count):
            start = time.perf_counter()
            await answering.answer(way, TEXT, [ask])
            found.append((time.perf_counter() - start) * 1000)
            await asyncio.sleep(0.002)
    return found


async def steadily(url: str, rate: float, seconds: float) -> tuple[list[float], Counter[int]]:
    """Milliseconds of each request, sent `rate` times a second, and how often each status came."""
    idle, times, statuses = list[Client](), list[float](), Counter[int]()
    body = body_of("fake", TEXT, TEAMS)

    async def one() -> None:
        client = idle.pop() if idle else await Client.to(url)
        start = time.perf_counter()
        status, _ = await client.ask(body)
        statuses[status] += 1
        if status != NO_ANSWER:
            times.append((time.perf_counter() - start) * 1000)
            idle.append(client)

    begun, under_way = time.perf_counter(), set[asyncio.Task[None]]()
    for number in range(round(rate * seconds)):
        await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
        task = asyncio.create_task(one())
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    for client in idle:
        client.close()
    return times, statuses


async def crowd(url: str, count: int, each: int) -> Counter[int]:
    """How often each status came when `count` connections ask `each` times, all at once."""
    clients = [await Client.to(url) for _ in range(count)]
    body = body_of("fake", TEXT, TEAMS)

    async def ask(client: Client) -> list[int]:
        return [(await client.ask(body))[0] for _ in range(each)]

    found = await asyncio.gather(*(ask(client) for client in clients))
    for client in clients:
        client.close()
    return Counter(status for statuses in found for status in statuses)


def measure_overhead(rate: float, seconds: float) -> bool:
    """Print what the server adds to a decision, and what many connections do to it."""
    with served("-m", "fake") as (url, process):
        asyncio.run(steadily(url, 50, min(5.0, seconds)))
        asyncio.run(crowd(url, CONNECTIONS, 4))  # until then Python has not met its largest need
        time.sleep(2)
        before = megabytes(process)
        times, statuses = asyncio.run(steadily(url, rate, seconds))
        after = megabytes(process)
        first = asyncio.run(crowd(url, CONNECTIONS, 4))
        filled = megabytes(process)
        second = asyncio.run(crowd(url, CONNECTIONS, 4))
        last = megabytes(process)
    base = statistics.median(asyncio.run(direct(500)))
    ordered = sorted(times)
    median, late = ordered[len(ordered) // 2] - base, ordered[int(len(ordered) * 0.99)] - base
    print(f"directly                 {base:.2f} ms a decision (median)")
    print(f"requests                 {statuses.total()} at {rate:g}/s, statuses {dict(statuses)}")
    print(f"memory                   {before:.0f} MB before, {after:.0f} MB after")
    print(f"{CONNECTIONS} connections          statuses {dict(first + second)}")
    return all(
        (
            bar("overhead", median, "ms, median", most=MOST_MEDIAN),
            bar("overhead", late, "ms, 99th percentile", most=MOST_LAST),
            bar("errors", float(statuses.total() - statuses[200]), "requests not answered", most=0),
            bar("refusals", float(sum(_odd(first + second))), "other than 200 and 429", most=0),
            bar("memory", after / before, "after / before the minute", most=MOST_GROWTH),
            bar("memory", last / filled, "second crowd / first crowd", most=MOST_GROWTH),
        )
    )


def _odd(statuses: Counter[int]) -> list[int]:
    return [count for status, count in statuses.items() if status not in {200, 429}]


class Nothing(OrderedDict[Any, Any]):
    """Remembers no answer."""

    def __setitem__(self, key: object, value: object) -> None:
        """Forget it."""


class Forgetful(Slot):
    """Keeps nothing of the last prompt."""

    def _believed(self, tokens: Tokens) -> Tokens | None:  # noqa: ARG002
        return None


@contextmanager
def small_server() -> Iterator[tuple[str, LlamaModel]]:
    """A server of the small model in this process, and the model."""
    with tempfile.TemporaryDirectory(prefix="align-bench-") as folder:
        settings = Settings(model=MODEL, context=2048, store=f"sqlite:///{folder}/align.db")
        serving = Serving(
            settings=settings,
            port=0,
            decider="comparative_regression",
            pages=False,
            seconds=3600,  # how long the last of many waits is part of what is measured
        )
        with bound(serving) as listening:
            config = config_of(serving)
            server = Server(config)
            thread = threading.Thread(target=lambda: server.run(sockets=[listening]))
            thread.start()
            app: Any = config.app
            while not server.started or app.state.opened.troubles:
                time.sleep(0.1)
            model = app.state.opened.workbench.model(MODEL)
            model._remembered = Nothing()  # noqa: SLF001  no cached estimates
            try:
                yield address_of(listening), model
            finally:
                server.should_exit = True
                thread.join()


async def in_turn(url: str, bodies: Sequence[bytes]) -> list[dict[str, Any]]:
    """Answers to one client that asks one after the other."""
    client, found = await Client.to(url), []
    for place, body in enumerate(bodies, start=1):
        found.append(json.loads((await client.ask(body))[1]))
        print(f"in turn: {place} of {len(bodies)}", file=sys.stderr)
    return found


async def together(url: str, bodies: Sequence[bytes]) -> list[dict[str, Any]]:
    """Answers to as many clients as there are `bodies`."""
    clients = [await Client.to(url) for _ in bodies]
    pairs = zip(clients, bodies, strict=True)
    found = await asyncio.gather(*(client.ask(body) for client, body in pairs))
    return [json.loads(answer) for _, answer in found]


def shares(reply: dict[str, Any]) -> list[float]:
    """The probabilities of a reply; a refusal has none."""
    if "answers" not in reply:
        raise SystemExit(f"A request was not answered: {reply}")
    return [one["probability"] for one in reply["answers"][0].get("probabilities", ())]


def measure_concurrency(clients: int) -> bool:
    """Print what many clients at once gain over one, and how far their answers differ."""
    library = Workbench(Settings()).library
    scenario = library.scenarios["one-burns-bed"]
    names = [name for name in library.profiles if library.profiles[name].targets][:clients]
    options = [choice.text for choice in scenario.choices]
    bodies = [body_of(f"{MODEL}@{name}", scenario.context, options) for name in names]
    with small_server() as (url, model):
        slot = model._slot  # noqa: SLF001  its cache is switched off for the comparison
        model._slot = Forgetful(model.engine, exact=True)  # noqa: SLF001
        start = time.perf_counter()
        one = asyncio.run(in_turn(url, bodies))
        alone = len(bodies) / (time.perf_counter() - start)
        model._slot = slot  # noqa: SLF001
        start = time.perf_counter()
        many = asyncio.run(together(url, bodies))
        rate = len(bodies) / (time.perf_counter() - start)
    apart = max(
        abs(a - b)
        for first, second in zip(one, many, strict=True)
        for a, b in zip(shares(first), shares(second), strict=True)
    )
    text = f"{rate:.2f}/s of {len(bodies)} clients, {alone:.2f}/s of one"
    gained = bar("concurrency", rate / alone, text, least=LEAST_GAIN)
    same = bar("difference", apart, "of probabilities, largest", most=MOST_DIFFERENCE)
    return gained and same


def main() -> int:
    """Print all figures; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--only", choices=["overhead", "concurrency"])
    given = parser.parse_args()
    found = []
    if given.only != "concurrency":
        found.append(measure_overhead(given.rate, given.seconds))
    if given.only != "overhead":
        found.append(measure_concurrency(given.clients))
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
