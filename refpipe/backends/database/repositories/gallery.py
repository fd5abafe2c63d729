"""An owner's gallery images: attempts added, the current one pointed to, verdicts kept.

Belongs here: gallery images read and written. Does not: how a verdict is reached, bytes of pictures.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from refpipe.backends.database.gallery_tables import SCORES, GalleryImageRow, ImageAttemptRow, VerdictRow
from refpipe.backends.database.repositories.blobs import PostgresBlobs
from refpipe.backends.database.repositories.owner import Owner
from refpipe.backends.database.tables import CharacterRow, OutfitRow
from refpipe.domain.errors import NotFoundError
from refpipe.domain.gallery import GalleryImage, ImageStatus, Scores
from refpipe.domain.generation import CameraUsed
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import BlobRef

GATE = "gate"
_CAMERA = tuple(field.name for field in fields(CameraUsed))
UNJUDGED = (ImageStatus.PENDING, ImageStatus.PROCESSING)


class PostgresGallery:
    """See the port ``Gallery``."""

    def __init__(self, session: Session, owner: Owner, blobs: PostgresBlobs) -> None:
        self._session = session
        self._owner = owner
        self._blobs = blobs

    def get(self, key: CharacterKey, shot: str) -> GalleryImage | None:
        """The cell's image, or None where there is none."""
        query = self._images().where(*_cell(key), GalleryImageRow.shot_slug == shot)
        return next(iter(self._read(query)), None)

    def image(self, image_id: UUID) -> GalleryImage:
        """Raises NotFoundError."""
        for image in self._read(self._images().where(GalleryImageRow.id == image_id)):
            return image
        raise NotFoundError(f"there is no image {image_id}")

    def images(self, image_ids: Collection[UUID]) -> dict[UUID, GalleryImage]:
        """Those of the images that show a picture now, by their id."""
        found = self._read(self._images().where(GalleryImageRow.id.in_(image_ids)))
        return {image.id: image for image in found}

    def put(self, image: GalleryImage) -> GalleryImage:
        """Make this the cell's current picture; the stored image keeps its id and counts the attempt.

        A picture and fingerprint that the cell has had before are no new attempt. A status, score or note that
        differs is kept as a verdict of the attempt. Raises NotFoundError for an unknown character or outfit.
        """
        row = self._row_of(image)
        before = _judged(row) if row.current_attempt_id is not None else None
        attempt_id = self._attempt_of(row, image)
        is_other_picture = attempt_id != row.current_attempt_id
        row.current_attempt_id = attempt_id
        for name, value in _state(image).items():
            if getattr(row, name) != value:
                setattr(row, name, value)
        now = _judged(row)
        if image.status not in UNJUDGED and (is_other_picture or now != before):
            self._add_verdict(attempt_id, image)
        self._session.flush()
        return self.image(row.id)

    def due(self, key: CharacterKey | None = None) -> list[GalleryImage]:
        """Images that wait for a review, of one character in one outfit or of all, in the order of arrival."""
        cell = _cell(key) if key is not None else ()
        return [*self._read(self._images().where(GalleryImageRow.review_due, *cell).order_by(GalleryImageRow.seq))]

    def list(self, key: CharacterKey) -> list[GalleryImage]:
        """All images of the character in this outfit, in the order in which their cells were first filled."""
        return [*self._read(self._images().where(*_cell(key)).order_by(GalleryImageRow.seq))]

    def _images(self) -> Select[Any]:
        return (
            select(GalleryImageRow, ImageAttemptRow, CharacterRow.slug, OutfitRow.slug)
            .join(ImageAttemptRow, ImageAttemptRow.id == GalleryImageRow.current_attempt_id)
            .join(CharacterRow, CharacterRow.id == GalleryImageRow.character_id)
            .join(OutfitRow, OutfitRow.id == GalleryImageRow.outfit_id)
            .where(GalleryImageRow.owner_id == self._owner.id)
        )

    def _read(self, query: Select[Any]) -> tuple[GalleryImage, ...]:
        return tuple(self._image(*found) for found in self._session.execute(query))

    def _image(self, row: GalleryImageRow, made: ImageAttemptRow, character: str, outfit: str) -> GalleryImage:
        return GalleryImage(
            id=row.id,
            owner=self._owner.slug,
            character=character,
            outfit=outfit,
            shot=row.shot_slug,
            shot_version=made.shot_version,
            fingerprint=made.fingerprint,
            picture_sha256=made.picture_sha256,
            picture_bytes=made.picture_bytes,
            width_px=made.width_px,
            height_px=made.height_px,
            camera=CameraUsed(**{name: getattr(made, name) for name in _CAMERA}),
            shot_type=made.shot_type,
            status=ImageStatus(row.status),
            scores=Scores(**{name: getattr(row, name) for name in SCORES}),
            is_core_reference=row.is_core_reference,
            attempts=row.attempts,
            model=made.model,
            seed=made.seed,
            prompt=made.prompt,
            parents=tuple(made.parents),
            notes=tuple(row.notes),
            review_due=row.review_due,
            recommended_for=tuple(row.recommended_for),
            usage_reason=row.usage_reason,
            tags=tuple(row.tags),
            reviewed_by=row.reviewed_by,
            reviewed_at=row.reviewed_at,
            created_at=made.created_at,
        )

    def _row_of(self, image: GalleryImage) -> GalleryImageRow:
        """The image's row, made where it is missing, held by this transaction until it ends."""
        character_id, outfit_id = self._character_and_outfit(image)
        cell = {"character_id": character_id, "outfit_id": outfit_id, "shot_slug": image.shot}
        # whoever comes second to a new cell, or to an image's id, finds the row of the first
        self._session.execute(
            insert(GalleryImageRow)
            .values(id=image.id, owner_id=self._owner.id, **cell, **_state(image))
            .on_conflict_do_nothing()
        )
        is_it = GalleryImageRow.id == image.id
        if image.shot is not None:
            is_it = (GalleryImageRow.character_id == character_id) & (GalleryImageRow.outfit_id == outfit_id)
            is_it &= GalleryImageRow.shot_slug == image.shot
        query = select(GalleryImageRow).where(GalleryImageRow.owner_id == self._owner.id, is_it)
        row = self._session.scalar(query.with_for_update().execution_options(populate_existing=True))
        if row is None:
            raise NotFoundError(f"there is no image {image.id}")
        return row

    def _character_and_outfit(self, image: GalleryImage) -> tuple[UUID, UUID]:
        query = (
            select(CharacterRow.id, OutfitRow.id)
            .join(OutfitRow, OutfitRow.character_id == CharacterRow.id)
            .where(
                CharacterRow.owner_id == self._owner.id,
                CharacterRow.slug == image.character,
                OutfitRow.slug == image.outfit,
            )
        )
        found = self._session.execute(query).one_or_none()
        if found is None:
            raise NotFoundError(f"there is no character {image.character!r} with an outfit {image.outfit!r}")
        return found[0], found[1]

    def _attempt_of(self, row: GalleryImageRow, image: GalleryImage) -> UUID:
        known = self._session.scalar(
            select(ImageAttemptRow.id).where(
                ImageAttemptRow.image_id == row.id,
                ImageAttemptRow.fingerprint == image.fingerprint,
                ImageAttemptRow.picture_sha256 == image.picture_sha256,
            )
        )
        if known is not None:
            return known
        # generated pictures are always PNG; an upload has had its row since it was named
        self._blobs.ensure(BlobRef(image.picture_sha256, image.picture_bytes, "image/png"))
        row.attempts += 1
        attempt = ImageAttemptRow(
            id=uuid4(),
            owner_id=self._owner.id,
            image_id=row.id,
            number=row.attempts,
            fingerprint=image.fingerprint,
            picture_sha256=image.picture_sha256,
            picture_bytes=image.picture_bytes,
            width_px=image.width_px,
            height_px=image.height_px,
            shot_version=image.shot_version,
            shot_type=image.shot_type,
            model=image.model,
            seed=image.seed,
            prompt=image.prompt,
            parents=list(image.parents),
            **asdict(image.camera),
        )
        self._session.add(attempt)
        self._session.flush()
        return attempt.id

    def _add_verdict(self, attempt_id: UUID, image: GalleryImage) -> None:
        self._session.add(
            VerdictRow(
                id=uuid4(),
                owner_id=self._owner.id,
                attempt_id=attempt_id,
                status=image.status.value,
                judge=image.reviewed_by or GATE,
                reasons=[*image.notes],
                notes=[],
                thresholds={},
                parts={},
                **asdict(image.scores),
            )
        )


def _cell(key: CharacterKey) -> tuple[Any, ...]:
    return CharacterRow.slug == key.character, OutfitRow.slug == key.outfit


def _state(image: GalleryImage) -> dict[str, Any]:
    """What may change of an image while its picture stays."""
    return {
        "status": image.status.value,
        **asdict(image.scores),
        "notes": [*image.notes],
        "is_core_reference": image.is_core_reference,
        "review_due": image.review_due,
        "recommended_for": [*image.recommended_for],
        "usage_reason": image.usage_reason,
        "tags": [*image.tags],
        "reviewed_by": image.reviewed_by,
        "reviewed_at": image.reviewed_at,
    }


def _judged(row: GalleryImageRow) -> tuple[Any, ...]:
    scores = (getattr(row, name) for name in SCORES)
    return (row.status, row.reviewed_by, row.reviewed_at, tuple(row.notes), *scores)
