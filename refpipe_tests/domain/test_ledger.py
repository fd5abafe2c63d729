"""The ledger's order of states."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from refpipe.domain.generation import GenerationState
from refpipe.domain.ledger import ENDED, LedgerTerms, may_follow, states_before

STATES = st.sampled_from(GenerationState)


def test_every_state_can_be_reached_and_left() -> None:
    reached = {GenerationState.RESERVED}
    while more := {then for now in reached for then in GenerationState if may_follow(now, then)} - reached:
        reached |= more
    assert reached == set(GenerationState)
    assert all(any(may_follow(now, then) for then in GenerationState) for now in GenerationState)


@given(now=STATES, then=STATES)
def test_before_and_after_agree(now: GenerationState, then: GenerationState) -> None:
    assert may_follow(now, then) is (now in states_before(then))


@given(then=STATES)
def test_nothing_is_called_or_succeeds_that_was_not_written_as_being_sent(then: GenerationState) -> None:
    assert not may_follow(GenerationState.RESERVED, then) or then in {
        GenerationState.SUBMITTING,
        GenerationState.FAILED,
    }
    assert all(not may_follow(ended, then) or then is GenerationState.RESERVED for ended in ENDED)


@given(lease_s=st.floats(0.1, 3600))
def test_a_lease_outlives_two_lost_renewals(lease_s: float) -> None:
    assert 3 * LedgerTerms(lease_s=lease_s).renew_every_s <= lease_s * 1.0001
