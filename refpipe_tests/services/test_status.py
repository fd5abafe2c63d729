"""The status forgets nothing: failures with their reason, pictures out of date and why, camera and guides of each."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from refpipe.domain.characters import CharacterSheet
from refpipe.domain.generation import Size
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import BlobRef, BlobStore, Database, RunShot
from refpipe.services.image_documents import ImageDocument
from refpipe.services.register_character import register_character
from refpipe.services.report_set_run import report_set_run
from refpipe.services.report_status import StatusReport, list_characters, report_status
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.services.conftest import FEW, RAINCOAT, STREET, Builder

SLUGS = [shot.slug for shot in FEW]


class House:
    """One character's sets, made and asked about with the same generator."""

    def __init__(self, builder: Builder, database: Database, blobs: BlobStore) -> None:
        self._builder, self._database, self.blobs = builder, database, blobs
        self.generator = DrawingGenerator()

    def make(self, key: CharacterKey = STREET, *, failing: tuple[str, ...] = (), size: Size | None = None) -> None:
        self.generator.failing = set(failing)
        list(self._builder(self.generator)(key, FEW, size=size))

    def report(self, outfit: str | None = None) -> StatusReport:
        planner = self._builder(self.generator).planner
        where = self.blobs.where
        return report_status("local", "jax", outfit=outfit, database=self._database, locate=where, planner=planner)

    def images(self) -> list[ImageDocument]:
        return [image for image in self.report().images if image.shot in SLUGS]

    def out_of_date(self) -> list[tuple[str, ...] | None]:
        return [image.out_of_date for image in self.images()]

    def change(self, sheet: CharacterSheet) -> None:
        assert register_character(sheet, owner="local", database=self._database).status == "updated"


@pytest.fixture
def house(jax: CharacterSheet, builder: Builder, database: Database, blobs: BlobStore) -> House:
    return House(builder, database, blobs)


def test_a_failed_shot_stays_failed_with_its_reason_until_it_is_made(house: House) -> None:
    house.make(failing=(SLUGS[1],))
    first, failed, _ = house.images()
    assert (failed.status, failed.path, failed.notes) == (
        "validation_failed",
        None,
        (f"asked to fail for {SLUGS[1]}",),
    )
    assert first.status == "pending"
    assert (house.report().total.made, house.report().total.failed) == (2, 1)
    assert house.report().packs[FEW[1].pack].failed == 1
    house.make()
    assert [image.status for image in house.images()] == ["pending"] * 3
    assert house.report().total.failed == 0


def test_a_failure_is_of_its_outfit_only(house: House) -> None:
    house.make(RAINCOAT, failing=(SLUGS[1],))
    assert house.report("raincoat").total.failed == 1
    assert house.report("street").total.failed == 0


def test_another_size_that_failed_costs_no_picture_its_standing(house: House) -> None:
    house.make()
    house.make(failing=tuple(SLUGS), size=Size(64, 64))
    assert [image.status for image in house.images()] == ["pending"] * 3


def test_the_list_counts_what_failed(house: House, builder: Builder, database: Database) -> None:
    house.make(failing=(SLUGS[1],))
    (line,) = list_characters("local", database=database, planner=builder(house.generator).planner)
    assert (line.coverage.made, line.coverage.failed) == (2, 1)


def test_fresh_pictures_are_up_to_date_whatever_size_and_seed_they_were_asked_in(house: House) -> None:
    house.make()
    assert house.out_of_date() == [()] * 3
    house.make(size=Size(64, 96))
    assert house.out_of_date() == [()] * 3
    assert house.report().as_document()["out_of_date"] == 0


def test_pictures_of_an_older_sheet_or_outfit_say_what_changed(house: House, jax: CharacterSheet) -> None:
    house.make()
    older = jax.model_copy(update={"physical": jax.physical.model_copy(update={"age_years": 61})})
    house.change(older)
    assert house.out_of_date() == [("sheet",)] * 3
    assert house.images()[0].notes == ("out of date: sheet changed",)
    assert house.report().out_of_date == 3
    street = older.outfit("street")
    dyed = street.model_copy(update={"garments": (street.garments[0].model_copy(update={"colour": "#123456"}),)})
    house.change(older.model_copy(update={"wardrobe": (dyed, *older.wardrobe[1:])}))
    assert house.out_of_date() == [("sheet", "outfit")] * 3
    house.change(jax)
    assert house.out_of_date() == [()] * 3


def test_a_biography_makes_nothing_out_of_date(house: House, jax: CharacterSheet) -> None:
    house.make()
    house.change(jax.model_copy(update={"persona": jax.persona.model_copy(update={"biography": "Born at sea."})}))
    assert house.out_of_date() == [()] * 3


def test_a_changed_shot_concerns_its_own_picture(house: House, database: Database) -> None:
    house.make()
    with database.transaction("local") as records:
        records.shots.upsert(replace(FEW[1], distance_m=2.4))
    assert house.out_of_date() == [(), ("shot",), ()]


def test_a_new_renderer_and_a_new_master_are_named(house: House, database: Database, blobs: BlobStore) -> None:
    house.generator = DrawingGenerator(max_references=1)
    house.make()
    house.generator = DrawingGenerator(max_references=1, revision="2")
    assert house.out_of_date() == [("renderer",)] * 3
    house.make()
    master: BlobRef = blobs.put(b"a picture", "image/png")
    with database.transaction("local") as records:
        records.characters.set_master("jax", master, source="upload")
    assert house.out_of_date() == [("master",)] * 3


def test_a_picture_out_of_date_whose_remaking_failed_says_both(house: House, jax: CharacterSheet) -> None:
    house.make()
    house.change(jax.model_copy(update={"physical": jax.physical.model_copy(update={"age_years": 61})}))
    house.make(failing=(SLUGS[0],))
    image = house.images()[0]
    assert (image.status, image.out_of_date) == ("validation_failed", ("sheet",))
    assert image.notes == ("out of date: sheet changed", f"asked to fail for {SLUGS[0]}")
    assert image.path is not None


def test_without_a_planner_nothing_is_said_about_changes(house: House, database: Database) -> None:
    house.make(failing=(SLUGS[1],))
    report = report_status("local", "jax", database=database, locate=str)
    assert [image.out_of_date for image in report.images] == [None] * 33
    assert report.total.failed == 0


def test_every_picture_tells_its_camera_size_seed_fingerprint_and_guides(house: House, database: Database) -> None:
    house.make(failing=(SLUGS[1],))
    told = {shot: RunShot(shot, "generated") for shot in SLUGS} | {SLUGS[1]: RunShot(SLUGS[1], "failed", "dark")}
    run = report_set_run(
        STREET, FEW, run_id="r", events=told, contact_sheet=None, database=database, locate=house.blobs.where
    )
    for images in (house.images(), run.images):
        first, failed, _ = (image.as_document() for image in images)
        assert first["camera"]["lens_mm"] == FEW[0].lens_mm
        assert first["camera"]["azimuth_deg"] == FEW[0].azimuth_deg
        assert first["size"] == "32x48"
        assert isinstance(first["seed"], int)
        assert len(first["fingerprint"]) == 64
        assert set(first["guides"]) == {"depth", "normals", "mask", "edges", "keypoints"}
        assert Path(first["guides"]["depth"]).read_bytes().startswith(b"\x89PNG")
        assert "keypoints" in json.loads(Path(first["guides"]["keypoints"]).read_text())
        assert first["out_of_date"] == []
        assert (failed["camera"], failed["size"], failed["seed"], failed["guides"]) == (None, None, None, {})
