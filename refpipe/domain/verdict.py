"""The gate's rule: scores and thresholds in, a verdict with its reasons out.

Belongs here: thresholds and their ranges, which scores decide, the words of a reason. Does not: measuring,
storing, what is tried next.

Source: specification, quality.md, R-QA-5. The floors of technical and composition are ours: the specification
gives no figure, and a picture of another view or an empty one must not pass on its sharpness alone. They were
set on the development part of the judged pictures (``refpipe_tests/judged/quality``).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from refpipe.domain.consistency import Consistency, Stance
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.gallery import ImageStatus, Scores
from refpipe.domain.quality import (
    REASON_OF_PART,
    CompositionParts,
    FailureReason,
    QualityParts,
    Scored,
    TechnicalParts,
    cinematic,
)

QUALITY_RANGE = (50.0, 100.0)
CONSISTENCY_RANGE = (60.0, 100.0)
_DECIDING = ("quality", "consistency", "technical", "composition")
TECHNICAL_FLOOR = 65.0
COMPOSITION_FLOOR = 40.0


class GateProfile(StrEnum):
    """Named thresholds."""

    DEFAULT = "default"
    STRICT = "strict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What a picture must reach, 0–100. ``quality`` 50–100, ``consistency`` 60–100, others are refused."""

    quality: float = 70.0
    consistency: float = 80.0
    technical: float = TECHNICAL_FLOOR
    composition: float = COMPOSITION_FLOOR

    def __post_init__(self) -> None:
        _check("quality", self.quality, QUALITY_RANGE)
        _check("consistency", self.consistency, CONSISTENCY_RANGE)

    @classmethod
    def of(cls, profile: GateProfile) -> Thresholds:
        """The thresholds of a profile: default 70 and 80, strict 85 and 95."""
        return cls(quality=85.0, consistency=95.0) if profile is GateProfile.STRICT else cls()

    def but(self, *, quality: float | None = None, consistency: float | None = None) -> Thresholds:
        """These, with those given in place of their own. Raises RefusedInputError out of range."""
        return Thresholds(
            quality=self.quality if quality is None else quality,
            consistency=self.consistency if consistency is None else consistency,
            technical=self.technical,
            composition=self.composition,
        )

    def as_fields(self) -> dict[str, float]:
        """Name → value, as stored beside a verdict."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One reason of a verdict. ``score`` is of the part that named it, None where nothing was measured."""

    reason: FailureReason
    sentence: str
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate says of one picture. ``faults`` begin with the worst; ``notes`` name what took no part.

    ``parts`` holds every part that was measured, by score and name, 0–100; ``scorer`` is None where no scorer
    has seen the picture.
    """

    status: ImageStatus
    scores: Scores
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]
    thresholds: Thresholds
    parts: dict[str, dict[str, float]]
    scorer: str | None

    @property
    def reasons(self) -> tuple[FailureReason, ...]:
        """Each reason once, the worst first."""
        return tuple(dict.fromkeys(fault.reason for fault in self.faults))

    @property
    def sentences(self) -> tuple[str, ...]:
        """Faults, then notes, for people."""
        return (*(fault.sentence for fault in self.faults), *self.notes)


def judge(scored: Scored, thresholds: Thresholds, *, consistency: Consistency | None = None) -> Verdict:
    """The verdict on one scored picture.

    Quality must reach its threshold, technical and composition their floors, consistency its own as its rule has it;
    what was not measured takes no part and is named in the notes. A picture needs review where consistency cannot
    decide, or where nothing could be measured.
    """
    parts: tuple[tuple[str, QualityParts | TechnicalParts | CompositionParts, float], ...] = (
        ("quality", scored.quality, thresholds.quality),
        ("technical", scored.technical, thresholds.technical),
        ("composition", scored.composition, thresholds.composition),
    )
    consistency = consistency or Consistency(score=None)
    stance = consistency.stance(thresholds.consistency)
    scores = _scores(scored, consistency.score)
    faults = [fault for name, each, least in parts for fault in _faults(name, each, least)]
    if stance is Stance.DIFFERENT:
        faults.append(_not_consistent(consistency, thresholds.consistency))
    doubts = (_doubt(consistency, thresholds.consistency),) if stance is Stance.UNDECIDED else ()
    remarks = (consistency.note,) if consistency.note else ()
    return Verdict(
        status=_status(scores, has_faults=bool(faults), has_doubts=bool(doubts)),
        scores=scores,
        faults=_in_order(faults),
        notes=(*doubts, *remarks, *scored.notes, *_not_measured(scores, consistency)),
        thresholds=thresholds,
        parts={name: each.measured() for name, each, _ in parts},
        scorer=scored.scorer,
    )


def unreadable(why: str, thresholds: Thresholds) -> Verdict:
    """The verdict on a picture whose bytes are gone, damaged, or no picture."""
    fault = Fault(reason=FailureReason.UNREADABLE, sentence=f"the picture cannot be read: {why}")
    return Verdict(
        status=ImageStatus.FAILED,
        scores=Scores(),
        faults=(fault,),
        notes=(),
        thresholds=thresholds,
        parts={},
        scorer=None,
    )


_SENTENCES = {
    "sharpness": "blurred",
    "highlights": "too light, or the lights are burnt out",
    "shadows": "too dark, or the shadows are drowned",
    "contrast": "too little contrast",
    "noise": "noisy",
    "blockiness": "shows the blocks of a strong compression",
    "resolution": "has fewer pixels than were asked for",
    "presence": "no subject is to be seen",
    "place": "the subject is not where the shot has it",
    "scale": "the subject is not as large as the shot has it",
    "outline": "the outline is not that of the shot's view",
    "lines": "the lines inside are not those of the shot's view",
    "keypoints": "the body's points are not where the shot has them",
    "thirds": "the head is not on its line of thirds",
    "headroom": "the space above the head is not the shot's",
}
_FIRST = (FailureReason.EMPTY, FailureReason.TOO_SMALL)
"""Named before the others: where there is no subject, the rest only follows from that."""


def _scores(scored: Scored, consistency: float | None) -> Scores:
    quality, technical, composition = scored.quality.score, scored.technical.score, scored.composition.score
    return Scores(
        quality=quality,
        consistency=consistency,
        technical=technical,
        composition=composition,
        cinematic=cinematic(quality=quality, composition=composition, technical=technical),
    )


def _faults(name: str, parts: QualityParts | TechnicalParts | CompositionParts, least: float) -> list[Fault]:
    score = parts.score
    if score is None or score >= least:
        return []
    low = sorted((value, part) for part, value in parts.measured().items() if value < least)
    return [
        Fault(
            reason=REASON_OF_PART[part],
            sentence=f"{_SENTENCES[part]} ({part} {value:.0f}; {name} {score:.0f}, at least {least:.0f})",
            score=value,
        )
        for value, part in low
    ]


def _status(scores: Scores, *, has_faults: bool, has_doubts: bool) -> ImageStatus:
    if has_faults:
        return ImageStatus.FAILED
    is_measured = any(getattr(scores, name) is not None for name in _DECIDING)
    return ImageStatus.ACCEPTED if is_measured and not has_doubts else ImageStatus.NEEDS_REVIEW


def _not_consistent(consistency: Consistency, least: float) -> Fault:
    return Fault(
        reason=FailureReason.NOT_CONSISTENT,
        sentence=f"not like {consistency.beside} (consistency {consistency.score:.0f}, at least {least:.0f})",
        score=consistency.score,
    )


def _doubt(consistency: Consistency, least: float) -> str:
    if consistency.score is None:
        return f"a person has to compare it with {consistency.beside}: {consistency.why}"
    passes, fails = max(least, consistency.same_from), min(least, consistency.different_below)
    return (
        f"may or may not be like {consistency.beside}: consistency {consistency.score:.0f}, "
        f"sure only from {passes:.0f} up or below {fails:.0f} in this view"
    )


def _in_order(faults: list[Fault]) -> tuple[Fault, ...]:
    """The worst first; what explains the others before all."""
    return tuple(sorted(faults, key=lambda fault: (fault.reason not in _FIRST, fault.score or 0.0)))


def _not_measured(scores: Scores, consistency: Consistency) -> tuple[str, ...]:
    names = [name for name in _DECIDING if getattr(scores, name) is None]
    if consistency.is_abstention and "consistency" in names:
        names.remove("consistency")  # that takes part: it asks for a person
    elif consistency.why and "consistency" in names:
        names[names.index("consistency")] = f"consistency ({consistency.why})"
    return (f"not measured, so without a part in the verdict: {', '.join(names)}",) if names else ()


def _check(name: str, value: float, within: tuple[float, float]) -> None:
    low, high = within
    if not low <= value <= high:
        raise RefusedInputError(f"{value:g} is out of range: {low:g} to {high:g}", field=f"{name} threshold")


def as_reasons(verdict: Verdict) -> list[str]:
    """The reasons as stored."""
    return [reason.value for reason in verdict.reasons]


def as_document(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain data, for pages and JSON."""
    return {
        "status": verdict.status.value,
        "scores": asdict(verdict.scores),
        "reasons": [
            {"reason": fault.reason.value, "text": fault.sentence, "score": fault.score} for fault in verdict.faults
        ],
        "notes": [*verdict.notes],
        "thresholds": verdict.thresholds.as_fields(),
        "parts": verdict.parts,
        "scorer": verdict.scorer,
    }
