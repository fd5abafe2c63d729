"""What a request works with, and that work ends when nobody waits for it.

Belongs here: what every verb of the analysis service shares. Does not: the verbs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request

from refpipe.api.bodies import SentFile
from refpipe.api.engine import AnalysisEngine
from refpipe.api.picture_desk import Admitted, PictureDesk
from refpipe.api.problems import InvalidRequestError
from refpipe.api.request_frame import until_gone
from refpipe.api.standard_vectors import StandardVectors
from refpipe.domain.errors import RefusedInputError

Answer = TypeVar("Answer")


class CallerGoneError(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """The engine, the desk with its held pictures, and remembered vectors of standards."""

    engine: AnalysisEngine
    desk: PictureDesk
    standards: StandardVectors

    async def pictures(self, hashes: Sequence[str], files: Sequence[SentFile]) -> list[Admitted | RefusedInputError]:
        """Those named, then those sent. Raises InvalidRequestError for none at all."""
        if not hashes and not files:
            raise InvalidRequestError([("picture", "is missing: name one that is held, or send a file")])
        return await asyncio.to_thread(self.desk.admit, hashes, files, self.engine.parts)

    async def picture(self, named: str | None, sent: SentFile | None, *, field: str = "picture") -> Admitted:
        """The one picture. Raises InvalidRequestError for none or two, RefusedInputError, MediaNotHeldError."""
        if (named is None) == (sent is None):
            said = "is missing: name one that is held, or send a file" if sent is None else "is both named and sent"
            raise InvalidRequestError([(field, said)])
        found = (await self.pictures([named] if named else [], [sent] if sent else []))[0]
        if isinstance(found, RefusedInputError):
            raise RefusedInputError(found.reason, field=field)
        return found

    async def guide(self, named: str | None, sent: SentFile | None, *, field: str) -> bytes | None:
        """Bytes of a guide, as they came. Raises InvalidRequestError for two, MediaNotHeldError."""
        if named is not None and sent is not None:
            raise InvalidRequestError([(field, "is both named and sent")])
        if named is not None:
            return await asyncio.to_thread(self.desk.bytes_of, named, self.engine.parts)
        return sent.data if sent is not None else None


def rooms_of(request: Request) -> Rooms:
    """Those of the app that serves the request."""
    rooms: Rooms = request.app.state.rooms
    return rooms


async def while_wanted(request: Request, work: Coroutine[Any, Any, Answer]) -> Answer:
    """The work's answer; it is cancelled when the caller goes away. The body must have been read.

    Raises CallerGoneError.
    """
    doing = asyncio.create_task(work)
    leaving = asyncio.create_task(until_gone(request.receive))
    try:
        await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        raise CallerGoneError
    finally:
        doing.cancel()
        leaving.cancel()
        await asyncio.gather(doing, leaving, return_exceptions=True)
