"""Starts a reference set as a run in a process of its own and reads its events, one JSON document a line.

Belongs here: the command line, the protocol, and errors back in refpipe's own types. Does not: what the
run does (refpipe.defs.set_run).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from refpipe.backends.runs.child_process import ChildProcess
from refpipe.domain.errors import (
    NotFoundError,
    NotSetUpError,
    PermanentFailureError,
    RefpipeError,
    RefusedInputError,
    RetryableFailureError,
    StorageFullError,
)
from refpipe.domain.generation import Size
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import RunEvent, RunFinished, RunShot, RunStarted

SET_RUN_MODULE = "refpipe.defs.set_run"
_ERRORS: dict[str, type[RefpipeError]] = {
    each.code: each
    for each in (NotFoundError, PermanentFailureError, RetryableFailureError, StorageFullError, RefusedInputError)
}


class ProcessRunLauncher:
    """Runs on this machine, on the same home. Logs go to ``logs``, one file for each character key."""

    def __init__(
        self,
        *,
        home: Path,
        logs: Path,
        environment: Mapping[str, str] | None = None,
        module: str | None = None,
    ) -> None:
        self._environment = {**(os.environ if environment is None else environment), "REFPIPE_HOME": str(home)}
        self._logs = logs
        self._module = module or SET_RUN_MODULE

    def log_of(self, key: CharacterKey) -> Path:
        """Where the run's log lies."""
        return self._logs / f"set-{key}.log"

    def build_set(
        self, key: CharacterKey, shots: Sequence[str], *, seed: int | None = None, size: Size | None = None
    ) -> Iterator[RunEvent]:
        """See RunLauncher."""
        command = [sys.executable, "-m", self._module, "--character", str(key), "--shots", ",".join(shots)]
        command += ["--seed", str(seed)] if seed is not None else []
        command += ["--size", str(size)] if size is not None else []
        log = self.log_of(key)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        return _listen(command, self._environment, log)


def _listen(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[RunEvent]:
    child = ChildProcess(command, environment=environment, log=log, is_read=True)
    is_finished = False
    told: RefpipeError | None = None
    try:
        for line in child.lines():
            event = read_event(line, log)
            if isinstance(event, RefpipeError):
                told = told or event  # it ends by itself, in order
            elif event is not None:
                is_finished = is_finished or isinstance(event, RunFinished)
                yield event
        code = child.wait()
    finally:
        # on an interrupt, an error, or a listener that goes away
        child.stop()
    if told is not None:
        raise told
    if not is_finished:
        raise _broken_off(child, code)


def read_event(line: bytes, log: Path) -> RunEvent | RefpipeError | None:
    """The event in a line, or the error that it tells of; None for one of an unknown kind.

    Raises PermanentFailureError for what is no event.
    """
    try:
        data = json.loads(line)
        kind = data["event"]
        if kind == "started":
            return RunStarted(str(data["run_id"]), int(data["total"]))
        if kind == "shot":
            return RunShot(str(data["shot"]), str(data["outcome"]), str(data.get("reason") or ""))
        if kind == "finished":
            counts = [int(data[name]) for name in ("generated", "from_ledger", "failed")]
            return RunFinished(bool(data["success"]), *counts)
    except (ValueError, KeyError, TypeError):
        text = line.decode(errors="replace").strip()[:200]
        raise PermanentFailureError(f"the run said something that is no event: {text!r} (log: {log})") from None
    return _error_of(data) if kind == "error" else None


def _error_of(data: Mapping[str, Any]) -> RefpipeError:
    message, code = str(data.get("message", "")), str(data.get("code", ""))
    if code == NotSetUpError.code:
        # as NotSetUpError writes itself: what is missing, a full stop, what to do
        what, _, remedy = message.partition(". ")
        return NotSetUpError(what, remedy=remedy)
    return _ERRORS.get(code, PermanentFailureError)(message)


def _broken_off(child: ChildProcess, code: int) -> RefpipeError:
    if code < 0:
        # whoever killed it (a person, the system short of memory), it would do its work another time
        return RetryableFailureError(
            f"the run was killed by signal {-code}; what was made until then is kept, run it again to go on"
            f" (log: {child.log})"
        )
    last = next((line for line in reversed(child.last_lines()) if line.strip()), "it said nothing")
    return PermanentFailureError(
        f"the run ended with code {code} before it had finished: {last.strip()} (log: {child.log})"
    )
