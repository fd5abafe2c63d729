"""The lines inside a subject against the expected ones: a face turned elsewhere has other lines in one outline.

Belongs here: how well a picture's changes of tone lie where the guide has its lines. Does not: outlines.

Agreement is a correlation, −1…1, of two soft line drawings: the guide's, and the picture's slopes of tone with local
contrast made even. Light draws lines that no guide has, so that even a true picture agrees in part only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SOFT = 2.0
"""Softness of the drawings, in lines of the working copy."""
_AROUND = 14.0
_MOVES = range(-6, 7, 2)

Floats = NDArray[np.float32]


def slopes_of(small_rgb: NDArray[np.uint8]) -> Floats:
    """The picture's own lines (h, w), local contrast made even."""
    import cv2

    lab = cv2.cvtColor(small_rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), 0.8)
    slope = cv2.magnitude(cv2.Sobel(lab, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(lab, cv2.CV_32F, 0, 1, scale=0.125))
    lines = np.asarray(slope.max(axis=2), np.float32)
    around = cv2.GaussianBlur(lines, (0, 0), _AROUND)
    return np.asarray(cv2.GaussianBlur(lines / (around + 0.5), (0, 0), _SOFT), np.float32)


def drawn(edges: NDArray[np.uint8], shape: tuple[int, int]) -> Floats:
    """A guide's edges (H, W) as a soft drawing (h, w)."""
    import cv2

    small = cv2.resize(edges.astype(np.float32) / 255, shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(np.clip(3 * small, 0, 1), (0, 0), _SOFT), np.float32)


def agreement(slopes: Floats, lines: Floats, where: NDArray[np.bool_]) -> float:
    """Correlation within ``where`` (h, w), the best of moves by a few lines; 0 where there is nothing to compare."""
    wanted = lines[where]
    if wanted.size < 50 or float(wanted.std()) < 1e-4:
        return 0.0
    wanted = (wanted - wanted.mean()) / wanted.std()
    best = -1.0
    for down in _MOVES:
        for right in _MOVES:
            seen = np.roll(slopes, (down, right), (0, 1))[where]
            spread = float(seen.std())
            if spread > 1e-4:
                best = max(best, float(((seen - seen.mean()) * wanted).mean()) / spread)
    return max(best, 0.0)
