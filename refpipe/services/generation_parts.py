"""What a generation made, as it is kept: its files, facts about them, and a manifest that ties them together.

Belongs here: the manifest's form, putting the files into the blob store, finding them again; what of a
picture is kept. Does not: the ledger's states, the gallery.

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
class Files:
    """What a generation made, before it is stored: name → (bytes, media type), and facts as plain data.

    ``principal`` is the name of the file that was asked for; the others lie beside it.
    """

    principal: str
    parts: Mapping[str, tuple[bytes, str]]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """One generation's stored files. ``manifest`` names this very record."""

    main: BlobRef
    parts: Mapping[str, BlobRef]
    facts: Mapping[str, Any]
    manifest: BlobRef


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFacts:
    """What is known of a picture beside its bytes."""

    size: Size
    camera: CameraUsed
    notes: tuple[str, ...]

    @classmethod
    def of(cls, making: Making) -> PictureFacts:
        """The facts of a stored picture."""
        facts = making.facts
        return cls(size=Size(*facts["size"]), camera=CameraUsed(**facts["camera"]), notes=tuple(facts["notes"]))


def picture_files(image: GeneratedImage) -> Files:
    """What of a generated picture is kept: the picture, its guides, and how it was taken."""
    return Files(
        principal=PICTURE,
        parts={PICTURE: (image.picture_png, "image/png"), **(image.guides.files() if image.guides else {})},
        facts={
            "size": [image.size.width_px, image.size.height_px],
            "camera": asdict(image.camera),
            "seconds": round(image.seconds, 3),
            "notes": list(image.notes),
        },
    )


def store_making(files: Files, blobs: BlobStore) -> Making:
    """Put the files and their manifest; nothing points to them yet. Raises StorageFullError."""
    parts = {name: blobs.put(data, media_type) for name, (data, media_type) in files.parts.items()}
    document = {
        "version": _VERSION,
        **files.facts,
        "principal": files.principal,
        "parts": {name: asdict(blob) for name, blob in parts.items()},
    }
    manifest = blobs.put(json.dumps(document, sort_keys=True).encode(), "application/json")
    return _making(document, manifest)


def find_making(manifest_sha256: str, blobs: BlobStore) -> Making | None:
    """The files of a known generation; None when any of them is gone or damaged, so that it is made again."""
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


def name_making(making: Making, fingerprint: str, names: Blobs) -> None:
    """Point the generation's names at its files, within the caller's transaction."""
    named = {generation_name(fingerprint, part): blob for part, blob in making.parts.items()}
    names.name_all({**named, generation_name(fingerprint, MANIFEST): making.manifest})


def name_cell(making: Making, key: CharacterKey, shot: str, names: Blobs) -> None:
    """Point the gallery cell's names at the files, within the caller's transaction."""
    names.name_all({gallery_name(key, shot, part): blob for part, blob in making.parts.items()})


def _making(document: Mapping[str, Any], manifest: BlobRef) -> Making:
    parts = {name: BlobRef(**blob) for name, blob in document["parts"].items()}
    return Making(
        # manifests of pictures were written before they named it
        main=parts[document.get("principal", PICTURE)],
        parts=parts,
        facts={name: value for name, value in document.items() if name not in ("version", "principal", "parts")},
        manifest=manifest,
    )
