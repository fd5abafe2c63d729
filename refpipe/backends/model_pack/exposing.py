"""The pictures of one person: some exposed by previs's renderer, of the others what rays meet.

Belongs here: figure, camera, studio and exposure of one person's views; the arrays that are kept of them. Does not:
who and which views (people, shoots), shading of what rays meet (shading).

A view that is only traced costs a third of an exposed one, and can be shaded in any light later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.model_pack.people import Person
from refpipe.backends.model_pack.shoots import Studio, View, views_of
from refpipe.backends.previs.camera import Camera
from refpipe.backends.previs.denoise import load_denoiser
from refpipe.backends.previs.figure import FigureMaker
from refpipe.backends.previs.generator import aim, gaze_point
from refpipe.backends.previs.render import Scene
from refpipe.backends.previs.scene import Figure, Floats
from refpipe.backends.previs.studio import Stage, set_stage
from refpipe.backends.previs.tone import develop
from refpipe.backends.previs.tracing import NOTHING, Tracer
from refpipe.domain.errors import PermanentFailureError
from refpipe.domain.generation import Size

Bytes = NDArray[np.uint8]
TRAINING_SIZE = Size(128, 192)
MEASURING_SIZE = Size(160, 240)
_SAMPLES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A view as it was taken. ``picture`` is 8-bit sRGB (H, W, 3), None where the view is only traced; then
    ``surface`` (H, W, 7) has the subject's coverage, reflectance (as sRGB) and normal (0–255 for −1 to 1)."""

    view: View
    picture: Bytes | None
    surface: Bytes | None


class Photographer:
    """Takes people's pictures, one after another."""

    def __init__(self) -> None:
        self._figures = FigureMaker()

    def take(self, person: Person, views: Sequence[View] | None = None) -> list[Taken]:
        """Every view of a person, or those given; the same each time. Views whose crop does not fit are left out."""
        wanted = views_of(person) if views is None else views
        return [
            taken
            for _, posed in groupby(wanted, key=lambda view: (view.shot.pose, view.shot.expression))
            for taken in self._posed(person, list(posed))
        ]

    def _posed(self, person: Person, views: Sequence[View]) -> Iterator[Taken]:
        shot = views[0].shot
        size = TRAINING_SIZE if person.part == "train" else MEASURING_SIZE
        figure = self._figures.figure(
            person.physical,
            person.outfit,
            pose=shot.pose,
            expression=shot.expression,
            yaw_deg=shot.subject_yaw_deg,
            gaze_at=lambda landmarks: gaze_point(shot, landmarks, size),
        )
        tracer = Tracer(figure.meshes)
        for view in views:
            try:
                camera, _, _ = aim(view.shot, figure.landmarks, size)
            except PermanentFailureError:
                continue
            yield _taken(view, figure, tracer, camera)


def _taken(view: View, figure: Figure, tracer: Tracer, camera: Camera) -> Taken:
    traced = tracer.trace(camera)
    albedo, normals = tracer.softened(traced, camera)
    coverage = _coverage(traced.part != NOTHING, normals)
    if not view.is_exposed:
        return Taken(view=view, picture=None, surface=_packed(coverage, albedo, normals))
    light = Scene(figure.meshes, staged(view, figure, camera)).expose(camera, samples=_SAMPLES, seed=view.seed)
    ground = albedo + (1 - coverage[..., None]) * np.array(view.studio.backdrop, np.float32)
    denoise = load_denoiser()
    if denoise is None:
        raise PermanentFailureError("the model pack's pictures need Intel Open Image Denoise")
    return Taken(view=view, picture=develop(denoise(light, ground, normals)), surface=None)


def staged(view: View, figure: Figure, camera: Camera) -> Stage:
    """Previs's studio with the view's light and backdrop."""
    shot, studio = view.shot, view.studio
    stage = set_stage(
        camera,
        figure.landmarks.crop_centres[shot.crop],
        height_m=figure.landmarks.height_m,
        view_deg=-shot.relative_view_deg - 0.01 if studio.is_flipped else shot.relative_view_deg,
    )
    ground = np.broadcast_to(np.array(studio.backdrop, np.float32), stage.backdrop.colours.shape)
    return replace(
        stage,
        backdrop=replace(stage.backdrop, colours=np.ascontiguousarray(ground)),
        lights=tuple(replace(lamp, radiance=_times(lamp.radiance, studio, lamp.name)) for lamp in stage.lights),
        sky=_scaled(stage.sky, studio.sky),
    )


def _times(radiance: tuple[float, float, float], studio: Studio, lamp: str) -> tuple[float, float, float]:
    return _scaled(radiance, studio.lamps[lamp])


def _scaled(one: tuple[float, float, float], by: tuple[float, float, float]) -> tuple[float, float, float]:
    return one[0] * by[0], one[1] * by[1], one[2] * by[2]


def _coverage(hard: NDArray[np.bool_], normals: Floats) -> Floats:
    """How much of each pixel the subject covers (H, W): at the outline, as much as the softened normal is long."""
    import cv2

    mask = hard.astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    length = np.clip(np.linalg.norm(normals, axis=2), 0, 1).astype(np.float32)
    inside, outside = cv2.erode(mask, kernel) > 0, cv2.dilate(mask, kernel) == 0
    return np.where(inside, np.float32(1), np.where(outside, np.float32(0), length))


def _packed(coverage: Floats, albedo: Floats, normals: Floats) -> Bytes:
    curve = np.where(albedo <= 0.0031308, 12.92 * albedo, 1.055 * np.maximum(albedo, 1e-6) ** (1 / 2.4) - 0.055)
    whole: NDArray[Any] = np.concatenate([coverage[..., None], curve, 0.5 + 0.5 * normals], axis=2)
    return np.asarray(np.clip(255 * whole + 0.5, 0, 255), np.uint8)
