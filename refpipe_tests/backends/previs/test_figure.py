"""The figure stands where the sheet, the pose and the yaw put it."""

import numpy as np
import pytest

from refpipe.backends.previs.figure import FigureMaker
from refpipe.backends.previs.scene import COCO_KEYPOINTS, Figure, Mesh
from refpipe.domain.camera import Crop, camera_direction
from refpipe.domain.characters import Garment, Outfit, Physical
from refpipe.domain.shots import Expression, Pose

PLAIN = Outfit.model_validate(
    {"garments": [{"kind": "t_shirt", "colour": "#cccccc"}, {"kind": "trousers", "colour": "#334455"}]}
)
ONE_GLOVE = Outfit.model_validate(
    {"garments": [{"kind": "t_shirt", "colour": "#cccccc"}, {"kind": "gloves", "colour": "#111111", "side": "left"}]}
)


@pytest.fixture(scope="module")
def maker() -> FigureMaker:
    return FigureMaker()


def figure(
    maker: FigureMaker,
    physical: Physical | None = None,
    outfit: Outfit = PLAIN,
    pose: Pose = Pose.NEUTRAL,
    expression: Expression = Expression.NEUTRAL,
    yaw_deg: float = 0.0,
    look_at: tuple[float, float, float] | None = None,
) -> Figure:
    return maker.figure(
        physical or Physical(),
        outfit,
        pose=pose,
        expression=expression,
        yaw_deg=yaw_deg,
        gaze_at=lambda _: None if look_at is None else np.array(look_at),
    )


def part(made: Figure, name: str) -> Mesh:
    return next(mesh for mesh in made.meshes if mesh.name.startswith(name))


def keypoint(made: Figure, name: str) -> np.ndarray:
    return made.landmarks.keypoints[COCO_KEYPOINTS.index(name)]


@pytest.mark.parametrize(
    "body",
    [
        {"age_years": 6, "height_m": 1.15, "build": "slim", "gender_presentation": "androgynous"},
        {"age_years": 30, "height_m": 1.75, "build": "average", "gender_presentation": "feminine"},
        {"age_years": 45, "height_m": 2.05, "build": "heavy", "gender_presentation": "masculine"},
        {"age_years": 85, "height_m": 1.5, "build": "stocky", "gender_presentation": "feminine"},
    ],
)
def test_a_body_stands_as_tall_as_its_sheet_says_with_its_feet_on_the_floor(maker, body):
    bald = body | {"hair": {"style": "bald"}}
    made = figure(maker, Physical.model_validate(bald))
    points = np.concatenate([mesh.vertices for mesh in made.meshes])
    assert points[:, 2].min() == pytest.approx(0.0, abs=1e-4)
    assert part(made, "skin").vertices[:, 2].max() == pytest.approx(body["height_m"], abs=0.025)


def test_the_subjects_own_left_is_plus_x_and_it_faces_minus_y(maker):
    made = figure(maker)
    for side, sign in (("left", 1), ("right", -1)):
        for joint in ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
            assert sign * keypoint(made, f"{side}_{joint}")[0] > 0.02
    assert keypoint(made, "nose")[1] < keypoint(made, "left_ear")[1] - 0.05


@pytest.mark.parametrize("yaw", [-135.0, -30.0, 0.0, 60.0, 180.0])
def test_yaw_turns_the_face_to_the_azimuth_of_that_number(maker, yaw):
    made = figure(maker, yaw_deg=yaw)
    ears = 0.5 * (keypoint(made, "left_ear") + keypoint(made, "right_ear"))
    faces = (keypoint(made, "nose") - ears)[:2]
    wanted = np.array(camera_direction(yaw, 0.0))[:2]
    assert faces @ wanted / np.linalg.norm(faces) > 0.999


def test_arms_reach_wider_from_neutral_to_a_pose_to_t_pose(maker):
    spans = [
        float(keypoint(made, "left_wrist")[0] - keypoint(made, "right_wrist")[0])
        for made in (figure(maker, pose=pose) for pose in (Pose.NEUTRAL, Pose.A_POSE, Pose.T_POSE))
    ]
    assert spans == sorted(spans)
    assert spans[2] - spans[0] > 0.6


def test_centred_hands_meet_before_the_chest(maker):
    made = figure(maker, pose=Pose.HAND_CENTERED)
    left, right = keypoint(made, "left_wrist"), keypoint(made, "right_wrist")
    assert np.linalg.norm(left - right) < 0.25
    assert max(left[1], right[1]) < keypoint(made, "nose")[1]
    assert keypoint(made, "left_hip")[2] < left[2] < keypoint(made, "left_shoulder")[2]


def test_one_glove_is_worn_on_the_subjects_own_left_hand_only(maker):
    glove = part(figure(maker, outfit=ONE_GLOVE), "gloves")
    assert (glove.vertices[:, 0] > 0.05).all()


def test_an_expression_moves_the_face_and_nothing_below_the_neck(maker):
    still, moved = (part(figure(maker, expression=e), "skin") for e in (Expression.NEUTRAL, Expression.SURPRISED))
    shift = np.linalg.norm(still.vertices - moved.vertices, axis=1)
    assert shift.max() > 0.004
    assert shift[still.vertices[:, 2] < 1.40].max() < 1e-4


@pytest.mark.parametrize("look_at", [(0.3, -2.0, 1.6), (-0.4, -1.5, 1.9), (0.0, -3.0, 1.3)])
def test_both_pupils_point_at_what_is_looked_at(maker, look_at):
    made = figure(maker, look_at=look_at)
    for side in ("eye-L", "eye-R"):
        eye = part(made, side)
        centre = 0.5 * (eye.vertices.min(0) + eye.vertices.max(0))
        pupil = eye.vertices[eye.colours.max(1) < 0.01].mean(0) - centre
        wanted = np.array(look_at) - centre
        cosine = pupil @ wanted / np.linalg.norm(pupil) / np.linalg.norm(wanted)
        assert np.degrees(np.arccos(min(cosine, 1.0))) < 2.0


def test_eyes_turn_no_further_than_eyes_can(maker):
    eye = part(figure(maker, look_at=(0.0, 5.0, 1.6)), "eye-L")
    centre = 0.5 * (eye.vertices.min(0) + eye.vertices.max(0))
    pupil = eye.vertices[eye.colours.max(1) < 0.01].mean(0) - centre
    assert pupil[1] < 0


def test_a_face_number_names_a_face(maker):
    first, again, other = (part(figure(FigureMaker(), Physical(face=face)), "skin").vertices for face in (7, 7, 8))
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 0.002


def test_colours_of_skin_and_hair_leave_the_shape_alone(maker):
    pale, dark = (part(figure(maker, Physical(skin=skin)), "skin") for skin in ("#f0d0c0", "#402818"))
    assert np.array_equal(pale.vertices, dark.vertices)
    assert pale.colours.mean() > dark.colours.mean()


@pytest.mark.parametrize("kind", ["scar", "mole", "birthmark"])
def test_a_mark_lies_on_the_subjects_own_side(maker, kind):
    marked = Physical.model_validate({"marks": [{"kind": kind, "place": "cheek", "side": "left", "size": 2.0}]})
    made, plain = figure(maker, marked), figure(maker)
    if kind == "birthmark":
        stained = np.abs(part(made, "skin").colours - part(plain, "skin").colours).max(1) > 0.02
        place = part(made, "skin").vertices[stained]
    else:
        place = part(made, "mark").vertices
    assert (place[:, 0] > 0.005).all()
    assert (place[:, 1] < keypoint(made, "left_ear")[1]).all()


@pytest.mark.parametrize("pose", list(Pose))
def test_cloth_keeps_outside_the_body_in_every_pose(maker, pose):
    from scipy.spatial import cKDTree

    made = figure(maker, pose=pose)
    shirt = next(mesh for mesh in made.meshes if "t_shirt" in mesh.name and "cloth" in mesh.name)
    skin = part(made, "skin")
    distance, nearest = cKDTree(skin.vertices).query(shirt.vertices)
    above = ((shirt.vertices - skin.vertices[nearest]) * skin.normals[nearest]).sum(1)
    sunk = (above < -0.003) & (distance < 0.02)
    assert sunk.mean() < 0.02


def test_every_garment_kind_makes_cloth_and_every_hair_style_makes_hair(maker):
    from refpipe.domain.characters import GarmentKind, HairStyle, HatShape

    for kind in GarmentKind:
        made = figure(maker, outfit=Outfit(garments=(Garment(kind=kind, colour="#884422"),)))
        assert any(mesh.name.startswith(kind.value) for mesh in made.meshes), kind
    for shape in HatShape:
        made = figure(maker, outfit=Outfit(garments=(Garment(kind=GarmentKind.HAT, colour="#884422", hat=shape),)))
        assert part(made, "hat-crown").vertices[:, 2].max() > made.landmarks.skull[:, 2].max()
    for style in HairStyle:
        made = figure(maker, Physical.model_validate({"hair": {"style": style.value}}))
        assert any(mesh.name.startswith("hair-") for mesh in made.meshes) is (style is not HairStyle.BALD), style


def test_a_figure_is_the_same_each_time_it_is_made():
    once, again = (figure(FigureMaker(), Physical(face=3)) for _ in range(2))
    for first, second in zip(once.meshes, again.meshes, strict=True):
        assert first.name == second.name
        assert np.array_equal(first.vertices, second.vertices)
        assert np.array_equal(first.colours, second.colours)


def test_the_crops_centres_lie_where_their_names_say(maker):
    centres = figure(maker).landmarks.crop_centres
    assert centres[Crop.FULL][2] == pytest.approx(0.88, abs=0.06)
    assert centres[Crop.FULL][2] < centres[Crop.THREE_QUARTER][2] < centres[Crop.MCU][2] < centres[Crop.CU][2]
