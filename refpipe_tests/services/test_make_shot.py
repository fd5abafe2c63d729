"""A shot that does not pass is tried again, changed according to why, and every attempt is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import PermanentFailureError, StorageFullError
from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.generation import GeneratedImage, ImageRequest, Remedy
from refpipe.domain.ports import BlobStore, Database, ImageAttempt, ImageGenerator
from refpipe.domain.quality import FailureReason
from refpipe.domain.seeds import attempt_seed
from refpipe.domain.verdict import Verdict
from refpipe.services.build_reference_set import BuildReferenceSet
from refpipe.services.make_shot import ShotOutcome, ShotResult
from refpipe.services.review_images import ReviewImages
from refpipe_tests.fakes.defective_generator import DEFECTS, SIZE, DefectiveGenerator, MeasuringScorer, cure
from refpipe_tests.services.conftest import FEW, STREET, Builder

SHOT = FEW[0]
ACCEPTED, FAILED = ImageStatus.ACCEPTED, ImageStatus.FAILED
BLURRED, NOISY = FailureReason.BLURRED, FailureReason.NOISY


@pytest.fixture
def scorer() -> MeasuringScorer:
    return MeasuringScorer()


@pytest.fixture
def gated(
    jax: CharacterSheet, builder: Builder, database: Database, blobs: BlobStore, scorer: MeasuringScorer
) -> Callable[..., BuildReferenceSet]:
    def build(generator: ImageGenerator, **more: Any) -> BuildReferenceSet:
        judge = ReviewImages(database=database, blobs=blobs, scorer=scorer)
        return builder(generator, **{"size": SIZE, "judge": judge, **more})

    return build


@pytest.fixture
def attempts(database: Database) -> Callable[[], list[ImageAttempt]]:
    def read() -> list[ImageAttempt]:
        with database.transaction("local") as records:
            return records.attempts.of_cell(STREET, SHOT.slug)

    return read


def shown(outcome: ShotOutcome) -> GalleryImage:
    assert outcome.image is not None
    return outcome.image


def test_a_good_picture_is_made_once(gated: Any, attempts: Any) -> None:
    generator = DefectiveGenerator({})
    (outcome,) = gated(generator)(STREET, [SHOT])
    assert (shown(outcome).status, shown(outcome).attempts, len(generator.requests)) == (ACCEPTED, 1, 1)
    assert [each.status for each in attempts()] == [ACCEPTED]


@pytest.mark.parametrize("reason", DEFECTS)
def test_each_reason_is_found_in_the_bytes_and_remedied_and_both_attempts_are_kept(
    gated: Any, attempts: Any, scorer: MeasuringScorer, reason: FailureReason
) -> None:
    generator = DefectiveGenerator({SHOT.slug: (reason,)})
    build = gated(generator)
    (outcome,) = build(STREET, [SHOT])
    assert [(each.status, each.reasons) for each in outcome.tried] == [(FAILED, (reason,)), (ACCEPTED, ())]
    assert (outcome.result, shown(outcome).status, shown(outcome).attempts) == (ShotResult.GENERATED, ACCEPTED, 2)
    first, second = attempts()
    assert (first.status, first.reasons, first.is_current) == (FAILED, (reason,), False)
    assert (second.status, second.is_current) == (ACCEPTED, True)
    assert first.fingerprint != second.fingerprint
    assert all(build.blobs.exists(each.picture_sha256) for each in (first, second))
    assert generator.requests[1].parameters == cure(reason).parameters
    seen = scorer.scored
    (again,) = build(STREET, [SHOT])
    assert (again.result, again.image) == (ShotResult.FROM_LEDGER, outcome.image)
    assert (len(generator.requests), scorer.scored) == (2, seen), "nothing is made or judged the second time"


def test_two_faults_are_remedied_one_after_the_other_without_losing_the_first_remedy(gated: Any) -> None:
    generator = DefectiveGenerator({SHOT.slug: (BLURRED, NOISY)})
    (outcome,) = gated(generator)(STREET, [SHOT])
    assert [each.reasons for each in outcome.tried] == [(NOISY,), (BLURRED,), ()]
    assert generator.requests[2].parameters == {"cure_noisy": 1, "cure_blurred": 1}


def test_a_reason_that_comes_back_takes_the_next_rung(gated: Any) -> None:
    rungs = {BLURRED.value: (cure(BLURRED), cure(BLURRED, 2))}
    generator = DefectiveGenerator({SHOT.slug: (BLURRED,)}, remedies=rungs, strength=2)
    (outcome,) = gated(generator)(STREET, [SHOT])
    # the weaker cure gave the very same bytes: it was tried, but is no attempt of its own
    assert [(each.reasons, each.is_repeat) for each in outcome.tried] == [
        ((BLURRED,), False),
        ((BLURRED,), True),
        ((), False),
    ]
    assert (shown(outcome).status, shown(outcome).attempts) == (ACCEPTED, 2)


def test_a_rejected_picture_is_followed_by_another_each_time_and_the_rejected_ones_are_kept(
    gated: Any, attempts: Any, database: Database
) -> None:
    class AnotherBySeed(DefectiveGenerator):
        def generate(self, request: Any) -> Any:
            made = super().generate(request)
            return replace(made, picture_png=made.picture_png + str(request.seed).encode())

    build = gated(AnotherBySeed({}, varies_with_seed=True), tries=1)
    seen = []
    for turn in range(1, 4):
        (outcome,) = build(STREET, [SHOT])
        image = shown(outcome)
        assert (outcome.result, image.status, image.attempts) == (ShotResult.GENERATED, ACCEPTED, turn)
        seen.append(image.picture_sha256)
        with database.transaction("local") as records:
            records.reviews.decide(image.id, FAILED, by="dora", why="not her nose", at=datetime.now(UTC))
    assert len({*seen}) == 3
    assert [(each.status, each.by_person) for each in attempts()] == [(FAILED, True)] * 3


def test_a_generator_that_promises_another_picture_and_gives_the_same_one_is_not_asked_for_ever(
    gated: Any, database: Database
) -> None:
    generator = DefectiveGenerator({}, varies_with_seed=True)
    build = gated(generator, tries=2)
    image = shown(next(iter(build(STREET, [SHOT]))))
    with database.transaction("local") as records:
        records.reviews.decide(image.id, FAILED, by="dora", why="", at=datetime.now(UTC))
    (outcome,) = build(STREET, [SHOT])
    assert len(generator.requests) == 3
    assert shown(outcome).picture_sha256 == image.picture_sha256


def test_without_a_remedy_nothing_is_tried_again_in_vain(gated: Any, attempts: Any) -> None:
    generator = DefectiveGenerator({SHOT.slug: (BLURRED,)}, remedies={NOISY.value: (cure(NOISY),)})
    outcomes = list(gated(generator)(STREET, FEW))
    assert [shown(each).status for each in outcomes] == [FAILED, ACCEPTED, ACCEPTED]
    assert len(generator.requests) == 3
    assert attempts()[0].reasons == (BLURRED,)


def test_the_ladder_has_an_end_and_keeps_what_every_attempt_was_refused_for(
    gated: Any, attempts: Any, scorer: MeasuringScorer
) -> None:
    class EverBlurrier(DefectiveGenerator):
        """Never good, and never the same."""

        def generate(self, request: Any) -> Any:
            made = super().generate(request)
            return replace(made, picture_png=made.picture_png + bytes([len(self.requests)]))

    rungs = {BLURRED.value: tuple(cure(BLURRED, strength) for strength in range(1, 9))}
    generator = EverBlurrier({SHOT.slug: (BLURRED,)}, remedies=rungs, strength=99)
    (outcome,) = gated(generator, tries=3)(STREET, [SHOT])
    assert (len(generator.requests), shown(outcome).status, shown(outcome).attempts) == (3, FAILED, 3)
    assert [each.reasons for each in attempts()] == [(BLURRED,)] * 3
    assert [each.is_current for each in attempts()] == [True, False, False], "of equals the first is shown"
    seen = scorer.scored
    (again,) = gated(generator, tries=3)(STREET, [SHOT])
    assert (again.result, again.image) == (ShotResult.FROM_LEDGER, outcome.image)
    assert (len(generator.requests), scorer.scored) == (3, seen)


def test_a_remedy_that_changes_no_byte_makes_no_new_attempt(gated: Any, attempts: Any) -> None:
    useless = {BLURRED.value: (Remedy(parameters={"hope": 1}), Remedy(parameters={"hope": 2}))}
    generator = DefectiveGenerator({SHOT.slug: (BLURRED,)}, remedies=useless)
    (outcome,) = gated(generator)(STREET, [SHOT])
    assert [each.is_repeat for each in outcome.tried] == [False, True, True]
    assert (shown(outcome).status, shown(outcome).attempts, len(attempts())) == (FAILED, 1, 1)


def test_where_another_seed_makes_another_picture_each_attempt_has_a_seed_of_its_own(gated: Any) -> None:
    generator = DefectiveGenerator({SHOT.slug: (BLURRED,)}, remedies={}, varies_with_seed=True, good_from_call=2)
    (outcome,) = gated(generator)(STREET, [SHOT])
    first, second = (request.seed for request in generator.requests)
    assert second == attempt_seed(first, 2) != first
    assert (shown(outcome).status, shown(outcome).seed) == (ACCEPTED, second)


def test_the_better_of_two_failed_attempts_is_shown(gated: Any, attempts: Any) -> None:
    class WorseAtLast(DefectiveGenerator):
        def generate(self, request: Any) -> Any:
            made = super().generate(request)
            # the cure costs the picture altogether
            return replace(made, picture_png=b"none") if request.parameters else made

    generator = WorseAtLast({SHOT.slug: (NOISY,)}, remedies={NOISY.value: (cure(NOISY),)})
    (outcome,) = gated(generator)(STREET, [SHOT])
    assert [each.reasons for each in outcome.tried] == [(NOISY,), (FailureReason.UNREADABLE,)]
    assert [each.is_current for each in attempts()] == [True, False]
    assert shown(outcome).status is FAILED
    assert "noisy" in " ".join(shown(outcome).notes)


def test_broken_off_before_the_verdict_the_next_run_judges_what_was_made(gated: Any, attempts: Any) -> None:
    generator = DefectiveGenerator({SHOT.slug: (BLURRED,)})

    def full(image: GalleryImage) -> Verdict:
        raise StorageFullError("no room for the verdict")

    with pytest.raises(StorageFullError):
        list(gated(generator, judge=full)(STREET, [SHOT]))
    assert [each.status for each in attempts()] == [ImageStatus.PENDING]
    (outcome,) = gated(generator)(STREET, [SHOT])
    assert [each.reasons for each in outcome.tried] == [(BLURRED,), ()]
    assert len(generator.requests) == 2


def test_a_judge_that_breaks_on_one_picture_costs_that_shot_only_and_the_next_run_judges_it(gated: Any) -> None:
    generator = DefectiveGenerator({})
    build = gated(generator)
    inner = build.judge

    def breaks(image: GalleryImage) -> Verdict:
        if image.shot == SHOT.slug:
            raise ZeroDivisionError("no pixels")
        return inner(image)

    outcomes = list(gated(generator, judge=breaks)(STREET, FEW))
    assert [each.result for each in outcomes] == [ShotResult.FAILED, ShotResult.GENERATED, ShotResult.GENERATED]
    assert outcomes[0].reason == "made, but not judged: unexpected ZeroDivisionError: no pixels"
    mended = list(build(STREET, FEW))
    assert {each.result for each in mended} == {ShotResult.FROM_LEDGER}
    assert {shown(each).status for each in mended} == {ACCEPTED}


def test_where_another_try_fails_the_picture_there_is_stays_and_the_reason_is_told(gated: Any, attempts: Any) -> None:
    class Refusing(DefectiveGenerator):
        def generate(self, request: ImageRequest) -> GeneratedImage:
            if self.requests:
                raise PermanentFailureError("the provider's filter refuses this")
            return super().generate(request)

    (outcome,) = gated(Refusing({SHOT.slug: (BLURRED,)}))(STREET, [SHOT])

    assert (outcome.result, shown(outcome).status) == (ShotResult.GENERATED, FAILED)
    assert outcome.reason == "another try failed: the provider's filter refuses this"
    assert len(attempts()) == 1


def test_a_person_who_accepts_a_failed_picture_ends_the_ladder(
    gated: Any, database: Database, blobs: BlobStore
) -> None:
    generator = DefectiveGenerator({SHOT.slug: (BLURRED,)}, remedies={})
    (outcome,) = gated(generator)(STREET, [SHOT])
    review = ReviewImages(database=database, blobs=blobs, scorer=MeasuringScorer())
    review.decide("local", shown(outcome).id, ACCEPTED, by="Ada")
    able = DefectiveGenerator({SHOT.slug: (BLURRED,)})
    (again,) = gated(able)(STREET, [SHOT])
    assert (shown(again).status, shown(again).reviewed_by, able.requests) == (ACCEPTED, "Ada", [])


def test_shots_on_their_ladders_together_come_in_their_order(gated: Any) -> None:
    generator = DefectiveGenerator({FEW[0].slug: (BLURRED, NOISY), FEW[2].slug: (NOISY,)}, max_concurrency=3)
    outcomes = list(gated(generator)(STREET, FEW))
    assert [(each.shot, len(each.tried)) for each in outcomes] == [
        (FEW[0].slug, 3),
        (FEW[1].slug, 1),
        (FEW[2].slug, 2),
    ]
    assert {shown(each).status for each in outcomes} == {ACCEPTED}
