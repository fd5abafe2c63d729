"""Errors of Dagster's own storage in refpipe's words.

Belongs here: telling a database that was lost, or has no room, from a fault of ours. Does not: what is done then.

Dagster tries again for some seconds before it gives up, and then says only that it tried too often; the reason
lies in the chain of causes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from refpipe.domain.errors import RefpipeError, RetryableFailureError, StorageFullError

_DISK_FULL = "53100"
_KEPT = "what was made until then is kept, run again to go on"


@contextmanager
def storage_errors_in_our_words() -> Iterator[None]:
    """Raises RetryableFailureError for a storage that was lost, StorageFullError for one without room."""
    from dagster_postgres.utils import DagsterPostgresException
    from sqlalchemy.exc import InterfaceError, OperationalError

    try:
        yield
    except RefpipeError:
        raise
    except (OperationalError, InterfaceError, DagsterPostgresException) as error:
        raise _in_our_words(error) from error


def _in_our_words(error: BaseException) -> RefpipeError:
    causes = list(_chain(error))
    ours = next((cause for cause in causes if isinstance(cause, RefpipeError)), None)
    if ours is not None:  # the work had come to an end before, and Dagster could not even note that
        return ours
    if any(getattr(cause, "pgcode", None) == _DISK_FULL for cause in causes):
        return StorageFullError(f"the database has no room left; free some room; {_KEPT}")
    said = next((line for cause in reversed(causes) for line in str(cause).splitlines() if line.strip()), "")
    return RetryableFailureError(f"the database was stopped or lost in the middle of the run ({said.strip()}); {_KEPT}")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it came from, and so on to the first."""
    at: BaseException | None = error
    while at is not None:
        yield at
        orig = getattr(at, "orig", None)
        if isinstance(orig, BaseException) and at.__cause__ is not orig:
            yield orig
        at = at.__cause__ or at.__context__
