from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from alignkit.deciders import DECIDERS
from alignkit.errors import EngineFailed, UnknownName
from alignkit.schema import Attribute, DeciderIdentity, ModelIdentity, Record, Request, Scenario
from alignkit.service import (
    Replay,
    Settings,
    Workbench,
    decide_item,
    read_record,
    replay,
    write_record,
)
from alignkit.service.inputs import Item
from alignkit.testing import FakeModel

PROFILE = "cautious-medic"


async def recorded(
    workbench: Workbench, scenario: Scenario, spec: str = "baseline", model: str | None = None
) -> Record:
    profile = workbench.library.profiles[PROFILE]
    decided = await decide_item(
        Item(scenario.id, scenario), workbench.decider(spec, model), profile
    )
    assert decided.record
    return decided.record


def with_model(record: Record, **changes: object) -> Record:
    return record.model_copy(update={"model": record.model.model_copy(update=changes)})


def with_decision(record: Record, **changes: object) -> Record:
    return record.model_copy(update={"decision": record.decision.model_copy(update=changes)})


@pytest.fixture
def valued(scenario: Scenario, workbench: Workbench) -> Scenario:
    """A scenario with true values, so that the oracle can decide it too."""
    names = workbench.library.profiles[PROFILE].targets
    choices = tuple(
        choice.model_copy(update={"values": dict.fromkeys(names, level)})
        for choice, level in zip(scenario.choices, (0.2, 0.9), strict=True)
    )
    return scenario.model_copy(update={"choices": choices})


@pytest.mark.parametrize("name", DECIDERS.names())
async def test_every_decider_decides_again_as_it_did(
    name: str, workbench: Workbench, valued: Scenario, folder: Path
) -> None:
    record = await recorded(workbench, valued, name)
    found = await replay(read_record(write_record(folder, record)), workbench)
    assert (found.differences, found.notes) == ((), ())
    assert found.decision.probabilities == record.decision.probabilities
    assert found.decision.id != record.decision.id


@pytest.mark.parametrize(
    "spec", ["instructed?reasoning=true&seed=3", "random?seed=9", "direct_regression?temperature=2"]
)
async def test_the_settings_of_the_decider_are_those_of_the_record(
    spec: str, workbench: Workbench, scenario: Scenario
) -> None:
    found = await replay(await recorded(workbench, scenario, spec), workbench)
    assert found.differences == ()
    assert found.decision.decider == spec


async def test_a_record_with_a_setting_that_had_no_effect_is_replayed(
    workbench: Workbench, scenario: Scenario
) -> None:
    record = await recorded(workbench, scenario, "direct_regression")
    kept = {**record.decider.settings, "norm": "global", "votes": "counted"}
    older = record.model_copy(
        update={"decider": record.decider.model_copy(update={"settings": kept})}
    )
    assert (await replay(older, workbench)).differences == ()


async def test_the_model_is_opened_as_the_record_says(
    workbench: Workbench, scenario: Scenario
) -> None:
    record = await recorded(workbench, scenario, model="fake?seed=3")
    assert record.model.settings == {"seed": 3}
    found = await replay(record, workbench)
    assert found.differences == ()
    assert found.decision.model == "fake?seed=3"


async def test_a_scenario_and_a_profile_are_those_of_the_record(
    workbench: Workbench, scenario: Scenario, home: Path
) -> None:
    record = await recorded(workbench, scenario)
    own = home / "library" / "profiles" / f"{PROFILE}.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(f"name: {PROFILE}\ntargets: {{care: 0}}\n")
    assert (await replay(record, Workbench(Settings(home=home, model="fake")))).differences == ()


async def test_attributes_are_those_of_the_record_not_of_the_library(
    workbench: Workbench, scenario: Scenario, home: Path
) -> None:
    record = await recorded(workbench, scenario, "direct_regression")
    assert record.attributes
    for attribute in record.attributes:
        changed = attribute.model_copy(
            update={"definition": "Now something else.", "levels": ("none", "some", "all")}
        )
        own = home / "library" / "attributes" / f"{attribute.name}.yaml"
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(changed.model_dump_json(exclude_none=True))
    other = Workbench(Settings(home=home, model="fake"))
    now = await recorded(other, scenario, "direct_regression")
    assert now.decision.probabilities != record.decision.probabilities
    assert (await replay(record, other)).differences == ()


async def test_attributes_that_the_library_lacks_are_no_obstacle(
    workbench: Workbench, scenario: Scenario
) -> None:
    record = await recorded(workbench, scenario, "direct_regression")
    renamed = tuple(
        Attribute.model_validate({**a.model_dump(), "name": f"{a.name}_of_old"})
        for a in record.attributes
    )
    profile = record.profile
    assert profile
    targets = {f"{name}_of_old": target for name, target in profile.targets.items()}
    old = record.model_copy(
        update={
            "attributes": renamed,
            "profile": profile.model_copy(update={"targets": targets}),
        }
    )
    found = await replay(old, workbench)
    assert found.differences == ()
    assert list(found.decision.estimates["a"]) == list(targets)


async def test_a_changed_template_is_named(
    workbench: Workbench, scenario: Scenario, home: Path
) -> None:
    record = await recorded(workbench, scenario)
    [version] = [one for one in record.evidence.templates if one.name == "baseline"]
    own = home / "templates" / "baseline.j2"
    own.parent.mkdir(parents=True)
    own.write_text(
        "{% block user_scenario %}{{ scenario.context | data }}{% endblock %}"
        "{% block question %}{{ scenario.question | item }}{% endblock %}"
    )
    found = await replay(record, Workbench(Settings(home=home, model="fake")))
    [line] = [line for line in found.differences if line.startswith("template")]
    assert line.startswith(f"template baseline: was {version.sha256[:12]}, is ")


async def test_a_template_that_was_not_used_before_is_named(
    workbench: Workbench, scenario: Scenario
) -> None:
    record = await recorded(workbench, scenario)
    evidence = record.evidence.model_copy(update={"templates": record.evidence.templates[1:]})
    found = await replay(record.model_copy(update={"evidence": evidence}), workbench)
    [line] = found.differences
    assert line.startswith(f"template {record.evidence.templates[0].name}: was not used, is ")


async def test_moved_probabilities_are_named_in_the_order_of_the_choices(
    workbench: Workbench, scenario: Scenario
) -> None:
    record = await recorded(workbench, scenario)
    was = record.decision.probabilities
    moved = {"a": was["a"] + 0.0015, "b": was["b"] - 0.0015}
    found = await replay(with_decision(record, probabilities=moved), workbench)
    assert found.differences == (
        f"probability of a: was {moved['a']:.4f}, is {was['a']:.4f}",
        f"probability of b: was {moved['b']:.4f}, is {was['b']:.4f}",
    )


async def test_probabilities_within_a_thousandth_are_the_same(
    workbench: Workbench, scenario: Scenario
) -> None:
    record = await recorded(workbench, scenario)
    was = record.decision.probabilities
    moved = {"a": was["a"] + 0.0009, "b": was["b"] - 0.0009}
    assert (await replay(with_decision(record, probabilities=moved), workbench)).differences == ()


async def test_another_choice_is_named(workbench: Workbench, scenario: Scenario) -> None:
    record = await recorded(workbench, scenario)
    other = {"a": "b", "b": "a"}[str(record.decision.choice)]
    found = await replay(with_decision(record, choice=other), workbench)
    assert found.differences == (f"choice: was {other}, is {record.decision.choice}",)


async def test_another_outcome_is_named_with_its_reason(
    workbench: Workbench, scenario: Scenario
) -> None:
    def broken(_: Request) -> Mapping[str, float]:
        raise EngineFailed("The engine broke.")

    record = await recorded(workbench, scenario)
    workbench._models["fake"] = FakeModel(script=broken)
    found = await replay(record, workbench)
    assert found.decision.outcome == "failed"
    assert (
        "outcome: was decided, is failed (While weighing the choices: The engine broke.)"
        in found.differences
    )
    assert f"choice: was {record.decision.choice}, is None" in found.differences


async def test_another_seed_of_the_model_is_named(workbench: Workbench, scenario: Scenario) -> None:
    record = await recorded(workbench, scenario)
    found = await replay(record, workbench, "fake?seed=2")
    assert "model: was fake, is fake?seed=2" in found.differences
    assert "model settings: was {}, is {'seed': 2}" in found.differences
    assert any(line.startswith("probability of a: ") for line in found.differences)


async def test_other_weights_are_named(workbench: Workbench, scenario: Scenario) -> None:
    record = with_model(await recorded(workbench, scenario), sha256="1" * 64, served_as="fake-7")
    found = await replay(record, workbench)
    assert f"model hash: was {'1' * 64}, is None" in found.differences
    assert "served model: was fake-7, is None" in found.differences


class Named(FakeModel):
    """A made-up model with an identity of its own."""

    def __init__(self, identity: ModelIdentity) -> None:
        super().__init__()
        self._identity = identity

    @property
    def identity(self) -> ModelIdentity:
        return self._identity


async def replayed_with(record: Record, workbench: Workbench, **changes: object) -> Replay:
    """`record`, of a model with a hash, decided again by that model but for `changes`."""
    was = with_model(record, name="small", sha256="1" * 64, engine="engine 1")
    workbench._models["new"] = Named(was.model.model_copy(update=changes))
    return await replay(was, workbench, "new")


async def test_the_same_file_under_another_name_is_only_noted(
    workbench: Workbench, scenario: Scenario
) -> None:
    record = await recorded(workbench, scenario)
    found = await replayed_with(record, workbench, name="./small.gguf")
    assert found.differences == ()
    assert found.notes == ("model: was small, is ./small.gguf",)


async def test_another_file_under_the_same_name_differs(
    workbench: Workbench, scenario: Scenario
) -> None:
    record = await recorded(workbench, scenario)
    found = await replayed_with(record, workbench, sha256="2" * 64)
    assert found.differences == (f"model hash: was {'1' * 64}, is {'2' * 64}",)


async def test_another_version_of_the_engine_is_only_noted(
    workbench: Workbench, scenario: Scenario
) -> None:
    record = await recorded(workbench, scenario)
    found = await replayed_with(record, workbench, engine="engine 2")
    assert found.differences == ()
    assert found.notes == ("engine: was engine 1, is engine 2",)


async def test_a_decider_or_model_that_is_not_known_here_is_told(
    workbench: Workbench, scenario: Scenario
) -> None:
    record = await recorded(workbench, scenario)
    gone = DeciderIdentity(name="baselin", settings={})
    with pytest.raises(UnknownName, match="Did you mean 'baseline'"):
        await replay(record.model_copy(update={"decider": gone}), workbench)
    with pytest.raises(UnknownName, match="'no-such-model'"):
        await replay(with_model(record, name="no-such-model"), workbench)


async def test_a_probability_that_the_record_lacks_is_named(
    workbench: Workbench, scenario: Scenario
) -> None:
    record = await recorded(workbench, scenario)
    found = await replay(with_decision(record, probabilities={}), workbench)
    was = record.decision.probabilities
    assert found.differences == tuple(
        f"probability of {name}: was not there, is {was[name]:.4f}" for name in "ab"
    )
