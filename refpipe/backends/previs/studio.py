"""The studio: the seamless backdrop and the lights, set up for one camera.

Belongs here: where they stand, their size and strength, as plain arrays. Does not: materials, rendering,
the camera's geometry.

Backdrop and lights travel with the camera's azimuth, as when a photographer lights every view anew: the
backdrop stands behind the subject, the key at 45° to the camera's side, and no light is in the picture.
Lengths scale with the subject's height, so that a child is lit like a grown-up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.camera import Camera
from refpipe.backends.previs.scene import Finish, Mesh
from refpipe.domain.camera import REFERENCE_HEIGHT_M

Points = NDArray[np.float64]

_BACKDROP = (0.80, 0.775, 0.735)
"""Linear reflectance of the backdrop: a light, warm grey."""
_SKY = (0.46, 0.465, 0.475)
"""Radiance of the open room around the set: it fills the shadows."""
_KEY = (8.2, 7.8, 7.2)
_FILL = (9.0, 8.9, 8.8)
_RIM = (4.0, 4.4, 5.0)
_KEY_SIZE = 0.55
"""Side of the key over its distance: soft, with the same edge of shadow at every distance."""
_KEY_UP_DEG = 33.0
_FILL_SIZE = 0.22
_FILL_UP_DEG = 17.0
_KEY_ASIDE_DEG = 45.0
_RIM_BEHIND_M = 0.9
_BACKDROP_BEHIND_M = 1.6
_CURVE_M = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A rectangular, one-sided light. ``across`` and ``along`` (3,) are half its sides; it shines along their
    cross product. ``radiance`` is linear RGB."""

    name: str
    centre: Points
    across: Points
    along: Points
    radiance: tuple[float, float, float]

    @property
    def corners(self) -> Points:
        """Its four corners (4, 3)."""
        signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        return np.asarray(self.centre + signs[:, :1] * self.across + signs[:, 1:] * self.along)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A studio ready for one camera. ``sky`` is the radiance of the room around the set."""

    backdrop: Mesh
    lights: tuple[Light, ...]
    sky: tuple[float, float, float]


def set_stage(camera: Camera, target: NDArray[np.floating], *, height_m: float, view_deg: float) -> Stage:
    """The studio for one camera; ``target`` (3,) is the crop's centre, ``view_deg`` the relative view.

    The key stands on the side to which the subject's face is turned, so that the shadow side is the far one's
    opposite ("short" light); facing the camera, it stands at the picture's left.
    """
    scale = height_m / REFERENCE_HEIGHT_M
    view = camera.viewpoint
    away = _level(view.azimuth_deg)
    side = -view.right if view_deg <= 0 else view.right
    aim = np.array([target[0], target[1], max(float(target[2]), 0.55 * height_m)])
    return Stage(
        backdrop=_cyclorama(camera, away, scale),
        lights=(
            _key(view.distance_m, aim, away, side, scale),
            _fill(view.distance_m, aim, away, side, scale),
            _rim(camera, aim, away, -side, scale),
        ),
        sky=_SKY,
    )


def _level(azimuth_deg: float) -> Points:
    """The camera's way of looking, laid level (3,)."""
    azimuth = math.radians(azimuth_deg)
    return np.array([math.sin(azimuth), math.cos(azimuth), 0.0])


def _facing(
    name: str, centre: Points, aim: Points, half: tuple[float, float], radiance: tuple[float, float, float]
) -> Light:
    shine = aim - centre
    shine = shine / np.linalg.norm(shine)
    across = np.cross(shine, [0.0, 0.0, 1.0])
    across = across / np.linalg.norm(across)
    along = np.cross(shine, across)
    return Light(name=name, centre=centre, across=across * half[0], along=along * half[1], radiance=radiance)


def _key(distance_m: float, aim: Points, away: Points, side: Points, scale: float) -> Light:
    """Beside and behind the camera's plane, so that it is in no picture."""
    back = max(2.1 * scale, distance_m + 0.4 * scale)
    aside = back * math.tan(math.radians(_KEY_ASIDE_DEG))
    level = math.hypot(back, aside)
    rise = level * math.tan(math.radians(_KEY_UP_DEG))
    half = 0.5 * _KEY_SIZE * math.hypot(level, rise)
    centre = aim - back * away + aside * side + np.array([0.0, 0.0, rise])
    return _facing("key", centre, aim, (half, half), _KEY)


def _fill(distance_m: float, aim: Points, away: Points, side: Points, scale: float) -> Light:
    """Small, behind and above the camera: softens the shadow side and gives the eyes their light."""
    back = max(1.8 * scale, distance_m + 0.4 * scale)
    rise = back * math.tan(math.radians(_FILL_UP_DEG))
    half = 0.5 * _FILL_SIZE * math.hypot(back, rise)
    centre = aim - back * away + 0.12 * back * side + np.array([0.0, 0.0, rise])
    return _facing("fill", centre, aim, (half, half), _FILL)


def _rim(camera: Camera, aim: Points, away: Points, side: Points, scale: float) -> Light:
    """Behind the subject on the shadow side, just outside what the picture shows at its depth."""
    view = camera.viewpoint
    behind = _RIM_BEHIND_M * scale
    half = 0.30 * scale, 0.75 * scale
    box = camera.window.extent
    middle = aim + behind * away + np.array([0.0, 0.0, 0.55 * scale])
    farthest = float(view.depths(middle[None])[0]) + math.hypot(*half)
    edge = max(abs(box.left), abs(box.right)) * farthest / view.distance_m
    aside = max(edge + half[0] + 0.25 * scale, 1.25 * scale)
    centre = middle + aside * side
    return _facing("rim", centre, aim, half, _RIM)


def _cyclorama(camera: Camera, away: Points, scale: float) -> Mesh:
    """A floor that curves up into a wall behind the subject, seen from the camera's azimuth.

    Below a camera that stands lower than the floor the floor is lowered: the subject then stands in the air
    before the same backdrop.
    """
    view = camera.viewpoint
    behind, curve = _BACKDROP_BEHIND_M * scale, _CURVE_M * scale
    floor = min(0.0, float(view.position[2]) - 0.5 * scale)
    reach = 3.0 * view.distance_m + 12.0 * scale
    turns = np.linspace(0, math.pi / 2, 25)
    along = np.concatenate([[-reach], behind + curve * np.sin(turns), [behind + curve]])
    rise = np.concatenate([[0.0], curve * (1 - np.cos(turns)), [3.0 * reach]])
    lean = np.concatenate([[0.0], turns, [math.pi / 2]])
    up = np.array([0.0, 0.0, 1.0])
    line = along[:, None] * away + (rise + floor)[:, None] * up
    normal = np.cos(lean)[:, None] * up - np.sin(lean)[:, None] * away
    across = view.right * 2.0 * reach
    vertices = np.concatenate([line - across, line + across])
    count = len(line)
    step = np.arange(count - 1)
    faces = np.concatenate(
        [
            np.stack([step, step + count, step + count + 1], axis=1),
            np.stack([step, step + count + 1, step + 1], axis=1),
        ]
    )
    return Mesh(
        name="backdrop",
        vertices=vertices.astype(np.float32),
        faces=faces.astype(np.int32),
        normals=np.concatenate([normal, normal]).astype(np.float32),
        colours=np.tile(np.array(_BACKDROP, np.float32), (2 * count, 1)),
        finish=Finish.CLOTH,
    )
