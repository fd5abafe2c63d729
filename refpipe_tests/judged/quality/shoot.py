"""The photographs of the judged set: which there are, and how they are taken and kept.

Belongs here: views and sizes, a cache of what is rendered. Does not: how a picture is spoiled.

A picture of a wrong view is a good photograph, framed as the shot asks, by a camera that stands elsewhere; it is
judged against the guides of the camera that was asked for.
"""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from refpipe.backends.shot_library import packaged_shots
from refpipe.domain.camera import wrap_deg
from refpipe.domain.generation import ImageRequest, ModelId, Role, Size, fingerprint
from refpipe.domain.shots import ReferenceShot
from refpipe_tests.judged.quality.people import person

SPLITS: dict[str, Any] = json.loads((Path(__file__).parent / "splits.json").read_text(encoding="utf-8"))
CACHE = Path(os.environ.get("REFPIPE_JUDGED_CACHE", Path(tempfile.gettempdir()) / "refpipe-judged"))
_GUIDES = ("mask.png", "edges.png", "normals.png", "depth.png", "keypoints.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One photograph to be taken: ``seen`` is the shot asked for, with the camera where it really stands."""

    character: str
    shot: ReferenceShot
    seen: ReferenceShot
    size: Size
    azimuth_offset_deg: float = 0.0
    elevation_offset_deg: float = 0.0

    @property
    def name(self) -> str:
        aside = f"{self.azimuth_offset_deg:+g}{self.elevation_offset_deg:+g}"
        return f"{self.character}/{self.shot.slug}/{self.size}/{aside}"

    @property
    def is_as_asked(self) -> bool:
        return not self.azimuth_offset_deg and not self.elevation_offset_deg

    @property
    def as_asked(self) -> Take:
        """The same shot by the camera that was asked for."""
        return replace(self, seen=self.shot, azimuth_offset_deg=0.0, elevation_offset_deg=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photograph's bytes with the guides of the same geometry and the head's true place (None without a head)."""

    take: Take
    picture_png: bytes
    guides: dict[str, bytes]
    head_x: float | None
    headroom_share: float | None


def takes(part: str) -> Iterator[Take]:
    """Every photograph of a part of the set: its shots small, some larger, then every second shot from elsewhere."""
    shots = packaged_shots()[:: SPLITS["one_shot_in"][part]]
    small, larger = (Size.parse(SPLITS["sizes"][name]) for name in ("every_shot", "larger"))
    for character in SPLITS["characters"][part]:
        for shot in shots:
            yield Take(character=character, shot=shot, seen=shot, size=small)
        for shot in shots:
            if shot.slug in SPLITS["larger_shots"]:
                yield Take(character=character, shot=shot, seen=shot, size=larger)
    for turn, character in enumerate(SPLITS["characters"][part]):
        for shot in shots[turn % 2 :: 2]:
            yield _from_elsewhere(character, shot, small)


def _from_elsewhere(character: str, shot: ReferenceShot, size: Size) -> Take:
    draw = np.random.default_rng([SPLITS["seed"], zlib.crc32(f"{character}/{shot.slug}".encode())])
    sign = 1 if draw.random() < 0.5 else -1
    around, above = SPLITS["azimuth_offsets_deg"], SPLITS["elevation_offsets_deg"]
    if draw.random() < len(around) / (len(around) + len(above)):
        offset = sign * float(draw.choice(around))
        seen = replace(shot, azimuth_deg=wrap_deg(shot.azimuth_deg + offset))
        return Take(character=character, shot=shot, seen=seen, size=size, azimuth_offset_deg=offset)
    offset = sign * float(draw.choice(above))
    seen = replace(shot, elevation_deg=shot.elevation_deg + offset)
    return Take(character=character, shot=shot, seen=seen, size=size, elevation_offset_deg=offset)


def photo(take: Take) -> Photo:
    """The photograph, from the cache where it has been taken before."""
    request = _request(take)
    folder = CACHE / fingerprint(request)[:32]
    if not (folder / "camera.json").is_file():
        _shoot(request, folder)
    camera = json.loads((folder / "camera.json").read_text(encoding="utf-8"))
    return Photo(
        take=take,
        picture_png=(folder / "picture.png").read_bytes(),
        guides={name: (folder / name).read_bytes() for name in _GUIDES},
        head_x=camera["head_x"],
        headroom_share=camera["headroom_share"],
    )


def shoot(part: str) -> int:
    """Take every photograph of a part that is not in the cache yet; how many there are."""
    wanted = list(takes(part))
    with ThreadPoolExecutor(2) as pool:
        return sum(1 for _ in pool.map(photo, wanted))


def _shoot(request: ImageRequest, folder: Path) -> None:
    made = _generator().generate(request)
    if made.guides is None:
        raise RuntimeError("previs made no guides")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "picture.png").write_bytes(made.picture_png)
    for name, (data, _) in made.guides.files().items():
        (folder / name).write_bytes(data)
    camera = {"head_x": made.camera.head_x, "headroom_share": made.camera.headroom_share}
    (folder / "camera.json").write_text(json.dumps(camera), encoding="utf-8")


@cache
def _generator() -> Any:
    from refpipe.backends.previs.generator import PrevisGenerator

    return PrevisGenerator()


def _request(take: Take) -> ImageRequest:
    from refpipe.backends.previs.generator import REVISION

    sheet = person(take.character)
    return ImageRequest(
        role=Role.REFERENCE_IMAGE,
        model=ModelId("previs", REVISION),
        physical=sheet.physical,
        outfit=sheet.default_outfit,
        shot=take.seen,
        size=take.size,
        seed=1,
    )


if __name__ == "__main__":
    import sys

    for wanted_part in sys.argv[1:] or SPLITS["characters"]:
        sys.stdout.write(f"{wanted_part}: {shoot(wanted_part)} photographs\n")
