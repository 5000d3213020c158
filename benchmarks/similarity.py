"""What counts as nearly the same scenario, and which similarity finds the more telling examples.

`python -m benchmarks.similarity` prints it; it needs the public data that ALIGN_DATA names. The
token tables are measured for those models whose weights are on this machine. The figures:

- containment between different scenarios of a data set, and between a scenario and versions of it
  that were made: mirrored, without one sentence, with one word in twenty replaced;
- how many scenarios are left out per item;
- for each way to compare: the mean distance (Wasserstein) between the values of an item's choices
  and those of its 5 nearest allowed examples; how many of the 3 nearest mta scenarios are about an
  attribute that the item is about; seconds to prepare, and per item.
"""

from __future__ import annotations

import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import wasserstein_distance

from alignkit.datasets import align_phase2, mta
from alignkit.errors import DataError
from alignkit.examples import (
    THRESHOLD,
    Embeds,
    LexicalEmbedding,
    Pool,
    Similarity,
    TokenTableEmbedding,
    allowed,
    text_of,
)
from alignkit.examples.excluding import containment
from alignkit.examples.fingerprint import Fingerprint
from alignkit.examples.pool import is_labelled
from alignkit.models.llama import LlamaModel, LlamaSettings
from alignkit.models.weights import Weights
from alignkit.schema import Scenario
from alignkit.service.settings import Settings

NEAREST, TOPIC_NEAREST = 5, 3
MODELS = ("smollm2-135m", "qwen2.5-coder-1.5b")
ATTRIBUTES = {
    "AF": ("affiliation", "medical_urgency"),
    "PS": ("personal_safety", "medical_urgency"),
}
QUANTILES = (0, 0.05, 0.5, 0.95, 1)

Way = Callable[[Sequence[str]], Embeds]
"""Makes an embedding out of the texts of a pool."""
Likeness = Callable[[Scenario, Sequence[Scenario]], Sequence[float]]
"""How similar a scenario is to each of some others."""


def scenarios(found: Iterator[Scenario | DataError]) -> list[Scenario]:
    """The scenarios of a reader; a broken one ends the benchmark."""
    read = []
    for one in found:
        if isinstance(one, DataError):
            raise one
        read.append(one)
    return read


def data_sets(folder: Path) -> dict[str, list[Scenario]]:
    """The triage data by name: mta, and AF and PS of phase 2."""
    [affiliation] = (folder / "align_phase2").glob("*AF*.json")
    [safety] = (folder / "align_phase2").glob("*PS*.json")
    return {
        "mta": scenarios(mta.read(folder / "mta" / "paper-dataset-1-12.json")),
        "AF": scenarios(align_phase2.read(affiliation)),
        "PS": scenarios(align_phase2.read(safety)),
    }


def shortened(scenario: Scenario, rng: random.Random) -> Scenario:
    """The scenario without one of its sentences."""
    sentences = re.split(r"(?<=[.!?])\s+", scenario.context)
    del sentences[rng.randrange(len(sentences))]
    return scenario.model_copy(update={"id": "made", "context": " ".join(sentences) or "-"})


def reworded(scenario: Scenario, rng: random.Random) -> Scenario:
    """The scenario with one word in twenty replaced."""

    def word(found: re.Match[str]) -> str:
        return "replaced" if rng.random() < 1 / 20 else found[0]

    context = re.sub(r"\w+", word, scenario.context)
    return scenario.model_copy(update={"id": "made", "context": context})


def made(pool: Pool, change: Callable[[Scenario, random.Random], Scenario]) -> list[float]:
    """Containment between each scenario and a changed version that takes its place in the pool."""
    rng = random.Random(0)  # noqa: S311  nothing secret
    found = []
    for scenario, own in zip(pool, pool.fingerprints, strict=True):
        other = Fingerprint.of(change(scenario, rng)).shingles
        counts = pool.shingle_counts.copy()
        counts.subtract(own.shingles)
        counts.update(other)
        found.append(containment(own.shingles, other, counts))
    return found


def between(pool: Pool) -> Iterator[tuple[Scenario, Scenario, float]]:
    """Each two different scenarios of `pool` and the containment between them."""
    for i, (item, own) in enumerate(zip(pool, pool.fingerprints, strict=True)):
        counts = pool.shingle_counts.copy()
        counts.subtract(own.shingles)
        for j in range(i):
            other = pool.fingerprints[j]
            yield item, pool.scenarios[j], containment(own.shingles, other.shingles, counts)


def print_row(what: str, values: Sequence[float]) -> None:
    """Quantiles of `values`, and the share at or above the threshold."""
    quantiles = "  ".join(f"{value:.2f}" for value in np.quantile(values, QUANTILES))
    share = np.mean(np.asarray(values) >= THRESHOLD)
    print(f"  {what:<34} {len(values):>5}   {quantiles}   {share:>6.1%}")


def print_containment(name: str, pool: Pool) -> None:
    """How contained scenarios are in each other, and how many are left out per item."""
    pairs = list(between(pool))
    print(f"{name}: pairs, minimum, 5 %, median, 95 %, maximum, share from {THRESHOLD} on")
    if name == "PS":
        alike = [_incident(a) == _incident(b) for a, b, _ in pairs]
        print_row("same incident", [c for (_, _, c), a in zip(pairs, alike, strict=True) if a])
        print_row("different", [c for (_, _, c), a in zip(pairs, alike, strict=True) if not a])
    else:
        print_row("different", [c for _, _, c in pairs])
    if name == "AF":
        print_row("mirrored", made(pool, lambda one, _: align_phase2.mirrored(one)))
    print_row("a sentence less", made(pool, shortened))
    print_row("one word in 20 replaced", made(pool, reworded))
    start = time.perf_counter()
    out = [len(pool) - 1 - len(allowed(pool, one)) for one in pool]
    each = (time.perf_counter() - start) / len(pool)
    print(f"  left out beside the item itself: {np.mean(out):.1f} of {len(pool) - 1} on average,")
    print(f"  {max(out)} at most; {each:.3f} s per item\n")


def _incident(scenario: Scenario) -> str:
    return scenario.context.split("\n")[1]


@dataclass(frozen=True)
class Asked:
    """An item, an attribute, and the examples that may be shown."""

    item: Scenario
    attribute: str
    candidates: list[Scenario]

    def distances(self) -> list[float]:
        """How far the values of the item's choices are from those of each candidate."""
        return [
            float(wasserstein_distance(self._values(self.item), self._values(other)))
            for other in self.candidates
        ]

    def _values(self, scenario: Scenario) -> list[float]:
        return [(choice.values or {})[self.attribute] for choice in scenario.choices]


def asked(name: str, pool: Pool) -> Iterator[Asked]:
    """Every labelled (item, attribute) with at least as many candidates as are taken."""
    for item in pool:
        candidates = allowed(pool, item)
        for attribute in ATTRIBUTES.get(name) or sorted(_labels(item)):
            labelled = [one for one in candidates if is_labelled(one, attribute)]
            if is_labelled(item, attribute) and len(labelled) >= NEAREST:
                yield Asked(item, attribute, labelled)


def _labels(scenario: Scenario) -> set[str]:
    return {name for choice in scenario.choices for name in choice.values or {}}


def nearest(likeness: Sequence[float], count: int) -> list[int]:
    """Where the `count` largest stand."""
    return sorted(range(len(likeness)), key=lambda place: -likeness[place])[:count]


@dataclass(frozen=True)
class Measure:
    """What every way to compare is measured on."""

    pools: dict[str, Pool]
    cases: dict[str, list[Asked]]

    @classmethod
    def of(cls, sets: dict[str, list[Scenario]]) -> Measure:
        """The cases of the data `sets`."""
        pools = {name: Pool(one) for name, one in sets.items()}
        return cls(pools, {name: list(asked(name, pool)) for name, pool in pools.items()})

    def columns(self) -> list[tuple[str, list[Asked]]]:
        """Heading and cases of each column of distances."""
        found = [("mta", self.cases["mta"])]
        for name, attributes in ATTRIBUTES.items():
            for attribute in attributes:
                cases = [one for one in self.cases[name] if one.attribute == attribute]
                found.append((f"{name} {attribute}", cases))
        return found

    def print_floor_and_ceiling(self) -> None:
        """The distances to examples drawn at random, and to the best that there are."""
        far, best = [], []
        for _, cases in self.columns():
            distances = [one.distances() for one in cases]
            far.append(float(np.mean([np.mean(one) for one in distances])))
            best.append(float(np.mean([np.mean(sorted(one)[:NEAREST]) for one in distances])))
        chance = np.mean([np.mean(self._on_topic(item, others)) for item, others in self._topics()])
        self._print("any example", far, f"{chance:.2f}")
        self._print("the best there are", best, "")

    def print_way(self, name: str, way: Way) -> None:
        """Distances, topics and times of one way to compare."""
        start = time.perf_counter()
        by_pool = {
            which: Similarity(way([text_of(one) for one in pool]))
            for which, pool in self.pools.items()
        }
        for which, similarity in by_pool.items():
            similarity.of(self.pools[which].scenarios[0], self.pools[which].scenarios)
        prepared = time.perf_counter() - start
        distances = [
            float(np.mean([_near(one, by_pool[column.partition(" ")[0]].of) for one in cases]))
            for column, cases in self.columns()
        ]
        topics = []
        for item, others in self._topics():
            near = nearest(by_pool["mta"].of(item, others), TOPIC_NEAREST)
            topics.append(np.mean(self._on_topic(item, [others[place] for place in near])))
        each = _seconds_per_item(by_pool, self.pools)
        self._print(name, distances, f"{np.mean(topics):.2f}  {prepared:>8.2f} s {each:>9.4f} s")

    def print_heading(self) -> None:
        """What stands in which column."""
        print(
            f"Mean distance of values to the {NEAREST} nearest; mta on topic among {TOPIC_NEAREST}"
        )
        headings = " ".join(f"{column:>18}" for column, _ in self.columns())
        print(f"{'':<28} {headings}  topic    prepare   per item")

    def _topics(self) -> Iterator[tuple[Scenario, list[Scenario]]]:
        for item in self.pools["mta"]:
            yield item, allowed(self.pools["mta"], item)

    @staticmethod
    def _on_topic(item: Scenario, others: Sequence[Scenario]) -> list[bool]:
        return [bool(_labels(item) & _labels(other)) for other in others]

    @staticmethod
    def _print(name: str, distances: Sequence[float], rest: str) -> None:
        print(f"{name:<28} {' '.join(f'{one:>18.3f}' for one in distances)}  {rest}", flush=True)


def _near(one: Asked, likeness: Likeness) -> float:
    distances = one.distances()
    places = nearest(likeness(one.item, one.candidates), NEAREST)
    return float(np.mean([distances[place] for place in places]))


def _seconds_per_item(by_pool: dict[str, Similarity], pools: dict[str, Pool]) -> float:
    """Seconds to compare an item that is not in the pool with a pool that has been embedded."""
    start, count = time.perf_counter(), 0
    for which, pool in pools.items():
        for item in pool:
            new = item.model_copy(update={"question": f"{item.question} (new)"})
            by_pool[which].of(new, pool.scenarios)
            count += 1
    return (time.perf_counter() - start) / count


def token_table(name: str) -> Way | None:
    """The way that compares by the token table of the model `name`, if its weights are here."""
    weights = Weights(Settings().models_folder).local(name)
    if weights is None:
        return None
    settings = LlamaSettings(context=512)
    model = LlamaModel(weights.path, name=name, sha256=weights.sha256, settings=settings)
    return lambda corpus: TokenTableEmbedding(
        weights.path, lambda text: model.engine.tokenise(text, special=False), corpus
    )


def main() -> int:
    """Run all measurements."""
    data = os.environ.get("ALIGN_DATA")
    if not data or not (Path(data) / "mta").is_dir():
        print("The triage data is not here: set ALIGN_DATA to the folder that holds mta/.")
        return 2
    measure = Measure.of(data_sets(Path(data)))
    for name, pool in measure.pools.items():
        print_containment(name, pool)
    measure.print_heading()
    measure.print_floor_and_ceiling()
    measure.print_way("lexical", LexicalEmbedding)
    for name in MODELS:
        way = token_table(name)
        if way is None:
            print(f"{name:<28} no weights here: `align models pull {name}`")
        else:
            measure.print_way(f"tokens of {name}", way)
    return 0


if __name__ == "__main__":
    sys.exit(main())
