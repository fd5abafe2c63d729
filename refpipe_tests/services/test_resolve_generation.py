"""What a person decides about a generation in doubt holds, and follows when it is next asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from refpipe.backends.runs.holders import ProcessHolders
from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import NotFoundError, RefusedInputError
from refpipe.domain.generation import GenerationState, fingerprint
from refpipe.domain.ports import BlobStore, Database
from refpipe.services.generation_order import Made, NotMade, picture_order
from refpipe.services.make_generation import MakeGeneration
from refpipe.services.report_ledger import list_ledger, show_generation
from refpipe.services.resolve_generation import Resolution, ResolveGeneration
from refpipe_tests.fakes.job_provider import PRICE_USD, JobGenerator
from refpipe_tests.services.conftest import QUICK
from refpipe_tests.services.test_make_generation import ask

IN_DOUBT, FAILED, SUBMITTED = GenerationState.IN_DOUBT, GenerationState.FAILED, GenerationState.SUBMITTED


@pytest.fixture
def provider(tmp_path: Path) -> JobGenerator:
    """A provider that cannot be asked, and whose first answer is lost after it has created the job."""
    generator = JobGenerator(tmp_path / "provider.sqlite", looks_up_jobs=False)
    inner = generator.submit

    def lost(request: Any, mark: str) -> str:
        job = inner(request, mark)
        generator.submit = inner  # type: ignore[method-assign]
        raise TimeoutError(job)

    generator.submit = lost  # type: ignore[method-assign]
    return generator


@pytest.fixture
def make(jax: CharacterSheet, database: Database, blobs: BlobStore, provider: JobGenerator) -> Callable[[], Any]:
    def again() -> Made | NotMade:
        use = MakeGeneration(database=database, blobs=blobs, holders=ProcessHolders(), terms=QUICK)
        return use(picture_order("local", ask(provider, jax), provider))

    return again


@pytest.fixture
def resolve(database: Database) -> ResolveGeneration:
    return ResolveGeneration(database=database, holders=ProcessHolders())


@pytest.fixture
def doubtful(make: Callable[[], Any], provider: JobGenerator, jax: CharacterSheet) -> str:
    assert isinstance(make(), NotMade)
    return fingerprint(ask(provider, jax))


def test_an_adopted_job_is_fetched_and_not_paid_again(
    doubtful: str, resolve: ResolveGeneration, make: Any, provider: JobGenerator, database: Database
) -> None:
    (line,) = list_ledger("local", state=IN_DOUBT, database=database)
    assert line.record.error == "its provider cannot be asked"
    with provider._jobs() as jobs:  # the person reads the provider's own list
        (job,) = jobs.execute("SELECT id FROM jobs").fetchone()
    done = resolve("local", doubtful[:8], Resolution.ADOPT, job=job, cost_usd=PRICE_USD)
    assert (done.state, done.provider_id, done.holder) == (SUBMITTED, job, None)
    assert make().is_new
    assert provider.paid() == {doubtful: 1}
    entry = show_generation("local", doubtful, database=database)
    assert entry.record.cost_usd == PRICE_USD
    assert {"picture.png", "manifest.json"} <= entry.files.keys()
    assert entry.as_document()["request"]["seed"] == 1


def test_a_job_declared_lost_is_sent_again(
    doubtful: str, resolve: ResolveGeneration, make: Any, provider: JobGenerator
) -> None:
    provider.forget()
    assert resolve("local", doubtful, Resolution.LOST).state is FAILED
    assert make().is_new
    assert provider.paid() == {doubtful: 1}


@pytest.mark.parametrize(
    ("beginning", "resolution", "job", "what"),
    [
        (0, Resolution.LOST, None, "at least 6"),
        (64, Resolution.ADOPT, None, "provider's id"),
        (64, Resolution.LOST, "p-1", "only adopting"),
    ],
)
def test_what_cannot_be_decided_is_refused(
    doubtful: str, resolve: ResolveGeneration, beginning: int, resolution: Resolution, job: str | None, what: str
) -> None:
    with pytest.raises(RefusedInputError, match=what):
        resolve("local", doubtful[:beginning], resolution, job=job)


def test_only_what_is_in_doubt_and_in_nobodys_hands_can_be_decided(
    doubtful: str,
    resolve: ResolveGeneration,
    make: Any,
    provider: JobGenerator,
    jax: CharacterSheet,
    database: Database,
) -> None:
    with pytest.raises(NotFoundError):
        resolve("local", "0" * 64, Resolution.LOST)
    wanted = picture_order("local", ask(provider, jax), provider).wanted
    with database.transaction("local") as records:
        held = records.generations.claim(wanted, holder="somebody far away", lease_s=60)
    assert held is not None
    with pytest.raises(RefusedInputError, match="somebody far away works on it"):
        resolve("local", doubtful, Resolution.LOST)
    with database.transaction("local") as records:
        records.generations.release(held)
    resolve("local", doubtful, Resolution.LOST)
    with pytest.raises(RefusedInputError, match="failed: there is nothing to decide"):
        resolve("local", doubtful, Resolution.LOST)
