"""The outermost layer around every request: its id, how many bytes it may bring, and the last word when all fails.

Belongs here: what holds for every route alike. Does not: what a route reads or answers.

It speaks plain ASGI, so bodies pass through piece by piece: a body that is too long is refused when the limit is
reached, not when it has arrived, and all that is in flight together stays within a budget.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from refpipe.api.micro_batches import BusyError
from refpipe.api.problems import RETRY_SOON_S, TooLargeError, response_of

_log = logging.getLogger(__name__)
_PROBES = ("/healthz", "/readyz")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
ID_HEADER = "X-Request-ID"
_POURED_AWAY_BYTES, _POURING_S = 16 * 2**20, 2.0


@dataclass(slots=True)
class BodyLimits:
    """Bytes of one request's body, and of all bodies that are in flight."""

    one_bytes: int
    all_bytes: int
    in_flight_bytes: int = field(default=0, init=False)


class RequestFrame:
    """ASGI middleware. An id that the caller gave is kept where it is harmless; the answer names it in any case."""

    def __init__(self, app: ASGIApp, *, limits: BodyLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get(ID_HEADER, "")
        request_id = given if _ID.fullmatch(given) else uuid4().hex
        scope["refpipe.request_id"] = request_id
        body = _CountedBody(receive, self._limits, announced=headers.get("content-length"))
        began, has_begun = time.monotonic(), False

        async def send_framed(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                _note(scope, request_id, message["status"], time.monotonic() - began)
                MutableHeaders(scope=message).update({ID_HEADER: request_id, "X-Content-Type-Options": "nosniff"})
            await send(message)

        try:
            await body.check_announced()
            await self._app(scope, body.receive, send_framed)
        except Exception as error:
            if has_begun:
                raise  # half an answer is out: the server ends the connection
            await response_of(error, request_id)(scope, receive, send_framed)
        finally:
            body.forget()


def _note(scope: Scope, request_id: str, status: int, spent_s: float) -> None:
    """One line a request; that of a probe only where it is asked for."""
    level = logging.DEBUG if scope["path"] in _PROBES else logging.INFO
    path = scope["path"].encode("unicode_escape").decode()
    _log.log(level, "request %s: %s %s %d, %.0f ms", request_id, scope["method"], path, status, 1000 * spent_s)


class _CountedBody:
    """One request's body while it comes in."""

    def __init__(self, receive: Receive, limits: BodyLimits, *, announced: str | None) -> None:
        self._receive = receive
        self._limits = limits
        self._announced = int(announced) if announced and announced.isascii() and announced.isdecimal() else 0
        self._bytes = 0

    async def check_announced(self) -> None:
        """Raises TooLargeError or BusyError before anything was read."""
        await self._check(self._announced)

    async def receive(self) -> Message:
        """The next message. Raises TooLargeError or BusyError as soon as a limit is passed."""
        message = await self._receive()
        if message["type"] == "http.request":
            length = len(message.get("body", b""))
            self._bytes += length
            self._limits.in_flight_bytes += length
            await self._check(0, has_more=message.get("more_body", False))
        return message

    def forget(self) -> None:
        """The request is over."""
        self._limits.in_flight_bytes -= self._bytes
        self._bytes = 0

    async def _check(self, more: int, *, has_more: bool = True) -> None:
        if self._bytes + more > self._limits.one_bytes:
            most_mib = self._limits.one_bytes / 2**20
            error: Exception = TooLargeError(
                f"has more than the {most_mib:.1f} MiB that one request may bring", field="body"
            )
        elif self._limits.in_flight_bytes + more > self._limits.all_bytes:
            error = BusyError("too many bytes are on their way already", retry_after_s=RETRY_SOON_S)
        else:
            return
        if has_more:
            await self._pour_away()
        raise error

    async def _pour_away(self) -> None:
        """Let the caller finish sending what is not much more: many listen for the answer only then."""
        left = _POURED_AWAY_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(_POURING_S):
                while left > 0:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return


async def until_gone(receive: Receive) -> None:
    """Return when the caller has gone away. Call it when the whole body was read."""
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()
