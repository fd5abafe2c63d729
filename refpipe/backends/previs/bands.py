"""Bands: a few rectangles across a picture that hold the subject closely.

Belongs here: choosing them and putting their exposures together again. Does not: exposing. A head is
narrower than the shoulders below it; exposing each band only as wide as it must be saves a good part of the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from refpipe.backends.previs.camera import Points, Region
from refpipe.backends.previs.scene import Floats
from refpipe.domain.generation import Size

_BINS = 24
"""The picture's rows are looked at in this many steps."""
_MOST = 3
_OVERLAP_PX = 20
"""Neighbouring bands share twice this many rows, in which one gives way to the other."""


@dataclass(frozen=True, slots=True)
class Band:
    """``core`` is the band's own part of the picture; ``exposed`` is what is exposed for it, overlap included."""

    core: Region
    exposed: Region


def bands_around(places: Points, size: Size, reach_px: int) -> list[Band]:
    """Bands that hold every place (N, 2), pixels, with ``reach_px`` around it; one of the whole picture if unsure."""
    if np.isnan(places).any():
        return _bands([(0, size.height_px, 0, size.width_px)], size)
    step = -(-size.height_px // _BINS)
    extents = _extents(places, size, reach_px, step)
    rows = np.flatnonzero(~np.isnan(extents[:, 0]))
    if not len(rows):
        return _bands([(0, 1, 0, 1)], size)
    first, last = int(rows[0]), int(rows[-1]) + 1
    best: tuple[float, list[tuple[int, int, int, int]]] | None = None
    for many in range(_MOST):
        for cuts in combinations(range(first + 1, last), many):
            edges = (first, *cuts, last)
            boxes = [_box(extents, upper, lower, step, size) for upper, lower in pairwise(edges)]
            cost = sum((bottom - top + 2 * _OVERLAP_PX) * (right - left) for top, bottom, left, right in boxes)
            if best is None or cost < best[0]:
                best = cost, boxes
    assert best is not None  # noqa: S101 - a single band is always tried
    return _bands(best[1], size)


def _extents(places: Points, size: Size, reach_px: int, step: int) -> Points:
    """Leftmost and rightmost pixel that each step of rows must hold (bins, 2); nan where it holds nothing."""
    bins = -(-size.height_px // step)
    spread = -(-reach_px // step) + 1
    extents = np.full((bins, 2), np.nan)
    row = np.floor(places[:, 1] / step).astype(int)
    for index in range(bins):
        near = places[(row >= index - spread) & (row <= index + spread), 0]
        near = near[(near > -reach_px) & (near < size.width_px + reach_px)]
        if len(near):
            extents[index] = near.min() - reach_px, near.max() + reach_px
    return extents


def _box(extents: Points, upper: int, lower: int, step: int, size: Size) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of a band over steps of rows, within the picture."""
    held = extents[upper:lower]
    left, right = int(np.floor(np.nanmin(held[:, 0]))), int(np.ceil(np.nanmax(held[:, 1])))
    left = min(max(left, 0), size.width_px - 1)
    right = max(min(right, size.width_px), left + 1)
    return upper * step, min(lower * step, size.height_px), left, right


def _bands(boxes: Sequence[tuple[int, int, int, int]], size: Size) -> list[Band]:
    bands = []
    for index, (top, bottom, left, right) in enumerate(boxes):
        above = _OVERLAP_PX if index else 0
        below = _OVERLAP_PX if index < len(boxes) - 1 else 0
        upper, lower = max(top - above, 0), min(bottom + below, size.height_px)
        core = Region(left, top, right - left, bottom - top)
        bands.append(Band(core, Region(left, upper, right - left, lower - upper)))
    return bands


def joined(bands: Sequence[Band], pictures: Sequence[Floats], size: Size) -> tuple[Floats, Floats]:
    """The bands' pictures (h, w, 3) in one (H, W, 3), and how much of each pixel they tell, 0 or 1 (H, W)."""
    total = np.zeros((size.height_px, size.width_px, 3), np.float32)
    weight = np.zeros((size.height_px, size.width_px), np.float32)
    for band, picture in zip(bands, pictures, strict=True):
        share = _share(band)[:, None]
        total[band.exposed.rows, band.exposed.columns] += picture * share[..., None]
        weight[band.exposed.rows, band.exposed.columns] += share
    known = weight > 0
    total[known] /= weight[known][:, None]
    return total, known.astype(np.float32)


def _share(band: Band) -> Floats:
    """How much each exposed row of a band counts (h,): all of it inside, fading through the overlaps."""
    rows = np.arange(band.exposed.top_px, band.exposed.top_px + band.exposed.height_px) + 0.5
    share = np.ones(len(rows))
    if band.exposed.top_px < band.core.top_px:
        share = np.minimum(share, (rows - band.exposed.top_px) / (2 * _OVERLAP_PX))
    lowest = band.exposed.top_px + band.exposed.height_px
    if lowest > band.core.top_px + band.core.height_px:
        share = np.minimum(share, (lowest - rows) / (2 * _OVERLAP_PX))
    return np.maximum(share, 1e-3).astype(np.float32)
