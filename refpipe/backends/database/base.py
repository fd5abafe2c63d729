"""What all tables share: names of constraints, owners, checks.

Belongs here: the declarative base and the pieces that tables are written with. Does not: tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, ForeignKeyConstraint, MetaData, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        list[str]: JSONB(),
    }


class Owned:
    """A table whose rows belong to an owner. No row points to another owner's: references carry the owner along."""

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owners.id", ondelete="RESTRICT"))


class Identified(Owned):
    """An owned row known by an immutable UUID of its own, with the database's time of its writing."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """The column holds one of the words."""
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def between(column: str, lowest: float, highest: float) -> CheckConstraint:
    """The column lies within the range, ends included (NaN does not)."""
    return CheckConstraint(f"{column} BETWEEN {lowest} AND {highest}", name=column)


def scores(columns: Iterable[str]) -> list[CheckConstraint]:
    """Each column is a score 0–100, or NULL while it is not measured."""
    return [between(column, 0, 100) for column in columns]


def sha256(column: str) -> CheckConstraint:
    """The column is a SHA-256 in lower-case hex."""
    return CheckConstraint(f"{column} ~ '^[0-9a-f]{{64}}$'", name=column)


def to_owned(column: str, table: str, **options: Any) -> ForeignKeyConstraint:
    """A reference to a row of the same owner."""
    return ForeignKeyConstraint(["owner_id", column], [f"{table}.owner_id", f"{table}.id"], **options)


def to_blob(column: str, **options: Any) -> ForeignKeyConstraint:
    """A reference to a blob that the same owner has stored."""
    return ForeignKeyConstraint(["owner_id", column], ["blobs.owner_id", "blobs.sha256"], **options)
