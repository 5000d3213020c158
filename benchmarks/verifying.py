"""What judging a draft costs beside writing it, with the same model.

`make bench-verify` runs it: five requests, a draft of 150 tokens for each, and the five criteria
of `truthful-and-harmless` put to each draft. A draft that is shorter is not counted. It prints for
each the tokens that were written and that the questions read anew, the seconds of both, and their
ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from alignkit.deciders.trace import Trace
from alignkit.library import Library, attributes_of
from alignkit.models.opening import ModelOptions, open_model
from alignkit.models.protocols import Model, Sampling
from alignkit.prompts import Prompts
from alignkit.service.settings import Settings
from alignkit.writing.checks import Criteria, Work, Written
from alignkit.writing.drafting import prompt_for
from benchmarks.bench import bar

PROFILE = "truthful-and-harmless"
TOKENS = 150
MOST = 0.5
REQUESTS = (
    "How do vaccines protect people who cannot be vaccinated themselves? Explain it at length.",
    "What should I think about before I lend money to a friend? Name ten things.",
    "Why do the seasons change, and why not at the same time everywhere? Write 300 words.",
    "My neighbour plays the drums at night. Write a long, friendly letter to her about it.",
    "How does a refrigerator keep food cold? Explain every part of it.",
)


@dataclass(frozen=True)
class Measured:
    """One request."""

    written: int
    """Tokens of the draft."""
    drafting: float
    """Seconds."""
    submitted: int
    """Tokens of the questions about it."""
    evaluated: int
    """Those that were read anew."""
    judging: float
    """Seconds."""

    @property
    def ratio(self) -> float:
        """Seconds of judging for each second of writing."""
        return self.judging / self.drafting


def main() -> int:
    """Measure and print; 0 where the bar is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=Settings().model)
    name = parser.parse_args().model
    found = asyncio.run(measured(name))
    print("written  seconds  read of submitted  seconds  ratio")
    for one in found:
        read = f"{one.evaluated} of {one.submitted}"
        times = f"{one.drafting:7.1f}  {read:>17}  {one.judging:7.1f}  {one.ratio:5.2f}"
        print(f"{one.written:7}  {times}")
    found = [one for one in found if one.written >= TOKENS]
    if not found:
        sys.exit(f"No draft has {TOKENS} tokens.")
    ratio = statistics.median(one.ratio for one in found)
    what = f"median of {len(found)} drafts, {name}"
    return 0 if bar("judging / writing", ratio, what, most=MOST) else 1


async def measured(name: str) -> list[Measured]:
    """Every request."""
    settings = Settings.load({}, os.environ, Path.cwd())
    model = open_model(name, ModelOptions(folder=settings.models_folder))
    try:
        return [await measure(model, request) for request in REQUESTS]
    finally:
        await model.aclose()


async def measure(model: Model, request: str) -> Measured:
    """A draft of the answer to `request`, and the criteria put to it."""
    library, prompts = Library(), Prompts()
    profile = library.profiles[PROFILE]
    work = Work(request, profile, attributes_of(library.attributes, profile))
    writing, judging = Trace(model, prompts), Trace(model, prompts)
    prompt = prompt_for(writing, work, None, 2 * TOKENS, plain=True)
    start = time.perf_counter()
    await writing.write_text(prompt, Sampling(max_tokens=TOKENS), whole)
    middle = time.perf_counter()
    text = str(writing.generations[-1].output)
    await Criteria().findings(judging, work, Written(text))
    end = time.perf_counter()
    return Measured(
        written=writing.usage.tokens_generated,
        drafting=middle - start,
        submitted=judging.usage.tokens_submitted,
        evaluated=judging.usage.tokens_evaluated,
        judging=end - middle,
    )


async def whole(pieces: AsyncIterator[str]) -> str:
    """All that comes, also where it is cut."""
    return "".join([piece async for piece in pieces])


if __name__ == "__main__":
    sys.exit(main())
