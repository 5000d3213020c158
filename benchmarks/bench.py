"""Decisions per second, tokens and speed on the triage pairs, start-up time and peak memory.

`make bench` runs it; it needs the public triage data that ALIGN_DATA names. The figures it prints:

- decisions/s over the 31 (scenario, attribute) pairs at high and low, direct regression;
- tokens submitted, tokens evaluated, and the size of the prefix tree of all prompts (each token
  that some prompt needs, counted once): no engine with one slot can evaluate fewer;
- the engine's speed on these prompts against its speed on one text of 2,048 tokens (median of
  five, in the same run), where speed is tokens evaluated per second of the whole run;
- CPU seconds of `align --help`, peak memory of `align decide`.
"""

from __future__ import annotations

import asyncio
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from alignkit.datasets.mta import read
from alignkit.deciders.direct_regression import DirectRegression
from alignkit.models.llama import LlamaModel, LlamaSettings
from alignkit.models.prefix_queue import Tokens, shared
from alignkit.models.weights import Weights, WeightsFile
from alignkit.schema import Decision, Profile, Scenario, Target
from alignkit.service.settings import Settings

MODEL = "smollm2-135m"
LEVELS = {"high": 1.0, "low": 0.0}
MOST_TOKENS, LEAST_SPEED = 1.1, 0.8
MOST_HELP_SECONDS, MOST_MEGABYTES = 0.35, 500
REFERENCE_TOKENS, REFERENCE_RUNS = 2048, 5


@dataclass(frozen=True)
class Pair:
    """One scenario, one attribute, one level."""

    scenario: Scenario
    profile: Profile
    attribute: str
    level: str

    def is_right(self, decision: Decision) -> bool:
        """Whether the chosen choice is among those with the best true value."""
        values = {
            choice.id: (choice.values or {})[self.attribute] for choice in self.scenario.choices
        }
        best = (max if self.level == "high" else min)(values.values())
        return decision.choice is not None and values[decision.choice] == best


def pairs(path: Path) -> list[Pair]:
    """Every (scenario, attribute) of the file at high and low."""
    found = []
    for scenario in read(path):
        if isinstance(scenario, Exception):
            raise scenario
        names = {name for choice in scenario.choices for name in choice.values or {}}
        for attribute in sorted(names):
            for level, value in LEVELS.items():
                targets = {attribute: Target(value=value)}
                name = f"{attribute.replace('_', '-')}-{level}"
                profile = Profile(name=name, targets=targets)
                found.append(Pair(scenario, profile, attribute, level))
    return found


def tree_size(prompts: Iterable[Tokens]) -> int:
    """Nodes of the prefix tree of `prompts`: in sorted order, what each adds to the one before."""
    ordered = sorted(set(prompts))
    return len(ordered[0]) + sum(len(b) - shared(a, b) for a, b in pairwise(ordered))


def reference_speed(weights: WeightsFile) -> list[float]:
    """Tokens per second of the engine on one long text, several times.

    With the kernels that the engine itself would take (`exact` off), which are the faster ones for
    long texts: the bar is the engine's speed, not ours.
    """
    settings = LlamaSettings(context=REFERENCE_TOKENS + 64, exact=False)
    model = LlamaModel(weights.path, name=MODEL, sha256=weights.sha256, settings=settings)
    word = model.engine.tokenise(" word", special=False)
    speeds = []
    for run in range(REFERENCE_RUNS):
        first = model.engine.tokenise(f"{run} start", special=False)
        text = (first + word * REFERENCE_TOKENS)[:REFERENCE_TOKENS]
        start = time.perf_counter()
        model.engine.complete({"prompt": text, "n_predict": 0, "cache_prompt": False})
        speeds.append(len(text) / (time.perf_counter() - start))
    asyncio.run(model.aclose())
    return speeds


async def decide(model: LlamaModel, wanted: Sequence[Pair]) -> tuple[list[Decision], float]:
    """All decisions, asked at once so that the queue can order them, and the seconds they took."""
    decider = DirectRegression(model)
    start = time.perf_counter()
    decisions = await asyncio.gather(*(decider.decide(p.scenario, p.profile) for p in wanted))
    return decisions, time.perf_counter() - start


def prompts_of(model: LlamaModel, decisions: Sequence[Decision]) -> list[Tokens]:
    """The tokens of every prompt that was submitted."""
    return [model.asked(call)[0] for decision in decisions for call in decision.evidence.calls]


def measure_triage(path: Path) -> bool:
    """Print the figures on the triage pairs; whether the bars hold."""
    weights = Weights(Settings().models_folder).pull(MODEL)
    settings = LlamaSettings(context=REFERENCE_TOKENS + 64)
    model = LlamaModel(weights.path, name=MODEL, sha256=weights.sha256, settings=settings)
    wanted = pairs(path)
    decisions, seconds = asyncio.run(decide(model, wanted))
    speeds = reference_speed(weights)
    submitted = sum(decision.usage.tokens_submitted for decision in decisions)
    evaluated = sum(decision.usage.tokens_evaluated for decision in decisions)
    least = tree_size(prompts_of(model, decisions))
    speed, engine = evaluated / seconds, statistics.median(speeds)
    right = sum(p.is_right(d) for p, d in zip(wanted, decisions, strict=True))
    print(f"model                    {MODEL} {weights.sha256[:12]}, {model.engine.name()}")
    rate = len(decisions) / seconds
    print(f"decisions                {len(decisions)} in {seconds:.1f} s: {rate:.2f}/s")
    print(f"right at high and low    {right} of {len(decisions)} (chance and controls: later work)")
    print(f"tokens submitted         {submitted}")
    print(f"tokens evaluated         {evaluated}, {evaluated / submitted:.1%} of those submitted")
    few = bar("prefix tree", evaluated / least, f"{least}: evaluated / tree", most=MOST_TOKENS)
    fast = bar("speed", speed / engine, f"{speed:.0f} of {engine:.0f} tokens/s", least=LEAST_SPEED)
    return few and fast


def measure_help() -> bool:
    """Print the CPU time of `align --help`; whether it is under its bar."""
    seconds = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "alignkit", "--help"], check=True, capture_output=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    typical = statistics.median(seconds)
    return bar("align --help", typical, "CPU seconds, median of five", most=MOST_HELP_SECONDS)


def measure_memory() -> bool:
    """Print the peak memory of one decision; whether it is under its bar."""
    command = [
        sys.executable,
        "-m",
        "alignkit",
        "decide",
        "surgeon-and-minibus",
        "--context",
        "2048",
    ]
    command += ["--model", MODEL, "--profile", "utilitarian-medic"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    megabytes = usage.ru_maxrss / 1024
    what = f"MB at the peak of align decide (exit code {process.returncode})"
    return bar("memory", megabytes, what, most=MOST_MEGABYTES) and process.returncode == 0


def bar(
    name: str, value: float, what: str, *, most: float = float("inf"), least: float = 0.0
) -> bool:
    """Print a figure beside its bar; whether it holds."""
    holds = least <= value <= most
    limit = f"at most {most:g}" if least == 0.0 else f"at least {least:g}"
    print(f"{name:<24} {value:.3g} ({what}; bar: {limit}) {'ok' if holds else 'MISSED'}")
    return holds


def main() -> int:
    """Run all measurements; 1 if a bar is missed."""
    data = os.environ.get("ALIGN_DATA")
    path = Path(data) / "mta" / "paper-dataset-1-12.json" if data else None
    if path is None or not path.is_file():
        print("The triage data is not here: set ALIGN_DATA to the folder that holds mta/.")
        return 2
    # Memory first: what a child had at its peak counts from the size of the one who started it.
    held = [measure_memory(), measure_help(), measure_triage(path)]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
