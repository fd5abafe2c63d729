"""What Postgres says when it refuses, in refpipe's words.

Belongs here: which error of the driver is which of ours. Does not: why there is no connection at all (connecting),
migrations' own.
"""

from __future__ import annotations

import psycopg
from sqlalchemy.exc import DBAPIError

from refpipe.domain.errors import (
    NotSetUpError,
    PermanentFailureError,
    RefpipeError,
    RefusedInputError,
    RetryableFailureError,
    StorageFullError,
)

# connection lost, server shutting down, too many connections, conflicts between transactions, cancelled
_RETRYABLE = ("08", "57P", "53300", "40001", "40P01", "55P03", "57014")
_NOT_MIGRATED = ("42P01", "42703", "3F000")


def no_connection_free(waited_s: float) -> RetryableFailureError:
    """Every connection of a pool was taken for that long."""
    return RetryableFailureError(f"no connection to the database was free for {waited_s:g} s; run again")


def was_closed(error: psycopg.Error) -> bool:
    """Whether the connection had gone, rather than the statement was refused."""
    return _is_lost(error) or isinstance(error, psycopg.errors.AdminShutdown)


def _is_lost(error: psycopg.Error) -> bool:
    return error.sqlstate is None and isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))


def in_our_words(error: DBAPIError | psycopg.Error) -> RefpipeError:
    """The error as services know it: what to do next is told by its type."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = (cause.sqlstate if isinstance(cause, psycopg.Error) else None) or ""
    said = str(cause).strip().partition("\n")[0]
    was_lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if was_lost or state.startswith(_RETRYABLE) or (isinstance(cause, psycopg.Error) and _is_lost(cause)):
        return RetryableFailureError(f"the database did not answer or was interrupted ({said}); run again")
    if state == "53100":
        return StorageFullError(f"the database has no room left ({said}); free some room, then run again")
    if state in _NOT_MIGRATED:
        return NotSetUpError(
            f"the database is not up to date ({said})",
            remedy="Start refpipe once with `refpipe doctor` or `refpipe up`.",
        )
    if state == "22P05" or (not state and isinstance(cause, psycopg.DataError)):
        return RefusedInputError(f"holds a character that the database does not take: {said}", field="text")
    return PermanentFailureError(f"the database refused a row: {said}")
