"""A picture's dominant colours (R-LIB-4).

Belongs here: k-means in Lab on a small copy. Does not: names (domain.colours), decoding.

The picture is averaged by area down to 128 pixels: what k-means then sees has the full picture's colours, but for the
grain that no colour's mean depends on. Equal colours are counted together, so that a step costs a thousand weighted
points and not a million; seeds are drawn by k-means++ from a fixed lot, several times, and the best is kept. The same
picture has the same colours, always and in any thread.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from refpipe.domain.asset_analysis import DominantColour
from refpipe.domain.colours import ColourNames, lab_of, rgb_of

REVISION = "1"
"""Raise it whenever the same picture gets other colours."""
SIDE_PX = 128
MOST = 5
_STARTS, _STEPS, _STILL = 6, 40, 0.02
_BITS = 2
"""Colours that are equal but for so many bits a channel are counted together."""
_OPAQUE = 0.5
_SEED = 20
_ALIKE = 2.0
"""Means nearer than this in Lab are one colour."""

Floats = NDArray[np.float64]


def dominant_colours(pixels: NDArray[np.uint8], names: ColourNames) -> tuple[DominantColour, ...]:
    """Up to five colours of an upright picture (H, W, 3) or (H, W, 4) in sRGB, the largest share first.

    What is less than half opaque does not count; none where nothing is opaque. Fewer where there are fewer.
    """
    points, weights = _counted(small_copy(pixels))
    if not len(points):
        return ()
    centres, shares = _merged(*_clustered(points, weights))
    order = np.lexsort((centres[:, 2], centres[:, 1], centres[:, 0], -shares))
    rgb = rgb_of(centres[order])
    return tuple(
        DominantColour(rgb=(int(r), int(g), int(b)), share=round(float(share), 4), name=names.name((r, g, b)))
        for (r, g, b), share in zip(rgb, shares[order], strict=True)
    )


def small_copy(pixels: NDArray[np.uint8], side_px: int = SIDE_PX) -> NDArray[np.float32]:
    """(h, w, 4) in 0..255, alpha in 0..1: averaged by area, colours weighted by alpha. Never enlarged."""
    import cv2

    high, wide = pixels.shape[:2]
    by = min(1.0, side_px / max(high, wide))
    size = (max(1, round(wide * by)), max(1, round(high * by)))
    if pixels.shape[2] == 3:
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        return np.concatenate([small, np.ones((*small.shape[:2], 1), np.float32)], axis=2)
    alpha = pixels[..., 3:].astype(np.float32) / 255
    laid = np.concatenate([pixels[..., :3] * alpha, alpha], axis=2)
    small = cv2.resize(laid, size, interpolation=cv2.INTER_AREA)
    return np.concatenate([small[..., :3] / np.maximum(small[..., 3:], 1e-4), small[..., 3:]], axis=2)


def _counted(small: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Distinct colours in Lab (n, 3) and how many pixels have each."""
    rgb = small[small[..., 3] >= _OPAQUE][:, :3]
    if not len(rgb):
        return np.zeros((0, 3)), np.zeros(0)
    whole = np.clip(np.rint(rgb), 0, 255).astype(np.uint32)
    coarse = whole >> _BITS
    keys = (coarse[:, 0] << 16) | (coarse[:, 1] << 8) | coarse[:, 2]
    _, group, count = np.unique(keys, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(group, weights=whole[:, channel]) for channel in range(3)], axis=1)
    return lab_of(sums / count[:, None]), count.astype(np.float64)


def _clustered(points: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Centres (k, 3) and their shares; k-means with the least error of several starts."""
    draw = np.random.default_rng(_SEED)
    best: tuple[float, Floats, NDArray[np.intp]] | None = None
    for _ in range(_STARTS):
        centres = _seeded(points, weights, draw)
        error, centres, group = _settled(points, weights, centres)
        if best is None or error < best[0]:
            best = error, centres, group
    assert best is not None  # noqa: S101 - there is at least one start
    _, centres, group = best
    return centres, np.bincount(group, weights=weights, minlength=len(centres)) / weights.sum()


def _seeded(points: Floats, weights: Floats, draw: np.random.Generator) -> Floats:
    """k-means++: each further seed is likelier the further it lies from those before."""
    chosen = [int(draw.choice(len(points), p=weights / weights.sum()))]
    far = _squares(points, points[chosen])[:, 0]
    while len(chosen) < min(MOST, len(points)):
        lots = weights * far
        if lots.sum() <= 0:
            break
        chosen.append(int(draw.choice(len(points), p=lots / lots.sum())))
        far = np.minimum(far, _squares(points, points[chosen[-1:]])[:, 0])
    return points[chosen]


def _settled(points: Floats, weights: Floats, centres: Floats) -> tuple[float, Floats, NDArray[np.intp]]:
    """Lloyd's steps until nothing moves: mean squared error, centres, and each point's centre."""
    group = np.zeros(len(points), np.intp)
    for _ in range(_STEPS):
        group = _squares(points, centres).argmin(axis=1)
        total = np.bincount(group, weights=weights, minlength=len(centres))
        sums = np.stack(
            [np.bincount(group, weights=weights * points[:, axis], minlength=len(centres)) for axis in range(3)], axis=1
        )
        moved = np.where(total[:, None] > 0, sums / np.maximum(total, 1e-9)[:, None], centres)
        step = float(np.abs(moved - centres).max())
        centres = moved
        if step < _STILL:
            break
    squares = _squares(points, centres)
    group = squares.argmin(axis=1)
    error = float((weights * squares[np.arange(len(points)), group]).sum() / weights.sum())
    return error, centres, group


def _squares(points: Floats, centres: Floats) -> Floats:
    """Squared distances (n, k), without an array of (n, k, 3)."""
    squares = (points**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1)[None, :] - 2 * points @ centres.T
    return np.asarray(np.maximum(squares, 0))


def _merged(centres: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Means that nobody could tell apart made one; those that nothing has are left out."""
    kept: list[Floats] = []
    weights: list[float] = []
    for at in np.argsort(-shares, kind="stable"):
        near = [place for place, each in enumerate(kept) if np.linalg.norm(each - centres[at]) < _ALIKE]
        if shares[at] <= 0:
            continue
        if near:
            place = near[0]
            whole = weights[place] + shares[at]
            kept[place] = (kept[place] * weights[place] + centres[at] * shares[at]) / whole
            weights[place] = float(whole)
        else:
            kept.append(centres[at])
            weights.append(float(shares[at]))
    return np.stack(kept), np.array(weights)
