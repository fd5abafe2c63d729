"""Small copies of pictures, kept for a while: who judges a picture, shows it and lays it out decodes it once.

Belongs here: decoding to a small copy, and the last few of them. Does not: what is done with a copy.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST_PX = 720
"""Longest side of a copy; a smaller picture is its own copy."""
_KEPT = 48
"""A whole set and some: about a megabyte each."""

Pixels: TypeAlias = "NDArray[np.uint8]"
"""RGB, (H, W, 3)."""


class KeptCopies:
    """The copies that were asked for last, found by the picture's content. Safe to share between threads."""

    def __init__(self) -> None:
        self._copies: OrderedDict[bytes, Pixels] = OrderedDict()
        self._lock = threading.Lock()

    def copy(self, picture: bytes) -> Pixels | None:
        """A copy of an encoded picture, decoded where it is not kept; None for what is no picture."""
        mark = sha256(picture).digest()
        with self._lock:
            if mark in self._copies:
                self._copies.move_to_end(mark)
                return self._copies[mark]
        pixels = decoded(picture)
        return None if pixels is None else self._keep(mark, pixels)

    def keep(self, picture: bytes, pixels: Pixels) -> None:
        """Keep a copy of a picture that is decoded already."""
        self._keep(sha256(picture).digest(), pixels)

    def _keep(self, mark: bytes, pixels: Pixels) -> Pixels:
        small = fitted(pixels, LONGEST_PX, LONGEST_PX)
        small.setflags(write=False)
        with self._lock:
            self._copies[mark] = small
            while len(self._copies) > _KEPT:
                self._copies.popitem(last=False)
        return small


def decoded(picture: bytes) -> Pixels | None:
    """The whole picture, upright, without transparency; None for what is no picture."""
    import cv2
    import numpy as np

    read = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR) if picture else None
    return None if read is None else np.asarray(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), np.uint8)


def fitted(pixels: Pixels, width_px: int, height_px: int, *, enlarge: bool = False) -> Pixels:
    """The picture within so many pixels, its proportions kept; a smaller one only grows where that is asked for."""
    import cv2
    import numpy as np

    height, width = pixels.shape[:2]
    scale = min(width_px / width, height_px / height)
    if scale >= 1 and not enlarge:
        return np.array(pixels)
    # averaging takes a tenth of the time of a finer filter, for the same look at a fraction of the size
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8)
