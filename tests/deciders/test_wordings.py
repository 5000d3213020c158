"""Every template that a decision used was named before it was made."""

from __future__ import annotations

from typing import Any

import pytest

from alignkit.deciders import DECIDERS
from alignkit.deciders.base import Decider
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.making import named
from alignkit.deciders.trace import Trace
from alignkit.deciders.wordings import draws, wordings
from alignkit.errors import UsageError
from alignkit.examples import Selector
from alignkit.prompts import Prompts
from alignkit.schema import Profile
from alignkit.testing import FakeModel

from .conftest import attribute
from .test_every_setting import POOL, PROFILE, WARD

BOUNDED = PROFILE.model_copy(
    update={
        "boundaries": Profile.model_validate(
            {"name": "b", "boundaries": [{"id": "no-harm", "rule": "Harm nobody."}]}
        ).boundaries
    }
)
ONLY_GROUP = Profile.model_validate(
    {"name": "g", "group": {"name": "Nurses", "description": "Who nurse."}}
)
SPECS = [
    *(name for name in DECIDERS.names() if name != "oracle"),
    "instructed?reasoning=true",
    "self_consistency?reasoning=true",
    "direct_regression?outcomes=true",
    "comparative_regression?outcomes=true",
    "direct_regression?shots=2",
    "comparative_regression?shots=2",
    "relevance_weighted?shots=2",
    "persona?against=plain",
    "contrastive?against=plain",
    "value_judge?weigh_relevance=true",
    "chooser_judge?relevant_from=1",
    "ensemble?members=direct_regression,instructed",
]


def made(spec: str) -> Decider:
    found = named(spec)
    names = ("merit", "care", "medical_urgency")
    return found.kind(
        FakeModel(),
        found.settings,
        attributes={name: attribute(name) for name in names},
        selecting=lambda given: Selector(POOL, given) if getattr(given, "shots", 0) else None,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("profile", [PROFILE, BOUNDED, ONLY_GROUP], ids=["p", "b", "g"])
@pytest.mark.parametrize("spec", SPECS)
async def test_what_is_used_was_named_and_what_is_named_can_be_used(
    spec: str, profile: Profile
) -> None:
    one = made(spec)
    used: set[str] = set()
    for scenario in (WARD, WARD.model_copy(update={"exam": True})):
        try:
            decision = await one.decide(scenario, profile)
        except UsageError:  # some cannot work with a group alone
            assert profile is ONLY_GROUP
            return
        used |= {template.name for template in decision.evidence.templates}
    told = {template.name for template in wordings(one, profile)}
    assert used <= told
    # Readouts are few and shared; each of the others is there for a reason.
    spare = {name for name in told - used if not name.startswith("readout_")}
    assert spare <= ({"relevance"} if spec == "value_judge" else set())


async def test_a_method_of_somebody_else_may_use_any_template() -> None:
    class Theirs(Decider):
        name = "theirs"

        async def _weigh(self, trace: Trace, case: Case) -> Verdict:
            raise NotImplementedError

    found = wordings(Theirs(FakeModel()), None)
    assert {one.name for one in found} == set(Prompts.shipped_names())


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("random", True),
        ("self_consistency", True),
        ("instructed", False),
        ("instructed?reasoning=true", True),
        ("staged", False),
        ("chooser_judge", False),
        ("first", False),
    ],
)
def test_a_seed_counts_where_something_is_drawn(spec: str, expected: Any) -> None:
    assert draws(made(spec)) is expected
