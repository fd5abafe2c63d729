"""``refpipe export`` and ``refpipe status`` as a studio meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from refpipe_tests.cli.conftest import Command

TWO = "35mm_front_full,50mm_front_cu"


@pytest.fixture
def made(command: Command) -> None:
    assert command("character", "add", "sample:jax").code == 0
    assert command("generate", "jax", "--shots", TWO).code == 0


def test_an_export_is_told_in_words_and_as_a_document(command: Command, made: None, tmp_path: Path) -> None:
    to = tmp_path / "out"
    document = command("export", "jax", "--to", to, "--json").document
    assert (document["exported"], document["written"], document["failed"]) == (2, 14, [])
    assert document["folder"] == str(to)
    for image in document["images"]:
        assert Path(image["path"]).is_file()
        assert set(image["guides"]) == {"depth", "normals", "mask", "edges", "keypoints"}
    assert json.loads(Path(document["manifest"]).read_text())["character"] == "jax"
    again = command("export", "jax", "--to", to)
    assert (again.code, again.err) == (0, "")
    assert f"2 pictures in {to}: 0 files written, 14 as before, 0 removed" in again.out
    plain = command("export", "jax", "--to", to, "--shots", "50mm_front_cu", "--no-guides", "--json").document
    assert (plain["exported"], plain["images"][0]["guides"]) == (1, {})
    assert command("character", "add", to / "sheet.yaml").out == "jax: unchanged\n"


def test_what_cannot_be_exported_is_code_2_and_one_line(command: Command, made: None, tmp_path: Path) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "diary.txt").write_text("private")
    (tmp_path / "file").write_text("")
    for arguments, reason in (
        (("--to", tmp_path / "foreign"), "--force"),
        (("--to", tmp_path / "file"), "is a file"),
        (("--to", "/proc/nowhere"), "cannot be used"),
        (("--to", tmp_path / "new", "--accepted-only"), "no accepted picture"),
        (("--to", tmp_path / "new", "--outfit", "tuxedo"), "no outfit"),
        (("--to", tmp_path / "new", "--shots", "nothing"), "no active shot"),
    ):
        said = command("export", "jax", *arguments)
        assert said.code == 2, arguments
        assert reason in said.err
        assert said.err.count("\n") == 1
    assert not (tmp_path / "new").exists()
    assert command("export", "jax", "--to", tmp_path / "foreign", "--force").code == 0


def test_the_status_says_what_failed_and_what_is_out_of_date(command: Command, made: None, tmp_path: Path) -> None:
    assert command("generate", "jax", "--shots", "85mm_front_mcu", REFPIPE_TEST_FAIL="85mm_front_mcu").code == 1
    said = command("status", "jax", "--json").document
    assert (said["made"], said["failed"], said["out_of_date"]) == (2, 1, 0)
    shown = {image["shot"]: image for image in said["images"]}
    assert shown["85mm_front_mcu"]["notes"] == ["asked to fail for 85mm_front_mcu"]
    assert shown["50mm_front_cu"]["out_of_date"] == []
    assert shown["50mm_front_cu"]["camera"]["lens_mm"] == 50
    sheet = tmp_path / "jax.yaml"
    command("export", "jax", "--to", tmp_path / "out")
    older = (tmp_path / "out" / "sheet.yaml").read_text().replace("age_years: 24", "age_years: 60")
    sheet.write_text(older)
    assert command("character", "add", sheet).out == "jax: updated\n"
    words = command("status", "jax").out
    assert words.count("out of date: sheet changed") == 1
    assert "all pictures: out of date: sheet changed" in words, "what holds of every picture is said once"
    assert "2 pictures out of date; to make them anew: refpipe generate jax" in words
    assert "2 pictures out of date" in command("export", "jax", "--to", tmp_path / "out").out
