from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.errors import EngineFailed
from alignkit.models.prefix_queue import PrefixQueue, Tokens, shared

prompts = st.lists(st.integers(0, 2), max_size=6).map(tuple)


class Engine:
    """Holds the last prompt and counts the tokens that had to be evaluated anew."""

    def __init__(self) -> None:
        self.held: Tokens = ()
        self.evaluated = 0
        self.order: list[Tokens] = []
        self.threads: set[int] = set()

    def job(self, tokens: Tokens) -> tuple[Tokens, Callable[[], Tokens]]:
        """A job that evaluates `tokens`."""

        def work() -> Tokens:
            self.threads.add(threading.get_ident())
            self.evaluated += len(tokens) - shared(tokens, self.held)
            self.held = tokens
            self.order.append(tokens)
            return tokens

        return tokens, work


class Gate:
    """A job that holds up the queue until it is opened."""

    def __init__(self, tokens: Tokens = ()) -> None:
        self._reached = threading.Event()
        self._opened = threading.Event()
        self.job = (tokens, self._wait)

    def _wait(self) -> None:
        self._reached.set()
        assert self._opened.wait(10)

    async def reached(self) -> None:
        """Until the queue stands at the gate."""
        assert await asyncio.to_thread(self._reached.wait, 10)

    def open(self) -> None:
        """Let the queue go on."""
        self._opened.set()


@pytest.fixture
async def queue() -> AsyncIterator[PrefixQueue]:
    queue = PrefixQueue()
    yield queue
    await asyncio.to_thread(queue.close)


def prefix_tree(sets: list[Tokens]) -> int:
    """Number of nodes of the prefix tree: tokens that some prompt needs, each counted once."""
    return len({tokens[:end] for tokens in sets for end in range(1, len(tokens) + 1)})


@pytest.mark.parametrize(
    ("a", "b", "common"),
    [((), (), 0), ((1,), (), 0), ((1, 2), (1, 2), 2), ((1, 2, 3), (1, 2), 2), ((1, 2), (2, 2), 0)],
)
def test_what_two_prompts_share(a: Tokens, b: Tokens, common: int) -> None:
    assert shared(a, b) == shared(b, a) == common


@settings(deadline=None)
@given(st.lists(prompts, max_size=12))
async def test_every_token_of_the_prefix_tree_is_evaluated_once(sets: list[Tokens]) -> None:
    queue, engine = PrefixQueue(), Engine()
    found = await queue.run_all([engine.job(tokens) for tokens in sets])
    queue.close()
    assert found == sets
    assert sorted(engine.order) == sorted(sets)
    assert engine.evaluated == prefix_tree(sets)


@settings(deadline=None, max_examples=50)
@given(prompts, st.lists(st.lists(prompts, min_size=1, max_size=5), min_size=2, max_size=4))
async def test_askers_share_what_their_prompts_have_in_common(
    first: Tokens, askers: list[list[Tokens]]
) -> None:
    queue, engine, gate = PrefixQueue(), Engine(), Gate(first)
    engine.held, engine.evaluated = first, len(first)
    waiting = [asyncio.create_task(queue.run_all([gate.job]))]
    await gate.reached()
    for sets in askers:
        jobs = [engine.job(tokens) for tokens in sets]
        waiting.append(asyncio.create_task(queue.run_all(jobs)))
    await asyncio.sleep(0)
    gate.open()
    found = await asyncio.gather(*waiting)
    queue.close()
    assert found[1:] == askers
    assert engine.evaluated == prefix_tree([first, *(one for sets in askers for one in sets)])


async def test_all_work_is_done_on_one_other_thread(queue: PrefixQueue) -> None:
    engine = Engine()
    await queue.run_all([engine.job((n,)) for n in range(5)])
    await queue.run_all([engine.job((9,))])
    assert len(engine.threads) == 1
    assert threading.get_ident() not in engine.threads


async def test_results_come_in_the_order_of_the_jobs(queue: PrefixQueue) -> None:
    given = [(3, 1), (1, 2), (3,), (1,), (1, 2)]
    assert await queue.run_all([Engine().job(tokens) for tokens in given]) == given
    assert await queue.run_all([]) == []


async def test_an_error_reaches_the_one_who_asked_and_nobody_else(queue: PrefixQueue) -> None:
    def broken() -> None:
        raise EngineFailed("It broke.")

    engine, gate = Engine(), Gate()
    held_up = asyncio.create_task(queue.run_all([gate.job]))
    await gate.reached()
    failing = asyncio.create_task(queue.run_all([((1,), broken), engine.job((2,))]))
    fine = asyncio.create_task(queue.run_all([engine.job((3,))]))
    await asyncio.sleep(0)
    gate.open()
    with pytest.raises(EngineFailed, match="It broke"):
        await failing
    assert await fine == [(3,)]
    await held_up
    assert await queue.run_all([engine.job((4,))]) == [(4,)]


async def test_after_an_error_the_other_jobs_of_the_call_are_given_up(queue: PrefixQueue) -> None:
    def broken() -> None:
        raise EngineFailed("It broke.")

    done = []
    gate = Gate((2,))
    jobs = [((1,), broken), gate.job, ((3,), lambda: done.append(3))]
    waiting = asyncio.create_task(queue.run_all(jobs))
    with pytest.raises(EngineFailed):
        await waiting
    gate.open()
    assert await queue.run_all([((4,), lambda: done.append(4))]) == [None]
    assert done == [4]


async def test_a_call_that_is_cancelled_leaves_nothing_behind(queue: PrefixQueue) -> None:
    engine, gate = Engine(), Gate()
    held_up = asyncio.create_task(queue.run_all([gate.job]))
    await gate.reached()
    given_up = asyncio.create_task(queue.run_all([engine.job((1,)), engine.job((2,))]))
    kept = asyncio.create_task(queue.run_all([engine.job((3,))]))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    gate.open()
    assert await kept == [(3,)]
    await held_up
    assert engine.order == [(3,)]


async def test_a_cancelled_prompt_does_not_lead_the_way(queue: PrefixQueue) -> None:
    engine, gate = Engine(), Gate((1, 1))
    held_up = asyncio.create_task(queue.run_all([gate.job]))
    await gate.reached()
    kept = asyncio.create_task(queue.run_all([engine.job((0, 5)), engine.job((1, 7))]))
    given_up = asyncio.create_task(queue.run_all([engine.job((1, 1, 0)), engine.job((0, 5, 5))]))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(held_up, kept)
    assert engine.order == [(1, 7), (0, 5)]


async def test_cancelling_while_the_work_is_done_drops_its_result(queue: PrefixQueue) -> None:
    gate = Gate()
    waiting = asyncio.create_task(queue.run_all([gate.job]))
    await gate.reached()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.open()
    assert await queue.run_all([Engine().job((1,))]) == [(1,)]


async def test_closing_waits_for_the_job_at_hand_and_cancels_the_rest() -> None:
    queue, engine, gate = PrefixQueue(), Engine(), Gate()
    at_hand = asyncio.create_task(queue.run_all([gate.job]))
    await gate.reached()
    rest = asyncio.create_task(queue.run_all([engine.job((1,))]))
    await asyncio.sleep(0)
    closing = asyncio.create_task(asyncio.to_thread(queue.close))
    await asyncio.sleep(0.02)
    assert not closing.done()
    gate.open()
    await closing
    assert await at_hand == [None]
    with pytest.raises(asyncio.CancelledError):
        await rest
    assert engine.order == []


async def test_a_closed_queue_says_so_and_can_be_closed_again() -> None:
    queue = PrefixQueue()
    queue.close()
    queue.close()
    with pytest.raises(EngineFailed, match="closed"):
        await queue.run_all([Engine().job((1,))])


async def test_work_may_close_its_own_queue() -> None:
    queue = PrefixQueue()
    assert await queue.run_all([((), queue.close)]) == [None]
    with pytest.raises(EngineFailed):
        await queue.run_all([Engine().job((1,))])


@pytest.mark.parametrize("fails", [True, False])
def test_an_asker_whose_loop_has_ended_does_no_harm(fails: bool) -> None:  # noqa: FBT001
    queue, gate = PrefixQueue(), Gate()

    def last() -> None:
        gate._wait()
        if fails:
            raise EngineFailed("It broke.")

    async def leave() -> None:
        asking = asyncio.create_task(queue.run_all([((), last), ((1,), lambda: None)]))
        await gate.reached()
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking

    asyncio.run(leave())
    gate.open()
    assert asyncio.run(queue.run_all([Engine().job((2,))])) == [(2,)]
    queue.close()


def test_closing_when_the_loops_of_all_who_wait_have_ended_does_no_harm() -> None:
    queue, gate = PrefixQueue(), Gate()

    async def leave() -> None:
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(queue.run_all([gate.job, ((1,), lambda: None)]))]
        await gate.reached()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(leave())
    closing = threading.Thread(target=queue.close)
    closing.start()
    gate.open()
    closing.join(10)
    assert not closing.is_alive()
    assert not queue._thread.is_alive()
