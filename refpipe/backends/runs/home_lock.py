"""One keeper of a home at a time: two daemons on one home would do everything twice.

Belongs here: holding the place and saying who holds it. Does not: what is kept running.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from refpipe.domain.errors import PermanentFailureError

_LOCK_FILE = "up.lock"


@contextmanager
def home_held(home: Path) -> Iterator[Path]:
    """Hold the home while the block runs; yields the file in which the holder may say where it is.

    Raises PermanentFailureError naming the holder. The kernel lets go of a dead holder's place.
    """
    home.mkdir(parents=True, exist_ok=True)
    path = home / _LOCK_FILE
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            said = path.read_text(encoding="utf-8").strip() or "it is just starting"
            raise PermanentFailureError(f"refpipe is up already on {home}: {said}") from None
        path.write_text("", encoding="utf-8")
        yield path
    finally:
        os.close(descriptor)
