"""Keeps a few long-lived children running together: starts them, notices a death, stops them all.

Belongs here: ports, readiness, watching, stopping. Does not: which children there are (services they run).
"""

from __future__ import annotations

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from refpipe.backends.runs.child_process import STOP_PATIENCE_S, ChildProcess, interrupts_held
from refpipe.domain.errors import NotSetUpError, PermanentFailureError, RetryableFailureError

_PORTS_TRIED = 50
_LOOK_EVERY_S = 0.25


def free_port(host: str, wanted: int) -> int:
    """The wanted port, or the next one that nobody listens on. Raises NotSetUpError."""
    for port in range(wanted, min(wanted + _PORTS_TRIED, 65536)):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # a port in TIME_WAIT is free; one that is listened on is not
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise NotSetUpError(
        f"no port of {host} from {wanted} on can be listened on",
        remedy="Set REFPIPE_WEB__HOST or REFPIPE_WEB__DAGSTER_PORT.",
    )


@dataclass(frozen=True, slots=True)
class Program:
    """A child to keep running."""

    name: str
    command: Sequence[str]


class Supervisor:
    """Use as a context: whatever was started is stopped on leaving, all at once, in order of patience."""

    def __init__(self, *, logs: Path, environment: Mapping[str, str]) -> None:
        self._logs = logs
        self._environment = environment
        self._children: dict[str, ChildProcess] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, program: Program) -> ChildProcess:
        """Start one child, from the main thread; its log begins anew. It does not outlive this process."""
        log = self._logs / f"{program.name}.log"
        log.unlink(missing_ok=True)
        child = ChildProcess(
            program.command, environment=self._environment, log=log, is_read=False, ends_with_parent=True
        )
        self._children[program.name] = child
        return child

    def wait_until_answers(self, url: str, *, timeout_s: float) -> None:
        """Return when the URL answers. Raises an error as ``check`` does, PermanentFailureError when time runs out."""
        deadline = time.monotonic() + timeout_s
        while not _answers(url):
            self.check()
            if time.monotonic() > deadline:
                raise PermanentFailureError(f"{url} did not answer within {timeout_s:.0f} s; logs are in {self._logs}")
            time.sleep(_LOOK_EVERY_S)

    def watch(self, *, each_round: Callable[[], None] | None = None) -> None:
        """Look after the children until one ends (see ``check``) or an interrupt comes."""
        while True:
            self.check()
            if each_round:
                each_round()
            time.sleep(_LOOK_EVERY_S)

    def check(self) -> None:
        """Raises PermanentFailureError naming a child that has ended, RetryableFailureError one that was killed."""
        for name, child in self._children.items():
            code = child.exit_code()
            if code is None:
                continue
            if code < 0:
                raise RetryableFailureError(f"{name} was killed by signal {-code}; run it again (log: {child.log})")
            last = next((line for line in reversed(child.last_lines()) if line.strip()), "it said nothing")
            raise PermanentFailureError(f"{name} ended with code {code}: {last.strip()} (log: {child.log})")

    def stop(self) -> None:
        """Ask all to end, then wait for each; what does not end in time is killed."""
        with interrupts_held():
            for child in self._children.values():
                child.ask_to_stop()
            deadline = time.monotonic() + STOP_PATIENCE_S
            for child in self._children.values():
                child.stop(max(0.1, deadline - time.monotonic()))
            self._children.clear()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
