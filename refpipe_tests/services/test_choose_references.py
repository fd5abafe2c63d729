"""A generator that takes several references gets the master and the best accepted views, and a choice made holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from refpipe.domain.characters import CharacterSheet
from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.generation import ImageRequest
from refpipe.domain.ports import BlobStore, Database
from refpipe.services.build_reference_set import BuildReferenceSet
from refpipe.services.make_shot import ShotResult
from refpipe.services.report_status import report_status
from refpipe.services.review_images import ReviewImages
from refpipe.services.set_master_reference import SetMasterReference
from refpipe_tests.fakes.flawless_scorer import FlawlessScorer
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.services.conftest import SHOTS, STREET, Builder

FRONT, FULL, LEFT, FAR_LEFT, BACK = (
    "50mm_front_cu",
    "35mm_front_full",
    "85mm_left35_mcu",
    "85mm_left90_mcu",
    "35mm_back_full",
)
FIVE = [SHOTS[slug] for slug in (FRONT, FULL, LEFT, FAR_LEFT, BACK)]
Gated = Callable[[DrawingGenerator], BuildReferenceSet]


@pytest.fixture
def reviews(database: Database, blobs: BlobStore) -> ReviewImages:
    return ReviewImages(database=database, blobs=blobs, scorer=FlawlessScorer())


@pytest.fixture
def gated(jax: CharacterSheet, builder: Builder, reviews: ReviewImages) -> Gated:
    return lambda generator: builder(generator, judge=reviews)


def made(build: BuildReferenceSet, shots: Any = FIVE) -> dict[str, GalleryImage]:
    return {each.shot: each.image for each in build(STREET, shots) if each.image is not None}


def named(request: ImageRequest, images: dict[str, GalleryImage]) -> list[str]:
    """The shots whose pictures the request refers to."""
    slugs = {image.picture_sha256: slug for slug, image in images.items()}
    return [slugs[reference.sha256] for reference in request.references]


def last_of(generator: DrawingGenerator, slug: str) -> ImageRequest:
    return [request for request in generator.requests if request.shot.slug == slug][-1]


def test_the_master_comes_first_then_the_views_that_are_nearest(gated: Gated, masters: SetMasterReference) -> None:
    plain = made(gated(DrawingGenerator()))
    masters.promote("local", "jax", plain[FRONT].id)
    taking = DrawingGenerator(max_references=3, revision="2")
    made(gated(taking), [SHOTS["85mm_left35_mcu"]])
    request = last_of(taking, LEFT)
    # of the views the close profile shares the crop; the picture itself is no reference for itself
    assert named(request, plain) == [FRONT, FAR_LEFT, FULL]
    weight = SHOTS[LEFT].reference_weight
    assert [each.weight for each in request.references] == [weight, weight / 2, weight / 2]


def test_a_generator_takes_no_more_than_its_cap_and_previs_none(gated: Gated, masters: SetMasterReference) -> None:
    plain_generator = DrawingGenerator()
    plain = made(gated(plain_generator))
    assert all(request.references == () for request in plain_generator.requests)
    masters.promote("local", "jax", plain[FRONT].id)
    for cap in (1, 2, 3):
        generator = DrawingGenerator(max_references=cap, revision=f"cap{cap}")
        made(gated(generator), [SHOTS[BACK]])
        assert len(generator.requests[0].references) == cap
        assert named(generator.requests[0], plain)[0] == FRONT


def test_only_accepted_pictures_of_the_same_outfit_serve(
    gated: Gated, masters: SetMasterReference, reviews: ReviewImages
) -> None:
    plain = made(gated(DrawingGenerator()))
    masters.promote("local", "jax", plain[FRONT].id)
    for slug in (FULL, LEFT):
        reviews.decide("local", plain[slug].id, ImageStatus.FAILED, by="ann")
    taking = DrawingGenerator(max_references=9, revision="2")
    made(gated(taking), [SHOTS[BACK]])
    # the master's picture is in the gallery too, and counts once
    assert named(taking.requests[0], plain) == [FRONT, FAR_LEFT]


def test_later_shots_lean_on_those_accepted_before_them_and_asking_again_makes_nothing_new(gated: Gated) -> None:
    generator = DrawingGenerator(max_references=3)
    first = made(gated(generator))
    assert generator.requests[0].references == ()
    assert 0 < len(last_of(generator, BACK).references) <= 3
    asked = len(generator.requests)
    outcomes = list(gated(generator)(STREET, FIVE))
    assert {each.result for each in outcomes} == {ShotResult.FROM_LEDGER}
    assert len(generator.requests) == asked
    assert {each.shot: each.image for each in outcomes} == first


def test_a_growing_set_puts_nothing_out_of_date(
    gated: Gated, database: Database, blobs: BlobStore, masters: SetMasterReference
) -> None:
    generator = DrawingGenerator(max_references=3)
    made(gated(generator), FIVE[:3])
    whole = made(gated(generator), FIVE)

    def out_of_date() -> dict[str, Any]:
        report = report_status("local", "jax", database=database, locate=blobs.where, planner=gated(generator).planner)
        return {each.shot: each.out_of_date for each in report.images if each.out_of_date}

    assert out_of_date() == {}
    masters.promote("local", "jax", whole[BACK].id)
    assert set(out_of_date()) == {shot.slug for shot in FIVE}


def test_a_choice_is_kept_for_what_failed_or_was_broken_off(gated: Gated) -> None:
    generator = DrawingGenerator(max_references=3, failing=(LEFT,))
    first = made(gated(generator), FIVE[:3])
    failed = last_of(generator, LEFT)
    made(gated(generator), FIVE[3:])
    generator.failing = set()
    made(gated(generator), [SHOTS[LEFT]])
    assert last_of(generator, LEFT) == failed
    assert named(failed, first)


def test_what_a_person_rejected_serves_no_more(gated: Gated, reviews: ReviewImages) -> None:
    generator = DrawingGenerator(max_references=3)
    first = made(gated(generator))
    served = named(last_of(generator, BACK), first)
    reviews.decide("local", first[served[0]].id, ImageStatus.FAILED, by="ann", why="not his nose")
    made(gated(generator), [SHOTS[BACK]])
    now = named(last_of(generator, BACK), first)
    assert served[0] not in now
    assert now
