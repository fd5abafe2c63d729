"""A set as a whole: what falls short is named with why, what was not measured is said to be so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from refpipe.backends.pictures.likeness import ThumbnailDuplicates
from refpipe.backends.storage import LocalBlobStore
from refpipe.backends.vision.picture_scorer import PictureScorer
from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import NotFoundError, NotSetUpError
from refpipe.domain.gallery import ImageStatus, Scores
from refpipe.domain.generation import Size
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import Database
from refpipe.domain.vectors import VectorModel
from refpipe.domain.verdict import Thresholds
from refpipe.services.embed_images import EmbedImages
from refpipe.services.examine_set import SetExamination, examine_set
from refpipe.services.review_images import ReviewImages
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.fakes.person_generator import PersonGenerator
from refpipe_tests.fakes.pixel_model import PixelModel
from refpipe_tests.services.conftest import SHOTS, STREET, Builder

GOOD, BLURRED = "50mm_front_cu", "85mm_front_mcu"


@pytest.fixture
def reviews(database: Database, blobs: LocalBlobStore) -> ReviewImages:
    return ReviewImages(database=database, blobs=blobs, scorer=PictureScorer())


def no_model() -> VectorModel:
    raise NotSetUpError("no model is here", remedy="Name one.")


def examined(
    database: Database,
    blobs: LocalBlobStore,
    key: CharacterKey = STREET,
    *,
    embedded_by: Callable[[], VectorModel] = no_model,
) -> SetExamination:
    return examine_set(
        key,
        database=database,
        blobs=blobs,
        duplicates=ThumbnailDuplicates(),
        thresholds=Thresholds(),
        embedded_by=embedded_by,
    )


def test_missing_failed_and_unjudged_shots_are_told_apart(
    jax: CharacterSheet, builder: Builder, database: Database, blobs: LocalBlobStore, reviews: ReviewImages
) -> None:
    build = builder(PersonGenerator({BLURRED: ("gaussian blur", 3.0)}), size=Size(128, 192))
    list(build(STREET, [SHOTS[BLURRED], SHOTS[GOOD]]))
    before = examined(database, blobs)
    assert set(before.coverage.unknown) == {BLURRED, GOOD}
    assert set(before.quality.unknown) == {BLURRED, GOOD}

    list(reviews.due("local"))
    found = examined(database, blobs)

    assert (found.planned, found.pictures) == (33, 2)
    assert found.coverage.of[BLURRED] == "did not pass"
    assert found.coverage.of["35mm_front_full"] == "no picture"
    assert GOOD not in found.coverage.of
    assert set(found.quality.of) == {BLURRED}
    assert set(found.consistency.unknown) == {BLURRED, GOOD}
    assert not found.consistency.of


def test_the_same_picture_under_two_shots_is_named(
    jax: CharacterSheet, builder: Builder, database: Database, blobs: LocalBlobStore
) -> None:
    list(builder(DrawingGenerator(), size=Size(64, 96))(STREET, [SHOTS[GOOD], SHOTS[BLURRED]]))
    assert not examined(database, blobs).duplicates.of
    with database.transaction("local") as records:
        one, other = records.gallery.get(STREET, GOOD), records.gallery.get(STREET, BLURRED)
        assert one is not None
        assert other is not None
        records.gallery.put(replace(other, picture_sha256=one.picture_sha256, picture_bytes=one.picture_bytes))
    found = examined(database, blobs).duplicates
    assert len(found.of) == 1
    assert set(found.of) <= {GOOD, BLURRED}


def test_a_picture_smaller_than_asked_for_is_named(
    jax: CharacterSheet, builder: Builder, database: Database, blobs: LocalBlobStore
) -> None:
    list(builder(PersonGenerator({}), size=Size(64, 96))(STREET, [SHOTS[GOOD]]))
    with database.transaction("local") as records:
        image = records.gallery.get(STREET, GOOD)
        assert image is not None
        blob = blobs.put(b"another picture", "image/png")
        records.gallery.put(replace(image, picture_sha256=blob.sha256, picture_bytes=15, width_px=32, height_px=48))
    assert examined(database, blobs).resolution.of == {GOOD: "32x48, asked for 64x96"}


def test_a_picture_whose_bytes_are_gone_is_unknown_and_stops_nothing(
    jax: CharacterSheet, builder: Builder, database: Database, blobs: LocalBlobStore
) -> None:
    list(builder(PersonGenerator({}), size=Size(64, 96))(STREET, [SHOTS[GOOD], SHOTS[BLURRED]]))
    with database.transaction("local") as records:
        image = records.gallery.get(STREET, GOOD)
    assert image is not None
    blobs.delete([image.picture_sha256])
    assert examined(database, blobs).duplicates.unknown == (GOOD,)


def judged(database: Database, shot: str, status: ImageStatus, *, consistency: float | None = None) -> None:
    with database.transaction("local") as records:
        image = records.gallery.get(STREET, shot)
        assert image is not None
        scores = Scores(quality=90, consistency=consistency)
        records.gallery.put(replace(image, status=status, scores=scores, review_due=False))


def test_a_picture_of_somebody_else_is_named_and_a_doubtful_one_is_neither_pass_nor_failure(
    jax: CharacterSheet, builder: Builder, database: Database, blobs: LocalBlobStore
) -> None:
    alike, other, doubtful, unseen = list(SHOTS)[:4]
    list(builder(DrawingGenerator())(STREET, [SHOTS[slug] for slug in (alike, other, doubtful, unseen)]))
    judged(database, alike, ImageStatus.ACCEPTED, consistency=93)
    judged(database, other, ImageStatus.FAILED, consistency=12)
    judged(database, doubtful, ImageStatus.NEEDS_REVIEW, consistency=74)
    judged(database, unseen, ImageStatus.ACCEPTED)
    found = examined(database, blobs).consistency
    assert found.of == {other: "12, at least 80"}
    assert (found.undecided, found.unknown) == ((doubtful,), (unseen,))


def test_accepted_pictures_without_a_vector_of_the_model_are_named(
    jax: CharacterSheet, builder: Builder, database: Database, blobs: LocalBlobStore
) -> None:
    embedded, lacking, failed = list(SHOTS)[:3]
    list(builder(DrawingGenerator())(STREET, [SHOTS[slug] for slug in (embedded, lacking, failed)]))
    for shot in (embedded, lacking):
        judged(database, shot, ImageStatus.ACCEPTED)
    judged(database, failed, ImageStatus.FAILED)
    model = PixelModel()
    list(EmbedImages(database=database, blobs=blobs, model=model)(STREET, [embedded]))
    found = examined(database, blobs, embedded_by=lambda: model.model)
    assert (found.accepted, found.embedding.of) == (2, {lacking: "no vector of pixels"})

    without = examined(database, blobs).embedding
    assert (without.of, set(without.unknown)) == ({}, {embedded, lacking})
    assert "no model is here" in without.why


def test_an_unknown_character_is_not_an_empty_set(
    jax: CharacterSheet, database: Database, blobs: LocalBlobStore
) -> None:
    with pytest.raises(NotFoundError):
        examined(database, blobs, CharacterKey("local", "nobody", "street"))
