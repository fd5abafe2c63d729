"""The pictures that gallery cells have had, each with the last verdict on it.

Belongs here: reading attempts and verdicts. Does not: adding them (gallery).
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from refpipe.backends.database.gallery_tables import SCORES, GalleryImageRow, ImageAttemptRow, VerdictRow
from refpipe.backends.database.repositories.gallery import GATE
from refpipe.backends.database.repositories.owner import Owner
from refpipe.backends.database.tables import CharacterRow, OutfitRow
from refpipe.domain.gallery import ImageStatus, Scores
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import CellAttempt, ImageAttempt
from refpipe.domain.quality import FailureReason

_REASONS = frozenset(FailureReason)


class PostgresImageAttempts:
    """See the port ``ImageAttempts``."""

    def __init__(self, session: Session, owner: Owner) -> None:
        self._session = session
        self._owner = owner

    def of_cell(self, key: CharacterKey, shot: str) -> list[ImageAttempt]:
        """In the order in which they were made."""
        mine = (CharacterRow.slug == key.character, OutfitRow.slug == key.outfit, GalleryImageRow.shot_slug == shot)
        return [each.attempt for each in self._read(*mine)]

    def with_picture(self, sha256: str) -> list[CellAttempt]:
        """See ``ImageAttempts``."""
        return self._read(ImageAttemptRow.picture_sha256 == sha256)

    def _read(self, *wanted: ColumnElement[bool]) -> list[CellAttempt]:
        last = (
            select(VerdictRow)
            .where(VerdictRow.attempt_id == ImageAttemptRow.id)
            # a person's word holds until there is another picture
            .order_by((VerdictRow.judge != GATE).desc(), VerdictRow.seq.desc())
            .limit(1)
            .lateral()
        )
        verdict = aliased(VerdictRow, last)
        query = (
            select(ImageAttemptRow, verdict, GalleryImageRow, CharacterRow.slug, OutfitRow.slug)
            .join(GalleryImageRow, GalleryImageRow.id == ImageAttemptRow.image_id)
            .join(CharacterRow, CharacterRow.id == GalleryImageRow.character_id)
            .join(OutfitRow, OutfitRow.id == GalleryImageRow.outfit_id)
            .outerjoin(verdict, verdict.attempt_id == ImageAttemptRow.id)
            .where(GalleryImageRow.owner_id == self._owner.id, *wanted)
            .order_by(GalleryImageRow.seq, ImageAttemptRow.number)
        )
        return [
            CellAttempt(
                key=CharacterKey(self._owner.slug, character, outfit),
                shot=image.shot_slug,
                attempt=_attempt(made, said, image),
            )
            for made, said, image, character, outfit in self._session.execute(query)
        ]

    def cells_by_fingerprint(self) -> dict[str, list[tuple[CharacterKey, str]]]:
        """See the port; pictures made on demand are of no shot and left out."""
        query = (
            select(ImageAttemptRow.fingerprint, CharacterRow.slug, OutfitRow.slug, GalleryImageRow.shot_slug)
            .join(GalleryImageRow, GalleryImageRow.id == ImageAttemptRow.image_id)
            .join(CharacterRow, CharacterRow.id == GalleryImageRow.character_id)
            .join(OutfitRow, OutfitRow.id == GalleryImageRow.outfit_id)
            .where(GalleryImageRow.owner_id == self._owner.id, GalleryImageRow.shot_slug.is_not(None))
            .distinct()
            .order_by(CharacterRow.slug, OutfitRow.slug, GalleryImageRow.shot_slug)
        )
        cells: dict[str, list[tuple[CharacterKey, str]]] = {}
        for fingerprint, character, outfit, shot in self._session.execute(query).tuples():
            if shot is not None:
                cells.setdefault(fingerprint, []).append((CharacterKey(self._owner.slug, character, outfit), shot))
        return cells


def _attempt(made: ImageAttemptRow, said: VerdictRow | None, image: GalleryImageRow) -> ImageAttempt:
    is_current = image.current_attempt_id == made.id
    # of the current picture the image has the last word: a person's may stand against a later one of the gate
    judged = image if is_current else said
    return ImageAttempt(
        fingerprint=made.fingerprint,
        picture_sha256=made.picture_sha256,
        status=ImageStatus(judged.status) if judged else ImageStatus.PENDING,
        scores=Scores(**{name: getattr(judged, name) for name in SCORES}) if judged else Scores(),
        reasons=tuple(FailureReason(word) for word in said.reasons if word in _REASONS) if said else (),
        is_current=is_current,
        by_person=image.reviewed_by is not None if is_current else said is not None and said.judge != GATE,
    )
