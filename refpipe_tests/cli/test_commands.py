"""What commands do and tell: the documents field by field, the same in words, and the codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from refpipe.backends.sheets.sheet_file import sample_sheet
from refpipe_tests.cli.conftest import ROOT, Command

TWO = "35mm_front_full,50mm_front_cu"
RUN_FIELDS = {
    "character", "outfit", "run_id", "planned", "accepted", "failed", "needs_review", "generated", "from_ledger",
    "contact_sheet", "images", "attempts", "seconds", "mean_scores",
}  # fmt: skip
IMAGE_FIELDS = {
    "shot", "status", "path", "quality", "consistency", "technical", "composition", "cinematic", "view_bin",
    "attempts", "notes", "camera", "size", "seed", "fingerprint", "guides", "out_of_date",
}  # fmt: skip


@pytest.fixture
def jax(command: Command) -> None:
    assert command("character", "add", "sample:jax").code == 0


def size_of(path: str) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_seeding_tells_counts_and_running_it_again_changes_nothing(command: Command) -> None:
    first = command("seed", "--json")
    assert first.code == 0
    assert first.document == {
        "created": 33,
        "updated": 0,
        "unchanged": 0,
        "retired": 0,
        "failed": 0,
        "by_pack": {"core": 9, "essential": 12, "coverage": 6, "turnaround": 6},
        "errors": [],
        "warnings": [],
    }
    again = command("seed", "--set", "core", "--clean", "--json").document
    assert (again["created"], again["unchanged"], again["retired"], again["by_pack"]) == (0, 9, 0, {"core": 9})
    assert "33 unchanged" in command("seed").out


def test_characters_are_added_listed_and_shown(command: Command, tmp_path: Path) -> None:
    assert command("character", "add", "sample:jax", "--json").document == {"character": "jax", "status": "created"}
    assert command("character", "add", "sample:jax", "--json").document["status"] == "unchanged"
    sheet = tmp_path / "ada.yaml"
    sheet.write_text("slug: ada\nname: '[bold]Ada'\nwardrobe: [{garments: [{kind: shirt, colour: '#ffffff'}]}]\n")
    assert command("character", "add", sheet, "--json").document == {"character": "ada", "status": "created"}
    sheet.write_text(sheet.read_text() + "voice: {description: Clear}\n")
    assert command("character", "add", sheet).out == "ada: updated\n"
    listed = command("character", "list", "--json").document
    assert [(each["character"], each["name"], each["accepted"]) for each in listed] == [
        ("ada", "[bold]Ada", 0),
        ("jax", "Jax Moreno", 0),
    ]
    assert "[bold]Ada" in command("character", "list").out
    shown = command("character", "show", "jax", "--json").document
    assert shown.pop("master_reference") is None
    assert shown == sample_sheet("jax").model_dump(mode="json")
    assert "one black glove" in command("character", "show", "jax").out
    missing = command("character", "show", "nobody", "--json")
    assert (missing.code, missing.document["error"]["code"]) == (2, "not_found")


def test_a_set_is_made_then_taken_from_the_ledger(command: Command, jax: None) -> None:
    said = command("generate", "jax", "--shots", TWO, "--json")
    assert said.code == 0, said.err
    document = said.document
    assert set(document) == RUN_FIELDS
    assert {key: document[key] for key in RUN_FIELDS - {"images", "contact_sheet", "seconds"}} == {
        "character": "jax",
        "outfit": "street",
        "run_id": "run-1",
        "planned": 2,
        "accepted": 0,
        "failed": 0,
        "needs_review": 0,
        "generated": 2,
        "from_ledger": 0,
        "attempts": 2,
        "mean_scores": dict.fromkeys(("quality", "consistency", "technical", "composition", "cinematic")),
    }
    assert document["seconds"] > 0
    assert [image["shot"] for image in document["images"]] == TWO.split(",")
    for image in document["images"]:
        assert set(image) == IMAGE_FIELDS
        assert (image["status"], image["attempts"], image["view_bin"], image["notes"]) == ("pending", 1, "front", [])
        assert all(image[name] is None for name in ("quality", "consistency", "technical", "composition", "cinematic"))
        assert size_of(image["path"]) == (32, 48)
    assert document["contact_sheet"].endswith("jax~street.png")
    assert size_of(document["contact_sheet"])[0] > 1000
    again = command("generate", "jax", "--shots", TWO, "--json").document
    assert (again["generated"], again["from_ledger"]) == (0, 2)
    assert again["images"] == document["images"]
    listed = command("character", "list", "--json").document
    assert (listed[0]["planned"], listed[0]["made"]) == (33, 2)


def test_what_is_made_is_the_set_outfit_size_and_seed_that_were_asked_for(command: Command, jax: None) -> None:
    plain = command("generate", "jax", "--shots", TWO, "--json").document
    options = ["--shots", TWO, "--outfit", "raincoat", "--size", "64x96", "--seed", "7", "--json"]
    other = command("generate", "jax", *options).document
    assert (other["outfit"], other["generated"]) == ("raincoat", 2)
    assert size_of(other["images"][0]["path"]) == (64, 96)
    assert other["images"][0]["path"] != plain["images"][0]["path"]
    assert other["contact_sheet"].endswith("jax~raincoat.png")
    core = command("generate", "jax", "--set", "core", "--json").document
    assert (core["planned"], core["generated"], core["from_ledger"]) == (9, 7, 2)


def test_a_failed_shot_is_code_1_and_the_others_are_there(command: Command, jax: None) -> None:
    said = command("generate", "jax", "--shots", TWO, "--json", REFPIPE_TEST_FAIL="50mm_front_cu")
    assert said.code == 1
    document = said.document
    assert (document["generated"], document["failed"]) == (1, 1)
    assert document["images"][1]["status"] == "validation_failed"
    assert document["images"][1]["notes"] == ["asked to fail for 50mm_front_cu"]
    plain = command("generate", "jax", "--shots", TWO, REFPIPE_TEST_FAIL="50mm_front_cu")
    assert plain.code == 1
    assert "50mm_front_cu failed: asked to fail" in plain.err
    assert "1 from the ledger, 1 failed" in plain.out
    assert command("generate", "jax", "--shots", TWO).code == 0


def test_people_see_progress_on_stderr_and_the_result_on_stdout(command: Command, jax: None) -> None:
    said = command("generate", "jax", "--shots", TWO)
    assert "jax (street): 1/2 35mm_front_full generated" in said.err
    assert "2 planned, 2 generated" in said.out
    assert "not judged yet" in said.out
    assert "a word for the log" not in said.err
    assert "a word for the log" in command("generate", "jax", "--shots", TWO, "--verbose").err


def test_unknown_characters_outfits_and_shots_are_code_2(command: Command, jax: None) -> None:
    for arguments in (("nobody",), ("jax", "--outfit", "tuxedo"), ("jax", "--shots", "35mm_nowhere")):
        said = command("generate", *arguments, "--json")
        assert said.code == 2
        assert set(said.document) == {"error"}


def test_the_status_says_before_anything_is_made_how_to_begin(command: Command, jax: None) -> None:
    command("seed")
    said = command("status", "jax").out
    assert "refpipe generate jax" in said
    assert "50mm_front_cu" not in said
    assert command("status", "jax", "--json").document["planned"] == 33


def test_the_status_shows_every_shot_and_pack(command: Command, jax: None) -> None:
    command("generate", "jax", "--shots", TWO)
    document = command("status", "jax", "--json").document
    assert (document["planned"], document["made"], document["accepted"]) == (33, 2, 0)
    assert document["by_pack"]["core"]["made"] == 2
    assert [image["status"] for image in document["images"]].count("pending") == 2
    assert all(set(image) == IMAGE_FIELDS for image in document["images"])
    assert document["contact_sheet"].endswith("jax~street.png")
    said = command("status", "jax").out
    assert "not made yet" in said
    assert "turnaround" in said


def test_a_master_reference_is_uploaded_or_promoted(command: Command, jax: None, tmp_path: Path) -> None:
    stream = BytesIO()
    Image.new("RGB", (40, 60), "red").save(stream, "PNG")
    picture = tmp_path / "jax.png"
    picture.write_bytes(stream.getvalue())
    done = command("character", "master", "jax", picture, "--json").document
    assert (done["status"], done["source"], done["width_px"], done["height_px"]) == ("updated", "upload", 40, 60)
    assert command("character", "show", "jax", "--json").document["master_reference"] == done["sha256"]
    picture.write_bytes(b"GIF89a not really")
    refused = command("character", "master", "jax", picture, "--json")
    assert (refused.code, refused.document["error"]["code"]) == (2, "refused_input")
    command("generate", "jax", "--shots", TWO)
    promoted = command("character", "master", "jax", "--shot", "50mm_front_cu", "--json").document
    assert (promoted["status"], promoted["source"]) == ("updated", "gallery")
    assert command("character", "master", "jax", "--shot", "85mm_front_hands").code == 2


def test_the_demonstration_makes_two_whole_sets_and_nothing_twice(command: Command) -> None:
    first = command("demo", "--json")
    assert first.code == 0, first.err
    document = first.document
    assert document["seed"]["created"] == 33
    assert [(each["character"], each["generated"]) for each in document["characters"]] == [
        ("jax", 33),
        ("sherlock-holmes", 33),
    ]
    again = command("demo")
    assert again.code == 0
    assert again.out.count("0 generated, 33 from the ledger") == 2
    for each in document["characters"]:
        assert Path(each["contact_sheet"]).is_file()
        assert each["contact_sheet"] in again.out
    assert "make up" in again.out


def test_the_doctor_tells_what_is_there_in_words_and_as_a_document(command: Command) -> None:
    said = command("doctor", "--json")
    assert said.code == 0, said.out
    document = said.document
    assert document["ok"] is True
    checks = {check["name"]: check for check in document["checks"]}
    assert {"python", "packages", "settings", "disk", "database", "blob store", "reference images"} <= set(checks)
    assert all(set(check) == {"name", "state", "detail", "remedy"} for check in checks.values())
    assert (checks["shot library"]["state"], checks["shot library"]["remedy"]) == ("ok", "")
    assert document["versions"]["dagster"]
    roles = {role["role"]: role for role in document["roles"]}
    assert roles["reference_image"]["state"] == "ready"
    assert roles["reference_image"]["licence"] == "Apache-2.0"
    assert roles["reference_image"]["commercial_use"] is True
    assert roles["video_chunk"]["state"] != "ready"


def test_the_doctor_finds_what_is_missing_and_what_is_misspelt(command: Command) -> None:
    said = command("doctor", "--json", REFPIPE_PROFILE="gpu", REFPIPE_PROFIL="previs")
    assert said.code == 1
    checks = {check["name"]: check for check in said.document["checks"]}
    assert said.document["ok"] is False
    assert checks["reference images"]["state"] == "missing"
    assert "REFPIPE_PROFIL" in checks["settings"]["remedy"]
    lost = command("doctor", "--json", REFPIPE_DATABASE_URL="postgresql://127.0.0.1:1/none")
    assert lost.code == 1
    assert {check["name"] for check in lost.document["checks"] if check["state"] == "missing"} >= {"database"}


def test_a_sweep_spares_what_is_young(command: Command, jax: None) -> None:
    command("generate", "jax", "--shots", TWO)
    document = command("sweep", "--json").document
    assert document["seen"] == document["spared"] > 0
    assert document["removed"] == 0


def test_old_rows_are_imported_migrated_and_taken_back(command: Command, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "name": "one", "angle": "3q_left", "lens": "50", "crop": "cu", "pack": "core"},
        {"id": "b", "name": "two", "angle": "sideways", "lens": "50", "crop": "cu", "pack": "core"},
    ]
    file = tmp_path / "old.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    imported = command("legacy", "import", file, "--json")
    assert (imported.code, imported.document) == (0, {"added": 2, "already_there": 0, "refused": 0, "faults": []})
    migrated = command("legacy", "migrate", "--json")
    assert migrated.code == 1
    assert (migrated.document["migrated"], migrated.document["failed"]) == (1, 1)
    assert migrated.document["faults"][0]["id"] == "b"
    assert command("legacy", "revert", "--json").document == {"restored": 2}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_run_and_command_and_the_next_run_goes_on(
    command: Command, jax: None, environment: dict[str, str], how: signal.Signals
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "refpipe_tests.cli.program", "generate", "jax", "--json"],
        env={**environment, "REFPIPE_TEST_SLOW_S": "0.3"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    while "2/33" not in (line := process.stderr.readline()):
        assert line, "ended early"
    os.kill(process.pid, how)
    began = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 30
    assert process.returncode == 130
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert "Traceback" not in err
    rest = command("generate", "jax", "--json").document
    assert rest["from_ledger"] >= 2
    assert rest["generated"] == 33 - rest["from_ledger"]


def test_find_answers_a_scene_with_a_picture_reasons_and_alternatives(command: Command, jax: None) -> None:
    nothing = command("find", "jax", "They talk.", "--json")
    assert (nothing.code, nothing.document["selected"]) == (0, None)
    assert nothing.document["message"] == "no picture has been made yet"
    command("generate", "jax", "--set", "core")
    said = command("find", "jax", "They talk over breakfast.", "--json")
    assert said.code == 0, said.err
    document = said.document
    assert document["selected"]["shot"].startswith("50mm")
    assert size_of(document["selected"]["path"]) == (32, 48)
    assert {"shot", "path", "score", "scores", "lens_mm", "crop", "azimuth_deg", "elevation_deg", "expression"} <= set(
        document["selected"]
    )
    assert (len(document["alternatives"]), document["metrics"]["evaluated"]) == (3, 9)
    assert document["analysis"]["scene_type"] == "dialogue"
    assert document["reasons"]
    assert "heard: dialogue scene" in command("find", "jax", "They talk.").out
    refused = command("find", "jax", "They talk.", "--scene-type", "opera", "--json")
    assert (refused.code, refused.document["error"]["code"]) == (2, "refused_input")
