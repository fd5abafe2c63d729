"""Parts that kill their own process with -9 at a named point, and a database whose ledger has no fence.

Each wraps the real part; what it is asked it passes on unchanged. ``DEADLY_POINTS`` are the moments between two
durable steps of one generation, in their order.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, true

from refpipe.backends.database.ledger_tables import GenerationRow
from refpipe.backends.database.repositories.generations import PostgresGenerations
from refpipe.domain.generation import Capabilities, GeneratedImage, GenerationState, ImageRequest
from refpipe.domain.ledger import ENDED, Claim
from refpipe.domain.ports import BlobRef, BlobStore, Database, ImageGenerator

AFTER_CLAIM, AFTER_SUBMITTING = "after the claim", "after submitting is written"
AFTER_CALL, IN_BLOBS, AFTER_BLOBS = "after the call", "between two blobs", "after the blobs"
BEFORE_ROW, AFTER_ROW = "before the row is committed", "after the row"
DEADLY_POINTS = (AFTER_CLAIM, AFTER_SUBMITTING, AFTER_CALL, IN_BLOBS, AFTER_BLOBS, BEFORE_ROW, AFTER_ROW)

Die = Callable[[str], None]


def dies_at(point: str | None, *, after: int) -> Die:
    """Kills the process when the point is passed for the ``after``-th time."""
    passed = 0

    def die(here: str) -> None:
        nonlocal passed
        passed += here == point
        if here == point and passed >= after:
            os.kill(os.getpid(), signal.SIGKILL)

    return die


class DeadlyGenerator:
    """Dies after the call."""

    def __init__(self, generator: ImageGenerator, die: Die) -> None:
        self._generator, self._die = generator, die

    @property
    def capabilities(self) -> Capabilities:
        return self._generator.capabilities

    def generate(self, request: ImageRequest) -> GeneratedImage:
        made = self._generator.generate(request)
        self._die(AFTER_CALL)
        return made


class DeadlyBlobs:
    """Dies between two blobs, or when the manifest, the last of a generation, is stored."""

    def __init__(self, blobs: BlobStore, die: Die) -> None:
        self._blobs, self._die = blobs, die

    def put(self, data: bytes, media_type: str) -> BlobRef:
        stored = self._blobs.put(data, media_type)
        self._die(AFTER_BLOBS if b'"principal"' in data else IN_BLOBS)
        return stored

    def __getattr__(self, name: str) -> Any:
        return getattr(self._blobs, name)


class DeadlyDatabase:
    """Dies around the transactions in which the ledger is written. ``is_fenced`` False: without its fence."""

    def __init__(self, database: Database, die: Die, *, is_fenced: bool = True) -> None:
        self._database, self._die, self._is_fenced = database, die, is_fenced

    @contextmanager
    def transaction(self, owner: str) -> Iterator[Any]:
        with self._database.transaction(owner) as records:
            real: Any = records
            if not self._is_fenced:
                real.generations = UnfencedGenerations(real.generations._session, real.generations._owner)
            real.generations = watched = _WatchedLedger(real.generations)
            yield records
            if GenerationState.SUCCEEDED in watched.written:
                self._die(BEFORE_ROW)
        if watched.has_claimed:
            self._die(AFTER_CLAIM)
        if GenerationState.SUBMITTING in watched.written:
            self._die(AFTER_SUBMITTING)
        if GenerationState.SUCCEEDED in watched.written:
            self._die(AFTER_ROW)


class UnfencedGenerations(PostgresGenerations):
    """The same ledger with the fence taken out: whoever comes claims, and writes, whatever became of it meanwhile."""

    def _may_take(self, over_fence: int | None) -> ColumnElement[bool]:
        return GenerationRow.state.not_in(sorted(ENDED)) | super()._may_take(over_fence)

    def _is_mine(self, claim: Claim) -> ColumnElement[bool]:
        return true()

    def _may_become(self, state: GenerationState) -> ColumnElement[bool]:
        return true()


class _WatchedLedger:
    """Keeps what was claimed and written in one transaction."""

    def __init__(self, ledger: Any) -> None:
        self._ledger = ledger
        self.has_claimed = False
        self.written: list[GenerationState] = []

    def claim(self, *arguments: Any, **named: Any) -> Claim | None:
        held: Claim | None = self._ledger.claim(*arguments, **named)
        self.has_claimed = held is not None
        return held

    def advance(self, claim: Claim, state: GenerationState, **named: Any) -> Claim:
        held: Claim = self._ledger.advance(claim, state, **named)
        self.written.append(state)
        return held

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)
