"""Labelled pairs in files: the table that comes with the shipped model, and pictures of one's own.

Belongs here: both forms of CSV, and what is wrong in which line. Does not: features, fits.

The table has a line for each comparison: ``view_bin, kind, similarity, held_out`` (other columns are left aside). One's
own file has a line for each pair of pictures: ``picture_a, picture_b, same`` (1 or 0), then ``view`` (front,
three_quarter, profile, back, detail) or ``azimuth`` (degrees from the front, the sign says the side), and if wanted
``kind`` for the pairs that are not the same (other, same_build, same_clothes, mirrored). Pictures lie beside the file.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Iterator, Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from refpipe.domain.calibrating import LabelledPair
from refpipe.domain.camera import ViewBin, view_bin
from refpipe.domain.consistency import PairKind
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.labelled_pictures import PicturePair

_TRUE, _FALSE = ("1", "true", "yes"), ("0", "false", "no")
_MOST_BYTES = 512 * 1024 * 1024
TABLE_COLUMNS = ("view_bin", "kind", "similarity", "held_out")
OWN_COLUMNS = ("picture_a", "picture_b", "same")


def read_pair_table(path: Path) -> list[LabelledPair]:
    """The comparisons of a table, plain or gzipped. Raises RefusedInputError naming file and line."""
    return [_comparison(row, path, line) for line, row in _rows(path, TABLE_COLUMNS)]


def read_labelled_pictures(path: Path) -> list[PicturePair]:
    """Pairs of pictures by their paths as written. Raises RefusedInputError naming file and line."""
    found = [_pair(row, path, line) for line, row in _rows(path, OWN_COLUMNS)]
    if not found:
        raise RefusedInputError("holds no pairs", source=str(path))
    return found


def read_picture(path: Path) -> bytes:
    """The bytes of one's own picture. Raises RefusedInputError where they cannot be read."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise RefusedInputError("is too large", source=str(path))
        return path.read_bytes()
    except OSError as error:
        raise RefusedInputError(f"cannot be read: {error.strerror or error}", source=str(path)) from None


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Line number and fields, stripped."""
    try:
        with _opened(path) as stream:
            reader = csv.DictReader(stream)
            absent = [name for name in needed if name not in (reader.fieldnames or ())]
            if absent:
                raise RefusedInputError(f"has no column {', '.join(absent)}", source=str(path))
            for row in reader:
                yield reader.line_num, {name: (value or "").strip() for name, value in row.items() if name}
    except OSError as error:
        raise RefusedInputError(f"cannot be read: {error.strerror or error}", source=str(path)) from None
    except (UnicodeDecodeError, csv.Error, EOFError) as error:
        raise RefusedInputError(f"is no CSV file: {error}", source=str(path)) from None


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return TextIOWrapper(gzip.open(path), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _comparison(row: Mapping[str, str], path: Path, line: int) -> LabelledPair:
    similarity = _number(row["similarity"], "similarity", path, line)
    if not -1.001 <= similarity <= 1.001:
        raise _fault(f"{similarity:g} is no cosine", "similarity", path, line)
    return LabelledPair(
        view=_view(row["view_bin"], "view_bin", path, line),
        kind=_kind(row["kind"], path, line),
        cosine=similarity,
        is_held_out=_truth(row["held_out"], "held_out", path, line),
    )


def _pair(row: Mapping[str, str], path: Path, line: int) -> PicturePair:
    names = [row[name] for name in ("picture_a", "picture_b")]
    if not all(names):
        raise _fault("names no picture", "picture_a" if not names[0] else "picture_b", path, line)
    is_same = _truth(row["same"], "same", path, line)
    kind = _kind(row["kind"], path, line) if row.get("kind") else (PairKind.SAME if is_same else PairKind.OTHER)
    if is_same != (kind is PairKind.SAME):
        raise _fault(f"{kind.value} does not go with same={row['same']}", "kind", path, line)
    return PicturePair(names[0], names[1], _view_of(row, path, line), kind)


def _view_of(row: Mapping[str, str], path: Path, line: int) -> ViewBin:
    named = row.get("view") or row.get("view_bin")
    if named:
        return _view(named, "view", path, line)
    angle = row.get("azimuth") or row.get("azimuth_deg")
    if not angle:
        raise _fault("says neither view nor azimuth", "view", path, line)
    return view_bin(_number(angle, "azimuth", path, line))


def _view(text: str, field: str, path: Path, line: int) -> ViewBin:
    try:
        return ViewBin(text.lower().replace("-", "_"))
    except ValueError:
        raise _fault(f"{text!r} is none of {', '.join(ViewBin)}", field, path, line) from None


def _kind(text: str, path: Path, line: int) -> PairKind:
    try:
        return PairKind(text.lower())
    except ValueError:
        raise _fault(f"{text!r} is none of {', '.join(PairKind)}", "kind", path, line) from None


def _truth(text: str, field: str, path: Path, line: int) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise _fault(f"{text!r} is neither 1 nor 0", field, path, line)
    return text.lower() in _TRUE


def _number(text: str, field: str, path: Path, line: int) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _fault(f"{text!r} is no number", field, path, line)
    return number


def _fault(reason: str, field: str, path: Path, line: int) -> RefusedInputError:
    return RefusedInputError(reason, field=f"line {line}, {field}", source=str(path))
