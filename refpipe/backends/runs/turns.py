"""Taking turns: of those who want the same set made, one makes it and the others wait.

Belongs here: holding a turn and telling who holds it. Does not: what is done in it. The kernel lets go of a dead
holder's turn.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn_held(path: Path, *, told_to_wait: Callable[[str], None]) -> Iterator[None]:
    """Hold the turn that the file names while the block runs.

    Where another process holds it, ``told_to_wait`` is told who once, and the call returns when the turn is free.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told_to_wait(path.read_text(encoding="utf-8").strip() or "another process")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        path.write_text(f"process {os.getpid()}", encoding="utf-8")
        yield
    finally:
        os.close(descriptor)


def held_beside(path: Path) -> list[str]:
    """Names of the other turns in the same folder that somebody holds now, in order."""
    return [other.stem for other in sorted(path.parent.glob("*.lock")) if other != path and is_held(other)]


def is_held(path: Path, *, even_shared: bool = False) -> bool:
    """Whether some process holds the file's lock for itself, or with ``even_shared`` at all; False without a file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if even_shared else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
