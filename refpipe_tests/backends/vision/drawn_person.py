"""A person drawn before a backdrop, with the guides of the same drawing: quick material for tests of measuring.

What is measured on photographs is the business of the judged set; here only the rules matter.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from refpipe.domain.camera import Headroom, Thirds
from refpipe.domain.generation import Size
from refpipe.domain.quality import Expected

SIZE = Size(256, 384)
BACKDROP = (176, 172, 166)
_SKIN, _HAIR, _COAT, _SHIRT = (203, 150, 115), (60, 40, 28), (140, 45, 40), (228, 224, 214)
_FINER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """An RGB picture (H, W, 3), the true mask (H, W) and what was expected."""

    rgb: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    expected: Expected

    @property
    def png(self) -> bytes:
        return png(self.rgb)


def png(picture: NDArray[np.uint8]) -> bytes:
    good, data = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1] if picture.ndim == 3 else picture))
    assert good
    return data.tobytes()


def draw_person(
    *,
    backdrop: tuple[int, int, int] = BACKDROP,
    right_px: float = 0.0,
    down_px: float = 0.0,
    scale: float = 1.0,
    is_from_behind: bool = False,
    size: Size = SIZE,
) -> Drawing:
    """Head and shoulders, facing the camera or away from it: the outline is the same."""
    wide, high = size.width_px * _FINER, size.height_px * _FINER
    y, x = np.mgrid[0 : 1 : high * 1j, 0 : 1 : wide * 1j].astype(np.float32)
    light = (1.06 - 0.10 * y - 0.05 * x)[..., None]
    canvas = np.asarray(np.array(backdrop, np.float32) * light, np.float32)
    mask, lines = np.zeros((high, wide), np.uint8), np.zeros((high, wide), np.uint8)
    unit = high * scale / 384

    def at(across: float, below: float) -> tuple[int, int]:
        """In units of the undrawn picture, from the middle of the head."""
        return (
            round(wide / 2 + right_px * _FINER + across * unit),
            round(high * 0.36 + down_px * _FINER + below * unit),
        )

    def oval(centre: tuple[float, float], axes: tuple[float, float], colour: tuple[int, int, int]) -> None:
        sides = round(axes[0] * unit), round(axes[1] * unit)
        cv2.ellipse(canvas, at(*centre), sides, 0, 0, 360, colour, -1)
        cv2.ellipse(mask, at(*centre), sides, 0, 0, 360, 255, -1)
        cv2.ellipse(lines, at(*centre), sides, 0, 0, 360, 255, _FINER)

    oval((0, 210), (104, 120), _COAT)
    if not is_from_behind:
        oval((0, 150), (34, 60), _SHIRT)
    oval((0, 70), (26, 60), _COAT if is_from_behind else _SKIN)
    oval((0, -22), (66, 84), _HAIR)
    oval((0, 6), (50, 66), _HAIR if is_from_behind else _SKIN)
    for side in () if is_from_behind else (-1, 1):
        oval((side * 19, -6), (8, 4), (245, 245, 240))
        oval((side * 19, -6), (3, 3), (40, 60, 50))
        oval((side * 20, -18), (10, 2), _HAIR)
    if not is_from_behind:
        oval((0, 12), (5, 12), (170, 115, 85))
        oval((0, 38), (15, 4), (150, 70, 65))
    fine = (mask > 0)[..., None]
    canvas = np.where(fine, canvas * (1.12 - 0.25 * x)[..., None], canvas)
    small = size.width_px, size.height_px
    rgb = cv2.resize(np.clip(canvas, 0, 255), small, interpolation=cv2.INTER_AREA)
    return Drawing(
        rgb=np.rint(rgb).astype(np.uint8),
        mask=cv2.resize(mask, small, interpolation=cv2.INTER_AREA) > 127,
        expected=_expected(mask, lines, at(0, 12), size),
    )


def _expected(mask: NDArray[np.uint8], lines: NDArray[np.uint8], nose: tuple[int, int], size: Size) -> Expected:
    small = size.width_px, size.height_px
    nose_point = {"name": "nose", "x_px": nose[0] / _FINER, "y_px": nose[1] / _FINER, "in_picture": True}
    return Expected(
        size=size,
        thirds=Thirds.CENTERED,
        headroom=Headroom.EQUAL,
        mask_png=png(np.asarray(cv2.resize(mask, small, interpolation=cv2.INTER_AREA), np.uint8)),
        edges_png=png(np.asarray(cv2.resize(lines, small, interpolation=cv2.INTER_AREA) > 60, np.uint8) * 255),
        keypoints_json=json.dumps({"keypoints": [{**nose_point, "visible": True}]}).encode(),
    )
