"""What the validator says of templates, the packaged library first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.backends.shot_library import library_slugs, packaged_library, packaged_shots, read_library
from refpipe.domain.camera import Gaze, punch_in
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.shot_templates import read_template
from refpipe.domain.shot_validation import validate_template, validate_templates
from refpipe.domain.shots import Expression, Mode, Pack, Pose, ShotSet, select_set
from refpipe_tests.domain.shot_strategies import templates

GOOD = {"slug": "50mm_front_cu", "lens_mm": 50, "crop": "cu", "when_to_use": "Conversation."}

# lens, azimuth, elevation, distance: the specification's table, R-SHOT-2
TABLE = """
35mm_front_full core 0 0 3.4 a_pose neutral action,establishing
35mm_left35_three_quarter core -35 0 2.7 neutral neutral action,dialogue,transition
35mm_right35_three_quarter core 35 0 2.7 neutral neutral action,dialogue,transition
50mm_front_cu core 0 0 2.1 neutral neutral dialogue
50mm_left35_cu core -35 0 1.8 neutral neutral dialogue
50mm_right35_cu core 35 0 1.8 neutral neutral dialogue
85mm_front_mcu core 0 0 1.5 neutral neutral emotional
85mm_left35_mcu core -35 0 1.3 neutral neutral emotional
85mm_right35_mcu core 35 0 1.3 neutral neutral emotional
85mm_left90_mcu essential -90 0 1.5 neutral neutral emotional,transition
85mm_right90_mcu essential 90 0 1.5 neutral neutral emotional,transition
35mm_back_full essential 180 0 3.4 a_pose neutral establishing,transition
50mm_back_three_quarter essential 180 0 2.1 neutral neutral transition,dialogue
85mm_front_hands essential 0 -15 0.8 hand_centered neutral action,dialogue
35mm_front_full_tpose essential 0 0 3.4 t_pose neutral
50mm_front_cu_concerned essential 0 0 2.1 neutral concerned emotional,dialogue
85mm_left25_mcu_vulnerable essential -25 5 1.4 neutral vulnerable emotional
50mm_front_cu_high essential 0 15 2.1 neutral neutral emotional,dialogue
50mm_front_cu_low essential 0 -15 2.1 neutral neutral action,dialogue
35mm_left45_three_quarter essential -45 0 2.5 neutral neutral action,transition
35mm_right45_three_quarter essential 45 0 2.5 neutral neutral action,transition
85mm_front_mcu_determined coverage 0 0 1.5 neutral determined emotional,action
50mm_left35_cu_thoughtful coverage -35 0 1.8 neutral thoughtful dialogue,emotional,transition
85mm_left15_cu coverage -15 0 1.2 neutral neutral emotional,dialogue
85mm_right15_cu coverage 15 0 1.2 neutral neutral emotional,dialogue
50mm_left25_mcu coverage -25 0 1.9 neutral neutral dialogue
50mm_right25_mcu coverage 25 0 1.9 neutral neutral dialogue
35mm_left45_full turnaround -45 0 3.4 a_pose neutral establishing,transition
35mm_right45_full turnaround 45 0 3.4 a_pose neutral establishing,transition
35mm_left90_full turnaround -90 0 3.4 a_pose neutral establishing,transition
35mm_right90_full turnaround 90 0 3.4 a_pose neutral establishing,transition
35mm_left135_full turnaround -135 0 3.4 a_pose neutral establishing,transition
35mm_right135_full turnaround 135 0 3.4 a_pose neutral establishing,transition
"""


def test_the_library_is_the_specifications_table():
    rows = []
    for shot in packaged_shots():
        numbers = [f"{value:g}" for value in (shot.azimuth_deg, shot.elevation_deg, shot.distance_m)]
        scenes = ",".join(scene.value for scene in shot.scene_types)
        cells = [shot.slug, shot.pack.value, *numbers, shot.pose.value, shot.expression.value, scenes]
        rows.append(" ".join(cells).strip())
        assert shot.slug.startswith(f"{shot.lens_mm:g}mm_")
        assert f"_{shot.crop.value}" in shot.slug
        assert shot.priority == 1
        assert shot.active
        assert shot.when_to_use
        assert shot.composition_notes
        assert shot.description
        assert shot.tags
    assert rows == TABLE.strip().splitlines()


def test_the_library_validates_with_no_error_and_no_warning():
    reports = validate_templates(packaged_library())
    assert len(reports) == 33
    assert [str(finding) for report in reports for finding in (*report.errors, *report.warnings)] == []


def test_the_sets_have_their_sizes():
    sizes = {each.value: len(select_set(packaged_shots(), each)) for each in ShotSet}
    assert sizes == {"core": 9, "extended": 21, "comprehensive": 27, "turnaround": 8, "all": 33}


def test_the_turnaround_sees_the_whole_body_every_45_degrees():
    shots = select_set(packaged_shots(), ShotSet.TURNAROUND)
    assert sorted(shot.azimuth_deg for shot in shots) == [-135, -90, -45, 0, 45, 90, 135, 180]
    assert {(shot.lens_mm, shot.crop.value, shot.pose, shot.distance_m) for shot in shots} == {
        (35, "full", Pose.A_POSE, 3.4)
    }
    assert {shot.gaze for shot in shots if shot.pack is Pack.TURNAROUND} == {Gaze.AWAY}


def test_the_hands_stay_in_focus_as_a_whole():
    (hands,) = [shot for shot in packaged_shots() if shot.mode is Mode.HANDS]
    assert hands.f_stop >= 8


def test_the_library_needs_no_more_than_four_times_enlargement():
    enlargements = [punch_in(s.lens_mm, s.distance_m, s.crop, pose=s.pose.value) for s in packaged_shots()]
    assert min(enlargements) > 1
    assert max(enlargements) < 4


def test_the_slugs_are_the_partitions_in_the_librarys_order():
    assert library_slugs()[0] == "35mm_front_full"
    assert len(set(library_slugs())) == 33


def test_several_shots_share_a_camera_and_differ_by_expression():
    shots = {shot.slug: shot for shot in packaged_shots()}
    assert shots["50mm_front_cu"].distance_m == shots["50mm_front_cu_concerned"].distance_m
    assert shots["50mm_front_cu_concerned"].expression is Expression.CONCERNED


@pytest.mark.parametrize("text", ["slug: [", "slug: one", "just words", ""])
def test_a_file_that_is_no_list_of_shots_is_refused(text):
    with pytest.raises(RefusedInputError):
        read_library(text, source="mine.yaml")


def found(**fields):
    report = validate_template({**GOOD, **fields}, label="x")
    return [finding.field for finding in report.errors], [finding.field for finding in report.warnings]


def test_a_good_template_has_no_finding():
    assert found() == ([], [])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"slug": None}, "slug"),
        ({"azimuth_deg": 181}, "azimuth_deg"),
        ({"distance_m": 0.3}, "distance_m"),
        ({"prompt_template": "A {mood} portrait"}, "prompt_template"),
        ({"prompt_template": "A {name"}, "prompt_template"),
        ({"prompt_template": "{name.__class__}"}, "prompt_template"),
        ({"prompt_template": "{personality}"}, "prompt_template"),
        ({"file_name_pattern": "{character}_{mood}.png"}, "file_name_pattern"),
        ({"file_name_pattern": "../{character}.png"}, "file_name_pattern"),
    ],
)
def test_errors_name_their_field(fields, field):
    assert found(**fields)[0] == [field]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"distance_m": 10}, "distance_m"),
        ({"when_to_use": " "}, "when_to_use"),
        ({"when_to_use": None}, "when_to_use"),
        ({"slug": "my_shot"}, "slug"),
        ({"slug": "85mm_front_cu"}, "slug"),
        ({"slug": "50mm_left35_cu", "azimuth_deg": 0}, "slug"),
        ({"slug": "50mm_front_mcu"}, "slug"),
        ({"angle": "profile_left", "azimuth_deg": 0}, "angle"),
        ({"negative_prompts": ["tight crop"]}, "negative_prompts"),
    ],
)
def test_warnings_name_their_field(fields, field):
    assert found(**fields) == ([], [field])


def test_a_t_pose_needs_room_for_the_arms():
    wide = {"slug": "35mm_front_full_tpose", "lens_mm": 35, "crop": "full", "distance_m": 2.3}
    assert found(**wide) == ([], [])
    assert found(**wide, pose="t_pose") == (["distance_m"], [])


def test_the_second_of_two_with_one_slug_and_version_has_the_error():
    first, second, other = validate_templates([GOOD, dict(GOOD), {**GOOD, "version": 2}])
    assert not first.errors
    assert [finding.field for finding in second.errors] == ["slug"]
    assert not other.errors


def test_one_bad_template_does_not_hide_the_others():
    reports = validate_templates([GOOD, "no mapping", {"lens_mm": 50}, None, {**GOOD, "version": 2}])
    assert [bool(report.errors) for report in reports] == [False, True, True, True, False]
    assert [report.label for report in reports] == ["50mm_front_cu", "#2", "#3", "#4", "50mm_front_cu"]


def test_a_template_value_is_validated_like_its_data():
    assert validate_template(read_template(GOOD), label="x") == validate_template(GOOD, label="x")


@given(templates())
def test_a_punch_in_below_one_is_always_an_error(data):
    report = validate_template(data, label="x")
    shot = report.shot
    enlargement = punch_in(shot.lens_mm, shot.distance_m, shot.crop, pose=shot.pose.value)
    assert ("distance_m" in {finding.field for finding in report.errors}) == (enlargement < 1)
    assert ("distance_m" in {finding.field for finding in report.warnings}) == (enlargement > 4)


@given(
    templates(),
    st.sampled_from([("azimuth_deg", 180), ("elevation_deg", 90), ("subject_yaw_deg", 180), ("priority", 10),
                     ("distance_m", 10), ("lens_mm", 200), ("f_stop", 64), ("reference_weight", 1)]),
    st.floats(0.001, 1e9),
)  # fmt: skip
def test_the_validator_catches_every_number_above_its_range(data, limit, beyond):
    field, highest = limit
    report = validate_template({**data, field: highest + beyond}, label="x")
    assert field in {finding.field for finding in report.errors}
