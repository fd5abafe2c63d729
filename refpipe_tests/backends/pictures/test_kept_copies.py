"""Small copies that several readers of a picture share."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from refpipe.backends.pictures.kept_copies import LONGEST_PX, KeptCopies, decoded, fitted


def png(width: int, height: int, colour: tuple[int, int, int] = (200, 40, 10)) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_copy_keeps_colours_and_proportions_within_its_longest_side() -> None:
    copy = KeptCopies().copy(png(832, 1248))
    assert copy is not None
    assert copy.shape == (LONGEST_PX, 480, 3)
    assert copy[5, 5].tolist() == [200, 40, 10]


def test_a_picture_that_was_decoded_elsewhere_is_not_decoded_again() -> None:
    copies, picture = KeptCopies(), png(832, 1248)
    copies.keep(picture, np.full((1248, 832, 3), 7, np.uint8))
    copy = copies.copy(picture)
    assert copy is not None
    assert copy[0, 0].tolist() == [7, 7, 7]


def test_the_oldest_copies_are_let_go() -> None:
    copies, first = KeptCopies(), png(8, 12, (1, 1, 1))
    copies.keep(first, np.full((12, 8, 3), 7, np.uint8))
    for shade in range(60):
        copies.copy(png(8, 12, (9, 9, shade)))
    again = copies.copy(first)
    assert again is not None
    assert again[0, 0].tolist() == [1, 1, 1]


def test_what_is_no_picture_has_no_copy() -> None:
    assert KeptCopies().copy(b"no picture") is None
    assert decoded(b"") is None


def test_a_small_picture_grows_only_where_that_is_asked_for() -> None:
    pixels = np.zeros((12, 8, 3), np.uint8)
    assert fitted(pixels, 80, 120).shape == (12, 8, 3)
    assert fitted(pixels, 80, 120, enlarge=True).shape == (120, 80, 3)
