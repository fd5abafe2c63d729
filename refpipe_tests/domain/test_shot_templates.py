"""What an author writes of a shot and what it resolves to."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.domain.camera import Crop, Gaze, Headroom, Thirds, distance_for_punch_in, punch_in, wrap_deg
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.shot_derivation import ANGLE_VIEW_DEG, angle, distance_m, f_stop, gaze, headroom, mode, thirds
from refpipe.domain.shot_templates import InvalidShotError, read_template, resolve
from refpipe.domain.shots import Mode, Pack, ReferenceShot, ShotSet, SlugParts, parse_slug, shot_slug
from refpipe_tests.domain.shot_strategies import crops, lenses, templates, words

LEAST = {"slug": "50mm_front_cu", "lens_mm": 50, "crop": "cu"}


def resolved(**fields) -> ReferenceShot:
    return resolve(read_template({**LEAST, **fields}))


@given(templates())
def test_a_resolved_shot_written_down_again_resolves_to_itself(data):
    shot = resolve(read_template(data))
    again = resolve(read_template(shot.as_fields()))
    assert again == shot
    assert again.picture_fields() == shot.picture_fields()


@given(templates())
def test_what_the_author_wrote_stays(data):
    shot = resolve(read_template(data))
    for field in set(data) - {"angle", "scene_types", "negative_prompts", "tags", "when_to_use", "composition_notes",
                              "description"}:  # fmt: skip
        assert getattr(shot, field) == data[field]


@pytest.mark.parametrize("field", ["azimuth_deg", "elevation_deg", "subject_yaw_deg", "reference_weight"])
def test_an_explicit_zero_is_a_value(field):
    # the slug and the angle both say otherwise
    shot = resolved(slug="50mm_left35_cu", angle="profile_left", **{field: 0})
    assert getattr(shot, field) == 0


@pytest.mark.parametrize("field", ["priority", "distance_m", "f_stop", "iso", "lens_mm", "version"])
def test_an_explicit_zero_out_of_range_is_refused_and_never_taken_for_absent(field):
    with pytest.raises(InvalidShotError) as caught:
        resolved(**{field: 0})
    assert caught.value.field == field


@given(templates(), st.sampled_from([
    ("lens_mm", 13.9), ("lens_mm", 200.1), ("azimuth_deg", -180.1), ("azimuth_deg", 180.1), ("elevation_deg", -90.1),
    ("elevation_deg", 91), ("distance_m", 0.09), ("distance_m", 10.1), ("subject_yaw_deg", 181), ("priority", 0),
    ("priority", 11), ("f_stop", 0), ("iso", 0), ("reference_weight", 1.1), ("reference_weight", -0.1),
    ("azimuth_deg", float("nan")), ("lens_mm", float("inf")), ("priority", 1.5), ("version", 0), ("lens_mm", True),
]))  # fmt: skip
def test_a_number_out_of_range_is_refused_with_its_field(data, wrong):
    field, value = wrong
    with pytest.raises(InvalidShotError) as caught:
        read_template({**data, field: value})
    assert [name for name, _ in caught.value.faults] == [field]


def test_an_explicit_nothing_is_a_value_too():
    shot = resolved(scene_types=[], when_to_use="", description="")
    assert (shot.scene_types, shot.when_to_use, shot.description) == ((), "", "")


def test_negative_zero_is_zero():
    assert str(resolved(azimuth_deg=-0.0).azimuth_deg) == "0.0"


@pytest.mark.parametrize("missing", ["slug", "lens_mm", "crop"])
def test_slug_lens_and_crop_must_be_there(missing):
    with pytest.raises(InvalidShotError) as caught:
        read_template({name: value for name, value in LEAST.items() if name != missing})
    assert caught.value.faults == ((missing, "is missing"),)


def test_an_unknown_field_is_named():
    with pytest.raises(InvalidShotError, match="is no field of a reference shot"):
        resolved(focal="50")


def test_every_fault_is_told():
    with pytest.raises(InvalidShotError, match="1 more") as caught:
        resolved(azimuth_deg=999, crop="nose")
    assert {field for field, _ in caught.value.faults} == {"azimuth_deg", "crop"}


def test_what_is_no_mapping_is_refused():
    with pytest.raises(InvalidShotError):
        read_template(["slug"])


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("pack", "addon", Pack.COVERAGE),
        ("pack", "Core", Pack.CORE),
        ("crop", "3q", Crop.THREE_QUARTER),
        ("mode", "Action/Body", Mode.ACTION_BODY),
        ("mode", "Conversation", Mode.CONVERSATION),
        ("mode", "Emotion", Mode.EMOTION),
        ("mode", "Hands", Mode.HANDS),
        ("lens_mm", "50mm", 50.0),
    ],
)
def test_old_words_are_taken(field, old, new):
    assert getattr(resolved(**{field: old}), field) == new


@pytest.mark.parametrize(
    ("word", "azimuth"),
    [("front", 0), ("3q_left", -35), ("3q_right", 35), ("profile_left", -90), ("profile_right", 90), ("back", 180)],
)
def test_an_angle_by_name_places_the_camera(word, azimuth):
    shot = resolved(slug="mine", angle=word)
    assert shot.azimuth_deg == azimuth
    assert shot.angle == angle(azimuth)


def test_the_slugs_view_places_the_camera_when_nothing_else_does():
    assert resolved(slug="50mm_right25_cu").azimuth_deg == 25
    assert resolved(slug="50mm_back_cu", subject_yaw_deg=90).azimuth_deg == -90
    assert resolved(slug="mine").azimuth_deg == 0


def test_every_angle_name_names_its_own_view():
    assert {name: angle(view) for name, view in ANGLE_VIEW_DEG.items()} == {name: name for name in ANGLE_VIEW_DEG}


@given(st.floats(-179.9, 179.9))
def test_mirrored_views_have_mirrored_names_and_thirds(view):
    swapped = angle(view).replace("left", "?").replace("right", "left").replace("?", "right")
    assert angle(-view) == (swapped if view else angle(view))
    assert {thirds(view), thirds(-view)} in ({Thirds.CENTERED}, {Thirds.LEFT_THIRD, Thirds.RIGHT_THIRD})


@pytest.mark.parametrize(
    ("view", "line"),
    [
        (0, Thirds.CENTERED),
        (4.9, Thirds.CENTERED),
        (5, Thirds.LEFT_THIRD),
        (-5, Thirds.RIGHT_THIRD),
        (-175, Thirds.RIGHT_THIRD),
        (175.1, Thirds.CENTERED),
        (-180, Thirds.CENTERED),
    ],
)
def test_thirds_leave_room_where_the_subject_faces(view, line):
    assert thirds(view) is line


@given(st.floats(-180, 180))
def test_beyond_45_degrees_the_eyes_look_away(view):
    assert gaze(view) is (Gaze.AWAY if abs(wrap_deg(view)) > 45 else Gaze.TO_CAMERA)


@pytest.mark.parametrize(("view", "eyes"), [(45, "to_camera"), (-44.5, "to_camera"), (45.1, "away"), (180, "away")])
def test_the_eyes_leave_the_camera_just_beyond_45_degrees(view, eyes):
    assert gaze(view) == eyes


def test_headroom_follows_the_crop():
    assert {crop.value: headroom(crop) for crop in Crop} == {
        "full": Headroom.LOOSE,
        "three_quarter": Headroom.LOOSE,
        "mcu": Headroom.EQUAL,
        "cu": Headroom.TIGHT,
        "hands": Headroom.EQUAL,
    }


def test_aperture_and_mode_follow_the_lens():
    assert [f_stop(lens, Crop.CU) for lens in (35, 50, 85)] == [5.6, 4.0, 2.8]
    assert f_stop(85, Crop.HANDS) == 8
    assert [mode(lens, Crop.FULL) for lens in (35, 50, 85)] == [Mode.ACTION_BODY, Mode.CONVERSATION, Mode.EMOTION]
    assert mode(85, Crop.HANDS) is Mode.HANDS


@given(st.sampled_from([35.0, 50.0, 85.0]), crops, words["pose"])
def test_a_derived_distance_of_the_three_lenses_frames_its_crop(lens, crop, pose):
    assert 1.05 <= punch_in(lens, distance_m(lens, crop, pose), crop, pose=pose) <= 3.95


def test_the_table_of_distances_holds_where_it_frames_the_crop():
    assert distance_m(35, Crop.FULL) == 3.4
    assert distance_m(35, Crop.THREE_QUARTER) == 2.72
    assert distance_m(50, Crop.MCU) == 1.365
    assert distance_m(85, Crop.MCU) == pytest.approx(distance_for_punch_in(85, 1.05, Crop.MCU), abs=0.001)
    assert distance_m(35, Crop.HANDS) == pytest.approx(distance_for_punch_in(35, 3.95, Crop.HANDS), abs=0.001)


@given(st.floats(14, 200).filter(lambda lens: lens not in {35, 50, 85}), crops)
def test_other_lenses_stand_where_the_punch_in_is_one_and_a_half(lens, crop):
    distance = distance_m(lens, crop)
    assert distance == 10 or punch_in(lens, distance, crop) == pytest.approx(1.5, abs=0.01)


@given(lenses, st.integers(-179, 180), crops, st.from_regex(r"([a-z0-9]{1,6}(_[a-z0-9]{1,6})?)?", fullmatch=True))
def test_a_slug_is_read_back_as_built(lens, view, crop, variant):
    assert parse_slug(shot_slug(lens, view, crop, variant)) == SlugParts(round(lens), view, crop, variant)


@pytest.mark.parametrize("slug", ["front_cu", "50_front_cu", "50mm_top_cu", "50mm_left0_cu", "50mm_left180_cu",
                                  "50mm_front", "50mm_front_cu_", "050mm_front_cu", "50mm_front_CU"])  # fmt: skip
def test_what_does_not_follow_the_grammar_has_no_parts(slug):
    assert parse_slug(slug) is None


def test_a_variant_that_is_no_slug_is_refused():
    with pytest.raises(RefusedInputError):
        shot_slug(50, 0, Crop.CU, "High Angle")


def test_an_unknown_set_is_refused_with_those_there_are():
    assert ShotSet.parse(" Core ") is ShotSet.CORE
    with pytest.raises(RefusedInputError, match="core, extended, comprehensive, turnaround, all"):
        ShotSet.parse("everything")


def test_words_that_draw_nothing_are_no_picture_fields():
    shot = resolved()
    drawn = set(shot.picture_fields())
    assert drawn < {field.name for field in dataclasses.fields(shot)}
    assert drawn.isdisjoint({"name", "when_to_use", "description", "tags", "priority", "pack", "active", "version"})
