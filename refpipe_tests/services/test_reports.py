"""What is told about sets: coverage, documents of runs, lists, contact sheets, the choice of shots."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from refpipe.backends.pictures.contact_sheet import PillowContactSheetPainter
from refpipe.backends.sheets.sheet_file import sample_sheet
from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import NotFoundError, RefusedInputError
from refpipe.domain.gallery import ImageStatus, Scores
from refpipe.domain.keys import contact_sheet_name
from refpipe.domain.ports import BlobStore, ContactSheet, Database, RunShot
from refpipe.domain.shots import ShotSet
from refpipe.services.choose_shots import choose_shots
from refpipe.services.draw_contact_sheet import DrawContactSheet
from refpipe.services.register_character import register_character
from refpipe.services.report_set_run import report_set_run
from refpipe.services.report_status import list_characters, report_status
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.services.conftest import FEW, RAINCOAT, SHOTS, STREET, Builder

IMAGE_FIELDS = {
    "shot", "status", "path", "quality", "consistency", "technical", "composition", "cinematic", "view_bin",
    "attempts", "notes", "camera", "size", "seed", "fingerprint", "guides", "out_of_date",
}  # fmt: skip


def test_a_character_is_created_updated_or_unchanged(database: Database) -> None:
    sheet = sample_sheet("jax")
    assert register_character(sheet, owner="local", database=database).status == "created"
    assert register_character(sheet, owner="local", database=database).status == "unchanged"
    renamed = sheet.model_copy(update={"name": "Jackie"})
    assert register_character(renamed, owner="local", database=database).as_document() == {
        "character": "jax",
        "status": "updated",
    }


def test_a_sheet_of_another_owner_is_refused(database: Database) -> None:
    with pytest.raises(RefusedInputError, match="owner"):
        register_character(sample_sheet("jax"), owner="somebody", database=database)


def test_the_status_counts_per_pack_and_shows_every_shot(
    jax: CharacterSheet, builder: Builder, database: Database, blobs: BlobStore
) -> None:
    outcomes = list(builder(DrawingGenerator())(STREET, FEW))
    accepted, review = outcomes[0].image, outcomes[2].image
    assert accepted is not None
    assert review is not None
    with database.transaction("local") as records:
        records.gallery.put(replace(accepted, status=ImageStatus.ACCEPTED, scores=Scores(quality=91.5)))
        records.gallery.put(replace(review, status=ImageStatus.NEEDS_REVIEW, notes=("too little evidence",)))
    report = report_status("local", "jax", database=database, locate=blobs.where)
    document = report.as_document()
    assert (document["character"], document["outfit"], document["name"]) == ("jax", "street", "Jax Moreno")
    assert [document[name] for name in ("planned", "made", "accepted", "needs_review", "failed")] == [33, 3, 1, 1, 0]
    assert document["by_pack"]["core"] == {"planned": 9, "made": 2, "accepted": 1, "needs_review": 0, "failed": 0}
    assert document["by_pack"]["essential"]["needs_review"] == 1
    assert document["contact_sheet"] is None
    images = {image["shot"]: image for image in document["images"]}
    assert set(images) == set(SHOTS)
    assert all(set(image) == IMAGE_FIELDS for image in images.values())
    made = images[FEW[0].slug]
    assert (made["status"], made["quality"], made["consistency"]) == ("validation_success", 91.5, None)
    assert Path(made["path"]).read_bytes().startswith(b"\x89PNG")
    assert images[FEW[2].slug]["notes"] == ["too little evidence"]
    missing = images["85mm_front_hands"]
    assert (missing["status"], missing["path"], missing["attempts"]) == ("missing", None, 0)
    assert missing["view_bin"] == "detail"


def test_the_status_of_another_outfit_is_its_own(jax: CharacterSheet, builder: Builder, database: Database) -> None:
    list(builder(DrawingGenerator())(STREET, FEW))
    assert report_status("local", "jax", outfit="raincoat", database=database, locate=str).total.made == 0
    with pytest.raises(RefusedInputError, match="outfit"):
        report_status("local", "jax", outfit="tuxedo", database=database, locate=str)
    with pytest.raises(NotFoundError):
        report_status("local", "nobody", database=database, locate=str)


def test_the_list_counts_the_default_outfit(jax: CharacterSheet, builder: Builder, database: Database) -> None:
    register_character(sample_sheet("pip"), owner="local", database=database)
    list(builder(DrawingGenerator())(RAINCOAT, FEW))
    list(builder(DrawingGenerator())(STREET, FEW[:1]))
    lines = [line.as_document() for line in list_characters("local", database=database)]
    assert [(line["character"], line["name"], line["planned"], line["made"], line["accepted"]) for line in lines] == [
        ("jax", "Jax Moreno", 33, 1, 0),
        ("pip", "Pip Hallam", 33, 0, 0),
    ]
    assert list_characters("somebody", database=database) == []


def test_the_document_of_a_run_tells_what_became_of_each_planned_shot(
    jax: CharacterSheet, builder: Builder, database: Database
) -> None:
    outcomes = list(builder(DrawingGenerator(failing=(FEW[1].slug,)))(STREET, FEW))
    told = {each.shot: RunShot(each.shot, each.result.value, each.reason) for each in outcomes}
    del told[FEW[2].slug]
    report = report_set_run(
        STREET,
        FEW,
        run_id="r1",
        events=told,
        contact_sheet="/sheet.png",
        database=database,
        locate=lambda _: "/p.png",
        seconds=12.34,
    )
    document = report.as_document()
    assert {key: value for key, value in document.items() if key != "images"} == {
        "character": "jax",
        "outfit": "street",
        "run_id": "r1",
        "planned": 3,
        "accepted": 0,
        "failed": 2,
        "needs_review": 0,
        "generated": 1,
        "from_ledger": 0,
        "attempts": 1,
        "seconds": 12.3,
        "mean_scores": dict.fromkeys(("quality", "consistency", "technical", "composition", "cinematic")),
        "contact_sheet": "/sheet.png",
    }
    assert [(image["status"], image["path"]) for image in document["images"]] == [
        ("pending", "/p.png"),
        ("validation_failed", None),
        ("validation_failed", None),
    ]
    assert document["images"][1]["notes"] == [f"asked to fail for {FEW[1].slug}"]
    assert document["images"][2]["notes"] == ["the run ended before this shot"]
    assert all(set(image) == IMAGE_FIELDS for image in document["images"])
    assert not report.is_success


def test_the_document_of_a_run_tells_the_mean_of_what_was_measured(
    jax: CharacterSheet, builder: Builder, database: Database
) -> None:
    outcomes = list(builder(DrawingGenerator())(STREET, FEW))
    for outcome, quality in zip(outcomes, (80.0, 91.0, None), strict=True):
        assert outcome.image is not None
        with database.transaction("local") as records:
            records.gallery.put(replace(outcome.image, scores=Scores(quality=quality)))
    told = {each.shot: RunShot(each.shot, each.result.value, each.reason) for each in outcomes}
    report = report_set_run(STREET, FEW, run_id="r", events=told, contact_sheet=None, database=database, locate=str)
    assert (report.mean_scores["quality"], report.mean_scores["consistency"]) == (85.5, None)


def test_a_picture_that_waits_for_a_person_is_no_failure(
    jax: CharacterSheet, builder: Builder, database: Database
) -> None:
    (outcome,) = builder(DrawingGenerator())(STREET, FEW[:1])
    assert outcome.image is not None
    with database.transaction("local") as records:
        records.gallery.put(replace(outcome.image, status=ImageStatus.NEEDS_REVIEW))
    told = {outcome.shot: RunShot(outcome.shot, "from_ledger")}
    report = report_set_run(STREET, FEW[:1], run_id="r", events=told, contact_sheet=None, database=database, locate=str)
    assert (report.needs_review, report.failed, report.from_ledger, report.is_success) == (1, 0, 1, True)


def test_the_contact_sheet_is_drawn_stored_and_named(
    jax: CharacterSheet, builder: Builder, database: Database, blobs: BlobStore, sheets: DrawContactSheet
) -> None:
    with pytest.raises(NotFoundError, match="no picture"):
        sheets(STREET)
    outcomes = list(builder(DrawingGenerator())(STREET, FEW))
    drawn = sheets(STREET)
    with Image.open(BytesIO(blobs.get(drawn.sha256))) as image:
        assert image.format == "PNG"
    with database.transaction("local") as records:
        assert records.blobs.resolve(contact_sheet_name(STREET)) == drawn.sha256
    assert sheets(STREET) == drawn
    assert outcomes[0].image is not None
    blobs.delete([outcomes[0].image.picture_sha256])
    assert sheets(STREET) != drawn
    report = report_status("local", "jax", database=database, locate=blobs.where)
    assert report.contact_sheet is not None
    assert Path(report.contact_sheet).is_file()


def test_a_sheet_that_shows_what_is_there_is_not_painted_again(
    jax: CharacterSheet, builder: Builder, database: Database, blobs: BlobStore
) -> None:
    class Counting(PillowContactSheetPainter):
        painted = 0

        def paint(self, sheet: ContactSheet) -> bytes:
            self.painted += 1
            return super().paint(sheet)

    painter = Counting()
    draw = DrawContactSheet(database=database, blobs=blobs, painter=painter)
    (outcome,) = builder(DrawingGenerator())(STREET, FEW[:1])
    first = draw(STREET)
    assert (draw(STREET), painter.painted) == (first, 1)

    assert outcome.image is not None
    with database.transaction("local") as records:
        records.gallery.put(replace(outcome.image, status=ImageStatus.FAILED))
    assert draw(STREET) != first  # a verdict is written under the picture
    assert painter.painted == 2

    blobs.delete([draw(STREET).sha256])
    assert blobs.exists(draw(STREET).sha256)
    assert painter.painted == 3


def test_shots_are_chosen_by_set_or_by_name_in_the_librarys_order(jax: CharacterSheet, database: Database) -> None:
    sizes = {wanted: len(choose_shots("local", wanted=wanted, database=database)) for wanted in ShotSet}
    assert sizes == {
        ShotSet.CORE: 9,
        ShotSet.EXTENDED: 21,
        ShotSet.COMPREHENSIVE: 27,
        ShotSet.TURNAROUND: 8,
        ShotSet.ALL: 33,
    }
    named = choose_shots("local", slugs=["50mm_front_cu", "35mm_front_full", "50mm_front_cu"], database=database)
    assert [shot.slug for shot in named] == ["35mm_front_full", "50mm_front_cu"]
    with pytest.raises(RefusedInputError, match="no_such"):
        choose_shots("local", slugs=["35mm_front_full", "no_such"], database=database)
    with pytest.raises(NotFoundError, match="refpipe seed"):
        choose_shots("somebody", database=database)
