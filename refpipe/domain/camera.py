"""The camera convention: where a camera stands, what it sees, how a crop is framed.

Belongs here: geometry of view in plain numbers. Does not: pixels, meshes, lenses' looks.

World axes: the subject stands at the origin and faces −y; +x is the subject's *own left*; z is up;
metres. Azimuth 0 faces the subject; negative azimuth stands on the subject's own left, so the
subject faces screen-left; ±180 is behind. Elevation > 0 is a camera above the target.
Source of the figures: specification, shots.md, "Camera convention".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

REFERENCE_HEIGHT_M = 1.75
"""The subject height for which the library's distances and boxes are stated; others scale alike."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """A camera's sensor, millimetres."""

    width_mm: float
    height_mm: float


PORTRAIT = Sensor(24.0, 36.0)
LANDSCAPE = Sensor(36.0, 24.0)


class Crop(StrEnum):
    """What a reference still holds of the subject."""

    FULL = "full"
    THREE_QUARTER = "three_quarter"
    MCU = "mcu"
    CU = "cu"
    HANDS = "hands"


class ViewBin(StrEnum):
    """Coarse names of the relative view; quality is calibrated per bin."""

    FRONT = "front"
    THREE_QUARTER = "three_quarter"
    PROFILE = "profile"
    BACK = "back"
    DETAIL = "detail"


class Gaze(StrEnum):
    """Where the eyes look; left and right are the subject's own."""

    TO_CAMERA = "to_camera"
    AWAY = "away"
    LEFT = "left"
    RIGHT = "right"


class Thirds(StrEnum):
    """The vertical line of the picture on which the head's centre sits."""

    CENTERED = "centered"
    LEFT_THIRD = "left_third"
    RIGHT_THIRD = "right_third"

    @property
    def line(self) -> float:
        """The line as a share of the picture's width, from its left edge."""
        return {"centered": 0.5, "left_third": 1 / 3, "right_third": 2 / 3}[self.value]


class Headroom(StrEnum):
    """Space above the head."""

    EQUAL = "equal"
    TIGHT = "tight"
    LOOSE = "loose"

    @property
    def band(self) -> tuple[float, float]:
        """Lowest and highest share of the picture's height above the head."""
        return {"tight": (0.02, 0.06), "equal": (0.06, 0.12), "loose": (0.12, 0.20)}[self.value]


THIRDS_TOLERANCE = 0.06
"""The head's centre may lie this share of the width from its line."""

T_POSE = "t_pose"
BOX_HEIGHT_M = {Crop.FULL: 1.95, Crop.THREE_QUARTER: 1.25, Crop.MCU: 0.52, Crop.CU: 0.38, Crop.HANDS: 0.30}
_BOX_ASPECT = 2 / 3
_ARM_SPAN_M = 1.75

MIN_PUNCH_IN = 1.0
"""Below this the crop does not fit the field of view: an error."""
MAX_PUNCH_IN = 4.0
"""Above this resolution suffers: a warning."""


def wrap_deg(angle_deg: float) -> float:
    """The same angle in (−180, 180]."""
    wrapped = math.fmod(angle_deg, 360.0)
    if wrapped > 180.0:
        return wrapped - 360.0
    if wrapped <= -180.0:
        return wrapped + 360.0
    return wrapped


def relative_view_deg(azimuth_deg: float, subject_yaw_deg: float = 0.0) -> float:
    """How the camera sees the subject: azimuth − yaw in (−180, 180]. Negative shows the subject's own left."""
    return wrap_deg(azimuth_deg - subject_yaw_deg)


def view_bin(relative_deg: float, crop: Crop | None = None) -> ViewBin:
    """Front ≤ 20°, three-quarter ≤ 60°, profile ≤ 120°, back above; hands are a detail."""
    if crop is Crop.HANDS:
        return ViewBin.DETAIL
    size = abs(wrap_deg(relative_deg))
    if size <= 20.0:
        return ViewBin.FRONT
    if size <= 60.0:
        return ViewBin.THREE_QUARTER
    if size <= 120.0:
        return ViewBin.PROFILE
    return ViewBin.BACK


def camera_direction(azimuth_deg: float, elevation_deg: float) -> tuple[float, float, float]:
    """Unit vector from the target to the camera, in world axes."""
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    return (
        -math.sin(azimuth) * math.cos(elevation),
        -math.cos(azimuth) * math.cos(elevation),
        math.sin(elevation),
    )


def visible_size_m(distance_m: float, lens_mm: float, sensor: Sensor = PORTRAIT) -> tuple[float, float]:
    """Width and height that the whole sensor sees at the target's distance, metres."""
    return distance_m * sensor.width_mm / lens_mm, distance_m * sensor.height_mm / lens_mm


def crop_box_m(crop: Crop, pose: str = "neutral", subject_height_m: float = REFERENCE_HEIGHT_M) -> tuple[float, float]:
    """Width and height of the box that holds a crop's target, metres. A t_pose box is as wide as the arm span."""
    scale = subject_height_m / REFERENCE_HEIGHT_M
    height = BOX_HEIGHT_M[crop]
    width = _ARM_SPAN_M if pose == T_POSE else height * _BOX_ASPECT
    return width * scale, height * scale


def punch_in(
    lens_mm: float,
    distance_m: float,
    crop: Crop,
    *,
    pose: str = "neutral",
    subject_height_m: float = REFERENCE_HEIGHT_M,
    sensor: Sensor = PORTRAIT,
) -> float:
    """How far the field of view is enlarged so that the crop's box fills it; 1 is the whole sensor.

    ``distance_m`` is the true distance to the target's centre (already scaled for the subject's height).
    """
    visible_width, visible_height = visible_size_m(distance_m, lens_mm, sensor)
    box_width, box_height = crop_box_m(crop, pose, subject_height_m)
    return min(visible_height / box_height, visible_width / box_width)


def distance_for_punch_in(
    lens_mm: float, wanted: float, crop: Crop, *, pose: str = "neutral", sensor: Sensor = PORTRAIT
) -> float:
    """The distance, for a subject of the reference height, at which the crop is punched in by ``wanted``."""
    box_width, box_height = crop_box_m(crop, pose)
    return wanted * lens_mm * max(box_height / sensor.height_mm, box_width / sensor.width_mm)
