"""Hold a claim while long work goes on: its lease is renewed beside the work.

Belongs here: the thread that renews, and knowing when the lease can no longer be relied on. Does not:
states, calls of generators.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

from refpipe.domain.errors import LeaseLostError, RefpipeError
from refpipe.domain.ledger import Claim, LedgerTerms
from refpipe.domain.ports import Database

_MARGIN = 0.5
"""The share of a lease that must be left before a call that costs something is sent off."""


class HeldLease:
    """A claim kept in force from entering the context to leaving it; ``claim`` is its newest form."""

    def __init__(self, database: Database, owner: str, claim: Claim, terms: LedgerTerms, *, since: float) -> None:
        """``since`` is the monotonic time just before the claim was asked for."""
        self.claim = claim
        self._database, self._owner, self._terms = database, owner, terms
        self._good_until = since + terms.lease_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def extended(self, claim: Claim, *, since: float) -> None:
        """The claim was written again, its lease with it, at the monotonic time ``since`` or a little later."""
        self.claim = claim
        self._good_until = since + self._terms.lease_s

    def check(self) -> None:
        """Raises LeaseLostError unless the lease will hold for a while yet, as far as this process can tell.

        A process that was stopped for a time finds out here, before it calls anybody.
        """
        if time.monotonic() > self._good_until - self._terms.lease_s * _MARGIN:
            raise LeaseLostError(f"the lease on generation {self.claim.fingerprint[:12]} was not renewed in time")

    def _renew(self) -> None:
        while not self._is_over.wait(self._terms.renew_every_s):
            began = time.monotonic()
            try:
                with self._database.transaction(self._owner) as records:
                    is_ours = records.generations.renew(self.claim, lease_s=self._terms.lease_s)
            except RefpipeError:
                continue  # the database may be back before the lease runs out; if not, the next write finds out
            if not is_ours:
                return
            self._good_until = began + self._terms.lease_s
