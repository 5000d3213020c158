from __future__ import annotations

import hashlib

import pytest

from alignkit.evaluate.keys import scenario_hash
from alignkit.schema import Choice, Scenario

SCENARIO = Scenario(
    id="s",
    context="Two are hurt.",
    question="Whom?",
    choices=(Choice(id="a", text="One"), Choice(id="b", text="Other")),
)


@pytest.mark.parametrize("field", ["group", "tags"])
def test_what_no_decision_depends_on_leaves_a_scenario_what_it_is(field: str) -> None:
    values = {"group": "twins", "tags": {"subject": "law"}}
    other = SCENARIO.model_copy(update={field: values[field]})
    assert scenario_hash(other) == scenario_hash(SCENARIO)


@pytest.mark.parametrize(
    "change", [{"exam": True}, {"context": "Three are hurt."}, {"entities": ("One",)}]
)
def test_all_else_makes_it_another(change: dict[str, object]) -> None:
    assert scenario_hash(SCENARIO.model_copy(update=change)) != scenario_hash(SCENARIO)


def test_results_from_before_there_were_exams_stay_known() -> None:
    before = SCENARIO.model_dump_json(exclude={"group", "tags", "exam"})
    assert scenario_hash(SCENARIO) == hashlib.sha256(before.encode()).hexdigest()
