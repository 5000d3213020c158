from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alignkit.errors import UnknownName, UsageError
from alignkit.library import Library
from alignkit.stress import (
    KINDS,
    Circumstances,
    Rewrite,
    Variants,
    at_most,
    kinds_named,
    reordered,
    reworded,
    variants,
)

if TYPE_CHECKING:
    from tests.stress.conftest import Make

LIBRARY = Library()


def test_kinds_are_named_in_any_order_and_come_in_ours() -> None:
    assert kinds_named("steering, order,order") == ("order", "steering")
    assert kinds_named(",".join(KINDS)) == KINDS


def test_an_unknown_kind_is_told_with_what_comes_near() -> None:
    with pytest.raises(UnknownName, match=r"'steer' is not known\. Did you mean 'steering'\?"):
        kinds_named("order,steer")
    with pytest.raises(UsageError, match="No kind of change is named"):
        kinds_named(" , ")


@pytest.mark.parametrize("scenario", LIBRARY.scenarios.values(), ids=list(LIBRARY.scenarios))
def test_variants_of_shipped_scenarios_are_told_apart_and_always_the_same(scenario) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    wordings = reworded(scenario, [Rewrite(context="Other.", question="What?")])
    under = Circumstances(None, LIBRARY.attributes)
    made = variants(scenario, KINDS, under, wordings)
    assert tuple(made) == KINDS
    assert made["wording"] is wordings
    for kind, found in made.items():
        names = [one.name for one in found.found]
        assert len(set(names)) == len(names)
        assert all(one.kind == kind and one.scenario != scenario for one in found.found)
        assert all(set(one.scenario.choice_ids) == set(scenario.choice_ids) for one in found.found)
        assert all(one.scenario.id == scenario.id for one in found.found)
    assert variants(scenario, KINDS, under, wordings) == made


def test_of_many_variants_some_are_taken_evenly(make: Make) -> None:
    found = reordered(make(*"abcdefghijkl"))
    some = at_most(found, 4)
    assert [one.name for one in some.found] == [
        "reversed",
        "rotation-3",
        "rotation-6",
        "rotation-9",
    ]
    assert some.notes == ("4 of 12 variants tried",)
    assert at_most(found, 12) is found
    assert at_most(Variants(), 1) == Variants()
