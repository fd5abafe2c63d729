"""Remove blobs that no row needs any more.

Belongs here: which blobs may go. Does not: how a store removes them. A blob is stored before the row
that points to it, so the young are spared: their row may be on its way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from refpipe.domain.ports import BlobStore, Database, StoredBlob

SPARED = timedelta(days=1)
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """What a sweep found and removed."""

    looked_at: int
    removed: int
    freed_bytes: int
    unfinished_removed: int
    is_dry_run: bool

    def as_document(self) -> dict[str, Any]:
        return asdict(self)


def sweep_blobs(
    owner: str, *, database: Database, blobs: BlobStore, dry_run: bool = False, now: datetime | None = None
) -> SweepReport:
    """Remove blobs older than a day that no row points to; with ``dry_run`` only count them."""
    oldest_spared = (now or datetime.now(UTC)) - SPARED
    looked_at = removed = freed = 0
    for batch in _batches(blobs):
        looked_at += len(batch)
        old = {blob.sha256: blob for blob in batch if blob.stored_at < oldest_spared}
        if not old:
            continue
        with database.transaction(owner) as records:
            orphans = records.blobs.unreferenced(list(old))
        removed += len(orphans)
        freed += sum(old[sha256].size_bytes for sha256 in orphans)
        if not dry_run:
            blobs.delete(orphans, untouched_for=SPARED)
    return SweepReport(
        looked_at=looked_at,
        removed=removed,
        freed_bytes=freed,
        unfinished_removed=0 if dry_run else blobs.sweep_unfinished(SPARED),
        is_dry_run=dry_run,
    )


def _batches(blobs: BlobStore) -> Iterator[list[StoredBlob]]:
    batch: list[StoredBlob] = []
    for blob in blobs.list():
        batch.append(blob)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
