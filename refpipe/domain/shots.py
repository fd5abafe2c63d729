"""Reference shots: the words, the resolved shot, the grammar of its slug, packs and sets.

Belongs here: what a finished reference shot is and is called. Does not: what is derived where a
field is absent (shot_derivation), what an author may write (shot_templates), what counts as a
fault (shot_validation), where a character stands in it (previs).
Source: specification, shots.md, R-SHOT-1 and R-SHOT-2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from refpipe.domain.camera import Crop, Gaze, Headroom, Thirds, ViewBin, relative_view_deg, view_bin
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.keys import check_shot_slug


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

    def as_fields(self) -> dict[str, Any]:
        """Every field as plain data; a template made of it resolves to this shot again."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


class ShotSet(StrEnum):
    """Which part of the library is wanted (R-SHOT-2, "Sets"); the default everywhere is all."""

    CORE = "core"
    EXTENDED = "extended"
    COMPREHENSIVE = "comprehensive"
    TURNAROUND = "turnaround"
    ALL = "all"

    @classmethod
    def parse(cls, text: str) -> ShotSet:
        """The set of that name. Raises RefusedInputError naming the sets there are."""
        try:
            return cls(text.strip().lower())
        except ValueError:
            known = ", ".join(each.value for each in cls)
            raise RefusedInputError(f"there is no set {text!r}; there are: {known}", field="set") from None


_PACKS_OF_SET = {
    ShotSet.CORE: frozenset({Pack.CORE}),
    ShotSet.EXTENDED: frozenset({Pack.CORE, Pack.ESSENTIAL}),
    ShotSet.COMPREHENSIVE: frozenset({Pack.CORE, Pack.ESSENTIAL, Pack.COVERAGE}),
    ShotSet.TURNAROUND: frozenset({Pack.TURNAROUND}),
    ShotSet.ALL: frozenset(Pack),
}
TURNAROUND_ENDS = ("35mm_front_full", "35mm_back_full")
"""The front and back of the turnaround belong to other packs; with the six of its own they make eight views."""


def is_in_set(slug: str, pack: Pack, wanted: ShotSet) -> bool:
    """Whether a shot of that slug and pack belongs to the set."""
    if wanted is ShotSet.TURNAROUND and slug in TURNAROUND_ENDS:
        return True
    return pack in _PACKS_OF_SET[wanted]


def select_set(shots: Iterable[ReferenceShot], wanted: ShotSet) -> list[ReferenceShot]:
    """Those of the shots that belong to the set, in their own order."""
    return [shot for shot in shots if is_in_set(shot.slug, shot.pack, wanted)]


@dataclass(frozen=True, slots=True)
class SlugParts:
    """What a slug of the form ``{lens}mm_{view}_{crop}[_{variant}]`` says.

    ``view_deg`` is the relative view in whole degrees, negative on the subject's own left.
    """

    lens_mm: int
    view_deg: int
    crop: Crop
    variant: str

    def __str__(self) -> str:
        tail = f"_{self.variant}" if self.variant else ""
        return f"{self.lens_mm}mm_{_view_word(self.view_deg)}_{self.crop.value}{tail}"


_SLUG_FORM = re.compile(
    r"(?P<lens>[1-9]\d{1,2})mm_"
    r"(?P<view>front|back|(?P<side>left|right)(?P<degrees>[1-9]\d{0,2}))_"
    r"(?P<crop>full|three_quarter|mcu|cu|hands)"
    r"(?:_(?P<variant>[a-z0-9][a-z0-9_]*))?"
)


def parse_slug(slug: str) -> SlugParts | None:
    """The parts of a slug, or None where it does not follow the grammar."""
    match = _SLUG_FORM.fullmatch(slug)
    if match is None:
        return None
    if match["side"]:
        size = int(match["degrees"])
        if size >= 180:
            return None
        view = -size if match["side"] == "left" else size
    else:
        view = 0 if match["view"] == "front" else 180
    return SlugParts(int(match["lens"]), view, Crop(match["crop"]), match["variant"] or "")


def shot_slug(lens_mm: float, view_deg: float, crop: Crop, variant: str = "") -> str:
    """A slug by the grammar; lens and relative view are rounded to whole numbers.

    Raises RefusedInputError where the variant holds anything but a–z, 0–9 and inner underscores.
    """
    return check_shot_slug(str(SlugParts(round(lens_mm), round(relative_view_deg(view_deg)), crop, variant)))


def _view_word(view_deg: int) -> str:
    if view_deg == 0:
        return "front"
    if abs(view_deg) == 180:
        return "back"
    return f"{'left' if view_deg < 0 else 'right'}{abs(view_deg)}"
