"""What is measured of a picture, as values on one scale, and why a picture fails.

Belongs here: the parts of quality, of the camera's truth and of composition, and how parts become scores.
Does not: how a part is measured in a picture (backends/vision), what a score means for the gate (verdict).

Every part and score is 0–100, 100 is faultless, and None where it was not measured. A part of 60 is where a person
first objects: by itself it just passes the default profile's 70.
Source: specification, quality.md, R-QA-3 and R-QA-4; how parts are joined is decided here (see ``joined``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum

from refpipe.domain.camera import Headroom, Thirds
from refpipe.domain.generation import Size

OBJECTION = 60.0
"""Where a person first objects to a part."""
WORST_SHARE = 0.7
"""How much of a score is its worst part; the rest is the mean of all."""
_QUALITY_SHARE, _COMPOSITION_SHARE, _TECHNICAL_SHARE = 0.4, 0.35, 0.25


class FailureReason(StrEnum):
    """Why a picture does not pass. The words are stable: what is tried next is chosen by them."""

    UNREADABLE = "unreadable"
    EMPTY = "empty"
    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    NOISY = "noisy"
    OVEREXPOSED = "overexposed"
    UNDEREXPOSED = "underexposed"
    LOW_CONTRAST = "low_contrast"
    BLOCKY = "blocky"
    WRONG_FRAMING = "wrong_framing"
    WRONG_SCALE = "wrong_scale"
    WRONG_VIEW = "wrong_view"
    NOT_CONSISTENT = "not_consistent"
    DUPLICATE = "duplicate"


class _Parts:
    """Named parts of one score."""

    __slots__ = ()

    def measured(self) -> dict[str, float]:
        """Name → value of those parts that were measured."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))  # type: ignore[arg-type]
        return {name: value for name, value in values if value is not None}

    def unmeasured(self) -> tuple[str, ...]:
        """Names of the parts that were not."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) is None)  # type: ignore[arg-type]

    @property
    def score(self) -> float | None:
        """The parts joined into one score; None where none was measured."""
        return joined(self.measured().values())


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityParts(_Parts):
    """How well the picture is made, whatever it shows. Each 0–100, 100 faultless.

    ``sharpness`` of the subject's edges; ``highlights`` and ``shadows``: exposure and clipping at the light and
    at the dark end; ``contrast`` of the whole picture; ``noise`` and ``blockiness``: 100 is none; ``resolution``:
    pixels against those needed.
    """

    sharpness: float | None = None
    highlights: float | None = None
    shadows: float | None = None
    contrast: float | None = None
    noise: float | None = None
    blockiness: float | None = None
    resolution: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TechnicalParts(_Parts):
    """How closely the subject in the picture follows the shot's camera. Each 0–100.

    ``presence``: there is a subject at all; ``place`` and ``scale`` against the expected silhouette; ``outline``:
    the silhouettes' agreement once place and scale are made alike; ``lines``: the expected inner lines are
    found in the picture; ``keypoints``: error of keypoints found in the picture.
    """

    presence: float | None = None
    place: float | None = None
    scale: float | None = None
    outline: float | None = None
    lines: float | None = None
    keypoints: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionParts(_Parts):
    """Where the head lies in the picture. Each 0–100."""

    thirds: float | None = None
    headroom: float | None = None


REASON_OF_PART = {
    "sharpness": FailureReason.BLURRED,
    "highlights": FailureReason.OVEREXPOSED,
    "shadows": FailureReason.UNDEREXPOSED,
    "contrast": FailureReason.LOW_CONTRAST,
    "noise": FailureReason.NOISY,
    "blockiness": FailureReason.BLOCKY,
    "resolution": FailureReason.TOO_SMALL,
    "presence": FailureReason.EMPTY,
    "place": FailureReason.WRONG_FRAMING,
    "scale": FailureReason.WRONG_SCALE,
    "outline": FailureReason.WRONG_VIEW,
    "lines": FailureReason.WRONG_VIEW,
    "keypoints": FailureReason.WRONG_VIEW,
    "thirds": FailureReason.WRONG_FRAMING,
    "headroom": FailureReason.WRONG_FRAMING,
}
"""Each part's fault has one name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is asked of a picture: its size, its framing, and the geometry that the shot's camera would see.

    ``mask_png``, ``edges_png`` and ``keypoints_json`` have the form of ``generation.Guides``, None where there is no
    guide. They say what should be seen, never what was: what is in the picture has to be found in the picture.
    ``thirds`` and ``headroom`` are None where no head is asked for.
    """

    size: Size
    thirds: Thirds | None = None
    headroom: Headroom | None = None
    mask_png: bytes | None = None
    edges_png: bytes | None = None
    keypoints_json: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """All that a scorer measured of one picture. ``notes`` say what could not be measured, and why.

    ``scorer`` names the way of measuring, with its revision: scores of different ones are not compared.
    """

    quality: QualityParts
    technical: TechnicalParts
    composition: CompositionParts
    scorer: str
    notes: tuple[str, ...] = ()


def joined(parts: Iterable[float]) -> float | None:
    """One score 0–100 of several parts; None where there are none.

    A picture is little better than its worst part, but two faults are worse than one: 0.7 × the worst + 0.3 ×
    the mean. It follows that a score below a threshold has a part below it, which names the reason.
    """
    values = tuple(parts)
    if not values:
        return None
    mean = sum(values) / len(values)
    return min(max(WORST_SHARE * min(values) + (1 - WORST_SHARE) * mean, 0.0), 100.0)


def ramp(value: float, *, faultless: float, limit: float, worst: float) -> float:
    """A measurement as a part: 100 up to ``faultless``, 60 at ``limit``, 0 from ``worst`` on; straight between.

    The three may rise or fall, in this order. Raises ValueError when they do neither.
    """
    if not (faultless < limit < worst or faultless > limit > worst):
        raise ValueError(f"{faultless}, {limit}, {worst} neither rise nor fall")
    sign = 1.0 if worst > limit else -1.0
    if sign * (value - faultless) <= 0:
        return 100.0
    if sign * (value - limit) <= 0:
        return 100.0 - (100.0 - OBJECTION) * (value - faultless) / (limit - faultless)
    return max(OBJECTION * (worst - value) / (worst - limit), 0.0)


def cinematic(*, quality: float | None, composition: float | None, technical: float | None) -> float | None:
    """0.4 quality + 0.35 composition + 0.25 technical; None when one of them is. Not part of the verdict."""
    if quality is None or composition is None or technical is None:
        return None
    return _QUALITY_SHARE * quality + _COMPOSITION_SHARE * composition + _TECHNICAL_SHARE * technical
