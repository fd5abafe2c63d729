"""From what was measured to a verdict: is it a logo, what is it else, and how sure is that (R-LIB-3, 5).

Belongs here: the fitted rules and how they are applied. Does not: fitting them (fitting_assets), measuring.

Two steps. A logistic over cues, facts and, where there is a model, its zero-shot verdict says how likely the picture is
a logo. A softmax over the same inputs shares the rest among the other types, fitted on pictures that are no logos. So
what is said of a logo and of the type never contradict each other, and the probability of the type said is its
confidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from refpipe.domain.asset_analysis import AssetType
from refpipe.domain.vectors import VectorModel

Floats = NDArray[np.float64]
OTHER_TYPES = tuple(kind for kind in AssetType if kind is not AssetType.LOGO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """A linear rule: each outcome's score is its offset and the weighted sum of the inputs, each less its mean and
    over its spread. One outcome: a logistic; several: a softmax. An input that is not given counts as its mean.
    """

    inputs: tuple[str, ...]
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    weights: Mapping[str, tuple[float, ...]]
    """Outcome → offset, then one for each input."""

    def scores(self, measured: Mapping[str, float]) -> dict[str, float]:
        """The score of every outcome."""
        rows = zip(self.inputs, self.means, self.spreads, strict=True)
        told = np.array([1.0, *((measured.get(name, mean) - mean) / spread for name, mean, spread in rows)])
        return {outcome: float(np.dot(weights, told)) for outcome, weights in self.weights.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFit:
    """Everything that was fitted together, for one model (None: facts alone), and where from.

    ``words``: the version of the vocabulary that the model was asked with. ``scale``: what cosines are multiplied by
    before they are shared out. ``least_object``: an object is named from this share on. ``least_sure``: a type is said
    from this confidence on; 0 where it always is.
    """

    model: VectorModel | None
    version: str
    words: str
    scale: float
    logo: Scorer
    kind: Scorer
    least_object: float
    least_sure: float
    fitted_on: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeVerdict:
    """How likely each type is. ``logo`` is the probability that it is one."""

    probabilities: Mapping[AssetType, float]

    @property
    def logo(self) -> float:
        return self.probabilities[AssetType.LOGO]

    @property
    def is_logo(self) -> bool:
        return self.logo >= 0.5

    @property
    def asset_type(self) -> AssetType:
        """The likeliest; a logo where that is likelier than not."""
        if self.is_logo:
            return AssetType.LOGO
        return max(OTHER_TYPES, key=lambda kind: self.probabilities[kind])

    @property
    def confidence(self) -> float:
        return self.probabilities[self.asset_type]


def type_verdict(fit: AssetFit, measured: Mapping[str, float]) -> TypeVerdict:
    """The fused verdict on what was measured."""
    (logo_score,) = fit.logo.scores(measured).values()
    logo = float(sigmoid(np.array(logo_score)))
    shares = softmax(fit.kind.scores(measured))
    others = {AssetType(kind): share * (1 - logo) for kind, share in shares.items()}
    return TypeVerdict(probabilities={AssetType.LOGO: logo, **{kind: others.get(kind, 0.0) for kind in OTHER_TYPES}})


def softmax(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores as shares that sum to 1."""
    values = np.array([*scores.values()])
    grown = np.exp(values - values.max())
    return dict(zip(scores, (grown / grown.sum()).tolist(), strict=True))


def sigmoid(scores: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * scores)), np.float64)
