from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from alignkit.deciders.making import named
from alignkit.errors import CannotWrite, EngineFailed, ModelError, UnknownName, UsageError
from alignkit.schema import Choice, Escalation, Profile, Request, Scenario, Target
from alignkit.service import (
    Settings,
    Workbench,
    decide_item,
    read_record,
    replay,
    write_record,
    write_text,
)
from alignkit.service.calibration.calibrating import Learned, calibrate
from alignkit.service.calibration.kept import calibration_for, read_calibration
from alignkit.service.calibration.labelled import Labelled, examples_of
from alignkit.service.calibration.plan import Lesson
from alignkit.service.calibration.weighing import Method
from alignkit.service.inputs import Item
from alignkit.testing import FakeModel

DIRECT = "direct_regression"
SURE = 0.9


def levels_written(request: Request) -> Mapping[str, float]:
    """Answers what the text of the last choice claims: "shows 0.83"."""
    text = request.prompt.text("user") + request.question.instructions
    claimed = float(re.findall(r"shows (\d\.\d+)", text)[-1])
    options = request.question.option_ids
    apart = np.linspace(0, 1, len(options)) - claimed
    return dict(zip(options, np.exp(-((apart / 0.25) ** 2)).tolist(), strict=True))


def scenarios(
    count: int, right: float = SURE, *, upside_down: bool = False, seed: int = 0
) -> list[Scenario]:
    """Two choices each, fair and unfair, which the scripted model tells apart so often.

    It is never wrong about the half that it puts further apart.
    """
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        clear = rng.uniform(0, 1)
        seen = bool(rng.random() < 2 * right - 1 or clear > 0.5) != upside_down
        fair = int(rng.integers(2))
        choices = tuple(
            Choice(
                id="ab"[place],
                text=f"Way {place} shows {0.5 + (0.1 + 0.3 * clear) * (1 if high == seen else -1)}",
                values={"fairness": float(high)},
            )
            for place, high in ((place, place == fair) for place in range(2))
        )
        text = {"context": f"Situation {seed}.{number}.", "question": "What now?"}
        found.append(Scenario(id=f"s{seed}-{number}", choices=choices, **text))
    return found


def lesson(given: Sequence[Scenario], **changes: Any) -> Lesson:
    return Lesson(Labelled("mine.yaml", examples_of(given)), **{"decider": DIRECT, **changes})


async def learn(wanted: Lesson, workbench: Workbench) -> Learned:
    steps = [step async for step in calibrate(wanted, workbench)]
    assert steps[-1].done == steps[-1].total == len(steps) - 1
    assert all(step.learned is None for step in steps[:-1])
    assert steps[-1].learned is not None
    return steps[-1].learned


def promising(error_rate: float = 0.2, certainty: float = 0.9, **changes: Any) -> Profile:
    escalate = Escalation(error_rate=error_rate, confidence=certainty)
    fields = {"name": "fair", "targets": {"fairness": Target(value=1)}, "escalate": escalate}
    return Profile.model_validate({**fields, **changes})


@pytest.fixture
def scripted(workbench: Workbench) -> Workbench:
    """A workbench whose model reads levels off the choices."""
    workbench._models["fake"] = FakeModel(script=levels_written)
    return workbench


async def test_what_is_learned_is_kept_and_used_from_then_on(scripted: Workbench) -> None:
    given = scenarios(40)
    before = scripted.decider(DIRECT)
    assert before.calibration is None
    found = await learn(lesson(given), scripted)
    one = found.attributes["fairness"]
    assert (one.kind, one.scenarios, one.examples) == ("temperature", 40, 80)
    assert (one.source, one.seed) == ("mine.yaml", 0)
    assert one.estimates is not None
    assert one.estimates.rising
    assert list(scripted.settings.calibrations_folder.iterdir()) == [found.path]
    assert read_calibration(found.path) == found.calibration
    after = scripted.decider(DIRECT)
    assert after.calibration == found.calibration
    wish = Profile(name="p", targets={"fairness": Target(value=1)})
    raw, now = [await one.decide(given[0], wish) for one in (before, after)]
    assert raw.probabilities != now.probabilities
    assert raw.estimates != now.estimates


async def test_probabilities_come_nearer_to_the_truth(scripted: Workbench) -> None:
    one = (await learn(lesson(scenarios(150, 0.75)), scripted)).attributes["fairness"]
    assert one.temperature > 1
    assert one.after.brier < one.before.brier
    assert one.after.calibration_error < one.before.calibration_error
    for found in (one.before, one.after):
        assert sum(each.count for each in found.bins) == 300
        assert all(each.low <= each.observed <= each.high for each in found.bins)


async def test_an_attribute_that_is_read_upside_down_is_turned_round(scripted: Workbench) -> None:
    found = await learn(lesson(scenarios(60, upside_down=True)), scripted)
    one = found.attributes["fairness"]
    assert one.estimates is not None
    assert not one.estimates.rising
    assert one.before.brier > 0.5
    assert one.after.brier < 0.15
    wish = Profile(name="p", targets={"fairness": Target(value=1)})
    others = scenarios(30, upside_down=True, seed=1)
    made = [await scripted.decider(DIRECT).decide(one, wish) for one in others]
    right = [
        dict(zip("ab", one.choices, strict=True))[decision.choice or ""].values == {"fairness": 1}
        for one, decision in zip(others, made, strict=True)
    ]
    assert sum(right) >= 24


async def test_with_many_examples_maps_follow_any_curve(
    scripted: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alignkit.stats.calibration.ISOTONIC_FROM", 150)
    one = (await learn(lesson(scenarios(150, 0.8)), scripted)).attributes["fairness"]
    assert one.kind == "isotonic"
    assert one.probabilities is not None
    assert one.estimates is not None
    assert len(one.estimates.raw) <= 51
    assert (one.estimates.raw[0], one.estimates.raw[-1]) == (0, 1)
    assert one.after.brier < one.before.brier


@pytest.mark.parametrize("spec", ["contrastive", "instructed", "baseline", "self_consistency"])
async def test_methods_without_estimates_get_a_temperature(spec: str, workbench: Workbench) -> None:
    one = (await learn(lesson(scenarios(30), decider=spec), workbench)).attributes["fairness"]
    assert one.estimates is None
    assert one.temperature > 1  # the made-up model knows nothing


async def test_the_uncalibrated_method_is_looked_at_each_time(scripted: Workbench) -> None:
    first = await learn(lesson(scenarios(40)), scripted)
    assert scripted.decider(DIRECT).calibration is not None
    again = await learn(lesson(scenarios(40)), scripted)
    assert again.attributes == first.attributes
    other = await learn(lesson(scenarios(40), seed=5), scripted)
    assert other.attributes["fairness"].after != first.attributes["fairness"].after


# What is needed


async def test_a_folder_that_cannot_be_written_is_told_before_a_model_is_asked(
    scripted: Workbench, home: Path
) -> None:
    write_text(home / "calibrations", "a file")
    with pytest.raises(CannotWrite, match=r"calibrations: cannot be written into: File exists\."):
        await learn(lesson(scenarios(40)), scripted)
    assert isinstance(scripted.model(), FakeModel)
    assert scripted.model().requests == []  # type: ignore[attr-defined]


async def test_too_few_scenarios_are_refused_before_a_model_is_asked(scripted: Workbench) -> None:
    message = r"'fairness' needs at least 30 labelled scenarios, and there are 29\."
    with pytest.raises(UsageError, match=message):
        await learn(lesson(scenarios(29)), scripted)
    model = scripted.model()
    assert isinstance(model, FakeModel)
    assert model.requests == []


async def test_scenarios_with_the_same_context_count_once(scripted: Workbench) -> None:
    given = scenarios(40)
    twins = [
        one.model_copy(update={"id": f"{one.id}-twin", "context": given[number // 2].context})
        for number, one in enumerate(given)
    ]
    with pytest.raises(UsageError, match="and there are 20"):
        await learn(lesson(twins), scripted)


async def test_ties_for_the_best_choice_are_no_examples(scripted: Workbench) -> None:
    equal = [
        one.model_copy(
            update={
                "choices": tuple(
                    c.model_copy(update={"values": {"fairness": 1.0}}) for c in one.choices
                )
            }
        )
        for one in scenarios(40, seed=3)
    ]
    one = (await learn(lesson([*scenarios(31), *equal]), scripted)).attributes["fairness"]
    assert (one.scenarios, one.examples) == (31, 62)


async def test_an_attribute_that_is_not_named_may_lack_examples(scripted: Workbench) -> None:
    given = scenarios(32)
    few = [with_values(one, care=number % 2) for number, one in enumerate(given[:5])]
    unknown = [with_values(one, charm=number % 2) for number, one in enumerate(given[5:8])]
    found = await learn(lesson([*few, *unknown, *given[8:]]), scripted)
    assert list(found.attributes) == ["fairness"]
    assert found.notes == (
        "Left out, because no attribute is called so: charm.",
        "Left out, with fewer than 30 labelled scenarios: care (5).",
    )
    with pytest.raises(UsageError, match="'care' needs at least 30"):
        await learn(lesson([*few, *given[5:]], attributes=["care", "fairness"]), scripted)
    with pytest.raises(UnknownName, match="Did you mean 'fairness'"):
        await learn(lesson(given, attributes=["fairnes"]), scripted)


def with_values(scenario: Scenario, **values: float) -> Scenario:
    """`scenario` with more values for its first choice, and their opposites for the other."""
    one, other = scenario.choices
    opposite = {name: 1 - value for name, value in values.items()}
    pairs = ((one, values), (other, opposite))
    choices = tuple(
        c.model_copy(update={"values": {**(c.values or {}), **more}}) for c, more in pairs
    )
    return scenario.model_copy(update={"choices": choices})


async def test_a_limit_draws_so_many_of_each_attribute(scripted: Workbench) -> None:
    one = (await learn(lesson(scenarios(60), limit=35), scripted)).attributes["fairness"]
    assert one.scenarios == 35


async def test_a_right_choice_that_always_stands_at_one_place_is_told(
    scripted: Workbench,
) -> None:
    given = [one.model_copy(update={"choices": sorted_choices(one)}) for one in scenarios(30)]
    [note] = (await learn(lesson(given), scripted)).notes
    assert note.startswith("In every scenario the choice at place 2 is right when 'fairness'")


def sorted_choices(one: Scenario) -> tuple[Choice, ...]:
    return tuple(sorted(one.choices, key=lambda choice: (choice.values or {})["fairness"]))


async def test_controls_have_nothing_to_calibrate(scripted: Workbench) -> None:
    with pytest.raises(UsageError, match="'oracle' asks no model"):
        await learn(lesson(scenarios(40), decider="oracle"), scripted)


# Failures


async def test_a_model_that_fails_at_once_is_given_up_early(workbench: Workbench) -> None:
    def broken(_: Request) -> Mapping[str, float]:
        raise EngineFailed("The engine broke.")

    workbench._models["fake"] = FakeModel(script=broken)
    with pytest.raises(ModelError, match=r"The first 8 decisions failed: .*The engine broke"):
        await learn(lesson(scenarios(40)), workbench)


@pytest.mark.parametrize(("broken", "enough"), [(3, True), (20, False)])
async def test_failed_decisions_are_left_out_while_enough_are_left(
    broken: int,
    enough: bool,  # noqa: FBT001
    workbench: Workbench,
) -> None:
    def sometimes(request: Request) -> Mapping[str, float]:
        number = int(re.findall(r"Situation 0\.(\d+)\.", request.prompt.text("user"))[-1])
        if number >= 40 - broken:
            raise EngineFailed("The engine broke.")
        return levels_written(request)

    workbench._models["fake"] = FakeModel(script=sometimes)
    if not enough:
        with pytest.raises(ModelError, match=r"40 of 80 decisions failed, which leaves 20 scenar"):
            await learn(lesson(scenarios(40)), workbench)
        return
    found = await learn(lesson(scenarios(40)), workbench)
    assert found.attributes["fairness"].scenarios == 37
    assert found.notes[0].startswith("6 of 80 decisions failed, the first because: ")


# Whose it is


async def test_a_calibration_is_used_with_its_own_model_and_method_only(
    scripted: Workbench,
) -> None:
    await learn(lesson(scenarios(40)), scripted)
    assert scripted.decider(DIRECT).calibration is not None
    for spec, model in (
        (f"{DIRECT}?temperature=0.2", None),
        (f"{DIRECT}?exchange_names=true", None),
        ("comparative_regression", None),
        (DIRECT, "fake?seed=1"),
        ("oracle", None),
    ):
        assert scripted.decider(spec, model).calibration is None
    plain = Workbench(scripted.settings.model_copy(update={"calibrated": False}))
    assert plain.decider(DIRECT).calibration is None


async def test_it_is_not_used_with_another_wording_of_a_prompt(
    scripted: Workbench, home: Path
) -> None:
    found = await learn(lesson(scenarios(40)), scripted)
    names = [template.name for template in found.calibration.templates]
    assert DIRECT in names
    own = home / "templates" / "attribute.j2"
    own.parent.mkdir(parents=True)
    shipped = Path(str(named.__code__.co_filename)).parents[1] / "prompts" / "templates"
    own.write_text((shipped / "attribute.j2").read_text() + "Think well.\n")
    other = Workbench(Settings(home=home, model="fake"))
    assert other.decider(DIRECT).calibration is None
    own.unlink()
    assert Workbench(Settings(home=home, model="fake")).decider(DIRECT).calibration is not None


async def test_it_is_not_used_with_another_wording_of_the_attribute(
    scripted: Workbench, home: Path
) -> None:
    found = await learn(lesson(scenarios(120), profiles=[promising()]), scripted)
    assert found.thresholds
    changed = scripted.library.attributes["fairness"].model_copy(update={"high": "All the same."})
    own = home / "library" / "attributes" / "fairness.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(changed.model_dump_json(exclude_none=True))
    now = Workbench(Settings(home=home, model="fake")).decider(DIRECT).calibration
    assert now is not None
    assert (now.attributes, now.thresholds) == ({}, ())


async def test_what_is_learned_later_stands_beside_what_was_learned_before(
    scripted: Workbench,
) -> None:
    first = await learn(lesson(scenarios(40)), scripted)
    given = [with_values(one, care=number % 2) for number, one in enumerate(scenarios(40, seed=2))]
    both = await learn(lesson(given, attributes=["care"]), scripted)
    assert list(both.attributes) == ["care"]
    assert list(both.calibration.attributes) == ["care", "fairness"]
    assert both.calibration.attributes["fairness"] == first.attributes["fairness"]


async def test_a_replay_decides_with_the_calibration_of_the_record(
    scripted: Workbench, folder: Path
) -> None:
    found = await learn(lesson(scenarios(40, upside_down=True)), scripted)
    wish = Profile(name="p", targets={"fairness": Target(value=1)})
    one = scenarios(1, upside_down=True, seed=4)[0]
    decided = await decide_item(Item(one.id, one), scripted.decider(DIRECT), wish)
    assert decided.record is not None
    path = write_record(folder, decided.record)
    found.path.unlink()
    again = await replay(read_record(path), scripted)
    assert again.differences == ()
    assert again.decision.probabilities == decided.decision.probabilities
    plain = await scripted.decider(DIRECT).decide(one, wish)
    assert plain.choice != decided.decision.choice


# Twins and ensembles: what is computed again is what deciding would give


def named_people() -> list[Scenario]:
    """Scenarios with two names that can be exchanged."""
    return [
        Scenario(
            id=f"p{number}",
            context=f"Ada and Ben wait in room {number}. Ada came first.",
            question="Who is helped?",
            entities=("Ada", "Ben"),
            choices=(
                Choice(id="a", text="Help Ada", values={"fairness": number % 2}),
                Choice(id="b", text="Help Ben", values={"fairness": 1 - number % 2}),
            ),
        )
        for number in range(30)
    ]


@pytest.mark.parametrize(
    "spec",
    [
        "direct_regression",
        "direct_regression?exchange_names=true",
        "statement_judge?exchange_names=true&temperature=0.3",
        "value_judge?exchange_names=true",
        "ensemble?members=direct_regression,contrastive",
        "ensemble?members=direct_regression,baseline&weights=0.2,1&exchange_names=true",
    ],
)
async def test_a_method_is_seen_as_it_decides(spec: str, workbench: Workbench) -> None:
    decider = workbench.decider(spec)
    [example, *_] = examples_of(named_people())
    attribute = workbench.library.attributes["fairness"]
    method = Method(decider)
    for end in (1.0, 0.0):
        asks = method.asks(example, attribute, end)
        made = [await ask.decider.decide(ask.scenario, ask.profile) for ask in asks]
        weighed = method.weighed(example, attribute, end, made)
        decision = await decider.decide(example.scenario, asks[0].profile)
        assert weighed.verdict.probabilities.tolist() == pytest.approx(
            list(decision.probabilities.values())
        )


@pytest.mark.parametrize("spec", [DIRECT, f"{DIRECT}?exchange_names=true"])
async def test_maps_do_to_a_decision_what_they_did_to_examples(
    spec: str, workbench: Workbench
) -> None:
    from alignkit.service.calibration.learning import Maps  # noqa: PLC0415

    found = await learn(lesson(named_people(), decider=spec), workbench)
    one = found.attributes["fairness"]
    maps = Maps(one.estimates, one.temperature, one.probabilities)
    [example, *_] = examples_of(named_people())
    decider = workbench.decider(spec)
    assert decider.calibration is not None
    method = Method(decider)
    asks = method.asks(example, workbench.library.attributes["fairness"], 1.0)
    made = [await ask.decider.decide(ask.scenario, ask.profile) for ask in asks]
    weighed = method.weighed(example, workbench.library.attributes["fairness"], 1.0, made)
    decision = await decider.decide(example.scenario, asks[0].profile)
    assert maps(weighed).probabilities.tolist() == pytest.approx(
        list(decision.probabilities.values())
    )


async def test_an_ensemble_is_told_its_best_weights_as_a_name(scripted: Workbench) -> None:
    def script(request: Request) -> Mapping[str, float]:
        if request.question.type == "score":
            return levels_written(request)
        return {"a": 0.4, "b": 0.6}  # knows nothing, and likes b

    scripted._models["fake"] = FakeModel(script=script)
    spec = "ensemble?members=direct_regression,baseline"
    found = await learn(lesson(scenarios(60), decider=spec), scripted)
    assert found.ensemble is not None
    assert found.ensemble.startswith("ensemble?members=direct_regression,baseline&weights=")
    skilled, ignorant = named(found.ensemble).settings.model_dump()["weights"]
    assert skilled > 0.1 > ignorant
    assert found.calibration.decider.settings["weights"] == []
    assert (await learn(lesson(scenarios(40)), scripted)).ensemble is None


# Thresholds


async def test_a_threshold_is_learned_on_examples_that_had_no_part_in_the_maps(
    scripted: Workbench,
) -> None:
    found = await learn(lesson(scenarios(120), profiles=[promising()]), scripted)
    one = found.attributes["fairness"]
    [threshold] = found.thresholds
    assert one.scenarios == 60
    assert (threshold.examples, threshold.name) == (60, "fair")
    assert threshold.errors <= threshold.kept <= 60
    assert threshold.bound <= 0.2
    assert threshold.abstention == pytest.approx(1 - threshold.kept / 60)
    decider = scripted.decider(DIRECT)
    made = [await decider.decide(each, promising()) for each in scenarios(60, seed=7)]
    outcomes = {decision.outcome for decision in made}
    assert outcomes <= {"decided", "escalated"}
    for decision in made:
        assert (decision.outcome == "decided") is (decision.confidence >= threshold.confidence)
        if decision.outcome == "escalated":
            assert "from which on the error rate is at most 0.2" in (decision.reason or "")


async def test_without_a_threshold_every_decision_is_escalated(scripted: Workbench) -> None:
    found = await learn(lesson(scenarios(120, 0.6), profiles=[promising(0.1)]), scripted)
    assert found.thresholds == ()
    assert found.missed["fair"].startswith("no threshold keeps errors at 0.1 or less")
    decision = await scripted.decider(DIRECT).decide(scenarios(1)[0], promising(0.1))
    assert decision.outcome == "escalated"
    assert "cannot be promised without a calibration" in (decision.reason or "")


async def test_too_few_to_test_are_refused(scripted: Workbench) -> None:
    with pytest.raises(UsageError, match=r"'fairness' needs at least 30 .*Give at least 60"):
        await learn(lesson(scenarios(50), profiles=[promising()]), scripted)
    strict = promising(0.01, 0.95)
    message = r"0\.01, which takes at least 299; there are 50\. Give at least 598"
    with pytest.raises(UsageError, match=message):
        await learn(lesson(scenarios(100), profiles=[strict]), scripted)


async def test_a_profile_without_an_error_rate_only_says_what_to_learn(
    scripted: Workbench,
) -> None:
    profile = promising(escalate=None)
    found = await learn(lesson(scenarios(40), profiles=[profile]), scripted)
    assert list(found.attributes) == ["fairness"]
    assert found.notes == ("Profile 'fair' asks for no error rate, so no threshold was sought.",)


async def test_a_profile_under_which_nothing_is_wrong_is_refused(scripted: Workbench) -> None:
    person = promising(targets={}, persona="You are kind.")
    with pytest.raises(UsageError, match="because it has no targets"):
        await learn(lesson(scenarios(40), profiles=[person]), scripted)


async def test_a_threshold_holds_where_targets_are_left_out(
    scripted: Workbench,
) -> None:
    more = ("care", "loyalty", "authority", "sanctity", "reciprocity")
    given = [
        with_values(one, **{name: number >> place & 1 for place, name in enumerate(more)})
        for number, one in enumerate(scenarios(70))
    ]
    wish = promising(0.8, 0.5, targets=dict.fromkeys(("fairness", *more), 1))
    assert (await learn(lesson(given, profiles=[wish]), scripted)).thresholds
    decision = await scripted.decider(DIRECT).decide(given[0], wish)
    assert decision.evidence.relevance is not None
    assert "cannot be promised" not in (decision.reason or "")


async def test_new_maps_take_old_thresholds_with_them(scripted: Workbench) -> None:
    await learn(lesson(scenarios(120), profiles=[promising()]), scripted)
    again = await learn(lesson(scenarios(60)), scripted)
    assert again.calibration.thresholds == ()
    [note] = again.notes
    assert note == (
        "The threshold of 'fair' is gone, for it rested on what was now learned anew: "
        "calibrate once more with the profile (-p) to have one."
    )
    both = [promising(), promising(name="unfair", targets={"fairness": Target(value=0)})]
    found = await learn(lesson(scenarios(120), profiles=both), scripted)
    assert [one.name for one in found.calibration.thresholds] == ["fair", "unfair"]


async def test_what_fewer_scenarios_teach_is_told(scripted: Workbench) -> None:
    await learn(lesson(scenarios(60)), scripted)
    fewer = await learn(lesson(scenarios(40)), scripted)
    assert fewer.notes == (
        "fairness: what these 40 scenarios teach takes the place of what 60 had taught.",
    )
    assert (await learn(lesson(scenarios(60)), scripted)).notes == ()


async def test_a_threshold_of_other_attributes_stays(scripted: Workbench) -> None:
    await learn(lesson(scenarios(120), profiles=[promising()]), scripted)
    given = [with_values(one, care=number % 2) for number, one in enumerate(scenarios(40, seed=2))]
    other = await learn(lesson(given, attributes=["care"]), scripted)
    assert [one.name for one in other.calibration.thresholds] == ["fair"]


async def test_the_promise_is_kept_on_new_scenarios(scripted: Workbench) -> None:
    """Over several draws of examples, the share of wrong decisions among those that are made.

    A quarter of all decisions would be wrong, none of the surer half.
    """
    rate, certainty = 0.2, 0.9
    decided = wrong = 0
    for seed in range(6):
        wish = promising(rate, certainty)
        given = scenarios(110, 0.75, seed=10 + seed)
        found = await learn(lesson(given, profiles=[wish], seed=seed), scripted)
        decider = scripted.decider(DIRECT)
        assert decider.calibration == found.calibration
        made, errors = await tried(decider, scenarios(60, 0.75, seed=100 + seed), wish)
        assert bool(made) is bool(found.thresholds)
        decided, wrong = decided + made, wrong + errors
    assert decided > 60
    # More than chance allows where the rate is kept, by a test that fires once in a thousand.
    assert stats.binom.sf(wrong - 1, decided, rate) > 1e-3


async def tried(decider: Any, given: Sequence[Scenario], profile: Profile) -> tuple[int, int]:
    """How many of `given` the decider decides, and how many of these wrongly."""
    made = errors = 0
    for one in given:
        decision = await decider.decide(one, profile)
        if decision.outcome == "decided":
            right = {c.id for c in one.choices if c.values == {"fairness": 1.0}}
            made, errors = made + 1, errors + (decision.choice not in right)
    return made, errors


async def test_a_calibration_that_lies_in_anothers_place_is_not_used(scripted: Workbench) -> None:
    found = await learn(lesson(scenarios(40)), scripted)
    other = scripted.decider(f"{DIRECT}?temperature=0.2")
    kept = scripted.settings.calibrations_folder
    await learn(lesson(scenarios(40), decider=other.label), scripted)
    [place] = [path for path in kept.iterdir() if path != found.path]
    place.write_text(found.path.read_text())
    assert calibration_for(kept, other) is None
