"""Blobs in a local directory.

Belongs here: what makes a local write durable and safe beside a sweep. Does not: what S3 shares with it.

obstore writes a hidden file (``name#1``) and links it into place, so that nobody sees a torn object;
it does not call fsync, and after a power cut a linked file may be empty. Therefore the file and its
directories are synced here, and bytes found in place are compared before they are believed.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore

from refpipe.backends.storage.blob_keys import ROOT, blob_key, is_unfinished
from refpipe.backends.storage.object_store import ObjectBlobStore, errors_in_our_words
from refpipe.domain.errors import NotSetUpError

_LOCK_FILE = ".blobs.lock"


class LocalBlobStore(ObjectBlobStore):
    """Blobs below a directory, which is made where it is missing.

    Raises NotSetUpError where the directory cannot be made or written to.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            (self._directory / _LOCK_FILE).touch()
        except OSError as error:
            raise NotSetUpError(
                f"blobs cannot lie in {self._directory}: {error.strerror}",
                remedy="Choose another directory with REFPIPE_STORE__PATH, or make this one writable.",
            ) from error
        super().__init__(LocalStore(self._directory))
        self._lasting_directories: set[Path] = set()
        """Directories whose own name has reached the disk."""

    def where(self, sha256: str) -> str:
        """The blob's path."""
        return str(self._path(blob_key(sha256)))

    def sweep_unfinished(self, older_than: timedelta) -> int:
        """Remove leftovers of writes that were killed; the number removed."""
        latest = time.time() - older_than.total_seconds()
        removed = 0
        with errors_in_our_words("the leftovers of unfinished writes"):
            for parent, _, file_names in os.walk(self._directory / ROOT):
                for name in filter(is_unfinished, file_names):
                    leftover = Path(parent, name)
                    with suppress(FileNotFoundError):  # its writer has ended after all
                        if leftover.stat().st_mtime <= latest:
                            leftover.unlink()
                            removed += 1
        return removed

    def _path(self, key: str) -> Path:
        return self._directory / key

    def _write(self, key: str, data: bytes) -> None:
        path = self._path(key)
        with self._lock(fcntl.LOCK_SH):
            try:
                obstore.put(self._store, key, data, mode="create", use_multipart=False)
            except AlreadyExistsError:
                if path.read_bytes() != data:
                    obstore.put(self._store, key, data, mode="overwrite", use_multipart=False)
                os.utime(path)
            # also when another writer put it: this put promises that the bytes have reached the disk
            _sync(path)
            self._sync_directories(path.parent)

    def _sync_directories(self, lowest: Path) -> None:
        _sync(lowest)
        directory = lowest
        while directory != self._directory and directory not in self._lasting_directories:
            _sync(directory.parent)
            self._lasting_directories.add(directory)
            directory = directory.parent

    def _remove(self, keys: Sequence[str], untouched_for: timedelta | None) -> Sequence[str]:
        removed = []
        # without the lock a put could find the blob in place just before it goes
        with self._lock(fcntl.LOCK_EX):
            latest = None if untouched_for is None else time.time() - untouched_for.total_seconds()
            for key in keys:
                path = self._path(key)
                with suppress(FileNotFoundError):
                    if latest is None or path.stat().st_mtime <= latest:
                        path.unlink()
                        removed.append(key)
        return removed

    @contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        """Hold the store's lock: shared for puts, alone for removals. The kernel frees it when a process dies."""
        descriptor = os.open(self._directory / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, kind)
            yield
        finally:
            os.close(descriptor)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
