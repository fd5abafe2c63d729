"""The drawn lots behind a training picture of an asset, and the colours it may have.

Belongs here: repeatable chance, the colour words with their tints, and what is kept back for held-out pictures.
Does not: drawing, captions.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]
Plane = NDArray[np.float32]
T = TypeVar("T")

COLOURS: dict[str, Colour] = {
    "red": (0.84, 0.10, 0.12),
    "dark red": (0.45, 0.04, 0.09),
    "orange": (0.96, 0.50, 0.08),
    "yellow": (0.97, 0.85, 0.14),
    "gold": (0.82, 0.64, 0.22),
    "beige": (0.85, 0.75, 0.60),
    "cream": (0.97, 0.93, 0.80),
    "brown": (0.48, 0.29, 0.15),
    "olive": (0.44, 0.45, 0.16),
    "green": (0.16, 0.62, 0.24),
    "dark green": (0.05, 0.29, 0.16),
    "mint": (0.64, 0.91, 0.77),
    "teal": (0.05, 0.47, 0.48),
    "turquoise": (0.20, 0.80, 0.80),
    "light blue": (0.56, 0.78, 0.95),
    "blue": (0.12, 0.32, 0.84),
    "navy": (0.07, 0.11, 0.33),
    "purple": (0.46, 0.16, 0.62),
    "lavender": (0.77, 0.69, 0.93),
    "pink": (0.97, 0.60, 0.73),
    "magenta": (0.86, 0.10, 0.56),
    "white": (0.96, 0.96, 0.96),
    "silver": (0.76, 0.78, 0.80),
    "grey": (0.52, 0.53, 0.54),
    "dark grey": (0.27, 0.28, 0.30),
    "black": (0.07, 0.07, 0.08),
}
KEPT_BACK_ONE_IN = 6  # pairs of colours of a kind that only held-out pictures show


class Dice:
    """Repeatable chance for picture `number` of `part`; the same pair always falls the same way."""

    def __init__(self, number: int, part: str) -> None:
        digest = hashlib.sha256(f"asset picture/{part}/{number}".encode()).digest()
        self._random = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        self.is_held_out = part == "held_out"

    def chance(self, share: float) -> bool:
        """Whether an event of probability `share` happens."""
        return bool(self._random.random() < share)

    def between(self, low: float, high: float) -> float:
        """A number from an interval."""
        return float(self._random.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return int(self._random.integers(low, high + 1))

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all alike."""
        return options[int(self._random.integers(len(options)))]

    def build(self, options: Sequence[T]) -> T:
        """One of the options; the last is kept back for held-out pictures, which show it mostly."""
        if self.is_held_out and self.chance(0.65):
            return options[-1]
        return self.pick(options[:-1])

    def girth(self, low: float, high: float) -> float:
        """A proportion; the upper quarter of the interval is kept back for held-out pictures."""
        edge = low + 0.75 * (high - low)
        return self.between(edge, high) if self.is_held_out else self.between(low, edge)

    def colour_pair(self, kind: str) -> tuple[str, str]:
        """Names of two different colours, in a pairing for this kind that other parts never or only show."""
        names = tuple(COLOURS)
        while True:
            first, second = self.pick(names), self.pick(names)
            is_kept_back = zlib.crc32(f"{kind}/{first}/{second}".encode()) % KEPT_BACK_ONE_IN == 0
            if contrast(COLOURS[first], COLOURS[second]) > 0.3 and is_kept_back == self.is_held_out:
                return first, second

    def tint(self, name: str) -> Colour:
        """A colour of that name, a little off its middle."""
        red, green, blue = (min(1.0, max(0.0, part + self.between(-0.03, 0.03))) for part in COLOURS[name])
        return red, green, blue

    def grain(self, rows: int, columns: int | None = None) -> Plane:
        """(rows, columns) independent numbers from 0 to 1."""
        return self._random.random((rows, columns or rows), dtype=np.float32)

    def spots(self, count: int) -> NDArray[np.float64]:
        """(count, 2) places in the unit square."""
        return self._random.random((count, 2))


def contrast(first: Colour, second: Colour) -> float:
    """Distance of two colours, 0 to 1.7."""
    return float(np.linalg.norm(np.subtract(first, second)))


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour that is `share` of the way from first to second."""
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def readable_on(ground: Colour) -> Colour:
    """Black or white, whichever is seen better on the ground."""
    return COLOURS["black"] if sum(ground) > 1.5 else COLOURS["white"]
