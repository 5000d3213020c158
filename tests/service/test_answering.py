"""What a request of a service means: scenarios made of questions, and who answers them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.errors import InvalidSetting, UnknownName
from alignkit.schema import Scenario
from alignkit.service import Settings, Workbench, replay
from alignkit.service.answering import (
    YES_NO,
    Answering,
    Ask,
    Offer,
    check_named,
    scenario_of,
    total,
)

CHOICE = Ask("choice", "Where to?", (Offer("home", "home"), Offer("away", "away: far")))
PREDICATE = Ask("predicate", "Is it wet?")
SCORE = Ask("score", "How bad?", tuple(Offer(str(n), f"level {n}") for n in range(3)))
MANY = Ask("score", "How bad?", tuple(Offer(str(n), f"level {n}") for n in range(12)))


@pytest.fixture
def workbench(tmp_path: Path) -> Workbench:
    return Workbench(Settings(model="fake", home=tmp_path))


@pytest.mark.parametrize("ask", [CHOICE, PREDICATE, SCORE, MANY])
@pytest.mark.parametrize("name", ["fake", "fake@utilitarian-medic"])
async def test_shares_are_those_of_the_offers(workbench: Workbench, ask: Ask, name: str) -> None:
    answering = Answering(workbench)
    [found] = await answering.answer(answering.way(name), "A storm.", [ask])
    assert len(found.shares) == len(ask.offers)
    assert sum(found.shares) == pytest.approx(1)
    assert found.place == found.shares.index(max(found.shares))
    assert found.decision.model == "fake"
    assert [one.text for one in found.record.scenario.choices] == [o.text for o in ask.offers]


@pytest.mark.parametrize("ask", [CHOICE, PREDICATE, SCORE, MANY])
async def test_records_can_be_replayed(workbench: Workbench, ask: Ask) -> None:
    answering = Answering(workbench)
    for name in ("fake", "fake@cautious-medic"):
        [found] = await answering.answer(answering.way(name), "A storm.", [ask])
        assert (await replay(found.record, workbench)).differences == ()


async def test_a_decision_left_to_a_person_has_shares_and_no_place(workbench: Workbench) -> None:
    answering = Answering(workbench)
    found = [
        (await answering.answer(answering.way("fake@cautious-medic"), f"Storm {n}.", [CHOICE]))[0]
        for n in range(20)
    ]
    left = [one for one in found if one.decision.outcome == "escalated"]
    assert left
    assert all(one.place is None and len(one.shares) == 2 for one in left)


async def test_the_plain_model_is_asked_once_for_what_is_no_choice(workbench: Workbench) -> None:
    answering = Answering(workbench)
    asked = await answering.answer(answering.way(None), "A storm.", [PREDICATE, SCORE, CHOICE])
    calls = [[call.question.type for call in one.record.evidence.calls] for one in asked]
    assert calls == [["predicate"], ["score"], ["choice", "choice"]]
    assert total(asked).calls == 4
    assert asked[0].record.evidence.calls[0].question.instructions == "Question: Is it wet?"


def test_models_and_profiles_are_named_together(workbench: Workbench) -> None:
    answering = Answering(workbench, ["fake", "fake?seed=1", "odd@name"])
    for name, model, profile in (
        (None, "fake", None),
        ("", "fake", None),
        ("@cautious-medic", "fake", "cautious-medic"),
        ("fake?seed=1@cautious-medic", "fake?seed=1", "cautious-medic"),
        ("odd@name", "odd@name", None),
        ("odd@name@cautious-medic", "odd@name", "cautious-medic"),
    ):
        way = answering.way(name)
        assert (way.model, way.profile and way.profile.name) == (model, profile)
    for name in ("other", "fake@", "fake@nobody", "fake@../x", "/etc/passwd", "hf:a/b", "name@odd"):
        with pytest.raises(UnknownName):
            answering.way(name)


NAMES = st.text(min_size=1, max_size=120).filter(str.strip)


@given(st.lists(NAMES, min_size=2, max_size=6, unique=True), st.booleans())
def test_any_options_make_a_scenario(names: list[str], described: bool) -> None:  # noqa: FBT001
    printable = [name for name in names if name.isprintable()]
    if len(printable) < 2:
        return
    offers = tuple(Offer(n.strip(), f"{n.strip()}: it" if described else n) for n in printable)
    found = scenario_of("A text.", Ask("choice", "Which?", offers))
    assert isinstance(found, Scenario)
    assert len(found.choices) == len(offers)
    assert scenario_of("A text.", Ask("choice", "Which?", offers)) == found


def test_other_questions_make_other_scenarios() -> None:
    first = scenario_of("A.", PREDICATE)
    assert first.choice_ids == ("yes", "no")
    others = (("B.", PREDICATE), ("A.", Ask("predicate", "Is it dry?", YES_NO)), ("A.", CHOICE))
    assert len({first.id, *(scenario_of(*one).id for one in others)}) == 4


async def test_a_model_is_known_by_what_is_shown_of_it_and_by_its_whole_name(
    workbench: Workbench,
) -> None:
    whole, told = (f"openai:m?base_url=http://{user}h:1/v1" for user in ("u:PASSW0RD@", ""))
    answering = Answering(workbench, [whole, "fake"])
    assert answering.models == (told, "fake")
    for name in (None, whole, told):
        assert answering.way(name).name == answering.way(name).model == told
    for name in (f"{whole}@cautious-medic", f"{told}@cautious-medic", "@cautious-medic"):
        assert answering.way(name).name == f"{told}@cautious-medic"
    keyed = Answering(workbench, ["openai:k?base_url=http://h:1/v1?api-key=SECRET"])
    assert keyed.way(f"{keyed.models[0]}@cautious-medic").profile
    assert keyed.way("openai:k?base_url=http://h:1/v1?api-key=SECRET@cautious-medic").profile
    model = await answering.model(told)
    assert model is workbench.model(whole)
    assert workbench.opened == {told}
    await workbench.close(told)
    assert not workbench.opened
    with pytest.raises(UnknownName) as caught:
        answering.way("openai:m?base_url=http://u:PASSW0RD@elsewhere/v1")
    assert "PASSW0RD" not in str(caught.value)


def test_models_that_could_not_be_told_apart_are_not_served(workbench: Workbench) -> None:
    models = [f"openai:m?base_url=http://u:{n}@h:1/v1" for n in range(2)]
    with pytest.raises(InvalidSetting, match="would both be called"):
        Answering(workbench, models)
    with pytest.raises(InvalidSetting, match="would both be called"):
        check_named(workbench.settings, models, None)
