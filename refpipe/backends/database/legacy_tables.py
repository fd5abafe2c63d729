"""The table of reference shots of the old shape, with the columns that a migration fills.

Belongs here: rows that users bring from before (R-SHOT-8). Does not: the present templates (tables).
No ranges are checked: what stood in an old row must fit in and come out unchanged.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from refpipe.backends.database.base import Base

# a list that is absent is NULL, not the JSON word null
_WORDS = JSONB(none_as_null=True)


class LegacyShotRow(Base):
    """A template of the old shape, known by the id that its owner gave it."""

    __tablename__ = "legacy_shot_templates"

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owners.id", ondelete="RESTRICT"), primary_key=True)
    # ids compare byte by byte, so that walking along them is the same walk on every server
    id: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    name: Mapped[str | None]
    angle: Mapped[str | None]
    lens: Mapped[str | None]
    crop: Mapped[str | None]
    pack: Mapped[str | None]
    mode: Mapped[str | None]
    prompt: Mapped[str | None]
    other: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    azimuth_deg: Mapped[float | None]
    elevation_deg: Mapped[float | None]
    distance_m: Mapped[float | None]
    priority: Mapped[int | None]
    when_to_use: Mapped[str | None]
    scene_types: Mapped[list[str] | None] = mapped_column(_WORDS)
    # which of the columns above the migration filled; NULL while the row is not migrated
    filled_columns: Mapped[list[str] | None] = mapped_column(_WORDS)
    fault: Mapped[str | None]
