"""A gallery image: a picture of one character for one shot (or on demand), and its states.

Belongs here: states, the outcome of one shot, coverage. Does not: how a verdict is reached.
Source: specification, characters.md, R-CHAR-3 and R-CHAR-4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from refpipe.domain.generation import CameraUsed


class ImageStatus(StrEnum):
    """Life of a gallery image. ``PENDING`` is made but not yet judged."""

    PENDING = "pending"
    PROCESSING = "processing"
    ACCEPTED = "validation_success"
    NEEDS_REVIEW = "needs_review"
    FAILED = "validation_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """All 0–100; None until measured."""

    quality: float | None = None
    consistency: float | None = None
    technical: float | None = None
    composition: float | None = None
    cinematic: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryImage:
    """The current picture of one cell (character in outfit × shot), or an on-demand picture (no shot)."""

    id: UUID
    owner: str
    character: str
    outfit: str
    shot: str | None
    shot_version: int | None
    fingerprint: str
    picture_sha256: str
    picture_bytes: int
    width_px: int
    height_px: int
    camera: CameraUsed
    shot_type: str
    status: ImageStatus
    scores: Scores
    is_core_reference: bool
    attempts: int
    model: str
    seed: int
    prompt: str
    parents: tuple[str, ...]
    notes: tuple[str, ...]
    review_due: bool
    recommended_for: tuple[str, ...] = ()
    usage_reason: str = ""
    tags: tuple[str, ...] = ()
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShotFailure:
    """A shot that could not be made, and why."""

    shot: str
    reason: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a pack is made and accepted."""

    planned: int
    made: int
    accepted: int
    needs_review: int
    failed: int
