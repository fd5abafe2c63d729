"""The set run as a process of its own: what it says, how it ends, how it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import dagster as dg

from refpipe.defs.partitions import SHOT_SLUGS
from refpipe.domain.keys import CharacterKey

PATIENCE_S = 120


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "refpipe_tests.defs.fast_set_run", *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(child: subprocess.Popen[str]) -> tuple[list[dict[str, Any]], str]:
    out, err = child.communicate(timeout=PATIENCE_S)
    return [json.loads(line) for line in out.splitlines()], err


def make(character: CharacterKey, shots: tuple[str, ...], **environment: str) -> tuple[int, list[dict[str, Any]], str]:
    child = start("--character", str(character), "--shots", ",".join(shots), **environment)
    said, err = finish(child)
    return child.returncode, said, err


def only(said: list[dict[str, Any]], event: str) -> Mapping[str, Any]:
    (found,) = [each for each in said if each["event"] == event]
    return found


def test_a_set_is_told_shot_by_shot_and_ends_well(instance: dg.DagsterInstance, character: CharacterKey) -> None:
    code, said, err = make(character, SHOT_SLUGS[:3])
    assert code == 0, err
    assert [each["event"] for each in said] == ["started", "shot", "shot", "shot", "finished"]
    assert only(said, "started")["total"] == 3
    assert [each["shot"] for each in said if each["event"] == "shot"] == list(SHOT_SLUGS[:3])
    assert only(said, "finished") == {
        "event": "finished",
        "success": True,
        "generated": 3,
        "from_ledger": 0,
        "failed": 0,
    }
    run = instance.get_run_by_id(only(said, "started")["run_id"])
    assert run is not None
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert run.tags["dagster/asset_partition_range_start"] == f"{character}|{SHOT_SLUGS[0]}"
    (sheet_run, _) = instance.get_runs(limit=2)
    assert sheet_run.tags["dagster/partition"] == str(character)


def test_failed_shots_are_told_with_their_reason_and_the_code_is_one(
    instance: dg.DagsterInstance, character: CharacterKey
) -> None:
    code, said, err = make(character, SHOT_SLUGS[:3], FAST_FAILING=SHOT_SLUGS[1])
    assert code == 1, err
    (failed,) = [each for each in said if each.get("outcome") == "failed"]
    assert failed["shot"] == SHOT_SLUGS[1]
    assert "asked to fail" in failed["reason"]
    assert only(said, "finished") == {
        "event": "finished",
        "success": False,
        "generated": 2,
        "from_ledger": 0,
        "failed": 1,
    }


def test_an_unknown_character_is_an_error_and_gets_no_partition(instance: dg.DagsterInstance) -> None:
    code, said, _ = make(CharacterKey("local", "nobody", "default"), SHOT_SLUGS[:1])
    assert code == 1
    assert [(each["event"], each["code"]) for each in said] == [("error", "not_found")]
    assert "local.nobody~default" not in instance.get_dynamic_partitions("characters")


def test_an_unknown_shot_is_refused_before_anything_is_made(
    instance: dg.DagsterInstance, character: CharacterKey
) -> None:
    code, said, _ = make(character, ("50mm_front_cu", "99mm_from_the_moon"))
    assert code == 1
    assert only(said, "error")["code"] == "refused_input"
    assert "99mm_from_the_moon" in only(said, "error")["message"]


def test_a_request_to_stop_ends_the_run_as_canceled_and_keeps_what_was_made(
    instance: dg.DagsterInstance, character: CharacterKey
) -> None:
    for asked in (signal.SIGINT, signal.SIGTERM):
        child = start("--character", str(character), "--shots", ",".join(SHOT_SLUGS), FAST_SECONDS="0.3")
        assert child.stdout is not None
        told = [json.loads(child.stdout.readline()) for _ in range(3)]
        child.send_signal(asked)
        rest, err = finish(child)
        assert child.returncode == 1, err
        assert rest[-1]["event"] == "error"
        assert rest[-1]["code"] == "canceled"
        run = instance.get_run_by_id(only(told, "started")["run_id"])
        assert run is not None
        assert run.status is dg.DagsterRunStatus.CANCELED
        assert instance.event_log_storage.get_concurrency_info("gpu").claimed_slots == []
    # what the first was stopped at, the second found in the ledger
    assert told[1]["outcome"] == "from_ledger"


def test_a_killed_run_is_ended_by_the_next_one_which_need_not_wait_for_its_slot(
    instance: dg.DagsterInstance, character: CharacterKey
) -> None:
    child = start("--character", str(character), "--shots", ",".join(SHOT_SLUGS), FAST_SECONDS="0.5")
    assert child.stdout is not None
    killed = json.loads(child.stdout.readline())["run_id"]
    child.stdout.readline()
    child.kill()
    child.communicate(timeout=PATIENCE_S)
    assert len(instance.event_log_storage.get_concurrency_info("gpu").claimed_slots) == 1
    code, _, err = make(character, SHOT_SLUGS[:2])
    assert code == 0, err
    run = instance.get_run_by_id(killed)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.FAILURE


def test_two_characters_at_once_take_turns(instance: dg.DagsterInstance, character: CharacterKey) -> None:
    arguments = ("--character", str(character), "--shots", ",".join(SHOT_SLUGS[:2]))
    children = [start(*arguments, "--seed", str(seed)) for seed in (1, 2)]
    for child in children:
        said, err = finish(child)
        assert child.returncode == 0, err
        assert only(said, "finished")["generated"] == 2


def test_nothing_but_events_is_on_stdout(instance: dg.DagsterInstance, character: CharacterKey) -> None:
    _, said, err = make(character, SHOT_SLUGS[:1])
    assert {each["event"] for each in said} == {"started", "shot", "finished"}
    assert "RUN_SUCCESS" in err
