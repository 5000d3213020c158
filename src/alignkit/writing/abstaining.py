"""Whether to say "I don't know": by the calibrated probability that the answer is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignkit.schema import Escalation
from alignkit.schema.abstention import Abstention
from alignkit.stats.calibration import StepMap, at_temperature, mapped


@dataclass(frozen=True)
class Worth:
    """What raw probabilities that an answer is right are worth."""

    temperature: float = 1.0
    steps: StepMap | None = None
    """Takes the place of the temperature."""

    def __call__(self, raw: float) -> float:
        """The calibrated probability, 0 to 1; it rises with `raw`."""
        pair = np.array([raw, 1 - raw])
        if self.steps is not None:
            return float(mapped(pair, self.steps)[0])
        return float(at_temperature(pair, self.temperature)[0])


def calibrated(probability: float, abstention: Abstention | None) -> float:
    """What the raw `probability` that an answer is right is worth; without examples itself."""
    if abstention is None:
        return probability
    steps = abstention.probabilities
    known = None if steps is None else StepMap(steps.raw, steps.probability)
    return Worth(abstention.temperature, known)(probability)


def reason_to_abstain(
    probability: float, wish: Escalation | None, abstention: Abstention | None
) -> str:
    """Why an answer that is right with the calibrated `probability` is not given; "" if it is.

    `wish` is what the profile says about escalating. With `min_confidence` the probability must be
    at least as far above one half (confidence is 2p - 1, as of a decision between two choices).
    With `error_rate` it must reach the threshold that was learned for this rate or a smaller one;
    where none was, nothing can be promised and no answer is given.
    """
    if wish is None:
        return ""
    if wish.rates is not None:
        return _against_the_rate(probability, *wish.rates, abstention)
    confidence, least = max(0.0, 2 * probability - 1), wish.min_confidence or 0.0
    return "" if confidence >= least else f"confidence {confidence:.2f} is below {least:g}"


def _against_the_rate(
    probability: float, error_rate: float, certainty: float, abstention: Abstention | None
) -> str:
    learned = abstention.threshold if abstention else None
    if learned is None or not learned.keeps(error_rate, certainty):
        return (
            f"the profile asks for an error rate of at most {error_rate:g}, which cannot be "
            "promised without labelled answers that show it"
        )
    if probability >= learned.probability:
        return ""
    return (
        f"the answer is right with probability {probability:.2f}, and from "
        f"{learned.probability:.2f} on at most {error_rate:g} are wrong"
    )
