"""The key under which a blob lies: ``blobs/ab/cd/<sha256>``.

Belongs here: keys built and read. Does not: stores.
"""

from __future__ import annotations

import re

from refpipe.domain.keys import check_sha256

ROOT = "blobs"
_KEY = re.compile(rf"{ROOT}/([0-9a-f]{{2}})/([0-9a-f]{{2}})/(\1\2[0-9a-f]{{60}})")
_UNFINISHED = re.compile(r"[0-9a-f]{64}#\d+")


def blob_key(sha256: str) -> str:
    """The key of a blob. Raises RefusedInputError where the hash is none, so that no key leaves its place."""
    check_sha256(sha256)
    return f"{ROOT}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def sha256_of_key(key: str) -> str | None:
    """The hash a key names, or None for an object that is no blob."""
    match = _KEY.fullmatch(key)
    return match[3] if match else None


def is_unfinished(file_name: str) -> bool:
    """Whether a local file is the leftover of a write that never ended."""
    return _UNFINISHED.fullmatch(file_name) is not None
