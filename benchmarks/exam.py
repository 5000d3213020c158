"""Tokens a question of an examination costs, and whether the letters are those of a full reading.

`make bench-exam` runs it; it needs the public MMLU files that ALIGN_DATA names. Four subjects, the
first 100 questions of each, one subject after another, asked with five solved questions before
them. Then the same prompts are read again by a second engine, each in full, without any cache, and
the letter is taken from its probabilities over the whole vocabulary.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import cast

from alignkit.datasets.mmlu import read
from alignkit.deciders.baseline import Baseline
from alignkit.models.llama import LlamaModel
from alignkit.models.llama_engine import LlamaEngine
from alignkit.models.opening import ModelOptions, open_model
from alignkit.models.prefix_queue import Tokens
from alignkit.models.weights import Weights
from alignkit.schema import Decision, Scenario
from alignkit.service.settings import Settings
from benchmarks.bench import bar, tree_size

SUBJECTS = ("philosophy", "college_medicine", "moral_disputes", "high_school_physics")
QUESTIONS = 100
MOST_TOKENS, LEAST_AGREEMENT = 96, 0.995
_SEEN = 1000
"""So many of the likeliest tokens are looked through for the letters."""


def questions(folder: Path, count: int) -> Iterator[list[Scenario]]:
    """The first `count` questions of each subject."""
    for subject in SUBJECTS:
        found = islice(read(folder / f"{subject}_test.csv"), count)
        yield [one for one in found if isinstance(one, Scenario)]


async def decide(model: LlamaModel, scenarios: Sequence[Scenario]) -> list[Decision]:
    """What the plain model answers."""
    decider = Baseline(model)
    return list(await asyncio.gather(*(decider.decide(one) for one in scenarios)))


def whole_letter(engine: LlamaEngine, prompt: Tokens, letters: dict[str, int]) -> str:
    """The likeliest of `letters` (token by letter) behind `prompt`, which is read in full."""
    request = {"prompt": list(prompt), "n_predict": 1, "n_probs": _SEEN, "cache_prompt": False}
    reply = engine.complete({**request, "temperature": 0.0})
    if reply["timings"]["prompt_n"] != len(prompt):
        raise RuntimeError("the prompt was not read in full")
    seen = reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    found = {entry["id"]: entry["logprob"] for entry in seen}
    return max(letters, key=lambda letter: found.get(letters[letter], float("-inf")))


def main() -> int:
    """Print the figures; 1 when a bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="of each subject")
    parser.add_argument("--no-agreement", action="store_true", help="count tokens only")
    given = parser.parse_args()
    settings = Settings.load({}, os.environ, Path.cwd())
    if settings.data is None:
        sys.exit("Set ALIGN_DATA to the folder that holds mmlu_final/.")
    opened = open_model(given.model, ModelOptions(folder=settings.models_folder))
    model = cast("LlamaModel", opened)
    decisions: list[Decision] = []
    right = 0
    for scenarios in questions(settings.data / "mmlu_final/data/mmlu/test", given.questions):
        found = asyncio.run(decide(model, scenarios))
        decisions += found
        hits = sum(
            next(c for c in one.choices if c.id == decision.choice).values == {"correctness": 1.0}
            for one, decision in zip(scenarios, found, strict=True)
        )
        right += hits
        name = scenarios[0].tags["subject"]
        used = sum(one.usage.tokens_evaluated for one in found) / len(found)
        print(f"{name:<24} {hits} of {len(found)} right, {used:.1f} tokens a question", flush=True)
    asked = [model.asked(call) for decision in decisions for call in decision.evidence.calls]
    count = len(decisions)
    submitted = sum(one.usage.tokens_submitted for one in decisions)
    evaluated = sum(one.usage.tokens_evaluated for one in decisions)
    identity = model.identity
    print(f"model                    {identity.name} {(identity.sha256 or '')[:12]}")
    print(f"right                    {right} of {count}; chance 1 in 4")
    print(f"tokens submitted         {submitted / count:.1f} a question")
    tree = tree_size([tokens for tokens, _ in asked])
    print(f"prefix tree              {tree / count:.1f} a question")
    good = bar("tokens evaluated", evaluated / count, "a question", most=MOST_TOKENS)
    if not given.no_agreement:
        path = Weights(settings.models_folder).pull(model.identity.name).path
        good = agreement(model, path, decisions, asked) and good
    return 0 if good else 1


def agreement(
    model: LlamaModel,
    path: Path,
    decisions: Sequence[Decision],
    asked: Sequence[tuple[Tokens, tuple[int, ...]]],
) -> bool:
    """Print how often a full reading gives the same letter; whether the bar holds."""
    engine = model.engine
    full = LlamaEngine(
        path, context=engine.context, threads=os.cpu_count() or 1, gpu_layers=-1, exact=True
    )
    same = sum(
        whole_letter(full, prompt, dict(zip("ABCD", letters, strict=True))) == decision.choice
        for (prompt, letters), decision in zip(asked, decisions, strict=True)
    )
    return bar("agreement", same / len(decisions), "of a full reading", least=LEAST_AGREEMENT)


if __name__ == "__main__":
    sys.exit(main())
