"""The table of the generation ledger.

Belongs here: what is stored of generations. Does not: claiming, looking up.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

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
