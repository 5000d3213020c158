"""A decision made from estimates under other targets is the one that would be made anew."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from alignkit.deciders import DECIDERS
from alignkit.errors import UsageError
from alignkit.schema import Profile, Record, Target
from alignkit.service import Settings, Workbench, record_of
from alignkit.service.retargeting import Retargeting

ESTIMATING = (
    "chooser_judge",
    "comparative_regression",
    "direct_regression",
    "statement_judge",
    "most_and_least",
    "value_judge",
    "relevance_weighted",
    "staged",
    "direct_regression?alignment=kde_likely",
    "direct_regression?alignment=euclidean&temperature=0.3",
)


async def _record(workbench: Workbench, spec: str, profile: Profile) -> Record:
    decider = workbench.decider(spec, "fake")
    scenario = workbench.library.scenarios["last-antivenom"]
    return record_of(decider, scenario, profile, await decider.decide(scenario, profile))


def _moved(profile: Profile, level: float) -> Profile:
    targets = {**profile.targets, "risk_aversion": Target(value=level, weight=1.7)}
    return profile.model_copy(update={"targets": targets})


@pytest.mark.parametrize("spec", ESTIMATING)
async def test_it_is_what_the_method_would_decide(spec: str) -> None:
    async with Workbench(Settings(model="fake")) as workbench:
        profile = workbench.library.profiles["cautious-medic"]
        again = Retargeting.of(await _record(workbench, spec, profile))
        assert again is not None
        for level in (0.0, 0.31, 1.0):
            wanted = _moved(profile, level)
            made = again.under(wanted).decision
            anew = (await _record(workbench, spec, wanted)).decision
            assert made.probabilities == pytest.approx(anew.probabilities, abs=1e-12)
            assert (made.outcome, made.choice, made.reason) == (
                anew.outcome,
                anew.choice,
                anew.reason,
            )
            assert made.explanation == anew.explanation
            assert made.usage.calls == 0


@pytest.mark.parametrize("name", ["instructed", "contrastive", "self_consistency", "persona"])
async def test_methods_that_do_not_estimate_have_to_be_asked_again(name: str) -> None:
    assert name in DECIDERS.names()
    async with Workbench(Settings(model="fake")) as workbench:
        profile = workbench.library.profiles["cautious-medic"]
        assert Retargeting.of(await _record(workbench, name, profile)) is None


async def test_other_wishes_than_levels_do_not_fit() -> None:
    async with Workbench(Settings(model="fake")) as workbench:
        profile = workbench.library.profiles["cautious-medic"]
        again = Retargeting.of(await _record(workbench, "direct_regression", profile))
        assert again is not None
        fewer = dict(list(profile.targets.items())[1:])
        other = profile.model_copy(update={"targets": fewer})
        assert not again.fits(other)
        assert not again.fits(profile.model_copy(update={"persona": "You are bold."}))
        with pytest.raises(UsageError):
            again.under(other)


async def test_it_takes_a_few_milliseconds() -> None:
    async with Workbench(Settings(model="fake")) as workbench:
        profile = workbench.library.profiles["cautious-medic"]
        again = Retargeting.of(await _record(workbench, "direct_regression", profile))
        assert again is not None
        moments = [time.process_time()]
        for step in range(20):
            again.under(_moved(profile, step / 20))
            moments.append(time.process_time())
        assert min(b - a for a, b in pairwise(moments)) < 0.02
