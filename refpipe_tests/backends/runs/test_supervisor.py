"""Long-lived children together: ready when they answer, told of when they die, all stopped in the end."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from refpipe.backends.runs.supervisor import Program, Supervisor, free_port
from refpipe.domain.errors import PermanentFailureError

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(logs=tmp_path, environment=os.environ)


def is_running(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_taken_port_gives_way_to_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port) > port
    assert free_port("127.0.0.1", port) == port


def test_a_server_is_ready_when_it_answers(tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 18_300)
    with supervisor(tmp_path) as keeper:
        keeper.start(Program("pages", [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]))
        keeper.wait_until_answers(f"http://127.0.0.1:{port}/", timeout_s=30)


def test_a_death_while_waiting_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    dies = [sys.executable, "-c", "import sys; print('first'); sys.exit('no such database')"]
    with supervisor(tmp_path) as keeper:
        keeper.start(Program("daemon", dies))
        with pytest.raises(PermanentFailureError, match=r"(?s)daemon ended with code 1.*no such database"):
            keeper.wait_until_answers("http://127.0.0.1:9/", timeout_s=30)


def test_a_death_while_watching_stops_the_others(tmp_path: Path) -> None:
    keeper = supervisor(tmp_path)
    sleeper = keeper.start(Program("sleeper", SLEEPS))
    keeper.start(Program("short", [sys.executable, "-c", "import time; time.sleep(0.5)"]))
    with keeper, pytest.raises(PermanentFailureError, match="short ended with code 0"):
        keeper.watch()
    assert not is_running(sleeper.pid)


def test_a_silent_server_is_given_up(tmp_path: Path) -> None:
    with supervisor(tmp_path) as keeper:
        keeper.start(Program("silent", SLEEPS))
        with pytest.raises(PermanentFailureError, match="did not answer within"):
            keeper.wait_until_answers("http://127.0.0.1:9/", timeout_s=0.5)


def test_leaving_stops_all_also_those_with_children_of_their_own(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); time.sleep(60)"
    )
    with supervisor(tmp_path) as keeper:
        parent = keeper.start(Program("parent", [sys.executable, "-c", code]))
        while not (lines := parent.last_lines()):
            keeper.check()
    assert not is_running(parent.pid)
    assert not is_running(int(lines[0]))
