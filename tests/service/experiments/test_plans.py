"""What a plan leaves out because the store has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alignkit.models.fake import FakeModel
from alignkit.service import Settings, Workbench
from alignkit.service.experiments.identifying import identity_of
from alignkit.service.experiments.planning import Plan, plan
from alignkit.service.experiments.preparing import prepared
from alignkit.service.experiments.reading import read_experiment
from alignkit.service.experiments.running import Running
from alignkit.store import Store

from .conftest import Write

if TYPE_CHECKING:
    from alignkit.models.llama import LlamaModel

DECIDERS = ["chooser_judge", "instructed", "first"]
PRICES = {"fake": {"submitted": 10, "generated": 20}}


async def made(bench: Workbench, path: str, store: Store, *changes: str) -> str:
    """Run the experiment, with changes; gives the run's id."""
    found = await prepared(read_experiment(path, changes), bench)
    events = [one async for one in Running(found, bench, store).events()]
    return events[0].run.id  # type: ignore[union-attr]


def counts(found: Plan) -> dict[str, tuple[int, int, int]]:
    """By decider: cells, those that are known, those that are left."""
    return {part.decider: (part.cells, part.known, part.left.cells) for part in found.parts}


async def test_what_is_known_is_not_estimated_and_both_totals_are_there(
    bench: Workbench, write: Write, store: Store
) -> None:
    path = write(deciders=DECIDERS, profiles=["equal-care", "cautious-medic"], prices=PRICES)
    before = await plan(read_experiment(path), bench)
    await made(bench, path, store, "profiles=[equal-care]", "deciders=[chooser_judge, first]")
    found = await plan(read_experiment(path), bench, store)
    assert counts(found) == {
        "chooser_judge": (6, 3, 3),
        "instructed": (6, 0, 6),
        "first": (6, 3, 3),
    }
    assert found.whole == before.whole == before.left
    other = await plan(read_experiment(path, ["profiles=[cautious-medic]"]), bench)
    judged = {part.decider: part for part in other.parts}["chooser_judge"]
    parts = {part.decider: part for part in found.parts}
    left, instructed = parts["chooser_judge"].left, parts["instructed"]
    # The cells that are left were tried; it is no share of what all take.
    assert (left.calls, left.tokens_submitted) == (judged.calls, judged.tokens_submitted)
    assert instructed.left.calls == instructed.calls > 0
    assert found.left.calls == left.calls + instructed.calls
    assert 0 < found.left.minutes < found.whole.minutes
    assert found.left.money is not None
    assert found.whole.money is not None
    assert 0 < found.left.money < found.whole.money


async def test_a_plan_leaves_to_decide_exactly_what_the_run_decides(
    bench: Workbench, write: Write, store: Store
) -> None:
    path = write(deciders=DECIDERS, profiles=["equal-care"])
    run = await made(bench, path, store, "data.0.limit=2")
    decisions = [one.result.decision for one in store.held(run) if one.result]
    store.erase(decisions[:1])
    found = await plan(read_experiment(path), bench, store)
    assert (found.stock.known, found.stock.erased, found.left.cells) == (5, 1, 3)
    ready = await prepared(read_experiment(path), bench)
    end = [one async for one in Running(ready, bench, store).events()][-1]
    progress = end.progress  # type: ignore[union-attr]
    assert (progress.known, progress.erased) == (5, 1)
    assert progress.done - progress.known == 3
    after = await plan(read_experiment(path), bench, store)
    assert (after.left.cells, after.left.calls, after.left.minutes) == (0, 0, 0)


async def test_what_another_model_decided_is_left(
    bench: Workbench, write: Write, store: Store
) -> None:
    path = write(deciders=["instructed"], profiles=["equal-care"])
    await made(bench, path, store, "models=['fake?seed=1']")
    assert counts(await plan(read_experiment(path), bench, store)) == {"instructed": (3, 0, 3)}


async def test_a_model_that_cannot_be_told_without_opening_it_is_named(
    bench: Workbench, write: Write, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "hf:someone/some/file.gguf"
    path = write(deciders=["instructed"], profiles=["equal-care"], models=[name])
    assert (await plan(read_experiment(path), bench, store)).unidentified == ()  # nothing is held
    with monkeypatch.context() as patched:
        patched.setattr(bench, "model", lambda _: FakeModel())
        await made(bench, path, store)
    found = await plan(read_experiment(path), bench, store)
    assert found.unidentified == (name,)
    assert counts(found) == {"instructed": (3, 0, 3)}


def test_a_model_whose_weights_are_elsewhere_is_told_by_the_registry(tmp_path: Path) -> None:
    bench = Workbench(Settings(home=tmp_path, context=1024, threads=1))
    found = identity_of("smollm2-135m?exact=false", bench)
    assert found is not None
    assert found.sha256 is not None
    assert found.settings == {"context": 1024, "exact": False, "gpu_layers": -1}
    assert not list(tmp_path.iterdir())  # nothing was fetched
    for wrong in ("smollm2-135m?nothing=1", "nobody", "openai:x?base_url=nowhere"):
        assert identity_of(wrong, bench) is None


@pytest.mark.real_model
def test_an_embedded_model_is_told_as_it_tells_itself(small_model: LlamaModel) -> None:
    from platformdirs import user_cache_path  # noqa: PLC0415  only where weights are

    home = user_cache_path("alignkit")
    bench = Workbench(Settings(home=home, context=2048, threads=2, offline=True))
    assert identity_of("smollm2-135m", bench) == small_model.identity
