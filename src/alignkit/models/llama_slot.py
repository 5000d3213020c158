"""The engine's one slot, used so that an answer does not depend on what was asked before.

What a prompt shares with the last one is not evaluated again. On a quantised model that moves the
answer: the kernels for small batches round differently from those for large ones, and probabilities
were seen to differ by up to 0.04 between a prompt evaluated whole and the same prompt evaluated
behind a cached beginning. Measured with the engine's plain kernels (flash attention and repacked
weights off), batches of 8 and more tokens give the same bits however a prompt is cut. So no batch
of fewer than 16 tokens is ever evaluated here: the beginning is read anew where it would be.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from alignkit.models.llama_engine import BATCH, LlamaEngine
from alignkit.models.prefix_queue import Tokens, shared
from alignkit.schema import Usage

_SMALLEST = 16
"""Tokens of the smallest batch that is evaluated, where the prompt has as many."""
_LAST = 64
"""Where a prompt would end in a smaller batch, so many last tokens are evaluated as one."""


class Slot:
    """Runs completion requests on the engine, one at a time."""

    def __init__(self, engine: LlamaEngine, *, exact: bool) -> None:
        """Use `engine`; with `exact`, answers don't depend on what the slot held before."""
        self._engine = engine
        self._exact = exact
        self._held: Tokens | None = None
        """What the slot holds, where that is known."""
        self._drawn: Tokens | None = None
        """What it holds after an answer was drawn again: the last token was read by itself."""

    def run(
        self,
        tokens: Tokens,
        request: Mapping[str, Any],
        on_piece: Callable[[str], bool] | None = None,
    ) -> tuple[dict[str, Any], Usage]:
        """The engine's reply to `request` about the prompt `tokens`, and what it cost."""
        start = time.perf_counter()
        keep, cuts = self._plan(tokens)
        # Whatever happens now, do not believe the slot until it is done.
        self._held = self._drawn = None
        evaluated = 0
        for cut in cuts:
            warm = self._engine.complete(
                {"prompt": tokens[:cut], "n_predict": 0, "cache_prompt": keep}
            )
            evaluated += warm["timings"]["prompt_n"]
            keep = True
        reply = self._engine.complete({"prompt": tokens, **request, "cache_prompt": keep}, on_piece)
        self._held = tokens
        return reply, _usage(reply, tokens, evaluated, start)

    def draw(self, tokens: Tokens, request: Mapping[str, Any]) -> tuple[dict[str, Any], Usage]:
        """The same for an answer by chance, which may come from what the slot holds.

        Drawn again from a prompt that is held, only its last token is read anew: chance moves an
        answer more than the rounding of a small batch. That token is not believed afterwards.
        """
        if tokens not in (self._held, self._drawn):
            return self.run(tokens, request)
        start = time.perf_counter()
        self._held = self._drawn = None
        reply = self._engine.complete({"prompt": tokens, **request, "cache_prompt": True})
        self._drawn = tokens
        return reply, _usage(reply, tokens, 0, start)

    def _plan(self, tokens: Tokens) -> tuple[bool, tuple[int, ...]]:
        """Whether to keep what is cached, and up to where to evaluate in a request of its own."""
        if not self._exact:
            return True, ()
        total = len(tokens)
        held = self._believed(tokens)
        left = total - min(shared(tokens, held or ()), total - 1)
        keep = held is not None and left >= min(_SMALLEST, total)
        if not keep:
            left = total
        odd = 0 < left % BATCH < _SMALLEST and left > BATCH
        return keep, (total - _LAST,) if odd else ()

    def _believed(self, tokens: Tokens) -> Tokens | None:
        """What of the slot can be kept before `tokens`, where that is known."""
        drawn = self._drawn
        if drawn is None:
            return self._held
        # The engine keeps all that is equal; that may not be the token that was read by itself.
        return None if tokens[: len(drawn)] == drawn else drawn[:-1]


def _usage(reply: Mapping[str, Any], tokens: Tokens, before: int, start: float) -> Usage:
    """What `reply` cost, with `before` tokens evaluated in requests of their own."""
    timings = reply.get("timings", {})
    return Usage(
        tokens_submitted=len(tokens),
        tokens_evaluated=before + timings.get("prompt_n", 0),
        tokens_generated=timings.get("predicted_n", 0),
        calls=1,
        seconds=time.perf_counter() - start,
    )
