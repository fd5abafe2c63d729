"""A home of its own, embedded Postgres and all, worked on by commands in processes of their own.

The runs are Dagster's for real; their pictures are drawn at once. Whatever was started is killed in the end.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from refpipe.backends.database.postgres_programs import Postmaster, read_postmaster
from refpipe_tests.cli.conftest import ROOT, Said

PATIENCE_S = 180
SHEET = "slug: {slug}\nname: {slug}\nwardrobe: [{{slug: default, garments: [{{kind: coat, colour: '#204060'}}]}}]\n"


class WholeHome:
    """One home under ``folder``. ``variables`` are set for every command."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.path = folder / "home"
        self.calls_file = folder / "calls"
        given = {name: value for name, value in os.environ.items() if not name.startswith(("REFPIPE_", "DAGSTER_"))}
        self.environment = {
            **given,
            "REFPIPE_HOME": str(self.path),
            "REFPIPE_SIZE": "64x96",
            "SET_RUN_MODULE": "refpipe_tests.defs.fast_set_run",
            "FAST_CALLS": str(self.calls_file),
            **variables,
        }

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """A command on its way; its stdout and stderr are to be read by the caller."""
        return subprocess.Popen(
            [sys.executable, "-m", "refpipe_tests.cli.program", *arguments],
            env={**self.environment, **variables},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **variables: str) -> Said:
        return finished(self.start(*arguments, **variables))

    def add(self, slug: str) -> None:
        """A character with one outfit."""
        sheet = self.path.parent / f"{slug}.yaml"
        sheet.write_text(SHEET.format(slug=slug))
        said = self.run("character", "add", str(sheet))
        assert said.code == 0, said.err

    def drawn(self) -> Counter[str]:
        """Shot → how often a picture of it was drawn to its end, by all runs together."""
        return Counter(self.calls_file.read_text().split()) if self.calls_file.exists() else Counter()

    def forget_drawn(self) -> None:
        self.calls_file.unlink(missing_ok=True)

    def attempts(self, slug: str) -> dict[str, int]:
        """Shot → recorded attempts, of the shots that have a picture."""
        images = self.run("status", slug, "--json").document["images"]
        return {image["shot"]: image["attempts"] for image in images if image["path"]}

    def postmaster(self) -> Postmaster:
        found = read_postmaster(self.path / "postgres")
        assert found is not None, "no server is running"
        return found

    def kill_all(self) -> None:
        """Whatever works on this home, with -9: commands, runs, Dagster, Postgres."""
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.pid == os.getpid():
                    continue
                on_this_home = process.environ().get("REFPIPE_HOME") == str(self.path)
                if on_this_home or Path(process.cwd()) == self.path / "postgres":
                    process.kill()


def finished(process: subprocess.Popen[str]) -> Said:
    """What a command said and how it ended."""
    out, err = process.communicate(timeout=PATIENCE_S)
    return Said(process.returncode, out, err)


def read_until(process: subprocess.Popen[str], mark: str) -> str:
    """What the command says on stderr up to the line that holds the mark."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if mark in line:
            return said
    raise AssertionError(f"ended without saying {mark!r}: {said}")


def wait_until(holds: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.2)
    raise AssertionError(f"not within {PATIENCE_S} s: {what}")


@contextmanager
def whole_home(folder: Path | None = None, **variables: str) -> Iterator[WholeHome]:
    """A home in the folder (none: a temporary one with a short name), with nothing left running afterwards."""
    with tempfile.TemporaryDirectory(prefix="rp") as short:
        home = WholeHome(folder or Path(short), **variables)
        try:
            yield home
        finally:
            home.kill_all()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """A file system of that size at the folder; yields what resizes it. Skips where mounting is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")

    def resize(to: str) -> None:
        subprocess.run(["mount", "-o", f"remount,size={to}", str(folder)], check=True)

    try:
        yield resize
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def stop_server(home: WholeHome, how: signal.Signals) -> None:
    """SIGKILL as a crash, SIGINT as Postgres' own fast shutdown."""
    pid = home.postmaster().pid
    os.kill(pid, how)
    wait_until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie", "the server is gone")


def said_plainly(said: Said, code: int) -> str:
    """The one sentence of a command that failed, after checking that it is one."""
    errors = [line for line in said.err.splitlines() if line.startswith("error: ")]
    assert said.code == code, said.err
    assert len(errors) == 1, said.err
    assert "Traceback" not in said.err
    assert "unexpected" not in said.err
    return errors[0]


def graphql(url: str, query: str, **variables: Any) -> Any:
    """An answer of Dagster's pages."""
    import urllib.request

    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own server
        document = json.load(answer)
    assert "errors" not in document, document
    return document["data"]


LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
RUNS = "{ runsOrError(limit: 50) { ... on Runs { results { runId jobName status } } } }"


def launch(url: str, tags: dict[str, str]) -> str:
    """A run of the reference set with these tags, as the pages launch it; its id."""
    selector = {
        "repositoryName": "__repository__",
        "repositoryLocationName": "refpipe",
        "jobName": "reference_set",
    }
    given = [{"key": key, "value": value} for key, value in tags.items()]
    params = {"selector": selector, "runConfigData": "{}", "executionMetadata": {"tags": given}}
    answer = graphql(url, LAUNCH, p=params)["launchRun"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    return str(answer["run"]["runId"])


def status_of(url: str, run_id: str) -> str:
    found = {run["runId"]: run["status"] for run in graphql(url, RUNS)["runsOrError"]["results"]}
    return str(found.get(run_id, "unknown"))
