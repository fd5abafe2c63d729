"""A reference set is made once, shot by shot, and nothing that was made is lost or made twice."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import (
    NotFoundError,
    NotSetUpError,
    RateLimitedError,
    RefusedInputError,
    RetryableFailureError,
    StorageFullError,
)
from refpipe.domain.gallery import GalleryImage, ImageStatus, Scores
from refpipe.domain.generation import GenerationState, ImageRequest, Size, canonical
from refpipe.domain.keys import CharacterKey, gallery_name, generation_name
from refpipe.domain.ports import BlobRef, BlobStore, Database
from refpipe.domain.seeds import character_seed, shot_seed
from refpipe.domain.verdict import Verdict
from refpipe.services.make_shot import ShotOutcome, ShotResult
from refpipe.services.register_character import register_character
from refpipe.services.review_images import ReviewImages
from refpipe.services.set_master_reference import SetMasterReference
from refpipe_tests.fakes.defective_generator import MeasuringScorer
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.services.conftest import FEW, RAINCOAT, SHOTS, STREET, TINY, Builder

GENERATED, FROM_LEDGER, FAILED = ShotResult.GENERATED, ShotResult.FROM_LEDGER, ShotResult.FAILED


def results(outcomes: list[ShotOutcome]) -> list[ShotResult]:
    return [outcome.result for outcome in outcomes]


def changed(database: Database, sheet: CharacterSheet, **changes: Any) -> CharacterSheet:
    """The sheet with changes, read again from plain data and stored."""
    new = CharacterSheet.model_validate({**sheet.model_dump(), **changes})
    register_character(new, owner="local", database=database)
    return new


def outfit_changed(sheet: CharacterSheet, outfit: str, colour: str) -> list[dict[str, Any]]:
    wardrobe = [each.model_dump() for each in sheet.wardrobe]
    chosen = next(each for each in wardrobe if each["slug"] == outfit)
    garments = list(chosen["garments"])
    garments[0] = {**garments[0], "colour": colour}
    chosen["garments"] = garments
    return wardrobe


def test_every_shot_is_made_stored_and_recorded(jax: CharacterSheet, builder: Builder, database: Database) -> None:
    build = builder(DrawingGenerator())
    outcomes = list(build(STREET, FEW))
    assert [(each.shot, each.result) for each in outcomes] == [(shot.slug, GENERATED) for shot in FEW]
    for shot, outcome in zip(FEW, outcomes, strict=True):
        image = outcome.image
        assert image is not None
        picture = build.blobs.get(image.picture_sha256)
        assert picture.startswith(b"\x89PNG")
        assert (image.picture_bytes, image.width_px, image.height_px) == (len(picture), 32, 48)
        assert (image.character, image.outfit, image.shot) == ("jax", "street", shot.slug)
        assert (image.status, image.scores, image.review_due) == (ImageStatus.PENDING, Scores(), True)
        assert (image.model, image.prompt, image.parents, image.attempts) == ("drawing@1", "", (), 1)
        assert image.camera.azimuth_deg == shot.azimuth_deg
        assert image.usage_reason == shot.when_to_use
        with database.transaction("local") as records:
            assert records.gallery.get(STREET, shot.slug) == image
            ledger = records.generations.find(image.fingerprint)
            assert ledger is not None
            assert (ledger.state, ledger.attempt) == (GenerationState.SUCCEEDED, 1)
            assert ledger.blob_sha256 == image.picture_sha256
            planned = build.planner.shot(build.planner(STREET), shot)
            assert (planned.fingerprint, canonical(planned.request)) == (ledger.fingerprint, ledger.request)
            for part in ("picture.png", "depth.png", "normals.png", "mask.png", "edges.png", "keypoints.json"):
                named = records.blobs.resolve(gallery_name(STREET, shot.slug, part))
                assert named == records.blobs.resolve(generation_name(image.fingerprint, part))
                assert named is not None
                assert build.blobs.exists(named)
    assert [each.image.is_core_reference for each in outcomes if each.image] == [True, True, False]


def test_the_same_set_again_comes_from_the_ledger_and_keeps_its_reviews(jax: CharacterSheet, builder: Builder) -> None:
    generator = DrawingGenerator()
    first = list(builder(generator)(STREET, FEW))
    again = list(builder(generator)(STREET, FEW))
    assert results(again) == [FROM_LEDGER] * 3
    assert [each.image for each in again] == [each.image for each in first]
    assert len(generator.requests) == 3


def test_only_what_is_missing_is_made(jax: CharacterSheet, builder: Builder) -> None:
    generator = DrawingGenerator()
    list(builder(generator)(STREET, FEW[:1]))
    assert results(list(builder(generator)(STREET, FEW))) == [FROM_LEDGER, GENERATED, GENERATED]


def test_one_failing_shot_does_not_stop_the_others_and_is_tried_again(
    jax: CharacterSheet, builder: Builder, database: Database
) -> None:
    generator = DrawingGenerator(failing=(FEW[1].slug,))
    outcomes = list(builder(generator)(STREET, FEW))
    assert results(outcomes) == [GENERATED, FAILED, GENERATED]
    assert outcomes[1].reason == f"asked to fail for {FEW[1].slug}"
    assert outcomes[1].image is None
    with database.transaction("local") as records:
        assert records.gallery.get(STREET, FEW[1].slug) is None
    generator.failing.clear()
    mended = list(builder(generator)(STREET, FEW))
    assert results(mended) == [FROM_LEDGER, GENERATED, FROM_LEDGER]
    assert mended[1].image is not None
    with database.transaction("local") as records:
        ledger = records.generations.find(mended[1].image.fingerprint)
    assert ledger is not None
    assert (ledger.state, ledger.attempt, ledger.error) == (GenerationState.SUCCEEDED, 2, None)


def test_a_failed_remake_leaves_the_former_picture_in_the_gallery(
    jax: CharacterSheet, builder: Builder, database: Database
) -> None:
    (first,) = builder(DrawingGenerator())(STREET, FEW[:1])
    (failed,) = builder(DrawingGenerator(failing=(FEW[0].slug,)))(STREET, FEW[:1], seed=99)
    assert failed.result is FAILED
    with database.transaction("local") as records:
        assert records.gallery.get(STREET, FEW[0].slug) == first.image


@pytest.mark.parametrize(
    "error", [RetryableFailureError("a busy card"), RateLimitedError("slow down"), ValueError("a bug"), MemoryError()]
)
def test_whatever_a_generator_raises_for_one_shot_concerns_that_shot(
    jax: CharacterSheet, builder: Builder, error: Exception
) -> None:
    def fail_first(request: ImageRequest) -> None:
        if request.shot.slug == FEW[0].slug:
            raise error

    outcomes = list(builder(DrawingGenerator(break_on=fail_first))(STREET, FEW))
    assert results(outcomes) == [FAILED, GENERATED, GENERATED]
    assert str(error) in outcomes[0].reason


@pytest.mark.parametrize("error", [StorageFullError("no room"), NotSetUpError("no model", remedy="Install it.")])
def test_what_would_fail_every_shot_ends_the_work(jax: CharacterSheet, builder: Builder, error: Exception) -> None:
    def fail_second(request: ImageRequest) -> None:
        if request.shot.slug == FEW[1].slug:
            raise error

    generator = DrawingGenerator(break_on=fail_second)
    outcomes = builder(generator)(STREET, FEW)
    assert next(outcomes).result is GENERATED
    with pytest.raises(type(error)):
        next(outcomes)
    generator.break_on = None
    assert results(list(builder(generator)(STREET, FEW))) == [FROM_LEDGER, GENERATED, GENERATED]


class FullAfter:
    """A blob store that has room for so many puts only; everything else is the store's own."""

    def __init__(self, store: Any, puts: int) -> None:
        self._store, self._left = store, puts

    def put(self, data: bytes, media_type: str) -> BlobRef:
        self._left -= 1
        if self._left < 0:
            raise StorageFullError("no room left")
        stored: BlobRef = self._store.put(data, media_type)
        return stored

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.parametrize("puts", range(14))
def test_a_full_disk_at_any_put_leaves_only_whole_shots_and_the_next_run_goes_on(
    jax: CharacterSheet, builder: Builder, database: Database, puts: int
) -> None:
    build = builder(DrawingGenerator())
    done: list[ShotOutcome] = []
    with pytest.raises(StorageFullError, match="no room"):
        done.extend(builder(DrawingGenerator(), blobs=FullAfter(build.blobs, puts))(STREET, FEW))
    assert len(done) == puts // 7  # a picture, five guides and the manifest
    with database.transaction("local") as records:
        assert [image.shot for image in records.gallery.list(STREET)] == [each.shot for each in done]
    finished = list(build(STREET, FEW))
    assert results(finished) == [FROM_LEDGER] * len(done) + [GENERATED] * (3 - len(done))


def test_a_lost_blob_is_made_again_with_the_same_fingerprint(jax: CharacterSheet, builder: Builder) -> None:
    generator = DrawingGenerator()
    first = list(builder(generator)(STREET, FEW))
    assert first[0].image is not None
    build = builder(generator)
    build.blobs.delete([first[0].image.picture_sha256])
    again = list(build(STREET, FEW))
    assert results(again) == [GENERATED, FROM_LEDGER, FROM_LEDGER]
    assert again[0].image is not None
    assert again[0].image.fingerprint == first[0].image.fingerprint
    assert build.blobs.exists(again[0].image.picture_sha256)


def test_a_lost_guide_is_made_again_too(jax: CharacterSheet, builder: Builder, database: Database) -> None:
    build = builder(DrawingGenerator())
    list(build(STREET, FEW[:1]))
    with database.transaction("local") as records:
        keypoints = records.blobs.resolve(gallery_name(STREET, FEW[0].slug, "keypoints.json"))
    assert keypoints is not None
    build.blobs.delete([keypoints])
    assert results(list(build(STREET, FEW[:1]))) == [GENERATED]
    assert build.blobs.exists(keypoints)


def test_a_changed_outfit_makes_only_that_outfit_again(
    jax: CharacterSheet, builder: Builder, database: Database
) -> None:
    generator = DrawingGenerator()
    for key in (STREET, RAINCOAT):
        list(builder(generator)(key, FEW))
    changed(database, jax, wardrobe=outfit_changed(jax, "raincoat", "#123456"))
    assert results(list(builder(generator)(STREET, FEW))) == [FROM_LEDGER] * 3
    assert results(list(builder(generator)(RAINCOAT, FEW))) == [GENERATED] * 3


def test_a_sheet_changed_back_finds_its_old_pictures_with_their_cameras_and_guides(
    jax: CharacterSheet, builder: Builder, database: Database
) -> None:
    generator = DrawingGenerator()
    first = list(builder(generator)(STREET, FEW))
    changed(database, jax, wardrobe=outfit_changed(jax, "street", "#123456"))
    second = list(builder(generator)(STREET, FEW))
    assert results(second) == [GENERATED] * 3
    changed(database, jax)
    third = list(builder(generator)(STREET, FEW))
    assert results(third) == [FROM_LEDGER] * 3
    for then, now in zip(first, third, strict=True):
        assert then.image is not None
        assert now.image is not None
        assert now.image.picture_sha256 == then.image.picture_sha256
        assert now.image.camera == then.image.camera
        assert now.image.id == then.image.id
        with database.transaction("local") as records:
            shown = records.blobs.resolve(gallery_name(STREET, now.shot, "keypoints.json"))
            assert shown == records.blobs.resolve(generation_name(then.image.fingerprint, "keypoints.json"))


@pytest.mark.parametrize(
    "changes",
    [
        {"persona": {"biography": "Another life.", "personality": "Loud."}},
        {"voice": {"description": "Hoarse."}},
        {"name": "Jackie"},
        {"status": "archived"},
    ],
)
@pytest.mark.parametrize("takes_prompt", [False, True])
def test_what_draws_nothing_makes_nothing_again(
    jax: CharacterSheet, builder: Builder, database: Database, changes: dict[str, Any], takes_prompt: bool
) -> None:
    generator = DrawingGenerator(takes_prompt=takes_prompt)
    list(builder(generator)(STREET, FEW))
    changed(database, jax, **changes)
    assert results(list(builder(generator)(STREET, FEW))) == [FROM_LEDGER] * 3


def test_a_changed_body_makes_everything_again(jax: CharacterSheet, builder: Builder, database: Database) -> None:
    generator = DrawingGenerator()
    list(builder(generator)(STREET, FEW))
    changed(database, jax, physical={**jax.physical.model_dump(), "age_years": 60})
    assert results(list(builder(generator)(STREET, FEW))) == [GENERATED] * 3


@pytest.mark.parametrize(
    "second",
    [
        {"generator": DrawingGenerator(revision="2")},
        {"parameters": {"samples": 8}},
        {"size": Size(64, 96)},
        {"seed": 5},
    ],
)
def test_another_renderer_quality_size_or_seed_makes_new_pictures(
    jax: CharacterSheet, builder: Builder, second: dict[str, Any]
) -> None:
    generator = DrawingGenerator()
    list(builder(generator)(STREET, FEW[:1]))
    assert results(list(builder(second.pop("generator", generator), **second)(STREET, FEW[:1]))) == [GENERATED]


def test_seeds_are_fixed_by_the_character_or_by_the_one_asked_for(jax: CharacterSheet, builder: Builder) -> None:
    generator = DrawingGenerator()
    list(builder(generator)(STREET, FEW))
    list(builder(generator)(RAINCOAT, FEW))
    list(builder(generator, seed=7)(STREET, FEW))
    list(builder(generator, seed=7)(STREET, FEW, seed=0))
    seeds = [request.seed for request in generator.requests]
    own = [shot_seed(character_seed("local", "jax"), shot.slug) for shot in FEW]
    expected = [*own, *own, *(shot_seed(7, shot.slug) for shot in FEW), *(shot_seed(0, shot.slug) for shot in FEW)]
    assert seeds == expected
    assert len(set(own)) == 3


def test_a_generator_without_seeds_is_asked_with_none_so_that_another_seed_changes_nothing(
    jax: CharacterSheet, builder: Builder
) -> None:
    generator = DrawingGenerator(takes_seed=False)
    list(builder(generator)(STREET, FEW))
    assert results(list(builder(generator)(STREET, FEW, seed=3))) == [FROM_LEDGER] * 3


def test_words_go_only_to_generators_that_read_them(jax: CharacterSheet, builder: Builder) -> None:
    silent, reading = DrawingGenerator(), DrawingGenerator(takes_prompt=True)
    list(builder(silent)(STREET, FEW[:1]))
    (outcome,) = builder(reading)(STREET, FEW[:1])
    assert silent.requests[0].prompt is None
    request = reading.requests[0]
    assert request.prompt is not None
    assert request.negative_prompt is not None
    assert "scar" in request.prompt
    assert "Jax" not in request.prompt
    assert outcome.image is not None
    assert outcome.image.prompt == request.prompt


def test_the_master_goes_to_generators_that_take_references_and_a_new_one_makes_new_pictures(
    jax: CharacterSheet, builder: Builder, masters: SetMasterReference
) -> None:
    generator = DrawingGenerator(max_references=1)
    (first,) = builder(generator)(STREET, FEW[:1])
    assert first.image is not None
    masters.promote("local", "jax", first.image.id)
    (second,) = builder(generator)(STREET, FEW[:1])
    assert second.result is GENERATED
    assert second.image is not None
    assert second.image.parents == (first.image.picture_sha256,)
    assert generator.requests[1].references[0].weight == FEW[0].reference_weight
    plain = DrawingGenerator()
    list(builder(plain)(STREET, FEW[1:2]))
    assert plain.requests[0].references == ()


def test_what_cannot_be_done_is_refused_before_anything_is_made(jax: CharacterSheet, builder: Builder) -> None:
    generator = DrawingGenerator()
    build = builder(generator)
    with pytest.raises(NotFoundError):
        build(CharacterKey("local", "nobody", "street"), FEW)
    with pytest.raises(NotFoundError):
        build(CharacterKey("somebody-else", "jax", "street"), FEW)
    with pytest.raises(RefusedInputError, match="outfit"):
        build(CharacterKey("local", "jax", "tuxedo"), FEW)
    with pytest.raises(RefusedInputError, match="size"):
        build(STREET, FEW, size=Size(9000, 9000))
    assert generator.requests == []


def test_no_shots_are_no_work(jax: CharacterSheet, builder: Builder) -> None:
    assert list(builder(DrawingGenerator())(STREET, [])) == []


class Listener:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def started(self, total: int, what: str) -> None:
        self.told.append(("started", str(total), what))

    def advanced(self, item: str, outcome: str) -> None:
        self.told.append((item, outcome))

    def waiting(self, item: str, reason: str) -> None:
        self.told.append((item, reason))

    def finished(self) -> None:
        self.told.append(("finished",))


def test_progress_is_told_shot_by_shot(jax: CharacterSheet, builder: Builder) -> None:
    listener = Listener()
    list(builder(DrawingGenerator(failing=(FEW[0].slug,)))(STREET, FEW[:2], progress=listener))
    assert listener.told == [
        ("started", "2", "local.jax~street"),
        (FEW[0].slug, "failed"),
        (FEW[1].slug, "generated"),
        ("finished",),
    ]


def test_the_whole_library_can_be_made(jax: CharacterSheet, builder: Builder) -> None:
    outcomes = list(builder(DrawingGenerator())(STREET, list(SHOTS.values()), size=TINY))
    assert results(outcomes) == [GENERATED] * 33
    images = [each.image for each in outcomes if each.image]
    assert len({image.fingerprint for image in images}) == 33
    assert sum(image.is_core_reference for image in images) == 9
    assert next(image for image in images if image.shot == "35mm_front_full_tpose").recommended_for == ()


def test_as_many_shots_are_on_their_way_as_the_generator_takes_at_once(jax: CharacterSheet, builder: Builder) -> None:
    together = threading.Barrier(2)
    generator = DrawingGenerator(max_concurrency=2, break_on=lambda _: bool(together.wait(timeout=10)))
    outcomes = list(builder(generator)(STREET, FEW[:2]))
    assert results(outcomes) == [GENERATED, GENERATED]


def test_outcomes_keep_the_order_of_the_shots_when_a_later_one_is_ready_first(
    jax: CharacterSheet, builder: Builder
) -> None:
    second_is_made = threading.Event()

    def first_waits_for_the_second(request: ImageRequest) -> None:
        if request.shot.slug == FEW[0].slug:
            assert second_is_made.wait(timeout=10)
        elif request.shot.slug == FEW[1].slug:
            second_is_made.set()

    generator = DrawingGenerator(max_concurrency=2, break_on=first_waits_for_the_second, failing=(FEW[2].slug,))
    outcomes = list(builder(generator)(STREET, FEW))
    assert [(each.shot, each.result) for each in outcomes] == [
        (FEW[0].slug, GENERATED),
        (FEW[1].slug, GENERATED),
        (FEW[2].slug, FAILED),
    ]


def test_when_nobody_asks_any_more_what_was_begun_is_recorded_and_the_rest_is_not_begun(
    jax: CharacterSheet, builder: Builder
) -> None:
    generator = DrawingGenerator(max_concurrency=2)
    build = builder(generator)
    outcomes = build(STREET, [*SHOTS.values()])
    next(outcomes)
    outcomes.close()
    begun = len(generator.requests)
    assert begun <= 4
    assert results(list(build(STREET, [*SHOTS.values()]))).count(FROM_LEDGER) == begun


def test_a_picture_is_judged_while_the_generator_is_at_work_on_the_next(
    jax: CharacterSheet, builder: Builder, database: Database, blobs: BlobStore
) -> None:
    second_has_begun = threading.Event()
    review = ReviewImages(database=database, blobs=blobs, scorer=MeasuringScorer())

    def begins(request: ImageRequest) -> None:
        if request.shot.slug == FEW[1].slug:
            second_has_begun.set()

    def judge(image: GalleryImage) -> Verdict:
        assert second_has_begun.wait(timeout=10)
        return review(image)

    outcomes = list(builder(DrawingGenerator(break_on=begins), judge=judge)(STREET, FEW[:2]))
    assert results(outcomes) == [GENERATED, GENERATED]


def test_never_more_are_at_the_generator_than_it_takes_at_once(jax: CharacterSheet, builder: Builder) -> None:
    inside, most = threading.Semaphore(2), []

    def counted(request: ImageRequest) -> None:
        most.append(inside.acquire(blocking=False))
        time.sleep(0.02)
        inside.release()

    outcomes = list(
        builder(DrawingGenerator(max_concurrency=2, break_on=counted))(STREET, [*SHOTS.values()], size=TINY)
    )
    assert results(outcomes) == [GENERATED] * 33
    assert all(most)
