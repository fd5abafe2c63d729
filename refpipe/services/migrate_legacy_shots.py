"""Bring in reference shots of the old shape, fill their camera columns, and take that back.

Belongs here: the order of the work: batches by key, one transaction a batch, so that a kill at any
point loses at most the batch in hand and the next run goes on. Does not: what an old word means
(domain.legacy_shots), where rows lie (backends).
Source: specification, shots.md, R-SHOT-8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from refpipe.domain.legacy_shots import LegacyDatabase, LegacyFault, LegacyFill, LegacyRow, map_row

BATCH_ROWS = 500
KEPT_FAULTS = 100
"""Faults kept in a report; the rows themselves keep theirs, and the counts are complete."""

_Item = TypeVar("_Item")
_Told = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationReport:
    """Rows filled and rows that could not be mapped, the first of them with their reasons."""

    migrated: int
    failed: int
    faults: tuple[LegacyFault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """Rows stored, rows that were there already, and rows refused, the first of them with their reasons."""

    added: int
    already_there: int
    refused: int
    faults: tuple[LegacyFault, ...]


def import_legacy_shots(
    database: LegacyDatabase, owner: str, rows: Iterable[LegacyRow | LegacyFault], *, batch_rows: int = BATCH_ROWS
) -> ImportReport:
    """Store old rows as they are, streaming; a row whose id is there already is left alone.

    ``rows`` come from a reader at the edge, which gives a fault in place of a row it cannot read.
    """
    added = already_there = refused = 0
    faults: list[LegacyFault] = []
    for batch in _batches(rows, batch_rows):
        good = [row for row in batch if isinstance(row, LegacyRow)]
        bad = [row for row in batch if isinstance(row, LegacyFault)]
        with database.legacy_transaction(owner) as shots:
            stored = shots.add(good) if good else 0
        added, already_there, refused = added + stored, already_there + len(good) - stored, refused + len(bad)
        faults += bad[: KEPT_FAULTS - len(faults)]
    return ImportReport(added=added, already_there=already_there, refused=refused, faults=tuple(faults))


def migrate_legacy_shots(
    database: LegacyDatabase, owner: str, *, batch_rows: int = BATCH_ROWS, told: _Told | None = None
) -> MigrationReport:
    """Fill the camera columns of every old row that is not migrated yet; values that are there stay.

    A row with an unknown word is marked with its reason and tried again by the next run. ``told``
    is called after every committed batch with the rows done so far.
    """
    migrated = failed = 0
    faults: list[LegacyFault] = []
    after_id = ""
    while True:
        with database.legacy_transaction(owner) as shots:
            rows = shots.unmapped(after_id, batch_rows)
            results = [map_row(row) for row in rows]
            fills = [result for result in results if isinstance(result, LegacyFill)]
            unknown = [result for result in results if isinstance(result, LegacyFault)]
            shots.fill(fills)
            shots.note_faults(unknown)
        if not rows:
            return MigrationReport(migrated=migrated, failed=failed, faults=tuple(faults))
        migrated, failed, after_id = migrated + len(fills), failed + len(unknown), rows[-1].id
        faults += unknown[: KEPT_FAULTS - len(faults)]
        if told is not None:
            told(migrated + failed)


def revert_legacy_shots(
    database: LegacyDatabase, owner: str, *, batch_rows: int = BATCH_ROWS, told: _Told | None = None
) -> int:
    """Take the migration back: every row is again what it was; the number of rows touched.

    Only columns that the migration filled are emptied; what stood there before, an explicit 0
    included, was never written over.
    """
    restored, after_id = 0, ""
    while True:
        with database.legacy_transaction(owner) as shots:
            ids = shots.restore(after_id, batch_rows)
        if not ids:
            return restored
        restored, after_id = restored + len(ids), ids[-1]
        if told is not None:
            told(restored)


def _batches(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
