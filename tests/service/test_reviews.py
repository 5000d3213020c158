"""What people decided beside what the machine would have done."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alignkit.errors import InvalidSetting
from alignkit.schema import Profile, Review
from alignkit.service import Settings, Workbench, record_of, store_of
from alignkit.service.asked import AskedDecisions
from alignkit.service.keys import create_key
from alignkit.service.reviews import (
    Verdict,
    agreed,
    case_of,
    give_verdict,
    waiting,
    would_have_chosen,
)
from alignkit.store import Store

PROFILE = Profile.model_validate(
    {"name": "unsure", "targets": {"fairness": 1}, "escalate": {"min_confidence": 1}}
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(model="fake", home=tmp_path, store=f"sqlite:///{tmp_path}/align.db")


def keep(settings: Settings, store: Store, *names: str) -> None:
    async def decide() -> None:
        asked = AskedDecisions(store, "ann")
        async with Workbench(settings) as bench:
            decider = bench.decider("comparative_regression")
            for name in names:
                scenario = bench.library.scenarios[name]
                made = await decider.decide(scenario, PROFILE)
                await asked.keep(record_of(decider, scenario, PROFILE, made))
        assert asked.waiting == len(names)

    asyncio.run(decide())


def test_single_decisions_wait_in_a_run_of_their_own(settings: Settings) -> None:
    with store_of(settings) as store:
        keep(settings, store, "last-antivenom", "spillway")
        [run] = store.runs()
        assert (run.name, run.cells) == ("asked", 0)
        assert [one.cell.scenario for one in waiting(store)] == ["last-antivenom", "spillway"]
        assert [one.cell.scenario for one in waiting(store, 1)] == ["last-antivenom"]
        assert {entry.who for entry in store.log.entries()} == {"ann"}
        assert store.verify(run.id) == []


def test_a_case_has_the_scenario_and_why_it_came_out_so(settings: Settings) -> None:
    with store_of(settings) as store:
        keep(settings, store, "spillway")
        [one] = waiting(store)
        case = case_of(store, one.result.decision[:8])
        assert case.place == one
        assert case.record is not None
        assert case.record.scenario.id == "spillway"
        assert case.why is not None
        assert case.why.costs


def test_without_prompts_a_case_has_no_record_and_can_be_decided(settings: Settings) -> None:
    bare = settings.model_copy(update={"keep_prompts": False})
    with store_of(bare) as store:
        keep(bare, store, "spillway")
        [one] = waiting(store)
        case = give_verdict(store, one.result.decision, Verdict("open", None, "ann"))
        assert case.record is case.why is None
        assert case.place.review is not None
        assert case.place.review.choice == "open"


def test_agreement_is_with_the_likeliest_choice_and_open_for_a_tie(settings: Settings) -> None:
    with store_of(settings) as store:
        keep(settings, store, "spillway")
        [one] = waiting(store)
    machine = would_have_chosen(one.result)
    other = next(choice for choice in one.result.probabilities if choice != machine)
    assert machine is not None

    def said(choice: str | None) -> Review:
        return Verdict(choice, "For a reason.", "ann").review()

    assert agreed(one.result, said(machine)) is True
    assert agreed(one.result, said(other)) is agreed(one.result, said(None)) is False
    tied = one.result.model_copy(update={"probabilities": {"open": 0.5, "keep-closed": 0.5}})
    assert agreed(tied, said("open")) is None


@pytest.mark.parametrize(
    ("choice", "note", "said"),
    [
        (None, None, "note: say why no choice is right"),
        ("open", "x" * 4001, "note: "),
        ("open", "a\x00b", "note: contains the control character U\\+0000"),
    ],
)
def test_a_bad_note_is_named(choice: str | None, note: str | None, said: str) -> None:
    with pytest.raises(InvalidSetting, match=said):
        Verdict(choice, note, "ann").review()


@pytest.mark.parametrize(
    ("name", "scopes", "rate", "said"),
    [
        (" ", ["read"], None, "name: "),
        ("a\x1b[2J", ["read"], None, "name: "),
        ("taken", ["read"], None, "name: there is a key for 'taken' already"),
        ("ann", [], None, "scopes: none is given"),
        ("ann", ["write"], None, "scopes: there is no 'write'"),
        ("ann", ["read"], 0, "rate: "),
    ],
)
def test_a_key_that_cannot_be_is_refused(
    settings: Settings, name: str, scopes: list[str], rate: int | None, said: str
) -> None:
    with store_of(settings) as store:
        create_key(store, "taken", ["read"], None, "ida")
        with pytest.raises(InvalidSetting, match=said):
            create_key(store, name, scopes, rate, "ida")
        assert len(store.keys.all()) == 1
