"""Carry a claimed generation to its end, from whatever state it was left in (R-PLAT-5).

Belongs here: the order of the ledger's writes and the generator's calls, and what each error means for the
state. Does not: claiming and waiting (make_generation), the rules of states (domain.ledger).

*Submitting* is written before the call, so that whoever finds it knows that the call may have been made. What
costs nothing is then simply made again; what is paid for is in doubt until the provider or a person has said.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import Generic, TypeVar

from refpipe.domain.errors import (
    LeaseLostError,
    NotCreatedError,
    NotSetUpError,
    PaidFailureError,
    PermanentFailureError,
    RateLimitedError,
    RefpipeError,
    RefusedInputError,
    StorageFullError,
)
from refpipe.domain.generation import GenerationState
from refpipe.domain.ledger import InDoubtPolicy, LedgerTerms
from refpipe.domain.ports import BlobStore, Database
from refpipe.services.generation_order import Made, NotMade, Order
from refpipe.services.generation_parts import name_making, store_making
from refpipe.services.hold_lease import HeldLease

Result = TypeVar("Result")
_RESERVED, _SUBMITTING = GenerationState.RESERVED, GenerationState.SUBMITTING
_SUBMITTED, _IN_DOUBT = GenerationState.SUBMITTED, GenerationState.IN_DOUBT
_HELD = "in doubt whether it was begun and paid: {why}; see `refpipe ledger resolve`"


class CarryGeneration(Generic[Result]):
    """One claimed generation on its way."""

    def __init__(
        self, order: Order[Result], lease: HeldLease, database: Database, blobs: BlobStore, terms: LedgerTerms
    ) -> None:
        self._order, self._lease = order, lease
        self._database, self._blobs, self._terms = database, blobs, terms

    def __call__(self) -> Made | NotMade:
        """How it came out. Raises LeaseLostError when somebody else has it now, and what make_generation says."""
        try:
            return self._go_on()
        except LeaseLostError:
            raise
        except BaseException as error:
            self._let_go(error)
            raise

    def _go_on(self) -> Made | NotMade:
        if self._state is _SUBMITTING:  # whoever had it before is gone since
            self._advance(_RESERVED if self._order.is_free else _IN_DOUBT, error="broken off while it was sent")
        pauses = iter(self._terms.pauses_s)
        last: _GoOn | None = None
        while True:
            if self._state is _IN_DOUBT and (why := self._settle()) is not None:
                return self._hold(why)
            if self._state is _RESERVED and last is not None:  # nothing was created: try again, but not for ever
                pause_s = next(pauses, None)
                if pause_s is None:
                    return self._leave(last.why)
                time.sleep(pause_s if last.after_s is None else last.after_s)
            came = self._collect() if self._state is _SUBMITTED else self._submit()
            if isinstance(came, _Came):
                return self._keep(came)
            if isinstance(came, NotMade):
                return came
            last = came

    @property
    def _state(self) -> GenerationState:
        return self._lease.claim.state

    def _submit(self) -> _Came[Result] | NotMade | _GoOn:
        """Send it off once: the result of a generator that answers with it, else the state says how to go on."""
        self._advance(_SUBMITTING)
        self._lease.check()
        order = self._order
        try:
            if order.jobs is None:
                return _Came(order.generate())
            provider_id = order.jobs.submit()
        except (RateLimitedError, NotCreatedError) as error:
            self._advance(_RESERVED, error=str(error))
            return _GoOn(str(error), error.retry_after_s if isinstance(error, RateLimitedError) else None)
        except (StorageFullError, NotSetUpError):
            raise
        except (PermanentFailureError, RefusedInputError) as error:
            return self._fail(str(error), spent_usd=error.spent_usd if isinstance(error, PaidFailureError) else 0.0)
        except Exception as error:  # noqa: BLE001 - a generator's bug in one generation must not cost the others
            if order.is_free:
                return self._fail(_words(error))
            self._advance(_IN_DOUBT, error=_words(error))
            return _GoOn(_words(error))
        self._advance(_SUBMITTED, provider_id=provider_id, spent_usd=order.price_usd)
        return _GoOn()

    def _collect(self) -> _Came[Result] | NotMade:
        """Fetch what the provider was asked for; what cannot be fetched now stays submitted, for the next time."""
        jobs, provider_id = self._order.jobs, self._lease.claim.provider_id
        if jobs is None or provider_id is None:
            return self._leave("it was sent to a provider that is not set up now")
        pauses = iter(self._terms.pauses_s)
        while True:
            try:
                return _Came(jobs.collect(provider_id))
            except (StorageFullError, NotSetUpError):
                raise
            except (PermanentFailureError, RefusedInputError) as error:
                return self._fail(str(error))
            except Exception as error:  # noqa: BLE001 - it is paid for: whatever went wrong, ask again
                pause_s = next(pauses, None)
                if pause_s is None:
                    return self._leave(f"job {provider_id} was not fetched: {_words(error)}; run again")
                time.sleep(pause_s)

    def _settle(self) -> str | None:
        """Find out whether the job was created: None when that is decided, else why it must be held."""
        jobs, policy = self._order.jobs, self._terms.in_doubt
        look_up = jobs.look_up if jobs is not None else None
        if look_up is None:
            if policy is not InDoubtPolicy.RESUBMIT:
                return "its provider cannot be asked"
            self._advance(_RESERVED)
            return None
        # a job may appear at its provider some time after it was sent
        settled_at = time.monotonic() + self._terms.settle_s - (self._lease.claim.since_sent_s or 0.0)
        while True:
            is_settled = time.monotonic() >= settled_at
            provider_id: str | None = None
            why = ""
            try:
                provider_id = look_up()
            except Exception as error:  # noqa: BLE001 - not knowing is an answer of its own
                why = f"its provider could not be asked ({_words(error)})"
            if provider_id is not None:
                self._advance(_SUBMITTED, provider_id=provider_id, spent_usd=self._order.price_usd)
                return None
            if is_settled:
                break
            time.sleep(min(self._terms.poll_s, max(settled_at - time.monotonic(), 0.0)))
        if policy is InDoubtPolicy.RESUBMIT or (not why and policy is InDoubtPolicy.RESUBMIT_IF_UNKNOWN):
            self._advance(_RESERVED)
            return None
        return why or "its provider knows no such job"

    def _keep(self, came: _Came[Result]) -> Made:
        """Bytes first, then the rows that point to them, all at once."""
        making = store_making(self._order.files(came.result), self._blobs)
        is_paid_now = self._state is _SUBMITTING
        order = self._order
        cost_usd = order.price_usd if order.cost_of is None else order.cost_of(came.result)
        with self._database.transaction(self._order.owner) as records:
            name_making(making, self._order.fingerprint, records.blobs)
            records.generations.advance(
                self._lease.claim,
                GenerationState.SUCCEEDED,
                lease_s=None,
                blob_sha256=making.main.sha256,
                spent_usd=cost_usd if is_paid_now else 0.0,
            )
        return Made(making=making, is_new=True)

    def _fail(self, reason: str, *, spent_usd: float = 0.0) -> NotMade:
        with self._database.transaction(self._order.owner) as records:
            records.generations.advance(
                self._lease.claim, GenerationState.FAILED, lease_s=None, error=reason, spent_usd=spent_usd
            )
        return NotMade(reason)

    def _hold(self, why: str) -> NotMade:
        reason = _HELD.format(why=why)
        with self._database.transaction(self._order.owner) as records:
            records.generations.advance(self._lease.claim, _IN_DOUBT, lease_s=None, error=why)
        return NotMade(reason)

    def _leave(self, reason: str) -> NotMade:
        with self._database.transaction(self._order.owner) as records:
            records.generations.release(self._lease.claim)
        return NotMade(reason)

    def _advance(
        self,
        state: GenerationState,
        *,
        provider_id: str | None = None,
        spent_usd: float = 0.0,
        error: str | None = None,
    ) -> None:
        began = time.monotonic()
        with self._database.transaction(self._order.owner) as records:
            claim = records.generations.advance(
                self._lease.claim,
                state,
                lease_s=self._terms.lease_s,
                provider_id=provider_id,
                spent_usd=spent_usd,
                error=error,
            )
        self._lease.extended(claim, since=began)

    def _let_go(self, error: BaseException) -> None:
        """Give the claim up, so that the next one need not wait; if that fails too, the lease runs out by itself."""
        is_sent = self._state is _SUBMITTING
        with contextlib.suppress(RefpipeError), self._database.transaction(self._order.owner) as records:
            if not is_sent:
                records.generations.release(self._lease.claim)
                return
            is_surely_nothing = self._order.is_free or isinstance(error, NotSetUpError)
            state = _RESERVED if is_surely_nothing else _IN_DOUBT
            records.generations.advance(self._lease.claim, state, lease_s=None, error=_words(error))


@dataclass(frozen=True, slots=True)
class _Came(Generic[Result]):
    """A result that has come and is not stored yet."""

    result: Result


@dataclass(frozen=True, slots=True)
class _GoOn:
    """There is no result yet. ``after_s`` is when the other side wants to be asked again, if it said."""

    why: str = ""
    after_s: float | None = None


def _words(error: BaseException) -> str:
    return str(error) if isinstance(error, RefpipeError) else f"unexpected {type(error).__name__}: {error}"
