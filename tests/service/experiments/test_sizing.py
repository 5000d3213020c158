from __future__ import annotations

import numpy as np
import pytest

from alignkit.errors import UnknownName, UsageError
from alignkit.service import Workbench
from alignkit.service.evidence.comparing import Question, compare_runs
from alignkit.service.experiments.sizing import Needed, NoSpread, Wanted, needed
from alignkit.store import Kept, Store
from alignkit.testing.runs import Pair, answered, asked, made, run_of, steered_run

from .conftest import Write
from .test_running import SWEPT, ready, run


def keep(store: Store, pairs: list[Pair]) -> str:
    """Keep `pairs` as a run; gives its id."""
    kept = run_of(pairs)
    store.start(kept)
    store.add(kept.id, [Kept(cell, result) for cell, result in pairs])
    return kept.id


def called(pairs: list[Pair], decider: str) -> list[Pair]:
    """The same decisions by another decider."""
    keys = [(cell, f"{cell.key} {decider}") for cell, _ in pairs]
    cells = [cell.model_copy(update={"decider": decider, "key": key}) for cell, key in keys]
    return [
        (cell, result.model_copy(update={"key": cell.key, "decision": cell.key}))
        for cell, (_, result) in zip(cells, pairs, strict=True)
    ]


def test_what_is_sized_is_what_compare_runs_tests(store: Store) -> None:
    rng = np.random.default_rng(2)
    pairs: list[Pair] = []
    for decider, follow, right, mean in (("x", 0.2, 0.5, 2.0), ("y", 0.6, 0.7, 3.0)):
        pairs += steered_run(rng, {"care": follow, "loyalty": 0.3}, 20, decider=decider, plain=True)
        pairs += called(asked(rng, {"care-high": right}, 30), decider)
        pairs += called(answered(rng, {"care-high": {"care": mean}}), decider)
    kept = keep(store, list({cell.key: (cell, result) for cell, result in pairs}.values()))
    sized = needed(store, kept, Wanted(0.1))
    question = Question([kept], ["decider", "dataset"], against="y")
    tested = [one for one in compare_runs(store, question) if one.part is None]
    assert {one.measure for one in tested} == {"alignment", "accuracy", "scale"}
    told = [(one.measure, one.difference, one.items, one.groups) for one in tested]
    assert [
        (one.measure, one.difference, one.pilot_items, one.pilot_groups)
        for one in sized
        if (one.one, one.other) == ("x", "y")
    ] == [(name, pytest.approx(value), items, groups) for name, value, items, groups in told]


def test_a_wish_is_met_by_the_extreme_choice_and_not_by_the_nearest(store: Store) -> None:
    truths = {"a": {"care": 0.5}, "b": {"care": 0.8}, "c": {"care": 1.0}}
    wish = {"profile": "some-care", "targets": {"care": 0.8}}
    pairs = [
        made(f"s{number}", truths, choice, decider=decider, **wish)  # type: ignore[arg-type]
        for number in range(4)
        for decider, choice in (("extreme", "c"), ("nearest", "b" if number else "c"))
    ]
    [found] = needed(store, keep(store, pairs), Wanted(0.1))
    assert (found.measure, found.one, found.difference) == ("alignment", "extreme", 0.75)
    assert isinstance(found, Needed)


def test_a_measure_that_is_not_there_is_told(store: Store) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'alignment'"):
        needed(store, "mine", Wanted(0.1, measures=["alinment"]))


async def test_a_pilot_says_how_many_items_an_effect_takes(
    bench: Workbench, write: Write, store: Store
) -> None:
    path = write(profiles=SWEPT, deciders=["oracle", "random", "first"])
    begun, _ = await run(await ready(bench, path), bench, store)
    found = needed(store, "mine", Wanted(0.2, 0.8))
    assert [(one.one, one.other) for one in found] == [
        ("oracle", "random"),
        ("oracle", "first"),
        ("random", "first"),
    ]
    first = found[0]
    assert isinstance(first, Needed)
    assert (first.run, first.pilot_items, first.pilot_groups) == (begun.run.id, 9, 3)
    assert first.difference > 0
    assert first.items == 3 * first.groups
    smaller = needed(store, "mine", Wanted(0.05, 0.8))[0]
    surer = needed(store, "mine", Wanted(0.2, 0.95))[0]
    assert isinstance(smaller, Needed)
    assert isinstance(surer, Needed)
    assert smaller.groups > first.groups
    assert surer.groups > first.groups


async def test_a_run_of_one_decider_is_no_pilot(
    bench: Workbench, write: Write, store: Store
) -> None:
    await run(await ready(bench, write(profiles=SWEPT, deciders=["first"])), bench, store)
    with pytest.raises(UsageError, match="no two deciders"):
        needed(store, "mine", Wanted(0.1, 0.8))


async def test_a_pilot_without_spread_tells_nothing(
    bench: Workbench, write: Write, store: Store
) -> None:
    path = write(profiles=SWEPT, deciders=["oracle", "oracle?temperature=0.5"])
    await run(await ready(bench, path), bench, store)
    [found] = needed(store, "mine", Wanted(0.05, 0.8))
    assert isinstance(found, NoSpread)
    assert (found.difference, found.pilot_items, found.pilot_groups) == (0.0, 9, 3)


async def test_what_no_number_of_items_shows_is_told(
    bench: Workbench, write: Write, store: Store
) -> None:
    path = write(profiles=SWEPT, deciders=["oracle", "random"])
    await run(await ready(bench, path), bench, store)
    for effect, power, said in ((0.2, 0.05, "no more than the level"), (1e-9, 0.8, "takes more")):
        with pytest.raises(UsageError, match=said):
            needed(store, "mine", Wanted(effect, power))


def test_a_profile_and_the_plain_model_are_sized_as_they_are_compared(store: Store) -> None:
    rng = np.random.default_rng(2)
    pairs = asked(rng, {None: 0.7, "care-high": 0.5}, 40)
    kept = keep(store, pairs)
    [found] = needed(store, kept, Wanted(0.1, by="profile"))
    assert isinstance(found, Needed)
    [tested] = compare_runs(store, Question([kept], ["profile"], measures=["accuracy"]))[:1]
    assert (found.one, found.other) == ("comparative_regression under care-high", "the plain model")
    assert (found.measure, found.pilot_items) == ("accuracy", tested.items)
    assert found.difference == pytest.approx(tested.difference)
    [larger] = needed(store, kept, Wanted(0.2, by="profile"))
    assert isinstance(larger, Needed)
    assert found.items > 3 * larger.items


def test_the_plain_model_is_judged_by_what_the_profile_wants(store: Store) -> None:
    rng = np.random.default_rng(2)
    kept = keep(store, steered_run(rng, {"care": 0.8}, 30, decider="x", plain=True))
    high, low = needed(store, kept, Wanted(0.1, by="profile", measures=["alignment"]))
    assert {high.one, low.one} == {"x under care-high", "x under care-low"}
    assert high.difference > 0.1
    assert low.difference > 0.1


def test_a_run_without_the_plain_model_is_no_pilot_for_profiles(store: Store) -> None:
    kept = keep(store, asked(np.random.default_rng(2), {"care-high": 0.5}, 20))
    with pytest.raises(UsageError, match="whose decisions the plain model made"):
        needed(store, kept, Wanted(0.1, by="profile"))
