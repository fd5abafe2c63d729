"""Colours as people see them."""

from __future__ import annotations

import numpy as np
import pytest

from refpipe.backends.asset_words import packaged_colour_names
from refpipe.backends.model_pack.asset_dice import COLOURS
from refpipe.domain.colours import ColourNames, difference, lab_of, rgb_of

# pairs of the paper's own table (Sharma, Wu and Dalal 2005)
PAIRS = [
    ((50.0000, 2.6772, -79.7751), (50.0000, 0.0000, -82.7485), 2.0425),
    ((50.0000, 3.1571, -77.2803), (50.0000, 0.0000, -82.7485), 2.8615),
    ((50.0000, -1.3802, -84.2814), (50.0000, 0.0000, -82.7485), 1.0000),
    ((50.0000, 2.5000, 0.0000), (50.0000, 0.0000, -2.5000), 4.3065),
    ((50.0000, 2.5000, 0.0000), (73.0000, 25.0000, -18.0000), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "wanted"), PAIRS)
def test_the_difference_is_that_of_the_published_pairs(one, other, wanted):
    assert difference(one, other) == pytest.approx(wanted, abs=1e-4)
    assert difference(other, one) == pytest.approx(wanted, abs=1e-4)


def test_lab_of_white_black_and_pure_red_is_the_known_one():
    assert lab_of((255, 255, 255)) == pytest.approx([100, 0, 0], abs=0.01)
    assert lab_of((0, 0, 0)) == pytest.approx([0, 0, 0], abs=0.01)
    assert lab_of((255, 0, 0)) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)


def test_every_colour_of_the_screen_survives_the_way_through_lab():
    colours = np.random.default_rng(1).integers(0, 256, (500, 3))
    assert (rgb_of(lab_of(colours)) == colours).all()


def test_the_packaged_names_call_the_colours_that_training_draws_by_their_names():
    names = packaged_colour_names()
    for name, colour in COLOURS.items():
        assert names.name(np.array(colour) * 255) == name


def test_a_colour_has_the_name_of_its_nearest_shade():
    names = ColourNames({"red": [(255, 0, 0), (120, 0, 0)], "white": [(255, 255, 255)]})
    assert names.name((110, 5, 5)) == "red"
    assert names.name((250, 240, 240)) == "white"
