"""Colours of the figure: sRGB to linear light, and the tiles that patterned cloth repeats.

Belongs here: small conversions and drawn tiles. Does not: palettes or the look of materials.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from refpipe.domain.characters import Pattern

TILE_M = 0.08
"""A tile of patterned cloth stands for this many metres."""
_TILE_PX = 256


def srgb(colour: str) -> NDArray[np.float64]:
    """#rrggbb as sRGB 0–1, (3,)."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float64) / 255


def linear(colour: str) -> NDArray[np.float64]:
    """#rrggbb as linear reflectance 0–1, (3,). Source: IEC 61966-2-1."""
    value = srgb(colour)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def cloth_tile(pattern: Pattern, colour: str, second: str) -> NDArray[np.uint8]:
    """One repeat of patterned cloth, (256, 256, 3) 8-bit sRGB."""
    across, up = np.meshgrid(np.arange(_TILE_PX) / _TILE_PX, np.arange(_TILE_PX) / _TILE_PX)
    if pattern is Pattern.STRIPES:
        share = (np.mod(up * 2, 1) < 0.38).astype(float)
    elif pattern is Pattern.CHECKS:
        bands = (np.mod(up * 2, 1) < 0.45).astype(float), (np.mod(across * 2, 1) < 0.45).astype(float)
        share = 0.5 * (bands[0] + bands[1])
    elif pattern is Pattern.DOTS:
        dx, dy = np.mod(across * 2, 1) - 0.5, np.mod(up * 2, 1) - 0.5
        share = (dx * dx + dy * dy < 0.055).astype(float)
    else:
        share = np.zeros_like(up)
    mixed = srgb(colour) * (1 - share[..., None]) + srgb(second) * share[..., None]
    return np.asarray(mixed * 255 + 0.5, np.uint8)
