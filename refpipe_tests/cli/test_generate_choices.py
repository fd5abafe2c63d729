"""What a request may ask for: sets, shots and sizes are checked before any work; one set is made at a time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from refpipe_tests.cli.conftest import ROOT, Command

ONE = "50mm_front_cu"


@pytest.fixture
def jax(command: Command) -> None:
    assert command("character", "add", "sample:jax").code == 0


@pytest.mark.parametrize("size", ["99999x99999", "0x0", "10x10", "4097x64", "1024x256", "200x1200"])
def test_a_size_that_cannot_work_is_refused_before_a_shot_is_begun(command: Command, jax: None, size: str) -> None:
    said = command("generate", "jax", "--size", size)
    assert said.code == 2
    assert said.err.splitlines()[-1].startswith("error: size: ")
    assert " shots\n" not in said.err.replace("other shots", "")
    by_setting = command("generate", "jax", REFPIPE_SIZE=size)
    assert by_setting.code == 2
    assert "size" in by_setting.err.lower()


@pytest.mark.parametrize("size", ["96x96", "128x96", "128x72", "64x96", "64x128"])
def test_usual_shapes_are_made(command: Command, jax: None, size: str) -> None:
    document = command("generate", "jax", "--shots", f"{ONE},85mm_left35_mcu", "--size", size, "--json").document
    assert (document["generated"], document["failed"]) == (2, 0)
    assert [image["size"] for image in document["images"]] == [size, size]


def test_a_shape_that_holds_some_shots_makes_those(command: Command, jax: None) -> None:
    said = command("generate", "jax", "--shots", "35mm_front_full", "--size", "300x90", "--json")
    assert said.code == 0, said.err
    refused = command("generate", "jax", "--shots", "85mm_front_mcu", "--size", "300x90")
    assert refused.code == 2
    assert "too wide for 85mm_front_mcu" in refused.err


def test_a_set_beside_shots_is_refused(command: Command, jax: None) -> None:
    for verb in ("generate", "export"):
        said = command(verb, "jax", "--set", "core", "--shots", ONE)
        assert said.code == 2
        assert "either --set or --shots" in said.err


def test_an_unknown_shot_is_told_with_the_nearest_and_where_the_list_is(command: Command, jax: None) -> None:
    said = command("generate", "jax", "--shots", "50mm_frnt_cu")
    assert said.code == 2
    assert "'50mm_frnt_cu'; the nearest: 50mm_front_cu" in said.err
    assert "refpipe shots" in said.err


def test_the_shots_are_listed_with_their_cameras(command: Command) -> None:
    document = command("shots", "--json").document
    assert len(document) == 33
    assert {"slug", "lens_mm", "azimuth_deg", "distance_m", "crop", "when_to_use"} <= set(document[0])
    said = command("shots", "--set", "turnaround").out
    assert "35mm_left135_full" in said
    assert "8 shots" in said
    assert "85mm_front_hands" not in said


def test_one_shot_is_one_shot(command: Command, jax: None) -> None:
    assert "jax (street): 1 shot\n" in command("generate", "jax", "--shots", ONE).err


def test_a_second_request_for_the_same_set_says_that_it_waits_and_finds_everything_made(
    command: Command, jax: None, environment: dict[str, str]
) -> None:
    shots = f"{ONE},35mm_front_full,35mm_back_full"
    first = subprocess.Popen(
        [sys.executable, "-m", "refpipe_tests.cli.program", "generate", "jax", "--shots", shots],
        env={**environment, "REFPIPE_TEST_SLOW_S": "2"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert first.stderr is not None
    while "1/3" not in (line := first.stderr.readline()):
        assert line, "ended early"
    second = command("generate", "jax", "--shots", shots)
    first.communicate(timeout=60)
    assert first.returncode == second.code == 0
    assert f"jax (street): process {first.pid} is making this set; waiting" in second.err
    assert "0 generated, 3 from the ledger" in second.out


def test_misspelt_variables_are_told_by_every_command_and_settings_are_not(command: Command, jax: None) -> None:
    for arguments in (("character", "list"), ("shots",), ("status", "jax"), ("sweep",)):
        said = command(*arguments, "--json", REFPIPE_SIZ="small", REFPIPE_SEED="7")
        assert said.code == 0
        assert said.err.splitlines()[0] == "warning: REFPIPE_SIZ is no setting; did you mean REFPIPE_SIZE?"
        assert "REFPIPE_SEED" not in said.err


def test_a_removed_character_is_gone_and_comes_back_from_the_ledger(command: Command, jax: None) -> None:
    command("generate", "jax", "--shots", ONE)
    asked = command("character", "remove", "jax")
    assert asked.code == 2
    assert "--yes" in asked.err
    done = command("character", "remove", "jax", "--yes", "--json").document
    assert done == {"character": "jax", "pictures": 1, "status": "removed"}
    assert command("character", "list", "--json").document == []
    assert command("status", "jax").code == 2
    assert command("character", "remove", "jax", "--yes").code == 2
    assert command("character", "add", "sample:jax").out == "jax: created\n"
    assert command("generate", "jax", "--shots", ONE, "--json").document["from_ledger"] == 1
