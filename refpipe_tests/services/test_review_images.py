"""Reviews: what is due is judged once, kept with its reasons, and no bad picture stops the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from refpipe.backends.sheets.sheet_file import sample_sheet
from refpipe.backends.storage import LocalBlobStore
from refpipe.backends.vision.picture_scorer import PictureScorer
from refpipe.domain.characters import CharacterSheet, GateLevels
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.generation import Size
from refpipe.domain.ports import Database, PastVerdict
from refpipe.domain.quality import FailureReason
from refpipe.domain.verdict import GateProfile, Thresholds
from refpipe.services.register_character import register_character
from refpipe.services.review_images import ReviewImages
from refpipe_tests.fakes.person_generator import PersonGenerator
from refpipe_tests.services.conftest import SHOTS, STREET, Builder

SMALL = Size(128, 192)
GOOD, BLURRED, EMPTY = "50mm_front_cu", "85mm_front_mcu", "50mm_front_cu_concerned"
SPOILED = {BLURRED: ("gaussian blur", 3.0), EMPTY: ("empty", 1.0)}


@pytest.fixture
def reviews(database: Database, blobs: LocalBlobStore) -> ReviewImages:
    return ReviewImages(database=database, blobs=blobs, scorer=PictureScorer())


@pytest.fixture
def made(jax: CharacterSheet, builder: Builder) -> dict[str, GalleryImage]:
    """Three pictures that nobody has judged: a good one and two bad ones."""
    build = builder(PersonGenerator(SPOILED), size=SMALL)
    outcomes = build(STREET, [SHOTS[slug] for slug in (BLURRED, GOOD, EMPTY)])
    return {outcome.shot: outcome.image for outcome in outcomes if outcome.image is not None}


def now(database: Database, shot: str) -> GalleryImage:
    with database.transaction("local") as records:
        image = records.gallery.get(STREET, shot)
    assert image is not None
    return image


def history(database: Database, shot: str) -> list[PastVerdict]:
    with database.transaction("local") as records:
        return records.reviews.history(now(database, shot).id)


def test_what_is_due_is_judged_and_kept_with_scores_reasons_and_thresholds(
    made: dict[str, GalleryImage], reviews: ReviewImages, database: Database
) -> None:
    done = {each.image.shot: each for each in reviews.due("local")}
    assert {shot: each.image.status for shot, each in done.items()} == {
        GOOD: ImageStatus.ACCEPTED,
        BLURRED: ImageStatus.FAILED,
        EMPTY: ImageStatus.FAILED,
    }
    assert done[BLURRED].verdict.reasons[0] is FailureReason.BLURRED
    assert done[EMPTY].verdict.reasons[0] is FailureReason.EMPTY
    good = now(database, GOOD)
    assert (good.review_due, good.scores.consistency) == (False, None)
    assert good.scores.quality is not None
    assert any("not measured" in note and "consistency" in note for note in good.notes)
    assert any("blurred" in note for note in now(database, BLURRED).notes)
    (kept,) = history(database, BLURRED)
    assert (kept.judge, kept.reasons, kept.scorer) == ("gate", ("blurred",), PictureScorer().name)
    assert kept.thresholds["quality"] == 70
    assert kept.parts["quality"]["sharpness"] < 60
    assert kept.picture_sha256 == made[BLURRED].picture_sha256


def test_nothing_is_judged_twice(made: dict[str, GalleryImage], reviews: ReviewImages) -> None:
    assert len(list(reviews.due("local"))) == 3
    assert list(reviews.due("local")) == []


def test_a_picture_whose_bytes_are_gone_or_damaged_fails_and_the_others_go_on(
    made: dict[str, GalleryImage], reviews: ReviewImages, blobs: LocalBlobStore, database: Database
) -> None:
    blobs.delete([made[BLURRED].picture_sha256])
    path = blobs.where(made[EMPTY].picture_sha256)
    with open(path, "r+b") as file:  # noqa: PTH123 - a damage on the disk
        file.seek(40)
        file.write(b"damage")
    statuses = {each.image.shot: each.verdict for each in reviews.due("local")}
    assert statuses[GOOD].status is ImageStatus.ACCEPTED
    for shot in (BLURRED, EMPTY):
        assert statuses[shot].reasons == (FailureReason.UNREADABLE,)
        assert now(database, shot).status is ImageStatus.FAILED
        assert not now(database, shot).review_due


def test_thresholds_of_sheet_and_call_come_before_the_profile(
    made: dict[str, GalleryImage], reviews: ReviewImages, database: Database
) -> None:
    strict = replace(reviews, thresholds=Thresholds.of(GateProfile.STRICT))
    assert strict(made[GOOD]).thresholds.quality == 85
    sheet = sample_sheet("jax").model_copy(update={"gate": GateLevels(quality=75)})
    register_character(sheet, owner="local", database=database)
    assert strict(made[GOOD]).thresholds.quality == 75
    assert strict(made[GOOD]).thresholds.consistency == 95
    assert strict(made[GOOD], quality=60, consistency=70).thresholds.as_fields() | {} == (
        Thresholds(quality=60, consistency=70).as_fields()
    )
    with pytest.raises(RefusedInputError, match="out of range"):
        strict(made[GOOD], quality=49)
    assert history(database, GOOD)[-1].thresholds["quality"] == 60


def test_a_person_has_the_last_word_until_the_picture_changes(
    made: dict[str, GalleryImage], reviews: ReviewImages, builder: Builder, database: Database
) -> None:
    list(reviews.due("local"))
    kept = reviews.decide("local", made[BLURRED].id, ImageStatus.ACCEPTED, by="ann", why="soft on purpose")
    assert (kept.status, kept.reviewed_by) == (ImageStatus.ACCEPTED, "ann")
    reviews(kept)
    again = now(database, BLURRED)
    assert (again.status, again.reviewed_by, again.review_due) == (ImageStatus.ACCEPTED, "ann", False)
    said = [(each.judge, each.status, each.reasons) for each in history(database, BLURRED)]
    assert said == [
        ("gate", ImageStatus.FAILED, ("blurred",)),
        ("ann", ImageStatus.ACCEPTED, ("soft on purpose",)),
        ("gate", ImageStatus.FAILED, ("blurred",)),
    ]
    list(builder(PersonGenerator(SPOILED, revision="2"), size=SMALL, seed=7)(STREET, [SHOTS[BLURRED]]))
    list(reviews.due("local"))
    if now(database, BLURRED).picture_sha256 != made[BLURRED].picture_sha256:
        assert now(database, BLURRED).reviewed_by is None


def test_only_judged_pictures_are_decided_and_by_somebody(made: dict[str, GalleryImage], reviews: ReviewImages) -> None:
    with pytest.raises(RefusedInputError, match="not been judged"):
        reviews.decide("local", made[GOOD].id, ImageStatus.ACCEPTED, by="ann")
    list(reviews.due("local"))
    with pytest.raises(RefusedInputError, match="who"):
        reviews.decide("local", made[GOOD].id, ImageStatus.FAILED, by="  ")
    with pytest.raises(RefusedInputError, match="accepts or rejects"):
        reviews.decide("local", made[GOOD].id, ImageStatus.PENDING, by="ann")


def test_a_verdict_on_a_picture_that_was_replaced_meanwhile_is_not_kept(
    made: dict[str, GalleryImage], reviews: ReviewImages, database: Database
) -> None:
    with database.transaction("local") as records:
        records.gallery.put(replace(made[GOOD], fingerprint="f" * 64))
    reviews(made[GOOD])
    assert history(database, GOOD) == []
    assert now(database, GOOD).review_due


def test_pictures_judged_without_consistency_become_due_when_it_can_be_measured(
    made: dict[str, GalleryImage], reviews: ReviewImages, database: Database
) -> None:
    list(reviews.due("local"))
    assert reviews.mark_due("local") == 0
    assert reviews.mark_due("local", without_consistency=True) == 3
    assert now(database, GOOD).status is ImageStatus.ACCEPTED
    assert len(list(reviews.due("local"))) == 3
    assert len(history(database, GOOD)) == 2


def test_another_scorer_makes_its_pictures_due_once(
    made: dict[str, GalleryImage], reviews: ReviewImages, database: Database
) -> None:
    list(reviews.due("local"))

    class NewerScorer(PictureScorer):
        @property
        def name(self) -> str:
            return "pixels@next"

    newer = replace(reviews, scorer=NewerScorer())
    assert newer.mark_due("local") == 3
    assert newer.mark_due("local") == 0, "those that are due already are not counted again"
    list(newer.due("local"))
    assert newer.mark_due("local") == 0
