"""A folder on this machine that an export is written to.

Belongs here: whole files or none, and the system's errors in words. Does not: what is written (services).
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from refpipe.domain.errors import RefpipeError, RefusedInputError, StorageFullError

_UNFINISHED = ".refpipe-unfinished"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class LocalExportFolder:
    """Implements services.export_set.ExportFolder. The folder is made with the first file."""

    def __init__(self, path: Path) -> None:
        self._path = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - links stay as they were written

    @property
    def where(self) -> str:
        return str(self._path)

    def names(self) -> set[str]:
        """What lies in the folder, leftovers of broken-off writes aside. Raises RefusedInputError."""
        try:
            return {entry.name for entry in self._path.iterdir() if not entry.name.endswith(_UNFINISHED)}
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise self._error(error) from error

    def read(self, name: str) -> bytes | None:
        """A file's bytes, None where there is none. Raises RefusedInputError."""
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._error(error) from error

    def write(self, name: str, data: bytes) -> None:
        """Write beside the file, then rename: nobody sees half of it. Raises StorageFullError, RefusedInputError."""
        unfinished = self._path / f".{name}{_UNFINISHED}"
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            try:
                with unfinished.open("wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                unfinished.replace(self._path / name)
            finally:
                unfinished.unlink(missing_ok=True)
        except OSError as error:
            raise self._error(error) from error

    def remove(self, name: str) -> None:
        try:
            (self._path / name).unlink(missing_ok=True)
        except OSError as error:
            raise self._error(error) from error

    def _error(self, error: OSError) -> RefpipeError:
        if error.errno in _FULL:
            return StorageFullError(
                f"there is no room left for {self._path}: free some, then export again (what is there already is kept)"
            )
        reason = "is a file, not a folder" if error.errno == errno.ENOTDIR else f"cannot be used: {error.strerror}"
        return RefusedInputError(f"{self._path} {reason}", field="to")
