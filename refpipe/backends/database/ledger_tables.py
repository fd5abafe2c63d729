"""Tables of the generation ledger, and of vectors that describe pictures.

Belongs here: what is stored of generations and vectors. Does not: claiming, looking up, searching.

Vectors: one table per dimension, model and revision in the key, so that vectors of different models
are never compared; half precision loses no recall and halves the disk. A vector goes when its picture does.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, func
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from refpipe.backends.database.base import Base, Identified, one_of, sha256, to_blob
from refpipe.domain.generation import GenerationState, Role


class GenerationRow(Identified, Base):
    """A generation (R-PLAT-5). Its fingerprint is its key for an owner.

    Whoever works on it holds a lease; ``fence`` grows with every claim, and a later write must name the
    fence of its own claim, so that one who lost the lease can no longer write.
    """

    __tablename__ = "generations"
    __table_args__ = (
        UniqueConstraint("owner_id", "fingerprint"),
        to_blob("blob_sha256"),
        sha256("fingerprint"),
        one_of("role", Role),
        one_of("state", GenerationState),
        CheckConstraint("attempt >= 0", name="attempt"),
        CheckConstraint("fence >= 0", name="fence"),
        CheckConstraint("cost_usd >= 0", name="cost_usd"),
        CheckConstraint("(lease_holder IS NULL) = (lease_until IS NULL)", name="lease"),
        CheckConstraint("state <> 'succeeded' OR blob_sha256 IS NOT NULL", name="succeeded_has_blob"),
        CheckConstraint("state <> 'submitted' OR provider_id IS NOT NULL", name="submitted_has_provider_id"),
        Index(None, "blob_sha256"),
        Index(None, "owner_id", "state"),
        Index(None, "lease_until", postgresql_where="state IN ('reserved', 'submitting', 'submitted', 'in_doubt')"),
    )

    fingerprint: Mapped[str]
    role: Mapped[str]
    model: Mapped[str]
    state: Mapped[str]
    attempt: Mapped[int]
    fence: Mapped[int] = mapped_column(BigInteger, server_default="0")
    lease_holder: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    provider_id: Mapped[str | None]
    blob_sha256: Mapped[str | None]
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(12, 6), server_default="0")
    error: Mapped[str | None]
    request: Mapped[dict[str, Any] | None]
    """The canonical request, for looking a job up at its provider."""
    submitted_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class _VectorKey:
    """Which vector of which picture: picture, model, revision and how the picture was prepared for it."""

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - a declared attribute of the class
        return (to_blob("picture_sha256", ondelete="CASCADE"), Index(None, "picture_sha256"))

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owners.id", ondelete="RESTRICT"), primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[str] = mapped_column(primary_key=True)
    preprocessing: Mapped[str] = mapped_column(primary_key=True)
    picture_sha256: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Features384Row(_VectorKey, Base):
    """Identity features of 384 numbers (R-QA-1): the CLS vector."""

    __tablename__ = "features_384"
    cls: Mapped[Any] = mapped_column(HALFVEC(384), deferred=True, nullable=False)


class Features768Row(_VectorKey, Base):
    """Identity features of 768 numbers (R-QA-1): the CLS vector."""

    __tablename__ = "features_768"
    cls: Mapped[Any] = mapped_column(HALFVEC(768), deferred=True, nullable=False)


class Features1024Row(_VectorKey, Base):
    """Identity features of 1,024 numbers (R-QA-1): the CLS vector."""

    __tablename__ = "features_1024"
    cls: Mapped[Any] = mapped_column(HALFVEC(1024), deferred=True, nullable=False)


class Embedding768Row(_VectorKey, Base):
    """What a picture shows, as a text–image model of 768 numbers sees it."""

    __tablename__ = "embeddings_768"
    embedding: Mapped[Any] = mapped_column(HALFVEC(768), deferred=True, nullable=False)
