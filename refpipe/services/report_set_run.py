"""The account of one ``generate`` run, as scripts read it (R-PLAT-7).

Belongs here: the document and how it is put together from the run's events and the rows. Does not:
running anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import Database, RunShot
from refpipe.domain.shots import ReferenceShot
from refpipe.services.image_documents import ImageDocument, Locate, image_document
from refpipe.services.make_shot import ShotResult
from refpipe.services.read_set import Cell, read_set
from refpipe.services.report_status import count

_SCORES = ("quality", "consistency", "technical", "composition", "cinematic")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRunReport:
    """The document of ``generate``.

    ``accepted``, ``failed`` and ``needs_review`` count the planned shots as they now are; ``generated`` and
    ``from_ledger`` count what this run did, in ``seconds``. ``attempts`` are all that the planned shots ever took;
    ``mean_scores`` are over those of their pictures that were measured, None where none was.
    """

    key: CharacterKey
    run_id: str
    planned: int
    accepted: int
    failed: int
    needs_review: int
    generated: int
    from_ledger: int
    contact_sheet: str | None
    images: Sequence[ImageDocument]
    seconds: float | None = None

    @property
    def attempts(self) -> int:
        return sum(image.attempts for image in self.images)

    @property
    def mean_scores(self) -> dict[str, float | None]:
        """Score → mean, 0–100."""
        measured = {name: [getattr(image, name) for image in self.images] for name in _SCORES}
        known = {name: [each for each in values if each is not None] for name, values in measured.items()}
        return {name: round(fmean(values), 1) if values else None for name, values in known.items()}

    @property
    def is_success(self) -> bool:
        """No planned shot failed or is missing; one that waits for a person is no failure (R-CHAR-4)."""
        return self.failed == 0

    def as_document(self) -> dict[str, Any]:
        return {
            "character": self.key.character,
            "outfit": self.key.outfit,
            "run_id": self.run_id,
            "planned": self.planned,
            "accepted": self.accepted,
            "failed": self.failed,
            "needs_review": self.needs_review,
            "generated": self.generated,
            "from_ledger": self.from_ledger,
            "attempts": self.attempts,
            "seconds": None if self.seconds is None else round(self.seconds, 1),
            "mean_scores": self.mean_scores,
            "contact_sheet": self.contact_sheet,
            "images": [image.as_document() for image in self.images],
        }


def report_set_run(
    key: CharacterKey,
    shots: Sequence[ReferenceShot],
    *,
    run_id: str,
    events: Mapping[str, RunShot],
    contact_sheet: str | None,
    database: Database,
    locate: Locate,
    seconds: float | None = None,
) -> SetRunReport:
    """The report of a run over ``shots``; ``events`` holds what the run told of each shot, by slug.
    ``contact_sheet`` is the sheet's path or URL; ``seconds`` what the run took, None where nobody looked.

    A shot of which the run told nothing (it was cut short) counts as failed.
    """
    rows = read_set(key.owner, key.character, outfit=key.outfit, database=database)
    current = {cell.shot.slug: cell for cell in rows.cells}
    cells = [_as_told(shot, current.get(shot.slug), events.get(shot.slug)) for shot in shots]
    coverage = count(cells)
    planned = {shot.slug for shot in shots}
    outcomes = [event.outcome for slug, event in events.items() if slug in planned]
    return SetRunReport(
        key=key,
        run_id=run_id,
        planned=len(shots),
        accepted=coverage.accepted,
        failed=coverage.failed,
        needs_review=coverage.needs_review,
        generated=outcomes.count(ShotResult.GENERATED),
        from_ledger=outcomes.count(ShotResult.FROM_LEDGER),
        contact_sheet=contact_sheet,
        images=[image_document(cell, locate) for cell in cells],
        seconds=seconds,
    )


def _as_told(shot: ReferenceShot, cell: Cell | None, event: RunShot | None) -> Cell:
    """The shot's cell as this run leaves it: without a picture where it failed, else of what was asked for."""
    failure = _why_failed(event)
    if failure is None and (cell is None or cell.image is None):
        failure = "the picture was made, but is not there any more"
    if failure is not None or cell is None:
        return Cell(shot=shot, image=None, guides={}, failure=failure, changes=None)
    return replace(cell, changes=())


def _why_failed(event: RunShot | None) -> str | None:
    if event is None:
        return "the run ended before this shot"
    return (event.reason or "failed") if event.outcome == ShotResult.FAILED else None
