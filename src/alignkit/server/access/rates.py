"""How often a key may ask."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from alignkit.server.problems import Problem

_MINUTE = 60.0


@dataclass
class _Bucket:
    """What is left of a key's requests, and when that was."""

    left: float
    at: float


class Rates:
    """Counts requests by key: a minute's worth at once, then as they are allowed anew."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Tell the time with `clock`, in seconds."""
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: str, rate: int | None) -> None:
        """Count a request of `key`, which may send `rate` in a minute.

        Raises:
            Problem: it was one too many; says in how many seconds the next is let through.
        """
        if rate is None:
            return
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(rate, now))
        bucket.left = min(rate, bucket.left + (now - bucket.at) * rate / _MINUTE)
        bucket.at = now
        if bucket.left < 1:
            wait = max(1, math.ceil((1 - bucket.left) * _MINUTE / rate))
            raise Problem(
                429,
                f"This key may send {rate} requests a minute; try again in {wait} s.",
                code="rate_limit",
                headers={"retry-after": str(wait)},
            )
        bucket.left -= 1
