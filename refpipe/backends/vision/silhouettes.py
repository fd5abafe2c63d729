"""A found silhouette against the expected one: moved, of another size, or another shape.

Belongs here: the best placing of one mask over the other, what remains. Does not: finding masks, what is too much.

Both masks are cut off by the picture's frame. A placing is judged only where both are known: what lay outside the
expected picture can be neither right nor wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LINES = 80
_SCALES = 2.0 ** np.linspace(-1.5, 1.5, 31)
_LEAST_KNOWN = 0.3
"""A placing must leave this share of the picture known."""
_PRICE_OF_SCALE, _PRICE_OF_MOVE = 0.06, 0.10
"""In overlap, for a doubling and for a move by the whole height: of two placings alike the lesser is taken."""

_NEAR_MOVE, _NEAR_SCALE = 0.02, 0.06

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """How the found silhouette lies against the expected one.

    ``overlap`` is intersection over union as they are, ``aligned_overlap`` after the found one's ``scale`` (times the
    expected) and move ``right``, ``down`` (shares of the picture's height) are undone.
    """

    overlap: float
    aligned_overlap: float
    scale: float
    right: float
    down: float

    @property
    def move(self) -> float:
        """Length of the move, as a share of the picture's height."""
        return float(np.hypot(self.right, self.down))

    @property
    def is_as_expected(self) -> bool:
        """So near to the expected place and scale that nothing needs to be undone."""
        return self.move <= _NEAR_MOVE and abs(float(np.log2(self.scale))) <= _NEAR_SCALE


def overlap(one: Mask, other: Mask) -> float:
    """Intersection over union; 0 where both are empty."""
    union = float((one | other).sum())
    return float((one & other).sum()) / union if union else 0.0


def place(found: Mask, expected: Mask) -> Placing:
    """The placing of the expected silhouette (h, w) that fits the found one (h, w) best."""
    import cv2

    height, width = expected.shape
    size = (max(round(width * _LINES / height), 4), _LINES)
    seen = _small(found, size)
    best = (-1.0, 0.0, 1.0, 0, 0)
    spectra = _Spectra(seen)
    for scale in _SCALES:
        matrix = np.array([[scale, 0, 0], [0, scale, 0]], np.float32)
        matrix[:, 2] = (1 - scale) * np.array([size[0] / 2, size[1] / 2])
        wanted = cv2.warpAffine(_small(expected, size), matrix, size, flags=cv2.INTER_LINEAR)
        known = cv2.warpAffine(np.ones(size[::-1], np.float32), matrix, size, flags=cv2.INTER_LINEAR)
        fits = spectra.overlaps(wanted, known)
        fits_less_price = fits - _PRICE_OF_SCALE * abs(np.log2(scale)) - _PRICE_OF_MOVE * spectra.moves
        at = np.unravel_index(int(fits_less_price.argmax()), fits.shape)
        if fits_less_price[at] > best[0]:
            best = (float(fits_less_price[at]), float(fits[at]), float(scale), *spectra.shift(at))
    _, aligned, scale, right, down = best
    as_is = overlap(found, expected)
    return Placing(
        overlap=as_is,
        aligned_overlap=max(aligned, as_is),
        scale=scale,
        right=right / _LINES,
        down=down / _LINES,
    )


def _small(mask: Mask, size: tuple[int, int]) -> NDArray[np.float32]:
    import cv2

    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)


class _Spectra:
    """Overlaps of one mask with others for all moves at once, by Fourier transform."""

    def __init__(self, seen: NDArray[np.float32]) -> None:
        self._shape = tuple(2 * side for side in seen.shape)
        height, width = seen.shape
        self._seen = np.fft.rfft2(seen, self._shape)
        self._frame = np.fft.rfft2(np.ones_like(seen), self._shape)
        self._area = float(seen.size)
        rows, columns = np.fft.fftfreq(2 * height, 1 / (2 * height)), np.fft.fftfreq(2 * width, 1 / (2 * width))
        self.moves = np.hypot(rows[:, None], columns[None]) / height
        self._far = (np.abs(rows)[:, None] > 0.55 * height) | (np.abs(columns)[None] > 0.7 * width)

    def overlaps(self, wanted: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float64]:
        """Intersection over union within what is known, for every move; −1 where too little is known."""
        of_wanted, of_known = (np.conj(np.fft.rfft2(each, self._shape)) for each in (wanted, known))
        both, wanted_inside, seen_known, inside = (
            np.fft.irfft2(product, self._shape)
            for product in (
                self._seen * of_wanted,
                self._frame * of_wanted,
                self._seen * of_known,
                self._frame * of_known,
            )
        )
        union = wanted_inside + seen_known - both
        fits = both / np.maximum(union, 1.0)
        return np.where((inside < _LEAST_KNOWN * self._area) | self._far, -1.0, fits)

    def shift(self, at: tuple[np.intp, ...]) -> tuple[int, int]:
        """An index of the overlaps as a move (right, down), pixels."""
        down, right = int(at[0]), int(at[1])
        height, width = self._shape
        return (right - width if right >= width // 2 else right), (down - height if down >= height // 2 else down)
