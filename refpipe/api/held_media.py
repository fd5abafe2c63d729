"""Uploaded pictures, held for a while under their hash, so that several questions need one upload.

Belongs here: what is held, how long, how much. Does not: an owner's own pictures (blob store).

They lie in memory, within a limit, and go when they were not asked for in a while. Not in the blob store: they are
what a question is about, not part of anybody's library; there every one would be synced to disk and stay until a
sweep, and whoever may ask could fill the disk. A service that was restarted holds nothing, and says so: upload again.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock


@dataclass(frozen=True, slots=True)
class _Held:
    data: bytes = field(repr=False)
    asked_at: float


class HeldMedia:
    """Bytes by SHA-256. What was asked for longest ago goes first. Threads may share it."""

    def __init__(self, *, most_bytes: int, held_for_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_bytes, self.held_for_s, self._clock = most_bytes, held_for_s, clock
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def hold(self, sha256: str, data: bytes) -> bool:
        """Hold these bytes; False where they alone are more than may be held."""
        with self._lock:
            self._drop(sha256)
            if len(data) > self._most_bytes:
                return False
            self._held[sha256] = _Held(data, self._clock())
            self._bytes += len(data)
            self._make_room()
            return True

    def get(self, sha256: str) -> bytes | None:
        """The bytes, None when they are not held (any more). Being asked for lets them stay longer."""
        with self._lock:
            self._make_room()
            found = self._held.get(sha256)
            if found is None:
                return None
            self._held[sha256] = _Held(found.data, self._clock())
            self._held.move_to_end(sha256)
            return found.data

    def _make_room(self) -> None:
        oldest = self._clock() - self.held_for_s
        while self._held:
            sha256, first = next(iter(self._held.items()))
            if self._bytes <= self._most_bytes and first.asked_at > oldest:
                return
            self._drop(sha256)

    def _drop(self, sha256: str) -> None:
        gone = self._held.pop(sha256, None)
        if gone is not None:
            self._bytes -= len(gone.data)
