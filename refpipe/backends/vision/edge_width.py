"""How wide a picture's sharpest edges are: its blur, in pixels.

Belongs here: edges found, their profiles measured. Does not: what blur is too much (image_quality).

The strongest edges of the subject are measured across, each averaged over a few pixels along its run so that noise
counts little. An edge of a step A whose steepest slope is s is as wide as that of a Gaussian with sigma =
A / (s √2π). Depth of field leaves part of a picture soft on purpose, so the sharper edges speak; movement blurs one
direction only, so each direction is measured by itself and the worst speaks for the picture.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_REACH_PX = 9.0
_STEP_PX = 0.5
_ALONG_PX = (-2.0, -1.0, 0.0, 1.0, 2.0)
_DIRECTIONS = 4
_MOST_EDGES = 240
"""Edges measured in each direction, the strongest first."""
_LEAST_EDGES = 15
_LEAST_STEP = 18.0
"""In grey levels of 255: a lower step tells little."""
_SHARPER_SHARE = 30.0
"""Percentile of widths that speaks for a direction."""
_LOBE = 0.12
"""An edge ends where its slope falls below this share of its steepest."""

Floats = NDArray[np.float32]


def edge_sigma_px(grey: Floats, subject: NDArray[np.bool_] | None) -> float | None:
    """Blur of the edges as a Gaussian's sigma, pixels; None where there are too few edges to measure.

    ``grey`` (H, W) 0–255; ``subject`` (H, W) restricts the search to it and its outline.
    """
    import cv2

    soft = cv2.GaussianBlur(grey, (0, 0), 1.0)
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125)
    slope = cv2.magnitude(across, down)
    rows, columns = _crests(slope, across, down, subject)
    if not len(rows):
        return None
    x, y = across[rows, columns], down[rows, columns]
    direction = np.floor((np.arctan2(y, x) % math.pi) / (math.pi / _DIRECTIONS) + 0.5).astype(int) % _DIRECTIONS
    widths = []
    for each in range(_DIRECTIONS):
        chosen = np.flatnonzero(direction == each)
        if len(chosen) < _LEAST_EDGES:
            continue
        strongest = chosen[np.argsort(-slope[rows[chosen], columns[chosen]], kind="stable")[:_MOST_EDGES]]
        sigma = _widths(grey, rows[strongest], columns[strongest], x[strongest], y[strongest])
        if len(sigma) >= _LEAST_EDGES:
            widths.append(float(np.percentile(sigma, _SHARPER_SHARE)))
    return max(widths) if widths else None


def _crests(
    slope: Floats, across: Floats, down: Floats, subject: NDArray[np.bool_] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the pixels where the slope is greatest across the edge, far enough from the border."""
    margin = math.ceil(_REACH_PX) // 2
    # every fourth line and column tell it as well
    strong = slope > max(1.0, float(np.percentile(slope[::4, ::4], 80)))
    if subject is not None:
        import cv2

        strong &= cv2.dilate(subject.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    strong[:margin], strong[-margin:], strong[:, :margin], strong[:, -margin:] = False, False, False, False
    at = np.flatnonzero(strong)
    width = slope.shape[1]
    flat = slope.ravel()
    here = flat[at]
    to_right, to_below = np.rint(across.ravel()[at] / here), np.rint(down.ravel()[at] / here)
    step = (to_below * width + to_right).astype(np.intp)
    crests = at[(here >= flat[at + step]) & (here > flat[at - step])]
    return crests // width, crests % width


def _widths(grey: Floats, rows: NDArray[np.intp], columns: NDArray[np.intp], x: Floats, y: Floats) -> Floats:
    """Sigma of each edge that is a clear step."""
    import cv2

    length = np.hypot(x, y)
    x, y = np.asarray(x / length, np.float32), np.asarray(y / length, np.float32)
    t = np.arange(-_REACH_PX, _REACH_PX + _STEP_PX / 2, _STEP_PX, dtype=np.float32)
    profile = np.zeros((len(rows), len(t)), np.float32)
    for along in _ALONG_PX:
        at_x = columns[:, None] + x[:, None] * t - y[:, None] * along
        at_y = rows[:, None] + y[:, None] * t + x[:, None] * along
        profile += cv2.remap(
            grey, at_x.astype(np.float32), at_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    slope = np.diff(profile / len(_ALONG_PX), axis=1) / _STEP_PX
    middle = slope.shape[1] // 2
    near = slope[:, middle - 3 : middle + 3]
    steepest = np.maximum(near.max(axis=1), 1e-3)
    begin = middle - 3 + near.argmax(axis=1)
    falls = slope < _LOBE * steepest[:, None]
    place = np.arange(slope.shape[1])
    left = np.where(falls & (place < begin[:, None]), place, -1).max(axis=1)
    right = np.where(falls & (place > begin[:, None]), place, slope.shape[1]).min(axis=1)
    inside = (place > left[:, None]) & (place < right[:, None])
    step = (slope * inside).sum(axis=1) * _STEP_PX
    sigma = step / (steepest * math.sqrt(2 * math.pi))
    return np.asarray(sigma[step >= _LEAST_STEP], np.float32)
