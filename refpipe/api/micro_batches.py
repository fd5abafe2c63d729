"""Work of many requests brought together: what comes within a few milliseconds is done in one go.

Belongs here: waiting, batches, a full queue, what was cancelled, what fails alone. Does not: the work itself, HTTP.

While one batch is being worked on, the next one gathers; a lone piece of work waits ``max_wait_s`` at most. The work
runs in threads of the lane's own (one for a model), so the event loop stays free to receive. A lane belongs to the
event loop that it was started in.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from refpipe.domain.errors import RateLimitedError, RetryableFailureError

Given = TypeVar("Given")
Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)
_LEAST_RETRY_S, _MOST_RETRY_S = 1.0, 60.0
_NEW_RATE = 0.2
"""How much of the running average the newest batch is."""


class BusyError(RateLimitedError):
    """More work waits than may; nothing of this was begun. Try again after ``retry_after_s``."""

    code = "busy"


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Given, Answer]):
    """One piece of work that nobody has begun, and where its answer goes."""

    given: Given
    since: float
    answer: asyncio.Future[Answer] = field(repr=False)
    is_counted: bool = True


class Lane(Generic[Given, Answer]):
    """A queue before some work. ``work`` gets 1 to ``max_batch`` pieces and gives as many answers in order; an answer
    that is an exception is raised for its piece alone. Where ``work`` itself raises, each piece is tried by itself.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Given]], Sequence[Answer | Exception]],
        *,
        name: str,
        max_batch: int,
        max_wait_s: float,
        max_waiting: int,
        threads: int = 1,
    ) -> None:
        self._work = work
        self._name = name
        self._max_batch, self._max_wait_s, self._max_waiting = max_batch, max_wait_s, max_waiting
        self._threads = threads
        self._queue: asyncio.Queue[_Waiting[Given, Answer]] = asyncio.Queue()
        self._number_waiting = 0
        self._seconds_each = 0.0
        self._servers: list[asyncio.Task[None]] = []
        self._pool: ThreadPoolExecutor | None = None
        self._is_open = False

    @property
    def waiting(self) -> int:
        """Pieces that nobody has begun, those not counted whose request has gone away."""
        return self._number_waiting

    async def start(self) -> None:
        """Begin to serve. Call it in the event loop that ``submit`` will be called in."""
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
        self._servers = [asyncio.create_task(self._serve(), name=self._name) for _ in range(self._threads)]
        self._is_open = True

    async def close(self) -> None:
        """End what is being worked on, give up what waits: its requests get RetryableFailureError."""
        self._is_open = False
        for server in self._servers:
            server.cancel()
        await asyncio.gather(*self._servers, return_exceptions=True)
        while not self._queue.empty():
            self._begin(self._queue.get_nowait())
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await asyncio.to_thread(pool.shutdown)

    async def submit(self, pieces: Sequence[Given]) -> list[Answer | Exception]:
        """The answers, in order; an exception stands where one piece failed. All are taken, or none.

        Raises BusyError when more would wait than may; where nothing waits, even more than that is taken, since it
        would be too much at any time. Cancelled, what was not begun is dropped.
        """
        if not self._is_open:
            raise _stopping()
        if self._number_waiting and self._number_waiting + len(pieces) > self._max_waiting:
            raise BusyError("more work waits than may", retry_after_s=self._retry_after_s())
        loop = asyncio.get_running_loop()
        waiting = [_Waiting[Given, Answer](piece, loop.time(), loop.create_future()) for piece in pieces]
        for each in waiting:
            self._number_waiting += 1
            each.answer.add_done_callback(lambda _, each=each: self._uncount(each))  # type: ignore[misc]
            self._queue.put_nowait(each)
        answers = await asyncio.gather(*(each.answer for each in waiting), return_exceptions=True)
        return [_told_apart(answer) for answer in answers]

    async def _serve(self) -> None:
        while True:
            batch = await self._next_batch()
            if batch:
                await self._do(batch)

    async def _next_batch(self) -> list[_Waiting[Given, Answer]]:
        """The first one that comes, and who comes until the batch is full or the first has waited long enough."""
        first = await self._queue.get()
        batch = [first]
        try:
            async with asyncio.timeout_at(first.since + self._max_wait_s):
                while len(batch) < self._max_batch:
                    batch.append(await self._queue.get())
        except TimeoutError:
            while len(batch) < self._max_batch and not self._queue.empty():
                batch.append(self._queue.get_nowait())
        except asyncio.CancelledError:
            for each in batch:
                self._queue.put_nowait(each)
            raise
        return [each for each in batch if self._begin(each)]

    def _begin(self, each: _Waiting[Given, Answer]) -> bool:
        """Take it off the count; whether anybody still waits for it. While stopping it is given up."""
        self._uncount(each)
        if each.answer.done():
            return False
        if not self._is_open:
            each.answer.set_exception(_stopping())
        return self._is_open

    def _uncount(self, each: _Waiting[Given, Answer]) -> None:
        if each.is_counted:
            each.is_counted = False
            self._number_waiting -= 1

    async def _do(self, batch: list[_Waiting[Given, Answer]]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        done = loop.run_in_executor(self._pool, self._answers, [each.given for each in batch])
        try:
            answers = await asyncio.shield(done)
        except asyncio.CancelledError:
            # what is being worked on is finished for those who wait for it
            _hand_out(batch, await done)
            raise
        spent = (loop.time() - began) / len(batch)
        self._seconds_each += (spent - self._seconds_each) * (_NEW_RATE if self._seconds_each else 1.0)
        _hand_out(batch, answers)

    def _answers(self, given: Sequence[Given]) -> Sequence[Answer | Exception]:
        """In a thread of the lane's own."""
        try:
            return self._in_full(given)
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            if len(given) == 1:
                return [error]
            _log.warning("%s: a batch of %d failed (%r); each is tried by itself", self._name, len(given), error)
        answers: list[Answer | Exception] = []
        for each in given:
            try:
                answers += self._in_full([each])
            except Exception as error:  # noqa: BLE001 - handed to whoever asked
                answers.append(error)
        return answers

    def _in_full(self, given: Sequence[Given]) -> Sequence[Answer | Exception]:
        answers = self._work(given)
        if len(answers) != len(given):
            raise AssertionError(f"{self._name}: {len(answers)} answers to {len(given)} questions")
        return answers

    def _retry_after_s(self) -> float:
        """About how long it takes until half of what waits is done; whole seconds, as HTTP has them."""
        expected = self._number_waiting * self._seconds_each / (2 * self._threads)
        return float(math.ceil(min(max(expected, _LEAST_RETRY_S), _MOST_RETRY_S)))


def _stopping() -> RetryableFailureError:
    return RetryableFailureError("the service is being stopped")


def _hand_out(batch: Sequence[_Waiting[Given, Answer]], answers: Sequence[Answer | Exception]) -> None:
    for each, answer in zip(batch, answers, strict=True):
        if each.answer.done():
            continue  # its request has gone away meanwhile
        if isinstance(answer, Exception):
            each.answer.set_exception(answer)
        else:
            each.answer.set_result(answer)


def _told_apart(answer: Answer | BaseException) -> Answer | Exception:
    """An answer or an error of its own; what ends the task (a cancelling) is raised."""
    if isinstance(answer, BaseException) and not isinstance(answer, Exception):
        raise answer
    return answer
