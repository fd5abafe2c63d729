"""Pictures of a mannequin: what stands where, framing measured on the picture, guides that fit it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from functools import cache
from importlib import resources

import cv2
import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from refpipe.backends.previs import photograph
from refpipe.backends.previs.generator import REVISION, PrevisGenerator, aim
from refpipe.backends.previs.scene import COCO_KEYPOINTS, Landmarks
from refpipe.backends.previs.studio import set_stage
from refpipe.backends.previs.tracing import Tracer
from refpipe.domain.camera import THIRDS_TOLERANCE, Crop, Thirds
from refpipe.domain.characters import Outfit, Physical
from refpipe.domain.errors import PermanentFailureError
from refpipe.domain.generation import GeneratedImage, ImageRequest, ModelId, Reference, Role, Size
from refpipe.domain.shot_templates import read_template, resolve
from refpipe.domain.shots import Expression, Pose, ReferenceShot
from refpipe_tests.backends.previs.mannequin import MannequinMaker

SIZE = Size(128, 192)
SHOTS: dict[str, ReferenceShot] = {
    entry["slug"]: resolve(read_template(entry))
    for entry in yaml.safe_load((resources.files("refpipe") / "data" / "shots.yaml").read_text())
}
OUTFIT = Outfit.model_validate({"garments": [{"kind": "trousers", "colour": "#334455"}]})
GENERATOR = PrevisGenerator(figures=MannequinMaker())


def request(slug: str, *, size: Size = SIZE, seed: int = 7, height_m: float = 1.75, **changes: object) -> ImageRequest:
    return ImageRequest(
        role=Role.REFERENCE_IMAGE,
        model=ModelId("previs", REVISION),
        physical=Physical(height_m=height_m),
        outfit=OUTFIT,
        shot=replace(SHOTS[slug], **changes),  # type: ignore[arg-type]
        size=size,
        seed=seed,
    )


@cache
def taken(slug: str) -> GeneratedImage:
    return GENERATOR.generate(request(slug))


def pixels(png: bytes) -> NDArray[np.int64]:
    decoded = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded is not None
    return (decoded[:, :, ::-1] if decoded.ndim == 3 else decoded).astype(np.int64)


def keypoints(image: GeneratedImage) -> dict[str, dict[str, float]]:
    assert image.guides is not None
    rows = json.loads(image.guides.keypoints_json)["keypoints"]
    assert [row["name"] for row in rows] == list(COCO_KEYPOINTS)
    return {row["name"]: row for row in rows}


def mask(image: GeneratedImage) -> NDArray[np.bool_]:
    assert image.guides is not None
    return pixels(image.guides.mask_png) == 255


def colourful(image: GeneratedImage) -> NDArray[np.bool_]:
    """The subject as the picture itself shows it: the set is grey, the mannequin is not."""
    picture = pixels(image.picture_png)
    return (picture.max(axis=2) - picture.min(axis=2)) > 0.3 * picture.max(axis=2)


def green(picture: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (picture[:, :, 1] > picture[:, :, 0] + 30) & (picture[:, :, 1] > picture[:, :, 2] + 30)


def blue(picture: NDArray[np.int64]) -> NDArray[np.bool_]:
    return picture[:, :, 2] > picture[:, :, 0] + 40


def yellow(picture: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (picture[:, :, 0] > picture[:, :, 2] + 60) & (picture[:, :, 1] > picture[:, :, 2] + 60)


def across(found: NDArray[np.bool_]) -> float:
    assert found.sum() >= 3
    return float(np.nonzero(found)[1].mean())


def test_from_the_subjects_own_left_the_nose_points_to_the_pictures_left() -> None:
    image = taken("85mm_left90_mcu")
    assert image.camera.head_x is not None
    assert across(green(pixels(image.picture_png))) < image.camera.head_x * SIZE.width_px - 5
    mirrored = taken("85mm_right90_mcu")
    assert mirrored.camera.head_x is not None
    assert across(green(pixels(mirrored.picture_png))) > mirrored.camera.head_x * SIZE.width_px + 5


def test_facing_the_camera_the_subjects_left_is_at_the_pictures_right() -> None:
    picture = pixels(taken("35mm_front_full").picture_png)
    assert across(blue(picture)) > across(yellow(picture)) + 5
    behind = pixels(taken("35mm_back_full").picture_png)
    assert across(blue(behind)) < across(yellow(behind)) - 5
    assert not green(behind).any()


def test_the_side_that_the_camera_stands_on_is_nearer() -> None:
    points = keypoints(taken("35mm_left90_full"))
    assert points["left_wrist"]["visible"]
    assert not points["right_wrist"]["visible"]
    points = keypoints(taken("35mm_right90_full"))
    assert points["right_wrist"]["visible"]
    assert not points["left_wrist"]["visible"]


def test_a_high_camera_looks_down_on_the_head_and_a_low_one_up() -> None:
    def hair(slug: str) -> int:
        picture = pixels(taken(slug).picture_png)
        purple = (picture[:, :, 0] > picture[:, :, 1] + 25) & (picture[:, :, 2] > picture[:, :, 1] + 20)
        return int(purple.sum())

    assert hair("50mm_front_cu_high") > 1.2 * hair("50mm_front_cu_low")


@pytest.mark.parametrize("slug", ["35mm_front_full", "35mm_left45_full", "50mm_left35_cu", "85mm_right90_mcu"])
def test_the_mask_is_what_the_picture_shows(slug: str) -> None:
    image = GENERATOR.generate(request(slug, size=Size(320, 480)))
    guide, shown = mask(image), colourful(image)
    assert (guide & shown).sum() / (guide | shown).sum() >= 0.97


def test_without_depth_of_field_picture_and_guides_agree_to_the_pixel() -> None:
    image = GENERATOR.generate(request("35mm_left45_full", size=Size(320, 480), f_stop=1000.0))
    guide, shown = mask(image), colourful(image)
    assert (guide & shown).sum() / (guide | shown).sum() >= 0.98
    offset = np.array(np.nonzero(guide)).mean(axis=1) - np.array(np.nonzero(shown)).mean(axis=1)
    assert np.abs(offset).max() < 0.3


@pytest.mark.parametrize("slug", sorted(SHOTS))
def test_thirds_and_headroom_are_kept_in_the_picture(slug: str) -> None:
    image = GENERATOR.generate(request(slug))
    shot = SHOTS[slug]
    if shot.crop is Crop.HANDS:
        assert image.camera.head_x is None
        assert image.camera.headroom_share is None
        return
    subject = mask(image)
    first_row = int(np.argmax(subject.any(axis=1)))
    low, high = shot.headroom.band
    assert low <= first_row / SIZE.height_px <= high
    assert image.camera.headroom_share == pytest.approx(first_row / SIZE.height_px, abs=1.5 / SIZE.height_px)
    head_rows = subject[first_row : first_row + max(3, int(0.1 * SIZE.height_px * image.camera.punch_in))]
    assert image.camera.head_x is not None
    assert abs(image.camera.head_x - shot.thirds.line) <= THIRDS_TOLERANCE
    if shot.crop in (Crop.CU, Crop.MCU):
        top_of_head = np.nonzero(head_rows[:12].any(axis=0))[0]
        middle = 0.5 * (top_of_head[0] + top_of_head[-1] + 1) / SIZE.width_px
        assert abs(middle - shot.thirds.line) <= 2 * THIRDS_TOLERANCE


def test_a_full_shot_ends_below_the_shoes_and_beside_the_hands() -> None:
    for slug in ("35mm_front_full", "35mm_front_full_tpose", "35mm_left135_full"):
        subject = mask(taken(slug))
        assert not subject[-2:].any()
        assert not subject[:, :2].any()
        assert not subject[:, -2:].any()


@pytest.mark.parametrize("slug", ["35mm_front_full", "35mm_right135_full", "50mm_back_three_quarter"])
def test_keypoints_in_the_picture_lie_on_the_subject(slug: str) -> None:
    image = taken(slug)
    near = cv2.dilate(mask(image).astype(np.uint8), np.ones((3, 3), np.uint8))
    for name, point in keypoints(image).items():
        if point["in_picture"]:
            assert near[int(point["y_px"]), int(point["x_px"])], name


def test_faces_hide_when_the_back_is_turned() -> None:
    points = keypoints(taken("35mm_back_full"))
    assert not points["nose"]["visible"]
    assert not points["left_eye"]["visible"]
    assert points["left_shoulder"]["visible"]
    assert all(point["visible"] for point in keypoints(taken("35mm_front_full")).values())


def test_depth_is_planar_in_millimetres_and_grows_away_from_the_camera() -> None:
    image = taken("85mm_front_mcu")
    assert image.guides is not None
    depth = pixels(image.guides.depth_png)
    nose = keypoints(image)["nose"]
    at_nose = depth[int(nose["y_px"]), int(nose["x_px"])]
    assert at_nose == pytest.approx(1000 * (image.camera.distance_m - 0.12), abs=8)
    subject = mask(image)
    assert (depth[~subject] == 0).all()
    assert depth[subject].min() == pytest.approx(at_nose, abs=8)
    chest = depth[-5, SIZE.width_px // 2]
    assert at_nose < chest


def test_normals_point_to_the_viewer_the_right_and_up() -> None:
    image = taken("85mm_front_mcu")
    assert image.guides is not None
    normals = pixels(image.guides.normals_png)
    subject = mask(image)
    assert (normals[~subject] == 128).all()
    assert normals[subject][:, 2].min() >= 110  # rays lean outwards: a surface may turn a little past the axis
    row = normals[int(keypoints(image)["nose"]["y_px"]) + 4]
    inside = np.nonzero(subject[int(keypoints(image)["nose"]["y_px"]) + 4])[0]
    assert row[inside[1]][0] < 100
    assert row[inside[-2]][0] > 156


def test_edges_are_thin_lines_on_and_around_the_subject() -> None:
    image = taken("85mm_front_mcu")
    assert image.guides is not None
    edges = pixels(image.guides.edges_png)
    assert set(np.unique(edges)) == {0, 255}
    assert 0.005 < (edges == 255).mean() < 0.25
    away = cv2.dilate(mask(image).astype(np.uint8), np.ones((7, 7), np.uint8)) == 0
    assert not edges[away].any()


def test_the_set_is_an_even_light_grey_without_a_light_in_it() -> None:
    for slug in ("35mm_front_full", "35mm_left135_full", "85mm_front_mcu"):
        image = taken(slug)
        picture = pixels(image.picture_png)
        backdrop = picture[cv2.dilate(mask(image).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0]
        assert backdrop.max() < 250
        assert 130 < np.median(backdrop) < 235


def test_the_same_request_gives_the_same_bytes_and_another_seed_does_not() -> None:
    first = GENERATOR.generate(request("50mm_front_cu"))
    again = PrevisGenerator(figures=MannequinMaker()).generate(request("50mm_front_cu"))
    other = GENERATOR.generate(request("50mm_front_cu", seed=8))
    assert first.picture_png == again.picture_png
    assert first.guides == again.guides
    assert first.picture_png != other.picture_png
    assert first.guides == other.guides


def test_a_scene_loaded_again_keeps_its_lamps_in_order_so_that_chance_falls_the_same() -> None:
    tiny = request("50mm_front_cu", size=Size(32, 48))

    assert len({GENERATOR.generate(tiny).picture_png for _ in range(24)}) == 1


def test_fresh_processes_give_the_same_bytes_with_two_pictures_in_hand_at_once() -> None:
    program = """
import hashlib
from concurrent.futures import ThreadPoolExecutor
from refpipe_tests.backends.previs.test_photographs import GENERATOR, SHOTS, Size, request

with ThreadPoolExecutor(2) as pool:
    images = pool.map(GENERATOR.generate, [request(shot, size=Size(48, 72)) for shot in list(SHOTS)[:8]])
    print([hashlib.sha256(image.picture_png).hexdigest() for image in images])
"""

    told = [subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout for _ in range(3)]

    assert len(set(told)) == 1


def test_the_denoisers_guides_mix_what_meets_on_an_edge_as_a_finer_picture_would() -> None:
    figure = MannequinMaker().figure(
        Physical(height_m=1.75), OUTFIT, pose=Pose.A_POSE, expression=Expression.NEUTRAL, yaw_deg=0, gaze_at=no_gaze
    )
    camera, _, _ = aim(SHOTS["35mm_right35_three_quarter"], figure.landmarks, SIZE)
    tracer = Tracer(figure.meshes)
    finer = tracer.trace(replace(camera, size=Size(8 * SIZE.width_px, 8 * SIZE.height_px))).albedo
    true = finer.reshape(SIZE.height_px, 8, SIZE.width_px, 8, 3).mean(axis=(1, 3))

    plain = tracer.trace(camera)
    albedo, _ = tracer.softened(plain, camera)

    assert np.abs(albedo - true).sum() < 0.5 * np.abs(plain.albedo - true).sum()


def test_what_is_made_ready_for_a_picture_alone_shows_the_same_in_it_as_everything_does() -> None:
    figure = MannequinMaker().figure(
        Physical(height_m=1.75), OUTFIT, pose=Pose.A_POSE, expression=Expression.NEUTRAL, yaw_deg=0, gaze_at=no_gaze
    )
    for slug in ("50mm_front_cu", "35mm_right35_three_quarter"):
        camera, _, _ = aim(SHOTS[slug], figure.landmarks, SIZE)
        stage = set_stage(camera, figure.landmarks.crop_centres[SHOTS[slug].crop], height_m=1.75, view_deg=0)
        all_of_it = Tracer(figure.meshes, [stage.backdrop]).trace(camera)
        in_it = Tracer(figure.meshes, [stage.backdrop], within=camera).trace(camera)

        for name in ("depth_m", "normals", "part", "albedo"):
            assert (getattr(all_of_it, name) == getattr(in_it, name)).all(), name


def no_gaze(landmarks: Landmarks) -> None:
    return None


def test_against_noise_it_has_a_remedy_that_gives_a_cleaner_picture() -> None:
    plain = request("50mm_front_cu", size=Size(64, 96))
    rungs = GENERATOR.capabilities.remedies["noisy"]
    true = pixels(GENERATOR.generate(replace(plain, parameters={"samples": 1024})).picture_png)

    apart = [
        np.abs(pixels(GENERATOR.generate(replace(plain, parameters=rung)).picture_png) - true).mean()
        for rung in ({}, *(dict(each.parameters) for each in rungs))
    ]

    assert apart[0] > apart[1] > apart[2]


def test_a_childs_camera_comes_as_much_nearer_as_the_child_is_small() -> None:
    small = GENERATOR.generate(request("35mm_front_full", height_m=0.95))
    tall = taken("35mm_front_full")
    assert small.camera.distance_m / tall.camera.distance_m == pytest.approx(0.95 / 1.75)
    shared = mask(small) & mask(tall)
    assert shared.sum() / (mask(small) | mask(tall)).sum() > 0.97


def test_a_subject_turned_with_the_camera_shows_the_same_view() -> None:
    turned = GENERATOR.generate(request("35mm_left45_full", azimuth_deg=0.0, subject_yaw_deg=45.0))
    orbited = taken("35mm_left45_full")
    assert (mask(turned) & mask(orbited)).sum() / (mask(turned) | mask(orbited)).sum() > 0.97


def test_where_the_denoiser_is_missing_a_plain_one_stands_in_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photograph, "load_denoiser", lambda: None)
    image = GENERATOR.generate(request("50mm_front_cu"))
    assert any("denoised plainly" in note for note in image.notes)
    difference = np.abs(pixels(image.picture_png) - pixels(taken("50mm_front_cu").picture_png))
    assert difference.mean() < 8


def test_what_it_cannot_do_is_refused() -> None:
    with pytest.raises(PermanentFailureError, match="reference"):
        GENERATOR.generate(replace(request("50mm_front_cu"), references=(Reference("0" * 64, 1.0),)))
    with pytest.raises(PermanentFailureError, match="pixels"):
        GENERATOR.generate(request("50mm_front_cu", size=Size(8, 12)))
    with pytest.raises(PermanentFailureError, match="step back"):
        GENERATOR.generate(request("35mm_front_full", lens_mm=200.0))


def test_a_landscape_frame_takes_the_sensor_on_its_side() -> None:
    image = GENERATOR.generate(request("50mm_front_cu", size=Size(192, 128), thirds=Thirds.LEFT_THIRD))
    assert image.camera.head_x == pytest.approx(1 / 3, abs=0.01)
    assert image.camera.punch_in > 1


@pytest.mark.parametrize("size", [Size(128, 128), Size(192, 108), Size(96, 256)])
def test_a_picture_of_another_shape_is_taken_from_farther_back_and_says_so(size: Size) -> None:
    image = GENERATOR.generate(request("85mm_left35_mcu", size=size))
    assert image.camera.distance_m > taken("85mm_left35_mcu").camera.distance_m
    assert image.camera.lens_mm == 85
    assert image.camera.punch_in >= 1
    assert image.notes[0].startswith(f"stepped back to {image.camera.distance_m:.2f} m")
    assert image.notes[0].endswith("for the picture's shape")
    assert pixels(image.picture_png).shape[:2] == (size.height_px, size.width_px)
    assert mask(image)[0].mean() < 0.05  # there is air above the head


def test_a_shape_that_holds_no_portrait_is_refused() -> None:
    with pytest.raises(PermanentFailureError, match="at most"):
        GENERATOR.generate(request("85mm_front_mcu", size=Size(400, 80)))
