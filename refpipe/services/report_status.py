"""How far a character's set has come, from rows only: no picture is opened, no store is asked.

Belongs here: coverage per pack and the report's document. Does not: the account of one run
(report_set_run), one shot's document (image_documents).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from refpipe.domain.characters import CharacterSheet
from refpipe.domain.gallery import Coverage, ImageStatus
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import Database, Records
from refpipe.domain.shots import Pack, ReferenceShot
from refpipe.services.image_documents import ImageDocument, Locate, cell_status, image_document
from refpipe.services.plan_reference_set import PlanReferenceSet
from refpipe.services.read_set import Cell, Failures, failure_today, read_failures, read_set

LocateSheet = Callable[[CharacterKey], str | None]
"""From a key to the path or URL of its contact sheet, None when there is none."""


def count(cells: Iterable[Cell]) -> Coverage:
    """Coverage of the cells: pictures that are made, and shots by their status."""
    counted = list(cells)
    statuses = [cell_status(cell) for cell in counted]
    return Coverage(
        planned=len(counted),
        made=sum(cell.image is not None for cell in counted),
        accepted=statuses.count(ImageStatus.ACCEPTED),
        needs_review=statuses.count(ImageStatus.NEEDS_REVIEW),
        failed=statuses.count(ImageStatus.FAILED),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """A character in one outfit: totals, coverage per pack, every shot."""

    key: CharacterKey
    name: str
    total: Coverage
    packs: Mapping[Pack, Coverage]
    contact_sheet: str | None
    images: Sequence[ImageDocument]

    @property
    def out_of_date(self) -> int:
        """How many pictures are of a sheet, outfit, shot, master or renderer that has changed since."""
        return sum(bool(image.out_of_date) for image in self.images)

    def as_document(self) -> dict[str, Any]:
        return {
            "character": self.key.character,
            "outfit": self.key.outfit,
            "name": self.name,
            **asdict(self.total),
            "out_of_date": self.out_of_date,
            "by_pack": {pack.value: asdict(coverage) for pack, coverage in self.packs.items()},
            "contact_sheet": self.contact_sheet,
            "images": [image.as_document() for image in self.images],
        }


def report_status(
    owner: str,
    character: str,
    *,
    outfit: str | None = None,
    database: Database,
    locate: Locate,
    locate_sheet: LocateSheet | None = None,
    planner: PlanReferenceSet | None = None,
) -> StatusReport:
    """The report of one character and outfit; ``locate_sheet`` knows a better place for the sheet than its blob.

    ``planner``: see ``read_set``. Raises NotFoundError, RefusedInputError for an unknown outfit."""
    rows = read_set(owner, character, outfit=outfit, database=database, planner=planner)
    drawn = rows.contact_sheet_sha256
    published = locate_sheet(rows.key) if locate_sheet else None
    return StatusReport(
        key=rows.key,
        name=rows.sheet.name,
        total=count(rows.cells),
        packs={pack: count(cell for cell in rows.cells if cell.shot.pack is pack) for pack in Pack},
        contact_sheet=published or (locate(drawn) if drawn else None),
        images=[image_document(cell, locate) for cell in rows.cells],
    )


@dataclass(frozen=True, slots=True)
class CharacterLine:
    """A character in the list, counted in its default outfit."""

    sheet: CharacterSheet
    coverage: Coverage

    def as_document(self) -> dict[str, Any]:
        return {
            "character": self.sheet.slug,
            "name": self.sheet.name,
            "planned": self.coverage.planned,
            "accepted": self.coverage.accepted,
            "made": self.coverage.made,
            "needs_review": self.coverage.needs_review,
            "failed": self.coverage.failed,
            "outfits": [outfit.slug for outfit in self.sheet.wardrobe],
        }


def list_characters(owner: str, *, database: Database, planner: PlanReferenceSet | None = None) -> list[CharacterLine]:
    """Every character of the owner with its coverage; ``planner``: see ``read_set``.

    What changed since a picture was made is not looked at here: the list stays quick for many characters.
    """
    with database.transaction(owner) as records:
        shots = records.shots.all()
        sheets = records.characters.list()
        failures = read_failures(records) if planner else {}
        made = {
            sheet.slug: _plain_cells(records, CharacterKey(owner, sheet.slug, sheet.default_outfit.slug), shots)
            for sheet in sheets
        }
    lines = []
    for sheet in sheets:
        cells = made[sheet.slug]
        if planner and failures:
            cells = _with_failures(cells, CharacterKey(owner, sheet.slug, sheet.default_outfit.slug), planner, failures)
        lines.append(CharacterLine(sheet, count(cells)))
    return lines


def _plain_cells(records: Records, key: CharacterKey, shots: Sequence[ReferenceShot]) -> list[Cell]:
    images = {image.shot: image for image in records.gallery.list(key) if image.shot}
    return [Cell(shot=shot, image=images.get(shot.slug), guides={}, failure=None, changes=None) for shot in shots]


def _with_failures(
    cells: Sequence[Cell], key: CharacterKey, planner: PlanReferenceSet, failures: Failures
) -> list[Cell]:
    plan = planner(key)
    return [
        cell
        if cell.image is not None
        else Cell(
            shot=cell.shot,
            image=None,
            guides={},
            failure=failure_today(planner, plan, cell.shot, failures)[0],
            changes=None,
        )
        for cell in cells
    ]
