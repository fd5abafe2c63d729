"""The generation ledger's rules: states and their order, claims, leases, what to do when in doubt (R-PLAT-5).

Belongs here: values and rules that need neither a database nor a provider. Does not: rows, calls, waiting.

Whoever works on a generation holds its claim: a lease that runs out unless it is renewed, and a fence, a
number that grows with every claim. Each write names both, so that one who has lost the lease (paused, cut
off) can no longer write, whatever it still believes. Time is the database's alone; clocks need not agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from refpipe.domain.generation import GenerationState, Role

RENEWALS_PER_LEASE = 3
"""How often a lease is renewed in its time: two renewals in a row may be lost before it is."""

_NEXT: Mapping[GenerationState, frozenset[GenerationState]] = {
    # a reserved one is given up only by a person
    GenerationState.RESERVED: frozenset({GenerationState.SUBMITTING, GenerationState.FAILED}),
    # straight to succeeded: a generator that answers with the result itself; back to reserved: surely not created
    GenerationState.SUBMITTING: frozenset(
        {
            GenerationState.RESERVED,
            GenerationState.SUBMITTED,
            GenerationState.SUCCEEDED,
            GenerationState.FAILED,
            GenerationState.IN_DOUBT,
        }
    ),
    GenerationState.SUBMITTED: frozenset({GenerationState.SUCCEEDED, GenerationState.FAILED}),
    GenerationState.IN_DOUBT: frozenset(
        {GenerationState.RESERVED, GenerationState.SUBMITTED, GenerationState.FAILED, GenerationState.IN_DOUBT}
    ),
    # ended ones begin again: a failure that is asked for once more, a success whose bytes were lost
    GenerationState.FAILED: frozenset({GenerationState.RESERVED}),
    GenerationState.SUCCEEDED: frozenset({GenerationState.RESERVED}),
}

ENDED = frozenset({GenerationState.SUCCEEDED, GenerationState.FAILED})


def may_follow(now: GenerationState, then: GenerationState) -> bool:
    """Whether a generation may go from the one state to the other."""
    return then in _NEXT[now]


def states_before(then: GenerationState) -> frozenset[GenerationState]:
    """The states from which a generation may come to this one."""
    return frozenset(now for now in GenerationState if may_follow(now, then))


class InDoubtPolicy(StrEnum):
    """What becomes of a paid generation of which nobody knows whether the provider has begun it."""

    RESUBMIT_IF_UNKNOWN = "resubmit_if_unknown"
    """Sent again when the provider, asked after the settling time, knows no such job; else held for a person."""
    HOLD = "hold"
    """Held for a person, unless the provider knows the job."""
    RESUBMIT = "resubmit"
    """Sent again also where the provider cannot be asked: it may be paid twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerTerms:
    """How long things may take, in seconds, and what is done in doubt.

    ``lease_s``: how long a claim outlives its last renewal. ``patience_s``: how long somebody else's work is
    waited for. ``settle_s``: how long after sending a job may still appear at its provider.
    ``poll_s``: the longest pause between two looks. ``pauses_s``: before each further try of a call that
    surely created nothing, or of fetching a finished job, where the provider names no time of its own.
    """

    lease_s: float = 30.0
    patience_s: float = 900.0
    settle_s: float = 30.0
    poll_s: float = 1.0
    pauses_s: tuple[float, ...] = (2.0, 8.0, 30.0)
    in_doubt: InDoubtPolicy = InDoubtPolicy.RESUBMIT_IF_UNKNOWN

    @property
    def renew_every_s(self) -> float:
        return self.lease_s / RENEWALS_PER_LEASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A generation that somebody wants: its name, and the canonical request behind it."""

    fingerprint: str
    role: Role
    model: str
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on a generation, as it was when claimed or last advanced.

    ``attempt`` counts how often it was sent to its generator. ``since_sent_s`` is the time since it was sent
    last, None when it never was.
    """

    fingerprint: str
    holder: str
    fence: int
    state: GenerationState
    attempt: int
    provider_id: str | None = None
    since_sent_s: float | None = None
