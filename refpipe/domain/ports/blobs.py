"""Bytes kept by their hash.

Belongs here: the blob store and what it says of a blob. Does not: rows that point to blobs (records).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BlobRef:
    """A stored blob: its content hash names it."""

    sha256: str
    size_bytes: int
    media_type: str


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A blob as a listing of the store shows it."""

    sha256: str
    size_bytes: int
    stored_at: datetime


class BlobStore(Protocol):
    """Content-addressed, immutable blobs. Writes are atomic; a put that returned has reached the disk."""

    def put(self, data: bytes, media_type: str) -> BlobRef:
        """Store the bytes once, whoever else is storing them. Raises StorageFullError."""
        ...

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their hash. Raises NotFoundError, PermanentFailureError when damaged."""
        ...

    def exists(self, sha256: str) -> bool: ...

    def list(self) -> Iterator[StoredBlob]: ...

    def delete(self, sha256s: Iterable[str], *, untouched_for: timedelta | None = None) -> set[str]:
        """Remove blobs that are there; the hashes of those removed.

        With ``untouched_for``, one that was put within that time stays: putting bytes that are there
        already counts as putting them now, so that a writer never loses them to a sweep.
        """
        ...

    def where(self, sha256: str) -> str:
        """A path or URL for people; the object need not be readable by them."""
        ...

    def sweep_unfinished(self, older_than: timedelta) -> int:
        """Remove leftovers of writes that never ended; the number removed."""
        ...
