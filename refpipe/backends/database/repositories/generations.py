"""An owner's generations, as they were recorded.

Belongs here: the ledger's rows read and written as a whole. Does not: claims, leases, providers.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from refpipe.backends.database.ledger_tables import GenerationRow
from refpipe.backends.database.repositories.owner import Owner
from refpipe.domain.generation import GenerationState
from refpipe.domain.ports import GenerationRecord

_ENDED = (GenerationState.SUCCEEDED, GenerationState.FAILED)


class PostgresGenerations:
    """See the port ``Generations``."""

    def __init__(self, session: Session, owner: Owner) -> None:
        self._session = session
        self._owner = owner

    def find(self, fingerprint: str) -> GenerationRecord | None:
        """The generation of that fingerprint, as last recorded."""
        row = self._session.scalar(
            select(GenerationRow).where(
                GenerationRow.owner_id == self._owner.id, GenerationRow.fingerprint == fingerprint
            )
        )
        return None if row is None else self._record(row)

    def record(self, record: GenerationRecord) -> None:
        """Keep the record. One of an older attempt never overwrites a newer one, nor anything a success of its own.

        Its blob must have been named before: raises PermanentFailureError on leaving the transaction otherwise.
        """
        values: dict[str, Any] = {
            "role": record.role,
            "model": record.model,
            "state": record.state.value,
            "attempt": record.attempt,
            "blob_sha256": record.blob_sha256,
            "cost_usd": Decimal(repr(record.cost_usd)),
            "provider_id": record.provider_id,
            "error": record.error,
            "request": None if record.request is None else dict(record.request),
            "finished_at": func.now() if record.state in _ENDED else None,
        }
        is_newer = GenerationRow.attempt < record.attempt
        is_unfinished = (GenerationRow.attempt == record.attempt) & (GenerationRow.state != "succeeded")
        self._session.execute(
            insert(GenerationRow)
            .values(id=uuid4(), owner_id=self._owner.id, fingerprint=record.fingerprint, **values)
            .on_conflict_do_update(
                index_elements=["owner_id", "fingerprint"],
                set_={**values, "updated_at": func.now()},
                where=or_(is_newer, is_unfinished),
            )
        )

    def _record(self, row: GenerationRow) -> GenerationRecord:
        return GenerationRecord(
            fingerprint=row.fingerprint,
            owner=self._owner.slug,
            role=row.role,
            model=row.model,
            state=GenerationState(row.state),
            attempt=row.attempt,
            blob_sha256=row.blob_sha256,
            cost_usd=float(row.cost_usd),
            provider_id=row.provider_id,
            error=row.error,
            request=row.request,
        )
