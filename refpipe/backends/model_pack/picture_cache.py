"""The model pack's rendered pictures, kept in a directory outside the repository, one file a person.

Belongs here: which persons a part has, rendering what is not there yet, reading it back. Does not: training.

The directory is REFPIPE_MODEL_PACK_CACHE, or a folder of the temporary directory. Rendering can be broken off and
taken up again, and several processes may share it: each takes its share of the persons.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from refpipe.backends.model_pack.exposing import Bytes, Photographer, Taken
from refpipe.backends.model_pack.people import Person, family
from refpipe.domain.camera import Crop, ViewBin
from refpipe.domain.framing import TooTightError

FAMILIES = {"train": 300, "dev": 16, "calibration": 48, "held_out": 48}
_REVISION = "1"
"""Raise it whenever the same person gives other pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture from the cache with what it shows. Either ``pixels`` (H, W, 3) or ``surface`` (H, W, 7) is there."""

    person: Person
    facts: dict[str, Any]
    pixels: Bytes | None
    surface: Bytes | None

    @property
    def view_bin(self) -> ViewBin:
        return ViewBin(self.facts["view_bin"])

    @property
    def is_master(self) -> bool:
        return bool(self.facts["role"] == "master")

    @property
    def is_headless(self) -> bool:
        return bool(self.facts["crop"] == Crop.HANDS.value)


def cache_directory() -> Path:
    default = Path(tempfile.gettempdir()) / "refpipe-model-pack"
    return Path(os.environ.get("REFPIPE_MODEL_PACK_CACHE", default)) / f"people-{_REVISION}"


def persons(part: str, families: int | None = None) -> Iterator[Person]:
    """A part's persons. Training has none as in a mirror: there pictures are mirrored instead."""
    for number in range(FAMILIES[part] if families is None else families):
        yield from (one for one in family(number, part) if part != "train" or one.member != "mirror")


def render(part: str, *, families: int | None = None, share: int = 0, shares: int = 1) -> int:
    """Render this share of a part's persons, of its first families only where so many are given; how many were
    not there yet."""
    photographer = Photographer()
    made = 0
    for index, person in enumerate(persons(part, families)):
        path = _path(person)
        if index % shares != share or path.is_file():
            continue
        try:
            _write(path, photographer.take(person))
        except TooTightError:
            _write(path, [])
        made += 1
    return made


def read(part: str) -> list[Picture]:
    """The pictures of a part that are there, in order."""
    return [picture for person in persons(part) if _path(person).is_file() for picture in _read(person)]


def facts_of(taken: Taken) -> dict[str, Any]:
    """What a view shows, as plain data: for captions and for counting."""
    shot = taken.view.shot
    return {
        "role": taken.view.role,
        "slug": shot.slug,
        "lens_mm": shot.lens_mm,
        "crop": shot.crop.value,
        "view_bin": shot.view_bin.value,
        "view_deg": shot.relative_view_deg,
        "elevation_deg": shot.elevation_deg,
        "pose": shot.pose.value,
        "expression": shot.expression.value,
    }


def _path(person: Person) -> Path:
    return cache_directory() / person.part / f"{person.family:05d}-{person.member}.npz"


def _write(path: Path, taken: list[Taken]) -> None:
    arrays: dict[str, Any] = {"facts": json.dumps([facts_of(one) for one in taken])}
    for number, one in enumerate(taken):
        if one.picture is not None:
            arrays[f"picture{number}"] = one.picture
        else:
            arrays[f"surface{number}"] = one.surface
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    with unfinished.open("wb") as file:
        np.savez(file, **arrays)
    unfinished.replace(path)


def _read(person: Person) -> Iterator[Picture]:
    with np.load(_path(person)) as arrays:
        for number, facts in enumerate(json.loads(str(arrays["facts"]))):
            pixels, surface = arrays.get(f"picture{number}"), arrays.get(f"surface{number}")
            yield Picture(person=person, facts=facts, pixels=pixels, surface=surface)
