from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alignkit.errors import BadScenario
from alignkit.library import Library
from alignkit.stress import Rewrite, Shipped, Written, lost, reworded

if TYPE_CHECKING:
    from tests.stress.conftest import Make

LIBRARY = Library()
NAMES = sorted(
    entry.name.removesuffix(".yaml")
    for entry in (files("alignkit.library") / "rewrites").iterdir()
    if entry.name.endswith(".yaml")
)
OTHER = Rewrite(context="There is a bridge.", question="How do you go on?")


def test_eight_scenarios_or_more_have_rewrites() -> None:
    assert len(NAMES) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_shipped_rewrites_keep_every_fact(name: str) -> None:
    scenario = LIBRARY.scenarios[name]
    rewrites = Shipped()(scenario)
    assert 2 <= len(rewrites) <= 3
    assert len({rewrite.context for rewrite in rewrites}) == len(rewrites)
    for rewrite in rewrites:
        changed = scenario.model_copy(update=dict(rewrite))
        assert lost(scenario, changed) == ""
        assert 0.8 <= len(changed.context) / len(scenario.context) <= 1.25
        assert changed.question != scenario.question
        assert rewrite.context != scenario.context


def test_a_scenario_that_only_has_the_id_gets_none() -> None:
    scenario = LIBRARY.scenarios["last-antivenom"]
    assert Shipped()(scenario.model_copy(update={"context": "Another one."})) == ()
    assert Shipped()(scenario.model_copy(update={"id": "mine"})) == ()


def test_the_users_own_rewrites_come_first(tmp_path: Path) -> None:
    (tmp_path / "rewrites").mkdir()
    path = tmp_path / "rewrites" / "last-antivenom.yaml"
    path.write_text(
        "id: last-antivenom\nrewrites: [{context: Two vials, question: Who}]\n", encoding="utf-8"
    )
    scenario = LIBRARY.scenarios["last-antivenom"]
    assert [one.question for one in Shipped(tmp_path)(scenario)] == ["Who"]
    path.write_text("id: last-antivenom\nrewrites: []\n", encoding="utf-8")
    with pytest.raises(BadScenario, match=r"last-antivenom\.yaml:2: rewrites"):
        Shipped(tmp_path)(scenario)


def test_rewrites_become_variants_and_those_of_a_model_are_checked(make: Make) -> None:
    scenario = make(context="A bridge is here.")
    good = Rewrite(context="Here is that bridge.", question="What next?")
    bad = Rewrite(context="Here are 3 bridges.", question="What next?")
    written = [
        *(Written(good, 5), Written(bad, 6), Written(good, 7), Written(OTHER, 8)),
        Written(None, 9, "it timed out"),
    ]
    found = reworded(scenario, [OTHER], written)
    assert [(one.name, one.seed) for one in found.found] == [("shipped-1", None), ("model-5", 5)]
    assert found.found[1].scenario == scenario.model_copy(update=dict(good))
    assert found.rejected == (
        "seed 6: the number 3 is new",
        "seed 7: it is another rewrite",
        "seed 8: it is another rewrite",
        "seed 9: it timed out",
    )
