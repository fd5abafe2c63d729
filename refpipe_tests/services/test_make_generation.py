"""One generation through the ledger: made once, waited for, taken over; what is paid for is not lost nor paid twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from refpipe.backends.runs.holders import ProcessHolders
from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import RateLimitedError, StorageFullError
from refpipe.domain.generation import GenerationState, ImageRequest, Role, fingerprint
from refpipe.domain.ledger import InDoubtPolicy
from refpipe.domain.ports import BlobStore, Database, GenerationRecord, ImageGenerator
from refpipe.services.generation_order import Made, NotMade, picture_order
from refpipe.services.make_generation import MakeGeneration
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.fakes.job_provider import PRICE_USD, Faults, JobGenerator
from refpipe_tests.services.conftest import FEW, QUICK, TINY

RESERVED, SUBMITTING, SUBMITTED = GenerationState.RESERVED, GenerationState.SUBMITTING, GenerationState.SUBMITTED
SUCCEEDED, FAILED, IN_DOUBT = GenerationState.SUCCEEDED, GenerationState.FAILED, GenerationState.IN_DOUBT

Maker = Callable[..., Made | NotMade]


class Stranger:
    """A process of another machine: it knows nothing of ours."""

    def __init__(self, me: str) -> None:
        self.me = me

    def is_gone(self, holder: str) -> bool:
        return False


def ask(generator: ImageGenerator, sheet: CharacterSheet, seed: int = 1, shot: int = 0) -> ImageRequest:
    return ImageRequest(
        role=Role.REFERENCE_IMAGE,
        model=generator.capabilities.model,
        physical=sheet.physical,
        outfit=sheet.default_outfit,
        shot=FEW[shot],
        size=TINY,
        seed=seed,
    )


@pytest.fixture
def make(jax: CharacterSheet, database: Database, blobs: BlobStore) -> Maker:
    def make_one(generator: ImageGenerator, *, holder: str | None = None, waiting: Any = None, **terms: Any) -> Any:
        use = MakeGeneration(
            database=database,
            blobs=blobs,
            holders=Stranger(holder) if holder else ProcessHolders(),
            terms=replace(QUICK, **terms),
        )
        return use(picture_order("local", ask(generator, jax), generator), waiting=waiting)

    return make_one


@pytest.fixture
def row(jax: CharacterSheet, database: Database) -> Callable[[ImageGenerator], GenerationRecord]:
    def read(generator: ImageGenerator) -> GenerationRecord:
        with database.transaction("local") as records:
            found = records.generations.find(fingerprint(ask(generator, jax)))
        assert found is not None
        return found

    return read


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "provider.sqlite"


def test_a_provider_job_is_sent_fetched_and_paid_once_and_comes_from_the_ledger_afterwards(
    make: Maker, row: Any, path: Path
) -> None:
    generator = JobGenerator(path)
    first, again = make(generator), make(generator)
    assert first.is_new
    assert not again.is_new
    assert again.making == first.making
    assert list(generator.paid().values()) == [1]
    known = row(generator)
    assert (known.state, known.attempt, known.cost_usd) == (SUCCEEDED, 1, PRICE_USD)
    assert known.provider_id


def until_told(told: list[str], count: int) -> None:
    """Wait until so many have been told to wait."""
    deadline = time.monotonic() + 20
    while len(told) < count and time.monotonic() < deadline:
        time.sleep(0.01)


def test_several_who_want_it_at_once_get_the_one_that_one_of_them_made(make: Maker) -> None:
    told: list[str] = []
    generator = DrawingGenerator(break_on=lambda _: until_told(told, 5))
    with ThreadPoolExecutor(6) as pool:
        coming = [pool.submit(make, generator, holder=f"holder {number}", waiting=told.append) for number in range(6)]
        made = [each.result() for each in coming]
    assert [each.is_new for each in made].count(True) == 1
    assert len({each.making.main.sha256 for each in made}) == 1
    assert len(generator.requests) == 1
    assert len(told) == 5, "each who waits is told so once"


def test_several_who_want_a_paid_one_at_once_pay_for_it_once(make: Maker, path: Path) -> None:
    generator = JobGenerator(path, Faults(takes_s=0.3))
    with ThreadPoolExecutor(6) as pool:
        coming = [pool.submit(make, generator, holder=f"holder {number}") for number in range(6)]
        made = [each.result() for each in coming]
    assert [each.is_new for each in made].count(True) == 1
    assert list(generator.paid().values()) == [1]


def test_those_who_wait_take_a_failure_as_it_is_and_the_next_who_asks_tries_again(make: Maker, row: Any) -> None:
    told: list[str] = []

    def fail_while_others_wait(request: ImageRequest) -> None:
        until_told(told, 2)
        raise ValueError("a bug")

    generator = DrawingGenerator(break_on=fail_while_others_wait)
    with ThreadPoolExecutor(3) as pool:
        coming = [pool.submit(make, generator, holder=f"holder {number}", waiting=told.append) for number in range(3)]
        made = [each.result() for each in coming]
    assert made == [NotMade("unexpected ValueError: a bug")] * 3
    assert len(generator.requests) == 1
    generator.break_on = None
    assert make(generator).is_new
    assert (row(generator).state, row(generator).attempt, row(generator).error) == (SUCCEEDED, 2, None)


def test_patience_has_an_end(make: Maker) -> None:
    begun, over = threading.Event(), threading.Event()

    def hang(request: ImageRequest) -> None:
        begun.set()
        over.wait(20)

    generator = DrawingGenerator(break_on=hang)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(make, generator, holder="slow")
        assert begun.wait(10)
        made = make(generator, holder="hasty", patience_s=0.2)
        over.set()
        assert slow.result().is_new
    assert isinstance(made, NotMade)
    assert "slow still works on it after 0.2 s" in made.reason


def test_a_lease_is_renewed_for_as_long_as_a_call_takes(make: Maker) -> None:
    generator = DrawingGenerator(break_on=lambda _: time.sleep(2.5))
    with ThreadPoolExecutor(2) as pool:
        coming = [pool.submit(make, generator, holder=f"holder {number}", lease_s=1.0) for number in range(2)]
        made = [each.result() for each in coming]
    assert [each.is_new for each in made].count(True) == 1
    assert len(generator.requests) == 1


def test_who_lost_the_lease_writes_nothing_and_takes_what_the_other_made(
    make: Maker, row: Any, jax: CharacterSheet, database: Database
) -> None:
    generator = DrawingGenerator()

    def lose_it(request: ImageRequest) -> None:
        generator.break_on = None
        held = row(generator)
        wanted = picture_order("local", request, generator).wanted
        with database.transaction("local") as records:  # as though the lease had run out meanwhile
            assert records.generations.claim(wanted, holder="other", lease_s=60, over_fence=held.fence)
        assert isinstance(make(generator, holder="waits", patience_s=0.1), NotMade)
        with database.transaction("local") as records:
            other = records.generations.find(held.fingerprint)
            assert other is not None
            claim = records.generations.claim(wanted, holder="third", lease_s=60, over_fence=other.fence)
            assert claim is not None
            records.generations.release(claim)
        assert make(generator, holder="fourth").is_new

    generator.break_on = lose_it
    made = make(generator, holder="first")
    assert not made.is_new
    assert row(generator).state is SUCCEEDED
    assert row(generator).attempt == 2


@pytest.mark.parametrize("is_free", [True, False])
def test_what_was_broken_off_while_sending_is_made_again_when_free_and_looked_up_when_paid(
    make: Maker, row: Any, jax: CharacterSheet, database: Database, path: Path, is_free: bool
) -> None:
    generator: Any = DrawingGenerator() if is_free else JobGenerator(path)
    request = ask(generator, jax)
    with database.transaction("local") as records:
        claim = records.generations.claim(picture_order("local", request, generator).wanted, holder="dead", lease_s=60)
        assert claim is not None
        records.generations.advance(claim, SUBMITTING, lease_s=0.05)
    if not is_free:
        generator.submit(request, claim.fingerprint)  # the dead one had come that far
    assert make(generator).is_new
    assert row(generator).state is SUCCEEDED
    if not is_free:
        assert list(generator.paid().values()) == [1]
        assert (row(generator).attempt, row(generator).cost_usd) == (1, PRICE_USD)


def test_a_job_whose_answer_was_lost_is_found_and_adopted_even_if_it_appears_late(
    make: Maker, row: Any, path: Path
) -> None:
    generator = JobGenerator(path, Faults(timeout=1.0, hidden_s=0.15))
    assert make(generator, settle_s=1.0).is_new
    assert list(generator.paid().values()) == [1]
    assert (row(generator).attempt, row(generator).cost_usd) == (1, PRICE_USD)


def test_what_the_provider_does_not_know_after_the_settling_time_is_sent_again(
    make: Maker, row: Any, path: Path
) -> None:
    generator = JobGenerator(path, Faults(error=1.0))

    class Recovers:
        """The provider is well again once it was asked for the job."""

        capabilities = generator.capabilities
        generate, collect, submit = generator.generate, generator.collect, generator.submit

        @staticmethod
        def look_up(mark: str) -> str | None:
            generator.faults = Faults()
            return generator.look_up(mark)

    assert make(Recovers(), settle_s=0.1).is_new
    assert list(generator.paid().values()) == [1]
    assert row(generator).attempt == 2


def test_a_provider_that_never_says_what_became_of_it_is_not_asked_for_ever(make: Maker, path: Path) -> None:
    generator = JobGenerator(path, Faults(error=1.0))
    assert make(generator, settle_s=0.0) == NotMade("unexpected OSError: HTTP 500")
    assert generator.paid() == {}


@pytest.mark.parametrize(
    ("policy", "looks_up", "is_held", "paid"),
    [
        (InDoubtPolicy.RESUBMIT_IF_UNKNOWN, False, True, 1),
        (InDoubtPolicy.HOLD, False, True, 1),
        (InDoubtPolicy.RESUBMIT, False, False, 2),
        (InDoubtPolicy.HOLD, True, False, 1),
    ],
)
def test_without_a_look_up_what_is_in_doubt_is_held_unless_the_setting_takes_the_risk(
    make: Maker, row: Any, path: Path, policy: InDoubtPolicy, looks_up: bool, is_held: bool, paid: int
) -> None:
    generator = JobGenerator(path, looks_up_jobs=looks_up)
    inner = generator.submit

    def answer_once_lost(request: ImageRequest, mark: str) -> str:
        job = inner(request, mark)
        generator.submit = inner  # type: ignore[method-assign]
        raise TimeoutError(job)

    generator.submit = answer_once_lost  # type: ignore[method-assign]
    made = make(generator, in_doubt=policy)
    assert isinstance(made, NotMade) is is_held
    assert list(generator.paid().values()) == [paid]
    if isinstance(made, NotMade):
        assert "ledger resolve" in made.reason
        assert row(generator).state is IN_DOUBT
        assert make(generator, in_doubt=policy) == made, "it stays held"
        assert list(generator.paid().values()) == [1]


def test_a_job_that_cannot_be_fetched_now_stays_submitted_and_is_fetched_the_next_time(
    make: Maker, row: Any, path: Path
) -> None:
    generator = JobGenerator(path, Faults(fetch_error=1.0))
    made = make(generator)
    assert isinstance(made, NotMade)
    assert "run again" in made.reason
    assert row(generator).state is SUBMITTED
    generator.faults = Faults()
    assert make(generator).is_new
    assert list(generator.paid().values()) == [1]


def test_a_busy_or_unreachable_provider_is_asked_again_then_left_reserved(make: Maker, row: Any, path: Path) -> None:
    generator = JobGenerator(path, Faults(busy=1.0))
    assert make(generator) == NotMade("too many requests")
    assert (row(generator).state, row(generator).holder, row(generator).attempt) == (RESERVED, None, 3)
    generator.faults = Faults(unreachable=1.0)
    assert make(generator) == NotMade("connection refused")
    generator.faults = Faults()
    assert make(generator).is_new
    assert list(generator.paid().values()) == [1]


def test_the_provider_is_asked_again_when_it_said_it_would_have_time(make: Maker) -> None:
    called: list[float] = []

    def busy_once(request: ImageRequest) -> None:
        called.append(time.monotonic())
        if len(called) == 1:
            raise RateLimitedError("slow down", retry_after_s=0.3)

    assert make(DrawingGenerator(break_on=busy_once)).is_new
    assert 0.3 <= called[1] - called[0] < 2


def test_what_the_provider_refuses_has_failed_and_cost_nothing(make: Maker, row: Any, path: Path) -> None:
    generator = JobGenerator(path, refuses=(FEW[0].slug,))
    assert make(generator) == NotMade("the provider's filter refuses this")
    assert (row(generator).state, row(generator).cost_usd, generator.paid()) == (FAILED, 0.0, {})


def test_a_paid_job_whose_picture_finds_no_room_is_fetched_again_when_there_is_room(
    make: Maker, row: Any, path: Path, blobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = JobGenerator(path)
    with monkeypatch.context() as full:

        def no_room(self: object, data: bytes, media_type: str) -> None:
            raise StorageFullError("no room left")

        full.setattr(type(blobs), "put", no_room)
        with pytest.raises(StorageFullError):
            make(generator)
    assert (row(generator).state, row(generator).holder) == (SUBMITTED, None)
    assert make(generator).is_new
    assert list(generator.paid().values()) == [1]


def test_an_interrupt_gives_the_claim_up_at_once(make: Maker, row: Any) -> None:
    def interrupt(request: ImageRequest) -> None:
        raise KeyboardInterrupt

    generator = DrawingGenerator(break_on=interrupt)
    with pytest.raises(KeyboardInterrupt):
        make(generator)
    assert (row(generator).state, row(generator).holder) == (RESERVED, None)
    generator.break_on = None
    assert make(generator).is_new
