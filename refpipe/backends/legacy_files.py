"""Files of old reference shots: JSON lines or CSV with a header, read row by row.

Belongs here: reading such a file without holding it. Does not: what a word means (domain).
The columns are id, owner, name, angle, lens, crop, pack, mode, prompt and, where somebody already
added them, the camera columns; any other column is kept as it is.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.legacy_shots import CAMERA_COLUMNS, CameraColumns, LegacyFault, LegacyRow

_TEXT_COLUMNS = ("name", "angle", "lens", "crop", "pack", "mode", "prompt")
_NUMBER_COLUMNS = ("azimuth_deg", "elevation_deg", "distance_m")
_MAX_ID_LENGTH = 200


def read_legacy_file(path: Path, *, owner: str) -> Iterator[LegacyRow | LegacyFault]:
    """The file's rows one after the other; a row that cannot be read is a fault and the rest goes on.

    ``.jsonl`` and ``.ndjson`` hold one JSON object a line, ``.csv`` a header and rows; an empty CSV
    cell means absent, ``0`` is a value. Rows of another owner are refused. Raises RefusedInputError
    for any other kind of file, or one without an id column.
    """
    readers = {".jsonl": _json_lines, ".ndjson": _json_lines, ".csv": _csv_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise RefusedInputError("is none of .jsonl, .ndjson, .csv", source=path.name)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        try:
            for line, record in reader(stream, path.name):
                yield record if isinstance(record, LegacyFault) else _row(record, owner=owner, place=f"line {line}")
        except (UnicodeDecodeError, csv.Error) as error:
            raise RefusedInputError(f"cannot be read on: {error}", source=path.name) from error


_Records = Iterator[tuple[int, Mapping[str, Any] | LegacyFault]]


def _json_lines(stream: IO[str], source: str) -> _Records:
    del source
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            yield number, LegacyFault(id=f"line {number}", reason=f"is no JSON: {error}")
            continue
        is_object = isinstance(record, dict)
        yield number, record if is_object else LegacyFault(id=f"line {number}", reason="is no JSON object")


def _csv_rows(stream: IO[str], source: str) -> _Records:
    reader = csv.DictReader(stream)
    if "id" not in (reader.fieldnames or ()):
        raise RefusedInputError("has no column id in its first line", source=source)
    for record in reader:
        if None in record:
            yield reader.line_num, LegacyFault(id=f"line {reader.line_num}", reason="has more cells than the header")
            continue
        yield reader.line_num, {column: value for column, value in record.items() if value not in {"", None}}


def _row(record: Mapping[str, Any], *, owner: str, place: str) -> LegacyRow | LegacyFault:
    row_id = _text(record.get("id"))
    if not row_id or len(row_id) > _MAX_ID_LENGTH or "\x00" in row_id:
        return LegacyFault(id=place, reason="id: is missing or no short text")
    stated_owner = _text(record.get("owner"))
    if stated_owner not in {None, owner}:
        return LegacyFault(id=row_id, reason=f"owner: belongs to {stated_owner!r}, not to {owner!r}")
    known = {"id", "owner", *_TEXT_COLUMNS, *CAMERA_COLUMNS}
    try:
        texts = {column: _text(record.get(column)) for column in _TEXT_COLUMNS}
        other = {column: value for column, value in record.items() if column not in known}
        camera = _camera(record)
        _refuse_unstorable(record)
        return LegacyRow(id=row_id, **texts, other=other, camera=camera)
    except RefusedInputError as error:
        return LegacyFault(id=row_id, reason=str(error))


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else json.dumps(value)


def _refuse_unstorable(record: Mapping[str, Any]) -> None:
    # what Postgres keeps neither in text nor in JSON; said here, it costs one row and not its batch
    try:
        text = json.dumps(record, ensure_ascii=False, allow_nan=False)
        text.encode()
    except ValueError as error:
        raise RefusedInputError(f"cannot be stored: {error}") from error
    if "\\u0000" in text:
        raise RefusedInputError("holds a NUL character")


def _camera(record: Mapping[str, Any]) -> CameraColumns:
    numbers = {column: _number(record.get(column), column) for column in _NUMBER_COLUMNS}
    priority = _number(record.get("priority"), "priority")
    if priority is not None and not priority.is_integer():
        raise RefusedInputError("is no whole number", field="priority")
    scenes = record.get("scene_types")
    return CameraColumns(
        **numbers,
        priority=None if priority is None else int(priority),
        when_to_use=_text(record.get("when_to_use")),
        scene_types=None if scenes is None else _scenes(scenes),
    )


def _number(value: Any, column: str) -> float | None:
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or abs(number) > 1e6:
        raise RefusedInputError(f"{value!r} is no number", field=column)
    return number


def _scenes(value: Any) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise RefusedInputError("is no list of words", field="scene_types")
    return tuple(part.strip() for part in parts if part.strip())
