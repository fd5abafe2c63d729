"""How far a character's set has come, from rows only: no picture is opened, no store is asked.

Belongs here: coverage per pack and the images' document. Does not: the account of one run
(report_set_run).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from refpipe.domain.characters import CharacterSheet
from refpipe.domain.gallery import Coverage, GalleryImage, ImageStatus
from refpipe.domain.keys import CharacterKey, contact_sheet_name
from refpipe.domain.ports import Database
from refpipe.domain.shots import Pack, ReferenceShot

MISSING = "missing"
"""Status of a shot of which no picture was ever made."""

Locate = Callable[[str], str]
"""From a blob's SHA-256 to the path or URL where people find it."""
LocateSheet = Callable[[CharacterKey], str | None]
"""From a key to the path or URL of its contact sheet, None when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDocument:
    """One shot as scripts read it; scores 0–100, None until measured."""

    shot: str
    status: str
    path: str | None
    quality: float | None
    consistency: float | None
    technical: float | None
    composition: float | None
    cinematic: float | None
    view_bin: str
    attempts: int
    notes: tuple[str, ...]

    def as_document(self) -> dict[str, Any]:
        return {**asdict(self), "notes": list(self.notes)}


def image_document(shot: ReferenceShot, image: GalleryImage | None, locate: Locate) -> ImageDocument:
    """The document of one cell, made or not."""
    if image is None:
        return _without_picture(shot)
    scores = image.scores
    return ImageDocument(
        shot=shot.slug,
        status=image.status.value,
        path=locate(image.picture_sha256),
        quality=scores.quality,
        consistency=scores.consistency,
        technical=scores.technical,
        composition=scores.composition,
        cinematic=scores.cinematic,
        view_bin=shot.view_bin.value,
        attempts=image.attempts,
        notes=image.notes,
    )


def _without_picture(shot: ReferenceShot, status: str = MISSING, notes: tuple[str, ...] = ()) -> ImageDocument:
    return ImageDocument(
        shot=shot.slug,
        status=status,
        path=None,
        quality=None,
        consistency=None,
        technical=None,
        composition=None,
        cinematic=None,
        view_bin=shot.view_bin.value,
        attempts=0,
        notes=notes,
    )


def failed_document(shot: ReferenceShot, reason: str) -> ImageDocument:
    """The document of a shot that could not be made."""
    return _without_picture(shot, ImageStatus.FAILED.value, (reason,))


def count(shots: Iterable[ReferenceShot], images: Mapping[str, GalleryImage]) -> Coverage:
    """Coverage of the shots by the images (by shot slug)."""
    planned = list(shots)
    made = [images[shot.slug].status for shot in planned if shot.slug in images]
    return Coverage(
        planned=len(planned),
        made=len(made),
        accepted=made.count(ImageStatus.ACCEPTED),
        needs_review=made.count(ImageStatus.NEEDS_REVIEW),
        failed=made.count(ImageStatus.FAILED),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """A character in one outfit: totals, coverage per pack, every shot."""

    key: CharacterKey
    name: str
    total: Coverage
    packs: Mapping[Pack, Coverage]
    contact_sheet: str | None
    images: Sequence[ImageDocument]

    def as_document(self) -> dict[str, Any]:
        return {
            "character": self.key.character,
            "outfit": self.key.outfit,
            "name": self.name,
            **asdict(self.total),
            "by_pack": {pack.value: asdict(coverage) for pack, coverage in self.packs.items()},
            "contact_sheet": self.contact_sheet,
            "images": [image.as_document() for image in self.images],
        }


def report_status(
    owner: str,
    character: str,
    *,
    outfit: str | None = None,
    database: Database,
    locate: Locate,
    locate_sheet: LocateSheet | None = None,
) -> StatusReport:
    """The report of one character and outfit; ``locate_sheet`` knows a better place for the sheet than its blob.

    Raises NotFoundError, RefusedInputError for an unknown outfit."""
    with database.transaction(owner) as records:
        sheet = records.characters.get(character)
        key = CharacterKey(owner, character, sheet.outfit(outfit).slug)
        shots = records.shots.all()
        images = {image.shot: image for image in records.gallery.list(key) if image.shot}
        drawn = records.blobs.resolve(contact_sheet_name(key))
    published = locate_sheet(key) if locate_sheet else None
    return StatusReport(
        key=key,
        name=sheet.name,
        total=count(shots, images),
        packs={pack: count([shot for shot in shots if shot.pack is pack], images) for pack in Pack},
        contact_sheet=published or (locate(drawn) if drawn else None),
        images=[image_document(shot, images.get(shot.slug), locate) for shot in shots],
    )


@dataclass(frozen=True, slots=True)
class CharacterLine:
    """A character in the list, counted in its default outfit."""

    sheet: CharacterSheet
    coverage: Coverage

    def as_document(self) -> dict[str, Any]:
        return {
            "character": self.sheet.slug,
            "name": self.sheet.name,
            "planned": self.coverage.planned,
            "accepted": self.coverage.accepted,
            "made": self.coverage.made,
            "needs_review": self.coverage.needs_review,
            "failed": self.coverage.failed,
            "outfits": [outfit.slug for outfit in self.sheet.wardrobe],
        }


def list_characters(owner: str, *, database: Database) -> list[CharacterLine]:
    """Every character of the owner with its coverage."""
    with database.transaction(owner) as records:
        shots = records.shots.all()
        lines = []
        for sheet in records.characters.list():
            key = CharacterKey(owner, sheet.slug, sheet.default_outfit.slug)
            images = {image.shot: image for image in records.gallery.list(key) if image.shot}
            lines.append(CharacterLine(sheet, count(shots, images)))
    return lines
