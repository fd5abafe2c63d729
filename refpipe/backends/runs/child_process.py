"""A child process that is listened to line by line and always comes to an end.

Belongs here: starting, its log, signals passed on, waiting. Does not: what its lines mean.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

STOP_PATIENCE_S = 60.0
"""How long a child may take to end in order; a picture in hand is finished or dropped within this."""
_DESCENDANTS_PATIENCE_S = 5.0


def reset_signals() -> None:
    """For the child, before it becomes its program: interrupts work, whatever the parent's shell had ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


_PR_SET_PDEATHSIG = 1


def _told_of_parents_death() -> Callable[[], None]:
    """``reset_signals``, and where the system can do it, SIGTERM when the starting thread has ended."""
    try:
        prctl = ctypes.CDLL(None).prctl
    except AttributeError:
        return reset_signals

    def prepare() -> None:
        reset_signals()
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return prepare


class ChildProcess:
    """One child in a session of its own: the terminal's Ctrl-C reaches it once, through ``stop``.

    ``ends_with_parent``: also when the process that starts it is killed; it must be started from the main thread.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        is_read: bool,
        ends_with_parent: bool = False,
    ) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as sink:
            self._process = subprocess.Popen(  # noqa: S603 - our own modules, no shell
                list(command),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if is_read else sink,
                stderr=sink,
                start_new_session=True,
                # a few system calls, no lock is taken
                preexec_fn=_told_of_parents_death() if ends_with_parent else reset_signals,  # noqa: PLW1509
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def lines(self) -> Iterator[bytes]:
        """What it writes to stdout, line by line, until it closes it."""
        stream = self._process.stdout
        return iter(()) if stream is None else iter(stream)

    def wait(self, timeout_s: float | None = None) -> int:
        """Its exit code. Raises TimeoutError."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None

    def stop(self, patience_s: float = STOP_PATIENCE_S) -> int:
        """Ask it to end and wait; what does not end in time is killed. Its exit code."""
        with interrupts_held():
            self.ask_to_stop()
            try:
                code = self.wait(patience_s)
            except TimeoutError:
                self._process.kill()
                code = self.wait()
            self._stop_descendants()
            if self._process.stdout:
                self._process.stdout.close()
            return code

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return at once."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                self._process.terminate()

    def _stop_descendants(self) -> None:
        """What the child had started in its session and did not take along with it."""
        for what, patience_s in ((signal.SIGTERM, _DESCENDANTS_PATIENCE_S), (signal.SIGKILL, 1.0)):
            deadline = time.monotonic() + patience_s
            try:
                os.killpg(self.pid, what)
                while time.monotonic() < deadline:
                    os.killpg(self.pid, 0)
                    time.sleep(0.05)
            except (ProcessLookupError, PermissionError):
                return  # nobody is left

    def last_lines(self, count: int = 15) -> list[str]:
        """The end of its log."""
        return tail(self.log, count)


def tail(path: Path, count: int) -> list[str]:
    """The last lines of a text file, empty when there is none."""
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            return [line.rstrip() for line in deque(stream, maxlen=count)]
    except FileNotFoundError:
        return []


@contextmanager
def interrupts_held() -> Iterator[None]:
    """No second Ctrl-C breaks off a waiting that the first one asked for."""
    try:
        former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # only the main thread sets handlers
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
