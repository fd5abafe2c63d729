"""Taking turns: one holds, the others are told and wait; a dead holder holds nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from refpipe.backends.runs.turns import held_beside, turn_held

HOLDS = (
    "import sys, time; from pathlib import Path; from refpipe.backends.runs.turns import turn_held\n"
    "with turn_held(Path(sys.argv[1]), told_to_wait=print):\n"
    "    print('held', flush=True); time.sleep(float(sys.argv[2]))\n"
)


def holder(path: Path, seconds: float) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    process.stdout.close()
    return process


def test_a_free_turn_is_had_at_once_again_and_again(tmp_path: Path) -> None:
    told: list[str] = []
    for _ in range(2):
        with turn_held(tmp_path / "turns" / "a.lock", told_to_wait=told.append):
            pass
    assert told == []


def test_whoever_waits_is_told_who_holds_the_turn_and_has_it_afterwards(tmp_path: Path) -> None:
    path, told = tmp_path / "a.lock", list[str]()
    first = holder(path, 1.0)
    with turn_held(path, told_to_wait=told.append):
        assert first.wait(timeout=5) == 0
    assert told == [f"process {first.pid}"]


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path, told = tmp_path / "a.lock", list[str]()
    first = holder(path, 60)
    first.send_signal(signal.SIGKILL)
    first.wait(timeout=5)
    with turn_held(path, told_to_wait=told.append):
        pass
    assert told == []


def test_other_turns_that_are_held_are_named_and_free_ones_are_not(tmp_path: Path) -> None:
    (tmp_path / "free.lock").write_text("process 1")
    first = holder(tmp_path / "busy.lock", 60)
    assert held_beside(tmp_path / "mine.lock") == ["busy"]
    assert held_beside(tmp_path / "busy.lock") == []
    first.kill()
    first.wait(timeout=5)
    assert held_beside(tmp_path / "mine.lock") == []
