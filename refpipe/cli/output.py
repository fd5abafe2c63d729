"""How things are shown: tables and bars for people, one JSON document for scripts.

Belongs here: consoles, tables, progress, error lines. Does not: what is shown.

With ``--json`` the document is all that reaches stdout; everything else goes to stderr.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

_WIDTH_ELSEWHERE = 140

STATUS_WORDS = {
    "pending": "not judged yet",
    "processing": "being judged",
    "validation_success": "accepted",
    "needs_review": "needs review",
    "validation_failed": "failed",
    "missing": "not made yet",
}


class _Destination:
    """Where this process's one document goes; None for people's output."""

    document: TextIO | None = None


_destination = _Destination()


def begin(document: TextIO | None) -> None:
    """Say once, before any command, where the JSON document goes (None: no JSON was asked for)."""
    _destination.document = document


def counted(number: int, thing: str) -> str:
    """A number of things in words: ``1 shot``, ``2 shots``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def is_json() -> bool:
    return _destination.document is not None


def document(data: Any) -> None:
    """Write the one document. Does nothing without ``--json``."""
    stream = _destination.document
    if stream is not None:
        json.dump(data, stream, indent=2, ensure_ascii=False, allow_nan=False)
        stream.write("\n")
        stream.flush()


def error(code: str, faults: Sequence[tuple[str, str]]) -> None:
    """Each fault as one line on stderr (``error: field: reason``); with ``--json`` also as the document."""
    lines = [": ".join(part for part in fault if part) for fault in faults]
    for line in lines:
        sys.stderr.write(f"error: {line}\n")
    named = [{"field": field or None, "reason": reason} for field, reason in faults]
    document({"error": {"code": code, "message": lines[0], "faults": named}})


def note(text: str) -> None:
    """A line about what is going on, on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def say(*lines: str) -> None:
    """Lines of the result for people; nothing with ``--json``."""
    if not is_json():
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def console() -> Console:
    """The console for results; what is not a terminal (a file, a pipe) gets wide lines."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_ELSEWHERE)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: Iterable[str] = ()) -> None:
    """A table for people; nothing with ``--json``.

    Columns named in ``numbers`` are set to the right; one that holds None only is left out.
    """
    if is_json():
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    right, cells = set(numbers), [list(row) for row in rows]
    told = [place for place in range(len(columns)) if not cells or any(row[place] is not None for row in cells)]
    for place in told:
        # the first column names the row: it stays in one piece
        justify: Literal["left", "right"] = "right" if columns[place] in right else "left"
        drawn.add_column(columns[place], justify=justify, overflow="fold", no_wrap=place == 0)
    for row in cells:
        # sheets' and files' words are text, never markup
        drawn.add_row(*(Text("–" if row[place] is None else str(row[place])) for place in told))
    console().print(drawn)


class RunProgress:
    """Shows a run's shots as they come: a bar on a terminal, a line for each elsewhere. Speaks on stderr."""

    def __init__(self, label: str, total: int) -> None:
        self._label, self._total = label, total
        self._counts: Counter[str] = Counter()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
            self._task = self._bar.add_task(self._label, total=self._total, shot="starting")
        else:
            note(f"{self._label}: {counted(self._total, 'shot')}")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advanced(self, shot: str, outcome: str, reason: str = "") -> None:
        """One more shot is done."""
        self._counts[outcome] += 1
        done = sum(self._counts.values())
        if self._bar is None or self._task is None:
            because = f": {reason}" if reason else ""
            note(f"{self._label}: {done}/{self._total} {shot} {outcome.replace('_', ' ')}{because}")
            return
        self._bar.update(self._task, completed=done, shot=shot)
        if reason:
            self._bar.console.print(f"{shot} {outcome.replace('_', ' ')}: {reason}", markup=False, style="red")


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[shot]}", style="dim"),
        console=Console(stderr=True),
    )
