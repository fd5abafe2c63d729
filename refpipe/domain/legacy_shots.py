"""Reference shots of the old shape: their words, their rows, and what the new columns become.

Belongs here: the mapping from old words to new ones, which rows it fills and what it remembers for
the way back, and the port to the rows. Does not: reading files or tables.
Source: specification, shots.md, R-SHOT-8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from refpipe.domain import shot_derivation as derive
from refpipe.domain.camera import Crop
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.shots import Mode, Pack

_ANGLES = {
    "3q_left": "three_quarter_left",
    "3q_right": "three_quarter_right",
    "3_4_left": "three_quarter_left",
    "3_4_right": "three_quarter_right",
    "left_profile": "profile_left",
    "right_profile": "profile_right",
    "rear": "back",
}
_CROPS = {
    "3q": "three_quarter",
    "3_4": "three_quarter",
    "full_body": "full",
    "medium_close_up": "mcu",
    "close_up": "cu",
    "closeup": "cu",
    "hand": "hands",
}
_PACKS = {"addon": "coverage", "add_on": "coverage"}
_MODES = {"action": "action_body", "body": "action_body"}


def _modern(word: str, old_words: Mapping[str, str]) -> str:
    plain = re.sub(r"[\s/-]+", "_", word.strip().lower())
    return old_words.get(plain, plain)


def modern_angle(word: str) -> str:
    """The present name of an angle (``3q_left`` → ``three_quarter_left``); unknown words come back plain."""
    return _modern(word, _ANGLES)


def modern_crop(word: str) -> str:
    """The present name of a crop (``3q`` → ``three_quarter``); unknown words come back plain."""
    return _modern(word, _CROPS)


def modern_pack(word: str) -> str:
    """The present name of a pack (``addon`` → ``coverage``); unknown words come back plain."""
    return _modern(word, _PACKS)


def modern_mode(word: str) -> str:
    """The present name of a mode (``Action/Body`` → ``action_body``); unknown words come back plain."""
    return _modern(word, _MODES)


_LENS = re.compile(r"(\d+(?:\.\d+)?)\s*(?:mm)?", re.IGNORECASE)


def lens_from_text(text: str) -> float | None:
    """Millimetres from ``50``, ``50mm`` or ``50 mm``; None for anything else."""
    match = _LENS.fullmatch(text.strip())
    return float(match[1]) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraColumns:
    """The columns that the old shape did not have; None where nothing was ever written, 0 is a value."""

    azimuth_deg: float | None = None
    elevation_deg: float | None = None
    distance_m: float | None = None
    priority: int | None = None
    when_to_use: str | None = None
    scene_types: tuple[str, ...] | None = None


CAMERA_COLUMNS = ("azimuth_deg", "elevation_deg", "distance_m", "priority", "when_to_use", "scene_types")


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyRow:
    """One template of the old shape, as its owner's table keeps it. ``other`` holds columns without a use here."""

    id: str
    name: str | None = None
    angle: str | None = None
    lens: str | None = None
    crop: str | None = None
    pack: str | None = None
    mode: str | None = None
    prompt: str | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    camera: CameraColumns = CameraColumns()


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyFill:
    """What to write into one row: only columns that were empty; their names are kept for the way back."""

    id: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyFault:
    """Why one row could not be mapped; nothing of it is changed."""

    id: str
    reason: str


def map_row(row: LegacyRow) -> LegacyFill | LegacyFault:
    """The new columns of one old row, or the reason why there are none.

    Azimuth by the angle's name, elevation 0, distance by lens and crop, priority 1 for the core and
    else 5, when_to_use and scene types by lens, crop and angle. A value that is already there stays.
    """
    try:
        lens_mm, crop = _lens(row.lens), _crop(row.crop)
        angle, pack = _angle(row.angle), _pack(row.pack)
        _check_mode(row.mode)
    except RefusedInputError as error:
        return LegacyFault(id=row.id, reason=str(error))
    complete = {
        "azimuth_deg": derive.ANGLE_VIEW_DEG[angle],
        "elevation_deg": 0.0,
        "distance_m": derive.distance_m(lens_mm, crop),
        "priority": derive.priority(pack),
        "when_to_use": derive.when_to_use(lens_mm, crop, angle),
        "scene_types": tuple(scene.value for scene in derive.scene_types(lens_mm, crop)),
    }
    values = {column: value for column, value in complete.items() if getattr(row.camera, column) is None}
    return LegacyFill(id=row.id, values=values)


def _lens(text: str | None) -> float:
    lens_mm = lens_from_text(text or "")
    if lens_mm is None or not 14 <= lens_mm <= 200:
        raise RefusedInputError(f"{text!r} is no focal length of 14 to 200 mm", field="lens")
    return lens_mm


def _crop(word: str | None) -> Crop:
    try:
        return Crop(modern_crop(word or ""))
    except ValueError:
        raise RefusedInputError(f"{word!r} is no crop", field="crop") from None


def _angle(word: str | None) -> str:
    angle = modern_angle(word or "")
    if angle not in derive.ANGLE_VIEW_DEG:
        raise RefusedInputError(f"{word!r} is no angle", field="angle")
    return angle


def _pack(word: str | None) -> Pack:
    try:
        return Pack(modern_pack(word or ""))
    except ValueError:
        raise RefusedInputError(f"{word!r} is no pack", field="pack") from None


def _check_mode(word: str | None) -> None:
    # the old shape often left the mode out; a word that means nothing is still a fault worth naming
    if word is not None and word.strip() and modern_mode(word) not in {mode.value for mode in Mode}:
        raise RefusedInputError(f"{word!r} is no mode", field="mode")


class LegacyShots(Protocol):
    """An owner's rows of the old shape, within one transaction. Listings are ordered by id, after ``after_id``."""

    def add(self, rows: Sequence[LegacyRow]) -> int:
        """Store rows whose id is not there yet; the number stored."""
        ...

    def unmapped(self, after_id: str, limit: int) -> list[LegacyRow]:
        """Rows that are not migrated, those that failed before among them."""
        ...

    def fill(self, fills: Sequence[LegacyFill]) -> None:
        """Write the values, remember their columns, mark the rows migrated."""
        ...

    def note_faults(self, faults: Sequence[LegacyFault]) -> None:
        """Keep why these rows could not be mapped; they stay unmapped."""
        ...

    def restore(self, after_id: str, limit: int) -> list[str]:
        """Empty again what the migration filled, forget its marks; the ids touched, in order."""
        ...


class LegacyDatabase(Protocol):
    """One call, one transaction over one owner's old rows: committed on leaving, rolled back on an error."""

    def legacy_transaction(self, owner: str) -> AbstractContextManager[LegacyShots]: ...
