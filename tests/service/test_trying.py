"""What was decided once is remembered; a way that reads files is refused."""

from __future__ import annotations

import pytest

from alignkit.errors import BadProfile, InvalidSetting, UnknownName
from alignkit.schema import Profile, Target
from alignkit.service import Settings, Workbench
from alignkit.service.trying import Trials, Way


async def test_a_decision_and_what_follows_from_it_are_remembered() -> None:
    async with Workbench(Settings(model="fake")) as workbench:
        scenario, trials = workbench.library.scenarios["last-antivenom"], Trials()
        way = Way(profile="cautious-medic")
        assert trials.known(scenario, way, "fake", workbench) is None
        made = await trials.decide(scenario, way, "fake", workbench)
        assert trials.known(scenario, way, "fake", workbench) == made
        moved = way.model_copy(update={"targets": {"risk_aversion": Target(value=0.1)}})
        followed = trials.known(scenario, moved, "fake", workbench)
        anew = await Trials().decide(scenario, moved, "fake", workbench)
        assert followed is not None
        assert followed.decision.probabilities == pytest.approx(anew.decision.probabilities)
        other = scenario.model_copy(update={"question": "And now?"})
        assert trials.known(other, way, "fake", workbench) is None
        assert trials.known(scenario, way, "fake?seed=1", workbench) is None


async def test_methods_that_do_not_estimate_are_remembered_for_their_own_targets_only() -> None:
    async with Workbench(Settings(model="fake")) as workbench:
        scenario, trials = workbench.library.scenarios["last-antivenom"], Trials()
        way = Way(profile="cautious-medic", decider="instructed")
        await trials.decide(scenario, way, "fake", workbench)
        moved = way.model_copy(update={"targets": {"risk_aversion": Target(value=0.1)}})
        assert trials.known(scenario, moved, "fake", workbench) is None


@pytest.mark.parametrize(
    "decider",
    [
        "direct_regression?shots=2&examples=/etc/passwd",
        "ensemble?members=direct_regression%3Fshots%3D2%26examples%3Dx.yaml,baseline",
    ],
)
async def test_what_would_read_a_file_is_refused(decider: str) -> None:
    async with Workbench(Settings(model="fake")) as workbench:
        scenario = workbench.library.scenarios["last-antivenom"]
        way = Way(profile="cautious-medic", decider=decider)
        with pytest.raises(InvalidSetting, match="not read from files"):
            await Trials().decide(scenario, way, "fake", workbench)


async def test_an_unknown_profile_or_attribute_is_told() -> None:
    async with Workbench(Settings(model="fake")) as workbench:
        scenario = workbench.library.scenarios["last-antivenom"]
        with pytest.raises(UnknownName):
            await Trials().decide(scenario, Way(profile="cautious-medik"), "fake", workbench)
        own = Profile(name="own", targets={"fairnes": Target(value=1)})
        with pytest.raises(BadProfile, match="fairness"):
            await Trials().decide(scenario, Way(profile=own), "fake", workbench)
