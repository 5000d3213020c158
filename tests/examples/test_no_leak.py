"""From the public data to the words of a prompt: an item's own words never come to it."""

from __future__ import annotations

import random
import re
from itertools import cycle

import pytest

from alignkit.datasets import align_phase2, mta
from alignkit.datasets.align_phase2 import mirrored
from alignkit.examples import (
    ExampleSettings,
    LexicalEmbedding,
    Pool,
    Selector,
    Similarity,
    allowed,
    select,
    text_of,
)
from alignkit.library import Library
from alignkit.schema import Attribute, Scenario

from .conftest import data_folder, needs_data, shown

ATTRIBUTES = Library().attributes
SHOTS = 5
WAYS = [ExampleSettings(shots=SHOTS, selection=way) for way in ("random", "similar", "spanning")]

pytestmark = [pytest.mark.data, needs_data]


def of_mta() -> list[Scenario]:
    path = data_folder() / "mta" / "paper-dataset-1-12.json"
    return [one for one in mta.read(path) if isinstance(one, Scenario)]


def of_phase2(family: str) -> list[Scenario]:
    [path] = (data_folder() / "align_phase2").glob(f"*{family}*.json")
    return [one for one in align_phase2.read(path) if isinstance(one, Scenario)]


def plain(text: str) -> str:
    """`text` in one line of small letters."""
    return " ".join(text.casefold().split())


def disguised(one: Scenario) -> list[Scenario]:
    """Versions of `one` that a leak could come from; their ids begin with its own."""
    rng = random.Random(one.id)  # noqa: S311
    sentences = re.split(r"(?<=[.!?])\s+", one.context)
    less = sentences.copy()
    del less[rng.randrange(len(less))]
    turned = tuple(reversed(one.choices))
    letters = {"context": re.sub(r"\b(Patient|Soldier) ([A-Z])\b", r"\1 Jones", one.context)}
    changes: dict[str, dict[str, object]] = {
        "copy": {},
        "upper": {"context": one.context.upper(), "question": one.question.upper()},
        "turned": {"choices": turned},
        "fewer": {"choices": one.choices[:2]},
        "shuffled": {"context": "\n".join(rng.sample(sentences, len(sentences)))},
        "less": {"context": " ".join(less)},
        "renamed": letters,
        "asked": {"question": "Which of these would you do?"},
    }
    made = [one.model_copy(update={"id": f"{one.id} / {k}", **v}) for k, v in changes.items()]
    if "phase 2" in (one.source or ""):
        made.append(mirrored(one).model_copy(update={"id": f"{one.id} / mirrored"}))
    return made


def original(name: str) -> str:
    return name.partition(" / ")[0]


def labelled(one: Scenario) -> list[Attribute]:
    names = set.intersection(*(set(choice.values or {}) for choice in one.choices))
    return [ATTRIBUTES[name] for name in sorted(names)]


def distinctive(items: list[Scenario]) -> dict[str, list[str]]:
    """By item: sentences and lines of the context and texts of choices that no other scene has."""
    scenes: dict[str, set[str]] = {}
    parts: dict[str, list[str]] = {}
    for one in items:
        sentences = re.split(r"(?<=[.!?])\s+", one.context)
        lines = one.context.split("\n")
        said = (*sentences, *lines, *(choice.text for choice in one.choices))
        parts[one.id] = [plain(text) for text in dict.fromkeys(said)]
        for part in parts[one.id]:
            scenes.setdefault(part, set()).add(plain(one.context))
    everything = {plain(one.context): plain(text_of(one)) for one in items}

    def occurs_once(part: str) -> bool:
        return sum(part in text for text in everything.values()) == 1

    return {
        name: [part for part in found if len(scenes[part]) == 1 and occurs_once(part)]
        for name, found in parts.items()
    }


@pytest.mark.parametrize("name", ["mta", "AF", "PS"])
def test_no_prompt_holds_its_item_in_any_dress(name: str) -> None:
    items = of_mta() if name == "mta" else of_phase2(name)
    pool = Pool([*items, *(twin for one in items for twin in disguised(one))])
    similarity = Similarity(LexicalEmbedding(map(text_of, pool)))
    own = distinctive(items)
    searched = 0
    for item in items:
        candidates = allowed(pool, item)
        assert item.id not in {original(one.id) for one in candidates}
        for settings, attribute in zip(WAYS, cycle(labelled(item)), strict=False):
            text = plain(shown(select(candidates, item, attribute, settings, similarity)))
            for part in own[item.id]:
                searched += 1
                assert part not in text
    assert name == "PS" or searched > 2 * len(items)


def incident(one: Scenario) -> str:
    return plain(one.context.split("\n")[1])


@pytest.mark.parametrize("settings", WAYS, ids=lambda one: one.selection)
def test_no_prompt_tells_of_the_same_incident(settings: ExampleSettings) -> None:
    items = of_phase2("PS")
    selector = Selector(Pool([*items, *map(mirrored, items)]), settings)
    for item in items:
        shots = selector.shots(item, ATTRIBUTES["personal_safety"])
        assert incident(item) not in plain(shown(shots))


@pytest.mark.parametrize(("name", "least"), [("mta", 18), ("AF", 65), ("PS", 55)])
def test_most_of_the_others_may_be_shown(name: str, least: int) -> None:
    pool = Pool(of_mta() if name == "mta" else of_phase2(name))
    assert all(len(allowed(pool, item)) >= least for item in pool)
