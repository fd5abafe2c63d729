"""Finding the subject before a plain backdrop, from the picture's pixels alone.

Belongs here: a model of the backdrop, what stands out from it, whether that can be trusted. Does not: what the
subject should look like (silhouettes).

The backdrop is taken to be one smooth surface of colour (second order in x and y, in Lab) that is seen along the
top and the upper sides. What departs from it, by more than its own unrest, is the subject; GrabCut then draws the
border where the colours say. Works on a small copy: a silhouette needs no pixels' detail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WORKING_HEIGHT = 240
"""Lines of the copy that is worked on."""
_BAND = 0.04
"""Width of the border band, as a share of the height."""
_SIDE_SHARE = 0.6
"""How far down the sides belong to the band: lower, shoulders and arms may touch them."""
_UNREST_FLOOR = 1.2
"""Least unrest of a backdrop, in Lab units: below, rounding decides."""
_NEAR, _FAR = 3.0, 6.0
"""In units of unrest: backdrop up to the first, subject from the second on."""
_CHROMA_WEIGHT = 2.0
"""A shadow on the backdrop changes its lightness, not its colour: colour counts more."""
_SHADE = 0.35
"""A cast shadow, or a pool of light on the floor, changes at most this share of the backdrop's lightness."""
_SHADE_SLOPE = 2.2
"""It sets in softly: at most so many Lab units from one pixel of the copy to the next."""
_SHADE_LEFT = 0.2
"""What is left of a shade's departure."""
_MOST_UNREST = 5.0
"""A backdrop with more unrest than this is none that a subject can be told from."""
_LEAST, _MOST = 0.015, 0.97
"""Share of the picture that a subject takes."""

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSubject:
    """A subject found in a picture. ``mask`` (h, w) is small: ``WORKING_HEIGHT`` lines of the picture's shape.

    ``confidence`` 0–1: how clearly its border stands out from the backdrop.
    """

    mask: Mask
    confidence: float

    @property
    def share(self) -> float:
        """The part of the picture that it takes."""
        return float(self.mask.mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSubject:
    """Why no subject was found. ``is_plain``: the whole picture is backdrop, so that there is none."""

    why: str
    is_plain: bool


def working_copy(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture (H, W, 3) at ``WORKING_HEIGHT`` lines."""
    import cv2

    height, width = rgb.shape[:2]
    size = (max(round(width * WORKING_HEIGHT / height), 8), WORKING_HEIGHT)
    flags = cv2.INTER_AREA if height > WORKING_HEIGHT else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb, size, interpolation=flags), np.uint8)


def find_subject(small_rgb: NDArray[np.uint8]) -> FoundSubject | NoSubject:
    """The subject in a working copy (h, w, 3) of a picture."""
    import cv2

    calm = cv2.bilateralFilter(cv2.medianBlur(np.ascontiguousarray(small_rgb), 3), 5, 12, 3)
    lab = cv2.cvtColor(calm.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    departure = _departure(lab)
    if departure is None:
        return NoSubject(why="no backdrop is seen along the picture's upper border", is_plain=False)
    stands_out = departure > _FAR
    if stands_out.mean() < 0.004:
        return NoSubject(why="nothing stands out from the backdrop", is_plain=True)
    mask = _without_crumbs(_cut(calm, departure))
    share = float(mask.mean())
    if share < _LEAST:
        return NoSubject(why="nothing stands out from the backdrop", is_plain=True)
    if share > _MOST:
        return NoSubject(why="next to nothing of a backdrop is seen", is_plain=False)
    return FoundSubject(mask=mask, confidence=_confidence(departure, mask))


def _departure(lab: Floats) -> Floats | None:
    """How far each pixel departs from the backdrop, in units of its unrest; None where no backdrop is found."""
    height, width = lab.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1).astype(np.float32)
    band = round(_BAND * height)
    taken = np.zeros((height, width), bool)
    taken[:band] = True
    taken[: round(_SIDE_SHARE * height), :band] = taken[: round(_SIDE_SHARE * height), -band:] = True
    weight = np.array([1.0, _CHROMA_WEIGHT, _CHROMA_WEIGHT], np.float32)
    # the band may hold a hat or a shoulder: begin with a level colour, and let the surface bend as it is confirmed
    degree, seen, unrest = 1, lab[taken], 0.0
    centre = np.median(seen, axis=0)
    away = np.linalg.norm((lab - centre) * weight, axis=2)
    unrest = max(1.4826 * float(np.median(away[taken])), _UNREST_FLOOR)
    for degree in (3, 6, 6, 6):
        used = (away < _NEAR * max(unrest, 2.0)) & _reached(away < _NEAR * max(unrest, 2.0), taken)
        if used.sum() < 0.01 * used.size or (used & taken).sum() < 0.25 * taken.sum():
            return None
        fit = _fitted(terms[..., :degree], lab, used)
        away = np.linalg.norm((lab - fit) * weight, axis=2)
        unrest = max(1.4826 * float(np.median(away[used])), _UNREST_FLOOR)
    if unrest > _MOST_UNREST:
        return None
    away[_shade(lab, fit, used, _NEAR * unrest)] *= _SHADE_LEFT
    return np.asarray(away / unrest, np.float32)


def _shade(lab: Floats, backdrop: Floats, used: Mask, near: float) -> Mask:
    """Where the backdrop is only darker or lighter, and grows so softly from where it is not."""
    import cv2

    change = np.abs(backdrop[..., 0] - lab[..., 0]) / np.maximum(backdrop[..., 0], 1.0)
    colour = np.linalg.norm(lab[..., 1:] - backdrop[..., 1:], axis=2) * _CHROMA_WEIGHT
    level = np.ascontiguousarray(lab[..., 0])
    slope = np.hypot(cv2.Sobel(level, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(level, cv2.CV_32F, 0, 1, scale=0.125))
    soft = (change < _SHADE) & (colour < 2 * near) & (slope < _SHADE_SLOPE)
    return _reached(soft | used, used) & ~used


def _fitted(terms: Floats, lab: Floats, used: Mask) -> Floats:
    basis = terms[used]
    ridge = 1e-3 * len(basis) * np.diag([0.0] + [1.0] * (terms.shape[-1] - 1))
    weights = np.linalg.solve(basis.T @ basis + ridge, basis.T @ lab[used])
    return np.asarray(terms @ weights, np.float32)


def _reached(open_to: Mask, start: Mask) -> Mask:
    """Those pixels that are connected with the start."""
    import cv2

    _, labels = cv2.connectedComponents(open_to.astype(np.uint8), connectivity=4)
    return np.isin(labels, np.unique(labels[start & open_to])) & open_to


def _cut(calm: NDArray[np.uint8], departure: Floats) -> Mask:
    """GrabCut between what is surely backdrop and what surely is not."""
    import cv2

    start = np.full(departure.shape, cv2.GC_PR_BGD, np.uint8)
    start[departure > _NEAR] = cv2.GC_PR_FGD
    start[departure > _FAR] = cv2.GC_FGD
    start[departure < 0.5 * _NEAR] = cv2.GC_BGD
    if not ((start == cv2.GC_PR_BGD) | (start == cv2.GC_PR_FGD)).any():
        return np.asarray(departure > _FAR)
    cv2.setRNGSeed(0)
    scratch = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(calm), start, None, *scratch, 1, cv2.GC_INIT_WITH_MASK)
    return np.asarray((start == cv2.GC_FGD) | (start == cv2.GC_PR_FGD))


def _without_crumbs(mask: Mask) -> Mask:
    """Parts of less than a fiftieth of the largest are dropped, holes of less than a hundredth filled."""
    import cv2

    kept = mask.copy()
    for value, share in ((True, 0.02), (False, 0.01)):
        count, labels, stats, _ = cv2.connectedComponentsWithStats((kept == value).astype(np.uint8), connectivity=4)
        if count < 2:
            continue
        areas = stats[1:, cv2.CC_STAT_AREA]
        base = areas.max() if value else max(int(kept.sum()), 1)
        small = 1 + np.flatnonzero(areas < share * base)
        kept[np.isin(labels, small)] = not value
    return kept


def _confidence(departure: Floats, mask: Mask) -> float:
    """Share of the border whose inner side stands out, and whose outer side does not."""
    import cv2

    solid = mask.astype(np.uint8)
    inner = mask & ~cv2.erode(solid, np.ones((7, 7), np.uint8), borderValue=1).astype(bool)
    outer = ~mask & cv2.dilate(solid, np.ones((7, 7), np.uint8)).astype(bool)
    if not inner.any() or not outer.any():
        return 0.0
    return float(min((departure[inner] > _NEAR).mean(), (departure[outer] < _FAR).mean()))
