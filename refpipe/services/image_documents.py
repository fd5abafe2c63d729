"""One shot of a set as scripts read it (R-PLAT-7).

Belongs here: the document's fields. Does not: where they come from (read_set), what is counted (report_status).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from refpipe.domain.gallery import ImageStatus
from refpipe.domain.out_of_date import out_of_date_words
from refpipe.services.read_set import Cell

MISSING = "missing"
"""Status of a shot of which no picture was ever made."""

Locate = Callable[[str], str]
"""From a blob's SHA-256 to the path or URL where people find it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDocument:
    """One shot as scripts read it; scores 0–100, None until measured.

    ``camera``, ``size``, ``seed`` and ``fingerprint`` are of the picture, None where there is none; ``guides``
    name → path. ``out_of_date`` names what changed since it was made, None where that is not known.
    """

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
    camera: Mapping[str, Any] | None
    size: str | None
    seed: int | None
    fingerprint: str | None
    guides: Mapping[str, str]
    out_of_date: tuple[str, ...] | None

    def as_document(self) -> dict[str, Any]:
        changed = None if self.out_of_date is None else list(self.out_of_date)
        return {**asdict(self), "notes": list(self.notes), "out_of_date": changed}


def image_document(cell: Cell, locate: Locate) -> ImageDocument:
    """The document of one cell: made, failed, or never tried."""
    image = cell.image
    scores = image.scores if image else None
    changes = cell.changes
    notes = (*(image.notes if image else ()), out_of_date_words(changes or ()), cell.failure or "")
    return ImageDocument(
        shot=cell.shot.slug,
        status=cell_status(cell),
        path=locate(image.picture_sha256) if image else None,
        quality=scores.quality if scores else None,
        consistency=scores.consistency if scores else None,
        technical=scores.technical if scores else None,
        composition=scores.composition if scores else None,
        cinematic=scores.cinematic if scores else None,
        view_bin=cell.shot.view_bin.value,
        attempts=image.attempts if image else 0,
        notes=tuple(note for note in notes if note),
        camera=asdict(image.camera) if image else None,
        size=f"{image.width_px}x{image.height_px}" if image else None,
        seed=image.seed if image else None,
        fingerprint=image.fingerprint if image else None,
        guides={name: locate(sha256) for name, sha256 in cell.guides.items()},
        out_of_date=None if changes is None else tuple(change.value for change in changes),
    )


def cell_status(cell: Cell) -> str:
    """The picture's status; failed where what is asked for today could not be made; missing where nothing was."""
    if cell.failure is not None:
        return ImageStatus.FAILED.value
    return cell.image.status.value if cell.image else MISSING
