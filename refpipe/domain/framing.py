"""Framing: which window of the camera's field becomes the picture.

Belongs here: pure numbers on the picture plane — the plane through the crop's centre, perpendicular to
the optical axis, in metres, u to the right and v up, the crop's centre at the origin. Does not: how a
point gets there (a camera's projection) or pixels.

The rules, from shots.md ("Camera convention", R-SHOT-3):
* the window is never smaller than the crop's box and never larger than the field the lens sees;
* the head's centre (the middle of the skull) lies on the line of ``thirds``, ±6 % of the width;
* the space above all that is on the head lies inside the band of ``headroom``;
* full holds the whole body; three_quarter head to knee; mcu and cu the skull; hands both hands
  when they lie together, else the nearer one.
Perspective comes from where the camera stands, so a window is moved and sized, never turned.

The library's distances are those of upright 2:3 pictures. A picture of another shape takes less of the sensor's
height or width, so its camera steps back until the crop fits, as a photographer does who turns the camera on its
side: the lens stays, the distance that was used is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from refpipe.domain.camera import (
    LANDSCAPE,
    MIN_PUNCH_IN,
    PORTRAIT,
    REFERENCE_HEIGHT_M,
    THIRDS_TOLERANCE,
    Crop,
    Headroom,
    Sensor,
    Thirds,
    crop_box_m,
    visible_size_m,
)
from refpipe.domain.errors import PermanentFailureError
from refpipe.domain.shots import ReferenceShot

_MARGIN = 0.02
"""Clear space around what must be held, as a share of the window's height."""
_THIRDS_USED = THIRDS_TOLERANCE - 0.01
"""How much of the tolerance is used: a pixel's rounding must not lead outside."""
_HEADROOM_AIM = 0.35
"""Where in the band the headroom is aimed at, 0 lowest, 1 highest."""
_HEADROOM_EDGE = 0.1
"""How near to the ends of the band the headroom may come, as a share of the band."""


_LIBRARY_ASPECT = PORTRAIT.width_mm / PORTRAIT.height_mm
MOST_STEPPED_BACK_FOR_SHAPE = 2.5
"""How many times as far a camera may stand for the picture's shape. It lets shapes from about 1:3.7 to 2.5:1 hold
every shot of the library; farther off the perspective is another lens's."""
_PUNCH_IN_STEPPED_BACK = 1.05
"""What a camera that steps back for the shape leaves around the crop's box (R-SHOT-3: distances are so clamped)."""


class TooTightError(PermanentFailureError):
    """The crop's box fits the lens's field, but not this subject: its head, hat or hands are large for its height.

    Seen from ``enlarge`` times as far, the field would hold it.
    """

    def __init__(self, message: str, *, enlarge: float) -> None:
        self.enlarge = enlarge
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Extent:
    """A rectangle on the picture plane, metres."""

    left: float
    right: float
    bottom: float
    top: float

    @classmethod
    def around(cls, points: Iterable[tuple[float, float]]) -> Extent:
        """The smallest rectangle that holds the (u, v) points. Raises ValueError when there are none."""
        us, vs = zip(*points, strict=True)
        return cls(min(us), max(us), min(vs), max(vs))

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom

    @property
    def centre(self) -> tuple[float, float]:
        return 0.5 * (self.left + self.right), 0.5 * (self.bottom + self.top)

    def grown(self, by: float) -> Extent:
        """The rectangle with ``by`` metres more on every side."""
        return Extent(self.left - by, self.right + by, self.bottom - by, self.top + by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Where the subject's parts fall on the picture plane.

    ``skull`` is the head without hair, hat and ears; ``head`` is all that is seen above the neck;
    ``hands`` are both hands, ``near_hand`` the one nearer to the camera; ``knees_v`` is the lower knee's height.
    """

    skull: Extent
    head: Extent
    body: Extent
    hands: Extent
    near_hand: Extent
    knees_v: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The part of the field that becomes the picture, metres on the picture plane.

    ``punch_in`` is the visible field over the window.
    """

    centre_u: float
    centre_v: float
    width_m: float
    height_m: float
    punch_in: float

    @property
    def extent(self) -> Extent:
        half_width, half_height = 0.5 * self.width_m, 0.5 * self.height_m
        return Extent(
            self.centre_u - half_width,
            self.centre_u + half_width,
            self.centre_v - half_height,
            self.centre_v + half_height,
        )

    def head_x(self, seen: Seen) -> float:
        """The head's centre as a share of the width from the left edge."""
        return (seen.skull.centre[0] - self.extent.left) / self.width_m

    def headroom_share(self, seen: Seen) -> float:
        """The space above the head as a share of the height."""
        return (self.extent.top - seen.head.top) / self.height_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """What bounds a window: the lens on its sensor at its distance from the crop's centre."""

    lens_mm: float
    distance_m: float
    sensor: Sensor = PORTRAIT

    def tallest_m(self, aspect: float) -> float:
        """Height of the tallest window of an aspect (width / height) within the field's size."""
        width, height = visible_size_m(self.distance_m, self.lens_mm, self.sensor)
        return min(height, width / aspect)


def sensor_for(aspect: float) -> Sensor:
    """The camera upright for upright and square pictures, on its side for wide ones; ``aspect`` is width / height."""
    return PORTRAIT if aspect <= 1 else LANDSCAPE


def step_back_for_shape(shot: ReferenceShot, aspect: float) -> float:
    """How many times the shot's distance the camera must stand for a picture of this width / height, 1 or more.

    It is the same for subjects of every height, since distance and box scale alike. Where a shot does not fit the
    library's own shape either, its distance is wrong and no shape's matter: 1.
    """
    if not _holds(*_field_and_box_m(shot, _LIBRARY_ASPECT)):
        return 1.0
    field, box = _field_and_box_m(shot, aspect)
    return 1.0 if _holds(field, box) else _PUNCH_IN_STEPPED_BACK * box / field


def can_hold(shot: ReferenceShot, aspect: float) -> bool:
    """Whether the shot can be taken in a picture of this width / height, its perspective kept within reason."""
    return step_back_for_shape(shot, aspect) <= MOST_STEPPED_BACK_FOR_SHAPE


def frame(
    seen: Seen,
    lens: Lens,
    *,
    crop: Crop,
    thirds: Thirds,
    headroom: Headroom,
    pose: str,
    subject_height_m: float,
    aspect: float,
) -> Window:
    """The smallest window that keeps the rules above; ``aspect`` is the picture's width / height.

    Raises PermanentFailureError when the lens at this distance cannot hold the crop (punch-in below 1), as
    TooTightError when only this subject's proportions are the reason.
    """
    least, most = _least_m(crop, pose, subject_height_m, aspect), lens.tallest_m(aspect)
    if not _holds(most, least):
        raise PermanentFailureError(
            f"the {crop} crop needs a field {least:.2f} m high; a {lens.lens_mm:g} mm lens at"
            f" {lens.distance_m:.2f} m sees {most:.2f} m (punch-in {most / least:.2f}, at least {MIN_PUNCH_IN:g}):"
            " step back or take a shorter lens"
        )
    if crop is Crop.HANDS:
        return _frame_hands(seen, least, most, aspect)
    return _frame_head(seen, crop, thirds, headroom, least, most, aspect)


def _field_and_box_m(shot: ReferenceShot, aspect: float) -> tuple[float, float]:
    """Heights of the tallest window that the shot's lens allows and of the lowest that holds its crop."""
    lens = Lens(lens_mm=shot.lens_mm, distance_m=shot.distance_m, sensor=sensor_for(aspect))
    return lens.tallest_m(aspect), _least_m(shot.crop, shot.pose, REFERENCE_HEIGHT_M, aspect)


def _least_m(crop: Crop, pose: str, subject_height_m: float, aspect: float) -> float:
    """Height of the lowest window of an aspect that holds the crop's box."""
    box_width, box_height = crop_box_m(crop, pose, subject_height_m)
    return max(box_height, box_width / aspect)


def _holds(most: float, least: float) -> bool:
    return least <= most * (1 + 1e-6)


def _frame_hands(seen: Seen, least: float, most: float, aspect: float) -> Window:
    hands, needed = seen.hands, 0.0
    for hands in (seen.hands, seen.near_hand):
        needed = max(hands.height, hands.width / aspect) / (1 - 2 * _MARGIN)
        if needed <= most:
            break
    _check_field("a hand", needed, most)
    height = max(least, needed)
    return Window(
        centre_u=hands.centre[0],
        centre_v=hands.centre[1],
        width_m=height * aspect,
        height_m=height,
        punch_in=most / height,
    )


def _frame_head(
    seen: Seen, crop: Crop, thirds: Thirds, headroom: Headroom, least: float, most: float, aspect: float
) -> Window:
    held = _held(seen, crop)
    low, high = headroom.band
    edge = _HEADROOM_EDGE * (high - low)
    share = low + _HEADROOM_AIM * (high - low)
    across = _height_for_width(seen, held, thirds, aspect)
    down = (seen.head.top - held.bottom) / (1 - share - _MARGIN)
    if max(down, across, least) > most:
        share = low + edge
        down = (seen.head.top - held.bottom) / (1 - share - _MARGIN)
    needed = max(across, down)
    _check_field(_HELD_WORDS[crop], needed, most)
    height = max(least, needed)
    if crop is Crop.FULL:
        # room to spare is shared out above and below, as far as the band lets it be
        spare = height - (seen.head.top - held.bottom)
        share = min(max(share, 0.5 * spare / height), high - edge)
    width = height * aspect
    place = _place_across(seen, held, thirds, width, height)
    return Window(
        centre_u=seen.skull.centre[0] + (0.5 - place) * width,
        centre_v=seen.head.top + (share - 0.5) * height,
        width_m=width,
        height_m=height,
        punch_in=most / height,
    )


_HELD_WORDS = {
    Crop.FULL: "the whole body",
    Crop.THREE_QUARTER: "head to knee",
    Crop.MCU: "the head",
    Crop.CU: "the head",
}


def _held(seen: Seen, crop: Crop) -> Extent:
    """What a crop must hold; its top is always the head's."""
    skull = seen.skull
    if crop is Crop.FULL:
        body = seen.body
        return Extent(body.left, body.right, body.bottom, seen.head.top)
    if crop is Crop.THREE_QUARTER:
        return Extent(skull.left, skull.right, min(seen.knees_v, skull.bottom), seen.head.top)
    return Extent(skull.left, skull.right, skull.bottom, seen.head.top)


def _height_for_width(seen: Seen, held: Extent, thirds: Thirds, aspect: float) -> float:
    """The least height whose width holds what must be held, the tolerance of the thirds line used up."""
    middle = seen.skull.centre[0]
    before, after = middle - held.left, held.right - middle
    margin = _MARGIN / aspect
    return (
        max(
            before / (thirds.line + _THIRDS_USED - margin),
            after / (1 - thirds.line + _THIRDS_USED - margin),
            (before + after) / (1 - 2 * margin),
        )
        / aspect
    )


def _place_across(seen: Seen, held: Extent, thirds: Thirds, width: float, height: float) -> float:
    """Where across the picture the head's centre goes, as a share of the width.

    On the line; moved inside the tolerance only as far as it keeps more of the head, or of the body, inside.
    """
    middle, line = seen.skull.centre[0], thirds.line
    margin = _MARGIN * height
    wanted = line
    for part in (Extent(min(seen.head.left, held.left), max(seen.head.right, held.right), 0, 0), held):
        least = (middle - part.left + margin) / width
        most = 1 - (part.right - middle + margin) / width
        # where something is cut whatever is done, the loss is shared out
        wanted = min(max(line, least), most) if least <= most else 0.5 * (least + most)
        if abs(wanted - line) <= _THIRDS_USED:
            return wanted
    return min(max(wanted, line - _THIRDS_USED), line + _THIRDS_USED)


def _check_field(what: str, needed: float, most: float) -> None:
    if needed > most * (1 + 1e-9):
        raise TooTightError(
            f"the lens sees {most:.2f} m at this distance, {needed:.2f} m are needed to hold {what}",
            enlarge=needed / most,
        )
