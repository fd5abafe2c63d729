"""Remove blobs that nothing points to, and what writes that never ended have left.

Belongs here: the order of a sweep. Does not: how blobs are stored or rows are held.

A writer puts bytes first and its row second, so a young blob without a row is a picture in the making:
anything put (again) within the last day stays. What is old and unneeded loses its row first; whoever
writes a row to it at that moment is waited for, and counts. Its bytes go last, and only if nobody has put
them again since. Broken off anywhere, a sweep leaves blobs that the next one finds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from refpipe.domain.ports import BlobStore, Database, StoredBlob

SPARED = timedelta(days=1)
BATCH = 500


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep saw and removed. ``spared`` blobs were too young to be looked at."""

    seen: int
    spared: int
    removed: int
    removed_bytes: int
    unfinished: int


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOrphans:
    """The use case with its stores. ``owner`` only opens transactions: a blob that any owner needs stays."""

    database: Database
    blobs: BlobStore
    owner: str
    spared: timedelta = SPARED
    batch: int = BATCH
    now: Callable[[], datetime] = _now

    def __call__(self) -> SweepReport:
        """Sweep once. Raises the stores' errors; what was removed until then stays removed."""
        latest = self.now() - self.spared
        seen = spared = removed = removed_bytes = 0
        listed = self.blobs.list()
        while part := list(islice(listed, self.batch)):
            old = {blob.sha256: blob for blob in part if blob.stored_at <= latest}
            gone = self._remove(old)
            seen += len(part)
            spared += len(part) - len(old)
            removed += len(gone)
            removed_bytes += sum(blob.size_bytes for blob in gone)
        unfinished = self.blobs.sweep_unfinished(self.spared)
        return SweepReport(seen, spared, removed, removed_bytes, unfinished)

    def _remove(self, old: dict[str, StoredBlob]) -> list[StoredBlob]:
        if not old:
            return []
        with self.database.transaction(self.owner) as records:
            # most are needed: look without holding anything, then hold the few
            orphans = records.blobs.unreferenced(list(old))
        if not orphans:
            return []
        with self.database.transaction(self.owner) as records:
            forgotten = records.blobs.forget(sorted(orphans))
        return [old[sha256] for sha256 in self.blobs.delete(sorted(forgotten), untouched_for=self.spared)]
