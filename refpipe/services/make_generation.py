"""Have one generation made through the ledger: taken from it where it is known, else made by exactly one.

Belongs here: looking up, claiming, waiting for whoever has the claim. Does not: what happens to a claimed
generation (carry_generation), what becomes of its files (a gallery, a cut).

Asked for by several at once, one makes it and the others wait for it. Whoever dies loses the claim when its
lease runs out, and one of those who wait goes on from where the ledger says it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from refpipe.domain.errors import LeaseLostError
from refpipe.domain.generation import GenerationState
from refpipe.domain.keys import generation_name
from refpipe.domain.ledger import ENDED, Claim, LedgerTerms
from refpipe.domain.ports import BlobStore, Database, GenerationRecord, Holders
from refpipe.services.carry_generation import CarryGeneration
from refpipe.services.generation_order import Made, NotMade, Order
from refpipe.services.generation_parts import MANIFEST, find_making
from refpipe.services.hold_lease import HeldLease

Result = TypeVar("Result")
Waiting = Callable[[str], None]
"""Told once why there is a wait."""
_FIRST_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeGeneration:
    """The use case with its stores. ``holders`` names this process in the ledger."""

    database: Database
    blobs: BlobStore
    holders: Holders
    terms: LedgerTerms

    def __call__(self, order: Order[Result], *, waiting: Waiting | None = None) -> Made | NotMade:
        """The generation, or why there is none.

        Raises the stores' errors, NotSetUpError and StorageFullError: what would fail every generation alike.
        The ledger then knows how far it came, and the next call goes on from there.
        """
        turn = _Turn(self.terms)
        while True:
            known = self._known(order)
            if isinstance(known, Made):
                return known
            if turn.has_waited and known is not None and known.state is GenerationState.FAILED:
                return NotMade(known.error or "failed")  # it was waited for, and that is how it came out
            began = time.monotonic()
            claim = self._claim(order, known)
            if claim is None:
                if not turn.wait():
                    return NotMade(f"{_whom(known)} still works on it after {self.terms.patience_s:g} s; run again")
                if waiting is not None and turn.waits == 1:
                    waiting(f"{_whom(known)} works on it already")
                continue
            try:
                with HeldLease(self.database, order.owner, claim, self.terms, since=began) as lease:
                    return CarryGeneration(order, lease, self.database, self.blobs, self.terms)()
            except LeaseLostError:
                turn.has_waited = True  # somebody else has it now: see how it comes out there

    def _known(self, order: Order[Result]) -> Made | GenerationRecord | None:
        """The generation, if all its files are there; else what the ledger knows of it."""
        with self.database.transaction(order.owner) as records:
            known = records.generations.find(order.fingerprint)
            manifest = records.blobs.resolve(generation_name(order.fingerprint, MANIFEST))
        if known is None or known.state is not GenerationState.SUCCEEDED or manifest is None:
            return known
        making = find_making(manifest, self.blobs)
        return known if making is None else Made(making=making, is_new=False)

    def _claim(self, order: Order[Result], known: GenerationRecord | None) -> Claim | None:
        over_fence = known.fence if known is not None and self._may_begin_again(known) else None
        with self.database.transaction(order.owner) as records:
            return records.generations.claim(
                order.wanted, holder=self.holders.me, lease_s=self.terms.lease_s, over_fence=over_fence
            )

    def _may_begin_again(self, known: GenerationRecord) -> bool:
        return known.state in ENDED or (known.holder is not None and self.holders.is_gone(known.holder))


class _Turn:
    """Waits with growing pauses, as long as patience lasts."""

    def __init__(self, terms: LedgerTerms) -> None:
        self._terms = terms
        self._deadline = time.monotonic() + terms.patience_s
        self._pause_s = min(_FIRST_PAUSE_S, terms.poll_s)
        self.waits = 0
        self.has_waited = False

    def wait(self) -> bool:
        """Wait a little; False when patience is at its end."""
        if time.monotonic() >= self._deadline:
            return False
        time.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * 2, self._terms.poll_s)
        self.waits += 1
        self.has_waited = True
        return True


def _whom(known: GenerationRecord | None) -> str:
    return (known.holder if known else None) or "somebody else"
