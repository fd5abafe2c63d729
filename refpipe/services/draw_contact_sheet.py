"""Draw one sheet with all pictures of a character's set, as a photo studio does.

Belongs here: which frames a sheet holds and what is written under them. Does not: laying them out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from refpipe.domain.characters import CharacterSheet, Outfit
from refpipe.domain.errors import NotFoundError, PermanentFailureError
from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.keys import CharacterKey, contact_sheet_name
from refpipe.domain.ports import BlobRef, BlobStore, ContactFrame, ContactSheet, ContactSheetPainter, Database
from refpipe.domain.shots import ReferenceShot

_REMARKS = {
    ImageStatus.PENDING: "not judged yet",
    ImageStatus.PROCESSING: "being judged",
    ImageStatus.NEEDS_REVIEW: "needs review",
    ImageStatus.FAILED: "failed",
    ImageStatus.ACCEPTED: "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawContactSheet:
    """The use case with its stores."""

    database: Database
    blobs: BlobStore
    painter: ContactSheetPainter

    def __call__(self, key: CharacterKey) -> BlobRef:
        """Draw the sheet of every active shot and store it; shots without a picture leave an empty frame.

        Raises NotFoundError for an unknown character or one without any picture, StorageFullError.
        """
        blob = self.blobs.put(self.paint(key), "image/png")
        with self.database.transaction(key.owner) as records:
            records.blobs.name(contact_sheet_name(key), blob)
        return blob

    def paint(self, key: CharacterKey, *, only: Collection[str] | None = None) -> bytes:
        """The sheet as a PNG, of every active shot or of some by slug; numbers stay the library's. Raises as above."""
        with self.database.transaction(key.owner) as records:
            sheet = records.characters.get(key.character)
            shots = records.shots.all()
            images = {image.shot: image for image in records.gallery.list(key) if image.shot}
        outfit = sheet.outfit(key.outfit)
        if not images:
            raise NotFoundError(f"{key.character} has no picture in the outfit {key.outfit} yet")
        frames = tuple(
            self._frame(number, shot, images.get(shot.slug))
            for number, shot in enumerate(shots, start=1)
            if only is None or shot.slug in only
        )
        return self.painter.paint(ContactSheet(title=sheet.name, subtitle=_subtitle(sheet, outfit), frames=frames))

    def _frame(self, number: int, shot: ReferenceShot, image: GalleryImage | None) -> ContactFrame:
        if image is None:
            return ContactFrame(number=number, shot=shot, picture_png=None, remark="not made yet")
        try:
            picture = self.blobs.get(image.picture_sha256)
        except (NotFoundError, PermanentFailureError):
            # one lost file must not cost the whole sheet; making the shot again restores it
            return ContactFrame(number=number, shot=shot, picture_png=None, remark="picture lost")
        return ContactFrame(number=number, shot=shot, picture_png=picture, remark=_REMARKS[image.status])


def _subtitle(sheet: CharacterSheet, outfit: Outfit) -> str:
    body = sheet.physical
    worn = outfit.name or outfit.slug
    return f"{sheet.slug}  ·  {worn}  ·  {body.age_years} years  ·  {body.height_m:.2f} m  ·  {body.build.value}"
