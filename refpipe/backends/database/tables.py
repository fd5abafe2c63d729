"""Tables of owners, blobs, characters and reference shots.

Belongs here: what is stored of them, and what Postgres itself refuses. Does not: galleries
(gallery_tables), the ledger (ledger_tables), vectors (vector_tables), queries (repositories).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from refpipe.backends.database.base import Base, Identified, between, one_of, sha256, to_blob, to_owned
from refpipe.domain.camera import Crop, Gaze, Headroom, Thirds
from refpipe.domain.characters import CharacterStatus
from refpipe.domain.shots import Mode, Pack

SLUG = "~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'"
SHOT_SLUG = "~ '^[a-z0-9]([a-z0-9_]{0,62}[a-z0-9])?$'"


class OwnerRow(Base):
    """Whose rows they are."""

    __tablename__ = "owners"
    __table_args__ = (UniqueConstraint("slug"), CheckConstraint(f"slug {SLUG}", name="slug"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    slug: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BlobRow(Base):
    """A blob that some row of the owner needs; its bytes were in the store before the row was written."""

    __tablename__ = "blobs"
    __table_args__ = (
        sha256("sha256"),
        CheckConstraint("size_bytes >= 0", name="size_bytes"),
        CheckConstraint("media_type <> ''", name="media_type"),
        Index(None, "sha256"),
    )

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owners.id", ondelete="RESTRICT"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BlobNameRow(Base):
    """A storage name and the blob it points to now."""

    __tablename__ = "blob_names"
    __table_args__ = (to_blob("sha256"), Index(None, "sha256"), CheckConstraint("name <> ''", name="name"))

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owners.id", ondelete="RESTRICT"), primary_key=True)
    # in byte order, so that the key itself finds all names below a prefix
    name: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    sha256: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CharacterRow(Identified, Base):
    """A character: the sheet as written, and what queries ask of it."""

    __tablename__ = "characters"
    __table_args__ = (
        UniqueConstraint("owner_id", "slug"),
        UniqueConstraint("owner_id", "id"),
        to_owned("current_master_id", "master_references", use_alter=True),
        CheckConstraint(f"slug {SLUG}", name="slug"),
        CheckConstraint("name <> ''", name="name"),
        one_of("status", CharacterStatus),
    )

    slug: Mapped[str]
    name: Mapped[str]
    status: Mapped[str]
    sheet: Mapped[dict[str, Any]]
    current_master_id: Mapped[UUID | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    outfits: Mapped[list[OutfitRow]] = relationship(lazy="raise", order_by="OutfitRow.position")


class MasterReferenceRow(Identified, Base):
    """A master reference that a character has or once had. Append-only."""

    __tablename__ = "master_references"
    __table_args__ = (
        UniqueConstraint("owner_id", "id"),
        to_owned("character_id", "characters"),
        to_blob("picture_sha256"),
        Index(None, "character_id"),
        Index(None, "picture_sha256"),
    )

    character_id: Mapped[UUID]
    picture_sha256: Mapped[str]
    source: Mapped[str]


class OutfitRow(Identified, Base):
    """An outfit of a character. One that left the sheet is retired; its pictures stay."""

    __tablename__ = "outfits"
    __table_args__ = (
        UniqueConstraint("character_id", "slug"),
        UniqueConstraint("owner_id", "id"),
        to_owned("character_id", "characters"),
        CheckConstraint(f"slug {SLUG}", name="slug"),
        CheckConstraint("position >= 0", name="position"),
    )

    character_id: Mapped[UUID]
    slug: Mapped[str]
    name: Mapped[str]
    position: Mapped[int]
    is_default: Mapped[bool]
    is_retired: Mapped[bool] = mapped_column(server_default="false")


class ShotTemplateRow(Identified, Base):
    """A reference shot with every field resolved; ranges as in R-SHOT-1. A new version is a new row."""

    __tablename__ = "shot_templates"
    __table_args__ = (
        UniqueConstraint("owner_id", "slug", "version"),
        CheckConstraint(f"slug {SHOT_SLUG}", name="slug"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("name <> ''", name="name"),
        one_of("pack", Pack),
        one_of("mode", Mode),
        one_of("crop", Crop),
        one_of("gaze", Gaze),
        one_of("thirds", Thirds),
        one_of("headroom", Headroom),
        between("lens_mm", 14, 200),
        between("azimuth_deg", -180, 180),
        between("elevation_deg", -90, 90),
        between("distance_m", 0.1, 10),
        between("subject_yaw_deg", -180, 180),
        between("priority", 1, 10),
        between("f_stop", 0.7, 64),
        between("iso", 25, 409_600),
        between("reference_weight", 0, 1),
        # only "any of": a word of ours each, in any number
        CheckConstraint(
            """scene_types <@ '["dialogue", "action", "emotional", "establishing", "transition"]'::jsonb""",
            name="scene_types",
        ),
        Index(None, "owner_id", "azimuth_deg", "elevation_deg"),
        Index(None, "owner_id", "priority"),
        Index(None, "owner_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    """Order of arrival: the library's own order."""
    slug: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    pack: Mapped[str]
    lens_mm: Mapped[float]
    mode: Mapped[str]
    angle: Mapped[str]
    crop: Mapped[str]
    azimuth_deg: Mapped[float]
    elevation_deg: Mapped[float]
    distance_m: Mapped[float]
    subject_yaw_deg: Mapped[float]
    gaze: Mapped[str]
    thirds: Mapped[str]
    headroom: Mapped[str]
    pose: Mapped[str]
    expression: Mapped[str]
    scene_types: Mapped[list[str]]
    priority: Mapped[int]
    when_to_use: Mapped[str]
    composition_notes: Mapped[str]
    negative_prompts: Mapped[list[str]]
    description: Mapped[str]
    tags: Mapped[list[str]]
    f_stop: Mapped[float]
    iso: Mapped[int]
    shutter: Mapped[str]
    reference_weight: Mapped[float]
    prompt_template: Mapped[str]
    file_name_pattern: Mapped[str]
    active: Mapped[bool]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
