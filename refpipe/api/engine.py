"""What stands behind the verbs: models kept warm, one lane for the model that sees, one for measuring.

Belongs here: loading at the start, readiness, questions turned into work of a lane. Does
not: HTTP, bytes and hashes (picture_desk), what an answer means (domain).
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from refpipe.api.micro_batches import Lane
from refpipe.api.problems import NotReadyError
from refpipe.domain.consistency import Calibration
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.ports import BlobStore, Database, ImageScorer, PictureReader
from refpipe.domain.ports.vision import FeatureExtractor
from refpipe.domain.quality import Expected, Scored
from refpipe.domain.vectors import Vector, Vectors
from refpipe.domain.verdict import Thresholds

Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)
_LOADING_RETRY_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisParts:
    """What the service works with. ``calibration`` None: cosines of this model mean nothing yet."""

    extractor: FeatureExtractor
    scorer: ImageScorer
    reader: PictureReader
    database: Database
    blobs: BlobStore
    calibration: Calibration | None
    owner: str
    thresholds: Thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisLimits:
    """How much is taken at once. ``max_waiting`` counts pictures before each lane; ``max_wait_s`` is how long a lone
    picture waits for others.
    """

    max_file_bytes: int = 50 * 2**20
    beside_file_bytes: int = 4 * 2**20
    """What one request may bring besides one file of the greatest length."""
    in_flight_bytes: int = 512 * 2**20
    max_batch: int = 16
    max_wait_s: float = 0.005
    max_waiting: int = 256
    held_bytes: int = 256 * 2**20
    held_for_s: float = 3600.0
    measuring_threads: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))

    @property
    def max_request_bytes(self) -> int:
        """What one request may bring in all."""
        return self.max_file_bytes + self.beside_file_bytes


class Readiness(StrEnum):
    """How far the start has come."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Look:
    """One question to the model that sees: the picture's vector or, with ``is_patches``, those of its patches."""

    picture: bytes = field(repr=False)
    is_patches: bool = False
    mask_png: bytes | None = field(default=None, repr=False)


class AnalysisEngine:
    """Start it in the event loop that serves; its models are loaded in a thread meanwhile."""

    def __init__(
        self,
        load: Callable[[], AnalysisParts],
        limits: AnalysisLimits,
        *,
        on_failure: Callable[[BaseException], None] = lambda _: None,
    ) -> None:
        self._load, self._on_failure = load, on_failure
        self.limits = limits
        self.readiness = Readiness.LOADING
        self._parts: AnalysisParts | None = None
        self._loading: asyncio.Task[None] | None = None
        self._seeing: Lane[Look, Vectors] = Lane(
            lambda looks: see(self.parts.extractor, looks),
            name="seeing",
            max_batch=limits.max_batch,
            max_wait_s=limits.max_wait_s,
            max_waiting=limits.max_waiting,
        )
        self._measuring: Lane[tuple[bytes, Expected], Scored] = Lane(
            lambda asked: [self.parts.scorer.score(*each) for each in asked],
            name="measuring",
            max_batch=1,
            max_wait_s=limits.max_wait_s,
            max_waiting=limits.max_waiting,
            threads=limits.measuring_threads,
        )

    @property
    def parts(self) -> AnalysisParts:
        """Raises NotReadyError until the models are loaded."""
        if self._parts is None:
            words = "models are being loaded" if self.readiness is Readiness.LOADING else "models could not be loaded"
            raise NotReadyError(words, retry_after_s=_LOADING_RETRY_S)
        return self._parts

    @property
    def waiting(self) -> int:
        """Pieces of work that nobody has begun."""
        return self._seeing.waiting + self._measuring.waiting

    async def start(self) -> None:
        """Open the lanes and begin to load; return at once."""
        await self._seeing.start()
        await self._measuring.start()
        self._loading = asyncio.create_task(self._load_parts(), name="loading")

    async def close(self) -> None:
        """Finish what is being worked on, give up the rest."""
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)
        await self._seeing.close()
        await self._measuring.close()

    async def _load_parts(self) -> None:
        try:
            self._parts = await asyncio.to_thread(self._load)
        except Exception as error:  # noqa: BLE001 - told by readiness, and to whoever runs the service
            self.readiness = Readiness.FAILED
            _log.exception("models could not be loaded")
            self._on_failure(error)
        else:
            self.readiness = Readiness.READY

    async def features(self, pictures: Sequence[bytes]) -> list[Vector | Exception]:
        """One answer a picture, in order. Raises BusyError."""
        return await self._seeing.submit([Look(picture) for picture in pictures])

    async def patches(self, pictures: Sequence[bytes], mask_png: bytes | None) -> list[Vectors | Exception]:
        """One answer a picture, in order. Raises BusyError."""
        return await self._seeing.submit([Look(each, is_patches=True, mask_png=mask_png) for each in pictures])

    async def score(self, picture: bytes, expected: Expected) -> Scored:
        """Raises BusyError, RefusedInputError."""
        return raised_or((await self._measuring.submit([(picture, expected)]))[0])


def see(extractor: FeatureExtractor, looks: Sequence[Look]) -> list[Vectors | Exception]:
    """Answers in order; whole pictures together, patches one by one. What cannot be read fails alone."""
    whole = [at for at, look in enumerate(looks) if not look.is_patches]
    vectors = extractor.features([looks[at].picture for at in whole]) if whole else ()
    answers: dict[int, Vectors | Exception] = dict(zip(whole, vectors, strict=True))
    for at, look in enumerate(looks):
        if look.is_patches:
            try:
                answers[at] = extractor.patches(look.picture, look.mask_png)
            except RefusedInputError as error:
                answers[at] = error
    return [answers[at] for at in range(len(looks))]


def raised_or(answer: Answer | Exception) -> Answer:
    """The answer; raises it where it is an error."""
    if isinstance(answer, Exception):
        raise answer
    return answer
