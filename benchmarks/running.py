"""A run of very many decisions with the made-up model: memory, and what a decision costs beside it.

`make bench-run` runs it: a million decisions of the regression over two choices, prompts rendered,
each stored with its record in a database in a temporary folder. `python -m benchmarks.running N`
decides N. It prints a JSON line at every tenth: decisions so far, seconds and microseconds a
decision since the last line, and the process's own memory in megabytes; at the end the bytes of
the database a decision.

The time is all that ALIGN adds to a model that answers at once: cells, prompts, readout, alignment,
decision, record, store.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from alignkit.deciders.direct_regression import DirectRegression
from alignkit.evaluate.matrix import Dataset, Matrix, Way, Wish
from alignkit.evaluate.progress import Ended
from alignkit.evaluate.runner import Going, Runner
from alignkit.models.fake import FakeModel
from alignkit.schema import Choice, Profile, Run, Scenario
from alignkit.service.deciding import record_of
from alignkit.store import open_store

DEFAULT = 1_000_000
LINES = 10
_KILO = 1024


def main() -> None:
    """Run and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    with tempfile.TemporaryDirectory(prefix="align-bench-") as folder:
        asyncio.run(measure(count, f"sqlite:///{folder}/bench.db"))
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        print(json.dumps({"bytes_a_decision": round(size / count)}))


async def measure(count: int, url: str) -> None:
    """Decide `count` cells into the store at `url` and print how it goes."""
    matrix = made(count)
    matrix.check_scenarios()
    totals = matrix.totals()
    run = Run(
        id="bench",
        name="bench",
        created=datetime.now(UTC),
        experiment={},
        versions={},
        cells=totals.cells,
    )
    with open_store(url) as store:
        store.start(run)
        runner = Runner(matrix, store, run, record_of, Going(at_once=8))
        told, at, start = 0, 0, time.perf_counter()
        async for event in runner.events():
            done = event.progress.done if isinstance(event, Ended) else event.done
            if done >= count * (told + 1) // LINES:
                now = time.perf_counter()
                say(done, now - start, (now - start) / max(done - at, 1))
                told, at, start = told + 1, done, now


def made(count: int) -> Matrix:
    """A matrix of `count` cells, each with a scenario of its own that is made when it is needed."""
    profile = Profile.model_validate({"name": "careful", "targets": {"care": 0.8}})
    decider = DirectRegression(FakeModel(remember=False))
    dataset = Dataset("made", lambda: scenarios(count))
    return Matrix([dataset], [Wish(profile)], [Way(decider, decider.label)])


def scenarios(count: int) -> Iterator[Scenario]:
    """Small scenarios with two choices, each another."""
    for number in range(count):
        yield Scenario(
            id=f"s{number}",
            context=f"Boat {number} leaks, and the next harbour is {number % 97} miles off.",
            question="What does the captain do?",
            choices=(
                Choice(id="a", text="Sail on", values={"care": 0.1}),
                Choice(id="b", text="Call for help", values={"care": 0.9}),
            ),
        )


def say(done: int, seconds: float, each: float) -> None:
    """Print how far it is."""
    found = {
        "decisions": done,
        "seconds": round(seconds, 2),
        "microseconds_a_decision": round(each * 1e6),
        "megabytes": round(memory(), 1),
    }
    print(json.dumps(found), flush=True)


def memory() -> float:
    """Megabytes that the process holds now, swapped out or not, without pages of files.

    Those come and go as the system likes, where something else needs memory.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:  # another system; then the most that it ever held
        import resource  # noqa: PLC0415

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILO
    lines = (line.split() for line in status.splitlines())
    return sum(int(line[1]) for line in lines if line[:1] in (["RssAnon:"], ["VmSwap:"])) / _KILO


if __name__ == "__main__":
    main()
