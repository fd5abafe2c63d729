"""Long work: started as runs, and told about.

Belongs here: runs, their events, progress. Does not: what a run makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from refpipe.domain.generation import Size
from refpipe.domain.keys import CharacterKey


class Progress(Protocol):
    """Told what happens during long work; a face decides how to show it."""

    def started(self, total: int, what: str) -> None: ...
    def advanced(self, item: str, outcome: str) -> None: ...
    def waiting(self, item: str, reason: str) -> None: ...
    def finished(self) -> None: ...


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run has begun; ``total`` shots are planned."""

    run_id: str
    total: int


@dataclass(frozen=True, slots=True)
class RunShot:
    """One shot of a run is done. ``outcome`` is generated, from_ledger or failed.

    ``reason`` says why it failed, or why a picture that did not pass could not be tried again; else it is empty.
    """

    shot: str
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run has ended."""

    is_success: bool
    generated: int
    from_ledger: int
    failed: int


RunEvent = RunStarted | RunShot | RunFinished


class RunLauncher(Protocol):
    """Starts long work as a run and tells what happens in it."""

    def build_set(
        self, key: CharacterKey, shots: Sequence[str], *, seed: int | None = None, size: Size | None = None
    ) -> Iterator[RunEvent]:
        """Events as they come, RunFinished last. Raises RefpipeError when the run as a whole cannot go on.

        Closing the iterator, or an interrupt, asks the run to stop and waits until it has.
        """
        ...
