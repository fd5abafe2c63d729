"""The master reference: only pictures, the original kept, everything due for review after a change."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

import pytest
from PIL import Image

from refpipe.backends.sheets.sheet_file import sample_sheet
from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import NotFoundError, RefusedInputError
from refpipe.domain.ports import BlobStore, Database
from refpipe.services.register_character import register_character
from refpipe.services.set_master_reference import SetMasterReference
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.services.conftest import FEW, STREET, Builder


def jpeg(colour: str = "red") -> bytes:
    stream = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 60), colour).save(stream, "JPEG", exif=exif)
    return stream.getvalue()


def test_an_upload_is_kept_as_it_was_and_used_upright(
    jax: CharacterSheet, masters: SetMasterReference, database: Database, blobs: BlobStore
) -> None:
    done = masters.upload("local", "jax", jpeg(), source="jax.jpg")
    assert (done.status, done.source, done.width_px, done.height_px) == ("updated", "upload", 60, 40)
    with database.transaction("local") as records:
        assert records.characters.master("jax") == done.sha256
        original = records.blobs.resolve("characters/local/jax/master_reference/original")
    assert original is not None
    assert blobs.get(original) == jpeg()
    assert Image.open(BytesIO(blobs.get(done.sha256))).size == (60, 40)


def test_the_same_upload_again_changes_nothing(jax: CharacterSheet, masters: SetMasterReference) -> None:
    masters.upload("local", "jax", jpeg())
    assert masters.upload("local", "jax", jpeg()).status == "unchanged"
    assert masters.upload("local", "jax", jpeg("blue")).status == "updated"


def test_a_new_master_makes_the_whole_set_due_for_review(
    jax: CharacterSheet, masters: SetMasterReference, builder: Builder, database: Database
) -> None:
    outcomes = list(builder(DrawingGenerator())(STREET, FEW))
    image = outcomes[0].image
    assert image is not None
    promoted = masters.promote("local", "jax", image.id)
    assert (promoted.status, promoted.source, promoted.sha256) == ("updated", "gallery", image.picture_sha256)
    with database.transaction("local") as records:
        assert all(each.review_due for each in records.gallery.list(STREET))
    assert masters.promote("local", "jax", image.id).status == "unchanged"


@pytest.mark.parametrize("data", [b"", b"words", jpeg()[:300]])
def test_what_is_no_picture_is_refused_and_nothing_is_stored(
    jax: CharacterSheet, masters: SetMasterReference, database: Database, blobs: BlobStore, data: bytes
) -> None:
    with pytest.raises(RefusedInputError, match="picture"):
        masters.upload("local", "jax", data, source="jax.jpg")
    assert list(blobs.list()) == []
    with database.transaction("local") as records:
        assert records.characters.master("jax") is None


def test_unknown_characters_and_pictures_of_others_are_refused(
    jax: CharacterSheet, masters: SetMasterReference, builder: Builder, database: Database, blobs: BlobStore
) -> None:
    with pytest.raises(NotFoundError):
        masters.upload("local", "nobody", jpeg())
    assert list(blobs.list()) == []
    with pytest.raises(NotFoundError):
        masters.promote("local", "jax", uuid4())
    (outcome,) = builder(DrawingGenerator())(STREET, FEW[:1])
    register_character(sample_sheet("pip"), owner="local", database=database)
    assert outcome.image is not None
    with pytest.raises(RefusedInputError, match="shows jax, not pip"):
        masters.promote("local", "pip", outcome.image.id)
