"""Tables of galleries: images, their attempts, their verdicts.

Belongs here: what is stored of a gallery image, and what Postgres itself refuses. Does not: queries.

A gallery image points to its current attempt; attempts and verdicts are only ever added. What belongs to
a picture lies with its attempt, what people and scores say of the cell now lies with the image.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from refpipe.backends.database.base import Base, Identified, between, one_of, scores, sha256, to_blob, to_owned
from refpipe.backends.database.tables import SHOT_SLUG
from refpipe.domain.camera import Gaze, Headroom, Thirds
from refpipe.domain.gallery import ImageStatus

SCORES = ("quality", "consistency", "technical", "composition", "cinematic")


class GalleryImageRow(Identified, Base):
    """The current state of one cell, or of one on-demand picture (no shot)."""

    __tablename__ = "gallery_images"
    __table_args__ = (
        # two on-demand pictures may share a character and an outfit: NULLs differ
        UniqueConstraint("owner_id", "character_id", "outfit_id", "shot_slug"),
        UniqueConstraint("owner_id", "id"),
        to_owned("character_id", "characters"),
        to_owned("outfit_id", "outfits"),
        to_owned("current_attempt_id", "image_attempts", use_alter=True),
        CheckConstraint(f"shot_slug {SHOT_SLUG}", name="shot_slug"),
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint("(reviewed_by IS NULL) = (reviewed_at IS NULL)", name="reviewed"),
        one_of("status", ImageStatus),
        *scores(SCORES),
        Index(None, "owner_id", "status"),
        Index(None, "owner_id", postgresql_where="review_due"),
        Index(None, "owner_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    """Order of arrival."""
    character_id: Mapped[UUID]
    outfit_id: Mapped[UUID]
    shot_slug: Mapped[str | None]
    current_attempt_id: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    status: Mapped[str]
    quality: Mapped[float | None]
    consistency: Mapped[float | None]
    technical: Mapped[float | None]
    composition: Mapped[float | None]
    cinematic: Mapped[float | None]
    notes: Mapped[list[str]]
    is_core_reference: Mapped[bool]
    review_due: Mapped[bool]
    recommended_for: Mapped[list[str]]
    usage_reason: Mapped[str]
    tags: Mapped[list[str]]
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    current: Mapped[ImageAttemptRow | None] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin="GalleryImageRow.current_attempt_id == ImageAttemptRow.id",
        foreign_keys="GalleryImageRow.current_attempt_id",
    )


class ImageAttemptRow(Identified, Base):
    """A picture that was made for a gallery image, with the camera that took it. Append-only."""

    __tablename__ = "image_attempts"
    __table_args__ = (
        UniqueConstraint("image_id", "number"),
        UniqueConstraint("image_id", "fingerprint", "picture_sha256"),
        UniqueConstraint("owner_id", "id"),
        to_owned("image_id", "gallery_images"),
        to_blob("picture_sha256"),
        sha256("fingerprint"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("shot_version >= 1", name="shot_version"),
        CheckConstraint("width_px > 0 AND height_px > 0", name="size"),
        between("lens_mm", 1, 2000),
        between("azimuth_deg", -180, 180),
        between("elevation_deg", -90, 90),
        CheckConstraint("distance_m > 0 AND distance_m < 1000", name="distance_m"),
        between("subject_yaw_deg", -180, 180),
        CheckConstraint("f_stop > 0 AND f_stop < 1000", name="f_stop"),
        CheckConstraint("punch_in > 0 AND punch_in < 1000", name="punch_in"),
        one_of("gaze", Gaze),
        one_of("thirds", Thirds),
        one_of("headroom", Headroom),
        Index(None, "picture_sha256"),
        Index(None, "owner_id", "fingerprint"),
        Index(None, "owner_id", "azimuth_deg", "elevation_deg"),
    )

    image_id: Mapped[UUID]
    number: Mapped[int]
    fingerprint: Mapped[str]
    picture_sha256: Mapped[str]
    picture_bytes: Mapped[int] = mapped_column(BigInteger)
    width_px: Mapped[int]
    height_px: Mapped[int]
    shot_version: Mapped[int | None]
    shot_type: Mapped[str]
    model: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    prompt: Mapped[str]
    parents: Mapped[list[str]]
    lens_mm: Mapped[float]
    azimuth_deg: Mapped[float]
    elevation_deg: Mapped[float]
    distance_m: Mapped[float]
    subject_yaw_deg: Mapped[float]
    gaze: Mapped[str]
    thirds: Mapped[str]
    headroom: Mapped[str]
    f_stop: Mapped[float]
    punch_in: Mapped[float]
    head_x: Mapped[float | None]
    headroom_share: Mapped[float | None]


class VerdictRow(Identified, Base):
    """What the gate or a person said of an attempt, and by what measure. Append-only.

    ``thresholds`` are those in force, empty where a person decided; ``judge`` is who: ``gate`` or a person.
    ``reasons`` are words of ``FailureReason`` where the gate judged, a person's own words else; ``notes`` are
    sentences; ``parts`` every part that was measured, by score and name; ``scorer`` what measured them.
    """

    __tablename__ = "verdicts"
    __table_args__ = (
        to_owned("attempt_id", "image_attempts"),
        one_of("status", ImageStatus),
        *scores(SCORES),
        CheckConstraint("judge <> ''", name="judge"),
        Index(None, "attempt_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    attempt_id: Mapped[UUID]
    status: Mapped[str]
    judge: Mapped[str]
    quality: Mapped[float | None]
    consistency: Mapped[float | None]
    technical: Mapped[float | None]
    composition: Mapped[float | None]
    cinematic: Mapped[float | None]
    reasons: Mapped[list[str]]
    thresholds: Mapped[dict[str, Any]]
    notes: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    parts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    scorer: Mapped[str | None]
