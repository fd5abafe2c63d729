"""Small domain values for the tests of repositories."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import uuid4

from refpipe.domain.characters import CharacterSheet, read_sheet
from refpipe.domain.gallery import GalleryImage, ImageStatus, Scores
from refpipe.domain.generation import CameraUsed, GenerationState, Role
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ledger import Claim, Wanted
from refpipe.domain.ports import BlobRef, Records
from refpipe.domain.shot_templates import read_template, resolve
from refpipe.domain.shots import ReferenceShot

JAX = CharacterKey("local", "jax", "default")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def blob(text: str) -> BlobRef:
    return BlobRef(sha(text), len(text), "image/png")


def sheet(slug: str = "jax", outfits: tuple[str, ...] = ("default",), **more: Any) -> CharacterSheet:
    garment = {"kind": "coat", "colour": "#112233"}
    wardrobe = [{"slug": outfit, "garments": [garment]} for outfit in outfits]
    return read_sheet({"slug": slug, "name": slug.title(), "wardrobe": wardrobe, **more})


def shot(slug: str = "50mm_front_cu", **more: Any) -> ReferenceShot:
    return resolve(read_template({"slug": slug, "lens_mm": 50, "crop": "cu", **more}))


CAMERA = CameraUsed(
    lens_mm=50,
    azimuth_deg=-35.0,
    elevation_deg=0.0,
    distance_m=1.8,
    subject_yaw_deg=0.0,
    gaze="away",
    thirds="right_third",
    headroom="tight",
    f_stop=4.0,
    punch_in=3.2,
    head_x=0.66,
    headroom_share=None,
)


def image(picture: str = "picture", key: CharacterKey = JAX, **more: Any) -> GalleryImage:
    values: dict[str, Any] = {
        "id": uuid4(),
        "owner": key.owner,
        "character": key.character,
        "outfit": key.outfit,
        "shot": "50mm_front_cu",
        "shot_version": 1,
        "fingerprint": sha(f"request of {picture}"),
        "picture_sha256": sha(picture),
        "picture_bytes": len(picture),
        "width_px": 832,
        "height_px": 1248,
        "camera": CAMERA,
        "shot_type": "close-up",
        "status": ImageStatus.PENDING,
        "scores": Scores(),
        "is_core_reference": True,
        "attempts": 1,
        "model": "previs@1",
        "seed": 2**31 - 1,
        "prompt": "",
        "parents": (sha("parent"),),
        "notes": ("made",),
        "review_due": True,
        "recommended_for": ("close_dialogue",),
        "tags": ("sample",),
    }
    return GalleryImage(**{**values, **more})


WANTED = Wanted(
    fingerprint=sha("request"), role=Role.REFERENCE_IMAGE, model="previs@1", request={"seed": 7, "references": []}
)


def claimed(records: Records, wanted: Wanted = WANTED, *, holder: str = "ada", lease_s: float = 60.0) -> Claim:
    """A claim on a generation that nobody works on; one that has ended begins again."""
    known = records.generations.find(wanted.fingerprint)
    claim = records.generations.claim(wanted, holder=holder, lease_s=lease_s, over_fence=known.fence if known else None)
    assert claim is not None
    return claim


def sent(records: Records, wanted: Wanted = WANTED) -> Claim:
    """A claimed generation that is with its generator."""
    return records.generations.advance(claimed(records, wanted), GenerationState.SUBMITTING, lease_s=60.0)
