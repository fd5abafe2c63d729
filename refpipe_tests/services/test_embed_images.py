"""Accepted pictures get a vector each, once; what is interrupted goes on; what cannot be read is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from refpipe.backends.database.vector_search import PostgresVectorSearch
from refpipe.backends.storage import LocalBlobStore
from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import NotFoundError
from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import Database
from refpipe.domain.ports.vectors import IndexState
from refpipe.services import embed_images
from refpipe.services.embed_images import EmbedImages, accepted_without_vector, norm, vector_fault
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.fakes.pixel_model import PixelModel
from refpipe_tests.services.conftest import SHOTS, STREET, Builder

SLUGS = list(SHOTS)[:6]
ACCEPTED = SLUGS[:5]


@pytest.fixture
def made(jax: CharacterSheet, builder: Builder, database: Database) -> dict[str, GalleryImage]:
    """Six pictures, five of them accepted."""
    outcomes = builder(DrawingGenerator())(STREET, [SHOTS[slug] for slug in SLUGS])
    images = {outcome.shot: outcome.image for outcome in outcomes if outcome.image is not None}
    with database.transaction("local") as records:
        for slug in ACCEPTED:
            images[slug] = records.gallery.put(replace(images[slug], status=ImageStatus.ACCEPTED, review_due=False))
    return images


Embed = Callable[[PixelModel], EmbedImages]


@pytest.fixture
def embed(database: Database, blobs: LocalBlobStore) -> Embed:
    return lambda model: EmbedImages(database=database, blobs=blobs, model=model)


def lacking(database: Database, model: PixelModel) -> set[str]:
    return accepted_without_vector([STREET], database=database, model=model.model).get(STREET, set())


def test_accepted_pictures_get_a_vector_and_others_none(
    made: dict[str, GalleryImage], embed: Embed, database: Database, blobs: LocalBlobStore
) -> None:
    model = PixelModel()
    assert lacking(database, model) == set(ACCEPTED)
    done = {each.image.shot: each for each in embed(model)(STREET)}
    assert set(done) == set(ACCEPTED)
    assert lacking(database, model) == set()
    for slug, each in done.items():
        (expected,) = model.embed_pictures([blobs.get(made[slug].picture_sha256)])
        assert each.vector is not None
        assert np.allclose(each.vector, expected, atol=1e-3)
        assert (each.is_new, each.shortfall, each.model) == (True, "", model.model)


def test_what_has_a_vector_is_not_embedded_again_but_told(made: dict[str, GalleryImage], embed: Embed) -> None:
    list(embed(PixelModel())(STREET))
    again = PixelModel()
    told = list(embed(again)(STREET))
    assert again.seen == 0
    assert {each.image.shot for each in told} == set(ACCEPTED)
    assert not any(each.is_new for each in told)
    assert all(each.vector is not None for each in told)


def test_named_shots_leave_the_others_alone(made: dict[str, GalleryImage], embed: Embed, database: Database) -> None:
    model = PixelModel()
    done = list(embed(model)(STREET, [ACCEPTED[0], SLUGS[-1]]))
    assert [each.image.shot for each in done] == [ACCEPTED[0]]
    assert lacking(database, model) == set(ACCEPTED[1:])


def test_an_interrupted_embedding_keeps_whole_batches_and_goes_on_with_the_rest(
    made: dict[str, GalleryImage], embed: Embed, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed_images, "_KEPT_AT_ONCE", 2)

    def stop(number: int) -> None:
        if number == 4:
            raise KeyboardInterrupt

    stopped = PixelModel(before=stop)
    with pytest.raises(KeyboardInterrupt):
        list(embed(stopped)(STREET))
    left = lacking(database, stopped)
    assert len(left) == 3, "of three that were made two were kept"
    going_on = PixelModel()
    done = list(embed(going_on)(STREET))
    assert going_on.seen == 3
    assert {each.image.shot for each in done if each.is_new} == left


def test_pictures_that_cannot_be_read_are_named_and_the_others_go_on(
    made: dict[str, GalleryImage], embed: Embed, database: Database, blobs: LocalBlobStore
) -> None:
    gone, damaged, no_picture = ACCEPTED[:3]
    blobs.delete([made[gone].picture_sha256])
    with open(blobs.where(made[damaged].picture_sha256), "r+b") as file:  # noqa: PTH123 - a damage on the disk
        file.seek(40)
        file.write(b"damage")
    words = blobs.put(b"these are words", "image/png")
    with database.transaction("local") as records:
        image = replace(made[no_picture], picture_sha256=words.sha256, picture_bytes=words.size_bytes)
        records.gallery.put(image)
    model = PixelModel()
    done = {each.image.shot: each for each in embed(model)(STREET)}
    assert {shot for shot, each in done.items() if each.shortfall} == {gone, damaged, no_picture}
    assert "not in the store" in done[gone].fault
    assert all(done[shot].vector is None for shot in (gone, damaged, no_picture))
    assert lacking(database, model) == {gone, damaged, no_picture}


def test_the_same_picture_under_two_shots_is_embedded_once_and_told_for_both(
    made: dict[str, GalleryImage], embed: Embed, database: Database
) -> None:
    one, other = ACCEPTED[:2]
    with database.transaction("local") as records:
        same = {"picture_sha256": made[one].picture_sha256, "picture_bytes": made[one].picture_bytes}
        records.gallery.put(replace(made[other], **same))  # type: ignore[arg-type]
    model = PixelModel()
    told = list(embed(model)(STREET, [one, other]))
    assert model.seen == 1
    assert [each.image.shot for each in told if each.is_new] == [one, other]


def test_another_model_has_vectors_of_its_own(made: dict[str, GalleryImage], embed: Embed, database: Database) -> None:
    list(embed(PixelModel())(STREET))
    newer = PixelModel(name="newer")
    assert lacking(database, newer) == set(ACCEPTED)
    list(embed(newer)(STREET))
    assert lacking(database, newer) == lacking(database, PixelModel()) == set()


def test_before_the_model_is_known_all_accepted_pictures_may_lack_a_vector(
    made: dict[str, GalleryImage], embed: Embed, database: Database
) -> None:
    list(embed(PixelModel())(STREET))
    assert accepted_without_vector([STREET], database=database, model=None) == {STREET: set(ACCEPTED)}


def test_an_unknown_character_is_no_empty_set(jax: CharacterSheet, embed: Embed) -> None:
    with pytest.raises(NotFoundError):
        list(embed(PixelModel())(CharacterKey("local", "nobody", "street")))


def test_a_vector_of_another_size_or_length_is_told() -> None:
    model = PixelModel().model
    whole = np.full(model.dimension, model.dimension**-0.5, np.float32)
    assert vector_fault(whole, model) == ""
    assert vector_fault(whole.astype(np.float16).astype(np.float32), model) == ""
    assert "767 numbers" in vector_fault(whole[:-1], model)
    assert "length 1.1" in vector_fault(whole * 1.1, model)
    assert "length nan" in vector_fault(whole * np.float32(np.nan), model)
    assert norm(whole) == pytest.approx(1)


def test_a_library_that_has_become_large_gets_its_index_also_where_the_last_run_was_cut_off(
    made: dict[str, GalleryImage], database: Database, blobs: LocalBlobStore, database_url: str
) -> None:
    model = PixelModel()
    list(EmbedImages(database=database, blobs=blobs, model=model)(STREET))
    search = PostgresVectorSearch(database_url, exact_below=len(ACCEPTED))
    try:
        list(EmbedImages(database=database, blobs=blobs, model=model, search=search)(STREET))
        assert search.ensure_index(STREET.owner, model.model) is IndexState.KEPT
    finally:
        search.close()
