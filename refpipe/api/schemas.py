"""The documents that travel: what is asked of the analysis service, and what it answers.

Belongs here: names, types, ranges and examples of fields. Does not: where their values come from.

Vectors travel as base64 of little-endian float32, so that both sides have the same numbers to the last bit.
"""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from refpipe.domain.camera import Headroom, Thirds, ViewBin
from refpipe.domain.consistency import Stance
from refpipe.domain.vectors import VectorModel, Vectors
from refpipe.domain.verdict import CONSISTENCY_RANGE, QUALITY_RANGE

MOST_PICTURES = 64
MOST_CHARACTERS = 200

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")]
ShotSlug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9_]{0,62}[a-z0-9])?$")]
Score = Annotated[float, Field(ge=0, le=100)]
QualityThreshold = Annotated[float, Field(ge=QUALITY_RANGE[0], le=QUALITY_RANGE[1])]
ConsistencyThreshold = Annotated[float, Field(ge=CONSISTENCY_RANGE[0], le=CONSISTENCY_RANGE[1])]
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [fields]})


class FeaturesAsked(BaseModel):
    """Pictures to extract features of: held ones by hash, then those sent in parts ``picture``.

    ``patches`` asks for patch vectors too; with one picture, a ``mask`` keeps those on the subject.
    """

    model_config = _example(pictures=[_HASH], patches=False)

    pictures: list[Sha256] = Field(default_factory=list, max_length=MOST_PICTURES)
    patches: bool = False
    mask: Sha256 | None = None


class QualityAsked(BaseModel):
    """One picture to measure, held (``picture``) or sent; what is expected of it as far as that is known.

    Size: the picture's own where none is given. Guides may be sent as parts ``mask``, ``edges``, ``keypoints``.
    """

    model_config = _example(picture=_HASH, width_px=832, height_px=1248, thirds="centered", headroom="equal")

    picture: Sha256 | None = None
    width_px: int | None = Field(None, ge=1, le=100_000)
    height_px: int | None = Field(None, ge=1, le=100_000)
    thirds: Thirds | None = None
    headroom: Headroom | None = None
    mask: Sha256 | None = None
    edges: Sha256 | None = None
    quality_threshold: QualityThreshold | None = None


class ConsistencyAsked(BaseModel):
    """A picture, and what it is compared with: ``master`` (a hash, or a part sent), or a ``character`` of the owner,
    whose standard in that outfit is taken. ``view`` or the ``shot`` that it was made for says from where it was taken.
    """

    model_config = _example(picture=_HASH, character="jax", outfit="street", shot="50mm_front_cu")

    picture: Sha256 | None = None
    master: Sha256 | None = None
    character: Slug | None = None
    outfit: Slug | None = None
    view: ViewBin | None = None
    shot: ShotSlug | None = None
    threshold: ConsistencyThreshold | None = None


class MatchAsked(BaseModel):
    """A picture whose character is looked for among the owner's, or among those named."""

    model_config = _example(picture=_HASH, view="front", characters=["jax", "sherlock-holmes"])

    picture: Sha256 | None = None
    characters: list[Slug] | None = Field(None, min_length=1, max_length=MOST_CHARACTERS)
    view: ViewBin | None = None
    shot: ShotSlug | None = None
    threshold: ConsistencyThreshold | None = None


class MediaHeld(BaseModel):
    """A picture that is held now, under the hash of the bytes that came."""

    sha256: str
    file: str
    media_type: str
    size_bytes: int
    width_px: int
    height_px: int
    notes: list[str]


class MediaRefused(BaseModel):
    """A file that was not taken."""

    file: str
    code: str
    reason: str


class MediaAnswer(BaseModel):
    """What became of an upload; held media are forgotten when nobody asks for them in ``held_for_s`` seconds."""

    media: list[MediaHeld]
    refused: list[MediaRefused]
    held_for_s: float


class ModelNamed(BaseModel):
    """What made a vector: vectors under different names are not comparable."""

    name: str
    revision: str
    preprocessing: str
    dimension: int

    @classmethod
    def of(cls, model: VectorModel) -> ModelNamed:
        return cls(
            name=model.name, revision=model.revision, preprocessing=model.preprocessing, dimension=model.dimension
        )


class PictureError(BaseModel):
    """Why one picture of several has no answer, by a stable code and for people."""

    code: str
    reason: str


class PictureFeatures(BaseModel):
    """Of one picture: its vector, and its patches (``patch_count`` rows) where asked; or ``error``."""

    sha256: str | None = None
    vector: str | None = None
    patches: str | None = None
    patch_count: int | None = None
    error: PictureError | None = None


class FeaturesAnswer(BaseModel):
    """In the order asked: held pictures, then those sent. Numbers: base64 of little-endian float32."""

    model: ModelNamed
    features: list[PictureFeatures]


class ScoresAnswer(BaseModel):
    """All 0–100; null where not measured."""

    quality: float | None
    technical: float | None
    composition: float | None
    cinematic: float | None


class ReasonNamed(BaseModel):
    """Why a picture does not pass, by a stable word and for people."""

    reason: str
    text: str
    score: float | None


class QualityAnswer(BaseModel):
    """What was measured of one picture, part by part, and what the gate says of it without consistency."""

    sha256: str
    scorer: str
    scores: ScoresAnswer
    parts: dict[Literal["quality", "technical", "composition"], dict[str, float]]
    notes: list[str]
    status: str
    reasons: list[ReasonNamed]
    thresholds: dict[str, float]


class ConsistencyAnswer(BaseModel):
    """``consistency``: 100 × the calibrated probability that both show the same character in this view; null where
    that was not measured or cannot be decided, and ``why`` says which. ``stance`` is what follows at the threshold.
    """

    sha256: str
    master_sha256: str | None
    beside: str
    view: ViewBin
    consistency: float | None
    cosine: float | None
    stance: Stance | None
    threshold: float
    different_below: float | None
    same_from: float | None
    model: ModelNamed
    calibration: str | None
    why: str
    note: str


class Candidate(BaseModel):
    """One of the characters that a picture was compared with, in the outfit that fits best.

    ``probability`` is 0–100 that it is this one and none of the others; ``consistency`` of this pair alone.
    """

    character: str
    outfit: str
    master_sha256: str
    beside: str
    consistency: float | None
    probability: float | None
    cosine: float
    stance: Stance | None


class NotCompared(BaseModel):
    """A set that the picture was not compared with, and why."""

    character: str
    outfit: str
    why: str


class MatchAnswer(BaseModel):
    """Whom the picture shows. ``outcome``: ``match`` (``character`` is named), ``nobody`` of those compared, or
    ``undecided``: a person has to look; ``why`` says why. Candidates begin with the likeliest.
    """

    sha256: str
    view: ViewBin
    outcome: Literal["match", "nobody", "undecided"]
    character: str | None
    probability: float | None
    threshold: float
    candidates: list[Candidate]
    not_compared: list[NotCompared]
    model: ModelNamed
    calibration: str | None
    why: str


class ServiceDescribed(BaseModel):
    """What stands behind the service, and its limits."""

    model: ModelNamed
    scorer: str
    calibration: str | None
    max_file_bytes: int
    max_request_bytes: int
    max_pictures: int
    max_batch: int
    waiting: int


def packed(vectors: Vectors) -> str:
    """Vectors of any shape as they travel."""
    return base64.b64encode(np.ascontiguousarray(vectors, "<f4").tobytes()).decode("ascii")
