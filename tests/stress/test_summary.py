from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from alignkit.schema import Decision
from alignkit.stats.intervals import clustered_mean, wilson
from alignkit.stress import Trial, Variant, figures, kind_figures, tried
from alignkit.stress.summary import stability

if TYPE_CHECKING:
    from tests.stress.conftest import Make

LEVEL = 0.95


def decision(choice: str | None, share: float = 0.8, outcome: str = "decided") -> Decision:
    """A decision on the scenario `s` with the choices `a` and `b`."""
    return Decision.model_validate(
        {
            "id": "d",
            "scenario": "s",
            "profile": "p",
            "decider": "x",
            "model": "fake",
            "outcome": outcome,
            "choice": choice,
            "probabilities": {} if outcome == "failed" else {"a": share, "b": 1 - share},
            "confidence": 0.5,
            "reason": None if choice else "why",
        }
    )


def trial(fate: str = "kept", **changes: Any) -> Trial:
    """A trial with this fate."""
    fields = {
        "scenario": "s",
        "kind": "steering",
        "variant": "v",
        "change": "c",
        "aim": None,
        "seed": None,
        "before": "a",
        "choice": "a",
        "probabilities": {},
        "distance": 0.1,
        "decision": "d",
        "reason": None,
    }
    return Trial.model_validate({**fields, "fate": fate, **changes})


@pytest.mark.parametrize(
    ("before", "after", "fate"),
    [
        (decision("a"), decision("a", 0.6), "kept"),
        (decision("a"), decision("b", 0.3), "changed"),
        (decision("a"), decision(None, 0.5, "escalated"), "escalated"),
        (decision("a"), decision(None, 0.5, "failed"), "failed"),
        (decision(None, 0.5, "escalated"), decision("a"), "released"),
        (decision(None, 0.5, "escalated"), decision(None, 0.6, "escalated"), "escalated"),
    ],
)
def test_the_fate_of_a_variant(before: Decision, after: Decision, fate: str, make: Make) -> None:
    found = tried(Variant("steering", "v", "c", make(), aim="b"), before, after)
    assert found.fate == fate
    assert found.counts == (before.outcome == "decided")
    if fate == "failed":
        assert found.distance is None
    else:
        shift = abs(before.probabilities["a"] - after.probabilities["a"])
        assert found.distance == pytest.approx(shift)


def test_the_distance_does_not_look_at_the_order(make: Make) -> None:
    turned = make(choices=make().choices[::-1])
    after = decision("a").model_copy(update={"probabilities": {"b": 0.2, "a": 0.8}})
    assert tried(Variant("order", "v", "c", turned), decision("a"), after).distance < 1e-9


def test_only_what_kept_its_choice_counts_as_kept() -> None:
    trials = [
        *(trial() for _ in range(5)),
        trial("changed", choice="b", distance=0.6),
        trial("escalated", choice=None, distance=0.3),
        trial("failed", choice=None, distance=None),
        *(trial("released", before=None), trial("escalated", before=None, choice=None)),
        trial("failed", before=None, choice=None, distance=None),
    ]
    found = figures(trials, LEVEL)
    assert (found.tried, found.kept, found.changed, found.escalated, found.failed) == (
        8,
        5,
        1,
        1,
        1,
    )
    assert (found.held, found.released, found.held_failed) == (3, 1, 1)
    assert found.stability is not None
    assert found.stability.share == 5 / 8
    assert found.mean_distance == pytest.approx((5 * 0.1 + 0.6 + 0.3 + 0.1 + 0.1) / 9)
    assert found.largest_distance == 0.6


def test_nothing_tried_has_no_stability() -> None:
    for trials in ([], [trial("released", before=None)]):
        assert figures(trials, LEVEL).stability is None
    assert figures([], LEVEL).mean_distance is None


def test_the_interval_of_one_scenario_is_wilsons() -> None:
    found = stability([*[trial()] * 7, *[trial("changed")] * 3], LEVEL)
    expected = wilson(7, 10, LEVEL)
    assert (found.low, found.high) == (expected.low, expected.high)


def test_the_interval_of_several_scenarios_is_clustered_and_no_narrower_than_wilsons() -> None:
    stable = [trial(scenario=name) for name in "abc" for _ in range(10)]
    shaken = [trial("changed", scenario=name) for name in "de" for _ in range(10)]
    found = stability([*stable, *shaken], LEVEL)
    kept = [1.0] * 30 + [0.0] * 20
    import numpy as np  # noqa: PLC0415

    names = np.array([name for name in "abcde" for _ in range(10)])
    clustered = clustered_mean(np.array(kept), names, LEVEL).interval
    assert found.low == max(clustered.low, 0)
    assert found.high == min(clustered.high, 1)
    single = wilson(30, 50, LEVEL)
    assert found.low < single.low < single.high < found.high
    alike = stability(stable, LEVEL)
    assert (alike.share, alike.low) == (1, wilson(30, 30, LEVEL).low)


def test_the_worst_changed_the_choice_before_it_moved_far() -> None:
    far = trial(variant="far", distance=0.9)
    changed = trial("changed", variant="changed", distance=0.2)
    failed = trial("failed", variant="failed", distance=None)
    found = kind_figures("steering", [far, changed, failed], LEVEL)
    assert found.worst == changed
    assert kind_figures("steering", [far, failed], LEVEL).worst == far
    assert kind_figures("steering", [failed], LEVEL).worst is None


def test_who_follows_is_counted_among_those_that_asked_for_something_else() -> None:
    trials = [
        trial(aim="a"),
        trial("changed", aim="b", choice="b"),
        trial(aim="b"),
        trial("changed", aim="c", choice="b"),
    ]
    found = kind_figures("steering", trials, LEVEL, ["why"], {"note": ["s"]})
    assert (found.aimed, found.followed) == (3, 1)
    assert (found.rejected, found.notes) == (("why",), {"note": ("s",)})
