"""The previs photographer: a posed, dressed figure photographed by the shot's true camera.

Belongs here: the order of work from a request to a picture with its guides. Does not: any of the work.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.camera import Camera, Viewpoint, aperture_radius_m, on_pixels
from refpipe.backends.previs.controls import draw_guides
from refpipe.backends.previs.photograph import photograph
from refpipe.backends.previs.scene import Figure, Landmarks
from refpipe.backends.previs.studio import set_stage
from refpipe.backends.previs.tone import develop, encode_png
from refpipe.domain.camera import REFERENCE_HEIGHT_M, Crop, Gaze, camera_direction
from refpipe.domain.characters import Outfit, Physical
from refpipe.domain.errors import PermanentFailureError
from refpipe.domain.framing import (
    MOST_STEPPED_BACK_FOR_SHAPE,
    Lens,
    Seen,
    TooTightError,
    Window,
    frame,
    sensor_for,
    step_back_for_shape,
)
from refpipe.domain.generation import (
    CameraUsed,
    Capabilities,
    GeneratedImage,
    ImageRequest,
    ModelId,
    Remedy,
    Role,
    Size,
)
from refpipe.domain.quality import FailureReason
from refpipe.domain.shots import Expression, Pose, ReferenceShot

REVISION = "4"
"""Raise it whenever the same request makes another picture: figure, light, lens, tone or guides."""

_AT_ONCE = 2
"""Pictures worth having in hand at once: while one is exposed, the next one's figure is made."""
_MIN_SIDE_PX = 16
_MAX_SIDE_PX = 4096
_GLANCE_DEG = 35.0
"""How far to the side the eyes look for a gaze to the left or right."""
_FACING_DEG = 20.0
"""Within this of the camera, eyes straight ahead would look at it: a gaze away glances aside."""
_GLANCE_M = 4.0
_MOST_STEPPED_BACK = 2.0

GazeAt = Callable[[Landmarks], NDArray[np.float64] | None]


class FigureSource(Protocol):
    """Makes the figure to photograph, and keeps what is costly per character."""

    def figure(
        self,
        physical: Physical,
        outfit: Outfit,
        *,
        pose: Pose,
        expression: Expression,
        yaw_deg: float,
        gaze_at: GazeAt,
    ) -> Figure: ...


class PrevisGenerator:
    """Implements domain.ports.ImageGenerator offline. Safe to call from several threads.

    Exposing and denoising take turns on all cores; another picture's figure, guides and encoding go on beside them.

    ``samples`` are light samples per pixel before denoising, unless a request's parameters say otherwise.
    """

    def __init__(self, *, figures: FigureSource | None = None, samples: int = 4) -> None:
        self._figures = figures
        self._samples = samples
        self._lock = threading.Lock()

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            model=ModelId("previs", REVISION),
            sizes=None,
            max_side_px=_MAX_SIDE_PX,
            max_references=0,
            takes_seed=True,
            takes_prompt=False,
            takes_negative_prompt=False,
            takes_guides=False,
            price_usd=0.0,
            max_concurrency=_AT_ONCE,
            licence="Apache-2.0",
            commercial_use=True,
            remedies={reason.value: self._more_light for reason in (FailureReason.NOISY, FailureReason.BLURRED)},
        )

    @property
    def _more_light(self) -> tuple[Remedy, ...]:
        """Noise, and detail that the denoiser took for noise: more samples. Another seed would change nothing else."""
        return tuple(Remedy(parameters={"samples": times * self._samples}) for times in (4, 16))

    def generate(self, request: ImageRequest) -> GeneratedImage:
        """The picture, its guides and the camera really used; the same request gives the same bytes.

        Raises PermanentFailureError for what it cannot do, and when the lens cannot hold the crop.
        """
        self._check(request)
        return self._photograph(request, time.perf_counter())

    def _check(self, request: ImageRequest) -> None:
        size = request.size
        if request.role is not Role.REFERENCE_IMAGE:
            raise PermanentFailureError(f"previs makes reference images, not {request.role}")
        if request.references:
            raise PermanentFailureError("previs takes no reference pictures")
        sides = (size.width_px, size.height_px)
        if min(sides) < _MIN_SIDE_PX or max(sides) > _MAX_SIDE_PX:
            raise PermanentFailureError(
                f"previs makes pictures of {_MIN_SIDE_PX} to {_MAX_SIDE_PX} pixels a side, not {size}"
            )

    def _photograph(self, request: ImageRequest, began: float) -> GeneratedImage:
        shot = request.shot
        figure = self._source().figure(
            request.physical,
            request.outfit,
            pose=shot.pose,
            expression=shot.expression,
            yaw_deg=shot.subject_yaw_deg,
            gaze_at=lambda landmarks: gaze_point(shot, landmarks, request.size),
        )
        camera, seen, notes = aim(shot, figure.landmarks, request.size)
        centre = figure.landmarks.crop_centres[shot.crop]
        stage = set_stage(camera, centre, height_m=figure.landmarks.height_m, view_deg=shot.relative_view_deg)
        picture = photograph(figure.meshes, stage, camera, samples=self._samples_of(request), seed=request.seed % 2**32)
        return GeneratedImage(
            picture_png=encode_png(develop(picture.light)),
            size=request.size,
            camera=camera_used(shot, camera, seen),
            guides=draw_guides(picture.traced, picture.tracer, figure.landmarks, camera),
            seconds=time.perf_counter() - began,
            notes=notes + picture.notes,
        )

    def _samples_of(self, request: ImageRequest) -> int:
        return int(request.parameters.get("samples", self._samples))

    def _source(self) -> FigureSource:
        with self._lock:
            if self._figures is None:
                from refpipe.backends.previs.figure import FigureMaker

                _calm_matrix_products()
                self._figures = FigureMaker()
            return self._figures


def _calm_matrix_products() -> None:
    """One thread for numpy's products: they are small here, and more threads wait busily beside the renderer's."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")


def viewpoint_of(shot: ReferenceShot, landmarks: Landmarks, step_back: float = 1.0) -> Viewpoint:
    """Where the shot's camera stands for this subject: the distance scales with the subject's height."""
    distance = shot.distance_m * landmarks.height_m / REFERENCE_HEIGHT_M * step_back
    return Viewpoint.orbiting(landmarks.crop_centres[shot.crop], shot.azimuth_deg, shot.elevation_deg, distance)


def aim(shot: ReferenceShot, landmarks: Landmarks, size: Size) -> tuple[Camera, Seen, tuple[str, ...]]:
    """The shot's camera, framed and focused on this subject; where the subject's parts fall; notes.

    A picture of another shape than upright 2:3, or a subject whose head, hat or hands are large for its height
    (a child's portrait at 85 mm), may not fit the lens's field: the camera then steps back as far as needed, for
    the subject at most to twice the distance. Raises PermanentFailureError when that does not do.
    """
    for_shape = step_back_for_shape(shot, size.aspect)
    if for_shape > MOST_STEPPED_BACK_FOR_SHAPE:
        raise PermanentFailureError(
            f"the {shot.crop} crop does not fit a picture of {size}: at {shot.lens_mm:g} mm the camera would have to"
            f" stand {for_shape:.1f} times as far off, at most {MOST_STEPPED_BACK_FOR_SHAPE:g}"
        )
    for_subject = 1.0
    while True:
        try:
            view = viewpoint_of(shot, landmarks, for_shape * for_subject)
            camera, seen = _framed(shot, landmarks, size, view)
        except TooTightError as error:
            for_subject *= 1.01 * error.enlarge
            if for_subject > _MOST_STEPPED_BACK:
                raise
        else:
            break
    return camera, seen, _stepped_back(view, for_shape, for_subject)


def _stepped_back(view: Viewpoint, for_shape: float, for_subject: float) -> tuple[str, ...]:
    reasons = {"the picture's shape": for_shape, "the subject": for_subject}
    because = " and ".join(reason for reason, factor in reasons.items() if factor > 1.0)
    if not because:
        return ()
    return (f"stepped back to {view.distance_m:.2f} m, {for_shape * for_subject:.2f} times as far, for {because}",)


def _framed(shot: ReferenceShot, landmarks: Landmarks, size: Size, view: Viewpoint) -> tuple[Camera, Seen]:
    seen = view.seen(landmarks)
    window = frame(
        seen,
        Lens(lens_mm=shot.lens_mm, distance_m=view.distance_m, sensor=sensor_for(size.aspect)),
        crop=shot.crop,
        thirds=shot.thirds,
        headroom=shot.headroom,
        pose=shot.pose,
        subject_height_m=landmarks.height_m,
        aspect=size.aspect,
    )
    window = on_pixels(window, size)
    camera = Camera(
        viewpoint=view,
        window=window,
        size=size,
        focus_m=_focus_m(shot, landmarks, view, window),
        aperture_m=aperture_radius_m(shot.lens_mm, shot.f_stop),
    )
    return camera, seen


def _focus_m(shot: ReferenceShot, landmarks: Landmarks, view: Viewpoint, window: Window) -> float:
    """Planar depth of the eyes, or of the middle of the hands."""
    points = view.focused_hands(landmarks, window) if shot.crop is Crop.HANDS else landmarks.eyes[None]
    return max(float(view.depths(points).mean()), 0.05)


def gaze_point(shot: ReferenceShot, landmarks: Landmarks, size: Size) -> NDArray[np.float64] | None:
    """The world point (3,) that the eyes look at, None for straight ahead. Left and right are the subject's own."""
    yaw, gaze = shot.subject_yaw_deg, shot.gaze
    if gaze is Gaze.TO_CAMERA:
        return viewpoint_of(shot, landmarks, step_back_for_shape(shot, size.aspect)).position
    if gaze is Gaze.AWAY and abs(shot.relative_view_deg) > _FACING_DEG:
        return None
    to_own_right = gaze is Gaze.RIGHT or (gaze is Gaze.AWAY and shot.relative_view_deg < 0)
    aside = _GLANCE_DEG if to_own_right else -_GLANCE_DEG
    return np.asarray(landmarks.eyes, np.float64) + _GLANCE_M * np.array(camera_direction(yaw + aside, 0.0))


def camera_used(shot: ReferenceShot, camera: Camera, seen: Seen) -> CameraUsed:
    """The camera as it was really set; the head's place is None where no head is in the picture."""
    window = camera.window
    head_x = headroom = None
    if shot.crop is not Crop.HANDS:
        head_x, headroom = window.head_x(seen), window.headroom_share(seen)
    return CameraUsed(
        lens_mm=shot.lens_mm,
        azimuth_deg=shot.azimuth_deg,
        elevation_deg=shot.elevation_deg,
        distance_m=camera.viewpoint.distance_m,
        subject_yaw_deg=shot.subject_yaw_deg,
        gaze=shot.gaze.value,
        thirds=shot.thirds.value,
        headroom=shot.headroom.value,
        f_stop=shot.f_stop,
        punch_in=window.punch_in,
        head_x=head_x,
        headroom_share=headroom,
    )
