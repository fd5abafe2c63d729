"""Make one shot of a set: made, shown in the gallery, judged, and tried again as the ladder says.

Belongs here: the order of these steps and what of them outlives an error. Does not: how a generation comes
about (make_generation), how a picture is judged, what is tried next (domain.retries).

The ladder is walked from its foot each time. What was made and judged before is found in the rows, so that a
walk broken off anywhere goes on where it was, and one that has ended costs neither a picture nor a judgement.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol
from uuid import uuid4

from refpipe.domain.errors import RefpipeError, RefusedInputError
from refpipe.domain.gallery import GalleryImage, ImageStatus, Scores
from refpipe.domain.generation import ImageRequest, fingerprint
from refpipe.domain.ports import Database, ImageAttempt, ImageGenerator
from refpipe.domain.quality import FailureReason
from refpipe.domain.retries import DEFAULT_TRIES, Tried, best, next_request
from refpipe.domain.shot_uses import recommended_for, shot_type
from refpipe.domain.shots import Pack, ReferenceShot
from refpipe.domain.verdict import Verdict
from refpipe.services.generation_order import Made, NotMade, picture_order
from refpipe.services.generation_parts import Making, PictureFacts, name_cell
from refpipe.services.make_generation import MakeGeneration, Waiting
from refpipe.services.plan_reference_set import PlanReferenceSet, SetPlan


class ShotResult(StrEnum):
    """How a shot of a set came out."""

    GENERATED = "generated"
    FROM_LEDGER = "from_ledger"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotOutcome:
    """One finished shot. ``image`` is the cell's current picture, None when the shot failed; then ``reason`` says why.

    With an image ``reason`` says why the ladder could not be walked to its end, and is empty where it was.

    ``seconds`` is the time this shot took here, storing included. ``tried`` is the ladder that was walked, the
    first request first. A picture that did not pass is no failed shot: its status says so.
    """

    shot: str
    result: ShotResult
    image: GalleryImage | None
    seconds: float
    reason: str = ""
    tried: tuple[Tried, ...] = ()


class Judge(Protocol):
    """The gate: scores a gallery image, records the verdict with it and returns it.

    A picture that cannot be read has a verdict too; it raises only what would fail every picture alike.
    """

    def __call__(self, image: GalleryImage) -> Verdict: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeShot:
    """The use case. ``judge`` None: pictures stay unjudged, and nothing is tried again. ``tries``: at most so many.

    ``slot`` is held while the generator is at work: it lets as many in as the generator takes at once.
    """

    database: Database
    generator: ImageGenerator
    generations: MakeGeneration
    planner: PlanReferenceSet
    judge: Judge | None = None
    tries: int = DEFAULT_TRIES
    slot: AbstractContextManager[object] = field(default_factory=nullcontext)

    def __call__(self, plan: SetPlan, shot: ReferenceShot, *, waiting: Waiting | None = None) -> ShotOutcome:
        """The shot's outcome, recorded. Raises what would fail every shot alike."""
        began = time.monotonic()
        try:
            first = self.planner.shot(plan, shot).request
        except RefusedInputError as error:
            # a prompt template that cannot be filled concerns this shot only
            return _failed(shot, str(error), began)
        ladder = _Ladder(self, plan, shot, waiting)
        request: ImageRequest | None = first
        reason = ""
        while request is not None:
            why = ladder.climb(request)
            if why is not None and not ladder.tried:
                return _failed(shot, why, began)
            if why is not None:
                reason = f"another try failed: {why}"
                break  # what there is already is better than nothing
            request = next_request(first, ladder.tried, self.generator.capabilities, limit=self.tries)
        return ShotOutcome(
            shot=shot.slug,
            result=ShotResult.GENERATED if ladder.has_made else ShotResult.FROM_LEDGER,
            image=ladder.settle(),
            seconds=time.monotonic() - began,
            reason=reason,
            tried=tuple(ladder.tried),
        )


class _Ladder:
    """The rungs of one shot as they are climbed."""

    def __init__(self, use: MakeShot, plan: SetPlan, shot: ReferenceShot, waiting: Waiting | None) -> None:
        self._use, self._plan, self._shot, self._waiting = use, plan, shot, waiting
        self.tried: list[Tried] = []
        self._makings: dict[str, Making] = {}
        self._current: GalleryImage | None = None
        self.has_made = False

    def climb(self, request: ImageRequest) -> str | None:
        """Try one request and add it to ``tried``; None, or why there is no picture."""
        order = picture_order(self._plan.key.owner, request, self._use.generator)
        with self._use.slot:  # taken before the claim, so that nothing waits in the ledger as begun
            made = self._use.generations(order, waiting=self._waiting)
        if isinstance(made, NotMade):
            return made.reason
        self.has_made = self.has_made or made.is_new
        self._makings[order.fingerprint] = made.making
        try:
            self.tried.append(self._try(request, order.fingerprint, made))
        except RefpipeError:
            raise
        except Exception as error:  # noqa: BLE001 - a scorer's bug in one picture must not cost the others
            # the picture is kept and stays due: the next run judges it
            return f"made, but not judged: unexpected {type(error).__name__}: {error}"
        return None

    def settle(self) -> GalleryImage:
        """Make the best attempt the cell's current picture, if it is not already; the image as it is then."""
        chosen = best(self.tried)
        current = self._current or self._read()
        if current is not None and _shows(current, chosen.fingerprint, chosen.picture_sha256):
            return current
        return self._judged(self._show(chosen.request, self._makings[chosen.fingerprint]))[0]

    def _try(self, request: ImageRequest, mark: str, made: Made) -> Tried:
        sha256 = made.making.main.sha256
        twin = next((each for each in self.tried if each.picture_sha256 == sha256), None)
        if twin is not None:
            return replace(twin, request=request, fingerprint=mark, is_repeat=True)
        known = None if made.is_new else self._known(mark, sha256)
        if known is not None and self._stands(known):
            status, scores, reasons, by_person = known.status, known.scores, known.reasons, known.by_person
        else:
            image, reasons = self._judged(self._show(request, made.making))
            status, scores, by_person = image.status, image.scores, image.reviewed_by is not None
        return Tried(
            request=request,
            fingerprint=mark,
            picture_sha256=sha256,
            status=status,
            scores=scores,
            reasons=reasons,
            by_person=by_person,
        )

    def _known(self, mark: str, sha256: str) -> ImageAttempt | None:
        """The cell's attempt with this very picture, if it has or had it."""
        with self._use.database.transaction(self._plan.key.owner) as records:
            attempts = records.attempts.of_cell(self._plan.key, self._shot.slug)
        return next((each for each in attempts if (each.fingerprint, each.picture_sha256) == (mark, sha256)), None)

    def _read(self) -> GalleryImage | None:
        with self._use.database.transaction(self._plan.key.owner) as records:
            self._current = records.gallery.get(self._plan.key, self._shot.slug)
        return self._current

    def _stands(self, known: ImageAttempt) -> bool:
        """Whether nothing is to be done about a picture that the cell has or had."""
        if not known.is_current:
            return self._use.judge is not None and known.status is not ImageStatus.PENDING
        current = self._read()
        return current is not None and (self._use.judge is None or not current.review_due)

    def _show(self, request: ImageRequest, making: Making) -> GalleryImage:
        """The picture becomes the cell's current one, to be judged; one that is so already keeps its review."""
        with self._use.database.transaction(self._plan.key.owner) as records:
            name_cell(making, self._plan.key, self._shot.slug, records.blobs)
            shown = records.gallery.get(self._plan.key, self._shot.slug)
            if shown is None or not _shows(shown, fingerprint(request), making.main.sha256):
                shown = records.gallery.put(_gallery_image(self._plan, self._shot, request, making))
        self._current = shown
        return shown

    def _judged(self, image: GalleryImage) -> tuple[GalleryImage, tuple[FailureReason, ...]]:
        """The image as the gate leaves it, and why it did not pass."""
        if self._use.judge is None:
            return image, ()
        if not image.review_due:
            known = self._known(image.fingerprint, image.picture_sha256)
            return image, known.reasons if known else ()
        verdict = self._use.judge(image)
        return self._read() or image, verdict.reasons


def _shows(image: GalleryImage, mark: str, sha256: str) -> bool:
    return (image.fingerprint, image.picture_sha256) == (mark, sha256)


def _failed(shot: ReferenceShot, reason: str, began: float) -> ShotOutcome:
    seconds = time.monotonic() - began
    return ShotOutcome(shot=shot.slug, result=ShotResult.FAILED, image=None, seconds=seconds, reason=reason)


def _gallery_image(plan: SetPlan, shot: ReferenceShot, request: ImageRequest, making: Making) -> GalleryImage:
    facts = PictureFacts.of(making)
    return GalleryImage(
        id=uuid4(),
        owner=plan.key.owner,
        character=plan.key.character,
        outfit=plan.key.outfit,
        shot=shot.slug,
        shot_version=shot.version,
        fingerprint=fingerprint(request),
        picture_sha256=making.main.sha256,
        picture_bytes=making.main.size_bytes,
        width_px=facts.size.width_px,
        height_px=facts.size.height_px,
        camera=facts.camera,
        shot_type=shot_type(shot),
        status=ImageStatus.PENDING,
        scores=Scores(),
        is_core_reference=shot.pack is Pack.CORE,
        attempts=1,
        model=str(request.model),
        seed=request.seed,
        prompt=request.prompt or "",
        parents=tuple(reference.sha256 for reference in request.references),
        notes=facts.notes,
        review_due=True,
        recommended_for=recommended_for(shot),
        usage_reason=shot.when_to_use,
        tags=shot.tags,
    )
