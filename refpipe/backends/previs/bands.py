"""Bands: rectangles across a picture, one below the other, that hold the subject closely.

Belongs here: choosing them, and putting overlapping ones together again. Does not: exposing, denoising. A head is
narrower than the shoulders below it; working in bands, each only as wide as it must be, saves a good part of
the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from refpipe.backends.previs.camera import Points, Region
from refpipe.backends.previs.scene import Floats
from refpipe.domain.generation import Size

_BINS = 40
"""The picture's rows are looked at in this many steps."""
_EACH_COSTS = 0.006
"""A band more costs about as much as this share of the picture's pixels."""


@dataclass(frozen=True, slots=True)
class Band:
    """``core`` is the band's own part of the picture; ``whole`` also has the rows it shares with its neighbours."""

    core: Region
    whole: Region


def bands_around(places: Points, size: Size, reach_px: int, *, overlap_px: int = 0) -> list[Band]:
    """The bands of least cost that hold every place (N, 2), pixels, with ``reach_px`` around it.

    Neighbours share ``2·overlap_px`` rows. One band of the whole picture when a place is unknown (nan), one of a
    single pixel when all lie outside.
    """
    if np.isnan(places).any():
        return _bands([(0, size.height_px, 0, size.width_px)], size, overlap_px)
    step = -(-size.height_px // _BINS)
    extents = _extents(places, size, reach_px, step)
    rows = np.flatnonzero(~np.isnan(extents[:, 0]))
    if not len(rows):
        return _bands([(0, 1, 0, 1)], size, overlap_px)
    first, last = int(rows[0]), int(rows[-1]) + 1
    fixed = _EACH_COSTS * size.width_px * size.height_px
    cheapest: dict[int, tuple[float, tuple[int, ...]]] = {first: (0.0, (first,))}
    for lower in range(first + 1, last + 1):
        ways = []
        for upper in range(first, lower):
            top, bottom, left, right = _box(extents, upper, lower, step, size)
            shared = 2 * overlap_px * (upper > first)
            before, cuts = cheapest[upper]
            ways.append((before + fixed + (bottom - top + shared) * (right - left), (*cuts, lower)))
        cheapest[lower] = min(ways)
    cuts = cheapest[last][1]
    boxes = [_box(extents, upper, lower, step, size) for upper, lower in pairwise(cuts)]
    return _bands(boxes, size, overlap_px)


def _extents(places: Points, size: Size, reach_px: int, step: int) -> Points:
    """Leftmost and rightmost pixel that each step of rows must hold (bins, 2); nan where it holds nothing."""
    bins = -(-size.height_px // step)
    spread = -(-reach_px // step) + 1
    near = places[(places[:, 0] > -reach_px) & (places[:, 0] < size.width_px + reach_px)]
    row = np.floor(near[:, 1] / step).astype(int)
    inside = (row >= -spread) & (row < bins + spread)
    row, across = row[inside] + spread, near[inside, 0]
    least, most = np.full(bins + 2 * spread, np.inf), np.full(bins + 2 * spread, -np.inf)
    np.minimum.at(least, row, across)
    np.maximum.at(most, row, across)
    reached = [slice(index, index + 2 * spread + 1) for index in range(bins)]
    extents = np.array([(least[rows].min() - reach_px, most[rows].max() + reach_px) for rows in reached])
    extents[np.isinf(extents[:, 0])] = np.nan
    return extents


def _box(extents: Points, upper: int, lower: int, step: int, size: Size) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of a band over steps of rows, within the picture."""
    held = extents[upper:lower]
    left, right = size.width_px - 1, 1
    if not np.isnan(held[:, 0]).all():
        left, right = int(np.floor(np.nanmin(held[:, 0]))), int(np.ceil(np.nanmax(held[:, 1])))
    left = min(max(left, 0), size.width_px - 1)
    right = max(min(right, size.width_px), left + 1)
    return upper * step, min(lower * step, size.height_px), left, right


def _bands(boxes: Sequence[tuple[int, int, int, int]], size: Size, overlap_px: int) -> list[Band]:
    bands = []
    for index, (top, bottom, left, right) in enumerate(boxes):
        above = overlap_px if index else 0
        below = overlap_px if index < len(boxes) - 1 else 0
        upper, lower = max(top - above, 0), min(bottom + below, size.height_px)
        core = Region(left, top, right - left, bottom - top)
        bands.append(Band(core, Region(left, upper, right - left, lower - upper)))
    return bands


def lay_over(under: Floats, bands: Sequence[Band], pictures: Sequence[Floats]) -> Floats:
    """The picture (H, W, 3) with the bands' pictures (h, w, 3) over it, neighbours fading into each other."""
    laid = under.copy()
    above: Region | None = None
    for band, picture in zip(bands, pictures, strict=True):
        whole = band.whole
        fading = 2 * (band.core.top_px - whole.top_px)
        before = laid[whole.rows, whole.columns][:fading].copy()
        laid[whole.rows, whole.columns] = picture
        if above is not None:
            # only where both are: beside the band above there is nothing to fade from
            left, right = max(above.left_px, whole.left_px), min(_right(above), _right(whole))
            both = slice(max(left - whole.left_px, 0), max(right - whole.left_px, 0))
            share = ((np.arange(len(before)) + 0.5) / fading).astype(np.float32)[:, None, None]
            faded = before[:, both] + (picture[:fading, both] - before[:, both]) * share
            laid[whole.rows, whole.columns][:fading, both] = faded
        above = whole
    return laid


def _right(region: Region) -> int:
    return region.left_px + region.width_px
