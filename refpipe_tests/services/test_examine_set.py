"""A set as a whole: what falls short is named with why, what was not measured is said to be so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from refpipe.backends.pictures.likeness import ThumbnailDuplicates
from refpipe.backends.storage import LocalBlobStore
from refpipe.backends.vision.picture_scorer import PictureScorer
from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import NotFoundError
from refpipe.domain.generation import Size
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import Database
from refpipe.domain.verdict import Thresholds
from refpipe.services.examine_set import SetExamination, examine_set
from refpipe.services.review_images import ReviewImages
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.fakes.person_generator import PersonGenerator
from refpipe_tests.services.conftest import SHOTS, STREET, Builder

GOOD, BLURRED = "50mm_front_cu", "85mm_front_mcu"


@pytest.fixture
def reviews(database: Database, blobs: LocalBlobStore) -> ReviewImages:
    return ReviewImages(database=database, blobs=blobs, scorer=PictureScorer())


def examined(database: Database, blobs: LocalBlobStore, key: CharacterKey = STREET) -> SetExamination:
    return examine_set(key, database=database, blobs=blobs, duplicates=ThumbnailDuplicates(), thresholds=Thresholds())


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


def test_an_unknown_character_is_not_an_empty_set(
    jax: CharacterSheet, database: Database, blobs: LocalBlobStore
) -> None:
    with pytest.raises(NotFoundError):
        examined(database, blobs, CharacterKey("local", "nobody", "street"))
