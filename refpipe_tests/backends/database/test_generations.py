"""The ledger's rows: one claims, under a fence and a lease, and nobody else can write."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refpipe.backends.database.session import PostgresDatabase
from refpipe.domain.errors import LeaseLostError
from refpipe.domain.generation import GenerationState
from refpipe.domain.ledger import ENDED, Claim, may_follow
from refpipe_tests.backends.database.samples import WANTED, blob, claimed, sent, sha

RESERVED, SUBMITTING, SUBMITTED = GenerationState.RESERVED, GenerationState.SUBMITTING, GenerationState.SUBMITTED
SUCCEEDED, FAILED, IN_DOUBT = GenerationState.SUCCEEDED, GenerationState.FAILED, GenerationState.IN_DOUBT


def claim(database: PostgresDatabase, holder: str, *, lease_s: float = 60.0, over: int | None = None) -> Claim | None:
    with database.transaction("local") as records:
        return records.generations.claim(WANTED, holder=holder, lease_s=lease_s, over_fence=over)


def advance(database: PostgresDatabase, held: Claim, state: GenerationState, **more: object) -> Claim:
    with database.transaction("local") as records:
        records.blobs.name("b", blob("b"))
        return records.generations.advance(held, state, **{"lease_s": 60.0, **more})  # type: ignore[arg-type]


def test_a_generation_reads_back_as_it_was_written_step_by_step(database: PostgresDatabase) -> None:
    with database.transaction("local") as records:
        assert records.generations.find(WANTED.fingerprint) is None
    held = claim(database, "ada")
    assert held is not None
    assert (held.holder, held.fence, held.state, held.attempt, held.since_sent_s) == ("ada", 1, RESERVED, 0, None)
    held = advance(database, held, SUBMITTING)
    assert held.attempt == 1
    assert held.since_sent_s is not None
    held = advance(database, held, SUBMITTED, provider_id="p-1", spent_usd=0.04)
    with database.transaction("local") as records:
        row = records.generations.find(WANTED.fingerprint)
        assert row is not None
        assert (row.state, row.provider_id, row.cost_usd, row.holder) == (SUBMITTED, "p-1", 0.04, "ada")
        assert (row.owner, row.role, row.model, row.request) == ("local", "reference_image", "previs@1", WANTED.request)
        assert records.generations.list() == records.generations.list(SUBMITTED) == [row]
        assert records.generations.list(FAILED) == []
    with database.transaction("other") as records:
        assert records.generations.list() == []
    advance(database, held, SUCCEEDED, blob_sha256=sha("b"))
    with database.transaction("local") as records:
        row = records.generations.find(WANTED.fingerprint)
    assert row is not None
    assert (row.state, row.blob_sha256, row.cost_usd) == (SUCCEEDED, sha("b"), 0.04)
    assert (row.holder, row.lease_until, row.error) == (None, None, None)


def test_of_many_who_want_it_at_once_one_has_it(database: PostgresDatabase) -> None:
    together = threading.Barrier(12)

    def ask(number: int) -> Claim | None:
        together.wait()
        return claim(database, f"holder {number}")

    with ThreadPoolExecutor(12) as pool:
        held = [each for each in pool.map(ask, range(12)) if each is not None]
    assert len(held) == 1


def test_a_lease_that_ran_out_is_taken_over_and_its_former_holder_can_write_nothing(database: PostgresDatabase) -> None:
    first = claim(database, "ada")
    assert first is not None
    first = advance(database, first, SUBMITTING, lease_s=1.0)
    assert claim(database, "bob") is None
    time.sleep(1.1)
    with pytest.raises(LeaseLostError):  # nobody has taken it yet, but the lease is over
        advance(database, first, SUCCEEDED, blob_sha256=sha("b"))
    second = claim(database, "bob")
    assert second is not None
    assert (second.state, second.fence, second.attempt) == (SUBMITTING, 2, 1)
    assert second.since_sent_s is not None
    assert second.since_sent_s >= 1.0
    for state in GenerationState:
        with pytest.raises(LeaseLostError):
            advance(database, first, state, provider_id="p", blob_sha256=sha("b"))
    with database.transaction("local") as records:
        assert not records.generations.renew(first, lease_s=60)
        records.generations.release(first)
    assert claim(database, "carol") is None
    advance(database, second, SUCCEEDED, blob_sha256=sha("b"))


def test_the_same_holder_under_an_older_fence_is_turned_away_too(database: PostgresDatabase) -> None:
    first = claim(database, "ada", lease_s=0.05)
    time.sleep(0.1)
    second = claim(database, "ada")
    assert first is not None
    assert second is not None
    with pytest.raises(LeaseLostError):
        advance(database, first, SUBMITTING)
    advance(database, second, SUBMITTING)


def test_a_renewed_lease_lives_on_and_a_released_one_is_free_at_once(database: PostgresDatabase) -> None:
    held = claim(database, "ada", lease_s=1.5)
    assert held is not None
    for _ in range(3):
        time.sleep(0.6)
        with database.transaction("local") as records:
            assert records.generations.renew(held, lease_s=1.5)
    assert claim(database, "bob") is None
    with database.transaction("local") as records:
        records.generations.release(held)
    assert claim(database, "bob") is not None


def test_what_has_ended_begins_again_only_for_who_saw_that_very_end(database: PostgresDatabase) -> None:
    with database.transaction("local") as records:
        records.generations.advance(sent(records), FAILED, lease_s=None, error="no light")
        ended = records.generations.find(WANTED.fingerprint)
    assert ended is not None
    assert (ended.state, ended.error, ended.attempt) == (FAILED, "no light", 1)
    assert claim(database, "bob") is None
    assert claim(database, "bob", over=ended.fence - 1) is None
    again = claim(database, "bob", over=ended.fence)
    assert again is not None
    assert (again.state, again.attempt) == (RESERVED, 1)
    assert claim(database, "carol", over=ended.fence) is None
    assert advance(database, again, SUBMITTING).attempt == 2


def test_one_whose_holder_is_known_to_be_gone_need_not_run_out(database: PostgresDatabase) -> None:
    first = claim(database, "gone")
    assert first is not None
    assert claim(database, "bob") is None
    second = claim(database, "bob", over=first.fence)
    assert second is not None
    assert second.fence == first.fence + 1
    assert claim(database, "carol", over=first.fence) is None
    with pytest.raises(LeaseLostError):
        advance(database, first, SUBMITTING)


def test_what_was_paid_adds_up_over_attempts(database: PostgresDatabase) -> None:
    with database.transaction("local") as records:
        held = records.generations.advance(sent(records), SUBMITTED, lease_s=60, provider_id="p-1", spent_usd=0.04)
        records.generations.advance(held, FAILED, lease_s=None, error="refused by the filter")
        held = records.generations.advance(sent(records), SUBMITTED, lease_s=60, provider_id="p-2", spent_usd=0.04)
        found = records.generations.find(WANTED.fingerprint)
    assert found is not None
    assert (found.cost_usd, found.provider_id, found.attempt) == (0.08, "p-2", 2)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.lists(st.sampled_from(GenerationState), max_size=6), key=st.uuids())
def test_only_states_that_may_follow_are_written(
    database: PostgresDatabase, path: list[GenerationState], key: object
) -> None:
    wanted = replace(WANTED, fingerprint=sha(f"{key} {path}"))
    with database.transaction("local") as records:
        records.blobs.name("b", blob("b"))
        held = claimed(records, wanted)
        now = RESERVED
        for state in path:
            more = {"provider_id": "p", "blob_sha256": sha("b"), "lease_s": 60.0}
            is_live = now not in ENDED  # with its end the claim is given up
            if may_follow(now, state) and is_live:
                held = records.generations.advance(held, state, **more)
                now = state
            else:
                with pytest.raises(LeaseLostError):
                    records.generations.advance(held, state, **more)
        found = records.generations.find(wanted.fingerprint)
    assert found is not None
    assert found.state is now
