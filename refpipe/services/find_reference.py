"""Find the reference picture of a character that serves a scene best (R-SRCH-2).

Belongs here: which pictures are eligible, their order, what is told of them. Does not: understanding the description
and scoring shots (domain.scene_analysis, domain.scene_match). No model and no picture is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import Database
from refpipe.domain.scene_analysis import SceneAnalysis, analyse_scene
from refpipe.domain.scene_confidence import ScoreCalibration
from refpipe.domain.scene_cues import Intent, SceneVocabulary
from refpipe.domain.scene_match import Match, is_denied, score_shot
from refpipe.domain.scene_reasons import Reason, reasons_for
from refpipe.domain.shots import Pose, ReferenceShot, SceneType

DEFAULT_MIN_QUALITY = 70.0
ALTERNATIVES = 3
_CLEARLY = 3.0
"""By so many points another shot must be better before it is worth a word that it is not there."""
_INTENSITIES = range(1, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundImage:
    """A gallery image with its shot and how well it serves the scene."""

    image: GalleryImage
    shot: ReferenceShot
    match: Match
    is_denied: bool
    """The description says that it does not want such a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A shot that serves the scene better than what was selected, and why it is not shown."""

    shot: str
    score: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReference:
    """The answer. ``selected`` None: nothing is suitable, and ``why_none`` says why.

    ``evaluated`` pictures were scored, ``mean_score`` is theirs (None for none); ``coverage`` is the share of the
    shots that the scene may be answered with that were among them. ``confidence`` is how likely the selected one is
    relevant, 0–1. ``passed_over`` would have served better and cannot be shown, each with why.
    """

    analysis: SceneAnalysis
    selected: FoundImage | None
    reasons: Sequence[Reason]
    alternatives: Sequence[FoundImage]
    evaluated: int
    mean_score: float | None
    coverage: float
    confidence: float | None
    passed_over: Sequence[PassedOver]
    why_none: str = ""

    def as_document(self, locate: Callable[[str], str]) -> dict[str, Any]:
        """The document of R-PLAT-7; ``locate`` turns a picture's SHA-256 into its path or URL."""
        return {
            "selected": None if self.selected is None else _image_document(self.selected, locate),
            "reasons": [reason.sentence for reason in self.reasons],
            "alternatives": [_image_document(each, locate) for each in self.alternatives],
            "analysis": _analysis_document(self.analysis),
            "metrics": {
                "evaluated": self.evaluated,
                "mean_score": self.mean_score,
                "confidence": None if self.confidence is None else round(self.confidence, 3),
                "coverage": self.coverage,
            },
            "passed_over": [asdict(each) for each in self.passed_over],
            "message": self.why_none,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FindReference:
    """The use case over one library."""

    database: Database
    vocabulary: SceneVocabulary
    calibration: ScoreCalibration

    def __call__(
        self,
        owner: str,
        character: str,
        description: str,
        *,
        outfit: str | None = None,
        scene_type: SceneType | None = None,
        emotional_intensity: int | None = None,
        min_quality: float | None = None,
        with_alternatives: bool = True,
    ) -> FoundReference:
        """The best picture for the scene; ``min_quality`` is ``DEFAULT_MIN_QUALITY`` without one.

        Raises NotFoundError, and RefusedInputError for values out of range.
        """
        min_quality = DEFAULT_MIN_QUALITY if min_quality is None else min_quality
        if emotional_intensity is not None and emotional_intensity not in _INTENSITIES:
            raise RefusedInputError("is 1 to 10", field="intensity")
        if not 0 <= min_quality <= 100:
            raise RefusedInputError("is 0 to 100", field="min_quality")
        if not description.strip():
            raise RefusedInputError("is empty: say what happens in the scene", field="scene")
        analysis = analyse_scene(
            description, self.vocabulary, scene_type=scene_type, emotional_intensity=emotional_intensity
        )
        with self.database.transaction(owner) as records:
            key = CharacterKey(owner, character, records.characters.get(character).outfit(outfit).slug)
            shots = {shot.slug: shot for shot in records.shots.all()}
            images = [image for image in records.gallery.list(key) if image.shot in shots]
        shots = {slug: shot for slug, shot in shots.items() if _may_answer(shot, analysis)}
        scored = [_scored(image, shots[image.shot], analysis) for image in images if image.shot in shots]
        found = sorted((each for each in scored if _is_eligible(each, min_quality)), key=_order)
        selected = found[0] if found else None
        return FoundReference(
            analysis=analysis,
            selected=selected,
            reasons=reasons_for(analysis, selected.shot, selected.match, selected.image.scores.quality)
            if selected
            else (),
            alternatives=found[1 : 1 + ALTERNATIVES] if with_alternatives else (),
            evaluated=len(found),
            mean_score=round(sum(each.match.total for each in found) / len(found), 2) if found else None,
            coverage=round(len(found) / len(shots), 3) if shots else 0.0,
            confidence=self.calibration.confidence(_short_by(selected, shots.values(), analysis)) if selected else None,
            passed_over=_passed_over(selected, scored, shots.values(), analysis, min_quality) if selected else (),
            why_none="" if found else _why_none(images, min_quality),
        )


def _scored(image: GalleryImage, shot: ReferenceShot, analysis: SceneAnalysis) -> FoundImage:
    match = score_shot(analysis, shot, image.scores.quality)
    return FoundImage(image=image, shot=shot, match=match, is_denied=is_denied(analysis, shot))


def _may_answer(shot: ReferenceShot, analysis: SceneAnalysis) -> bool:
    """Whether the scene may be answered with that shot at all: a calibration comes only when it is asked for."""
    return shot.pose is not Pose.T_POSE or Intent.CALIBRATION in analysis.named


def _is_eligible(found: FoundImage, min_quality: float) -> bool:
    """Whether a picture may be shown: not failed, and good enough as far as measured."""
    quality = found.image.scores.quality
    return found.image.status is not ImageStatus.FAILED and (quality is None or quality >= min_quality)


def _passed_over(
    selected: FoundImage,
    scored: Sequence[FoundImage],
    shots: Iterable[ReferenceShot],
    analysis: SceneAnalysis,
    min_quality: float,
) -> list[PassedOver]:
    """What would have served clearly better and cannot be shown, the best first."""
    images = {each.shot.slug: each.image for each in scored}
    better = []
    for shot in shots:
        image, match = images.get(shot.slug), score_shot(analysis, shot, None)
        why = _why_not(image, min_quality)
        if why and match.asked >= selected.match.asked + _CLEARLY and not is_denied(analysis, shot):
            better.append(PassedOver(shot=shot.slug, score=round(match.total, 2), why=why))
    return sorted(better, key=lambda each: -each.score)[:ALTERNATIVES]


def _short_by(selected: FoundImage, shots: Iterable[ReferenceShot], analysis: SceneAnalysis) -> float:
    """By how many points the selected one falls short of the library's best shot for the scene, made or not."""
    wanted = [score_shot(analysis, shot, None).asked for shot in shots if not is_denied(analysis, shot)]
    return max(0.0, max(wanted, default=0.0) - selected.match.asked)


def _why_not(image: GalleryImage | None, min_quality: float) -> str:
    """Why a shot's picture is not shown; empty where it may be."""
    if image is None:
        return "not made yet"
    if image.status is ImageStatus.FAILED:
        return f"rejected by {image.reviewed_by}" if image.reviewed_by else "did not pass"
    quality = image.scores.quality
    return (
        f"its quality {quality:.0f} is below {min_quality:g}" if quality is not None and quality < min_quality else ""
    )


def _order(found: FoundImage) -> tuple[bool, bool, float, int]:
    """What is not wanted comes last, and what is not measured after all that is; then by score and priority."""
    return found.is_denied, found.image.scores.quality is None, -round(found.match.total, 6), found.shot.priority


def _why_none(images: Sequence[GalleryImage], min_quality: float) -> str:
    if not images:
        return "no picture has been made yet"
    failed = sum(image.status is ImageStatus.FAILED for image in images)
    below = sum((image.scores.quality or min_quality) < min_quality for image in images)
    return f"of {len(images)} pictures {failed} failed and {below} are below quality {min_quality:g}"


def _image_document(found: FoundImage, locate: Callable[[str], str]) -> dict[str, Any]:
    return {
        "shot": found.shot.slug,
        "path": locate(found.image.picture_sha256),
        "score": round(found.match.total, 2),
        "scores": {term.value: round(value, 2) for term, value in found.match.terms.items()},
        "lens_mm": found.shot.lens_mm,
        "crop": found.shot.crop.value,
        "azimuth_deg": found.shot.azimuth_deg,
        "elevation_deg": found.shot.elevation_deg,
        "expression": found.shot.expression.value,
        "status": found.image.status.value,
        "quality": found.image.scores.quality,
    }


def _analysis_document(analysis: SceneAnalysis) -> dict[str, Any]:
    wanted = analysis.wanted
    return {
        "scene_type": analysis.scene_type.value,
        "emotional_tone": analysis.tone.value,
        "required": {
            "lenses": sorted(wanted.lenses, key=lambda lens: -wanted.lenses[lens]),
            "crops": [crop.value for crop in sorted(wanted.crops, key=lambda crop: -wanted.crops[crop])],
            "angles_deg": sorted(wanted.views, key=lambda view: -wanted.views[view]),
            "expressions": [each.value for each in sorted(wanted.expressions, key=lambda e: -wanted.expressions[e])],
        },
        "camera": {
            "intimacy": analysis.intimacy,
            "dynamism": analysis.dynamism,
            "emotional_intensity": analysis.intensity,
        },
        "needs": analysis.needs,
        "side": {-1: "left", 0: None, 1: "right"}[analysis.side],
        "is_default": analysis.is_cueless,
        "heard": {intent.value: list(words) for intent, words in analysis.named.items()},
        "denied": sorted(intent.value for intent in analysis.denied),
    }
