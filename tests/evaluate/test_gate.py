"""A gate does not pass because something broke."""

from __future__ import annotations

import numpy as np

from alignkit.evaluate.gate import checks
from alignkit.evaluate.missing import no_effect, no_loss
from alignkit.testing.runs import Pair, asked, made, steered_run

TRUTHS = {"a": {"care": 1.0}, "b": {"care": 0.0}}


def broken(name: str, profile: str, level: float, decider: str = "d") -> Pair:
    wish = {"care": level}
    return made(
        name, TRUTHS, None, outcome="failed", profile=profile, targets=wish, decider=decider
    )


def test_a_method_that_always_fails_does_not_pass() -> None:
    pairs = steered_run(np.random.default_rng(0), {"care": 0.9}, 100)
    assert all(one.passed for one in checks(pairs, {}, 0.3))
    for number in range(20):
        pairs += [
            broken(f"care {number}", f"care-{w}", v) for w, v in (("high", 1.0), ("low", 0.0))
        ]
    failures, whole, none = checks(pairs, {}, 0.3)
    assert (failures.kind, failures.state, failures.value) == ("failures", "failed", 40)
    assert whole.passed
    assert (none.about, none.state) == ("care by d · fake", "undecided")
    assert "did not fail" in none.why


def test_failed_decisions_can_be_allowed() -> None:
    pairs = [*steered_run(np.random.default_rng(0), {"care": 0.9}, 40), broken("x", "care-high", 1)]
    states = [checks(pairs, {}, 0.3, max_failed=most)[0].state for most in (0, 1)]
    assert states == ["failed", "passed"]


def test_an_attribute_without_true_values_is_undecided() -> None:
    pairs = steered_run(np.random.default_rng(0), {"care": 0.9}, 60)
    for name, level in (("calm-high", 1.0), ("calm-low", 0.0)):
        pairs.append(made("s", TRUTHS, "a", profile=name, targets={"calm": level}, decider="d"))
    states = {one.about.split(" by ")[0]: one.state for one in checks(pairs, {}, 0.3)}
    assert states == {"all decisions": "passed", "care": "passed", "calm": "undecided"}


def test_a_profile_of_several_wishes_is_judged_beside_a_sweep() -> None:
    pairs = steered_run(np.random.default_rng(0), {"care": 0.9}, 60, plain=True)
    wish = {"care": 1.0, "calm": 0.5}
    pairs += [
        made(f"care {n}", pairs[3 * n][0].truths, "a", profile="both", targets=wish, decider="d")
        for n in range(60)
    ]
    found = {one.about.split(" by ")[0]: one.state for one in checks(pairs, {}, 0.3)}
    assert found["care"] == "passed"
    assert found["both"] != "passed"


def test_controls_lose_nothing() -> None:
    rng = np.random.default_rng(0)
    pairs = asked(rng, {None: 0.7, "care-high": 0.7}, 300)
    pairs += [
        (cell.model_copy(update={"profile": "care-high", "key": cell.key + "x"}), result)
        for cell, result in pairs
        if cell.profile is None
    ]
    losses = [one for one in checks(pairs, {}, None, 0.05) if one.kind == "loss"]
    assert [one.about for one in losses] == [
        "accuracy under care-high by comparative_regression · fake"
    ]


def test_what_is_missing_is_said_truly() -> None:
    rng = np.random.default_rng(0)
    plain = asked(rng, {None: 0.7}, 10)
    under = asked(rng, {"care-high": 0.7}, 10)
    steered = steered_run(rng, {"care": 0.5}, 10, levels=(1.0,))
    assert "no decision under a profile" in no_effect(plain, plain)
    assert "true values of what is wanted" in no_effect(under, plain)
    assert "no second level" in no_effect(steered, [])
    assert "question with a right answer" in no_loss(steered, plain, {})
    assert "plain model on the same questions" in no_loss(under, [], {})
    control = [(cell.model_copy(update={"decider": "random?x=1"}), r) for cell, r in under]
    assert "follows a profile" in no_loss(control, plain, {})
