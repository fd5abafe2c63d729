"""A found silhouette against the expected one: moved, of another size, or another shape.

Belongs here: the best placing of one mask over the other, what remains. Does not: finding masks, what is too much.

Both masks are cut off by the picture's frame. A placing is judged only where both are known: what lay outside the
expected picture can be neither right nor wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_LINES = 80
_SCALES = 2.0 ** np.linspace(-1.5, 1.5, 31)
_LEAST_KNOWN = 0.3
"""A placing must leave this share of the picture known."""
_PRICE_OF_SCALE, _PRICE_OF_MOVE = 0.06, 0.10
"""In overlap, for a doubling and for a move by the whole height: of two placings alike the lesser is taken."""

_PRICES = _PRICE_OF_SCALE * np.abs(np.log2(_SCALES))

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
    whole = _small(expected, size)
    spectra = _Spectra(_small(found, size))
    best = (-1.0, 0.0, 1.0, 0, 0)
    for scale, price in sorted(zip(_SCALES.tolist(), _PRICES.tolist(), strict=True), key=lambda each: each[1]):
        if 1.0 - price <= best[0]:
            break  # no overlap could make up for the price of this scale, nor of those after it
        matrix = _about_the_middle(scale, size)
        wanted = cv2.warpAffine(whole, matrix, size, flags=cv2.INTER_LINEAR)
        fits = spectra.overlaps(wanted, _known(scale, size))
        fits_less_price = fits - price - _PRICE_OF_MOVE * spectra.moves
        at = np.unravel_index(int(fits_less_price.argmax()), fits.shape)
        if fits_less_price[at] > best[0]:
            best = (float(fits_less_price[at]), float(fits[at]), scale, *spectra.shift(at))
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


def _about_the_middle(scale: float, size: tuple[int, int]) -> NDArray[np.float32]:
    return np.array([[scale, 0, (1 - scale) * size[0] / 2], [0, scale, (1 - scale) * size[1] / 2]], np.float32)


@dataclass(frozen=True, slots=True)
class _Known:
    """What of a picture is known at one scale: its spectrum, and for every move how much remains in the frame."""

    spectrum: NDArray[np.complex64]
    inside: NDArray[np.float32]


@lru_cache(maxsize=128)  # the scales of a few shapes of pictures
def _known(scale: float, size: tuple[int, int]) -> _Known:
    import cv2

    frame = np.ones(size[::-1], np.float32)
    known = cv2.warpAffine(frame, _about_the_middle(scale, size), size, flags=cv2.INTER_LINEAR)
    spectrum = np.conj(_spectrum(np.asarray(known, np.float32)))
    return _Known(spectrum, _moved_over(_spectrum(frame) * spectrum, size[::-1]))


def _spectrum(mask: NDArray[np.float32]) -> NDArray[np.complex64]:
    from scipy import fft

    return np.asarray(fft.rfft2(mask, [2 * side for side in mask.shape]), np.complex64)


def _moved_over(product: NDArray[np.complex64], shape: tuple[int, int]) -> NDArray[np.float32]:
    """From the product of two spectra the sum of two masks' product, for every move."""
    from scipy import fft

    return np.asarray(fft.irfft2(product, [2 * side for side in shape]), np.float32)


class _Spectra:
    """Overlaps of one mask with others for all moves at once, by Fourier transform."""

    def __init__(self, seen: NDArray[np.float32]) -> None:
        self._shape: tuple[int, int] = (seen.shape[0], seen.shape[1])
        height, width = self._shape
        self._seen = _spectrum(seen)
        self._frame = _spectrum(np.ones_like(seen))
        self._area = float(seen.size)
        rows, columns = np.fft.fftfreq(2 * height, 1 / (2 * height)), np.fft.fftfreq(2 * width, 1 / (2 * width))
        self.moves = (np.hypot(rows[:, None], columns[None]) / height).astype(np.float32)
        self._far = (np.abs(rows)[:, None] > 0.55 * height) | (np.abs(columns)[None] > 0.7 * width)

    def overlaps(self, wanted: NDArray[np.float32], known: _Known) -> NDArray[np.float32]:
        """Intersection over union within what is known, for every move; −1 where too little is known."""
        of_wanted = np.conj(_spectrum(wanted))
        both = _moved_over(self._seen * of_wanted, self._shape)
        union = _moved_over(self._frame * of_wanted + self._seen * known.spectrum, self._shape) - both
        fits: NDArray[np.float32] = both / np.maximum(union, np.float32(1.0))
        fits[(known.inside < _LEAST_KNOWN * self._area) | self._far] = -1.0
        return fits

    def shift(self, at: tuple[np.intp, ...]) -> tuple[int, int]:
        """An index of the overlaps as a move (right, down), pixels."""
        down, right = int(at[0]), int(at[1])
        height, width = self._shape
        return (right - 2 * width if right >= width else right), (down - 2 * height if down >= height else down)
