"""How often a key may ask."""

from __future__ import annotations

import pytest

from alignkit.server.access.rates import Rates
from alignkit.server.problems import Problem


def test_a_minutes_worth_at_once_then_as_time_allows() -> None:
    moment = [0.0]
    rates = Rates(lambda: moment[0])
    for _ in range(30):
        rates.take("ann", 30)
    with pytest.raises(Problem) as refused:
        rates.take("ann", 30)
    assert refused.value.headers == {"retry-after": "2"}
    moment[0] = 2.0
    rates.take("ann", 30)
    with pytest.raises(Problem):
        rates.take("ann", 30)
    moment[0] = 1000.0
    for _ in range(30):
        rates.take("ann", 30)
    with pytest.raises(Problem):
        rates.take("ann", 30)


def test_keys_do_not_count_for_each_other_and_some_have_no_limit() -> None:
    rates = Rates(lambda: 0.0)
    rates.take("ann", 1)
    rates.take("bo", 1)
    for _ in range(1000):
        rates.take("ida", None)
    with pytest.raises(Problem):
        rates.take("ann", 1)
