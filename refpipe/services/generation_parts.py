"""What a generation made, as it is kept: the picture, its guides, and a manifest that ties them together.

Belongs here: the manifest's form, putting the parts into the blob store, finding them again. Does not:
the ledger's states, the gallery.

The manifest is the one place that remembers the camera of a generation which is no gallery cell's
current one any more, so that a sheet changed back finds its old pictures again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from refpipe.domain.errors import PermanentFailureError
from refpipe.domain.generation import CameraUsed, GeneratedImage, Size
from refpipe.domain.keys import CharacterKey, gallery_name, generation_name
from refpipe.domain.ports import BlobRef, Blobs, BlobStore

PICTURE = "picture.png"
MANIFEST = "manifest.json"
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """One generation's parts. ``parts`` holds the picture and the guides; ``manifest`` names this very record."""

    size: Size
    camera: CameraUsed
    seconds: float
    notes: tuple[str, ...]
    parts: Mapping[str, BlobRef]
    manifest: BlobRef

    @property
    def picture(self) -> BlobRef:
        return self.parts[PICTURE]


def store_making(image: GeneratedImage, blobs: BlobStore) -> Making:
    """Put the picture, its guides and their manifest; nothing points to them yet. Raises StorageFullError."""
    files = {PICTURE: (image.picture_png, "image/png"), **(image.guides.files() if image.guides else {})}
    parts = {name: blobs.put(data, media_type) for name, (data, media_type) in files.items()}
    document = {
        "version": _VERSION,
        "size": [image.size.width_px, image.size.height_px],
        "camera": asdict(image.camera),
        "seconds": round(image.seconds, 3),
        "notes": list(image.notes),
        "parts": {name: asdict(blob) for name, blob in parts.items()},
    }
    manifest = blobs.put(json.dumps(document, sort_keys=True).encode(), "application/json")
    return _making(document, manifest)


def find_making(manifest_sha256: str, blobs: BlobStore) -> Making | None:
    """The parts of a known generation; None when any of them is gone or damaged, so that it is made again."""
    try:
        data = blobs.get(manifest_sha256) if blobs.exists(manifest_sha256) else None
    except PermanentFailureError:
        return None
    if data is None:
        return None
    document = json.loads(data)
    if document.get("version") != _VERSION:
        return None
    making = _making(document, BlobRef(manifest_sha256, len(data), "application/json"))
    return making if all(blobs.exists(blob.sha256) for blob in making.parts.values()) else None


def name_making(making: Making, key: CharacterKey, shot: str, fingerprint: str, names: Blobs) -> None:
    """Point the generation's and the gallery cell's names at the parts, within the caller's transaction."""
    names.name(generation_name(fingerprint, MANIFEST), making.manifest)
    for part, blob in making.parts.items():
        names.name(generation_name(fingerprint, part), blob)
        names.name(gallery_name(key, shot, part), blob)


def _making(document: Mapping[str, Any], manifest: BlobRef) -> Making:
    return Making(
        size=Size(*document["size"]),
        camera=CameraUsed(**document["camera"]),
        seconds=document["seconds"],
        notes=tuple(document["notes"]),
        parts={name: BlobRef(**blob) for name, blob in document["parts"].items()},
        manifest=manifest,
    )
