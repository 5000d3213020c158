from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from alignkit.catalog import parse_spec
from alignkit.deciders import DECIDERS
from alignkit.errors import FileProblem, InvalidSetting, UnknownName, UsageError
from alignkit.evaluate.items import FAMILIES
from alignkit.evaluate.scores import figures
from alignkit.service import Settings, Workbench
from alignkit.service.benching import METHODS, Bench, Row, Step, bench, default_cells
from alignkit.testing import FakeModel

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours
with_data = pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
STATEMENTS = [f"o{n},openness,{('positive', 'negative')[n % 2]},0.9,I am {n}" for n in range(8)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A question of two attributes, two triage records and eight statements."""
    asked = {"scenario_id": "s", "probe_id": "one", "scenario": "Many hurt.", "probe": "Whom?"}
    choices = {**asked, "choices": ["The first", "The second", "The third"]}
    mta = [
        [choices, [{"fairness": level} for level in (0, 10, 10)]],
        [choices, [{"risk_aversion": level} for level in (0, 5, 10)]],
    ]
    files = {
        "mta/paper-dataset-1-12.json": json.dumps(mta),
        "align_phase2/July2025-AF-train_20250804.json": json.dumps([triage(1), triage(2)]),
        "persona_statements/statements.csv": "\n".join(
            ["id,persona_dim,direction,label_confidence,statement", *STATEMENTS, ""]
        ),
    }
    for name, content in files.items():
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path / "data"


def triage(number: int) -> dict[str, object]:
    state = f"Two are hurt.\nPatient A has {number} burns.\nPatient B has cuts.\nWhom do you treat?"
    values = [{"affiliation": 0.0}, {"affiliation": 1.0}]
    choices = [
        {"action_id": name, "unstructured": f"Treat Patient {name}", "kdma_association": value}
        for name, value in zip("AB", values, strict=True)
    ]
    about = {"unstructured": state, "meta_info": {"scene_id": number}}
    given = {"scenario_id": "Set", "full_state": about, "state": state, "choices": choices}
    return {"input": given, "label": values}


@pytest.fixture
async def workbench(home: Path, data: Path) -> AsyncIterator[Workbench]:
    async with Workbench(Settings(home=home, model="fake", data=data, at_once=3)) as opened:
        opened._models["fake"] = FakeModel(prompts=opened.prompts)  # one that remembers
        yield opened


async def steps(wanted: Bench, workbench: Workbench) -> list[Step]:
    return [step async for step in bench(wanted, workbench)]


async def rows(wanted: Bench, workbench: Workbench) -> list[Row]:
    return [step.row for step in await steps(wanted, workbench) if step.row]


def asked(workbench: Workbench, model: str = "fake") -> int:
    """How many questions the model was asked since this was last called."""
    fake = workbench.model(model)
    assert isinstance(fake, FakeModel)
    count = len(fake.requests)
    fake.requests.clear()
    return count


async def test_rows_come_by_model_then_decider_then_family(workbench: Workbench) -> None:
    wanted = Bench(
        deciders=("direct_regression?temperature=1", "oracle"),
        models=("fake", "fake?seed=1"),
        families=("persona", "mta"),
    )
    found = await rows(wanted, workbench)
    assert [(row.model, row.decider, row.family) for row in found] == [
        (name, decider, family)
        for model in ("fake", "fake?seed=1")
        for decider, name in (("direct_regression?temperature=1", model), ("oracle", "none"))
        for family in ("persona", "mta")
    ]
    assert {row.sha256 for row in found} == {None}


async def test_a_row_has_the_figures_of_its_judged_items(workbench: Workbench) -> None:
    [row] = await rows(Bench(("oracle",), families=("mta",)), workbench)
    assert row.figures == figures(row.judged)
    assert (row.figures.items, row.figures.macro, row.figures.order) == (2, 1, 1)
    assert [(one.task.item.attribute, one.task.level) for one in row.judged] == [
        (name, level) for name in ("fairness", "risk_aversion") for level in ("high", "low")
    ]
    assert all(one.cell.scenario == one.task.item.scenario.id for one in row.judged)


async def test_a_step_for_every_decision_and_one_for_every_row(workbench: Workbench) -> None:
    wanted = Bench(("oracle", "first"), families=("mta", "affiliation"))
    found = await steps(wanted, workbench)
    per_row = [4, 8]  # two items, and two with their twins, at both levels
    assert {step.total for step in found} == {2 * sum(per_row)}
    done = [step.done for step in found if step.row is None]
    total = 2 * sum(per_row)
    assert done == [*range(1, total + 1), total]  # and one at the end
    assert [step.done for step in found if step.row] == [4, 12, 16, 24]


@pytest.mark.parametrize("name", METHODS)
async def test_every_method_is_measured(name: str, workbench: Workbench) -> None:
    wanted = Bench((name,), families=("mta", "affiliation", "persona"), limit=1)
    for row in await rows(wanted, workbench):
        assert row.decider == name
        assert row.figures.macro <= 1
        assert (row.figures.calls > 0) == DECIDERS.load(parse_spec(name)[0]).asks_model


async def test_a_row_that_cannot_be_had_is_skipped_with_its_reason(workbench: Workbench) -> None:
    wanted = Bench(("direct_regression?shots=50&examples=family", "oracle"), families=("mta",))
    found = await steps(wanted, workbench)
    [skipped] = [step.skipped for step in found if step.skipped]
    assert skipped.startswith("direct_regression?shots=50&examples=family on mta: 50 examples of")
    assert [step.row.decider for step in found if step.row] == ["oracle"]
    assert found[-1].done == found[-1].total


def test_the_methods_are_deciders_and_each_is_named_once() -> None:
    assert {parse_spec(name)[0] for name in METHODS} == set(DECIDERS.names())
    assert len(set(METHODS)) == len(METHODS)


async def test_a_family_of_statements_has_an_area_under_the_curve(workbench: Workbench) -> None:
    found = await rows(Bench(("oracle",), families=("persona", "mta")), workbench)
    assert [row.figures.auc for row in found] == [1, None]


async def test_a_limit_is_of_scenarios_and_twins_are_added(workbench: Workbench) -> None:
    for limit, items in ((1, [2, 2]), (None, [8, 4]), (100, [8, 4])):
        wanted = Bench(("first",), families=("persona", "affiliation"), limit=limit)
        assert [row.figures.items for row in await rows(wanted, workbench)] == items


async def test_the_halves_are_parts_of_the_whole(workbench: Workbench) -> None:
    found: dict[str, set[str]] = {}
    for half in ("first", "second", "both"):
        wanted = Bench(("first",), families=("persona",), half=half)
        found[half] = {
            one.cell.scenario for row in await rows(wanted, workbench) for one in row.judged
        }
    assert found["first"] | found["second"] == found["both"]
    assert found["first"].isdisjoint(found["second"])
    assert found["first"]
    assert found["second"]


async def test_a_half_without_items_has_no_row(workbench: Workbench) -> None:
    first = await rows(Bench(("oracle",), families=("mta",), half="first"), workbench)
    second = await rows(Bench(("oracle",), families=("mta",), half="second"), workbench)
    assert sorted((len(first), len(second))) == [0, 1]


# What was decided before


async def test_a_second_run_asks_nothing_and_finds_the_same(
    workbench: Workbench, tmp_path: Path
) -> None:
    wanted = Bench(("contrastive",), families=("affiliation",), cells=tmp_path / "cells.jsonl")
    first = await rows(wanted, workbench)
    assert asked(workbench) > 0
    assert await rows(wanted, workbench) == first
    assert asked(workbench) == 0


async def test_a_larger_selection_asks_only_for_what_is_new(
    workbench: Workbench, tmp_path: Path
) -> None:
    spec, file = "direct_regression", tmp_path / "cells.jsonl"
    for limit, new in ((2, 2), (3, 2), (1, 0), (None, 4)):
        wanted = Bench((spec,), families=("persona",), limit=limit, cells=file)
        await rows(wanted, workbench)
        assert asked(workbench) == new * 2 * 2  # levels, choices


async def test_a_run_that_was_left_goes_on_where_it_stopped(
    workbench: Workbench, tmp_path: Path
) -> None:
    wanted = Bench(("direct_regression",), families=("persona",), cells=tmp_path / "cells.jsonl")
    async with aclosing(bench(wanted, workbench)) as under_way:
        async for step in under_way:
            if step.done == 5:
                break
    before = asked(workbench)
    assert before == 6 * 2  # three decisions at once
    assert len(await rows(wanted, workbench)) == 1
    assert asked(workbench) == 16 * 2 - before


def test_decisions_are_kept_beside_the_models(home: Path) -> None:
    assert default_cells(Settings(home=home)) == home / "bench" / "cells.jsonl"


# Mistakes


async def test_an_unknown_family_is_told_with_those_there_are(workbench: Workbench) -> None:
    with pytest.raises(UsageError) as caught:
        await rows(Bench(families=("persona", "bbq")), workbench)
    known = ", ".join(family.name for family in FAMILIES)
    assert str(caught.value) == f"There is no family 'bbq'. There are: {known}."
    assert asked(workbench) == 0


@pytest.mark.parametrize(
    ("spec", "error"),
    [("direct_regresion", UnknownName), ("oracle?speed=1", InvalidSetting)],
)
async def test_a_misspelt_decider_is_told_before_anything_is_decided(
    spec: str, error: type[UsageError], workbench: Workbench
) -> None:
    with pytest.raises(error):
        await rows(Bench(("direct_regression", spec), families=("mta",)), workbench)
    assert asked(workbench) == 0


async def test_without_the_folder_of_the_data_the_way_out_is_named(home: Path) -> None:
    async with Workbench(Settings(home=home, model="fake")) as opened:
        with pytest.raises(UsageError, match="Set ALIGN_DATA to the folder"):
            await rows(Bench(), opened)


async def test_a_file_that_is_not_there_is_told_before_anything_is_decided(
    workbench: Workbench,
) -> None:
    with pytest.raises(FileProblem, match=r"PS-train.*: there is no such file"):
        await rows(Bench(("direct_regression",), families=("mta", "personal_safety")), workbench)
    assert asked(workbench) == 0


@pytest.mark.data
@with_data
async def test_the_controls_have_the_figures_they_must_have_on_the_published_data(
    home: Path,
) -> None:
    async with Workbench(Settings(home=home, data=Path(DATA or ""))) as opened:
        found = await rows(Bench(("oracle", "first"), limit=5), opened)
    oracle, first = found[:4], found[4:]
    assert {row.figures.macro for row in oracle} == {row.figures.order for row in oracle} == {1}
    for row in first[1:3]:  # where each scenario has a twin, a place is worth nothing
        assert row.figures.macro == row.figures.constant == row.figures.chance == 0.5
    assert {row.figures.order for row in first} == {0.5}


@pytest.mark.data
@with_data
async def test_examples_are_taken_from_the_family_that_is_measured(home: Path) -> None:
    spec = "direct_regression?shots=2&examples=family"
    async with Workbench(Settings(home=home, model="fake", data=Path(DATA or ""))) as opened:
        wanted = Bench((spec,), families=("affiliation", "persona"), limit=1, half="both")
        found = await rows(wanted, opened)
    assert [(row.decider, row.family) for row in found] == [
        (spec, "affiliation"),
        (spec, "persona"),
    ]
