"""Bands: what they must hold, whatever the subject's outline."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from refpipe.backends.previs.bands import Band, bands_around, lay_over
from refpipe.domain.generation import Size

SIZE = Size(96, 160)


def outlines() -> st.SearchStrategy[np.ndarray]:
    place = st.tuples(st.floats(-60, 160), st.floats(-80, 240))
    return st.lists(place, min_size=1, max_size=40).map(lambda places: np.array(places, np.float64))


def covered(bands: list[Band]) -> np.ndarray:
    held = np.zeros((SIZE.height_px, SIZE.width_px), int)
    for band in bands:
        held[band.core.rows, band.core.columns] += 1
    return held


@given(outlines(), st.integers(0, 30), st.integers(0, 20))
def test_each_pixel_within_reach_of_the_subject_lies_in_exactly_one_band(
    places: np.ndarray, reach: int, overlap: int
) -> None:
    held = covered(bands_around(places, SIZE, reach, overlap_px=overlap))

    rows, columns = np.mgrid[0.5 : SIZE.height_px, 0.5 : SIZE.width_px]
    for x, y in places:
        near = (np.abs(columns - x) <= reach) & (np.abs(rows - y) <= reach)
        assert (held[near] == 1).all()
    assert held.max() == 1


@given(outlines(), st.integers(0, 30))
def test_bands_lie_within_the_picture_and_share_rows_with_their_neighbours(places: np.ndarray, reach: int) -> None:
    bands = bands_around(places, SIZE, reach, overlap_px=8)

    for band in bands:
        for region in (band.core, band.whole):
            assert 0 <= region.left_px < region.left_px + region.width_px <= SIZE.width_px
            assert 0 <= region.top_px < region.top_px + region.height_px <= SIZE.height_px
    for upper, lower in pairwise(bands):
        assert upper.core.top_px + upper.core.height_px == lower.core.top_px
        assert upper.whole.top_px + upper.whole.height_px > lower.whole.top_px


def test_a_narrow_head_over_wide_shoulders_takes_less_than_the_whole() -> None:
    head = np.stack([np.full(60, 48.0), np.linspace(0, 80, 60)], axis=1)
    shoulders = np.stack([np.linspace(5, 90, 200), np.full(200, 120.0)], axis=1)

    bands = bands_around(np.concatenate([head, shoulders]), SIZE, 4)

    assert len(bands) > 1
    assert covered(bands).sum() < 0.6 * SIZE.width_px * SIZE.height_px


def test_a_place_that_does_not_project_takes_the_whole_picture() -> None:
    assert covered(bands_around(np.array([[np.nan, np.nan], [3.0, 4.0]]), SIZE, 4)).all()


@given(outlines())
def test_laying_bands_of_one_colour_over_another_shows_no_seam(places: np.ndarray) -> None:
    bands = bands_around(places, SIZE, 6, overlap_px=8)
    under = np.zeros((SIZE.height_px, SIZE.width_px, 3), np.float32)
    pictures = [np.full((band.whole.height_px, band.whole.width_px, 3), 0.5, np.float32) for band in bands]

    laid = lay_over(under, bands, pictures)

    told = np.zeros((SIZE.height_px, SIZE.width_px), bool)
    for band in bands:
        told[band.whole.rows, band.whole.columns] = True
    assert np.allclose(laid[told], 0.5)
    assert (laid[~told] == 0).all()


def test_where_two_bands_meet_one_fades_evenly_into_the_other() -> None:
    head = np.stack([np.full(60, 48.0), np.linspace(0, 116, 60)], axis=1)
    shoulders = np.stack([np.linspace(5, 90, 200), np.full(200, 120.0)], axis=1)
    bands = bands_around(np.concatenate([head, shoulders]), SIZE, 4, overlap_px=8)
    pictures = [np.full((b.whole.height_px, b.whole.width_px, 3), index, np.float32) for index, b in enumerate(bands)]

    laid = lay_over(np.zeros((SIZE.height_px, SIZE.width_px, 3), np.float32), bands, pictures)

    for lower, (before, band) in enumerate(pairwise(bands), start=1):
        shared = laid[band.core.top_px - 8 : band.core.top_px + 8, 48, 0] - (lower - 1)
        assert np.allclose(shared, (np.arange(16) + 0.5) / 16, atol=1e-6)
        beside = np.setdiff1d(np.r_[band.whole.columns], np.r_[before.whole.columns])
        assert (laid[band.core.top_px - 8, beside, 0] == lower).all()
