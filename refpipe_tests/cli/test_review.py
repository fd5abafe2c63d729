"""``refpipe review``: the gate by command, and what people decide."""

from __future__ import annotations

from typing import Any

import pytest

from refpipe_tests.cli.conftest import Command

FRONT, BACK, HANDS = "50mm_front_cu", "35mm_back_full", "85mm_front_hands"
FIELDS = {
    "shot", "status", "quality", "consistency", "technical", "composition", "cinematic", "reasons", "notes",
    "decided_by", "thresholds", "parts", "scorer",
}  # fmt: skip


@pytest.fixture
def pictures(command: Command) -> None:
    """Two pictures that nobody has judged."""
    assert command("character", "add", "sample:jax").code == 0
    command("generate", "jax", "--shots", f"{FRONT},{BACK}")


def image(document: Any, shot: str) -> dict[str, Any]:
    (found,) = [each for each in document["images"] if each["shot"] == shot]
    return dict(found)


def status_of(command: Command, shot: str) -> dict[str, Any]:
    return image(command("status", "jax", "--json").document, shot)


@pytest.mark.usefixtures("pictures")
def test_pictures_that_wait_are_judged_with_scores_reasons_and_thresholds(command: Command) -> None:
    assert status_of(command, FRONT)["status"] == "pending"
    said = command("review", "jax", "--json")
    assert said.code == 0
    document = said.document
    assert document["reviewed"] == 2
    assert document["accepted"] + document["needs_review"] + document["failed"] == 2
    front = image(document, FRONT)
    assert set(front) == FIELDS
    assert front["decided_by"] == "gate"
    assert front["consistency"] is None
    assert front["thresholds"]["quality"] == 70
    assert status_of(command, FRONT)["status"] == front["status"] != "pending"


@pytest.mark.usefixtures("pictures")
def test_a_person_rejects_and_accepts_and_that_holds_against_the_gate(command: Command) -> None:
    assert command("review", "jax", "--reject", "--shots", FRONT, "--by", "Ada", "--why", "wrong nose").code == 0
    rejected = status_of(command, FRONT)
    assert rejected["status"] == "validation_failed"
    assert "rejected by Ada: wrong nose" in rejected["notes"]
    again = command("review", "jax", "--again", "--json").document
    assert image(again, FRONT)["decided_by"] == "Ada"
    assert status_of(command, FRONT)["status"] == "validation_failed"
    accepted = command("review", "jax", "--accept", "--shots", FRONT, "--by", "Ada", "--json").document
    assert image(accepted, FRONT)["decided_by"] == "Ada"
    assert status_of(command, FRONT)["status"] == "validation_success"


@pytest.mark.usefixtures("pictures")
def test_thresholds_of_one_call_judge_again_and_are_kept_with_the_verdict(command: Command) -> None:
    command("review", "jax")
    document = command("review", "jax", "--shots", FRONT, "--min-quality", "99", "--json").document
    assert [each["shot"] for each in document["images"]] == [FRONT]
    assert image(document, FRONT)["thresholds"]["quality"] == 99


@pytest.mark.usefixtures("pictures")
@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--accept", "--reject", "--shots", FRONT], "not both"),
        (["--accept"], "name the shots"),
        (["--reject", "--shots", "50mm_front_cuu"], "50mm_front_cu"),
        (["--reject", "--shots", HANDS], "no picture yet"),
        (["--min-quality", "49"], "50 to 100"),
        (["--min-consistency", "101"], "60 to 100"),
        (["--accept", "--shots", FRONT, "--again"], "decision"),
        (["--outfit", "pyjamas"], "pyjamas"),
        (["--why", "not her nose", "--shots", FRONT], "belong to --accept or --reject"),
        (["--by", "dora"], "belong to --accept or --reject"),
    ],
)
def test_what_makes_no_sense_is_refused_and_decides_nothing(command: Command, arguments: list[str], word: str) -> None:
    said = command("review", "jax", *arguments)
    assert said.code == 2
    assert word in said.err
    assert status_of(command, FRONT)["status"] == "pending"
