"""The camera convention: angles, bins, framing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.domain.camera import (
    BOX_HEIGHT_M,
    LANDSCAPE,
    PORTRAIT,
    Crop,
    Headroom,
    Thirds,
    ViewBin,
    camera_direction,
    crop_box_m,
    distance_for_punch_in,
    punch_in,
    relative_view_deg,
    view_bin,
    visible_size_m,
    wrap_deg,
)

angles = st.floats(-100_000, 100_000)
lenses = st.floats(14, 200)
distances = st.floats(0.1, 10)
crops = st.sampled_from(Crop)
poses = st.sampled_from(["neutral", "t_pose"])


@given(angles)
def test_a_wrapped_angle_is_the_same_direction_above_minus_180_up_to_180(angle):
    wrapped = wrap_deg(angle)
    assert -180 < wrapped <= 180
    assert math.cos(math.radians(wrapped)) == pytest.approx(math.cos(math.radians(angle)), abs=1e-6)
    assert math.sin(math.radians(wrapped)) == pytest.approx(math.sin(math.radians(angle)), abs=1e-6)


@pytest.mark.parametrize(("angle", "wrapped"), [(0, 0), (180, 180), (-180, 180), (190, -170), (540, 180), (-361, -1)])
def test_wrapping_at_the_seams(angle, wrapped):
    assert wrap_deg(angle) == wrapped


@given(st.floats(-180, 180), st.floats(-180, 180))
def test_turning_camera_and_subject_together_changes_no_view(azimuth, yaw):
    together = relative_view_deg(azimuth + 40, yaw + 40)
    assert abs(wrap_deg(together - relative_view_deg(azimuth, yaw))) < 1e-6


@given(st.floats(-180, 180))
def test_a_view_and_its_mirror_share_a_bin(view):
    assert view_bin(view) is view_bin(-view)


@pytest.mark.parametrize(
    ("view", "bin_"),
    [
        (0, ViewBin.FRONT),
        (-20, ViewBin.FRONT),
        (20.1, ViewBin.THREE_QUARTER),
        (60, ViewBin.THREE_QUARTER),
        (-60.1, ViewBin.PROFILE),
        (120, ViewBin.PROFILE),
        (120.1, ViewBin.BACK),
        (-180, ViewBin.BACK),
        (350, ViewBin.FRONT),
    ],
)
def test_the_bins_end_where_the_convention_says(view, bin_):
    assert view_bin(view) is bin_


@given(st.floats(-180, 180))
def test_hands_are_a_detail_from_everywhere(view):
    assert view_bin(view, Crop.HANDS) is ViewBin.DETAIL


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_the_camera_direction_is_a_unit_vector(azimuth, elevation):
    assert math.hypot(*camera_direction(azimuth, elevation)) == pytest.approx(1)


def test_a_negative_azimuth_stands_on_the_subjects_own_left():
    x, y, _ = camera_direction(-90, 0)  # +x is the subject's own left
    assert (x, y) == pytest.approx((1, 0))
    assert camera_direction(0, 0) == pytest.approx((0, -1, 0))
    assert camera_direction(0, 30)[2] > 0


def test_what_a_lens_sees_is_distance_times_sensor_over_focal_length():
    assert visible_size_m(3.5, 35) == pytest.approx((2.4, 3.6))
    assert visible_size_m(3.5, 35, LANDSCAPE) == pytest.approx((3.6, 2.4))


@given(crops)
def test_a_box_is_two_thirds_as_wide_as_high(crop):
    assert crop_box_m(crop) == pytest.approx((BOX_HEIGHT_M[crop] * 2 / 3, BOX_HEIGHT_M[crop]))


def test_a_t_pose_needs_the_width_of_the_arm_span():
    assert crop_box_m(Crop.FULL, "t_pose") == (1.75, 1.95)
    assert punch_in(35, 3.4, Crop.FULL, pose="t_pose") < punch_in(35, 3.4, Crop.FULL)


@given(lenses, st.floats(0.5, 5), crops, poses)
def test_the_distance_of_a_punch_in_gives_that_punch_in(lens, wanted, crop, pose):
    distance = distance_for_punch_in(lens, wanted, crop, pose=pose)
    assert punch_in(lens, distance, crop, pose=pose) == pytest.approx(wanted)


@given(lenses, distances, crops, poses, st.floats(0.9, 2.3))
def test_a_taller_subject_at_a_distance_scaled_alike_is_framed_alike(lens, distance, crop, pose, height):
    scaled = punch_in(lens, distance * height / 1.75, crop, pose=pose, subject_height_m=height)
    assert scaled == pytest.approx(punch_in(lens, distance, crop, pose=pose))


@given(lenses, distances, crops, st.floats(1.01, 3))
def test_farther_away_the_crop_must_be_enlarged_more(lens, distance, crop, factor):
    assert punch_in(lens, distance * factor, crop) > punch_in(lens, distance, crop)


def test_the_named_lines_and_bands():
    assert [line.line for line in Thirds] == pytest.approx([0.5, 1 / 3, 2 / 3])
    assert {room.value: room.band for room in Headroom} == {
        "equal": (0.06, 0.12),
        "tight": (0.02, 0.06),
        "loose": (0.12, 0.20),
    }
    assert (PORTRAIT.width_mm, PORTRAIT.height_mm) == (24, 36)
