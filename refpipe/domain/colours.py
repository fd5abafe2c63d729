"""Colours as people see them: how far two lie apart, and what a colour is called.

Belongs here: CIE Lab from sRGB, the CIEDE2000 difference, names by nearness. Does not: finding a picture's colours.
Sources: IEC 61966-2-1 (sRGB), CIE 15 (Lab, D65), Sharma, Wu and Dalal 2005 (CIEDE2000).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
RGB = tuple[int, int, int]

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _TO_XYZ.sum(axis=1)
_LIMIT, _SLOPE = 216 / 24389, 24389 / 27
_25_TO_7 = 25.0**7


def lab_of(rgb: ArrayLike) -> Floats:
    """CIE Lab (…, 3) of sRGB colours 0–255 (…, 3)."""
    srgb = np.asarray(rgb, np.float64) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE
    bent = np.where(xyz > _LIMIT, np.cbrt(xyz), (_SLOPE * xyz + 16) / 116)
    x, y, z = bent[..., 0], bent[..., 1], bent[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def rgb_of(lab: ArrayLike) -> NDArray[np.uint8]:
    """The sRGB colours 0–255 (…, 3) of Lab (…, 3); what a screen cannot show is cut off."""
    values = np.asarray(lab, np.float64)
    y = (values[..., 0] + 16) / 116
    bent = np.stack([y + values[..., 1] / 500, y, y - values[..., 2] / 200], axis=-1)
    xyz = np.where(bent**3 > _LIMIT, bent**3, (116 * bent - 16) / _SLOPE) * _WHITE
    linear = np.clip(xyz @ np.linalg.inv(_TO_XYZ).T, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * srgb), np.uint8)


def difference(first: ArrayLike, second: ArrayLike) -> Floats:
    """CIEDE2000 of Lab colours (…, 3); they may be of shapes that fit together. About 1 is just seen."""
    one, two = np.broadcast_arrays(np.asarray(first, np.float64), np.asarray(second, np.float64))
    mean_chroma = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(two[..., 1], two[..., 2])) / 2
    grow = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + _25_TO_7))
    chroma1, hue1 = _polar(one[..., 1] * grow, one[..., 2])
    chroma2, hue2 = _polar(two[..., 1] * grow, two[..., 2])
    turn = hue2 - hue1
    is_grey = chroma1 * chroma2 == 0
    turn = np.where(is_grey, 0.0, turn - 360 * np.round(turn / 360))
    hue_step = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(turn) / 2)
    light = (one[..., 0] + two[..., 0]) / 2 - 50
    chroma = (chroma1 + chroma2) / 2
    hue = np.where(is_grey, hue1 + hue2, hue1 + turn / 2) % 360
    tone = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    part_l = (two[..., 0] - one[..., 0]) / (1 + 0.015 * light**2 / np.sqrt(20 + light**2))
    part_c = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    part_h = hue_step / (1 + 0.015 * chroma * tone)
    bend = np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))
    turned = -2 * np.sqrt(chroma**7 / (chroma**7 + _25_TO_7)) * np.sin(bend)
    return np.asarray(np.sqrt(np.maximum(part_l**2 + part_c**2 + part_h**2 + turned * part_c * part_h, 0)))


def _polar(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


class ColourNames:
    """Names, each with the sRGB colours (0–255) that it stands for."""

    def __init__(self, colours: Mapping[str, Sequence[RGB]]) -> None:
        self.names = tuple(name for name, shades in colours.items() for _ in shades)
        self._shades = [shade for shades in colours.values() for shade in shades]

    @cached_property
    def _lab(self) -> Floats:
        return lab_of(self._shades)

    def name(self, rgb: ArrayLike) -> str:
        """The name of the nearest shade of an sRGB colour 0–255."""
        return self.names[int(np.argmin(difference(lab_of(rgb), self._lab)))]
