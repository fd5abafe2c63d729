"""Which pictures serve a generation best as references, and in which order (R-CHAR-4, R-CHAR-5).

Belongs here: points and order, over plain values. Does not: which pictures there are, scenes described in words
(scene_match).

Points: the master 10, a core picture 8, any other 5; up to 5 each for quality and consistency (nothing where they
were not measured); for the same crop 10, the next one 3; for the same angle 15, falling to 3 at 45° and nothing
beyond; 3 for each shared keyword, up to 9. The specification gives +3 … +15 for matches of shot, angle and keywords;
how these are shared out is decided here: the angle counts most, since what a generator lacks is how the character
looks from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from refpipe.domain.camera import Crop, wrap_deg


class ReferenceType(StrEnum):
    MASTER = "master"
    CORE = "core"
    GENERATED = "generated"


class RankTerm(StrEnum):
    """What earns points."""

    TYPE = "type"
    QUALITY = "quality"
    CONSISTENCY = "consistency"
    SHOT = "shot"
    ANGLE = "angle"
    KEYWORDS = "keywords"


TYPE_POINTS = {ReferenceType.MASTER: 10.0, ReferenceType.CORE: 8.0, ReferenceType.GENERATED: 5.0}
SCORE_POINTS = 5.0
SAME_CROP, NEXT_CROP = 10.0, 3.0
SAME_ANGLE, WIDEST_ANGLE, WIDEST_ANGLE_DEG = 15.0, 3.0, 45.0
KEYWORD_POINTS, MOST_KEYWORDS = 3.0, 3
_CROPS = (Crop.FULL, Crop.THREE_QUARTER, Crop.MCU, Crop.CU)
"""From wide to close; hands are next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A picture that may serve as a reference. ``crop`` and ``view_deg`` (relative) are None where nobody knows."""

    sha256: str
    type: ReferenceType
    crop: Crop | None = None
    view_deg: float | None = None
    quality: float | None = None
    consistency: float | None = None
    keywords: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPicture:
    """What is to be made, as far as it is known."""

    crop: Crop | None = None
    view_deg: float | None = None
    keywords: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedReference:
    """A candidate with its points."""

    candidate: Candidate
    terms: dict[RankTerm, float]

    @property
    def points(self) -> float:
        return sum(self.terms.values())


def rank_references(candidates: Iterable[Candidate], wanted: WantedPicture) -> list[RankedReference]:
    """All candidates, the best first; of equals the one that was given first. A picture given twice counts once."""
    distinct = {each.sha256: each for each in reversed([*candidates])}
    ranked = [RankedReference(candidate=each, terms=_terms(each, wanted)) for each in reversed([*distinct.values()])]
    return sorted(ranked, key=lambda each: -round(each.points, 6))


def choose_references(candidates: Iterable[Candidate], wanted: WantedPicture, *, cap: int) -> list[RankedReference]:
    """What a generator gets that takes ``cap`` references: the master, where there is one, then the best others."""
    ranked = rank_references(candidates, wanted)
    first = [each for each in ranked if each.candidate.type is ReferenceType.MASTER]
    others = [each for each in ranked if each.candidate.type is not ReferenceType.MASTER]
    return [*first, *others][: max(cap, 0)]


def _terms(candidate: Candidate, wanted: WantedPicture) -> dict[RankTerm, float]:
    return {
        RankTerm.TYPE: TYPE_POINTS[candidate.type],
        RankTerm.QUALITY: SCORE_POINTS * (candidate.quality or 0.0) / 100,
        RankTerm.CONSISTENCY: SCORE_POINTS * (candidate.consistency or 0.0) / 100,
        RankTerm.SHOT: _shot_points(candidate.crop, wanted.crop),
        RankTerm.ANGLE: _angle_points(candidate.view_deg, wanted.view_deg),
        RankTerm.KEYWORDS: KEYWORD_POINTS * min(len(candidate.keywords & wanted.keywords), MOST_KEYWORDS),
    }


def _shot_points(crop: Crop | None, wanted: Crop | None) -> float:
    if crop is None or wanted is None:
        return 0.0
    if crop is wanted:
        return SAME_CROP
    if crop not in _CROPS or wanted not in _CROPS:
        return 0.0
    return NEXT_CROP if abs(_CROPS.index(crop) - _CROPS.index(wanted)) == 1 else 0.0


def _angle_points(view_deg: float | None, wanted_deg: float | None) -> float:
    if view_deg is None or wanted_deg is None:
        return 0.0
    off = abs(wrap_deg(view_deg - wanted_deg))
    if off > WIDEST_ANGLE_DEG:
        return 0.0
    return SAME_ANGLE - (SAME_ANGLE - WIDEST_ANGLE) * off / WIDEST_ANGLE_DEG
