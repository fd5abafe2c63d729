"""Reference shots and old rows kept in memory: real implementations of the ports, for fast tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from refpipe.domain.legacy_shots import LegacyFault, LegacyFill, LegacyRow
from refpipe.domain.shots import ReferenceShot


class MemoryShots:
    """An owner's templates by slug and version."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], ReferenceShot] = {}

    def all(self, *, active_only: bool = True) -> list[ReferenceShot]:
        newest: dict[str, ReferenceShot] = {}
        for shot in self.rows.values():
            if shot.slug not in newest or newest[shot.slug].version < shot.version:
                newest[shot.slug] = shot
        return [shot for shot in newest.values() if shot.active or not active_only]

    def upsert(self, shot: ReferenceShot) -> str:
        key = (shot.slug, shot.version)
        before = self.rows.get(key)
        self.rows[key] = shot
        return "created" if before is None else "unchanged" if before == shot else "updated"

    def retire(self, slugs: Sequence[str]) -> int:
        keys = [key for key, shot in self.rows.items() if shot.slug in slugs and shot.active]
        for key in keys:
            self.rows[key] = replace(self.rows[key], active=False)
        return len({slug for slug, _ in keys})


@dataclass
class MemoryRecords:
    """The part of an owner's rows that seeding touches."""

    shots: MemoryShots = field(default_factory=MemoryShots)


class MemoryShotDatabase:
    """Transactions over owners' templates; what a failed one did is undone."""

    def __init__(self) -> None:
        self.owners: dict[str, MemoryRecords] = {}

    @contextmanager
    def transaction(self, owner: str) -> Iterator[Any]:
        records = self.owners.setdefault(owner, MemoryRecords())
        before = dict(records.shots.rows)
        try:
            yield records
        except BaseException:
            records.shots.rows = before
            raise


@dataclass
class _StoredRow:
    row: LegacyRow
    filled: tuple[str, ...] | None = None
    fault: str | None = None


class MemoryLegacyShots:
    """An owner's old rows by id."""

    def __init__(self) -> None:
        self.stored: dict[str, _StoredRow] = {}

    def add(self, rows: Sequence[LegacyRow]) -> int:
        new = {row.id: _StoredRow(row) for row in reversed(rows) if row.id not in self.stored}
        self.stored.update(new)
        return len(new)

    def unmapped(self, after_id: str, limit: int) -> list[LegacyRow]:
        return [self.stored[row_id].row for row_id in self._after(after_id) if self.stored[row_id].filled is None][
            :limit
        ]

    def fill(self, fills: Sequence[LegacyFill]) -> None:
        for fill in fills:
            stored = self.stored[fill.id]
            stored.row = replace(stored.row, camera=replace(stored.row.camera, **fill.values))
            stored.filled, stored.fault = tuple(fill.values), None

    def note_faults(self, faults: Sequence[LegacyFault]) -> None:
        for fault in faults:
            self.stored[fault.id].fault = fault.reason

    def restore(self, after_id: str, limit: int) -> list[str]:
        marked = [i for i in self._after(after_id) if self.stored[i].filled is not None or self.stored[i].fault][:limit]
        for row_id in marked:
            stored = self.stored[row_id]
            emptied = dict.fromkeys(stored.filled or (), None)
            self.stored[row_id] = _StoredRow(replace(stored.row, camera=replace(stored.row.camera, **emptied)))
        return marked

    def _after(self, after_id: str) -> list[str]:
        return [row_id for row_id in sorted(self.stored) if row_id > after_id]


class MemoryLegacyDatabase:
    """Transactions over owners' old rows; what a failed one did is undone."""

    def __init__(self) -> None:
        self.owners: dict[str, MemoryLegacyShots] = {}

    @contextmanager
    def legacy_transaction(self, owner: str) -> Iterator[MemoryLegacyShots]:
        shots = self.owners.setdefault(owner, MemoryLegacyShots())
        before = deepcopy(shots.stored)
        try:
            yield shots
        except BaseException:
            shots.stored = before
            raise
