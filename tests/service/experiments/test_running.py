from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from alignkit.errors import (
    AlignkitError,
    BadExperiment,
    BadProfile,
    EngineFailed,
    FileProblem,
    InvalidSetting,
    UnknownName,
    UnsupportedCapability,
    UsageError,
)
from alignkit.evaluate import planner
from alignkit.evaluate.progress import Ended
from alignkit.evaluate.runner import Runner
from alignkit.evaluate.standing import Stock
from alignkit.models.fake import FakeModel
from alignkit.schema import ModelIdentity
from alignkit.service import Settings, Workbench
from alignkit.service.experiments.planning import plan, stock_of
from alignkit.service.experiments.preparing import Prepared, prepared
from alignkit.service.experiments.reading import read_experiment
from alignkit.service.experiments.running import Begun, Running
from alignkit.store import Store, open_store

from .conftest import ROWS, Write, row

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours
SWEPT = [{"sweep": {"levels": [0, 0.25, 1]}}]


async def ready(bench: Workbench, path: str, *changes: str, **how: Any) -> Prepared:
    return await prepared(read_experiment(path, changes), bench, **how)


async def run(found: Prepared, bench: Workbench, store: Store, **how: Any) -> tuple[Begun, Ended]:
    first, *_, last = [one async for one in Running(found, bench, store, **how).events()]
    assert isinstance(first, Begun)
    assert isinstance(last, Ended)
    return first, last


def cells(found: Prepared) -> list[tuple[str, str | None, str, int]]:
    return [
        (one.cell.scenario, one.cell.profile, one.cell.decider, one.cell.seed)
        for one in found.matrix
    ]


# What an experiment comes to


async def test_a_sweep_makes_a_profile_for_each_attribute_and_level_where_it_is_labelled(
    bench: Workbench, write: Write
) -> None:
    found = await ready(bench, write(profiles=SWEPT))
    profiles: dict[str, set[str | None]] = {}
    for scenario, profile, _, _ in cells(found):
        profiles.setdefault(scenario, set()).add(profile)
    fair = {"fairness-low", "fairness-25", "fairness-high"}
    averse = {"risk-aversion-low", "risk-aversion-25", "risk-aversion-high"}
    assert list(profiles.values()) == [fair, fair, averse]


async def test_a_sweep_of_named_attributes_is_for_all_scenarios(
    bench: Workbench, write: Write
) -> None:
    swept = [{"sweep": {"attributes": ["fairness"], "levels": [1]}}]
    found = await ready(bench, write(profiles=swept))
    assert {profile for _, profile, _, _ in cells(found)} == {"fairness-high"}
    assert found.totals.cells == 3


async def test_without_a_profile_the_plain_decider_takes_the_place_of_those_that_need_one(
    bench: Workbench, write: Write
) -> None:
    found = await ready(bench, write(profiles=["none", "equal-care"], deciders=["chooser_judge"]))
    assert {(profile, decider) for _, profile, decider, _ in cells(found)} == {
        (None, "baseline"),
        ("equal-care", "chooser_judge"),
    }
    both = ["chooser_judge", "baseline"]
    found = await ready(bench, write(profiles=["none", "equal-care"], deciders=both))
    plain = [decider for _, profile, decider, _ in cells(found) if profile is None]
    assert plain == ["baseline"] * 3


async def test_seeds_repeat_only_what_draws(bench: Workbench, write: Write) -> None:
    fields = {"profiles": ["equal-care"], "seeds": [1, 2]}
    deciders = ["random", "chooser_judge", "random?seed=7"]
    found = await ready(bench, write(deciders=deciders, **fields))
    counts = {(decider, seed) for _, _, decider, seed in cells(found)}
    assert counts == {("random", 1), ("random", 2), ("chooser_judge", 0), ("random?seed=7", 0)}


async def test_a_control_without_a_model_runs_once_for_all_models(
    bench: Workbench, write: Write
) -> None:
    models = ["fake", "fake?seed=1"]
    found = await ready(bench, write(deciders=["baseline", "first"], models=models))
    assert [(decider, model, n) for (_, decider, model), n in found.totals.by_part.items()] == [
        ("first", "none", 3),
        ("baseline", "fake", 3),
        ("baseline", "fake?seed=1", 3),
    ]


async def test_profiles_are_found_beside_the_experiment_too(
    bench: Workbench, write: Write, tmp_path: Path
) -> None:
    (tmp_path / "mine-too.yaml").write_text("{name: mine-too, targets: {care: 1}}")
    found = await ready(bench, write(profiles=["mine-too.yaml"]))
    assert {profile for _, profile, _, _ in cells(found)} == {"mine-too"}


@pytest.mark.parametrize(
    ("fields", "error", "said"),
    [
        ({"deciders": ["choser_judge"]}, UnknownName, "Did you mean 'chooser_judge'"),
        ({"deciders": ["chooser_judge?softnes=2"]}, InvalidSetting, "Did you mean 'softness'"),
        ({"models": ["fake?sed=1"]}, InvalidSetting, "sed"),
        ({"models": ["nobody"]}, UnknownName, "'nobody' is not known"),
        ({"profiles": ["cautious-medik"]}, UnknownName, "mine.yaml:1: Profile 'cautious-medik'"),
        ({"profiles": [{"name": "p", "targets": {"fairnes": 1}}]}, BadProfile, "'fairnes'"),
        ({"profiles": [{"sweep": {"attributes": ["fairnes"]}}]}, BadProfile, "'fairnes'"),
        (
            {"profiles": ["equal-care", {"name": "equal-care", "targets": {"care": 1}}]},
            BadProfile,
            "two profiles are called 'equal-care'",
        ),
        (
            {"data": [{"name": "a", "format": "mta", "path": "none.json"}]},
            FileProblem,
            "none.json: there is no such file",
        ),
        (
            {"data": [{"name": "a", "format": "mat", "path": "mta.json"}]},
            UnknownName,
            "Did you mean 'mta'",
        ),
        (
            {"data": [{"name": "a", "format": "mta", "path": "mta.json", "twins": True}]},
            BadExperiment,
            (
                "Data set 'a': The format 'mta' offers no mirrored twins. Leave out "
                "`twins`. These do: align_phase2, "
            ),
        ),
        (
            {"data": [{"name": "a", "scenarios": "shipped", "twins": True}]},
            BadExperiment,
            "Data set 'a': scenarios that are named have no mirrored twins.",
        ),
        ({"data": [{"name": "a", "scenarios": "leg-or-chst"}]}, UnknownName, "leg-or-chest"),
        (
            {"data": [{"name": "a", "scenarios": "shipped", "profiles": ["x"]}]},
            BadExperiment,
            "the experiment has no profile 'x'",
        ),
        (
            {"data": [{"name": "a", "scenarios": "shipped", "only": {"part": "x"}}]},
            UsageError,
            "'a' has no scenario to decide",
        ),
        (
            {
                "data": [
                    {"name": "a", "scenarios": "shipped"},
                    {"name": "b", "scenarios": "leg-or-chest"},
                ]
            },
            AlignkitError,
            "is the same as",
        ),
        (
            {
                "data": [{"name": "a", "format": "mta", "path": "flat.json"}],
                "profiles": [{"sweep": {"levels": [1]}}],
            },
            BadExperiment,
            "labelled",
        ),
        (
            {"prices": {"fak": {"submitted": 1}}},
            BadExperiment,
            "mine.yaml:1: the experiment has no model 'fak'. Did you mean 'fake'?",
        ),
        (
            {"models": ["fake", "fake?seed=1"], "prices": {"fake": {}}, "budget": {"money": 1}},
            BadExperiment,
            "money is limited, but the model 'fake?seed=1' has no price",
        ),
        (
            {"deciders": ["direct_regression?shots=2"], "profiles": ["equal-care"]},
            UsageError,
            "not where to take them from",
        ),
    ],
)
async def test_mistakes_are_told_before_anything_runs(
    bench: Workbench, write: Write, fields: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error) as caught:
        await ready(bench, write(**fields))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_model_that_lacks_what_a_decider_needs_is_told_before_anything_runs(
    bench: Workbench, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Writer:
        identity = ModelIdentity(name="writer", backend="fake")
        generate_text = FakeModel.generate_text

        async def aclose(self) -> None:
            pass

    monkeypatch.setattr(bench, "model", lambda _: Writer())
    with pytest.raises(UnsupportedCapability, match="needs a model that answers typed questions"):
        await ready(bench, write(models=["writer"]))


# Runs


async def test_the_same_experiment_goes_on_in_the_same_run(
    bench: Workbench, write: Write, store: Store
) -> None:
    path = write(profiles=SWEPT)
    budget = await ready(bench, path, "budget.calls=4", "at_once=1")
    first, last = await run(budget, bench, store)
    assert (last.ending, first.resumed) == ("budget", False)
    assert first.run.id.startswith("mine-")
    again, end = await run(await ready(bench, path), bench, store)
    assert (again.run.id, again.resumed) == (first.run.id, True)
    assert (end.progress.done, end.progress.known) == (9, last.progress.done)
    assert [one.id for one in store.runs()] == [first.run.id]


async def test_a_new_run_takes_over_known_results(
    bench: Workbench, write: Write, store: Store
) -> None:
    path = write(profiles=SWEPT)
    first, _ = await run(await ready(bench, path), bench, store)
    other, end = await run(await ready(bench, path), bench, store, new=True)
    assert other.run.id != first.run.id
    assert (end.progress.known, end.progress.usage.calls) == (9, 0)
    assert len(list(store.held(other.run.id))) == 9


async def test_a_changed_experiment_pays_for_what_is_new(
    bench: Workbench, write: Write, store: Store
) -> None:
    first, _ = await run(await ready(bench, write(profiles=["equal-care"])), bench, store)
    more = await ready(bench, write(profiles=["equal-care", "cautious-medic"]))
    assert stock_of(more, store) == Stock(known=3, erased=0)
    other, end = await run(more, bench, store)
    assert other.run.id != first.run.id
    assert (end.progress.known, end.progress.done) == (3, 6)


async def test_a_data_file_that_changes_between_runs_is_told_and_only_the_change_is_paid(
    bench: Workbench, write: Write, store: Store, data: Path
) -> None:
    path = write(profiles=["equal-care"])
    first, _ = await run(await ready(bench, path), bench, store)
    assert list(first.run.experiment["files"]) == ["mta.json"]
    rows = [ROWS[0], row("two", "fairness", 10, 0, text="Few hurt"), ROWS[2]]
    (data / "mta.json").write_text(json.dumps(rows), encoding="utf-8")
    other, end = await run(await ready(bench, path), bench, store)
    assert other.run.id != first.run.id
    [note] = other.notes
    assert note.startswith(f"mta.json: has changed since the run {first.run.id}.")
    assert (end.progress.known, end.progress.done) == (2, 3)
    assert len(list(store.held(first.run.id))) == 3  # the first run stays what it was


async def test_broken_rows_are_left_out_and_told(
    bench: Workbench, write: Write, store: Store, data: Path
) -> None:
    (data / "mta.json").write_text(json.dumps([*ROWS, ["broken"]]), encoding="utf-8")
    begun, end = await run(await ready(bench, write(profiles=["equal-care"])), bench, store)
    [note] = begun.notes
    assert "'mta': 1 items cannot be read and are left out" in note
    assert end.progress.done == 3


async def test_settings_that_change_no_cell_keep_the_run(bench: Workbench, write: Write) -> None:
    path = write(profiles=["equal-care"])
    digest = (await ready(bench, path)).totals.digest
    for change in ("at_once=1", "budget.calls=1", "description=x", "margin=0.1"):
        assert (await ready(bench, path, change)).totals.digest == digest
    assert (await ready(bench, path, "data.0.limit=2")).totals.digest != digest


# Plans


async def test_a_plan_counts_calls_and_tokens_as_the_run_then_does(
    bench: Workbench, write: Write, store: Store
) -> None:
    path = write(profiles=SWEPT, deciders=["chooser_judge", "instructed", "first"])
    prices = "prices.fake={submitted: 10, generated: 20}"
    found = await plan(read_experiment(path, [prices]), bench)
    _, end = await run(await ready(bench, path, prices), bench, store)
    assert found.whole.cells == found.left.cells == end.progress.total == 27
    by_decider = {part.decider: part for part in found.parts}
    assert by_decider["first"].calls == by_decider["first"].tokens_submitted == 0
    calls = sum(part.calls for part in found.parts)
    assert calls == pytest.approx(end.progress.usage.calls, rel=0.15)
    submitted = sum(part.tokens_submitted for part in found.parts)
    assert submitted > end.progress.usage.tokens_submitted  # the made-up model counts words
    assert found.whole.money == pytest.approx((submitted * 10 + calls * 20) / 1e6, rel=0.05)
    assert all(part.tokens_evaluated <= part.tokens_submitted for part in found.parts)


async def test_an_embedded_model_keeps_what_neighbours_share_and_a_service_does_not(
    bench: Workbench, write: Write
) -> None:
    path = write(profiles=SWEPT, models=["smollm2-135m", "openai:other"])
    embedded, service = (await plan(read_experiment(path), bench)).parts
    assert embedded.tokens_submitted == service.tokens_submitted == service.tokens_evaluated
    assert embedded.tokens_evaluated < 0.7 * embedded.tokens_submitted
    assert embedded.minutes > 0
    assert not embedded.minutes_measured


async def test_an_earlier_run_gives_the_speed(
    bench: Workbench, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alignkit.service.experiments.planning._ENOUGH", 2)
    path = write(profiles=SWEPT)
    with open_store(f"sqlite:///{tmp_path / 'speed.db'}") as store:
        found = await ready(bench, path)
        timed(found)
        await run(found, bench, store)
        [part] = (await plan(read_experiment(path), bench, store)).parts
        assert part.minutes_measured
        words = sum(
            one.result.usage.tokens_evaluated
            for one in store.held(store.run("mine").id)
            if one.result
        )
        expected = part.tokens_evaluated / (words / 9) / 60 / 3  # three at once
        assert part.minutes == pytest.approx(expected, rel=0.01)


def timed(found: Prepared) -> None:
    """Let each decision of `found` take a second, as its usage tells."""
    for way in found.matrix.ways:
        decide = way.decider.decide

        async def slow(*args: Any, decide: Any = decide) -> Any:
            made = await decide(*args)
            usage = made.usage.model_copy(update={"seconds": 1.0})
            return made.model_copy(update={"usage": usage})

        way.decider.decide = slow  # type: ignore[method-assign]


async def test_prices_of_the_files_models_may_stay_where_one_of_them_is_taken(
    bench: Workbench, write: Write
) -> None:
    prices = {"fake": {"submitted": 1}, "fake?seed=1": {"submitted": 2}}
    path = write(models=["fake", "fake?seed=1"], prices=prices)
    found = await prepared(read_experiment(path, fields={"models": ["fake"]}), bench)
    assert found.experiment.models == ("fake",)


async def test_money_that_is_spent_ends_a_run_of_each_of_two_models_of_one_name(
    bench: Workbench, write: Write, store: Store
) -> None:
    models = ["fake?seed=1", "fake?seed=0"]
    prices = {models[0]: {"submitted": 0}, models[1]: {"submitted": 1e6}}
    path = write(models=models, prices=prices, budget={"money": 1}, at_once=1)
    begun, last = await run(await ready(bench, path), bench, store)
    assert (last.ending, last.progress.done) == ("budget", 4)  # three are free
    # Reports look up the prices of the run by the cells' models.
    called = {held.cell.model for held in store.held(begun.run.id)}
    assert called == set(begun.run.experiment["prices"]) == set(models)


async def test_two_servers_of_one_model_are_two_in_figures(bench: Workbench, write: Write) -> None:
    models = [f"openai:m?base_url=http://127.0.0.1:{port}/v1" for port in (1, 2)]
    found = await ready(bench, write(models=models, deciders=["baseline"]))
    assert [model for _, _, model in found.totals.by_part] == models


async def test_a_model_is_left_once_also_with_a_control_between_two_deciders(
    bench: Workbench, write: Write, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(profiles=["equal-care"], deciders=["baseline", "first", "instructed"])
    found = await ready(bench, path)
    closed: list[str] = []

    async def close(name: str) -> None:
        closed.append(name)

    monkeypatch.setattr(bench, "close", close)
    await run(found, bench, store)
    assert closed == ["fake"]


async def test_erased_cells_stay_erased_in_a_changed_experiment_until_a_new_run(
    bench: Workbench, write: Write, store: Store
) -> None:
    path = write(profiles=["equal-care"])
    first, _ = await run(await ready(bench, path), bench, store)
    decisions = [one.result.decision for one in store.held(first.run.id) if one.result]
    store.erase(decisions[:2])
    for name, profiles in (("mine", ["equal-care"]), ("more", ["equal-care", "cautious-medic"])):
        again = await ready(bench, write(name, profiles=profiles))
        assert stock_of(again, store).erased == 2
        assert stock_of(again, store, new=True).erased == 0
        _, end = await run(again, bench, store)
        progress = end.progress
        assert (progress.erased, progress.done) == (2, 3 * len(profiles) - 2)
        assert progress.seconds_left == 0
    _, end = await run(await ready(bench, path), bench, store, new=True)
    assert (end.progress.erased, end.progress.done, end.progress.known) == (0, 3, 1)
    _, end = await run(await ready(bench, path), bench, store)
    assert (end.progress.erased, end.progress.known) == (0, 3)  # they are there again


async def test_a_plan_tries_cells_of_one_way_and_part_together(
    bench: Workbench, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[tuple[set[str], set[int], int]] = []
    before = planner._try

    async def watched(sample: Any, block: Any) -> None:
        cells = [planned.cell for planned in block]
        tried.append(({one.dataset for one in cells}, {one.seed for one in cells}, len(cells)))
        await before(sample, block)

    monkeypatch.setattr(planner, "_try", watched)
    data = [
        {"name": "mta", "format": "mta", "path": "mta.json"},
        {"name": "shipped", "scenarios": "shipped", "limit": 5},
    ]
    path = write(data=data, deciders=["random"], seeds=[1, 2], profiles=["equal-care"])
    [mta, shipped] = (await plan(read_experiment(path), bench)).parts
    assert (mta.cells, shipped.cells) == (6, 10)
    assert all(len(names) == len(seeds) == 1 for names, seeds, _ in tried)
    assert {name for names, _, _ in tried for name in names} == {"mta", "shipped"}


async def test_a_model_that_cannot_be_opened_again_stops_with_a_sentence(
    bench: Workbench, write: Write, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await ready(bench, write(profiles=["equal-care"]))

    async def gone(_: Runner) -> Any:
        raise EngineFailed("The engine died.", "Look at its log.")
        yield

    monkeypatch.setattr(Runner, "events", gone)
    with pytest.raises(EngineFailed) as caught:
        await run(found, bench, store)
    assert caught.value.message == "The engine died. The run stops."


@pytest.mark.data
@pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
async def test_the_preset_triage_has_all_triage_families_within_half_an_hour(
    tmp_path: Path,
) -> None:
    bench = Workbench(Settings(data=Path(DATA or ""), home=tmp_path, threads=2))
    found = await plan(read_experiment("triage"), bench)
    cells = {part.dataset: part.cells for part in found.parts if part.decider == "chooser_judge"}
    assert cells == {"mta": 62, "affiliation": 32, "personal-safety": 32}
    assert found.whole.minutes < 30
    planned = await prepared(read_experiment("triage"), bench, dry=True)
    pairs = {(one.cell.dataset, name) for one in planned.matrix for name in one.cell.targets}
    assert {pair for pair in pairs if pair[0] != "mta"} == {
        ("affiliation", "affiliation"),
        ("personal-safety", "personal_safety"),
    }


# Names of models with keys


async def test_a_key_in_the_name_of_a_model_is_kept_nowhere(
    bench: Workbench, store: Store, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def opening(name: str, *_: Any) -> FakeModel:
        opened.append(name)
        return FakeModel(remember=False)

    monkeypatch.setattr("alignkit.service.workbench.open_model", opening)
    whole = "openai:m?base_url=http://user:PASSW0RD@h/v1?api-key=SECRET"
    told = "openai:m?base_url=http://h/v1"
    path = write(models=[whole], prices={whole: {"submitted": 1}}, budget={"money": 9})
    found = await ready(bench, path)
    begun, ended = await run(found, bench, store)
    assert opened == [whole]
    assert ended.ending == "complete"
    assert ended.progress.money
    assert begun.run.experiment["models"] == [told]
    assert list(begun.run.experiment["prices"]) == [told]
    assert {held.cell.model for held in store.held(begun.run.id)} == {told}
    kept = (tmp_path / "runs.db").read_bytes()
    assert b"PASSW0RD" not in kept
    assert b"SECRET" not in kept


async def test_models_that_differ_in_their_keys_only_are_refused(
    bench: Workbench, write: Write
) -> None:
    models = [f"openai:m?base_url=http://user:{word}-WORD@h/v1" for word in ("ONE", "OTHER")]
    with pytest.raises(InvalidSetting, match="would both be called") as caught:
        await ready(bench, write(models=models), dry=True)
    assert "-WORD" not in str(caught.value)
