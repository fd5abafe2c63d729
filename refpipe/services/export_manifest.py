"""The manifest of an export: everything about each picture, for people and programs that know nothing of refpipe.

Belongs here: its form, and recognising one. Does not: what is exported (export_set).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from refpipe.domain.gallery import GalleryImage
from refpipe.domain.keys import CharacterKey
from refpipe.services.image_documents import image_document
from refpipe.services.read_set import Cell, SetRows

MANIFEST = "manifest.json"
SHEET = "sheet.yaml"
CONTACT_SHEET = "contact_sheet.png"

_FORMAT = "refpipe reference set"
_VERSION = 1
_CONVENTIONS = {
    "azimuth_deg": "0 faces the subject; negative stands on the subject's own left; 180 is behind",
    "elevation_deg": "above 0 the camera looks down",
    "distance_m": "from the camera to the centre of the crop",
    "lens_mm": "on a sensor of 24 x 36 mm, upright for upright pictures",
    "head_x": "the head's centre, as a share of the width from the left",
    "scores": "0 to 100; null: not measured",
    "status": "pending: not judged yet; validation_success: accepted",
    "out_of_date": "what has changed since the picture was made; null: not known",
    "depth": "16 bit, millimetres along the optical axis, 0 = nothing there",
    "normals": "camera space, x right, y up, z to the viewer, from -1..1 to 0..255",
    "mask": "255 = subject",
    "keypoints": "COCO-17, pixels from the upper left corner",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedPicture:
    """A picture in the folder: its file, and its guides' files by name."""

    cell: Cell
    file: str
    guides: Mapping[str, str]

    def as_document(self) -> dict[str, Any]:
        """Everything about the picture; files are named as they lie beside the manifest."""
        document = image_document(self.cell, str).as_document()
        del document["path"]
        shot, image = self.cell.shot, self.cell.image
        return {
            **document,
            "file": self.file,
            "guides": dict(self.guides),
            "name": shot.name,
            "pack": shot.pack.value,
            "version": shot.version,
            "pose": shot.pose.value,
            "expression": shot.expression.value,
            "when_to_use": shot.when_to_use,
            **(_of_image(image) if image else {}),
        }

    def located(self, folder: str) -> dict[str, Any]:
        """Where the picture and its guides lie."""
        guides = {name: f"{folder}/{file}" for name, file in self.guides.items()}
        return {"shot": self.cell.shot.slug, "path": f"{folder}/{self.file}", "guides": guides}


def _of_image(image: GalleryImage) -> dict[str, Any]:
    return {
        "sha256": image.picture_sha256,
        "model": image.model,
        "prompt": image.prompt,
        "references": list(image.parents),
        "shot_type": image.shot_type,
        "recommended_for": list(image.recommended_for),
        "tags": list(image.tags),
        "reviewed_by": image.reviewed_by,
        "reviewed_at": image.reviewed_at.isoformat() if image.reviewed_at else None,
    }


def manifest_bytes(
    rows: SetRows,
    files: Mapping[str, str],
    pictures: Sequence[ExportedPicture],
    left_out: Mapping[str, str],
    *,
    is_complete: bool,
) -> bytes:
    """The manifest; the same export gives the same bytes. ``files``: name → SHA-256 of all that lies beside it."""
    document = {
        "format": _FORMAT,
        "version": _VERSION,
        "is_complete": is_complete,
        "owner": rows.key.owner,
        "character": rows.key.character,
        "outfit": rows.key.outfit,
        "name": rows.sheet.name,
        "master_reference": rows.master_sha256,
        "sheet": SHEET,
        "contact_sheet": CONTACT_SHEET,
        "conventions": _CONVENTIONS,
        "images": [picture.as_document() for picture in pictures],
        "left_out": dict(left_out),
        "files": dict(sorted(files.items())),
    }
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def is_of_set(manifest: bytes, key: CharacterKey) -> bool:
    """Whether these bytes are the manifest of an export of this very set."""
    document = _read(manifest)
    mine = (_FORMAT, key.owner, key.character, key.outfit)
    return tuple(document.get(name) for name in ("format", "owner", "character", "outfit")) == mine


def listed_files(manifest: bytes) -> dict[str, str]:
    """Name → SHA-256 of the files that the manifest lists, plain names only."""
    files = _read(manifest).get("files")
    listed = files.items() if isinstance(files, dict) else ()
    return {str(name): str(mark) for name, mark in listed if "/" not in str(name) and str(name) not in {"", ".", ".."}}


def _read(manifest: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(manifest)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
