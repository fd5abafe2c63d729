"""The studio: no light is in any picture, the backdrop fills every one."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from refpipe.backends.previs.camera import Camera, Viewpoint, on_pixels
from refpipe.backends.previs.studio import Light, Stage, set_stage
from refpipe.backends.previs.tracing import Tracer
from refpipe.domain.camera import Crop, crop_box_m, visible_size_m
from refpipe.domain.framing import Window
from refpipe.domain.generation import Size

SIZE = Size(64, 96)
VIEWS = [
    (Crop.FULL, 35.0, 3.4, 0.88),
    (Crop.FULL, 20.0, 2.0, 0.88),
    (Crop.THREE_QUARTER, 35.0, 2.7, 1.15),
    (Crop.CU, 50.0, 2.1, 1.55),
    (Crop.MCU, 85.0, 1.5, 1.5),
    (Crop.HANDS, 85.0, 0.8, 1.2),
    (Crop.FULL, 135.0, 9.5, 0.88),
]


def staged(
    crop: Crop, lens: float, distance: float, z: float, azimuth: float, elevation: float
) -> tuple[Camera, Stage]:
    """A camera that exposes all its lens sees, shifted to a third, and its studio."""
    centre = np.array([0.0, 0.0, z])
    width, height = visible_size_m(distance, lens)
    assert height >= crop_box_m(crop)[1] or lens > 100
    window = Window(centre_u=-width / 6, centre_v=0.1 * height, width_m=width, height_m=height, punch_in=1.0)
    view = Viewpoint.orbiting(centre, azimuth, elevation, distance)
    camera = Camera(viewpoint=view, window=on_pixels(window, SIZE), size=SIZE, focus_m=distance, aperture_m=0.0)
    return camera, set_stage(camera, centre, height_m=1.75, view_deg=azimuth)


def is_in_picture(light: Light, camera: Camera) -> bool:
    shares = np.linspace(-1, 1, 21)
    points = np.array([light.centre + a * light.across + b * light.along for a, b in itertools.product(shares, shares)])
    places = camera.pixels(points[camera.viewpoint.depths(points) > 0.02])
    inside = (places > 0).all(axis=1) & (places[:, 0] < SIZE.width_px) & (places[:, 1] < SIZE.height_px)
    return bool(inside.any())


@pytest.mark.parametrize(("crop", "lens", "distance", "z"), VIEWS)
def test_no_light_is_in_the_picture_from_anywhere(crop: Crop, lens: float, distance: float, z: float) -> None:
    for azimuth, elevation in itertools.product(range(-180, 181, 45), (-30, -15, 0, 15, 30)):
        camera, stage = staged(crop, lens, distance, z, azimuth, elevation)
        seen = [light.name for light in stage.lights if is_in_picture(light, camera)]
        assert not seen, (azimuth, elevation, seen)


@pytest.mark.parametrize(("crop", "lens", "distance", "z"), VIEWS)
def test_the_backdrop_fills_the_picture_from_anywhere(crop: Crop, lens: float, distance: float, z: float) -> None:
    for azimuth, elevation in itertools.product((-180, -90, 0, 35), (-30, 0, 30)):
        camera, stage = staged(crop, lens, distance, z, azimuth, elevation)
        traced = Tracer([stage.backdrop]).trace(camera)
        assert (traced.part == 0).all(), (azimuth, elevation)
        assert traced.depth_m.min() > distance * 0.5


def test_every_light_shines_at_the_subject() -> None:
    _, stage = staged(*VIEWS[0], 0.0, 0.0)
    for light in stage.lights:
        shine = np.cross(light.across, light.along)
        assert shine @ (np.array([0.0, 0.0, 0.9]) - light.centre) > 0


def test_light_and_backdrop_are_alike_from_every_azimuth() -> None:
    def in_camera_space(azimuth: float) -> np.ndarray:
        camera, stage = staged(*VIEWS[0], azimuth, 0.0)
        view = camera.viewpoint
        points = np.concatenate([light.corners for light in stage.lights] + [stage.backdrop.vertices.astype(float)])
        away = points - view.position
        return np.stack([away @ view.right, away @ view.up, away @ view.forward], axis=1)

    assert np.allclose(in_camera_space(-30.0), in_camera_space(-150.0), atol=1e-3)


def test_rays_and_pixels_are_one_projection() -> None:
    camera, _ = staged(*VIEWS[2], 35.0, 10.0)
    rays = camera.rays().reshape(SIZE.height_px, SIZE.width_px, 3)
    for row, column in ((0, 0), (95, 63), (40, 10)):
        point = camera.viewpoint.position + 2.3 * rays[row, column].astype(float)
        assert camera.pixels(point[None])[0] == pytest.approx([column + 0.5, row + 0.5], abs=1e-3)
        assert camera.viewpoint.depths(point[None])[0] == pytest.approx(2.3, abs=1e-5)


def test_a_coarser_camera_sees_the_same_place_in_its_larger_pixels() -> None:
    camera, _ = staged(*VIEWS[2], 35.0, 10.0)
    coarse, region = camera.coarser(4)
    point = np.array([[0.1, 0.2, 1.3]])
    fine_place, coarse_place = camera.pixels(point)[0], coarse.pixels(point)[0]
    assert coarse_place * 4 + [region.left_px, region.top_px] == pytest.approx(fine_place)
    assert region.left_px <= 0
    assert region.left_px + region.width_px >= SIZE.width_px


def test_out_of_focus_blur_follows_the_thin_lens() -> None:
    camera, _ = staged(*VIEWS[4], 0.0, 0.0)
    camera = replace(camera, aperture_m=0.015, focus_m=1.5)
    assert camera.blur_px(1.5) == pytest.approx(0)
    # a disc of 30 mm seen at half the distance behind the focus is 10 mm wide on the plane in focus
    on_plane = 0.03 * 0.75 / 2.25
    assert camera.blur_px(2.25) == pytest.approx(on_plane / camera.pitch_m)
