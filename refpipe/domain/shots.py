"""Reference shots: the template, what is derived where a field is absent, packs and sets.

Belongs here: the words and rules of a reference shot. Does not: where a character stands in it.
Source: specification, shots.md, R-SHOT-1 to R-SHOT-8.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from refpipe.domain.camera import Crop, Gaze, Headroom, Thirds, ViewBin, relative_view_deg, view_bin


class Pack(StrEnum):
    CORE = "core"
    ESSENTIAL = "essential"
    COVERAGE = "coverage"
    TURNAROUND = "turnaround"


class Mode(StrEnum):
    ACTION_BODY = "action_body"
    CONVERSATION = "conversation"
    EMOTION = "emotion"
    HANDS = "hands"


class Pose(StrEnum):
    NEUTRAL = "neutral"
    A_POSE = "a_pose"
    T_POSE = "t_pose"
    HAND_CENTERED = "hand_centered"
    RELAXED = "relaxed"


class Expression(StrEnum):
    NEUTRAL = "neutral"
    CONCERNED = "concerned"
    VULNERABLE = "vulnerable"
    DETERMINED = "determined"
    THOUGHTFUL = "thoughtful"
    SMILING = "smiling"
    SURPRISED = "surprised"
    ANGRY = "angry"
    SAD = "sad"


class SceneType(StrEnum):
    DIALOGUE = "dialogue"
    ACTION = "action"
    EMOTIONAL = "emotional"
    ESTABLISHING = "establishing"
    TRANSITION = "transition"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceShot:
    """One camera position, crop, pose and expression, with every field resolved (R-SHOT-1)."""

    slug: str
    version: int
    name: str
    pack: Pack
    lens_mm: float
    mode: Mode
    angle: str
    crop: Crop
    azimuth_deg: float
    elevation_deg: float
    distance_m: float
    subject_yaw_deg: float
    gaze: Gaze
    thirds: Thirds
    headroom: Headroom
    pose: Pose
    expression: Expression
    scene_types: tuple[SceneType, ...]
    priority: int
    when_to_use: str
    composition_notes: str
    negative_prompts: tuple[str, ...]
    description: str
    tags: tuple[str, ...]
    f_stop: float
    iso: int
    shutter: str
    reference_weight: float
    prompt_template: str
    file_name_pattern: str
    active: bool

    @property
    def relative_view_deg(self) -> float:
        return relative_view_deg(self.azimuth_deg, self.subject_yaw_deg)

    @property
    def view_bin(self) -> ViewBin:
        return view_bin(self.relative_view_deg, self.crop)

    def picture_fields(self) -> dict[str, Any]:
        """The fields that change the picture, as plain data, for the fingerprint."""
        return {
            "lens_mm": self.lens_mm,
            "crop": self.crop.value,
            "azimuth_deg": self.azimuth_deg,
            "elevation_deg": self.elevation_deg,
            "distance_m": self.distance_m,
            "subject_yaw_deg": self.subject_yaw_deg,
            "gaze": self.gaze.value,
            "thirds": self.thirds.value,
            "headroom": self.headroom.value,
            "pose": self.pose.value,
            "expression": self.expression.value,
            "f_stop": self.f_stop,
        }
