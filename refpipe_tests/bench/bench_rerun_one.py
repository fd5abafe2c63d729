"""rerun_one: one cell from the launch in the pages to its record, against a bare Dagster asset launched alike.

Belongs here: both launched over GraphQL by turns, on one webserver and daemon, until the materialization is there.
The cell is one that the ledger knows: what is measured is the way there, not the picture.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from refpipe_tests.bench.machine import described, spread

RESULTS = Path(__file__).parent / "results" / "rerun_one.md"
ROUNDS = int(os.environ.get("REFPIPE_BENCH_ROUNDS", "5"))
SHOT = "50mm_front_cu"
LOOK_S = 0.1
LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


def main() -> str:
    """The table, written to the results as well."""
    machine = described()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"REFPIPE_HOME": home, "DAGSTER_HOME": f"{home}/dagster", "REFPIPE_SIZE": "128x192"}
        cell, bare = _measure()
    ratios = [one / other for one, other in zip(cell, bare, strict=True)]
    lines = [
        "# One cell from the launch in the pages to its record",
        "",
        f"{machine} {len(cell)} rounds by turns, each a run that Dagster's daemon dequeues and starts as a process.",
        "",
        "| | seconds, median (least – most) |",
        "| --- | --- |",
        f"| a bare asset of the same partitions | {spread(bare)} |",
        f"| a cell that the ledger knows | {spread(cell)} |",
        f"| rerun_one: cell over bare, by round (target 1.30 or less) | {spread(ratios)} |",
        "",
    ]
    text = "\n".join(lines)
    RESULTS.write_text(text, encoding="utf-8")
    return text


def _measure() -> tuple[list[float], list[float]]:
    """Seconds of each round: our cell, the bare asset."""
    from refpipe.backends.runs.supervisor import free_port
    from refpipe.backends.sheets.sheet_file import sample_sheet
    from refpipe.defs.event_lines import EventLines
    from refpipe.defs.prepare_home import prepare_home
    from refpipe.defs.set_run import LineListener, SetOptions, make_set
    from refpipe.domain.keys import CharacterKey
    from refpipe.wiring import Wiring

    sheet = sample_sheet("jax")
    key = CharacterKey("local", sheet.slug, sheet.default_outfit.slug)
    with Wiring() as wiring, Path(os.devnull).open("w") as nowhere:
        wiring.seed_shots()
        with wiring.database.transaction("local") as records:
            records.characters.save(sheet)
        make_set(key, [SHOT], SetOptions(), LineListener(EventLines(nowhere)))
        prepared = prepare_home(wiring.settings, wiring.database_url)
        modules = ["-m", "refpipe.definitions", "-m", "refpipe_tests.bench.bare_location"]
        port = free_port("127.0.0.1", 18800)
        url = f"http://127.0.0.1:{port}"
        with ExitStack() as running:
            pages = ["dagster_webserver", "-h", "127.0.0.1", "-p", str(port), *modules]
            running.enter_context(_program(pages, prepared.dagster_home))
            running.enter_context(_program(["dagster._daemon", "run", *modules], prepared.dagster_home))
            _wait_for(url)
            cell, bare = [], []
            for number in range(-1, ROUNDS):
                for location, job, times in (
                    ("refpipe.definitions", "reference_set", cell),
                    ("refpipe_tests.bench.bare_location", "bare", bare),
                )[:: 1 if number % 2 else -1]:
                    seconds = _launched(url, location, job, str(key))
                    if number >= 0:  # the first of each is for warming up
                        times.append(seconds)
    return cell, bare


@contextmanager
def _program(arguments: list[str], dagster_home: Path) -> Iterator[None]:
    log = (dagster_home / f"{arguments[0]}.log").open("w")
    with log, subprocess.Popen([sys.executable, "-m", *arguments], stdout=log, stderr=log) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait_for(url: str) -> None:
    end = time.monotonic() + 180
    while True:
        try:
            urllib.request.urlopen(f"{url}/server_info", timeout=5).close()  # noqa: S310 - our own server
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
        else:
            return


def _launched(url: str, location: str, job: str, character: str) -> float:
    """Seconds from the launch of one cell until its run has succeeded. Raises RuntimeError when it does not."""
    selector = {"repositoryName": "__repository__", "repositoryLocationName": location, "jobName": job}
    tags = {
        "dagster/partition": f"{character}|{SHOT}",
        "dagster/partition/character": character,
        "dagster/partition/shot": SHOT,
    }
    params = {
        "selector": selector,
        "runConfigData": "{}",
        "executionMetadata": {"tags": [{"key": name, "value": value} for name, value in tags.items()]},
    }
    began = time.monotonic()
    launched = _ask(url, LAUNCH, p=params)["launchRun"]
    if launched["__typename"] != "LaunchRunSuccess":
        raise RuntimeError(str(launched))
    while True:
        status = _ask(url, STATUS, id=launched["run"]["runId"])["runOrError"]["status"]
        if status == "SUCCESS":
            return time.monotonic() - began
        if status in {"FAILURE", "CANCELED"}:
            raise RuntimeError(f"{job} ended as {status}")
        time.sleep(LOOK_S)


def _ask(url: str, query: str, **variables: Any) -> Any:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        document = json.load(answer)
    if "errors" in document:
        raise RuntimeError(str(document["errors"]))
    return document["data"]
