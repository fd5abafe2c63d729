"""Vectors of what pictures are compared with, made once and remembered.

Belongs here: which are missing, keeping them, their precision. Does not: which picture is a standard (services).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from refpipe.api.engine import AnalysisEngine
from refpipe.api.picture_desk import PictureDesk
from refpipe.domain.errors import NotFoundError, PermanentFailureError, RefusedInputError
from refpipe.domain.vectors import Vector

_KEPT = 4096
"""At 1,024 numbers each these are 16 MiB."""


def as_kept(vector: Vector) -> Vector:
    """A vector as the store of vectors gives it back, in half precision: so the gate finds the same cosine."""
    return vector.astype(np.float16).astype(np.float32)


class StandardVectors:
    """Belongs to the event loop that it is asked in."""

    def __init__(self, engine: AnalysisEngine, desk: PictureDesk) -> None:
        self._engine, self._desk = engine, desk
        self._kept: OrderedDict[str, Vector] = OrderedDict()

    async def __call__(self, sha256s: Sequence[str]) -> dict[str, Vector | Exception]:
        """One answer each. Raises BusyError, and errors that concern all."""
        wanted = list(dict.fromkeys(sha256s))
        answers: dict[str, Vector | Exception] = {each: self._kept[each] for each in wanted if each in self._kept}
        missing = [sha256 for sha256 in wanted if sha256 not in answers]
        at_once = self._engine.limits.max_batch
        for start in range(0, len(missing), at_once):
            answers |= await self._made(missing[start : start + at_once])
        for sha256, answer in answers.items():
            if not isinstance(answer, Exception):
                self._kept[sha256] = answer
                self._kept.move_to_end(sha256)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return answers

    async def _made(self, sha256s: Sequence[str]) -> dict[str, Vector | Exception]:
        read = await asyncio.to_thread(lambda: {sha256: self._read(sha256) for sha256 in sha256s})
        unread: dict[str, Vector | Exception] = {
            sha256: found for sha256, found in read.items() if isinstance(found, Exception)
        }
        pictures = {sha256: found for sha256, found in read.items() if isinstance(found, bytes)}
        seen = await self._engine.features(list(pictures.values()))
        made = {
            sha256: answer if isinstance(answer, Exception) else as_kept(answer)
            for sha256, answer in zip(pictures, seen, strict=True)
        }
        return unread | made

    def _read(self, sha256: str) -> bytes | Exception:
        try:
            return self._desk.bytes_of(sha256, self._engine.parts)
        except (NotFoundError, PermanentFailureError, RefusedInputError) as error:
            return error
