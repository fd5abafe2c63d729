"""Framing in numbers: every shot of the library, subjects of every height, heads of every size."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib import resources

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from refpipe.domain.camera import (
    REFERENCE_HEIGHT_M,
    THIRDS_TOLERANCE,
    Crop,
    Headroom,
    Thirds,
    crop_box_m,
    visible_size_m,
)
from refpipe.domain.errors import PermanentFailureError
from refpipe.domain.framing import (
    MOST_STEPPED_BACK_FOR_SHAPE,
    Extent,
    Lens,
    Seen,
    TooTightError,
    Window,
    can_hold,
    frame,
    sensor_for,
    step_back_for_shape,
)
from refpipe.domain.shot_templates import read_template, resolve
from refpipe.domain.shots import ReferenceShot

SHOTS = {
    entry["slug"]: resolve(read_template(entry))
    for entry in yaml.safe_load((resources.files("refpipe") / "data" / "shots.yaml").read_text())
}
HEIGHTS = st.floats(0.9, 2.3)
ASPECT = 2 / 3


def subject(shot: ReferenceShot, height: float, head_share: float, hat: float = 0.02) -> Seen:
    """What a plain body of boxes spans on the picture plane, without perspective."""
    scale = height / REFERENCE_HEIGHT_M
    view = math.radians(shot.relative_view_deg)
    head = height * head_share
    top = height + hat * scale
    middle = {
        Crop.FULL: 0.5 * top,
        Crop.THREE_QUARTER: 0.5 * (top + 0.28 * height),
        Crop.MCU: top + 0.04 * scale - 0.26 * scale,
        Crop.CU: top + 0.015 * scale - 0.19 * scale,
        Crop.HANDS: 0.7 * height,
    }[shot.crop]

    def box(half_width: float, half_depth: float, forward: float, low: float, high: float) -> Extent:
        half = abs(math.cos(view)) * half_width + abs(math.sin(view)) * half_depth
        aside = math.sin(view) * forward
        return Extent(aside - half, aside + half, low - middle, high - middle)

    reach = {"t_pose": 0.86, "a_pose": 0.5}.get(shot.pose, 0.3) * scale
    hands = box(0.1 * scale, 0.05 * scale, 0.2 * scale, middle - 0.1 * scale, middle + 0.1 * scale)
    return Seen(
        skull=box(0.36 * head, 0.45 * head, 0.2 * head, height - head, height),
        head=box(0.42 * head, 0.5 * head, 0.1 * head, height - head, top),
        body=box(reach, 0.14 * scale, 0.0, 0.0, top),
        hands=hands,
        near_hand=hands,
        knees_v=0.28 * height - middle,
    )


def framed(shot: ReferenceShot, seen: Seen, height: float, aspect: float = ASPECT) -> Window:
    distance = shot.distance_m * height / REFERENCE_HEIGHT_M * step_back_for_shape(shot, aspect)
    return frame(
        seen,
        Lens(lens_mm=shot.lens_mm, distance_m=distance, sensor=sensor_for(aspect)),
        crop=shot.crop,
        thirds=shot.thirds,
        headroom=shot.headroom,
        pose=shot.pose,
        subject_height_m=height,
        aspect=aspect,
    )


@pytest.mark.parametrize("slug", SHOTS)
@settings(max_examples=25, deadline=None)
@given(height=HEIGHTS, head=st.floats(0.11, 0.13), hat=st.floats(0.0, 0.025))
def test_every_shot_of_the_library_keeps_its_rules(slug: str, height: float, head: float, hat: float) -> None:
    shot = SHOTS[slug]
    seen = subject(shot, height, head, hat)
    window = framed(shot, seen, height)
    _, box_height = crop_box_m(shot.crop, shot.pose, height)
    visible = visible_size_m(shot.distance_m * height / REFERENCE_HEIGHT_M, shot.lens_mm)
    assert window.height_m >= box_height * (1 - 1e-9)
    assert window.width_m == pytest.approx(window.height_m * ASPECT)
    assert window.punch_in >= 1 - 1e-9
    assert window.punch_in == pytest.approx(min(visible[0] / window.width_m, visible[1] / window.height_m))
    if shot.crop is Crop.HANDS:
        assert window.centre_u == pytest.approx(seen.hands.centre[0])
        return
    low, high = shot.headroom.band
    assert low < window.headroom_share(seen) < high
    assert abs(window.head_x(seen) - shot.thirds.line) < THIRDS_TOLERANCE


@pytest.mark.parametrize("slug", [slug for slug, shot in SHOTS.items() if shot.crop is Crop.FULL])
@settings(max_examples=25, deadline=None)
@given(height=HEIGHTS, head=st.floats(0.11, 0.22))
def test_a_full_shot_holds_the_whole_body_with_room_to_spare(slug: str, height: float, head: float) -> None:
    seen = subject(SHOTS[slug], height, head)
    box = framed(SHOTS[slug], seen, height).extent
    margin = 0.015 * box.height
    assert box.left + margin < seen.body.left
    assert seen.body.right < box.right - margin
    assert box.bottom + margin < seen.body.bottom
    assert seen.head.top < box.top


@pytest.mark.parametrize("slug", [slug for slug, shot in SHOTS.items() if shot.crop in (Crop.MCU, Crop.CU)])
@settings(max_examples=25, deadline=None)
@given(height=st.floats(1.5, 2.3), head=st.floats(0.11, 0.13))
def test_a_close_shot_holds_the_skull(slug: str, height: float, head: float) -> None:
    seen = subject(SHOTS[slug], height, head)
    box = framed(SHOTS[slug], seen, height).extent
    assert box.left < seen.skull.left
    assert seen.skull.right < box.right
    assert box.bottom < seen.skull.bottom


@pytest.mark.parametrize("slug", [slug for slug, shot in SHOTS.items() if shot.crop is Crop.THREE_QUARTER])
def test_a_three_quarter_shot_reaches_the_knee(slug: str) -> None:
    seen = subject(SHOTS[slug], 1.75, 0.13)
    assert framed(SHOTS[slug], seen, 1.75).extent.bottom < seen.knees_v


@pytest.mark.parametrize("slug", SHOTS)
@pytest.mark.parametrize(("height", "head"), [(0.9, 0.21), (1.1, 0.19), (1.3, 0.165)])
def test_a_child_fits_or_the_error_says_how_far_to_step_back(slug: str, height: float, head: float) -> None:
    shot = SHOTS[slug]
    seen = subject(shot, height, head)
    try:
        window = framed(shot, seen, height)
    except TooTightError as error:
        assert 1 < error.enlarge < 2  # noqa: PT017 - both outcomes are right
        assert shot.crop in (Crop.MCU, Crop.CU)
    else:
        assert window.punch_in >= 1 - 1e-9


def test_the_tolerance_is_used_only_where_it_keeps_more_of_the_head_inside() -> None:
    shot = SHOTS["50mm_left35_cu"]
    narrow, wide = subject(shot, 1.75, 0.055), subject(shot, 1.75, 0.135)
    assert framed(shot, narrow, 1.75).head_x(narrow) == pytest.approx(shot.thirds.line)
    assert framed(shot, wide, 1.75).head_x(wide) < shot.thirds.line - 0.01


def test_hands_apart_are_framed_one_at_a_time() -> None:
    shot = SHOTS["85mm_front_hands"]
    near = Extent(0.15, 0.25, -0.1, 0.1)
    both = Extent(-0.25, 0.25, -0.1, 0.1)
    body = subject(shot, 1.75, 0.13)
    seen = Seen(skull=body.skull, head=body.head, body=body.body, hands=both, near_hand=near, knees_v=body.knees_v)
    window = framed(shot, seen, 1.75)
    assert (window.centre_u, window.centre_v) == pytest.approx(near.centre)


@pytest.mark.parametrize("slug", SHOTS)
def test_at_the_librarys_own_shape_no_camera_steps_back(slug: str) -> None:
    assert step_back_for_shape(SHOTS[slug], ASPECT) == 1.0


@pytest.mark.parametrize("slug", SHOTS)
@settings(max_examples=25, deadline=None)
@given(aspect=st.floats(0.27, 2.5), height=st.floats(1.5, 2.0), head=st.floats(0.115, 0.125))
def test_pictures_of_any_usual_shape_hold_every_shot_and_keep_its_rules(
    slug: str, aspect: float, height: float, head: float
) -> None:
    shot = SHOTS[slug]
    assert can_hold(shot, aspect)
    seen = subject(shot, height, head)
    try:
        window = framed(shot, seen, height, aspect)
    except TooTightError as error:
        assert error.enlarge < 1.6  # noqa: PT017 - this subject's camera goes a little farther still
        return
    assert window.width_m == pytest.approx(window.height_m * aspect)
    assert window.punch_in >= 1 - 1e-9
    assert window.height_m >= crop_box_m(shot.crop, shot.pose, height)[1] * (1 - 1e-9)
    if shot.crop is Crop.HANDS:
        return
    low, high = shot.headroom.band
    assert low < window.headroom_share(seen) < high
    assert abs(window.head_x(seen) - shot.thirds.line) < THIRDS_TOLERANCE


@pytest.mark.parametrize("slug", SHOTS)
@given(aspects=st.tuples(st.floats(1.0001, 50), st.floats(1.0001, 50)))
def test_the_wider_the_picture_the_farther_back_the_camera(slug: str, aspects: tuple[float, float]) -> None:
    nearer, farther = (step_back_for_shape(SHOTS[slug], aspect) for aspect in sorted(aspects))
    assert 1.0 <= nearer <= farther * 1.06  # a camera that need not step back keeps less room than one that does


@pytest.mark.parametrize("slug", [slug for slug, shot in SHOTS.items() if shot.lens_mm == 85])
@given(aspect=st.floats(4.0, 60.0))
def test_a_ribbon_holds_no_portrait(slug: str, aspect: float) -> None:
    assert step_back_for_shape(SHOTS[slug], aspect) > MOST_STEPPED_BACK_FOR_SHAPE
    assert not can_hold(SHOTS[slug], aspect)


def test_a_shot_whose_own_distance_is_wrong_is_not_mended_by_the_pictures_shape() -> None:
    wrong = replace(SHOTS["35mm_front_full"], lens_mm=200.0)
    assert step_back_for_shape(wrong, 16 / 9) == 1.0
    with pytest.raises(PermanentFailureError, match="step back"):
        framed(wrong, subject(wrong, 1.75, 0.13), 1.75, 16 / 9)


def test_a_lens_too_long_for_the_crop_is_refused_with_the_reason() -> None:
    seen = subject(SHOTS["35mm_front_full"], 1.75, 0.13)
    with pytest.raises(PermanentFailureError, match="step back"):
        frame(
            seen,
            Lens(lens_mm=85, distance_m=2.0),
            crop=Crop.FULL,
            thirds=Thirds.CENTERED,
            headroom=Headroom.LOOSE,
            pose="neutral",
            subject_height_m=1.75,
            aspect=ASPECT,
        )


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=1))
def test_an_extent_holds_all_its_points(points: list[tuple[float, float]]) -> None:
    extent = Extent.around(points)
    assert all(extent.left <= u <= extent.right and extent.bottom <= v <= extent.top for u, v in points)
