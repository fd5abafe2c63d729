"""Make a character's reference set: each shot from the ledger where it is known, else from the generator.

Belongs here: the order of work for one set and what of it outlives an error. Does not: how a picture is
made (generators) or judged (no gate yet: a new picture is *pending*, its scores unmeasured).

A generator says how many requests it is worth having in hand at once; that many shots are on their way
together, and their outcomes are yielded in the order of the shots.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any
from uuid import uuid4

from refpipe.domain.errors import NotSetUpError, RefpipeError, RefusedInputError, StorageFullError
from refpipe.domain.gallery import GalleryImage, ImageStatus, Scores
from refpipe.domain.generation import GeneratedImage, GenerationState, ImageRequest, Size, canonical
from refpipe.domain.keys import CharacterKey, generation_name
from refpipe.domain.ports import BlobStore, Database, GenerationRecord, ImageGenerator, Progress
from refpipe.domain.shot_uses import recommended_for, shot_type
from refpipe.domain.shots import Pack, ReferenceShot
from refpipe.services.generation_parts import MANIFEST, Making, find_making, name_making, store_making
from refpipe.services.plan_reference_set import PlannedShot, PlanReferenceSet, SetPlan


class ShotResult(StrEnum):
    """How a shot of a set came out."""

    GENERATED = "generated"
    FROM_LEDGER = "from_ledger"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotOutcome:
    """One finished shot. ``image`` is the cell's current picture, None when the shot failed; then ``reason`` says why.

    ``seconds`` is the time this shot took here, storing included.
    """

    shot: str
    result: ShotResult
    image: GalleryImage | None
    seconds: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReferenceSet:
    """The use case with its stores. ``seed`` None: each character's own; ``parameters`` go to the generator."""

    database: Database
    blobs: BlobStore
    generator: ImageGenerator
    size: Size
    seed: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

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

    def _outcomes(
        self, plan: SetPlan, shots: Sequence[ReferenceShot], progress: Progress | None
    ) -> Generator[ShotOutcome, None, None]:
        if progress:
            progress.started(len(shots), str(plan.key))
        try:
            for shot, outcome in self._in_order(plan, shots):
                if progress:
                    progress.advanced(shot.slug, outcome.result)
                yield outcome
        finally:
            if progress:
                progress.finished()

    def _in_order(self, plan: SetPlan, shots: Sequence[ReferenceShot]) -> Iterator[tuple[ReferenceShot, ShotOutcome]]:
        """Each shot with its outcome, a few on their way at once. On an error or when nobody asks any more,
        those not begun are dropped and those begun are waited for, so that nothing is left half recorded.
        """
        at_once = max(self.generator.capabilities.max_concurrency, 1)
        with ThreadPoolExecutor(at_once, thread_name_prefix="shot") as pool:
            coming: deque[tuple[ReferenceShot, Future[ShotOutcome]]] = deque()
            waiting = iter(shots)
            try:
                for shot in islice(waiting, at_once):
                    coming.append((shot, pool.submit(self._one, plan, shot)))
                while coming:
                    shot, outcome = coming.popleft()
                    done = outcome.result()
                    for following in islice(waiting, 1):
                        coming.append((following, pool.submit(self._one, plan, following)))
                    yield shot, done
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _one(self, plan: SetPlan, shot: ReferenceShot) -> ShotOutcome:
        began = time.monotonic()
        try:
            cell = self.planner.shot(plan, shot)
        except RefusedInputError as error:
            # a prompt template that cannot be filled concerns this shot only
            return _failed(shot, str(error), began)
        known, making = self._look_up(plan.key.owner, cell.fingerprint)
        result, attempt = ShotResult.FROM_LEDGER, known.attempt if known else 0
        if making is None:
            result, attempt = ShotResult.GENERATED, attempt + 1
            made = self._generate(cell.request)
            if isinstance(made, str):
                self._record_failure(plan, cell, attempt, made)
                return _failed(shot, made, began)
            making = store_making(made, self.blobs)
        image = self._record(plan, cell, attempt, making, is_new=result is ShotResult.GENERATED)
        return ShotOutcome(shot=shot.slug, result=result, image=image, seconds=time.monotonic() - began)

    def _look_up(self, owner: str, mark: str) -> tuple[GenerationRecord | None, Making | None]:
        with self.database.transaction(owner) as records:
            known = records.generations.find(mark)
            manifest = records.blobs.resolve(generation_name(mark, MANIFEST))
        if known is None or known.state is not GenerationState.SUCCEEDED or manifest is None:
            return known, None
        return known, find_making(manifest, self.blobs)

    def _generate(self, request: ImageRequest) -> GeneratedImage | str:
        """The picture, or the reason why there is none. What would fail every shot alike is raised."""
        try:
            return self.generator.generate(request)
        except (StorageFullError, NotSetUpError):
            raise
        except RefpipeError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - a renderer's bug in one shot must not cost the others
            return f"unexpected {type(error).__name__}: {error}"

    def _record_failure(self, plan: SetPlan, cell: PlannedShot, attempt: int, reason: str) -> None:
        with self.database.transaction(plan.key.owner) as records:
            records.generations.record(_record_of(plan, cell, attempt, error=reason))

    def _record(self, plan: SetPlan, cell: PlannedShot, attempt: int, making: Making, *, is_new: bool) -> GalleryImage:
        """Rows of one shot in one transaction; a cell that shows this very picture keeps its review."""
        with self.database.transaction(plan.key.owner) as records:
            current = records.gallery.get(plan.key, cell.shot.slug)
            if not is_new and current is not None and current.fingerprint == cell.fingerprint:
                return current
            name_making(making, plan.key, cell.shot.slug, cell.fingerprint, records.blobs)
            if is_new:
                cost_usd = self.generator.capabilities.price_usd
                records.generations.record(_record_of(plan, cell, attempt, making=making, cost_usd=cost_usd))
            shown = (current.fingerprint, current.picture_sha256) if current else None
            if current is not None and shown == (cell.fingerprint, making.picture.sha256):
                return current
            return records.gallery.put(_gallery_image(plan, cell, making))


def _failed(shot: ReferenceShot, reason: str, began: float) -> ShotOutcome:
    seconds = time.monotonic() - began
    return ShotOutcome(shot=shot.slug, result=ShotResult.FAILED, image=None, seconds=seconds, reason=reason)


def _record_of(
    plan: SetPlan,
    cell: PlannedShot,
    attempt: int,
    *,
    making: Making | None = None,
    cost_usd: float = 0.0,
    error: str | None = None,
) -> GenerationRecord:
    return GenerationRecord(
        fingerprint=cell.fingerprint,
        owner=plan.key.owner,
        role=cell.request.role,
        model=str(cell.request.model),
        state=GenerationState.SUCCEEDED if making else GenerationState.FAILED,
        attempt=attempt,
        blob_sha256=making.picture.sha256 if making else None,
        cost_usd=cost_usd,
        error=error,
        request=canonical(cell.request),
    )


def _gallery_image(plan: SetPlan, cell: PlannedShot, making: Making) -> GalleryImage:
    shot, request = cell.shot, cell.request
    return GalleryImage(
        id=uuid4(),
        owner=plan.key.owner,
        character=plan.key.character,
        outfit=plan.key.outfit,
        shot=shot.slug,
        shot_version=shot.version,
        fingerprint=cell.fingerprint,
        picture_sha256=making.picture.sha256,
        picture_bytes=making.picture.size_bytes,
        width_px=making.size.width_px,
        height_px=making.size.height_px,
        camera=making.camera,
        shot_type=shot_type(shot),
        status=ImageStatus.PENDING,
        scores=Scores(),
        is_core_reference=shot.pack is Pack.CORE,
        attempts=1,
        model=str(request.model),
        seed=request.seed,
        prompt=request.prompt or "",
        parents=tuple(reference.sha256 for reference in request.references),
        notes=making.notes,
        review_due=True,
        recommended_for=recommended_for(shot),
        usage_reason=shot.when_to_use,
        tags=shot.tags,
    )
