"""What a run tells the program that started it: one JSON document a line, on a stdout kept for nothing else.

Belongs here: the lines and the keeping. Does not: what happens in a run.
"""

import json
import os
import sys
from typing import TextIO


class EventLines:
    """Writes events as lines; a reader that has gone away does not stop the run."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream

    def emit(self, event: str, **fields: object) -> None:
        """One line: the event's name and its fields."""
        if self._stream is None:
            return
        try:
            self._stream.write(json.dumps({"event": event, **fields}, ensure_ascii=False) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            self._stream = None


def keep_stdout() -> EventLines:
    """Take stdout for events; whatever else this process or its libraries print goes to stderr from now on."""
    sys.stdout.flush()
    kept = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return EventLines(kept)
