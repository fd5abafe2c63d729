"""Which pictures of a set show the same.

Belongs here: comparing small copies of pictures. Does not: likeness of persons or products (features).

Two shots of one figure may differ in an expression only, so a hash of the whole picture would call them one. Small
copies are compared place by place instead: pictures are the same when no place of a few pixels differs by more than
their encoding explains. Measured on two sample characters' 33 shots at 256×384: the least different pair of shots
differs at some place by 8 grey levels (a face that is concerned or not); the same picture at twice the size, as JPEG
of quality 60 or with noise of 8 levels by at most 4. The same shot taken again with another seed differs by up to 16:
that is another picture here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.pictures.kept_copies import KeptCopies

_WIDTH_PX, _HEIGHT_PX = 96, 144
_PLACE_PX = 6
_SAME = 6.0
"""Grey levels by which the mean of a place may differ."""


class ThumbnailDuplicates:
    """Implements domain.ports.DuplicateFinder."""

    def __init__(self, copies: KeptCopies | None = None) -> None:
        self._copies = copies or KeptCopies()

    def pairs(self, pictures: Mapping[str, bytes]) -> list[tuple[str, str]]:
        """Pairs of names in the order given; unreadable pictures are left out."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            read = dict(zip(pictures, pool.map(self._places, pictures.values()), strict=True))
        small = {name: places for name, places in read.items() if places is not None}
        return [
            (one, other)
            for one, other in combinations(small, 2)
            if float(np.abs(small[one] - small[other]).max()) <= _SAME
        ]

    def _places(self, data: bytes) -> NDArray[np.float32] | None:
        """Means of small places in each colour channel (rows, columns, 3), None for what is no picture."""
        import cv2

        picture = self._copies.copy(data)
        if picture is None:
            return None
        copy = cv2.resize(picture, (_WIDTH_PX, _HEIGHT_PX), interpolation=cv2.INTER_AREA)
        places = cv2.resize(copy, (_WIDTH_PX // _PLACE_PX, _HEIGHT_PX // _PLACE_PX), interpolation=cv2.INTER_AREA)
        return np.asarray(places, np.float32)
