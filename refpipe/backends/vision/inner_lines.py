"""The lines inside a subject against the expected ones: a face turned elsewhere has other lines in one outline.

Belongs here: how well a picture's changes of tone run where, and as, the guide's lines run. Does not: outlines.

Agreement is a correlation, −1…1, of two fields of directions: how strongly and along which direction tone changes in
the picture, and along which the guide's lines lie. Direction tells far more than place alone, since a subject is full
of lines. Light draws lines that no guide has, so that even a true picture agrees in part only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SOFT = 1.5
"""Softness of the fields, in lines of the working copy."""
_AROUND = 14.0
"""How far around local contrast is made even."""
_FAINT = 0.5
_MOVES = range(-4, 5, 2)

Floats = NDArray[np.float32]
Field = NDArray[np.float32]
"""(2, h, w): strength times cosine and sine of twice the direction's angle."""


def field_of_picture(small_rgb: NDArray[np.uint8]) -> Field:
    """Directions of the picture's own lines; of lightness and colour, whichever changes most."""
    import cv2

    lab = cv2.GaussianBlur(cv2.cvtColor(small_rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), (0, 0), 0.8)
    return _field([np.ascontiguousarray(lab[..., channel]) for channel in range(3)])


def field_of_guide(edges: NDArray[np.uint8], shape: tuple[int, int]) -> Field:
    """Directions of a guide's lines (H, W), at the working copy's size (h, w)."""
    import cv2

    small = cv2.resize(edges.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA)
    return _field([np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float32)])


def agreement(seen: Field, expected: Field, where: NDArray[np.bool_]) -> float:
    """Correlation within ``where`` (h, w), the best of moves by a few lines; 0 where there is nothing to compare."""
    wanted = expected[:, where]
    strength = float(np.sqrt((wanted**2).sum()))
    if wanted.shape[1] < 50 or strength < 1e-3:
        return 0.0
    best = 0.0
    height, width = where.shape
    rows, columns = np.nonzero(where)
    flat = seen.reshape(len(seen), -1)
    for down in _MOVES:
        row_starts = (rows - down) % height * width
        for right in _MOVES:
            there = flat.take(row_starts + (columns - right) % width, axis=1)
            seen_strength = float(np.sqrt((there**2).sum()))
            if seen_strength > 1e-3:
                best = max(best, float((there * wanted).sum()) / (seen_strength * strength))
    return best


def _field(channels: list[Floats]) -> Field:
    import cv2

    slopes = [
        (cv2.Sobel(each, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(each, cv2.CV_32F, 0, 1, scale=0.125))
        for each in channels
    ]
    across, down = slopes[0]
    for other_across, other_down in slopes[1:]:
        is_stronger = other_across**2 + other_down**2 > across**2 + down**2
        across, down = np.where(is_stronger, other_across, across), np.where(is_stronger, other_down, down)
    strength = np.sqrt(across**2 + down**2) + 1e-6
    even = strength / (cv2.GaussianBlur(strength, (0, 0), _AROUND) + _FAINT)
    doubled = ((across**2 - down**2) / strength**2 * even, 2 * across * down / strength**2 * even)
    return np.stack([cv2.GaussianBlur(np.asarray(each, np.float32), (0, 0), _SOFT) for each in doubled])
