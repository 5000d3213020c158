from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alignkit.deciders import DECIDERS
from alignkit.deciders.base import Decider
from alignkit.errors import CannotWrite, EngineFailed
from alignkit.evaluate.cells import Cell, Cells, Task, decided, key_of
from alignkit.examples import Pool, Selector
from alignkit.prompts import Prompts
from alignkit.schema import Attribute, AttributeCalibration, Calibration, Request, Scenario
from alignkit.testing import FakeModel, FakeSettings

from .conftest import item

CARE = Attribute.model_validate(
    {
        "name": "care",
        "title": "Care",
        "family": "responsibility",
        "definition": "All about care.",
        "low": "No care.",
        "high": "Much care.",
        "instructions": {"low": ["Avoid care."], "high": ["Show care."]},
        "levels": [f"{much} care" for much in ("no", "little", "some", "much", "all")],
    }
)
TASKS = [Task(item(0, 1, name=f"s{n}"), level) for n in range(3) for level in ("high", "low")]
"""Three scenarios at both levels."""


class Stopped(BaseException):
    """What an interrupt is to a program; the real one would stop the tests."""


def decider(
    name: str = "direct_regression",
    model: FakeModel | None = None,
    *,
    attribute: Attribute = CARE,
    templates: Path | None = None,
    **settings: Any,
) -> Decider:
    kind = DECIDERS.load(name)
    prompts = Prompts(templates)
    return kind(
        model or FakeModel(prompts=prompts),
        kind.settings_type.model_validate(settings),
        attributes={"care": attribute},
        prompts=prompts,
    )


def asked(one: Decider) -> int:
    """How many questions the model of `one` was asked since this was last called."""
    assert isinstance(one.model, FakeModel)
    count = len(one.model.requests)
    one.model.requests.clear()
    return count


async def run(
    one: Decider, cells: Cells, tasks: list[Task] = TASKS, at_once: int = 2
) -> list[Cell]:
    return [cell async for cell in decided(one, tasks, cells, at_once)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of the cells, in a folder that is not there yet."""
    return tmp_path / "bench" / "cells.jsonl"


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def rewrite(file: Path, content: str | bytes) -> None:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


# What is decided once


async def test_a_second_run_asks_nothing_and_gives_the_same(file: Path) -> None:
    one = decider()
    first = await run(one, Cells(file))
    assert asked(one) == 2 * len(TASKS)  # one for each choice
    assert await run(one, Cells(file)) == first
    assert asked(one) == 0
    assert len(lines(file)) == len(TASKS)


async def test_cells_come_in_the_order_of_the_tasks_however_many_are_decided_at_once(
    file: Path,
) -> None:
    found = await run(decider(), Cells(file), at_once=4)
    assert [(cell.scenario, cell.level) for cell in found] == [
        (task.item.scenario.id, task.level) for task in TASKS
    ]
    assert await run(decider(), Cells(), at_once=1) == found


async def test_without_a_file_cells_are_known_only_while_they_last() -> None:
    one, cells = decider(), Cells()
    await run(one, cells)
    asked(one)
    await run(one, cells)
    assert asked(one) == 0
    await run(one, Cells())
    assert asked(one) > 0


async def test_a_cell_holds_what_its_decision_came_to(file: Path) -> None:
    one = decider()
    [cell] = await run(one, Cells(file), TASKS[:1])
    decision = await one.decide(TASKS[0].item.scenario, TASKS[0].item.profile("high"))
    assert (cell.decider, cell.model, cell.family) == ("direct_regression", "fake", "mta")
    assert (cell.outcome, cell.choice, cell.reason) == ("decided", decision.choice, None)
    assert cell.probabilities == pytest.approx(decision.probabilities, abs=1e-6)
    means = {choice: levels["care"].mean for choice, levels in decision.estimates.items()}
    assert cell.estimates == pytest.approx(means, abs=1e-6)
    assert cell.usage == decision.usage
    assert set(cell.templates) == {one.name for one in decision.evidence.templates}


async def test_methods_without_estimates_have_none_in_their_cells() -> None:
    assert (await run(decider("instructed"), Cells(), TASKS[:1]))[0].estimates == {}


# What is decided anew


@pytest.mark.parametrize(
    "other",
    [
        lambda: decider(temperature=0.5),
        lambda: decider("comparative_regression"),
        lambda: decider(model=FakeModel(FakeSettings(seed=1))),
        lambda: decider(attribute=CARE.model_copy(update={"definition": "Otherwise."})),
    ],
    ids=["setting", "method", "model", "attribute"],
)
async def test_another_way_asks_anew_and_leaves_the_first_known(other: Any, file: Path) -> None:
    first, second = decider(), other()
    for one in (first, second):
        await run(one, Cells(file))
        assert asked(one) > 0
    for one in (first, second):
        await run(one, Cells(file))
        assert asked(one) == 0


async def test_another_wording_of_a_template_asks_anew(file: Path, tmp_path: Path) -> None:
    before = await run(decider(), Cells(file))
    own = tmp_path / "templates" / "direct_regression.j2"
    own.parent.mkdir()
    shipped, _, _ = Prompts()._loader.get_source(Prompts()._env, own.name)
    own.write_text(shipped.replace("?", ", would you say?"))
    worded = decider(templates=own.parent)
    after = await run(worded, Cells(file))
    assert asked(worded) > 0
    assert [one.key for one in after] == [one.key for one in before]
    await run(worded, Cells(file))
    assert asked(worded) == 0


async def test_a_template_that_is_gone_asks_anew(file: Path) -> None:
    await run(decider(), Cells(file), TASKS[:1])
    [line] = lines(file)
    rewrite(file, line.replace('"templates":{', '"templates":{"gone":"0",') + "\n")
    one = decider()
    await run(one, Cells(file), TASKS[:1])
    assert asked(one) > 0


async def test_another_calibration_asks_anew_but_not_one_that_was_made_again(file: Path) -> None:
    await run(decider(), Cells(file))
    for temperature, day, anew in ((2.0, 1, True), (2.0, 2, False), (3.0, 3, True)):
        one = decider()
        one.calibration = calibration(one, temperature, day)
        await run(one, Cells(file))
        assert (asked(one) > 0) == anew


def calibration(one: Decider, temperature: float, day: int) -> Calibration:
    assert one.model
    taught = AttributeCalibration.model_construct(sha256="0", temperature=temperature)
    return Calibration.model_construct(
        created=datetime(2020, 1, day, tzinfo=UTC),
        model=one.model.identity,
        decider=one.identity,
        templates=(),
        attributes={"care": taught},
    )


@pytest.mark.parametrize("name", ["direct_regression", "ensemble"])
def test_other_labelled_examples_are_another_key(name: str) -> None:
    def key(*pool: Scenario) -> str:
        kind = DECIDERS.load(name)
        one = kind(
            FakeModel(),
            kind.settings_type(),
            attributes={"care": CARE},
            selecting=lambda found: (
                Selector(Pool(pool), found) if hasattr(found, "shots") else None
            ),
        )
        return key_of(one, TASKS[0])

    first, second = (item(0, 1, name=name).scenario for name in ("one", "two"))
    assert key(first) == key(first)
    assert len({key(), key(first), key(second), key(first, second)}) == 4


def test_scenario_profile_and_level_are_in_the_key() -> None:
    one = decider()
    assert len({key_of(one, task) for task in TASKS}) == len(TASKS)


# Failures


def broken(_: Request) -> Mapping[str, float]:
    raise EngineFailed("The engine broke.")


async def test_failures_are_told_but_not_kept(file: Path) -> None:
    failing = decider(model=FakeModel(script=broken))
    found = await run(failing, Cells(file))
    assert {cell.outcome for cell in found} == {"failed"}
    assert found[0].reason == "While weighing the choices: The engine broke."
    assert (found[0].probabilities, found[0].choice) == ({}, None)
    assert Cells(file).find(failing, TASKS[0]) is None
    one = decider()
    assert {cell.outcome for cell in await run(one, Cells(file))} == {"decided"}
    assert asked(one) > 0


async def test_an_interrupted_run_goes_on_where_it_stopped(file: Path) -> None:
    left = 7

    def stops(request: Request) -> Mapping[str, float]:
        nonlocal left
        left -= 1
        if left < 0:
            raise Stopped
        return {option: place + 1.0 for place, option in enumerate(request.question.option_ids)}

    with pytest.raises(Stopped):
        await run(decider(model=FakeModel(script=stops)), Cells(file), at_once=2)
    done = len(lines(file))
    assert done == 3  # two questions each; the seventh was asked in vain
    left = 1000
    one = decider(model=FakeModel(script=stops))
    assert len(await run(one, Cells(file), at_once=2)) == len(TASKS)
    assert asked(one) == 2 * (len(TASKS) - done)
    assert len({json.loads(line)["key"] for line in lines(file)}) == len(lines(file)) == len(TASKS)


async def test_each_cell_is_a_line_as_soon_as_it_is_made(file: Path) -> None:
    count = 0
    async for _ in decided(decider(), TASKS, Cells(file), 1):
        count += 1
        assert len(lines(file)) == count


@pytest.mark.parametrize("kept", [1, 40, -1])
async def test_a_last_line_that_is_cut_off_is_passed_over_and_spoils_no_other(
    kept: int, file: Path
) -> None:
    await run(decider(), Cells(file))
    *whole, last = lines(file)
    rewrite(file, "\n".join([*whole, last[:kept]]))
    for questions in (2, 0):  # the one that was cut off, then none
        one = decider()
        await run(one, Cells(file))
        assert asked(one) == questions


async def test_a_last_line_without_its_end_counts(file: Path) -> None:
    await run(decider(), Cells(file), TASKS[:2])
    rewrite(file, "\n".join(lines(file)))
    one = decider()
    await run(one, Cells(file))
    assert asked(one) == 2 * (len(TASKS) - 2)
    assert len(lines(file)) == len(TASKS)


async def test_lines_and_bytes_of_others_are_passed_over(file: Path) -> None:
    await run(decider(), Cells(file))
    rewrite(file, b'{"key": 1}\n\n\xff\xfe\n[]\n' + "\n".join(lines(file)).encode())
    one = decider()
    await run(one, Cells(file))
    assert asked(one) == 0


async def test_names_with_odd_signs_are_found_again(file: Path) -> None:
    odd = [Task(item(0, 1, name="a\u2028b\u00a0ü"), "high")]
    for questions in (2, 0):
        one = decider()
        await run(one, Cells(file), odd)
        assert asked(one) == questions


async def test_the_later_of_two_cells_of_one_key_counts(file: Path) -> None:
    [cell] = await run(decider(), Cells(file), TASKS[:1])
    Cells(file).add(cell.model_copy(update={"family": "later"}))
    assert (await run(decider(), Cells(file), TASKS[:1]))[0].family == "later"


async def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="cannot be written: Is a directory"):
        await run(decider(), Cells(tmp_path))
