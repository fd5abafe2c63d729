"""What a reference shot's field is when nobody wrote it: pure functions of the fields that are there.

Belongs here: the figures and rules of R-SHOT-3 and the wording of derived texts. Does not: reading
what an author wrote (shot_templates) or judging it (shot_validation).
"""

from __future__ import annotations

import math

from refpipe.domain.camera import (
    Crop,
    Gaze,
    Headroom,
    Thirds,
    distance_for_punch_in,
    wrap_deg,
)
from refpipe.domain.shots import Mode, Pack, SceneType

MIN_DISTANCE_M, MAX_DISTANCE_M = 0.1, 10.0

_BASE_DISTANCE_M = {35.0: 3.4, 50.0: 2.1, 85.0: 1.5}
_CROP_FACTOR = {Crop.FULL: 1.0, Crop.THREE_QUARTER: 0.8, Crop.MCU: 0.65, Crop.CU: 0.55, Crop.HANDS: 0.4}
_LOWEST_PUNCH_IN, _HIGHEST_PUNCH_IN, _USUAL_PUNCH_IN = 1.05, 3.95, 1.5

ANGLE_VIEW_DEG = {
    "front": 0.0,
    "three_quarter_left": -35.0,
    "three_quarter_right": 35.0,
    "profile_left": -90.0,
    "profile_right": 90.0,
    "back_three_quarter_left": -135.0,
    "back_three_quarter_right": 135.0,
    "back": 180.0,
}
"""Angle name → the relative view it stands for when only the name is given, degrees (R-SHOT-8)."""


def distance_m(lens_mm: float, crop: Crop, pose: str = "neutral") -> float:
    """The distance at which a lens frames a crop, in whole millimetres (R-SHOT-3).

    For 35, 50 and 85 mm the table's base × the crop's factor, moved as little as needed so that
    1.05 ≤ punch-in ≤ 3.95; for other lenses the distance of punch-in 1.5. Never outside 0.1–10 m,
    so a very long lens on a whole body may still not fit: the validator says so.
    """
    base = _BASE_DISTANCE_M.get(lens_mm)
    if base is None:
        wanted = distance_for_punch_in(lens_mm, _USUAL_PUNCH_IN, crop, pose=pose)
    else:
        nearest = distance_for_punch_in(lens_mm, _LOWEST_PUNCH_IN, crop, pose=pose)
        farthest = distance_for_punch_in(lens_mm, _HIGHEST_PUNCH_IN, crop, pose=pose)
        # rounded inwards, so that the limit holds after rounding too
        nearest, farthest = math.ceil(nearest * 1000) / 1000, math.floor(farthest * 1000) / 1000
        wanted = min(max(base * _CROP_FACTOR[crop], nearest), farthest)
    return round(min(max(wanted, MIN_DISTANCE_M), MAX_DISTANCE_M), 3)


def thirds(view_deg: float) -> Thirds:
    """Lead room: a subject that faces screen-left (negative view) sits on the right third."""
    view = wrap_deg(view_deg)
    if abs(view) < 5 or abs(view) > 175:
        return Thirds.CENTERED
    return Thirds.RIGHT_THIRD if view < 0 else Thirds.LEFT_THIRD


def headroom(crop: Crop) -> Headroom:
    """Tight for cu, loose for three_quarter and full, else equal."""
    if crop is Crop.CU:
        return Headroom.TIGHT
    return Headroom.LOOSE if crop in {Crop.FULL, Crop.THREE_QUARTER} else Headroom.EQUAL


def gaze(view_deg: float) -> Gaze:
    """To the camera up to 45°, away beyond: eyes turned farther than that leave the head."""
    return Gaze.AWAY if abs(wrap_deg(view_deg)) > 45 else Gaze.TO_CAMERA


def f_stop(lens_mm: float, crop: Crop) -> float:
    """f/8 below 28 mm and for hands, f/5.6 to 42 mm, f/4 to 69 mm, f/2.8 above.

    Hands are taken from so near that a wide aperture would leave the fingers out of focus.
    """
    if crop is Crop.HANDS or lens_mm < 28:
        return 8.0
    if lens_mm <= 42:
        return 5.6
    return 4.0 if lens_mm < 70 else 2.8


def angle(view_deg: float) -> str:
    """The name of a relative view: the bins of ``camera.view_bin``, back split where it mirrors front."""
    view = wrap_deg(view_deg)
    size, side = abs(view), "left" if view < 0 else "right"
    if size <= 20:
        return "front"
    if size <= 60:
        return f"three_quarter_{side}"
    if size <= 120:
        return f"profile_{side}"
    return f"back_three_quarter_{side}" if size < 160 else "back"


def mode(lens_mm: float, crop: Crop) -> Mode:
    """Hands by the crop, else by the lens: up to 42 mm action, below 70 mm conversation, else emotion."""
    if crop is Crop.HANDS:
        return Mode.HANDS
    if lens_mm <= 42:
        return Mode.ACTION_BODY
    return Mode.CONVERSATION if lens_mm < 70 else Mode.EMOTION


def priority(pack: Pack) -> int:
    """1 for the core, which is always made; else 5."""
    return 1 if pack is Pack.CORE else 5


_SCENES = {
    Mode.CONVERSATION: (SceneType.DIALOGUE,),
    Mode.EMOTION: (SceneType.EMOTIONAL,),
    Mode.HANDS: (SceneType.ACTION, SceneType.DIALOGUE),
}


def scene_types(lens_mm: float, crop: Crop, pose: str = "neutral") -> tuple[SceneType, ...]:
    """The scenes a shot serves; none for a t-pose, which is there for calibration."""
    if pose == "t_pose":
        return ()
    kind = mode(lens_mm, crop)
    if kind is Mode.ACTION_BODY:
        return (SceneType.ACTION, SceneType.ESTABLISHING if crop is Crop.FULL else SceneType.TRANSITION)
    return _SCENES[kind]


VIEW_WORDS = {
    "front": "front view",
    "three_quarter_left": "three-quarter view of the subject's own left side",
    "three_quarter_right": "three-quarter view of the subject's own right side",
    "profile_left": "profile of the subject's own left side",
    "profile_right": "profile of the subject's own right side",
    "back_three_quarter_left": "three-quarter back view of the subject's own left side",
    "back_three_quarter_right": "three-quarter back view of the subject's own right side",
    "back": "back view",
}
"""Angle name → words for people and text-conditioned models."""

CROP_WORDS = {
    Crop.FULL: "whole body",
    Crop.THREE_QUARTER: "from the head to the knees",
    Crop.MCU: "head and shoulders",
    Crop.CU: "close-up of the head",
    Crop.HANDS: "close-up of the hands",
}
"""Crop → what the picture holds, in words."""

_PURPOSE = {
    Mode.ACTION_BODY: "movement, wardrobe and proportions",
    Mode.CONVERSATION: "conversation",
    Mode.EMOTION: "emotion",
    Mode.HANDS: "props, gestures and texture",
}


def name(lens_mm: float, angle_name: str, crop: Crop, variant: str = "") -> str:
    """A title for people, such as ``85 mm three quarter left mcu``."""
    words = [f"{lens_mm:g} mm", angle_name, crop.value, variant]
    return " ".join(word.replace("_", " ") for word in words if word)


def when_to_use(lens_mm: float, crop: Crop, angle_name: str) -> str:
    """What the shot is for, as far as camera and crop tell."""
    return f"For {_PURPOSE[mode(lens_mm, crop)]}, {VIEW_WORDS[angle_name]}."


def description(lens_mm: float, crop: Crop, angle_name: str) -> str:
    """One sentence on what the picture shows."""
    text = f"{VIEW_WORDS[angle_name]}, {CROP_WORDS[crop]}, at {lens_mm:g} mm."
    return text[0].upper() + text[1:]
