"""Days of work with the daemon running: what sensors and the pages start by themselves, and what a night off loses.

Slow, since sensors look every half minute; real pictures, very small ones.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from refpipe_tests.fakes.small_models import save_clip

ROOT = Path(__file__).parents[2]
PATIENCE_S = 600
FRONT, BACK, SIDE = "50mm_front_cu", "35mm_back_full", "85mm_left90_mcu"
JAX, AMINA = "local.jax~street", "local.amina~sunday"

RUNS = "{ runsOrError(limit: 200) { ... on Runs { results { runId jobName status tags { key value } } } } }"
EVENTS = """query($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset {
  assetMaterializations(limit: 500) { partition } } } }"""
CHECKS = """query($key: AssetKeyInput!) {
  assetCheckExecutions(assetKey: $key, checkName: "passes_the_gate", limit: 100) { evaluation { success } } }"""
BACKFILL = """mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""


class House:
    """``refpipe up`` on a home, spoken to as the pages speak to it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self.url}/graphql", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            document = json.load(answer)
        assert "errors" not in document, document
        return document["data"]

    def runs(self, job: str, status: str | None = None) -> list[dict[str, Any]]:
        found = self.ask(RUNS)["runsOrError"]["results"]
        return [run for run in found if run["jobName"] == job and status in {None, run["status"]}]

    def cells(self, asset: str) -> Counter[str]:
        """Partition → how often it was materialized."""
        events = self.ask(EVENTS, key={"path": [asset]})["assetOrError"].get("assetMaterializations", [])
        return Counter(event["partition"] for event in events)

    def is_quiet(self) -> bool:
        unfinished = {"QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING"}
        return not any(run["status"] in unfinished for run in self.ask(RUNS)["runsOrError"]["results"])


def wait_until(holds: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(1)
    raise AssertionError(f"not within {PATIENCE_S} s: {what}")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("REFPIPE_", "DAGSTER_"))}
    home = tmp_path_factory.mktemp("days")
    # a model of the real architecture whose answers mean nothing: that each picture has one is what matters
    clip = save_clip(home / "clip", dimension=512)
    return {
        **mine,
        "REFPIPE_HOME": str(home),
        "REFPIPE_SIZE": "64x96",
        "REFPIPE_VISION__CLIP": f"local-dir:{clip}",
        "REFPIPE_WEB__DAGSTER_PORT": "18700",
    }


@contextmanager
def up(environment: dict[str, str]) -> Iterator[House]:
    command = [sys.executable, "-m", "refpipe.cli", "up", "--json"]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        family = psutil.Process(process.pid)
        try:
            assert process.stdout is not None
            told = json.loads("".join(process.stdout.readline() for _ in range(5)))
            yield House(told["dagster"])
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=120) == 0
        finally:
            with suppress(psutil.NoSuchProcess):
                for each in [*family.children(recursive=True), family]:
                    each.kill()


def refpipe(environment: dict[str, str], *arguments: str, codes: tuple[int, ...] = (0,)) -> Any:
    command = [sys.executable, "-m", "refpipe.cli", *arguments, "--json"]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode in codes, done.stderr
    return json.loads(done.stdout)


def judged(environment: dict[str, str], character: str) -> dict[str, str]:
    """Shot → status, of the shots that have a picture."""
    images = refpipe(environment, "status", character)["images"]
    return {image["shot"]: image["status"] for image in images if image["path"]}


def accepted(environment: dict[str, str]) -> set[str]:
    """The cells of jax and amina whose pictures are accepted."""
    found = {JAX: judged(environment, "jax"), AMINA: judged(environment, "amina")}
    return {f"{key}|{shot}" for key, shots in found.items() for shot in shots if shots[shot] == "validation_success"}


def test_two_days_with_the_daemon_and_a_night_without(environment: dict[str, str]) -> None:
    refpipe(environment, "character", "add", str(ROOT / "refpipe/data/characters/jax.yaml"))
    refpipe(environment, "character", "add", str(ROOT / "refpipe/data/characters/amina.yaml"))

    with up(environment) as house:
        # characters of the database become partitions by themselves
        partitions = "{ assetNodes { assetKey { path } partitionKeysByDimension { name partitionKeys } } }"

        def known() -> set[str]:
            nodes = house.ask(partitions)["assetNodes"]
            (node,) = [each for each in nodes if each["assetKey"]["path"] == ["reference_shot"]]
            (keys,) = [
                each["partitionKeys"] for each in node["partitionKeysByDimension"] if each["name"] == "character"
            ]
            return set(keys)

        wait_until(lambda: {JAX, AMINA} <= known(), "partitions of both characters")

        # a backfill over several characters
        wanted = {f"{who}|{shot}" for who in (JAX, AMINA) for shot in (FRONT, BACK)}
        backfill = {"assetSelection": [{"path": ["reference_shot"]}], "partitionNames": sorted(wanted)}
        assert house.ask(BACKFILL, p=backfill)["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess"
        wait_until(lambda: set(house.cells("reference_shot")) == wanted, "all cells of the backfill")
        wait_until(lambda: set(house.cells("character_set")) >= {JAX, AMINA}, "contact sheets, by the sensor")
        wait_until(house.is_quiet, "runs at rest")
        assert house.cells("reference_shot") == dict.fromkeys(wanted, 1)
        assert house.cells("shot_review") == dict.fromkeys(wanted, 1)
        assert house.runs("review") == []  # judged while they were made: nothing is left to the sensor
        evaluated = [
            each["evaluation"] for each in house.ask(CHECKS, key={"path": ["shot_review"]})["assetCheckExecutions"]
        ]
        assert len([each for each in evaluated if each]) == len(wanted)
        assert "pending" not in judged(environment, "jax").values()

        # one cell, clicked and made again: what is known costs nothing
        params = {
            "selector": {
                "repositoryName": "__repository__",
                "repositoryLocationName": "refpipe",
                "jobName": "reference_set",
            },
            "runConfigData": "{}",
            "executionMetadata": {
                "tags": [
                    {"key": "dagster/partition", "value": f"{JAX}|{FRONT}"},
                    {"key": "dagster/partition/character", "value": JAX},
                    {"key": "dagster/partition/shot", "value": FRONT},
                ]
            },
        }
        assert house.ask(LAUNCH, p=params)["launchRun"]["__typename"] == "LaunchRunSuccess"
        wait_until(lambda: house.cells("reference_shot")[f"{JAX}|{FRONT}"] == 2, "the cell made again")
        assert sum(house.cells("reference_shot").values()) == len(wanted) + 1

        # a new master: shown, and the whole set reviewed once
        wait_until(house.is_quiet, "runs at rest")
        refpipe(environment, "character", "master", "jax", "--shot", FRONT)
        wait_until(lambda: house.cells("master_reference")[JAX] == 1, "the master reference, by the sensor")
        wait_until(lambda: len(house.runs("review", "SUCCESS")) == 1, "one review of jax, by the sensor")
        wait_until(house.is_quiet, "runs at rest")
        (review,) = house.runs("review")
        assert {tag["value"] for tag in review["tags"] if tag["key"] == "refpipe/character"} == {JAX}

        # what a person accepts is embedded, and so is what the gate has accepted
        refpipe(environment, "review", "jax", "--accept", "--shots", FRONT, "--by", "Ada")
        good = accepted(environment)
        wait_until(lambda: set(house.cells("shot_embedding")) >= good, "accepted pictures embedded")

    # the night: nobody looks, and work goes on
    before = house_counts(environment)
    refpipe(environment, "generate", "amina", "--shots", SIDE, codes=(0, 1))  # so small a picture may not pass
    refpipe(environment, "review", "amina", "--accept", "--shots", SIDE, "--by", "Ada")
    refpipe(environment, "character", "master", "amina", "--shot", SIDE)

    with up(environment) as house:
        wait_until(lambda: len(house.runs("review", "SUCCESS")) == 2, "the review that the night was owed")
        wait_until(lambda: house.cells("master_reference")[AMINA] == 1, "the master that the night has brought")
        wait_until(lambda: house.cells("shot_embedding")[f"{AMINA}|{SIDE}"], "what was accepted in the night embedded")
        time.sleep(65)  # two more looks of each sensor find nothing to do
        wait_until(house.is_quiet, "runs at rest")
        assert len(house.runs("review")) == 2
        assert (house.cells("master_reference")[JAX], house.cells("master_reference")[AMINA]) == (1, 1)
        assert house.cells("reference_shot")[f"{AMINA}|{SIDE}"] == 1
        assert set(house.cells("shot_embedding")) >= accepted(environment)
        assert set(house.cells("shot_embedding").values()) == {1}
        assert before["jax"] == house_counts(environment)["jax"]


def house_counts(environment: dict[str, str]) -> dict[str, dict[str, int]]:
    """Character → shot → attempts."""
    return {
        who: {image["shot"]: image["attempts"] for image in refpipe(environment, "status", who)["images"]}
        for who in ("jax", "amina")
    }
