"""Fitting a calibration on labelled pairs, and measuring one on pairs that took no part (R-QA-2).

Belongs here: curves, limits and figures from cosines and labels. Does not: cosines from pictures, files, the rule that
reads a calibration (consistency).

Curve. Platt's logistic with two parameters a bin. It rises everywhere, so that every threshold from 60 to 100 means
something, where a stepped (isotonic) fit of well separated pairs is 0 or 1 almost everywhere; and two parameters can
be had from a few dozen pairs of one's own. Same and other pairs weigh alike whatever their numbers: the probability is
that of a picture of which nothing is known beforehand.

Limits. ``different_below`` lies where 1 % of true pairs lie below: so many true pictures the gate may fail.
``same_from`` lies where 5 % of any kind of look-alikes lie above. Look-alikes that a bin cannot tell from the character
at all would turn every picture over to a person and still not be found: such a kind moves no limit, and is named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from refpipe.domain.camera import ViewBin
from refpipe.domain.consistency import (
    HARD_KINDS,
    BinCalibration,
    BinFigures,
    Calibration,
    HardFigures,
    PairKind,
    Stance,
)
from refpipe.domain.vectors import VectorModel

Floats = NDArray[np.float64]

LEAST_PAIRS = 30
"""Fewer same or other pairs than this make no bin."""
LEAST_AUC = 0.80
"""A bin that orders pairs worse than this decides nothing."""
BLIND_AUC = 0.75
"""Look-alikes below it cannot be told from the character."""
TRUE_REFUSED = 0.01
"""Share of true pairs that may lie below ``different_below``."""
LOOK_ALIKES_TAKEN = 0.05
"""Share of a kind of look-alikes that may lie above ``same_from``."""
FALSE_ACCEPTED = 0.01
"""The share of others taken at which the share of true pairs refused is told."""
DEFAULT_THRESHOLD = 80.0
_ECE_BINS = 10
_STEPS, _RIDGE = 100, 1e-3
_DIGITS = 4
"""What is fitted is rounded, so that a file holds the very numbers that were measured."""
_VERSION_DIGITS = 8


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """One comparison: the view of the picture, what the two show, their cosine (−1…1), and on which side it stands."""

    view: ViewBin
    kind: PairKind
    cosine: float
    is_held_out: bool


def calibrate(pairs: Sequence[LabelledPair], model: VectorModel, *, fitted_on: str = "") -> Calibration:
    """Every bin that has pairs, fitted on one side and measured on the other, which is looked at once.

    The version follows from the fit: the same pairs give the same one.
    """
    views = [view for view in ViewBin if any(pair.view is view for pair in pairs)]
    bins = {view: fit_bin([pair for pair in pairs if pair.view is view]) for view in views}
    fit = [(view.value, replace(each, figures=None)) for view, each in bins.items()]
    version = hashlib.sha256(repr((str(model), fit)).encode()).hexdigest()[:_VERSION_DIGITS]
    return Calibration(model=model, version=version, bins=bins, fitted_on=fitted_on)


def fit_bin(pairs: Sequence[LabelledPair]) -> BinCalibration:
    """One view's bin. Pairs held out make its figures and nothing else."""
    fitting = _by_kind([pair for pair in pairs if not pair.is_held_out])
    held_out = _by_kind([pair for pair in pairs if pair.is_held_out])
    fitted = _fit(fitting)
    return _with_figures(fitted, held_out)


def _fit(cosines: dict[PairKind, Floats]) -> BinCalibration:
    same, other = cosines[PairKind.SAME], cosines[PairKind.OTHER]
    if min(len(same), len(other)) < LEAST_PAIRS:
        return _no_bin(
            same, other, f"too few pairs ({len(same)} same, {len(other)} other, {LEAST_PAIRS} of each needed)"
        )
    area = auc(same, other)
    if area < LEAST_AUC:
        return _no_bin(same, other, f"the model cannot tell characters apart (AUC {area:.2f}, {LEAST_AUC:.2f} needed)")
    slope, intercept = _platt(same, other)
    if slope <= 0:
        return _no_bin(same, other, "the model's cosines do not rise with likeness")
    curve = BinCalibration(
        slope=round(slope, _DIGITS),
        intercept=round(intercept, _DIGITS),
        different_below=0,
        same_from=0,
        same=len(same),
        other=len(other),
    )
    hard = {kind: cosines[kind] for kind in HARD_KINDS if len(cosines[kind]) >= LEAST_PAIRS}
    seen = [kind for kind in hard if auc(same, hard[kind]) >= BLIND_AUC]
    taken = [float(np.quantile(hard[kind], 1 - LOOK_ALIKES_TAKEN)) for kind in seen]
    return replace(
        curve,
        different_below=round(curve.probability(float(np.quantile(same, TRUE_REFUSED))), _DIGITS),
        same_from=round(max((curve.probability(each) for each in taken), default=0.0), _DIGITS),
        blind_to=tuple(kind for kind in hard if kind not in seen),
    )


def _no_bin(same: Floats, other: Floats, why: str) -> BinCalibration:
    return BinCalibration(
        slope=0, intercept=0, different_below=0, same_from=1, same=len(same), other=len(other), why_not=why
    )


def _platt(same: Floats, other: Floats) -> tuple[float, float]:
    """Slope and intercept of the logistic, by Newton's steps; Platt's targets keep it from being surer than n pairs.

    Cosines are centred and scaled for the steps. A slight ridge on the slope holds where pairs are separated wholly.
    """
    cosines = np.concatenate([same, other])
    targets = np.concatenate(
        [np.full(len(same), (len(same) + 1) / (len(same) + 2)), np.full(len(other), 1 / (len(other) + 2))]
    )
    weights = np.concatenate([np.full(len(same), 0.5 / len(same)), np.full(len(other), 0.5 / len(other))])
    centre, scale = cosines.mean(), max(float(cosines.std()), 1e-6)
    inputs = np.stack([(cosines - centre) / scale, np.ones_like(cosines)], axis=1)
    ridge = np.diag([_RIDGE / len(cosines), 0.0])
    found = np.zeros(2)
    for _ in range(_STEPS):
        told = _sigmoid(inputs @ found)
        gradient = inputs.T @ (weights * (told - targets)) + ridge @ found
        curvature = (inputs * (weights * told * (1 - told))[:, None]).T @ inputs + ridge + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        found -= step * min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-9:
            break
    slope = float(found[0] / scale)
    return slope, float(found[1] - slope * centre)


def _with_figures(fitted: BinCalibration, cosines: dict[PairKind, Floats]) -> BinCalibration:
    same, other = cosines[PairKind.SAME], cosines[PairKind.OTHER]
    if fitted.why_not or not len(same) or not len(other):
        return fitted
    same_told, other_told = (np.array([fitted.probability(each) for each in part]) for part in (same, other))
    same_shares, other_shares = _shares(fitted, same), _shares(fitted, other)
    figures = BinFigures(
        same=len(same),
        other=len(other),
        auc=auc(same, other),
        ece=ece(same_told, other_told),
        frr=frr(same, other),
        same_passed=same_shares[Stance.SAME],
        same_reviewed=same_shares[Stance.UNDECIDED],
        same_failed=same_shares[Stance.DIFFERENT],
        other_passed=other_shares[Stance.SAME],
        other_reviewed=other_shares[Stance.UNDECIDED],
        other_failed=other_shares[Stance.DIFFERENT],
        hard={kind: _hard(fitted, same, cosines[kind]) for kind in HARD_KINDS if len(cosines[kind])},
    )
    return replace(fitted, figures=figures)


def _hard(fitted: BinCalibration, same: Floats, cosines: Floats) -> HardFigures:
    shares = _shares(fitted, cosines)
    return HardFigures(
        pairs=len(cosines),
        auc=auc(same, cosines),
        passed=shares[Stance.SAME],
        reviewed=shares[Stance.UNDECIDED],
        failed=shares[Stance.DIFFERENT],
    )


def _shares(fitted: BinCalibration, cosines: Floats) -> dict[Stance, float]:
    found = [fitted.consistency(float(each)).stance(DEFAULT_THRESHOLD) for each in cosines]
    return {stance: found.count(stance) / len(found) for stance in Stance}


def auc(same: Floats, other: Floats) -> float:
    """How often a same pair lies above an other one, 0–1; ties count half. Neither may be empty."""
    ranks = np.searchsorted(np.sort(other), same, "left") + np.searchsorted(np.sort(other), same, "right")
    return float(ranks.mean() / (2 * len(other)))


def frr(same: Floats, other: Floats) -> float:
    """Share of same pairs refused where at most 1 % of others are taken."""
    limit = np.sort(other)[-(int(FALSE_ACCEPTED * len(other)) + 1)]
    return float((same <= limit).mean())


def ece(same_told: Floats, other_told: Floats) -> float:
    """Expected calibration error over ten steps of equal width; same and other weigh alike, as in the fit."""
    told = np.concatenate([same_told, other_told])
    truth = np.concatenate([np.ones(len(same_told)), np.zeros(len(other_told))])
    weight = np.concatenate(
        [np.full(len(same_told), 0.5 / len(same_told)), np.full(len(other_told), 0.5 / len(other_told))]
    )
    step = np.clip((told * _ECE_BINS).astype(int), 0, _ECE_BINS - 1)
    return float(sum(abs(np.sum((weight * (told - truth))[step == each])) for each in range(_ECE_BINS)))


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)), np.float64)


def _by_kind(pairs: Sequence[LabelledPair]) -> dict[PairKind, Floats]:
    return {kind: np.array([pair.cosine for pair in pairs if pair.kind is kind], np.float64) for kind in PairKind}
