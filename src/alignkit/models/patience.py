"""How long a call that failed is worth asking again."""

from __future__ import annotations

import random

from alignkit.errors import BadModelOutput, ModelError
from alignkit.schema import Frozen


class Patience(Frozen):
    """How long a model is asked again."""

    tries: int = 6
    """Tries of one call, the first counted."""
    first_pause: float = 0.5
    """Seconds before the second try; each further pause is twice as long, up to the longest."""
    longest_pause: float = 30.0
    longest_wait: float = 300.0
    """Seconds that a service may ask to wait; one that asks for more counts as gone."""

    def pause(self, failed: int, rng: random.Random) -> float:
        """Seconds to wait after so many tries failed (1 or more), drawn from the upper half."""
        full = min(self.longest_pause, self.first_pause * 2.0 ** (failed - 1))
        return full * rng.uniform(0.5, 1.0)

    def wait(self, error: ModelError, failed: int, rng: random.Random) -> float | None:
        """Seconds before the next try after `error`, as late as the service says; None for none."""
        if not passing(error) or failed >= self.tries:
            return None
        if error.retry_after is None:
            return self.pause(failed, rng)
        return error.retry_after if error.retry_after <= self.longest_wait else None


def passing(error: ModelError) -> bool:
    """Whether the same call may succeed later; output that does not fit would come again."""
    return error.retryable and not isinstance(error, BadModelOutput)
