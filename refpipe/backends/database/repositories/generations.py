"""An owner's generations: the ledger's rows, claimed and written under a fence.

Belongs here: one statement for each step of the ledger. Does not: which step comes next, providers.

Each write is one UPDATE that names the claim's holder, its fence and a live lease, by the database's own
clock; a row locked by somebody else is looked at again when it is free, and what then does not fit is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, case, extract, func, literal, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from refpipe.backends.database.ledger_tables import GenerationRow
from refpipe.backends.database.repositories.owner import Owner
from refpipe.domain.errors import LeaseLostError
from refpipe.domain.generation import GenerationState
from refpipe.domain.ledger import ENDED, Claim, Wanted, states_before
from refpipe.domain.ports import GenerationRecord

_SINCE_SENT_S = extract("epoch", func.clock_timestamp() - GenerationRow.submitted_at)
_CLAIMED = (
    GenerationRow.fingerprint,
    GenerationRow.lease_holder,
    GenerationRow.fence,
    GenerationRow.state,
    GenerationRow.attempt,
    GenerationRow.provider_id,
    _SINCE_SENT_S,
)


class PostgresGenerations:
    """See the port ``Generations``."""

    def __init__(self, session: Session, owner: Owner) -> None:
        self._session = session
        self._owner = owner

    def find(self, fingerprint: str) -> GenerationRecord | None:
        """The generation of that fingerprint."""
        row = self._session.scalar(
            select(GenerationRow)
            .where(GenerationRow.owner_id == self._owner.id, GenerationRow.fingerprint == fingerprint)
            .execution_options(populate_existing=True)
        )
        return None if row is None else self._record(row)

    def list(self, state: GenerationState | None = None) -> list[GenerationRecord]:
        """All of the owner's, or those in one state, the one that changed last first."""
        query = select(GenerationRow).where(GenerationRow.owner_id == self._owner.id)
        return [*self._newest_first(query if state is None else query.where(GenerationRow.state == state.value))]

    def asking_for(self, part: Mapping[str, Any]) -> Sequence[GenerationRecord]:
        """See ``Generations``."""
        query = select(GenerationRow).where(GenerationRow.owner_id == self._owner.id)
        return self._newest_first(query.where(GenerationRow.request.contains(dict(part))))

    def _newest_first(self, query: Select[tuple[GenerationRow]]) -> tuple[GenerationRecord, ...]:
        newest_first = query.order_by(GenerationRow.updated_at.desc(), GenerationRow.fingerprint)
        return tuple(self._record(row) for row in self._session.scalars(newest_first))

    def claim(self, wanted: Wanted, *, holder: str, lease_s: float, over_fence: int | None = None) -> Claim | None:
        """One INSERT that takes an unknown generation, one without a live lease, or the very one that was meant."""
        has_ended = GenerationRow.state.in_(sorted(ENDED))
        taken = {"lease_holder": holder, "lease_until": _from_now(lease_s)}
        first = {
            "id": uuid4(),
            "owner_id": self._owner.id,
            "fingerprint": wanted.fingerprint,
            "role": wanted.role.value,
            "model": wanted.model,
            "request": dict(wanted.request),
            "state": GenerationState.RESERVED.value,
            "attempt": 0,
            "fence": 1,
        }
        again = {
            "state": case((has_ended, GenerationState.RESERVED.value), else_=GenerationRow.state),
            "provider_id": case((has_ended, null()), else_=GenerationRow.provider_id),
            "finished_at": null(),
            "fence": GenerationRow.fence + 1,
            "request": dict(wanted.request),
            "updated_at": func.clock_timestamp(),
        }
        row = self._session.execute(
            insert(GenerationRow)
            .values({**first, **taken})
            .on_conflict_do_update(
                index_elements=["owner_id", "fingerprint"], set_={**again, **taken}, where=self._may_take(over_fence)
            )
            .returning(*_CLAIMED)
        ).one_or_none()
        return None if row is None else _claim(row)

    def advance(
        self,
        claim: Claim,
        state: GenerationState,
        *,
        lease_s: float | None,
        provider_id: str | None = None,
        blob_sha256: str | None = None,
        spent_usd: float = 0.0,
        error: str | None = None,
    ) -> Claim:
        """Write the next state under the claim. Raises LeaseLostError when it is not in force, or cannot follow."""
        keeps = lease_s is not None and state not in ENDED
        values: dict[str, Any] = {
            "state": state.value,
            "error": error,
            "cost_usd": GenerationRow.cost_usd + Decimal(repr(spent_usd)),
            "lease_holder": claim.holder if keeps else None,
            "lease_until": _from_now(lease_s) if keeps and lease_s is not None else None,
            "updated_at": func.clock_timestamp(),
        }
        if state is GenerationState.SUBMITTING:
            values |= {"attempt": GenerationRow.attempt + 1, "submitted_at": func.clock_timestamp()}
        if state is GenerationState.RESERVED:
            values["provider_id"] = None
        if provider_id is not None:
            values["provider_id"] = provider_id
        if blob_sha256 is not None:
            values["blob_sha256"] = blob_sha256
        if state in ENDED:
            values["finished_at"] = func.clock_timestamp()
        row = self._session.execute(
            update(GenerationRow)
            .where(self._is_this(claim), self._is_mine(claim), self._may_become(state))
            .values(values)
            .returning(*_CLAIMED)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if row is None:
            raise LeaseLostError(f"generation {claim.fingerprint[:12]} is not held by {claim.holder} any more")
        return _claim(row, holder=claim.holder)

    def renew(self, claim: Claim, *, lease_s: float) -> bool:
        """Let the lease run ``lease_s`` from now; False when it is lost."""
        return self._touch(claim, lease_until=_from_now(lease_s))

    def release(self, claim: Claim) -> None:
        """Give the claim up, the state as it is; nothing when it is lost already."""
        self._touch(claim, lease_holder=None, lease_until=None)

    def _touch(self, claim: Claim, **values: Any) -> bool:
        touched = self._session.execute(
            update(GenerationRow)
            .where(self._is_this(claim), self._is_mine(claim))
            .values(values)
            .returning(GenerationRow.fence)
            .execution_options(synchronize_session=False)
        )
        return touched.one_or_none() is not None

    def _is_this(self, claim: Claim) -> ColumnElement[bool]:
        return (GenerationRow.owner_id == self._owner.id) & (GenerationRow.fingerprint == claim.fingerprint)

    def _may_take(self, over_fence: int | None) -> ColumnElement[bool]:
        has_ended = GenerationRow.state.in_(sorted(ENDED))
        is_free = GenerationRow.lease_until.is_(None) | (GenerationRow.lease_until <= func.clock_timestamp())
        return (~has_ended & is_free) | (GenerationRow.fence == literal(over_fence))

    def _is_mine(self, claim: Claim) -> ColumnElement[bool]:
        return (
            (GenerationRow.lease_holder == claim.holder)
            & (GenerationRow.fence == claim.fence)
            & (GenerationRow.lease_until > func.clock_timestamp())
        )

    def _may_become(self, state: GenerationState) -> ColumnElement[bool]:
        return GenerationRow.state.in_(sorted(states_before(state)))

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
            fence=row.fence,
            holder=row.lease_holder,
            lease_until=row.lease_until,
            updated_at=row.updated_at,
        )


def _from_now(seconds: float) -> ColumnElement[Any]:
    return func.clock_timestamp() + literal(timedelta(seconds=seconds))


def _claim(row: Any, *, holder: str | None = None) -> Claim:
    fingerprint, has_lease, fence, state, attempt, provider_id, since_sent_s = row
    return Claim(
        fingerprint=fingerprint,
        holder=holder or has_lease,
        fence=fence,
        state=GenerationState(state),
        attempt=attempt,
        provider_id=provider_id,
        since_sent_s=None if since_sent_s is None else float(since_sent_s),
    )
