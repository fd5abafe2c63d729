"""Draw one sheet with all pictures of a character's set, as a photo studio does.

Belongs here: which frames a sheet holds and what is written under them. Does not: laying them out.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from refpipe.domain.characters import CharacterSheet, Outfit
from refpipe.domain.errors import NotFoundError, PermanentFailureError
from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.keys import CharacterKey, contact_sheet_layout_name, contact_sheet_name
from refpipe.domain.ports import BlobRef, BlobStore, ContactFrame, ContactSheet, ContactSheetPainter, Database
from refpipe.domain.shots import ReferenceShot

_REMARKS = {
    ImageStatus.PENDING: "not judged yet",
    ImageStatus.PROCESSING: "being judged",
    ImageStatus.NEEDS_REVIEW: "needs review",
    ImageStatus.FAILED: "failed",
    ImageStatus.ACCEPTED: "",
}
_LOST = "picture lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawContactSheet:
    """The use case with its stores."""

    database: Database
    blobs: BlobStore
    painter: ContactSheetPainter

    def __call__(self, key: CharacterKey) -> BlobRef:
        """Draw the sheet of every active shot and store it; shots without a picture leave an empty frame.

        A sheet that would show what the stored one shows is not painted again. Raises NotFoundError for an unknown
        character or one without any picture, StorageFullError.
        """
        layout = self._layout(key)
        wanted = self.blobs.put(layout.as_json(self.painter.revision), "application/json")
        with self.database.transaction(key.owner) as records:
            shown = records.blobs.resolve(contact_sheet_layout_name(key))
            known = records.blobs.find(contact_sheet_name(key))
        if known is not None and shown == wanted.sha256 and self.blobs.exists(known.sha256):
            return known
        blob = self.blobs.put(self._paint(layout), "image/png")
        with self.database.transaction(key.owner) as records:
            records.blobs.name(contact_sheet_name(key), blob)
            records.blobs.name(contact_sheet_layout_name(key), wanted)
        return blob

    def paint(self, key: CharacterKey, *, only: Collection[str] | None = None) -> bytes:
        """The sheet as a PNG, of every active shot or of some by slug; numbers stay the library's. Raises as above."""
        return self._paint(self._layout(key, only=only))

    def _layout(self, key: CharacterKey, *, only: Collection[str] | None = None) -> _Layout:
        with self.database.transaction(key.owner) as records:
            sheet = records.characters.get(key.character)
            shots = records.shots.all()
            images = {image.shot: image for image in records.gallery.list(key) if image.shot}
        outfit = sheet.outfit(key.outfit)
        if not images:
            raise NotFoundError(f"{key.character} has no picture in the outfit {key.outfit} yet")
        places = tuple(
            self._place(number, shot, images.get(shot.slug))
            for number, shot in enumerate(shots, start=1)
            if only is None or shot.slug in only
        )
        return _Layout(title=sheet.name, subtitle=_subtitle(sheet, outfit), places=places)

    def _place(self, number: int, shot: ReferenceShot, image: GalleryImage | None) -> _Place:
        if image is None:
            return _Place(number, shot, None, "not made yet")
        if not self.blobs.exists(image.picture_sha256):
            # one lost file must not cost the whole sheet; making the shot again restores it
            return _Place(number, shot, None, _LOST)
        return _Place(number, shot, image.picture_sha256, _REMARKS[image.status])

    def _paint(self, layout: _Layout) -> bytes:
        frames = tuple(self._frame(place) for place in layout.places)
        return self.painter.paint(ContactSheet(title=layout.title, subtitle=layout.subtitle, frames=frames))

    def _frame(self, place: _Place) -> ContactFrame:
        picture, remark = None, place.remark
        try:
            picture = self.blobs.get(place.picture_sha256) if place.picture_sha256 else None
        except (NotFoundError, PermanentFailureError):
            remark = _LOST
        return ContactFrame(number=place.number, shot=place.shot, picture_png=picture, remark=remark)


@dataclass(frozen=True, slots=True)
class _Place:
    """What stands at one place of the sheet; ``picture_sha256`` None where there is no picture."""

    number: int
    shot: ReferenceShot
    picture_sha256: str | None
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """What a sheet shows, before any picture is opened."""

    title: str
    subtitle: str
    places: tuple[_Place, ...]

    def as_json(self, painter: str) -> bytes:
        """All that the painted sheet hangs on; ``painter`` is the painter's revision."""
        rows = [
            [place.number, place.shot.slug, place.shot.pack.value, place.shot.picture_fields(), *shown]
            for place in self.places
            for shown in [(place.picture_sha256, place.remark)]
        ]
        document = {"painter": painter, "title": self.title, "subtitle": self.subtitle, "places": rows}
        return json.dumps(document, sort_keys=True).encode()


def _subtitle(sheet: CharacterSheet, outfit: Outfit) -> str:
    body = sheet.physical
    worn = outfit.name or outfit.slug
    return f"{sheet.slug}  ·  {worn}  ·  {body.age_years} years  ·  {body.height_m:.2f} m  ·  {body.build.value}"
