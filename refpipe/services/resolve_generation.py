"""A person decides about a generation that is in doubt: it was never begun, or it is a job that the provider has.

Belongs here: what may be decided and what follows. Does not: asking the provider (carry_generation), arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.generation import GenerationState, Role
from refpipe.domain.ledger import Wanted
from refpipe.domain.ports import Database, GenerationRecord, Holders
from refpipe.services.report_ledger import show_generation

_LEASE_S = 60.0
_OPEN = (GenerationState.IN_DOUBT, GenerationState.SUBMITTING)


class Resolution(StrEnum):
    """What a person found out at the provider."""

    LOST = "lost"
    """No such job was created: it has failed, and is sent again when it is next asked for."""
    ADOPT = "adopt"
    """The provider has the job: it is fetched when it is next asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveGeneration:
    """The use case with its stores."""

    database: Database
    holders: Holders

    def __call__(
        self, owner: str, beginning: str, resolution: Resolution, *, job: str | None = None, cost_usd: float = 0.0
    ) -> GenerationRecord:
        """The generation as it is then. ``job`` is the provider's id of what is adopted, ``cost_usd`` what it cost.

        Raises NotFoundError, or RefusedInputError when it is not in doubt, somebody works on it, or ``job`` is missing.
        """
        if (resolution is Resolution.ADOPT) is not bool(job):
            raise RefusedInputError("adopting needs the provider's id of the job, and only adopting", field="job")
        known = show_generation(owner, beginning, database=self.database).record
        if known.state not in _OPEN:
            raise RefusedInputError(f"it is {known.state.value}: there is nothing to decide", field="fingerprint")
        is_gone = known.holder is not None and self.holders.is_gone(known.holder)
        wanted = Wanted(
            fingerprint=known.fingerprint, role=Role(known.role), model=known.model, request=known.request or {}
        )
        with self.database.transaction(owner) as records:
            ledger = records.generations
            claim = ledger.claim(
                wanted, holder=self.holders.me, lease_s=_LEASE_S, over_fence=known.fence if is_gone else None
            )
            if claim is None or claim.state not in _OPEN:
                raise RefusedInputError(f"{known.holder or 'somebody'} works on it now", field="fingerprint")
            if claim.state is GenerationState.SUBMITTING:
                claim = ledger.advance(claim, GenerationState.IN_DOUBT, lease_s=_LEASE_S)
            if resolution is Resolution.ADOPT:
                ledger.advance(claim, GenerationState.SUBMITTED, lease_s=None, provider_id=job, spent_usd=cost_usd)
            else:
                ledger.advance(
                    claim, GenerationState.FAILED, lease_s=None, error="declared lost: no such job at the provider"
                )
            found = ledger.find(known.fingerprint)
        assert found is not None  # noqa: S101 - it was written just now
        return found
