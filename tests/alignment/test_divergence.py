from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.spatial.distance
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignkit.alignment.divergence import jensen_shannon
from alignkit.stats.probability import normalise

from .conftest import Floats

shares = st.just(0.0) | st.floats(1e-6, 1)
pairs = hnp.arrays(np.float64, (2, 4), elements=shares).filter(lambda p: p.sum(1).min() > 0)


def test_nothing_shared_is_1_and_everything_shared_is_0() -> None:
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1
    assert jensen_shannon(np.array([0.3, 0.7]), np.array([0.3, 0.7])) == 0


def test_half_shared_by_hand() -> None:
    # From (3/4, 1/4): log2(4/3) for the first, (log2(2/3) + log2 2) / 2 for the second.
    found = jensen_shannon(np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    bits = (math.log2(4 / 3) + (math.log2(2 / 3) + 1) / 2) / 2
    assert found == pytest.approx(math.sqrt(bits), abs=1e-12)


def test_the_smallest_number_above_0_does_no_harm() -> None:
    tiny = np.array([1.0, 5e-324])
    assert jensen_shannon(tiny, np.array([1.0, 0.0])) == 0


@given(pairs)
def test_it_is_scipys_distance_in_bits_and_symmetric(pair: Floats) -> None:
    one, two = normalise(pair)
    found = jensen_shannon(one, two)
    assert found == jensen_shannon(two, one)
    expected = scipy.spatial.distance.jensenshannon(one, two, base=2)
    # Below 1e-8 scipy's rounding goes under the root as well, and below 0 it answers nan.
    assert found == pytest.approx(0 if math.isnan(expected) else expected, abs=3e-8)
