"""A removed character is gone from every list, and comes back from the ledger when its sheet is added again."""

from __future__ import annotations

import pytest

from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import NotFoundError
from refpipe.domain.keys import CharacterKey, character_names
from refpipe.domain.ports import BlobStore, Database
from refpipe.services.draw_contact_sheet import DrawContactSheet
from refpipe.services.make_shot import ShotResult
from refpipe.services.register_character import register_character
from refpipe.services.remove_character import remove_character
from refpipe.services.report_status import list_characters, report_status
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.services.conftest import FEW, STREET, Builder


@pytest.fixture
def removed(
    jax: CharacterSheet, builder: Builder, database: Database, sheets: DrawContactSheet, blobs: BlobStore
) -> CharacterSheet:
    list(builder(DrawingGenerator())(STREET, FEW))
    sheets(STREET)
    with database.transaction("local") as records:
        records.characters.set_master("jax", blobs.put(b"a picture", "image/png"), source="upload")
    done = remove_character("local", "jax", database=database)
    assert done.as_document() == {"character": "jax", "pictures": 3, "status": "removed"}
    return jax


def test_it_is_listed_shown_and_made_no_more(removed: CharacterSheet, builder: Builder, database: Database) -> None:
    assert list_characters("local", database=database) == []
    with database.transaction("local") as records:
        assert records.gallery.list(STREET) == []
        assert records.blobs.names(character_names("local", "jax")) == {}
        for ask in (records.characters.get, records.characters.master, records.characters.remove):
            with pytest.raises(NotFoundError):
                ask("jax")
    with pytest.raises(NotFoundError):
        list(builder(DrawingGenerator())(STREET, FEW))


def test_added_again_it_is_new_and_its_pictures_come_from_the_ledger(
    removed: CharacterSheet, builder: Builder, database: Database
) -> None:
    assert register_character(removed, owner="local", database=database).status == "created"
    with database.transaction("local") as records:
        assert records.characters.master("jax") is None
    assert report_status("local", "jax", database=database, locate=str).total.made == 0
    generator = DrawingGenerator()
    outcomes = list(builder(generator)(STREET, FEW))
    assert [outcome.result for outcome in outcomes] == [ShotResult.FROM_LEDGER] * 3
    assert generator.requests == []
    report = report_status("local", "jax", database=database, locate=str)
    assert (report.total.made, report.images[0].attempts) == (3, 1)
    assert register_character(removed, owner="local", database=database).status == "unchanged"


def test_other_characters_keep_everything(removed: CharacterSheet, builder: Builder, database: Database) -> None:
    other = removed.model_copy(update={"slug": "jaxon"})
    register_character(other, owner="local", database=database)
    register_character(removed, owner="local", database=database)
    list(builder(DrawingGenerator())(CharacterKey("local", "jaxon", "street"), FEW))
    remove_character("local", "jax", database=database)
    assert [line.sheet.slug for line in list_characters("local", database=database)] == ["jaxon"]
    assert report_status("local", "jaxon", database=database, locate=str).images[0].guides
