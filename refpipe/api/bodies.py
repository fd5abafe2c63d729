"""What a verb was given: a JSON document that names held media by hash, or a form that brings files along.

Belongs here: reading both into one value, and what is wrong with them. Does not: what a verb does with it.

A form has its document in the part ``request`` (it may be left out) and files in parts that the verb names. Files are
spooled to disk as they come in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

from refpipe.api.problems import InvalidRequestError, TooLargeError, WrongJsonError, WrongMediaTypeError

Asked = TypeVar("Asked", bound=BaseModel)

JSON, FORM = "application/json", "multipart/form-data"
DOCUMENT_PART = "request"
MOST_DOCUMENT_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that came along. ``name`` is what its sender calls it."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sent(Generic[Asked]):
    """A request: what is asked, and the files that came along by the name of their part."""

    asked: Asked
    files: Mapping[str, Sequence[SentFile]]

    def only(self, part: str) -> SentFile | None:
        """The one file of a part, None when there is none."""
        return next(iter(self.files.get(part, ())), None)


def media_type_of(request: Request) -> str:
    """The body's media type without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_sent(request: Request, kind: type[Asked], *, parts: Mapping[str, int], most_bytes: int) -> Sent[Asked]:
    """The request. ``parts`` say how many files each part may have, ``most_bytes`` how long one may be.

    Raises WrongMediaTypeError, WrongJsonError, TooLargeError or InvalidRequestError naming what is wrong.
    """
    media_type = media_type_of(request)
    if media_type == JSON:
        return Sent(_document(kind, await read_raw(request, most_bytes=MOST_DOCUMENT_BYTES)), {})
    if media_type != FORM:
        raise WrongMediaTypeError(f"send {JSON}, or {FORM} with files", field="content-type")
    # as many files more as are needed to say what is wrong
    async with request.form(max_files=sum(parts.values()) + 1, max_fields=4, max_part_size=MOST_DOCUMENT_BYTES) as form:
        given = form.get(DOCUMENT_PART, "{}")
        text = await _read(given, DOCUMENT_PART, MOST_DOCUMENT_BYTES) if isinstance(given, UploadFile) else given
        return Sent(_document(kind, text), await _files(form, parts, most_bytes))


async def read_files(request: Request, part: str, *, most: int, most_bytes: int) -> list[SentFile]:
    """The files of a form that has nothing else. Raises as ``read_sent`` does, InvalidRequestError for none."""
    async with request.form(max_files=most + 1, max_fields=1, max_part_size=MOST_DOCUMENT_BYTES) as form:
        files = (await _files(form, {part: most}, most_bytes)).get(part, [])
    if not files:
        raise InvalidRequestError([(part, "is missing")])
    return files


async def read_raw(request: Request, *, most_bytes: int) -> bytes:
    """The whole body, refused as soon as it is too long. Raises TooLargeError."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            raise TooLargeError(f"has more than the {most_bytes / 2**20:.1f} MiB that are taken", field="body")
    return bytes(body)


def _document(kind: type[Asked], text: str | bytes) -> Asked:
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        raise WrongJsonError(str(found[0]["msg"]), field="body")
    raise InvalidRequestError([_fault(each) for each in found])


def _fault(error: Any) -> tuple[str, str]:
    place = ".".join(str(part) for part in error["loc"]) or "body"
    return place, str(error["msg"]).removeprefix("Value error, ")


async def _files(form: FormData, parts: Mapping[str, int], most_bytes: int) -> dict[str, list[SentFile]]:
    files: dict[str, list[SentFile]] = {}
    for part, value in form.multi_items():
        if part == DOCUMENT_PART:
            continue
        if part not in parts:
            names = ", ".join((DOCUMENT_PART, *parts))
            raise InvalidRequestError([(part, f"is no part of this form; there are {names}")])
        if not isinstance(value, UploadFile):
            raise InvalidRequestError([(part, "is not sent as a file: a file name is needed")])
        mine = files.setdefault(part, [])
        if len(mine) == parts[part]:
            raise InvalidRequestError([(part, f"comes more than {parts[part]} times")])
        mine.append(SentFile(value.filename or part, await _read(value, part, most_bytes)))
    return files


async def _read(file: UploadFile, part: str, most_bytes: int) -> bytes:
    if (file.size or 0) > most_bytes:
        size_mib, most_mib = (file.size or 0) / 2**20, most_bytes / 2**20
        raise TooLargeError(f"has {size_mib:.1f} MiB; at most {most_mib:.1f} MiB are taken", field=part)
    return await file.read()
