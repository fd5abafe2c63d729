"""Choose the one picture that defines a character: an upload, or a picture of its gallery.

Belongs here: checking and recording a master reference. Does not: measuring anything against it.
Source: specification, characters.md, R-CHAR-2.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.keys import master_reference_name
from refpipe.domain.ports import BlobRef, BlobStore, Database, PictureReader
from refpipe.services.choose_standard import is_front

_PROCESSING_PART = "upright.png"
_NO_FRONT = "this is no front picture: the others are not compared with it, so their consistency is not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterReference:
    """The master now in force; ``status`` is updated or unchanged, ``source`` upload or gallery."""

    character: str
    status: str
    source: str
    sha256: str
    width_px: int
    height_px: int
    notes: tuple[str, ...] = ()

    def as_document(self) -> dict[str, Any]:
        return {**asdict(self), "notes": list(self.notes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMasterReference:
    """The use case with its stores."""

    database: Database
    blobs: BlobStore
    reader: PictureReader

    def upload(self, owner: str, character: str, data: bytes, *, source: str | None = None) -> MasterReference:
        """Make an uploaded picture the master; the original is kept beside the one for processing.

        Raises NotFoundError for an unknown character, RefusedInputError for what is no usable picture; then
        nothing is stored.
        """
        with self.database.transaction(owner) as records:
            records.characters.get(character)
        picture = self.reader.read(data, source=source)
        original = self.blobs.put(picture.original, picture.media_type)
        upright = self.blobs.put(picture.upright_png, "image/png")
        name = master_reference_name(owner, character)
        with self.database.transaction(owner) as records:
            records.blobs.name(f"{name}/original", original)
            records.blobs.name(f"{name}/{_PROCESSING_PART}", upright)
            is_new = records.characters.set_master(character, upright, source="upload")
        return MasterReference(
            character=character,
            status="updated" if is_new else "unchanged",
            source="upload",
            sha256=upright.sha256,
            width_px=picture.size.width_px,
            height_px=picture.size.height_px,
            notes=picture.notes,
        )

    def promote(self, owner: str, character: str, image_id: UUID) -> MasterReference:
        """Make a picture of the character's own gallery the master.

        Raises NotFoundError for an unknown image, RefusedInputError for one of another character.
        """
        with self.database.transaction(owner) as records:
            image = records.gallery.image(image_id)
            if image.character != character:
                raise RefusedInputError(f"the picture shows {image.character}, not {character}", field="image")
            picture = BlobRef(image.picture_sha256, image.picture_bytes, "image/png")
            records.blobs.name(f"{master_reference_name(owner, character)}/{_PROCESSING_PART}", picture)
            is_new = records.characters.set_master(character, picture, source="gallery")
        return MasterReference(
            character=character,
            status="updated" if is_new else "unchanged",
            source="gallery",
            sha256=image.picture_sha256,
            width_px=image.width_px,
            height_px=image.height_px,
            notes=(_NO_FRONT,) if image.shot and is_front(image.shot) is False else (),
        )
