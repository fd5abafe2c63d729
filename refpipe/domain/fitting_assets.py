"""Fitting the rules by which assets are told apart, on labelled pictures (R-LIB-3, 5).

Belongs here: logistic and softmax regression with a ridge, the ridge's choice, calibration error. Does not: the rules'
use (asset_verdicts), which pictures.

A ridge on the weights keeps few hundred pictures from making the rule surer than they warrant; of several strengths
the one is kept whose probabilities on pictures left out (folds) are least surprising (log loss), which is what makes
them calibrated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from refpipe.domain.asset_verdicts import Scorer

Floats = NDArray[np.float64]
RIDGES = (0.3, 1.0, 3.0, 10.0, 30.0)
FOLDS = 5
ECE_BINS = 10
_STEPS = 60
_DIGITS = 4


def fit_scorer(
    rows: Sequence[Mapping[str, float]], labels: Sequence[str], inputs: Sequence[str]
) -> tuple[Scorer, Floats]:
    """The rule that tells the labels apart by those inputs, and the probabilities (n, outcomes) that rules fitted
    without each picture gave it.

    Labels True/False as ``yes`` and ``no`` make a logistic of the outcome ``yes``; outcomes are sorted by name.
    """
    outcomes = sorted(set(labels))
    table = np.array([[row[name] for name in inputs] for row in rows], np.float64)
    means, spreads = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-6)
    known = np.concatenate([np.ones((len(table), 1)), (table - means) / spreads], axis=1)
    truth = np.array([outcomes.index(label) for label in labels])
    told = {ridge: _left_out(known, truth, len(outcomes), ridge) for ridge in RIDGES}
    ridge = min(RIDGES, key=lambda each: log_loss(told[each], truth))
    weights = _fitted(known, truth, len(outcomes), ridge)
    is_plain = outcomes == ["no", "yes"]
    named = {"yes": weights[1] - weights[0]} if is_plain else dict(zip(outcomes, weights, strict=True))
    scorer = Scorer(
        inputs=tuple(inputs),
        means=tuple(round(float(each), _DIGITS) for each in means),
        spreads=tuple(round(float(each), _DIGITS) for each in spreads),
        weights={name: tuple(round(float(each), _DIGITS) for each in row) for name, row in named.items()},
    )
    return scorer, told[ridge]


def log_loss(told: Floats, truth: NDArray[np.int64]) -> float:
    """Mean surprise at the truth, nats."""
    return float(-np.log(np.clip(told[np.arange(len(truth)), truth], 1e-9, 1)).mean())


def calibration_error(told: Floats, right: Floats) -> float:
    """Expected calibration error of confidences (n) over ten steps of equal width."""
    step = np.clip((told * ECE_BINS).astype(int), 0, ECE_BINS - 1)
    return float(sum(abs(np.sum((told - right)[step == each])) for each in range(ECE_BINS)) / max(len(told), 1))


def _left_out(known: Floats, truth: NDArray[np.int64], outcomes: int, ridge: float) -> Floats:
    """Probabilities by rules that did not see the picture; folds take every fifth picture."""
    told = np.zeros((len(known), outcomes))
    fold = np.arange(len(known)) % FOLDS
    for each in range(FOLDS):
        weights = _fitted(known[fold != each], truth[fold != each], outcomes, ridge)
        told[fold == each] = _softmax(known[fold == each] @ weights.T)
    return told


def _fitted(known: Floats, truth: NDArray[np.int64], outcomes: int, ridge: float) -> Floats:
    """Weights (outcomes, inputs + 1) by Newton's steps; offsets carry no ridge."""
    _count, width = known.shape
    wanted = np.eye(outcomes)[truth]
    weights = np.zeros((outcomes, width))
    held = np.full(width, ridge)
    held[0] = 1e-3
    for _ in range(_STEPS):
        told = _softmax(known @ weights.T)
        slope = ((told - wanted).T @ known + held * weights).ravel()
        curve = np.zeros((outcomes, width, outcomes, width))
        for one in range(outcomes):
            for other in range(outcomes):
                share = told[:, one] * ((one == other) - told[:, other])
                curve[one, :, other, :] = known.T @ (share[:, None] * known)
            curve[one, :, one, :] += np.diag(held)
        size = outcomes * width
        step = np.linalg.solve(curve.reshape(size, size) + 1e-9 * np.eye(size), slope)
        step *= min(1.0, 3.0 / max(float(np.abs(step).max()), 1e-12))
        weights -= step.reshape(outcomes, width)
        if float(np.abs(step).max()) < 1e-7:
            break
    return weights


def _softmax(scores: Floats) -> Floats:
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))
