"""Verdicts of people as labelled examples."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alignkit.errors import UsageError
from alignkit.schema import Choice, Profile, Scenario
from alignkit.service import Settings, Workbench, record_of, store_of
from alignkit.service.asked import AskedDecisions
from alignkit.service.calibration.labelled import Labelled, examples_of
from alignkit.service.calibration.reviewed import both, labelled_by_people
from alignkit.service.reviews import Verdict, give_verdict, waiting


def profile(**targets: Any) -> Profile:
    fields = {"name": "unsure", "targets": targets, "escalate": {"min_confidence": 1}}
    return Profile.model_validate(fields)


def scenario(number: int) -> Scenario:
    return Scenario(
        id=f"s{number}",
        context=f"Counter {number}.",
        question="Who?",
        choices=(Choice(id="a", text="Ann", values={"care": 0.3}), Choice(id="b", text="Bo")),
    )


def learned(folder: Path, wish: Profile, choices: list[str | None]) -> Labelled:
    """What verdicts for `choices` on decisions under `wish` teach."""
    settings = Settings(model="fake", home=folder, store=f"sqlite:///{folder}/align.db")

    async def decide() -> None:
        asked = AskedDecisions(store, "ann")
        async with Workbench(settings) as bench:
            decider = bench.decider("direct_regression")
            for number in range(len(choices)):
                made = await decider.decide(scenario(number), wish)
                await asked.keep(record_of(decider, scenario(number), wish, made))

    with store_of(settings) as store:
        asyncio.run(decide())
        for one, choice in zip(list(waiting(store)), choices, strict=True):
            note = "For a reason." if choice is None else None
            give_verdict(store, one.result.decision, Verdict(choice, note, "ann"))
        return labelled_by_people(store)


def test_wanted_high_the_chosen_one_shows_more(tmp_path: Path) -> None:
    found = learned(tmp_path, profile(fairness=0.9), ["a", "b", None])
    truths = [example.truths("fairness") for example in found.examples]
    assert np.array_equal(truths, [[1, 0], [0, 1]])
    assert found.attributes == ("fairness",)
    assert [str(error) for error in found.unread] == [found.unread[0].message]
    assert "no choice was found right" in found.unread[0].message


def test_wanted_low_the_chosen_one_shows_less(tmp_path: Path) -> None:
    [example] = learned(tmp_path, profile(fairness=0.1), ["a"]).examples
    assert example.best("fairness", 0.0) == 0
    assert example.best("fairness", 1.0) == 1


def test_of_several_targets_a_verdict_says_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="its profile has 2 targets"):
        learned(tmp_path, profile(fairness=1, care=1), ["a"])


def test_doubtful_cases_teach_maps_and_test_no_promise(tmp_path: Path) -> None:
    wish = profile(fairness=1)
    found = learned(tmp_path, wish, ["a", "b"])
    drawn = Labelled(
        "cases",
        examples_of(
            [
                scenario(9).model_copy(
                    update={
                        "choices": tuple(
                            one.model_copy(update={"values": {"fairness": value}})
                            for one, value in zip(scenario(9).choices, (1.0, 0.0), strict=True)
                        )
                    }
                )
            ]
        ),
    )
    all_of_them = both(drawn, found)
    assert all_of_them.source == "cases and reviews"
    assert [one.teaches("fairness") for one in all_of_them.examples] == [True, True, True]
    assert [one.covers(wish) for one in all_of_them.examples] == [True, False, False]
