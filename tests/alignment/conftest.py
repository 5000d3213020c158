"""Items and targets for tests of alignment functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from alignkit.alignment import Alignment, AlignmentSettings, Estimates
from alignkit.schema import LogitEffects, Target

Floats = npt.NDArray[np.float64]
PLAIN = AlignmentSettings()
URGENCY = "medical_urgency"

unit = st.floats(0, 1)
steps = st.integers(0, 20).map(lambda step: step / 20)
"""Levels that often are equal, and never nearly so."""
value_targets = st.builds(Target, value=unit, weight=st.floats(0.1, 10))
level_targets = (
    value_targets
    | st.tuples(steps, steps).map(lambda pair: Target(range=(min(pair), max(pair))))
    | st.lists(unit, min_size=1, max_size=5).map(lambda found: Target(samples=tuple(found)))
)
effects = st.builds(
    LogitEffects,
    weight=st.floats(-5, 5),
    intercept=st.floats(-5, 5),
    other_weight=st.floats(-5, 5),
    scale=st.tuples(unit, st.floats(0.1, 1)),
    other_scale=st.tuples(unit, st.floats(0.1, 1)),
)
logit_targets = st.builds(Target, logit=effects, weight=st.floats(0.1, 10))


def same(found: Any, expected: Any, tolerance: float = 1e-12) -> None:
    """Fails where two arrays differ by more than `tolerance` or in their shape."""
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def item(
    relevance: list[float] | None = None, sd: float = 0.0, **columns: list[float]
) -> Estimates:
    """Estimates by attribute, one level per choice, all equally sure."""
    means = np.array(list(columns.values()), dtype=np.float64).T
    relevant = None if relevance is None else np.array(relevance)
    return Estimates(tuple(columns), means, np.full_like(means, sd), relevant)


def shuffled(given: Estimates, order: list[int]) -> Estimates:
    """The same choices, listed in another order."""
    return Estimates(given.names, given.means[order], given.sds[order], given.relevance)


def chances(
    function: Alignment,
    given: Estimates,
    targets: dict[str, Target],
    settings: AlignmentSettings = PLAIN,
) -> Floats:
    """The probability of each choice."""
    return function.probabilities(function.costs(given, targets, settings, "key"), settings)


@st.composite
def items(
    draw: st.DrawFn, names: tuple[str, ...] = ("a", "b", URGENCY), n_choices: int | None = None
) -> Estimates:
    """Estimates with equal levels here and there, unsure or not, relevant or not."""
    rows = draw(st.integers(2, 4)) if n_choices is None else n_choices
    row = st.lists(steps, min_size=len(names), max_size=len(names))
    table = st.lists(row, min_size=rows, max_size=rows).map(np.array)
    relevance = draw(st.none() | row)
    means, sds = draw(table), draw(table) / 4
    return Estimates(names, means, sds, None if relevance is None else np.array(relevance))
