from __future__ import annotations

from typing import Any

import pytest

from alignkit.errors import UsageError
from alignkit.schema import Cell, Result
from alignkit.service import Workbench
from alignkit.service.experiments.sizing import Needed, NoSpread, needed, right
from alignkit.store import Store

from .conftest import Write
from .test_running import SWEPT, ready, run


def cell(targets: dict[str, float | None], **truths: dict[str, float]) -> Cell:
    return Cell.model_validate(
        {
            "key": "k",
            "dataset": "d",
            "scenario": "s",
            "group": "s",
            "truths": truths,
            "profile": "p",
            "targets": targets,
            "decider": "x",
            "model": "m",
        }
    )


def result(choice: str | None, **shares: float) -> Result:
    outcome = "decided" if choice else "escalated" if shares else "failed"
    fields: dict[str, Any] = {"key": "k", "decision": "1", "confidence": 0.0}
    return Result.model_validate(
        {**fields, "outcome": outcome, "choice": choice, "probabilities": shares}
    )


LOW, HIGH = {"care": 0.1}, {"care": 0.9}


def test_a_choice_is_right_when_none_is_nearer_to_what_is_wanted() -> None:
    wanted = cell({"care": 0.8}, a=LOW, b=HIGH)
    assert (right(wanted, result("b")), right(wanted, result("a"))) == (1.0, 0.0)
    both = cell({"care": 1.0, "fair": 0.0}, a={"care": 0.5, "fair": 0.0}, b={"care": 1, "fair": 1})
    assert right(both, result("a")) == 1.0


def test_without_a_wish_the_most_of_the_only_true_value_is_right() -> None:
    asked = cell({}, a={"correctness": 0.0}, b={"correctness": 1.0})
    assert right(asked, result("b")) == 1.0
    assert right(cell({}, a={**LOW, "x": 0}, b={**HIGH, "x": 1}), result("b")) is None


def test_nothing_is_right_where_nothing_is_known_or_all_are_alike() -> None:
    assert right(cell({"care": 1.0}), result("a")) is None
    assert right(cell({"care": 1.0}, a=LOW, b=LOW), result("a")) is None
    assert right(cell({"care": 1.0}, a=LOW, b={"fair": 1.0}), result("a")) is None


def test_an_escalated_decision_counts_by_its_likeliest_and_a_failed_one_is_wrong() -> None:
    wanted = cell({"care": 1.0}, a=LOW, b=HIGH)
    assert right(wanted, result(None, a=0.4, b=0.6)) == 1.0
    assert right(wanted, result(None, a=0.5, b=0.5)) == 0.5
    assert right(wanted, result(None)) == 0.0


async def test_a_pilot_says_how_many_items_an_effect_takes(
    bench: Workbench, write: Write, store: Store
) -> None:
    pytest.importorskip("alignkit.stats.power")
    path = write(profiles=SWEPT, deciders=["oracle", "random", "first"])
    begun, _ = await run(await ready(bench, path), bench, store)
    found = needed(store, "mine", effect=0.2, power=0.8)
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
    smaller = needed(store, "mine", effect=0.05, power=0.8)[0]
    surer = needed(store, "mine", effect=0.2, power=0.95)[0]
    assert isinstance(smaller, Needed)
    assert isinstance(surer, Needed)
    assert smaller.groups > first.groups
    assert surer.groups > first.groups


async def test_a_run_of_one_decider_is_no_pilot(
    bench: Workbench, write: Write, store: Store
) -> None:
    await run(await ready(bench, write(profiles=SWEPT, deciders=["first"])), bench, store)
    with pytest.raises(UsageError, match="no two deciders"):
        needed(store, "mine", effect=0.1, power=0.8)


async def test_a_pilot_without_spread_tells_nothing(
    bench: Workbench, write: Write, store: Store
) -> None:
    path = write(profiles=SWEPT, deciders=["oracle", "oracle?seed=1"])
    await run(await ready(bench, path), bench, store)
    [found] = needed(store, "mine", effect=0.05, power=0.8)
    assert isinstance(found, NoSpread)
    assert (found.difference, found.pilot_items, found.pilot_groups) == (0.0, 9, 3)


async def test_what_no_number_of_items_shows_is_told(
    bench: Workbench, write: Write, store: Store
) -> None:
    path = write(profiles=SWEPT, deciders=["oracle", "random"])
    await run(await ready(bench, path), bench, store)
    for effect, power, said in ((0.2, 0.05, "no more than the level"), (1e-9, 0.8, "takes more")):
        with pytest.raises(UsageError, match=said):
            needed(store, "mine", effect=effect, power=power)
