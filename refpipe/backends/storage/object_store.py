"""What local and S3 blob stores share: reading, listing, removing, and errors in refpipe's words.

Belongs here: everything that obstore does alike for both. Does not: how a write reaches the disk, or
how to tell that a blob was put again a moment ago (local, s3).
"""

from __future__ import annotations

import errno
import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice

import obstore
from obstore import exceptions as obstore_errors
from obstore.store import ObjectStore

from refpipe.backends.storage.blob_keys import ROOT, blob_key, sha256_of_key
from refpipe.domain.errors import (
    NotFoundError,
    NotSetUpError,
    PermanentFailureError,
    RefpipeError,
    RetryableFailureError,
    StorageFullError,
)
from refpipe.domain.ports import BlobRef, StoredBlob

LISTED_AT_ONCE = 1000
DELETED_AT_ONCE = 1000
"""As many as one S3 request lists or deletes."""

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_OS_ERROR = re.compile(r"os error (\d+)")
_NO_BUCKET = re.compile(r"<Code>NoSuchBucket</Code>(?:.*?<BucketName>([^<]*)</BucketName>)?", re.DOTALL)
_NOT_REACHED = re.compile(r"error sending request|Connect(?:ion)? ?(?:refused|Error)|dns error", re.IGNORECASE)
_NO_ROOM_CODES = re.compile(r"<Code>(?:XMinioStorageFull|QuotaExceeded|InsufficientStorage)</Code>|507 Insufficient")


class ObjectBlobStore(ABC):
    """A blob store over one obstore store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def check(self) -> None:
        """Look whether the store answers. Raises NotSetUpError where its bucket is missing, RetryableFailureError."""
        with errors_in_our_words("its list of blobs"):
            next(iter(obstore.list(self._store, prefix=ROOT, chunk_size=1)), None)

    @abstractmethod
    def where(self, sha256: str) -> str:
        """A path or URL for people."""

    @abstractmethod
    def sweep_unfinished(self, older_than: timedelta) -> int:
        """Remove leftovers of writes that never ended; the number removed."""

    @abstractmethod
    def _write(self, key: str, data: bytes) -> None:
        """Make the object exist with these bytes, durable and counted as put just now."""

    @abstractmethod
    def _remove(self, keys: Sequence[str], untouched_for: timedelta | None) -> Sequence[str]:
        """Remove those of the keys that are there and, if asked, that nobody put within that time; those removed."""

    def put(self, data: bytes, media_type: str) -> BlobRef:
        """Store the bytes once, whoever else is storing them.

        Bytes that are there already count as put just now, so that a sweep spares them. Raises
        StorageFullError (nothing is half stored), RetryableFailureError or NotSetUpError.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        with errors_in_our_words(self.where(sha256)):
            self._write(blob_key(sha256), data)
        return BlobRef(sha256, len(data), media_type)

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their hash. Raises NotFoundError, PermanentFailureError when damaged."""
        key = blob_key(sha256)
        with errors_in_our_words(f"blob {sha256}"):
            data = obstore.get(self._store, key).bytes().to_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise PermanentFailureError(f"blob {sha256} is damaged: its bytes do not match its hash")
        return data

    def exists(self, sha256: str) -> bool:
        """Whether such a blob is stored; its bytes are not read."""
        try:
            with errors_in_our_words(f"blob {sha256}"):
                obstore.head(self._store, blob_key(sha256))
        except NotFoundError:
            return False
        return True

    def list(self) -> Iterator[StoredBlob]:
        """Every blob, as the store hands them out, in no particular order; strangers are passed over."""
        with errors_in_our_words("the list of blobs"):
            for part in obstore.list(self._store, prefix=ROOT, chunk_size=LISTED_AT_ONCE):
                for found in part:
                    sha256 = sha256_of_key(found["path"])
                    if sha256 is not None:
                        yield StoredBlob(sha256, found["size"], found["last_modified"])

    def delete(self, sha256s: Iterable[str], *, untouched_for: timedelta | None = None) -> set[str]:
        """Remove blobs; the hashes of those removed. One that is not there is passed over.

        With ``untouched_for``, one that was put (again) within that time stays.
        """
        removed: set[str] = set()
        asked = iter(sha256s)
        while batch := {blob_key(sha256): sha256 for sha256 in islice(asked, DELETED_AT_ONCE)}:
            with errors_in_our_words("the blobs to delete"):
                removed.update(batch[key] for key in self._remove(tuple(batch), untouched_for))
        return removed


@contextmanager
def errors_in_our_words(what: str) -> Iterator[None]:
    """Turn errors of obstore and the operating system into refpipe's."""
    try:
        yield
    except RefpipeError:
        raise
    except FileNotFoundError as error:
        if bucket := _NO_BUCKET.search(str(error)):
            raise _no_bucket(bucket) from error
        raise NotFoundError(f"{what} is not in the store") from error
    except (PermissionError, obstore_errors.PermissionDeniedError, obstore_errors.UnauthenticatedError) as error:
        raise NotSetUpError(
            f"the blob store refused access to {what}: {_first_line(error)}",
            remedy="Check the store's credentials, or who may write in its directory.",
        ) from error
    except (obstore_errors.BaseError, OSError) as error:
        raise _translated(what, error) from error


def _translated(what: str, error: Exception) -> RefpipeError:
    text = str(error)
    number = error.errno if isinstance(error, OSError) else None
    # obstore has no type of its own for a full disk: the number stands in the text
    if bucket := _NO_BUCKET.search(text):
        return _no_bucket(bucket)
    numbers = {int(found) for found in _OS_ERROR.findall(text)} | ({number} if number else set())
    if numbers & NO_ROOM or _NO_ROOM_CODES.search(text):
        return StorageFullError(f"no room to store {what}; free some room, then run again")
    if _NOT_REACHED.search(text):
        return RetryableFailureError(
            f"the blob store cannot be reached for {what}; check the network and REFPIPE_STORE__ENDPOINT, "
            "then run again"
        )
    return RetryableFailureError(f"the blob store failed at {what}: {_first_line(error)}")


def _no_bucket(found: re.Match[str]) -> NotSetUpError:
    name = f" {found[1]}" if found[1] else ""
    return NotSetUpError(
        f"the blob store has no bucket{name}", remedy="Make it, or name another one in REFPIPE_STORE__BUCKET."
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
