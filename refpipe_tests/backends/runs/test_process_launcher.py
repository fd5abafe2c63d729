"""Runs as processes: events as they come, errors in refpipe's own types, and an end in every case."""

from __future__ import annotations

import os
import signal
import textwrap
import threading
import time
from pathlib import Path

import pytest

from refpipe.backends.runs.process_launcher import ProcessRunLauncher
from refpipe.domain.errors import (
    NotSetUpError,
    PermanentFailureError,
    RefpipeError,
    RefusedInputError,
    RetryableFailureError,
    StorageFullError,
)
from refpipe.domain.generation import Size
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import RunFinished, RunLauncher, RunShot, RunStarted

KEY = CharacterKey("local", "ada", "default")
GOOD = """
import sys
print('{"event": "started", "run_id": "r1", "total": 2}', flush=True)
print('{"event": "shot", "shot": "a", "outcome": "generated"}', flush=True)
print('{"event": "from the future"}', flush=True)
print('{"event": "shot", "shot": "b", "outcome": "failed", "reason": "too dark"}', flush=True)
print('{"event": "finished", "success": false, "generated": 1, "from_ledger": 0, "failed": 1}', flush=True)
print("a word for the log", file=sys.stderr)
"""


def launcher(tmp_path: Path, body: str) -> ProcessRunLauncher:
    (tmp_path / "made_up_run.py").write_text(textwrap.dedent(body))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    return ProcessRunLauncher(home=tmp_path, logs=tmp_path / "logs", environment=environment, module="made_up_run")


def test_events_come_in_order_and_unknown_ones_are_passed_over(tmp_path: Path) -> None:
    starter: RunLauncher = launcher(tmp_path, GOOD)
    assert list(starter.build_set(KEY, ["a", "b"])) == [
        RunStarted("r1", 2),
        RunShot("a", "generated"),
        RunShot("b", "failed", "too dark"),
        RunFinished(False, 1, 0, 1),
    ]


def test_what_the_run_logs_is_kept_beside_it(tmp_path: Path) -> None:
    starter = launcher(tmp_path, GOOD)
    list(starter.build_set(KEY, ["a"]))
    list(starter.build_set(KEY, ["a"]))
    assert starter.log_of(KEY).read_text() == "a word for the log\n"


def test_the_request_reaches_the_run_as_arguments_and_the_home_as_environment(tmp_path: Path) -> None:
    tell = "import json, os, sys\njson.dump([sys.argv[1:], os.environ['REFPIPE_HOME']], sys.stderr)\n"
    starter = launcher(tmp_path, tell + GOOD.replace("a word for the log", ""))
    list(starter.build_set(KEY, ["a", "b"], seed=0, size=Size(64, 96)))
    said = starter.log_of(KEY).read_text()
    assert '["--character", "local.ada~default", "--shots", "a,b", "--seed", "0", "--size", "64x96"]' in said
    assert str(tmp_path) in said


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("storage_full", StorageFullError),
        ("refused_input", RefusedInputError),
        ("retryable_failure", RetryableFailureError),
        ("something else", PermanentFailureError),
    ],
)
def test_an_error_event_comes_back_as_its_own_type(tmp_path: Path, code: str, kind: type[RefpipeError]) -> None:
    body = f"""print('{{"event": "error", "code": "{code}", "message": "no room"}}')"""
    with pytest.raises(kind, match="no room"):
        list(launcher(tmp_path, body).build_set(KEY, ["a"]))


def test_what_is_not_set_up_keeps_its_remedy(tmp_path: Path) -> None:
    body = """print('{"event": "error", "code": "not_set_up", "message": "no model. Install it."}')"""
    with pytest.raises(NotSetUpError) as caught:
        list(launcher(tmp_path, body).build_set(KEY, ["a"]))
    assert (caught.value.what, caught.value.remedy) == ("no model", "Install it.")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise SystemExit(3)", "ended with code 3"),
        ("import sys; sys.exit('the figure fell over')", "the figure fell over"),
        ("print('hello')", "no event: 'hello'"),
        ("""print('{"event": "shot"}')""", "no event"),
        ("print('[1]')", "no event"),
    ],
)
def test_a_run_that_breaks_off_or_babbles_is_an_error_with_its_last_words(
    tmp_path: Path, body: str, message: str
) -> None:
    with pytest.raises(PermanentFailureError, match=message):
        list(launcher(tmp_path, body).build_set(KEY, ["a"]))


def test_a_killed_run_is_one_sentence_that_says_to_run_it_again_and_where_its_log_is(tmp_path: Path) -> None:
    body = "import os, sys; print('debug: a word for the log', file=sys.stderr, flush=True); os.kill(os.getpid(), 9)"
    starter = launcher(tmp_path, body)
    with pytest.raises(RetryableFailureError, match=r"killed by signal 9.*run it again") as caught:
        list(starter.build_set(KEY, ["a"]))
    assert str(starter.log_of(KEY)) in str(caught.value)
    assert "a word for the log" not in str(caught.value)
    assert "\n" not in str(caught.value)


STUBBORN = """
import os, signal, sys, time
def leave(*_):
    time.sleep(0.3)
    open({mark!r}, "w").write("left in order")
    sys.exit(1)
signal.signal(signal.SIGTERM, leave)
print('{{"event": "started", "run_id": "r1", "total": 1}}', flush=True)
time.sleep(60)
"""


def test_a_listener_that_goes_away_stops_the_run_and_waits_for_it(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    events = launcher(tmp_path, STUBBORN.format(mark=str(mark))).build_set(KEY, ["a"])
    assert next(events) == RunStarted("r1", 1)
    events.close()  # type: ignore[attr-defined]
    assert mark.read_text() == "left in order"


def test_an_interrupt_of_the_listener_stops_the_run_and_waits_for_it(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    events = launcher(tmp_path, STUBBORN.format(mark=str(mark))).build_set(KEY, ["a"])
    next(events)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        next(events)
    assert mark.read_text() == "left in order"
    assert time.monotonic() - began < 20


def test_a_child_can_be_interrupted_although_its_parent_ignores_interrupts(tmp_path: Path) -> None:
    body = """
    import json, signal
    is_default = signal.getsignal(signal.SIGINT) == signal.default_int_handler
    print(json.dumps({"event": "started", "run_id": str(is_default), "total": 0}))
    print('{"event": "finished", "success": true, "generated": 0, "from_ledger": 0, "failed": 0}')
    """
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        first = next(launcher(tmp_path, body).build_set(KEY, ["a"]))
    finally:
        signal.signal(signal.SIGINT, former)
    assert first == RunStarted("True", 0)
