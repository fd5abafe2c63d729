"""Exports: what a studio gets in the folder, whose folder is written to, and what running it again does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from refpipe.backends.export_folder import LocalExportFolder
from refpipe.backends.sheets.sheet_file import read_sheet_file, sheet_file
from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import NotFoundError, RefusedInputError
from refpipe.domain.gallery import ImageStatus
from refpipe.domain.ports import BlobStore, Database
from refpipe.services.draw_contact_sheet import DrawContactSheet
from refpipe.services.export_names import file_stems
from refpipe.services.export_set import ExportReport, ExportSet
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.services.conftest import FEW, RAINCOAT, SHOTS, STREET, Builder

FIRST, SECOND, THIRD = (shot.slug for shot in FEW)
GUIDES = {"depth", "normals", "mask", "edges", "keypoints"}

Export = Callable[..., ExportReport]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "for the studio"


@pytest.fixture
def export(
    jax: CharacterSheet, builder: Builder, database: Database, blobs: BlobStore, sheets: DrawContactSheet, folder: Path
) -> Export:
    """Three pictures of one outfit are made; the call exports them."""
    build = builder(DrawingGenerator())
    list(build(STREET, FEW))
    use = ExportSet(database=database, blobs=blobs, contact_sheets=sheets, sheet_file=sheet_file, planner=build.planner)

    def run(to: Path = folder, **choice: Any) -> ExportReport:
        return use("local", "jax", LocalExportFolder(to), **choice)

    return run


def judge(database: Database, shot: str, status: ImageStatus) -> None:
    with database.transaction("local") as records:
        image = records.gallery.get(STREET, shot)
        assert image is not None
        records.gallery.put(replace(image, status=status))


def manifest(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text())


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_folder_holds_pictures_guides_sheet_contact_sheet_and_a_manifest_of_all(
    export: Export, folder: Path, jax: CharacterSheet
) -> None:
    report = export()
    document = manifest(folder)
    assert document["is_complete"] is True
    assert names(folder) == {"manifest.json", *document["files"]}
    assert len(document["files"]) == 3 * 6 + 2
    assert [image["shot"] for image in document["images"]] == [FIRST, SECOND, THIRD]
    for image in document["images"]:
        assert image["file"] == f"jax_street_{image['shot']}_v1.png"
        assert (folder / image["file"]).read_bytes().startswith(b"\x89PNG")
        assert set(image["guides"]) == GUIDES
        assert all((folder / file).is_file() for file in image["guides"].values())
        assert image["guides"]["depth"] == f"jax_street_{image['shot']}_v1_depth.png"
        assert image["camera"]["lens_mm"] == SHOTS[image["shot"]].lens_mm
        assert (image["status"], image["quality"], image["out_of_date"]) == ("pending", None, [])
        assert image["seed"] >= 0
        assert len(image["fingerprint"]) == len(image["sha256"]) == 64
        assert image["model"] == "drawing@1"
    assert read_sheet_file(folder / "sheet.yaml") == jax
    with Image.open(folder / "contact_sheet.png") as sheet:
        assert sheet.width > 1000
    told = report.as_document()
    assert (told["planned"], told["exported"], told["written"], told["unchanged"]) == (33, 3, 20, 0)
    assert told["folder"] == str(folder)
    assert {left["status"] for left in told["left_out"]} == {"missing"}
    assert Path(told["images"][0]["path"]).is_file()


def test_running_it_again_writes_nothing_anew(export: Export, folder: Path) -> None:
    export()
    before = {path: (path.stat().st_ino, path.read_bytes()) for path in folder.iterdir() if path.suffix != ".json"}
    whole = (folder / "manifest.json").read_bytes()
    report = export()
    assert (report.written, report.unchanged, report.removed) == (0, 20, 0)
    assert {path: (path.stat().st_ino, path.read_bytes()) for path in before} == before
    assert (folder / "manifest.json").read_bytes() == whole


def test_what_is_damaged_or_gone_in_the_folder_is_written_again(export: Export, folder: Path) -> None:
    export()
    picture, mask = (folder / f"jax_street_{FIRST}_v1{end}" for end in (".png", "_mask.png"))
    good = picture.read_bytes()
    picture.write_bytes(b"scribbled over")
    mask.unlink()
    assert export().written == 2
    assert picture.read_bytes() == good
    assert mask.is_file()


def test_guides_may_be_left_out_and_shots_chosen_and_then_what_was_there_before_goes(
    export: Export, folder: Path
) -> None:
    export()
    (folder / "notes of the studio.txt").write_text("ours")
    changed = folder / f"jax_street_{SECOND}_v1.png"
    changed.write_bytes(b"retouched by hand")
    report = export(shots={FIRST}, with_guides=False)
    assert report.removed == 2 * 6 + 5 - 1
    assert names(folder) == {
        "manifest.json", "sheet.yaml", "contact_sheet.png", f"jax_street_{FIRST}_v1.png",
        changed.name, "notes of the studio.txt",
    }  # fmt: skip
    assert manifest(folder)["images"][0]["guides"] == {}


def test_failed_pictures_stay_behind_and_only_accepted_ones_go_where_asked(
    export: Export, folder: Path, database: Database
) -> None:
    judge(database, FIRST, ImageStatus.FAILED)
    judge(database, SECOND, ImageStatus.ACCEPTED)
    assert [each.cell.shot.slug for each in export().pictures] == [SECOND, THIRD]
    assert manifest(folder)["left_out"][FIRST] == "validation_failed"
    assert [each.cell.shot.slug for each in export(accepted_only=True).pictures] == [SECOND]
    with Image.open(folder / "contact_sheet.png") as sheet:
        assert sheet.height < 1200  # one row: the sheet shows what is in the folder


def test_where_there_is_nothing_to_export_nothing_is_written(export: Export, folder: Path) -> None:
    with pytest.raises(NotFoundError, match="no accepted picture"):
        export(accepted_only=True)
    with pytest.raises(NotFoundError, match="no picture of these shots in the outfit raincoat"):
        export(outfit="raincoat")
    with pytest.raises(NotFoundError, match="no picture"):
        export(shots={"85mm_front_hands"})
    assert not folder.exists()


def test_a_folder_with_something_else_is_refused_and_left_as_it_is(export: Export, folder: Path) -> None:
    folder.mkdir()
    (folder / "manifest.json").write_text('{"name": "a web page"}')
    with pytest.raises(RefusedInputError, match="--force"):
        export()
    assert names(folder) == {"manifest.json"}
    (folder / "diary.txt").write_text("private")
    assert export(force=True).written == 20
    assert (folder / "diary.txt").read_text() == "private"
    assert export().written == 0


def test_another_sets_export_is_something_else(export: Export, folder: Path, builder: Builder) -> None:
    list(builder(DrawingGenerator())(RAINCOAT, FEW))
    export()
    with pytest.raises(RefusedInputError, match="jax in raincoat"):
        export(outfit="raincoat")


def test_an_export_that_broke_off_is_gone_on_with(export: Export, folder: Path) -> None:
    class BreaksOff(LocalExportFolder):
        def write(self, name: str, data: bytes) -> None:
            if name.startswith(f"jax_street_{SECOND}"):
                raise KeyboardInterrupt
            super().write(name, data)

    use = export.__closure__
    assert use is not None
    exporter = next(cell.cell_contents for cell in use if isinstance(cell.cell_contents, ExportSet))
    with pytest.raises(KeyboardInterrupt):
        exporter("local", "jax", BreaksOff(folder))
    assert manifest(folder)["is_complete"] is False
    report = export()
    assert report.unchanged == 6
    assert manifest(folder)["is_complete"] is True


def test_a_lost_picture_is_told_and_the_others_are_there(export: Export, folder: Path, blobs: BlobStore) -> None:
    first = export().pictures[0].cell.image
    assert first is not None
    blobs.delete([first.picture_sha256])
    report = export()
    assert list(report.failed) == [FIRST]
    assert [each.cell.shot.slug for each in report.pictures] == [SECOND, THIRD]
    assert report.as_document()["failed"][0]["shot"] == FIRST


def test_files_are_told_apart_whatever_the_patterns_say() -> None:
    same = [replace(shot, file_name_pattern="{character}.png") for shot in FEW]
    assert len(set(file_stems(same, STREET).values())) == 3
    case = [replace(FEW[0], file_name_pattern="A.png"), replace(FEW[1], file_name_pattern="a.png")]
    assert len({stem.lower() for stem in file_stems(case, STREET).values()}) == 2
    reserved = file_stems([replace(FEW[0], file_name_pattern="contact_sheet")], STREET)
    assert reserved == {FIRST: f"contact_sheet_{FIRST}"}
    guide = [replace(FEW[0], file_name_pattern="a"), replace(FEW[1], file_name_pattern="a_depth")]
    assert file_stems(guide, STREET)[SECOND] == f"a_depth_{SECOND}"
    broken = file_stems([replace(FEW[0], file_name_pattern="{no_such_field}")], STREET)
    assert broken == {FIRST: f"jax_street_{FIRST}_v1"}


def test_a_picture_is_the_one_in_the_store(export: Export, folder: Path, blobs: BlobStore) -> None:
    for each in export().pictures:
        assert each.cell.image is not None
        data = (folder / each.file).read_bytes()
        assert data == blobs.get(each.cell.image.picture_sha256)
        with Image.open(BytesIO(data)) as picture:
            assert picture.size == (32, 48)
