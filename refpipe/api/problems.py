"""What went wrong, as a document: problem+json (RFC 9457) with a stable code and the request's id.

Belongs here: which error is which status, and what of it may be told. Does not: where errors come from.

What was given wrongly is told in full, so that it can be put right. Of what failed inside only the kind is told: words
of a driver or a path are for the log, where the request's id finds them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from refpipe.domain.errors import (
    NotFoundError,
    NotSetUpError,
    RateLimitedError,
    RefpipeError,
    RefusedInputError,
    RetryableFailureError,
)

MEDIA_TYPE = "application/problem+json"
RETRY_SOON_S = 2.0
_log = logging.getLogger(__name__)


class TooLargeError(RefusedInputError):
    """More bytes than are taken."""

    code = "too_large"


class WrongJsonError(RefusedInputError):
    """What should be JSON is not."""

    code = "wrong_json"


class WrongMediaTypeError(RefusedInputError):
    """The body is neither of the forms that this verb takes."""

    code = "wrong_media_type"


class InvalidRequestError(RefusedInputError):
    """The request has not the form that its verb takes; each fault as (field, reason)."""

    code = "invalid_request"

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        self.faults = tuple(faults)
        first_field, first_reason = self.faults[0]
        super().__init__(first_reason, field=first_field)


class MediaNotHeldError(NotFoundError):
    """No media with this hash is held here (any more): upload it again."""

    code = "media_not_held"


class NotReadyError(RateLimitedError):
    """Models are being loaded. Nothing was begun."""

    code = "not_ready"


class AllRefusedError(RefusedInputError):
    """None of the pictures of a request can be used; ``faults`` in their order."""

    def __init__(self, faults: Sequence[RefusedInputError]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(first.reason, field=first.field, source=first.source)


class Fault(BaseModel):
    """One thing that is wrong. ``index`` counts the request's pictures from 0."""

    field: str | None = None
    reason: str
    index: int | None = None


class Problem(BaseModel):
    """What went wrong. ``code`` is stable, the words may change."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:refpipe:problem:refused_input",
                    "title": "Unprocessable Entity",
                    "status": 422,
                    "code": "refused_input",
                    "detail": "picture: is damaged or cut short",
                    "errors": [{"field": "picture", "reason": "is damaged or cut short", "index": 0}],
                    "request_id": "8f0c1a52c6f94c3d9a6f0d1c3f6f2e11",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[Fault] = Field(default_factory=list)


_STATUS_OF_CODE = {"too_large": 413, "wrong_json": 400, "wrong_media_type": 415}
_OF_HTTP = {404: "no_such_page", 405: "wrong_method", 400: "wrong_request"}
_INSIDE = "something failed inside the service; the request's id finds it in the log"
_NOT_SET_UP = "a part of the service is not set up; the request's id finds in the log which one"
_AGAIN = "something that the service needs does not answer now; try again"
_OF_ERROR: Sequence[tuple[type[RefpipeError], int, str | None]] = (
    (RefusedInputError, 422, None),
    (NotFoundError, 404, None),
    (RateLimitedError, 503, None),
    (NotSetUpError, 503, _NOT_SET_UP),
    (RetryableFailureError, 503, _AGAIN),
    (RefpipeError, 500, _INSIDE),
)
"""Kind, status, and what is told in place of the error's own words; the first that fits."""


def problem_of(error: Exception, request_id: str) -> Problem:
    """The document of any error; what is not known is ``unexpected``."""
    status, code, detail = _kind(error)
    faults = _faults(error)
    return Problem(
        type=f"urn:refpipe:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        request_id=request_id,
        errors=faults,
    )


def response_of(error: Exception, request_id: str) -> JSONResponse:
    """The answer to a request that failed; what failed inside goes to the log."""
    problem = problem_of(error, request_id)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, RateLimitedError):
        _log.error("request %s: %s", request_id, problem.code, exc_info=error)
    headers: dict[str, str] = {}
    if isinstance(error, RateLimitedError):
        headers["Retry-After"] = str(max(1, round(error.retry_after_s or RETRY_SOON_S)))
    elif isinstance(error, RetryableFailureError):
        headers["Retry-After"] = str(round(RETRY_SOON_S))
    if isinstance(error, HTTPException) and error.headers:
        headers |= error.headers
    document = problem.model_dump(mode="json", exclude_none=True)
    return JSONResponse(document, status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)


def request_id_of(request: Request) -> str:
    """The id that the request goes by."""
    return str(request.scope.get("refpipe.request_id", ""))


def tell_problems(app: FastAPI) -> None:
    """Have the app answer with problems whatever goes wrong on purpose; the rest is caught outside of it."""

    async def tell(request: Request, error: Exception) -> JSONResponse:
        return response_of(error, request_id_of(request))

    for kind in (RefpipeError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, tell)


PROBLEM_RESPONSES: Mapping[int | str, dict[str, Any]] = {
    status: {"description": words, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status, words in {
        "400": "What should be JSON or a form is not.",
        "404": "No such character, or media that is not held here.",
        "413": "More bytes than are taken.",
        "415": "Neither JSON nor a form.",
        "422": "What was given cannot be used; each fault is named.",
        "503": "Busy, or still loading models: try again after Retry-After.",
    }.items()
}


def _kind(error: Exception) -> tuple[int, str, str]:
    """Status, code and what may be told."""
    if isinstance(error, RequestValidationError):
        return 422, "invalid_request", "the request is not of the form that this verb takes"
    if isinstance(error, HTTPException):
        return error.status_code, _OF_HTTP.get(error.status_code, "http_error"), str(error.detail)
    for kind, status, told in _OF_ERROR:
        if isinstance(error, kind):
            return _STATUS_OF_CODE.get(error.code, status), error.code, told or str(error)
    return 500, "unexpected", _INSIDE


def _faults(error: Exception) -> list[Fault]:
    if isinstance(error, AllRefusedError):
        return [Fault(field=each.field, reason=each.reason, index=at) for at, each in enumerate(error.faults)]
    if isinstance(error, InvalidRequestError):
        return [Fault(field=field, reason=reason) for field, reason in error.faults]
    if isinstance(error, RefusedInputError):
        return [Fault(field=error.field, reason=error.reason)]
    if isinstance(error, RequestValidationError):
        return [Fault(field=".".join(map(str, each["loc"])), reason=str(each["msg"])) for each in error.errors()]
    return []
