"""What OpenAI's client raises, told apart by what the ledger should do next (R-PLAT-5).

Belongs here: its errors to ours. Does not: any call.
"""

from __future__ import annotations

from typing import Any

from refpipe.domain.errors import (
    NotCreatedError,
    NotSetUpError,
    PermanentFailureError,
    RateLimitedError,
    RefpipeError,
    RetryableFailureError,
)

KEY_REMEDY = "Set REFPIPE_OPENAI_API_KEY to a key that may use the model, or REFPIPE_ROLES__ANALYSIS=previs."
_NEVER_REACHED = ("ConnectError", "ConnectTimeout", "PoolTimeout")
_LONGEST_TEXT = 300


def as_ours(error: Exception) -> RefpipeError:
    """Ours for one of the client's. What may have been begun is a RetryableFailureError: in doubt."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return _of_status(error)
    if isinstance(error, openai.APIConnectionError):
        if type(error.__cause__).__name__ in _NEVER_REACHED:
            return NotCreatedError("the provider was not reached")
        is_late = isinstance(error, openai.APITimeoutError)
        return RetryableFailureError("the provider did not answer in time" if is_late else "the connection broke off")
    return RetryableFailureError(f"what the provider answered was not understood: {type(error).__name__}")


def _of_status(error: Any) -> RefpipeError:
    status, said = int(error.status_code), _said(error)
    if status == 429:
        if error.code == "insufficient_quota":
            return NotSetUpError(f"the provider's account has no credit left: {said}", remedy="Top it up there.")
        return RateLimitedError(f"the provider asks to wait: {said}", retry_after_s=_retry_after(error))
    if status in {401, 403}:
        return NotSetUpError(f"the provider refuses the key (HTTP {status}): {said}", remedy=KEY_REMEDY)
    if status == 404:
        remedy = "Set REFPIPE_OPENAI__ANALYSIS_MODEL to one that the key may use."
        return NotSetUpError(f"the provider has no such model: {said}", remedy=remedy)
    if status < 500 and status not in {408, 409}:
        return PermanentFailureError(f"the provider refuses the request (HTTP {status}): {said}")
    return RetryableFailureError(f"the provider failed (HTTP {status}): {said}")


def _said(error: Any) -> str:
    """The provider's own words, without the request."""
    body = error.body if isinstance(error.body, dict) else {}
    words = str(body.get("message") or "no reason given")
    return " ".join(words.split())[:_LONGEST_TEXT]


def _retry_after(error: Any) -> float | None:
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < 3600 else None
