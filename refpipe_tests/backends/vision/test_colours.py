"""The dominant colours of a picture."""

from __future__ import annotations

import numpy as np
import pytest

from refpipe.backends.asset_words import packaged_colour_names
from refpipe.backends.vision.colours import dominant_colours

NAMES = packaged_colour_names()


def _flat(*parts: tuple[tuple[int, ...], int]) -> np.ndarray:
    """Columns of colours, each so many pixels wide, 100 high."""
    return np.concatenate([np.full((100, wide, len(colour)), colour, np.uint8) for colour, wide in parts], axis=1)


def test_colours_come_by_share_with_their_names():
    found = dominant_colours(_flat(((31, 82, 214), 60), ((214, 26, 31), 30), ((250, 250, 250), 10)), NAMES)
    assert [each.name for each in found] == ["blue", "red", "white"]
    assert [each.share for each in found] == pytest.approx([0.6, 0.3, 0.1], abs=0.01)
    assert found[0].rgb == pytest.approx((31, 82, 214), abs=2)


def test_what_is_transparent_has_no_colour():
    picture = _flat(((0, 200, 0, 0), 90), ((214, 26, 31, 255), 10))
    (only,) = dominant_colours(picture, NAMES)
    assert (only.name, only.share) == ("red", 1.0)


def test_colours_under_transparency_do_not_bleed_into_the_edge():
    picture = np.zeros((400, 400, 4), np.uint8)
    picture[..., :3] = (0, 255, 0)
    rows, columns = np.mgrid[:400, :400]
    disc = np.hypot(rows - 200, columns - 200) < 150
    picture[disc] = (214, 26, 31, 255)
    assert {each.name for each in dominant_colours(picture, NAMES)} == {"red"}


def test_a_picture_without_an_opaque_pixel_has_none():
    assert dominant_colours(np.zeros((80, 80, 4), np.uint8), NAMES) == ()


def test_a_picture_of_one_colour_has_one():
    (only,) = dominant_colours(np.full((64, 64, 3), 128, np.uint8), NAMES)
    assert only.share == 1.0
    assert only.rgb == (128, 128, 128)


def test_the_same_picture_has_the_same_colours_and_never_more_than_five():
    noise = np.random.default_rng(5).integers(0, 256, (300, 200, 3)).astype(np.uint8)
    first = dominant_colours(noise, NAMES)
    assert len(first) == 5
    assert first == dominant_colours(noise.copy(), NAMES)
    assert sum(each.share for each in first) == pytest.approx(1, abs=0.001)


def test_small_but_vivid_parts_are_found_beside_a_large_ground():
    picture = np.full((512, 512, 3), 245, np.uint8)
    picture[200:300, 200:300] = (31, 82, 214)
    found = dominant_colours(picture, NAMES)
    assert [each.name for each in found] == ["white", "blue"]
    assert found[1].share == pytest.approx(100 * 100 / 512**2, abs=0.003)
