"""How well a picture of one reference shot serves a scene (R-SRCH-2).

Belongs here: the terms of the score, 0–100 each, and their weights. Does not: understanding the description
(scene_analysis), which pictures are eligible (services).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from refpipe.domain.camera import Crop, Gaze
from refpipe.domain.scene_analysis import SceneAnalysis
from refpipe.domain.scene_cues import Intent
from refpipe.domain.shots import Pose, ReferenceShot, SceneType


class Term(StrEnum):
    SCENE_TYPE = "scene_type"
    LENS = "lens"
    CROP = "crop"
    ANGLE = "angle"
    TONE = "tone"
    COMPOSITION = "composition"
    QUALITY = "quality"


WEIGHTS: dict[Term, float] = {
    Term.SCENE_TYPE: 0.25, Term.LENS: 0.20, Term.CROP: 0.20, Term.ANGLE: 0.15, Term.TONE: 0.10, Term.COMPOSITION: 0.05,
    Term.QUALITY: 0.05,
}  # fmt: skip

_NEAR_SCENES = {
    SceneType.DIALOGUE: {SceneType.EMOTIONAL: 0.6, SceneType.TRANSITION: 0.2},
    SceneType.EMOTIONAL: {SceneType.DIALOGUE: 0.6},
    SceneType.ACTION: {SceneType.TRANSITION: 0.6, SceneType.ESTABLISHING: 0.4},
    SceneType.TRANSITION: {SceneType.ACTION: 0.6, SceneType.ESTABLISHING: 0.6},
    SceneType.ESTABLISHING: {SceneType.TRANSITION: 0.6, SceneType.ACTION: 0.4},
}
_CROP_ORDER = (Crop.CU, Crop.MCU, Crop.THREE_QUARTER, Crop.FULL)
_VIEW_WIDTH_DEG = 45.0
_HEIGHT_WIDTH_DEG = 20.0
"""At so many degrees from a wanted view or elevation nothing of it is left."""
_NO_SIDE_DEG = 5.0
_NO_SIDE, _WRONG_SIDE = 0.5, 0.2


@dataclass(frozen=True, slots=True)
class Match:
    """The score 0–100 and its terms, 0–100 each, before their weights."""

    terms: Mapping[Term, float]

    @property
    def total(self) -> float:
        """The score, 0–100."""
        return sum(self.points(term) for term in self.terms)

    @property
    def asked(self) -> float:
        """What the description gave of the score, whatever the picture's quality: 0–95."""
        return self.total - self.points(Term.QUALITY)

    def points(self, term: Term) -> float:
        """What a term gives of the score."""
        return WEIGHTS[term] * self.terms[term]


def score_shot(analysis: SceneAnalysis, shot: ReferenceShot, quality: float | None) -> Match:
    """The match of a shot's picture of that measured quality (0–100, None unknown)."""
    return Match(
        {
            Term.SCENE_TYPE: 100 * _scene(analysis, shot),
            Term.LENS: 100 * _lens(analysis, shot),
            Term.CROP: 100 * _crop(analysis, shot),
            Term.ANGLE: 100 * _angle(analysis, shot),
            Term.TONE: 100 * analysis.wanted.expressions.get(shot.expression, 0.0),
            Term.COMPOSITION: 100 * _composition(analysis, shot),
            Term.QUALITY: 70.0 if quality is None else quality,
        }
    )


def is_denied(analysis: SceneAnalysis, shot: ReferenceShot) -> bool:
    """Whether the description says that it does not want such a picture; such come after all others."""
    return shot.crop in analysis.denied_crops or shot.view_bin in analysis.denied_views


def _scene(analysis: SceneAnalysis, shot: ReferenceShot) -> float:
    if shot.pose is Pose.T_POSE:
        return float(Intent.CALIBRATION in analysis.named)
    if analysis.scene_type in shot.scene_types:
        return 1.0
    near = _NEAR_SCENES[analysis.scene_type]
    return max((near.get(each, 0.0) for each in shot.scene_types), default=0.0)


def _lens(analysis: SceneAnalysis, shot: ReferenceShot) -> float:
    return max(
        (value * max(0.0, 1 - abs(shot.lens_mm - lens) / 50) for lens, value in analysis.wanted.lenses.items()),
        default=1.0,
    )


def _crop(analysis: SceneAnalysis, shot: ReferenceShot) -> float:
    crops = analysis.wanted.crops
    if shot.crop in analysis.denied_crops:
        return 0.0
    if shot.crop in crops:
        return crops[shot.crop]
    if Crop.HANDS in (shot.crop, *crops):
        return 0.0
    place = _CROP_ORDER.index(shot.crop)
    return max(
        (value * max(0.0, 0.6 - 0.4 * (abs(place - _CROP_ORDER.index(crop)) - 1)) for crop, value in crops.items()),
        default=1.0,
    )


def _angle(analysis: SceneAnalysis, shot: ReferenceShot) -> float:
    view = shot.relative_view_deg
    if shot.view_bin in analysis.denied_views:
        return 0.0
    seen = max(
        (
            value * max(0.0, 1 - abs(abs(view) - wanted) / _VIEW_WIDTH_DEG)
            for wanted, value in analysis.wanted.views.items()
        ),
        default=1.0,
    )
    heights = analysis.wanted.heights or {0: 1.0}
    high = max(
        value * max(0.0, 1 - abs(shot.elevation_deg - height) / _HEIGHT_WIDTH_DEG) for height, value in heights.items()
    )
    return seen * high * _on_its_side(analysis.side, view)


def _on_its_side(side: int, view_deg: float) -> float:
    """What a view is worth where one of the subject's sides is asked for."""
    if not side:
        return 1.0
    if abs(view_deg) <= _NO_SIDE_DEG or abs(view_deg) >= 180 - _NO_SIDE_DEG:
        return _NO_SIDE
    return 1.0 if (view_deg > 0) == (side > 0) else _WRONG_SIDE


def _composition(analysis: SceneAnalysis, shot: ReferenceShot) -> float:
    needs = [name for name, is_needed in analysis.needs.items() if is_needed]
    if not needs:
        return 1.0
    has = {
        "eye_contact": shot.gaze is Gaze.TO_CAMERA,
        "profile": 60 < abs(shot.relative_view_deg) <= 120,
        "full_body": shot.crop is Crop.FULL,
        "hands": shot.crop is Crop.HANDS,
        "back": abs(shot.relative_view_deg) > 120,
    }
    return sum(has[name] for name in needs) / len(needs)
