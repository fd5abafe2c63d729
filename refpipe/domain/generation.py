"""A generation: what is asked of a generator, what comes back, and the fingerprint that names it.

Belongs here: frozen request and result values, capabilities as data. Does not: provider JSON,
the ledger's states in a table, pixels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from refpipe.domain.camera import relative_view_deg
from refpipe.domain.characters import Outfit, Physical
from refpipe.domain.shots import ReferenceShot

FINGERPRINT_VERSION = 1


class Role(StrEnum):
    """What a generator is for; each role has a backend of its own (R-PLAT-3)."""

    REFERENCE_IMAGE = "reference_image"
    STORYBOARD_FRAME = "storyboard_frame"
    VIDEO_CHUNK = "video_chunk"
    FEATURES = "features"
    PLANNING = "planning"
    ANALYSIS = "analysis"


class GenerationState(StrEnum):
    """States of a generation in the ledger (R-PLAT-5)."""

    RESERVED = "reserved"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height of a picture, pixels."""

    width_px: int
    height_px: int

    @classmethod
    def parse(cls, text: str) -> Size:
        """Read ``WIDTHxHEIGHT``. Raises ValueError."""
        width, times, height = text.lower().partition("x")
        if not times:
            raise ValueError(f"{text!r} is not of the form WIDTHxHEIGHT")
        return cls(int(width), int(height))

    @property
    def aspect(self) -> float:
        """Width / height."""
        return self.width_px / self.height_px

    def __str__(self) -> str:
        return f"{self.width_px}x{self.height_px}"


FULL_SIZE = Size(832, 1248)
SMALL_SIZE = Size(512, 768)


@dataclass(frozen=True, slots=True)
class ModelId:
    """A model and its revision; for our own renderers the revision is the code's version."""

    name: str
    revision: str

    def __str__(self) -> str:
        return f"{self.name}@{self.revision}"


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture given to a generator, by content hash, with its weight 0–1."""

    sha256: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """Everything that changes one reference picture, and nothing else (no persona, no names).

    ``prompt`` and ``negative_prompt`` are None for generators that do not read words.
    """

    role: Role
    model: ModelId
    physical: Physical
    outfit: Outfit
    shot: ReferenceShot
    size: Size
    seed: int
    references: tuple[Reference, ...] = ()
    prompt: str | None = None
    negative_prompt: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


def canonical(request: ImageRequest) -> dict[str, Any]:
    """The request as versioned plain data: words that describe but draw nothing are left out."""
    outfit = [garment.model_dump(mode="json", exclude={"description"}) for garment in request.outfit.garments]
    return {
        "version": FINGERPRINT_VERSION,
        "role": request.role.value,
        "model": [request.model.name, request.model.revision],
        "physical": request.physical.model_dump(mode="json", exclude={"description"}),
        "outfit": outfit,
        "shot": request.shot.picture_fields(),
        "size": [request.size.width_px, request.size.height_px],
        "seed": request.seed,
        "references": [[reference.sha256, reference.weight] for reference in request.references],
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "parameters": dict(request.parameters),
    }


def fingerprint(request: ImageRequest) -> str:
    """SHA-256 (hex) of the canonical request; the same request always has the same fingerprint."""
    text = json.dumps(canonical(request), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraUsed:
    """The camera that took a picture, as measured from what was really set (R-CHAR-3).

    Distances in metres, angles in degrees. ``punch_in`` is the enlargement of the picture's real
    window. ``head_x`` (share of the width from the left) and ``headroom_share`` (share of the
    height above the head) are None where no head is in the picture.
    """

    lens_mm: float
    azimuth_deg: float
    elevation_deg: float
    distance_m: float
    subject_yaw_deg: float
    gaze: str
    thirds: str
    headroom: str
    f_stop: float
    punch_in: float
    head_x: float | None
    headroom_share: float | None

    @property
    def relative_view_deg(self) -> float:
        """How the camera saw the subject: azimuth − yaw, in (−180, 180]."""
        return relative_view_deg(self.azimuth_deg, self.subject_yaw_deg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guides:
    """Control pictures from the same geometry as the picture, each an encoded file of the picture's size.

    ``depth_png`` 16-bit, millimetres, 0 = nothing there; ``normals_png`` 8-bit RGB, camera space (x right,
    y up, z to the viewer) mapped from −1…1; ``mask_png`` 8-bit, 255 = subject; ``edges_png`` 8-bit;
    ``keypoints_json`` COCO-17 as ``{"keypoints": [{"name", "x_px", "y_px", "visible", "in_picture"}]}``.
    """

    depth_png: bytes
    normals_png: bytes
    mask_png: bytes
    edges_png: bytes
    keypoints_json: bytes

    def files(self) -> dict[str, tuple[bytes, str]]:
        """File name → (bytes, media type), as stored beside the picture."""
        return {
            "depth.png": (self.depth_png, "image/png"),
            "normals.png": (self.normals_png, "image/png"),
            "mask.png": (self.mask_png, "image/png"),
            "edges.png": (self.edges_png, "image/png"),
            "keypoints.json": (self.keypoints_json, "application/json"),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedImage:
    """A generator's answer. ``guides`` is None where the backend has no geometry of its own."""

    picture_png: bytes
    size: Size
    camera: CameraUsed
    guides: Guides | None
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What a generator can do about a fault: parameters set, weights of references changed, words added."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    reference_weight_factor: float = 1.0
    prompt_words: str = ""
    negative_words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an image generator can do, as data: asking for more is refused before anything is spent.

    ``looks_up_jobs``: it can say later whether a job was created (``ImageJobs.look_up``).
    ``varies_with_seed``: another seed makes another picture, not only other noise. ``remedies``: by the value
    of a FailureReason, what to do about it, the gentlest first; none: trying again would be in vain.
    """

    model: ModelId
    sizes: tuple[Size, ...] | None
    """None: any size within ``max_side_px``."""
    max_side_px: int
    max_references: int
    takes_seed: bool
    takes_prompt: bool
    takes_negative_prompt: bool
    takes_guides: bool
    price_usd: float
    max_concurrency: int
    licence: str
    commercial_use: bool
    looks_up_jobs: bool = False
    varies_with_seed: bool = False
    remedies: Mapping[str, tuple[Remedy, ...]] = field(default_factory=dict)
