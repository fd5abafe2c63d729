"""Consistency: how probable it is that a picture shows the same character as its master (R-QA-2), and when not to say.

Belongs here: a calibration as a value, what it says of one comparison, and the three-way rule. Does not: fitting one
(calibrating), which picture is the master, vectors.

The rule. A comparison gives a score, 100 × the calibrated probability. Two limits, fitted per view bin, surround the
span in which a score proves nothing: below ``different_below`` a true picture hardly ever lies, above ``same_from``
a look-alike hardly ever does. With the gate's threshold T a picture

- passes from max(T, ``same_from``) on,
- fails below min(T, ``different_below``),
- needs a person's look between the two: that is abstaining.

A higher threshold never turns a failure into anything better, nor a lower one a pass into anything worse. Where a bin
has no usable evidence there is no score, and every picture in it needs a person's look.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from refpipe.domain.camera import ViewBin
from refpipe.domain.vectors import VectorModel


class PairKind(StrEnum):
    """What two compared pictures show. All but the first are two characters."""

    SAME = "same"
    OTHER = "other"
    SAME_BUILD = "same_build"
    """The same build, in other clothes."""
    SAME_CLOTHES = "same_clothes"
    """The same clothes, on another build."""
    MIRRORED = "mirrored"
    """The same but for marks, parting or garments on the other side."""


HARD_KINDS = (PairKind.SAME_BUILD, PairKind.SAME_CLOTHES, PairKind.MIRRORED)
"""Look-alikes: reported apart, and what the abstention is tuned on."""


class Stance(StrEnum):
    """What one comparison says at a threshold."""

    SAME = "same"
    DIFFERENT = "different"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """What was found of one picture beside its master. Scores and limits are 0–100.

    ``score`` None: it was not measured, and ``why`` says why; with ``is_abstention`` the model has seen the pictures
    and cannot decide in this view. Without limits the threshold alone decides. ``beside`` is what it was compared with,
    in words; ``note`` is for people.
    """

    score: float | None
    different_below: float = 100.0
    same_from: float = 0.0
    is_abstention: bool = False
    why: str = ""
    beside: str = "the master reference"
    note: str = ""

    def stance(self, threshold: float) -> Stance | None:
        """The rule above; None where consistency takes no part in a verdict."""
        if self.score is None:
            return Stance.UNDECIDED if self.is_abstention else None
        if self.score < min(threshold, self.different_below):
            return Stance.DIFFERENT
        return Stance.SAME if self.score >= max(threshold, self.same_from) else Stance.UNDECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class HardFigures:
    """How a bin treats one kind of look-alikes, as shares of their pairs at the default threshold."""

    pairs: int
    auc: float
    passed: float
    reviewed: float
    failed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BinFigures:
    """How well a bin does on pairs that took no part in its fit.

    ``auc``, ``ece`` and ``frr`` (share of true pairs refused where 1 % of others are taken) are of same against random
    other characters; ``same_*`` and ``other_*`` shares of those pairs at the default threshold.
    """

    same: int
    other: int
    auc: float
    ece: float
    frr: float
    same_passed: float
    same_reviewed: float
    same_failed: float
    other_passed: float
    other_reviewed: float
    other_failed: float
    hard: Mapping[PairKind, HardFigures] = field(default_factory=dict)

    @property
    def abstention(self) -> float:
        """Share of all same and random other pairs of which the gate says nothing."""
        total = self.same + self.other
        return (self.same * self.same_reviewed + self.other * self.other_reviewed) / total if total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BinCalibration:
    """One view bin: p = 1 / (1 + exp(−(``slope`` × cosine + ``intercept``))), rising, and the limits (0–1).

    ``why_not`` is filled where the evidence is too thin: then the bin decides nothing. ``same`` and ``other`` count
    the pairs that it was fitted on; ``blind_to`` names look-alikes that the model cannot tell from the character here:
    the limits do not guard against them. ``figures`` None: nothing was held out.
    """

    slope: float
    intercept: float
    different_below: float
    same_from: float
    same: int
    other: int
    why_not: str = ""
    blind_to: tuple[PairKind, ...] = ()
    figures: BinFigures | None = None

    def __post_init__(self) -> None:
        if not self.why_not and not (self.slope > 0 and math.isfinite(self.slope) and math.isfinite(self.intercept)):
            raise ValueError("a bin that decides needs a rising curve")
        if not 0 <= self.different_below <= 1 or not 0 <= self.same_from <= 1:
            raise ValueError("limits are probabilities, 0 to 1")

    def probability(self, cosine: float) -> float:
        """That both show the same character, 0–1; ``cosine`` −1…1."""
        logit = self.slope * min(max(cosine, -1.0), 1.0) + self.intercept
        if logit >= 0:
            return 1.0 / (1.0 + math.exp(-logit))
        small = math.exp(logit)
        return small / (1.0 + small)

    def consistency(self, cosine: float) -> Consistency:
        """What a comparison in this bin says."""
        if self.why_not:
            return _undecided(self.why_not)
        return Consistency(
            score=100.0 * self.probability(cosine),
            different_below=100.0 * self.different_below,
            same_from=100.0 * self.same_from,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a model's cosines mean, per view bin. ``version`` changes with every fit; ``fitted_on`` says on what."""

    model: VectorModel
    version: str
    bins: Mapping[ViewBin, BinCalibration]
    fitted_on: str = ""

    @property
    def name(self) -> str:
        """Model and version: consistencies under different names are not compared."""
        return f"{self.model}#{self.version}"

    def consistency(self, cosine: float, view: ViewBin) -> Consistency:
        """What a comparison in this view says."""
        fitted = self.bins.get(view)
        found = fitted.consistency(cosine) if fitted else _undecided("no pairs of this view")
        named = f"{view.value.replace('_', ' ')} view: {found.why}" if found.is_abstention else ""
        return replace(found, why=named)


def _undecided(why: str) -> Consistency:
    return Consistency(score=None, is_abstention=True, why=why)


def not_measured(why: str) -> Consistency:
    """A picture that was compared with nothing: consistency takes no part in its verdict."""
    return Consistency(score=None, why=why)
