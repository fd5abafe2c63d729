"""The camera: where it stands, how it projects, which of its rays make the picture.

Belongs here: one projection that the renderer, the guides and the landmarks share. Does not: which window
is chosen (domain.framing), light, materials.

The camera orbits the crop's centre and looks at it. Distances on the *picture plane* are metres on the
plane through that centre, perpendicular to the optical axis: u to the right, v up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refpipe.backends.previs.scene import COCO_KEYPOINTS, Floats, Landmarks
from refpipe.domain.camera import camera_direction
from refpipe.domain.framing import Extent, Seen, Window
from refpipe.domain.generation import Size

Points = NDArray[np.float64]

_LEFT_WRIST = COCO_KEYPOINTS.index("left_wrist")
_RIGHT_WRIST = COCO_KEYPOINTS.index("right_wrist")
_KNEES = [COCO_KEYPOINTS.index("left_knee"), COCO_KEYPOINTS.index("right_knee")]
_BORDER_PX = 4
_NEAREST_M = 0.02
"""Points nearer to the camera's plane than this, or behind it, do not project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewpoint:
    """Where a camera stands and how it is turned. ``right``, ``up`` and ``forward`` are unit vectors (3,)."""

    position: Points
    right: Points
    up: Points
    forward: Points
    distance_m: float
    azimuth_deg: float

    @classmethod
    def orbiting(cls, centre: ArrayLike, azimuth_deg: float, elevation_deg: float, distance_m: float) -> Viewpoint:
        """A camera on its orbit around ``centre`` (3,), looking at it, upright."""
        outwards = np.array(camera_direction(azimuth_deg, elevation_deg))
        azimuth = math.radians(azimuth_deg)
        right = np.array([math.cos(azimuth), -math.sin(azimuth), 0.0])
        forward = -outwards
        return cls(
            position=np.asarray(centre, np.float64) + distance_m * outwards,
            right=right,
            up=np.cross(right, forward),
            forward=forward,
            distance_m=distance_m,
            azimuth_deg=azimuth_deg,
        )

    def depths(self, points: ArrayLike) -> Points:
        """Planar depth along the optical axis of points (N, 3), metres (N,)."""
        return np.asarray((np.asarray(points, np.float64) - self.position) @ self.forward)

    def on_plane(self, points: ArrayLike) -> Points:
        """The (u, v) of world points (N, 3) on the picture plane, metres (N, 2); nan where they do not project."""
        away = np.asarray(points, np.float64) - self.position
        depth = away @ self.forward
        scale = np.where(depth > _NEAREST_M, self.distance_m / np.maximum(depth, _NEAREST_M), np.nan)
        return np.stack([away @ self.right * scale, away @ self.up * scale], axis=-1)

    def extent(self, points: ArrayLike) -> Extent:
        """What world points (N, 3) span on the picture plane."""
        flat = self.on_plane(points)
        least, most = np.nanmin(flat, axis=0), np.nanmax(flat, axis=0)
        return Extent(float(least[0]), float(most[0]), float(least[1]), float(most[1]))

    def seen(self, landmarks: Landmarks) -> Seen:
        """Where the figure's parts fall on the picture plane."""
        knees = self.on_plane(landmarks.keypoints[_KNEES])
        return Seen(
            skull=self.extent(landmarks.skull),
            head=self.extent(landmarks.head),
            body=self.extent(landmarks.body),
            hands=self.extent(landmarks.hands),
            near_hand=self.extent(self._near_hand(landmarks)),
            knees_v=float(np.nanmin(knees[:, 1])),
        )

    def focused_hands(self, landmarks: Landmarks, window: Window) -> Floats:
        """The hands' points that lie in the window; all of them when none does."""
        flat = self.on_plane(landmarks.hands)
        box = window.extent
        inside = (flat[:, 0] > box.left) & (flat[:, 0] < box.right) & (flat[:, 1] > box.bottom) & (flat[:, 1] < box.top)
        return landmarks.hands[inside] if inside.any() else landmarks.hands

    def _near_hand(self, landmarks: Landmarks) -> Floats:
        wrists = landmarks.keypoints[[_LEFT_WRIST, _RIGHT_WRIST]]
        apart = np.linalg.norm(landmarks.hands[:, None] - wrists[None], axis=2)
        near = int(np.argmin(self.depths(wrists)))
        mine = apart.argmin(axis=1) == near
        return landmarks.hands[mine] if mine.any() else landmarks.hands


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a picture's pixels, from its upper left corner."""

    left_px: int
    top_px: int
    width_px: int
    height_px: int

    @property
    def rows(self) -> slice:
        return slice(self.top_px, self.top_px + self.height_px)

    @property
    def columns(self) -> slice:
        return slice(self.left_px, self.left_px + self.width_px)


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A viewpoint, the window of its field that becomes the picture, and the lens.

    ``focus_m`` is the planar depth that is sharp; ``aperture_m`` the radius of the lens's opening, 0 = pinhole.
    """

    viewpoint: Viewpoint
    window: Window
    size: Size
    focus_m: float
    aperture_m: float

    def part(self, region: Region) -> Camera:
        """The same camera exposing only some of its pixels; ``region`` may reach outside the picture."""
        pitch = self.pitch_m
        box = self.window.extent
        width, height = region.width_px * pitch, region.height_px * pitch
        window = replace(
            self.window,
            centre_u=box.left + region.left_px * pitch + 0.5 * width,
            centre_v=box.top - region.top_px * pitch - 0.5 * height,
            width_m=width,
            height_m=height,
        )
        return replace(self, window=window, size=Size(region.width_px, region.height_px))

    def coarser(self, times: int) -> tuple[Camera, Region]:
        """A camera with pixels ``times`` as large, which still meet the optical axis at a corner.

        It sees the whole picture and some pixels more on each side, so that the picture's own borders are not
        borders here: the region is what it sees, in the pixels of this camera.
        """
        pitch = self.pitch_m
        left = round(self.window.extent.left / pitch)
        top = round(-self.window.extent.top / pitch)
        first, last = left // times - _BORDER_PX, -(-(left + self.size.width_px) // times) + _BORDER_PX
        upper, lower = top // times - _BORDER_PX, -(-(top + self.size.height_px) // times) + _BORDER_PX
        region = Region(first * times - left, upper * times - top, (last - first) * times, (lower - upper) * times)
        return replace(self.part(region), size=Size(last - first, lower - upper)), region

    @property
    def pitch_m(self) -> float:
        """Side of a pixel on the picture plane, metres."""
        return self.window.height_m / self.size.height_px

    def pixels(self, points: ArrayLike) -> Points:
        """World points (N, 3) → x from the left, y from the top, pixels (N, 2); (0, 0) is the corner of a pixel."""
        flat = self.viewpoint.on_plane(points)
        box = self.window.extent
        x = (flat[..., 0] - box.left) / self.window.width_m * self.size.width_px
        y = (box.top - flat[..., 1]) / self.window.height_m * self.size.height_px
        return np.stack([x, y], axis=-1)

    def rays(self) -> Floats:
        """The ray through each pixel's middle, row by row, (H·W, 3), scaled so that its planar depth is 1."""
        box, width, height = self.window.extent, self.size.width_px, self.size.height_px
        u = (box.left + (np.arange(width) + 0.5) / width * self.window.width_m) / self.viewpoint.distance_m
        v = (box.top - (np.arange(height) + 0.5) / height * self.window.height_m) / self.viewpoint.distance_m
        across = (u[:, None] * self.viewpoint.right + self.viewpoint.forward).astype(np.float32)
        down = (v[:, None] * self.viewpoint.up).astype(np.float32)
        return (across[None] + down[:, None]).reshape(-1, 3)

    def ray_steps(self) -> tuple[Floats, Floats]:
        """What leads from a pixel's ray to that of its right, and of its lower neighbour (3,)."""
        step = self.pitch_m / self.viewpoint.distance_m
        return (step * self.viewpoint.right).astype(np.float32), (-step * self.viewpoint.up).astype(np.float32)

    def blur_px(self, depths: ArrayLike) -> Points:
        """Diameter of the circle of confusion at planar depths (…), pixels. Source: thin lens equation."""
        depth = np.maximum(np.asarray(depths, np.float64), _NEAREST_M)
        at_focus = 2 * self.aperture_m * np.abs(depth - self.focus_m) / depth
        return at_focus / self.focus_m * self.viewpoint.distance_m / self.window.height_m * self.size.height_px


def on_pixels(window: Window, size: Size) -> Window:
    """The window moved by at most half a pixel, so that the optical axis meets a corner of pixels.

    Then the picture is a cut-out, pixel for pixel, of a film centred on the axis.
    """
    pitch = window.height_m / size.height_px
    left = round((window.centre_u - 0.5 * window.width_m) / pitch) * pitch
    top = round((window.centre_v + 0.5 * window.height_m) / pitch) * pitch
    return replace(window, centre_u=left + 0.5 * window.width_m, centre_v=top - 0.5 * window.height_m)


def aperture_radius_m(lens_mm: float, f_stop: float) -> float:
    """Radius of the opening of a real lens: focal length / (2 · f-number)."""
    return lens_mm / (2 * f_stop) / 1000
