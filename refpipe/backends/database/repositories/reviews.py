"""An owner's verdicts: what waits for one, what the gate and people said.

Belongs here: verdicts added and read, images marked due. Does not: how a verdict is reached, pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from refpipe.backends.database.gallery_tables import SCORES, GalleryImageRow, ImageAttemptRow, VerdictRow
from refpipe.backends.database.repositories.gallery import GATE, UNJUDGED, PostgresGallery
from refpipe.backends.database.repositories.owner import Owner
from refpipe.backends.database.tables import CharacterRow, OutfitRow
from refpipe.domain.errors import NotFoundError
from refpipe.domain.gallery import GalleryImage, ImageStatus, Scores
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import PastVerdict
from refpipe.domain.verdict import Verdict, as_reasons


class PostgresReviews:
    """See the port ``Reviews``."""

    def __init__(self, session: Session, owner: Owner, gallery: PostgresGallery) -> None:
        self._session = session
        self._owner = owner
        self._gallery = gallery

    def due(self, key: CharacterKey | None = None) -> list[GalleryImage]:
        """In the order in which their cells were first filled."""
        return self._gallery.due(key)

    def record(self, image: GalleryImage, verdict: Verdict, *, notes: Sequence[str]) -> GalleryImage | None:
        """See ``Reviews``."""
        row = self._locked(image.id)
        attempt = self._session.get(ImageAttemptRow, row.current_attempt_id) if row.current_attempt_id else None
        if attempt is None or (attempt.fingerprint, attempt.picture_sha256) != (
            image.fingerprint,
            image.picture_sha256,
        ):
            return None
        self._add(
            attempt.id,
            verdict.status,
            judge=GATE,
            scores=verdict.scores,
            reasons=as_reasons(verdict),
            notes=verdict.sentences,
            thresholds=verdict.thresholds.as_fields(),
            parts=verdict.parts,
            scorer=verdict.scorer,
        )
        for name, value in asdict(verdict.scores).items():
            setattr(row, name, value)
        row.review_due = False
        if row.reviewed_by is None:
            row.status, row.notes = verdict.status.value, [*notes]
        self._session.flush()
        return self._gallery.image(row.id)

    def decide(self, image_id: UUID, status: ImageStatus, *, by: str, why: str, at: datetime) -> GalleryImage:
        """See ``Reviews``."""
        row = self._locked(image_id)
        if row.current_attempt_id is None:
            raise NotFoundError(f"there is no picture of image {image_id}")
        row.status, row.reviewed_by, row.reviewed_at = status.value, by, at
        word = "accepted" if status is ImageStatus.ACCEPTED else "rejected"
        row.notes = [f"{word} by {by}: {why}" if why else f"{word} by {by}"]
        scores = Scores(**{name: getattr(row, name) for name in SCORES})
        self._add(row.current_attempt_id, status, judge=by, scores=scores, reasons=[why] if why else [])
        self._session.flush()
        return self._gallery.image(image_id)

    def mark_due(self, *, without_consistency: bool = False, not_by_scorer: str | None = None) -> int:
        """See ``Reviews``."""
        wanted: list[ColumnElement[bool]] = []
        if without_consistency:
            wanted.append(GalleryImageRow.consistency.is_(None))
        if not_by_scorer is not None:
            wanted.append(_last_scorer().is_distinct_from(not_by_scorer))
        return self._mark_due(or_(*wanted)) if wanted else 0

    def mark_set_due(self, key: CharacterKey) -> int:
        """See ``Reviews``."""
        of_set = (
            select(OutfitRow.id)
            .join(CharacterRow, CharacterRow.id == OutfitRow.character_id)
            .where(CharacterRow.slug == key.character, OutfitRow.slug == key.outfit)
        )
        return self._mark_due(GalleryImageRow.outfit_id.in_(of_set))

    def _mark_due(self, which: ColumnElement[bool]) -> int:
        marked = self._session.execute(
            update(GalleryImageRow)
            .where(
                GalleryImageRow.owner_id == self._owner.id,
                GalleryImageRow.status.not_in([status.value for status in UNJUDGED]),
                ~GalleryImageRow.review_due,
                which,
            )
            .values(review_due=True)
            .returning(GalleryImageRow.id)
        )
        return len(marked.all())

    def history(self, image_id: UUID) -> list[PastVerdict]:
        """See ``Reviews``."""
        query = (
            select(VerdictRow, ImageAttemptRow.picture_sha256)
            .join(ImageAttemptRow, ImageAttemptRow.id == VerdictRow.attempt_id)
            .where(VerdictRow.owner_id == self._owner.id, ImageAttemptRow.image_id == image_id)
            .order_by(VerdictRow.seq)
        )
        return [_past(row, sha256) for row, sha256 in self._session.execute(query)]

    def given_after(self, number: int, *, limit: int) -> list[tuple[int, GalleryImage]]:
        """See ``Reviews``."""
        query = (
            select(VerdictRow.seq, ImageAttemptRow.image_id)
            .join(ImageAttemptRow, ImageAttemptRow.id == VerdictRow.attempt_id)
            .join(GalleryImageRow, GalleryImageRow.id == ImageAttemptRow.image_id)
            .where(VerdictRow.owner_id == self._owner.id, VerdictRow.seq > number)
            # what a removed character had is shown no more
            .where(GalleryImageRow.current_attempt_id.is_not(None))
            .order_by(VerdictRow.seq)
            .limit(limit)
        )
        found = self._session.execute(query).all()
        images = self._gallery.images({image_id for _, image_id in found})
        return [(seq, images[image_id]) for seq, image_id in found if image_id in images]

    def _locked(self, image_id: UUID) -> GalleryImageRow:
        query = select(GalleryImageRow).where(
            GalleryImageRow.owner_id == self._owner.id, GalleryImageRow.id == image_id
        )
        row = self._session.scalar(query.with_for_update().execution_options(populate_existing=True))
        if row is None:
            raise NotFoundError(f"there is no image {image_id}")
        return row

    def _add(
        self,
        attempt_id: UUID,
        status: ImageStatus,
        *,
        judge: str,
        scores: Scores,
        reasons: Sequence[str],
        notes: Sequence[str] = (),
        thresholds: Mapping[str, float] | None = None,
        parts: Mapping[str, Mapping[str, float]] | None = None,
        scorer: str | None = None,
    ) -> None:
        self._session.add(
            VerdictRow(
                id=uuid4(),
                owner_id=self._owner.id,
                attempt_id=attempt_id,
                status=status.value,
                judge=judge,
                reasons=[*reasons],
                notes=[*notes],
                thresholds=dict(thresholds or {}),
                parts={name: dict(each) for name, each in (parts or {}).items()},
                scorer=scorer,
                **asdict(scores),
            )
        )


def _last_scorer() -> Any:
    """The scorer of the gate's last verdict on an image's current picture."""
    return (
        select(VerdictRow.scorer)
        .where(VerdictRow.attempt_id == GalleryImageRow.current_attempt_id, VerdictRow.judge == GATE)
        .order_by(VerdictRow.seq.desc())
        .limit(1)
        .scalar_subquery()
    )


def _past(row: VerdictRow, picture_sha256: str) -> PastVerdict:
    return PastVerdict(
        picture_sha256=picture_sha256,
        status=ImageStatus(row.status),
        judge=row.judge,
        scores=Scores(**{name: getattr(row, name) for name in SCORES}),
        reasons=tuple(row.reasons),
        notes=tuple(row.notes),
        thresholds=row.thresholds,
        parts=row.parts,
        scorer=row.scorer,
        judged_at=row.created_at,
    )
