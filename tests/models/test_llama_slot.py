from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.errors import EngineFailed
from alignkit.models.llama_engine import BATCH, LlamaEngine
from alignkit.models.llama_slot import Slot
from alignkit.models.prefix_queue import Tokens, shared

SMALLEST = 16


class Engine:
    """Evaluates as llama.cpp does: what the slot holds is kept, the rest goes in batches."""

    def __init__(self) -> None:
        self.held: Tokens = ()
        self.requests: list[dict[str, Any]] = []
        self.batches: list[int] = []
        self.sizes: list[int] = []
        """For each token that is held, the size of the batch in which it was read."""
        self.fail_at: int | None = None
        """Number of the request that breaks off, counted from 0."""

    def complete(
        self, request: Mapping[str, Any], on_piece: Callable[[str], None] | None = None
    ) -> dict[str, Any]:
        """The reply to `request`."""
        prompt: Tokens = request["prompt"]
        number = len(self.requests)
        self.requests.append(dict(request))
        kept = min(shared(prompt, self.held), len(prompt) - 1) if request["cache_prompt"] else 0
        if number == self.fail_at:
            self.held = prompt[: (kept + len(prompt)) // 2]
            self.sizes = [*self.sizes[:kept], *(1 for _ in self.held[kept:])]
            raise EngineFailed("It broke.")
        batches = [min(BATCH, len(prompt) - at) for at in range(kept, len(prompt), BATCH)]
        self.batches += batches
        self.sizes = [*self.sizes[:kept], *(size for size in batches for _ in range(size))]
        self.held = prompt
        if on_piece is not None:
            on_piece("piece")
        timings = {"prompt_n": len(prompt) - kept, "predicted_n": request.get("n_predict", 0)}
        return {"timings": timings, "choices": [{"text": "done"}]}

    @property
    def cuts(self) -> list[tuple[int, bool]]:
        """Length of each prompt that was sent, and whether what was held was kept."""
        return [(len(one["prompt"]), one["cache_prompt"]) for one in self.requests]


def slot(engine: Engine, *, exact: bool = True) -> Slot:
    """A slot on `engine`."""
    return Slot(cast("LlamaEngine", engine), exact=exact)


def prompt(*parts: int) -> Tokens:
    """As many tokens as the parts say; parts at the same place with the same sum are equal."""
    return tuple(place for place, count in enumerate(parts) for _ in range(count))


def after(first: Tokens, second: Tokens) -> Engine:
    """The engine after `second` was asked behind `first`, with only the second's requests."""
    engine = Engine()
    used = slot(engine)
    used.run(first, {"n_predict": 1})
    engine.requests.clear()
    engine.batches.clear()
    used.run(second, {"n_predict": 1})
    return engine


def test_nothing_is_believed_about_a_fresh_slot() -> None:
    engine = Engine()
    engine.held = prompt(100)
    slot(engine).run(prompt(101), {})
    assert engine.cuts == [(101, False)]


def test_what_is_shared_is_kept() -> None:
    engine = after(prompt(100, 50), prompt(100, 0, 16))
    assert engine.cuts == [(116, True)]
    assert engine.batches == [16]


@pytest.mark.parametrize("left", [1, 2, 15])
def test_the_beginning_is_read_anew_where_little_would_be_left(left: int) -> None:
    engine = after(prompt(100, 50), prompt(100, 0, left))
    assert engine.cuts == [(100 + left, False)]
    assert engine.batches == [100 + left]


def test_the_same_prompt_again_is_read_anew() -> None:
    engine = after(prompt(100), prompt(100))
    assert engine.batches == [100]


def test_a_prompt_shorter_than_the_smallest_batch_is_read_whole() -> None:
    assert after(prompt(100), prompt(0, 5)).cuts == [(5, True)]
    assert after(prompt(100), prompt(5)).cuts == [(5, False)]
    assert after(prompt(5), prompt(5)).batches == [5]
    assert after(prompt(1), prompt(1)).batches == [1]


@pytest.mark.parametrize(
    ("total", "cut"),
    [
        *((BATCH, False), (BATCH + 1, True), (BATCH + 15, True), (BATCH + 16, False)),
        *((2 * BATCH, False), (2 * BATCH + 1, True), (2 * BATCH + 16, False), (15, False)),
    ],
)
def test_a_long_prompt_with_a_short_last_batch_ends_in_one_of_64(total: int, cut: bool) -> None:  # noqa: FBT001
    engine = after(prompt(3), prompt(0, total))
    assert [length for length, _ in engine.cuts] == [total - 64, total] if cut else [total]
    assert engine.batches[-1] == (64 if cut else total % BATCH or BATCH)
    assert sum(engine.batches) == total


def test_both_can_happen_at_once() -> None:
    engine = after(prompt(BATCH + 5), prompt(BATCH + 5))
    assert engine.cuts == [(BATCH + 5 - 64, False), (BATCH + 5, True)]
    assert engine.batches == [BATCH + 5 - 64, 64]


def test_the_first_request_of_two_writes_nothing() -> None:
    engine = Engine()
    slot(engine).run(prompt(BATCH + 1), {"n_predict": 7, "seed": 3})
    assert [(one["n_predict"], one.get("seed")) for one in engine.requests] == [(0, None), (7, 3)]


def test_the_reply_and_its_cost_are_handed_over() -> None:
    engine, pieces = Engine(), list[str]()
    used = slot(engine)
    reply, usage = used.run(prompt(BATCH + 1), {"n_predict": 7}, pieces.append)
    assert reply["choices"][0]["text"] == "done"
    assert pieces == ["piece"]
    assert (usage.tokens_submitted, usage.tokens_generated, usage.calls) == (BATCH + 1, 7, 1)
    assert usage.tokens_evaluated == sum(engine.batches) == BATCH + 1
    assert usage.seconds >= 0


def test_a_reply_without_timings_costs_what_is_known() -> None:
    class Silent(Engine):
        def complete(self, request: Mapping[str, Any], on_piece: Any = None) -> dict[str, Any]:
            super().complete(request, on_piece)
            return {"choices": []}

    _, usage = slot(Silent()).run(prompt(20), {})
    assert (usage.tokens_submitted, usage.tokens_evaluated, usage.tokens_generated) == (20, 0, 0)


def test_without_exactness_all_that_is_shared_is_kept() -> None:
    engine = Engine()
    used = slot(engine, exact=False)
    for tokens in (prompt(BATCH + 1), prompt(BATCH + 2), prompt(BATCH + 2)):
        used.run(tokens, {})
    assert engine.cuts == [(BATCH + 1, True), (BATCH + 2, True), (BATCH + 2, True)]
    assert engine.batches == [BATCH, 1, 1, 1]


@pytest.mark.parametrize("fail_at", [1, 2])
def test_after_a_failure_the_slot_is_not_believed(fail_at: int) -> None:
    engine = Engine()
    used = slot(engine)
    used.run(prompt(600), {})
    engine.fail_at = fail_at
    with pytest.raises(EngineFailed):
        used.run(prompt(600 - BATCH, BATCH + 1), {})
    engine.fail_at = None
    engine.requests.clear()
    used.run(prompt(600), {})
    assert engine.cuts == [(600, False)]


steps = st.lists(
    st.tuples(st.integers(0, 1100), st.integers(0, 40) | st.integers(0, 1100), st.booleans()),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(steps)
def test_no_batch_is_ever_smaller_than_16_tokens(given: list[tuple[int, int, bool]]) -> None:
    engine = Engine()
    used = slot(engine)
    last: Tokens = ()
    for number, (kept, new, fails) in enumerate(given):
        tokens = (*last[:kept], *(1000 * number + n for n in range(new))) or (0,)
        engine.batches.clear()
        engine.fail_at = len(engine.requests) if fails else None
        try:
            _, usage = used.run(tokens, {"n_predict": 1})
        except EngineFailed:
            continue
        assert min(engine.batches) >= min(SMALLEST, len(tokens))
        assert usage.tokens_evaluated == sum(engine.batches)
        assert sum(engine.batches) <= len(tokens)
        last = tokens


def drawn(*prompts: Tokens) -> tuple[Engine, Slot]:
    """An engine and its slot after one answer was drawn from each of `prompts`."""
    engine = Engine()
    used = slot(engine)
    for tokens in prompts:
        used.draw(tokens, {"n_predict": 1})
    engine.requests.clear()
    engine.batches.clear()
    return engine, used


def test_the_first_draw_reads_the_prompt_as_an_answer_does() -> None:
    engine = Engine()
    slot(engine).draw(prompt(BATCH + 1), {"n_predict": 1, "seed": 3})
    assert engine.cuts == [(BATCH + 1 - 64, False), (BATCH + 1, True)]
    assert [one.get("seed") for one in engine.requests] == [None, 3]


def test_further_draws_read_only_the_last_token() -> None:
    engine, used = drawn(prompt(100))
    for seed in range(3):
        reply, usage = used.draw(prompt(100), {"n_predict": 1, "seed": seed})
        assert reply["choices"][0]["text"] == "done"
        assert (usage.tokens_submitted, usage.tokens_evaluated, usage.calls) == (100, 1, 1)
    assert engine.batches == [1, 1, 1]
    assert [one["seed"] for one in engine.requests] == [0, 1, 2]


def test_a_draw_behind_an_answer_to_the_same_prompt_reads_only_the_last_token() -> None:
    engine = Engine()
    used = slot(engine)
    used.run(prompt(100), {"n_predict": 1})
    used.draw(prompt(100), {"n_predict": 1})
    assert engine.batches == [100, 1]


def test_a_draw_from_another_prompt_is_read_as_an_answer_is() -> None:
    engine, used = drawn(prompt(100, 50), prompt(100, 50))
    used.draw(prompt(100, 0, 16), {"n_predict": 1})
    assert engine.batches == [16]


def test_an_answer_behind_draws_from_its_prompt_is_read_anew() -> None:
    engine, used = drawn(prompt(100), prompt(100))
    used.run(prompt(100), {"n_predict": 1})
    assert engine.cuts == [(100, False)]


def test_the_token_that_was_read_by_itself_is_not_kept() -> None:
    engine, used = drawn(prompt(100), prompt(100))
    used.run(prompt(100, 50), {"n_predict": 1})
    assert engine.cuts == [(150, False)]
    engine, used = drawn(prompt(100), prompt(100))
    used.run(prompt(99, 0, 50), {"n_predict": 1})
    assert engine.batches == [50]


def test_after_a_draw_that_failed_the_slot_is_not_believed() -> None:
    engine, used = drawn(prompt(100), prompt(100))
    engine.fail_at = 0
    with pytest.raises(EngineFailed):
        used.draw(prompt(100), {"n_predict": 1})
    engine.fail_at = None
    engine.requests.clear()
    used.draw(prompt(100), {"n_predict": 1})
    assert engine.cuts == [(100, False)]


mixed = st.lists(
    st.tuples(st.integers(16, 700), st.integers(0, 700), st.integers(0, 2), st.booleans()),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(mixed)
def test_what_an_answer_rests_on_was_never_read_in_a_small_batch(
    given: list[tuple[int, int, int, bool]],
) -> None:
    engine = Engine()
    used = slot(engine)
    last: Tokens = tuple(range(SMALLEST))
    for number, (kept, new, draws, fails) in enumerate(given):
        tokens = (*last[:kept], *(1000 * (number + 1) + n for n in range(new)))
        for _ in range(draws):
            used.draw(tokens, {"n_predict": 1})
        engine.fail_at = len(engine.requests) if fails else None
        try:
            used.run(tokens, {"n_predict": 1})
        except EngineFailed:
            last = tokens
            continue
        assert len(engine.sizes) == len(tokens)
        assert min(engine.sizes) >= SMALLEST
        for _ in range(draws):
            used.draw(tokens, {"n_predict": 1})
        last = tokens
