from __future__ import annotations

import pytest

from alignkit.errors import BadScenario, UsageError
from alignkit.examples import Pool

from .conftest import scenario

LABELLED = scenario("one")
HALF = scenario("two", values=(0.5, None))
PLAIN = scenario("three", values=(None, None))


def test_a_pool_keeps_scenarios_in_their_order() -> None:
    pool = Pool(iter([PLAIN, LABELLED]))
    assert list(pool) == [PLAIN, LABELLED]
    assert len(pool) == 2


def test_examples_have_a_value_for_every_choice() -> None:
    assert Pool([PLAIN, LABELLED, HALF]).for_attribute("care") == [LABELLED]


def test_no_example_is_told_with_what_there_is() -> None:
    with pytest.raises(BadScenario) as caught:
        Pool([LABELLED, HALF, PLAIN]).for_attribute("fairness")
    assert str(caught.value) == (
        "None of the 3 examples has a value of 'fairness' for every choice. "
        "Add it to the `values` of the choices; there are examples of: care."
    )


@pytest.mark.parametrize("scenarios", [[], [PLAIN], [HALF]])
def test_a_pool_without_any_label_says_so(scenarios: list[object]) -> None:
    with pytest.raises(BadScenario, match=r"none has any\.$"):
        Pool(scenarios).for_attribute("care")  # type: ignore[arg-type]


def test_too_few_are_told_with_their_number() -> None:
    pool = Pool([LABELLED, HALF, scenario("four")])
    assert len(pool.for_attribute("care", 2)) == 2
    with pytest.raises(UsageError) as caught:
        pool.for_attribute("care", 3)
    assert str(caught.value) == (
        "3 examples of 'care' are asked for, but only 2 of the 3 have a value of it for every "
        "choice. Set shots=2 or less, or add examples."
    )
