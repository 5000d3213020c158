from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as reference

from alignkit.stats.comparison import cluster_sums, sign_flips
from alignkit.stats.intervals import Interval, clopper_pearson, clustered_mean
from alignkit.stats.paired import (
    FEW,
    Comparison,
    McNemar,
    clustered_interval,
    compare_pairs,
    mcnemar,
    paired_interval,
)

Floats = npt.NDArray[np.float64]
CAVO = McNemar(both=59, only_a=6, only_b=16, neither=80)
"""Complete response before and after consolidation therapy (Cavo et al., 2012)."""
BENTUR = McNemar(both=1, only_a=1, only_b=7, neither=12)
"""Airway hyper-responsiveness before and after stem cell transplantation (Bentur et al., 2009)."""
counts = st.integers(0, 30)
tables = st.builds(McNemar, counts, counts, counts, st.integers(1, 30))


def compare(a: Any, b: Any, clusters: Any, **more: Any) -> Comparison:
    return compare_pairs(
        np.array(a, dtype=float),
        np.array(b, dtype=float),
        np.array(clusters),
        np.random.default_rng(5),
        **more,
    )


def test_published_tables() -> None:
    # Fagerland, Lydersen and Laake (2013, doi:10.1186/1471-2288-13-91; 2014, doi:10.1002/sim.6148;
    # 2017, chapter 8) give the exact p-values and Tango's intervals.
    assert CAVO.difference == pytest.approx(-0.0621, abs=5e-5)
    assert CAVO.p_value == pytest.approx(0.052479, abs=5e-7)
    assert CAVO.interval().low == pytest.approx(-0.1240, abs=5e-5)
    assert CAVO.interval().high == pytest.approx(-0.0054, abs=5e-5)
    assert BENTUR.p_value == pytest.approx(0.0703, abs=5e-5)
    assert BENTUR.interval().low == pytest.approx(-0.517, abs=5e-4)
    assert BENTUR.interval().high == pytest.approx(-0.026, abs=5e-4)


@given(tables)
def test_the_p_value_is_that_of_statsmodels(table: McNemar) -> None:
    cells = [[table.both, table.only_a], [table.only_b, table.neither]]
    if table.only_a + table.only_b:
        assert table.p_value == pytest.approx(reference(cells, exact=True).pvalue)
    else:
        assert table.p_value == 1


@given(tables, st.floats(0.5, 0.99))
def test_an_interval_holds_the_difference_and_has_some_width(table: McNemar, level: float) -> None:
    found = table.interval(level)
    assert -1 <= found.low < found.high <= 1
    assert found.low <= table.difference <= found.high
    mirrored = McNemar(table.both, table.only_b, table.only_a, table.neither).interval(level)
    assert (mirrored.low, mirrored.high) == (-found.high, -found.low)
    wider = table.interval((1 + level) / 2)
    assert wider.low <= found.low
    assert wider.high >= found.high


def test_an_interval_ends_where_the_score_test_would_reject() -> None:
    # The test of no difference is McNemar's without continuity correction: Z = -2.132, p = 0.033.
    level = 1 - 0.033006
    assert CAVO.interval(level).high == pytest.approx(0, abs=1e-5)


def test_tables_at_the_edge() -> None:
    nothing, all_gained = McNemar(0, 0, 0, 10), McNemar(0, 10, 0, 0)
    z = 1.959964
    assert nothing.interval().high == pytest.approx(z**2 / (10 + z**2), abs=1e-6)  # like Wilson's
    assert nothing.interval().low == -nothing.interval().high
    assert all_gained.interval().high == 1
    assert 0 < all_gained.interval().low < 1
    assert McNemar(0, 0, 10, 0).interval().low == -1


def test_pairs_are_counted() -> None:
    a = np.array([1, 1, 1, 0, 0, 0, 0], dtype=bool)
    b = np.array([1, 0, 0, 1, 0, 0, 0], dtype=bool)
    assert mcnemar(a, b) == McNemar(both=1, only_a=2, only_b=1, neither=3)
    assert mcnemar(a, b).items == 7
    with pytest.raises(ValueError, match=r"^7 results do not fit 6$"):
        mcnemar(a, b[:6])
    with pytest.raises(ValueError, match=r"^0 results do not fit 0$"):
        mcnemar(a[:0], b[:0])
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        CAVO.interval(1)


def test_marks_on_independent_items_are_compared_exactly() -> None:
    a, b = np.repeat([1, 1, 0, 0], [59, 6, 16, 80]), np.repeat([1, 0, 1, 0], [59, 6, 16, 80])
    found = compare(a, b, range(161))
    assert found == Comparison(
        difference=pytest.approx(CAVO.difference),  # type: ignore[arg-type]
        interval=CAVO.interval(),
        level=0.95,
        p_value=CAVO.p_value,
        items=161,
        clusters=161,
        method="mcnemar",
    )


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=12))
def test_the_exact_test_is_that_of_all_sign_flips(pairs: list[tuple[bool, bool]]) -> None:
    a, b = np.array(pairs, dtype=float).T
    flips = sign_flips(cluster_sums(a - b, np.arange(len(a))), np.random.default_rng(1))
    assert compare(a, b, range(len(a))).p_value == pytest.approx(flips)


def test_other_results_are_compared_by_clusters() -> None:
    a, b = [1, 1, 0, 1, 1, 0, 1, 1], [0, 1, 0, 0, 1, 0, 0, 1]
    labels = [0, 0, 1, 1, 2, 2, 3, 3]
    together = compare(a, b, labels)
    assert (together.method, together.items, together.clusters) == ("sign_flips", 8, 4)
    assert together.p_value == 2 / 8  # three clusters differ, all one way
    parts = compare([0.5, 0.9, 0.4], [0.1, 0.2, 0.3], [0, 1, 2], level=0.9)
    assert parts.method == "sign_flips"
    assert parts.difference == pytest.approx(0.4)
    assert parts.level == 0.9


def test_an_interval_of_many_differences_is_the_t_interval() -> None:
    rng = np.random.default_rng(2)
    values, labels = rng.uniform(-1, 1, 60), np.arange(60) // 2
    assert clustered_interval(values, labels) == clustered_mean(values, labels).interval
    costs = 100 * values
    assert clustered_interval(costs, labels, most=None) == clustered_mean(costs, labels).interval
    with pytest.raises(ValueError, match=r"^no difference can be larger than 1$"):
        clustered_interval(costs, labels)


def test_few_differences_reach_as_far_as_their_count_allows() -> None:
    values, labels = np.zeros(50), np.arange(50) // 2
    none = clopper_pearson(0, 25).high
    assert clustered_interval(values, labels) == Interval(-none, none)
    assert clustered_interval(values, labels, most=0.5) == Interval(-none / 2, none / 2)
    values[:4] = -1
    low = -clopper_pearson(2, 25).high
    assert clustered_interval(values, labels) == Interval(low, none)
    # A loss in one item of a cluster of two, balanced by a gain, is no difference of the cluster.
    values[:4] = [1, -1, 1, -1]
    assert clustered_interval(values, labels) == Interval(-none, none)


def test_care_ends_where_enough_clusters_differ() -> None:
    for differ, careful in ((FEW - 1, True), (FEW, False)):
        values = np.zeros(200)
        values[:differ] = -1.0
        plain = clustered_mean(values, np.arange(200)).interval
        assert (clustered_interval(values, np.arange(200)) != plain) is careful


def test_results_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^3 results do not fit 2$"):
        compare(np.ones(3), np.ones(2), range(3))
    with pytest.raises(ValueError, match=r"^3 values do not fit 2 cluster labels$"):
        compare(np.full(3, 0.5), np.ones(3), range(2))
    with pytest.raises(ValueError, match=r"^3 values do not fit 2 cluster labels$"):
        compare(np.ones(3), np.ones(3), range(2))
    with pytest.raises(ValueError, match=r"^an interval needs at least 2 clusters$"):
        compare(np.ones(3), np.ones(3), [0, 0, 0])
    with pytest.raises(ValueError, match=r"^an interval needs at least 2 clusters$"):
        paired_interval(np.ones(1), np.zeros(1), np.arange(1))
