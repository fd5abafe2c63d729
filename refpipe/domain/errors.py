"""The ways in which work can go wrong, told apart by what the caller should do next.

Belongs here: error types with a stable code. Does not: the handling of them (faces decide on
exit codes and HTTP statuses).
"""

from __future__ import annotations

import errno


class RefpipeError(Exception):
    """Base of every error that refpipe raises on purpose. ``code`` is stable; the text is for people."""

    code = "error"


class RefusedInputError(RefpipeError):
    """What was given cannot be used; nothing was stored. Name the field and the reason."""

    code = "refused_input"

    def __init__(self, reason: str, *, field: str | None = None, source: str | None = None) -> None:
        self.reason = reason
        self.field = field
        self.source = source
        super().__init__(": ".join(part for part in (source, field, reason) if part))


class InvalidSheetError(RefusedInputError):
    """A sheet with one or more faults, each as (field, reason)."""

    code = "invalid_sheet"

    def __init__(self, faults: tuple[tuple[str, str], ...], *, source: str | None = None) -> None:
        self.faults = faults
        first_field, first_reason = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(first_reason + more, field=first_field, source=source)


class NotFoundError(RefpipeError):
    """The named thing does not exist for this owner."""

    code = "not_found"


class NotSetUpError(RefpipeError):
    """A part that was asked for is not installed, configured or built; ``remedy`` says what to do."""

    code = "not_set_up"

    def __init__(self, what: str, *, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}. {remedy}")


class PermanentFailureError(RefpipeError):
    """Trying the same again will fail the same way."""

    code = "permanent_failure"


class PaidFailureError(PermanentFailureError):
    """It was done and paid for, and what came cannot be used. Asking again costs again."""

    code = "paid_failure"

    def __init__(self, message: str, *, spent_usd: float) -> None:
        self.spent_usd = spent_usd
        super().__init__(message)


class RetryableFailureError(RefpipeError):
    """May succeed when tried again unchanged (a lost connection, a busy server)."""

    code = "retryable_failure"


class StorageFullError(RetryableFailureError):
    """No room left on the device; nothing was half stored. Free some room, then run again."""

    code = "storage_full"


class RateLimitedError(RetryableFailureError):
    """The other side asks to wait, and created nothing. ``retry_after_s`` is its own word, None when it gave none."""

    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class NotCreatedError(RetryableFailureError):
    """The other side was not reached or turned the call away: surely nothing was created there, nothing is paid."""

    code = "not_created"


class LeaseLostError(RetryableFailureError):
    """Somebody else works on this generation now: whoever had it before must not write or call any more."""

    code = "lease_lost"


def of_os_error(error: OSError) -> RefpipeError | None:
    """What the system said of a file, where that tells what to do next: free some room, or write elsewhere."""
    place = error.filename if isinstance(error.filename, str) else "the disk"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFullError(
            f"no room left on {place}; free some room, then run again to go on (what was made until then is kept)"
        )
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return NotSetUpError(
            f"{place} cannot be written: {error.strerror}",
            remedy="Run as the user who owns it, or set REFPIPE_HOME to a directory that this user may write in.",
        )
    return None
