"""Make a character's reference set, shot by shot.

Belongs here: the order of work for one set, and how many shots are on their way. Does not: what happens to
one shot (make_shot).

A generator says how many requests it is worth having in hand at once. One shot more is on its way, so that a
picture is judged while the generator is at work on others; outcomes are yielded in the order of the shots.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from threading import BoundedSemaphore
from typing import Any

from refpipe.domain.generation import Size
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ledger import LedgerTerms
from refpipe.domain.ports import BlobStore, Database, Holders, ImageGenerator, Progress
from refpipe.domain.retries import DEFAULT_TRIES
from refpipe.domain.shots import ReferenceShot
from refpipe.services.make_generation import MakeGeneration
from refpipe.services.make_shot import Judge, MakeShot, ShotOutcome
from refpipe.services.plan_reference_set import PlanReferenceSet, SetPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReferenceSet:
    """The use case with its stores.

    ``seed`` None: each character's own; ``parameters`` go to the generator; ``judge`` and ``tries`` as in MakeShot.
    """

    database: Database
    blobs: BlobStore
    generator: ImageGenerator
    holders: Holders
    size: Size
    seed: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    terms: LedgerTerms = field(default_factory=LedgerTerms)
    judge: Judge | None = None
    tries: int = DEFAULT_TRIES

    def __call__(
        self,
        key: CharacterKey,
        shots: Sequence[ReferenceShot],
        *,
        seed: int | None = None,
        size: Size | None = None,
        progress: Progress | None = None,
    ) -> Generator[ShotOutcome, None, None]:
        """One outcome per shot, in the order given, each recorded before it is yielded.

        A shot that fails is an outcome, never an end. Raises NotFoundError or RefusedInputError before any
        work; StorageFullError or the database's error ends the work, with all earlier outcomes recorded.
        """
        return self._outcomes(self.planner(key, seed=seed, size=size), shots, progress)

    @property
    def planner(self) -> PlanReferenceSet:
        """Plans what this would ask of its generator."""
        return PlanReferenceSet(
            database=self.database,
            capabilities=self.generator.capabilities,
            size=self.size,
            seed=self.seed,
            parameters=self.parameters,
        )

    def _make_shot(self, slot: _Slots) -> MakeShot:
        return MakeShot(
            database=self.database,
            generator=self.generator,
            generations=MakeGeneration(
                database=self.database, blobs=self.blobs, holders=self.holders, terms=self.terms
            ),
            planner=self.planner,
            judge=self.judge,
            tries=self.tries,
            slot=slot,
        )

    def _outcomes(
        self, plan: SetPlan, shots: Sequence[ReferenceShot], progress: Progress | None
    ) -> Generator[ShotOutcome, None, None]:
        if progress:
            progress.started(len(shots), str(plan.key))
        try:
            for shot, outcome in self._in_order(plan, shots, progress):
                if progress:
                    progress.advanced(shot.slug, outcome.result)
                yield outcome
        finally:
            if progress:
                progress.finished()

    def _in_order(
        self, plan: SetPlan, shots: Sequence[ReferenceShot], progress: Progress | None
    ) -> Iterator[tuple[ReferenceShot, ShotOutcome]]:
        """Each shot with its outcome, a few on their way at once. On an error or when nobody asks any more,
        those not begun are dropped and those begun are waited for, so that nothing is left half recorded.
        """
        at_once = max(self.generator.capabilities.max_concurrency, 1)
        make = self._make_shot(_Slots(at_once))

        def one(shot: ReferenceShot) -> ShotOutcome:
            waiting = None if progress is None else partial(progress.waiting, shot.slug)
            return make(plan, shot, waiting=waiting)

        with ThreadPoolExecutor(at_once + 1, thread_name_prefix="shot") as pool:
            coming: deque[tuple[ReferenceShot, Future[ShotOutcome]]] = deque()
            waiting = iter(shots)
            try:
                # one more than there are threads, so that a slow shot at the head leaves none idle
                for shot in islice(waiting, at_once + 2):
                    coming.append((shot, pool.submit(one, shot)))
                while coming:
                    shot, outcome = coming.popleft()
                    done = outcome.result()
                    for following in islice(waiting, 1):
                        coming.append((following, pool.submit(one, following)))
                    yield shot, done
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


class _Slots:
    """The generator's slots, a context to hold one; nobody gets one any more once an error has come out of one."""

    def __init__(self, count: int) -> None:
        self._free = BoundedSemaphore(count)
        self._error: BaseException | None = None

    def __enter__(self) -> None:
        self._free.acquire()
        if self._error is not None:
            self._free.release()
            raise self._error

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        # what fails a shot alone is an outcome, not an error: this one would fail every shot alike
        self._error = self._error or error
        self._free.release()
