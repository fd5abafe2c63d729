"""``refpipe up``: everything comes up together, is told where, and goes down together, whatever ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from refpipe.backends.runs.home_lock import home_held
from refpipe.domain.errors import PermanentFailureError
from refpipe_tests.cli.conftest import ROOT

Up = tuple["subprocess.Popen[str]", dict[str, Any]]


@contextmanager
def up(environment: dict[str, str]) -> Iterator[Up]:
    """The command, running and ready; killed with its children if a test leaves it behind."""
    process = subprocess.Popen(
        [sys.executable, "-m", "refpipe.cli", "up", "--json"],
        env={**environment, "REFPIPE_WEB__DAGSTER_PORT": "18600"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    family = psutil.Process(process.pid)
    try:
        lines = [process.stdout.readline() for _ in range(5)]
        yield process, json.loads("".join(lines))
    finally:
        with suppress(psutil.NoSuchProcess):
            for each in [*family.children(recursive=True), family]:
                each.kill()
        process.stdout.close()
        if process.stderr:
            process.stderr.close()
        process.wait()


def kill_daemon(process: subprocess.Popen[str]) -> None:
    daemons = [child for child in psutil.Process(process.pid).children() if "dagster._daemon" in child.cmdline()]
    assert len(daemons) == 1
    daemons[0].kill()


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [
        (lambda process: os.kill(process.pid, signal.SIGINT), 0, "stopped"),
        (kill_daemon, 1, "dagster-daemon was killed by signal 9"),
    ],
    ids=["interrupt", "a child dies"],
)
def test_it_comes_up_answers_and_goes_down_with_all_its_children(
    environment: dict[str, str], end: Callable[[subprocess.Popen[str]], None], code: int, said: str
) -> None:
    with up(environment) as (process, told):
        assert set(told) == {"dagster", "home", "logs"}
        with urllib.request.urlopen(f"{told['dagster']}/server_info", timeout=10) as response:  # noqa: S310
            assert "dagster_version" in json.load(response)
        second = subprocess.run(
            [sys.executable, "-m", "refpipe.cli", "up"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert second.returncode == 1
        assert f"is up already on {environment['REFPIPE_HOME']}: {told['dagster']}" in second.stderr
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 2
        end(process)
        _, err = process.communicate(timeout=90)
        assert process.returncode == code
        assert said in err
        assert "Traceback" not in err
        gone, alive = psutil.wait_procs(children, timeout=5)
        assert not alive, [child.cmdline() for child in alive]
        assert gone


def test_a_home_is_held_by_one_and_free_again_afterwards(tmp_path: Path) -> None:
    with home_held(tmp_path) as notice:
        notice.write_text("http://here")
        with pytest.raises(PermanentFailureError, match=r"up already on .*: http://here"), home_held(tmp_path):
            pass
    with home_held(tmp_path):
        pass
