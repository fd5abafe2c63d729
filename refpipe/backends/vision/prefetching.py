"""Batches of pictures, made ready while the model works on the batch before.

Belongs here: the order of work, and bad pictures in their places. Does not: decoding, models.

Pictures are taken from the iterable in the caller's own thread and decoded in a few others (decoding lets go of
Python's lock); never more than two batches are ahead, so that a library of any length needs little room.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

from refpipe.backends.vision.preparing import Preparation, prepare
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.vectors import Vector, Vectors

if TYPE_CHECKING:
    from torch import Tensor

_MOST_WORKERS = 16


def decoding_threads() -> int:
    """As many as there are cores for this process, sixteen at most."""
    return min(_MOST_WORKERS, len(os.sched_getaffinity(0)))


def vectors_in_order(
    pictures: Iterable[bytes],
    preparation: Preparation,
    encode: Callable[[Tensor], Vectors],
    *,
    batch: int,
    threads: int | None = None,
) -> Iterator[Vector | RefusedInputError]:
    """One answer a picture, in order: its vector, or why it cannot be read.

    ``encode`` gets uint8 (n, 3, height, width), 1 <= n <= batch, and gives (n, d).
    """
    import torch

    for made in prepared_batches(pictures, preparation, batch=batch, threads=threads):
        ready = [each for each in made if not isinstance(each, RefusedInputError)]
        vectors = iter(encode(torch.stack(ready)) if ready else ())
        for each in made:
            yield each if isinstance(each, RefusedInputError) else next(vectors)


def prepared_batches(
    pictures: Iterable[bytes], preparation: Preparation, *, batch: int, threads: int | None = None
) -> Iterator[Sequence[Tensor | RefusedInputError]]:
    """Up to ``batch`` pictures at a time, ready or refused; the next ones are being made ready meanwhile."""
    source = iter(pictures)
    ahead: deque[Future[Tensor | RefusedInputError]] = deque()
    pool = ThreadPoolExecutor(threads or decoding_threads(), thread_name_prefix="decode")

    def fill_up() -> None:
        for picture in islice(source, 2 * batch - len(ahead)):
            ahead.append(pool.submit(_prepared, picture, preparation))

    try:
        # the first batch is small, so that the model need not wait long for it
        take = max(1, batch // 4)
        fill_up()
        while ahead:
            taken = [ahead.popleft() for _ in range(min(take, len(ahead)))]
            take = batch
            fill_up()
            yield [each.result() for each in taken]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepared(picture: bytes, preparation: Preparation) -> Tensor | RefusedInputError:
    try:
        return prepare(picture, preparation)
    except RefusedInputError as error:
        return error
