"""Work of many requests is brought together, and each gets its own answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import pytest

from refpipe.api.micro_batches import BusyError, Lane
from refpipe.domain.errors import RefusedInputError, RetryableFailureError


class Doubling:
    """Doubles numbers. 13 breaks the whole batch, negative ones are refused by themselves; waits for its gate."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate, self.begun = threading.Event(), threading.Event()
        self.gate.set()

    def __call__(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(numbers))
        self.begun.set()
        assert self.gate.wait(10)
        if 13 in numbers:
            raise ZeroDivisionError("13")
        return [RefusedInputError("is negative") if number < 0 else 2 * number for number in numbers]


def run(
    test: Callable[[Lane[int, int]], Awaitable[None]],
    work: Doubling,
    *,
    max_waiting: int = 100,
    max_wait_s: float = 0.02,
) -> None:
    """The test within a lane that is started and closed."""

    async def within() -> None:
        lane = Lane(work, name="doubling", max_batch=4, max_wait_s=max_wait_s, max_waiting=max_waiting)
        await lane.start()
        try:
            await asyncio.wait_for(test(lane), 10)
        finally:
            work.gate.set()
            await lane.close()
        assert lane.waiting == 0

    asyncio.run(within())


async def blocked(lane: Lane[int, int], work: Doubling) -> asyncio.Task[list[int | Exception]]:
    """A lane whose thread is held up by a piece of work."""
    work.gate.clear()
    first = asyncio.create_task(lane.submit([100]))
    assert await asyncio.to_thread(work.begun.wait, 10)
    return first


def test_what_comes_at_once_is_done_together_and_everybody_gets_his_own() -> None:
    work = Doubling()

    async def test(lane: Lane[int, int]) -> None:
        answers = await asyncio.gather(*(lane.submit([number, number + 50]) for number in range(5)))
        assert answers == [[2 * number, 2 * number + 100] for number in range(5)]
        assert [len(batch) for batch in work.batches] == [4, 4, 2]

    run(test, work)


def test_a_full_batch_does_not_wait_and_a_lone_piece_only_so_long() -> None:
    work = Doubling()

    async def test(lane: Lane[int, int]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await lane.submit([1, 2, 3, 4])
        assert loop.time() - began < 0.4
        began = loop.time()
        await lane.submit([1])
        assert 0.4 < loop.time() - began < 5

    run(test, work, max_wait_s=0.5)


def test_what_breaks_a_batch_fails_alone() -> None:
    work = Doubling()

    async def test(lane: Lane[int, int]) -> None:
        one, poison, other = await asyncio.gather(lane.submit([1]), lane.submit([13]), lane.submit([-2, 3]))
        assert one == [2]
        assert isinstance(poison[0], ZeroDivisionError)
        assert isinstance(other[0], RefusedInputError)
        assert other[1] == 6
        assert work.batches[0] == [1, 13, -2, 3]

    run(test, work)


def test_more_than_may_wait_is_turned_away_whole_and_room_comes_back() -> None:
    work = Doubling()

    async def test(lane: Lane[int, int]) -> None:
        first = await blocked(lane, work)
        waiting = asyncio.create_task(lane.submit([1, 2]))
        await asyncio.sleep(0)
        assert lane.waiting == 2
        with pytest.raises(BusyError) as told:
            await lane.submit([3, 4])
        assert told.value.retry_after_s is not None
        assert told.value.retry_after_s >= 1
        assert lane.waiting == 2
        work.gate.set()
        assert await first == [200]
        assert await waiting == [2, 4]
        assert await lane.submit([3, 4]) == [6, 8]

    run(test, work, max_waiting=3)


def test_more_than_may_ever_wait_is_taken_when_nothing_waits() -> None:
    work = Doubling()

    async def test(lane: Lane[int, int]) -> None:
        assert await lane.submit([1, 2, 3]) == [2, 4, 6]

    run(test, work, max_waiting=2)


def test_what_was_cancelled_is_never_begun_and_makes_room_at_once() -> None:
    work = Doubling()

    async def test(lane: Lane[int, int]) -> None:
        first = await blocked(lane, work)
        gone = asyncio.create_task(lane.submit([7, 8]))
        stays = asyncio.create_task(lane.submit([9]))
        await asyncio.sleep(0)
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone
        assert lane.waiting == 1
        work.gate.set()
        assert await stays == [18]
        await first
        assert work.batches == [[100], [9]]

    run(test, work)


def test_closing_finishes_what_is_worked_on_and_gives_up_the_rest() -> None:
    work = Doubling()

    async def test(lane: Lane[int, int]) -> None:
        first = await blocked(lane, work)
        waiting = asyncio.create_task(lane.submit([1]))
        await asyncio.sleep(0)
        closing = asyncio.create_task(lane.close())
        await asyncio.sleep(0.01)
        work.gate.set()
        await closing
        assert await first == [200]
        assert isinstance((await waiting)[0], RetryableFailureError)
        with pytest.raises(RetryableFailureError):
            await lane.submit([1])

    run(test, work)


def test_a_work_that_loses_an_answer_is_an_error_for_those_who_asked() -> None:
    async def test() -> None:
        lane: Lane[int, int] = Lane(lambda given: [], name="lossy", max_batch=4, max_wait_s=0, max_waiting=4)
        await lane.start()
        answers = await lane.submit([1, 2])
        assert [type(answer) for answer in answers] == [AssertionError, AssertionError]
        await lane.close()

    asyncio.run(test())
