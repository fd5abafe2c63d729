"""Fitting the rules by which assets are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from refpipe.domain.asset_analysis import AssetType
from refpipe.domain.asset_verdicts import AssetFit, Scorer, softmax, type_verdict
from refpipe.domain.fitting_assets import calibration_error, fit_scorer


def _rows(count: int = 400, noise: float = 1.0) -> tuple[list[dict[str, float]], list[str]]:
    draw = np.random.default_rng(2)
    names = ["environment", "product", "texture"]
    labels = [names[int(each)] for each in draw.integers(0, 3, count)]
    rows = [
        {"one": names.index(label) + draw.normal(0, noise), "two": (label == "product") * 3 + draw.normal(0, noise)}
        for label in labels
    ]
    return rows, labels


def test_a_softmax_finds_what_tells_kinds_apart_and_its_probabilities_hold():
    rows, labels = _rows()
    scorer, told = fit_scorer(rows, labels, ("one", "two"))
    names = sorted(set(labels))
    right = np.array([names[int(row.argmax())] == label for row, label in zip(told, labels, strict=True)], float)
    assert right.mean() > 0.8
    assert calibration_error(told.max(axis=1), right) < 0.08
    scores = scorer.scores({"one": 2.0, "two": 0.0})
    assert max(scores, key=scores.__getitem__) == "texture"


def test_pure_chance_is_not_called_sure():
    draw = np.random.default_rng(3)
    rows = [{"x": float(draw.normal())} for _ in range(300)]
    _, told = fit_scorer(rows, [str(draw.choice(["no", "yes"])) for _ in rows], ("x",))
    assert told.max() < 0.75


def test_yes_and_no_make_a_logistic_that_says_what_the_softmax_says():
    rows, labels = _rows()
    is_product = ["yes" if label == "product" else "no" for label in labels]
    scorer, _ = fit_scorer(rows, is_product, ("one", "two"))
    assert list(scorer.weights) == ["yes"]
    assert scorer.scores({"one": 1.0, "two": 3.5})["yes"] > 1
    assert scorer.scores({"one": 1.0, "two": -1.0})["yes"] < -1


def test_an_input_that_is_missing_counts_as_its_mean():
    scorer = Scorer(inputs=("a", "b"), means=(1.0, 5.0), spreads=(1.0, 2.0), weights={"yes": (0.5, 2.0, 3.0)})
    assert scorer.scores({"a": 1.0, "b": 7.0}) == {"yes": 3.5}
    assert scorer.scores({"a": 2.0}) == {"yes": 2.5}


def _fit(logo_offset: float) -> AssetFit:
    kinds = {kind.value: (float(at),) for at, kind in enumerate(AssetType) if kind is not AssetType.LOGO}
    empty: tuple[float, ...] = ()
    return AssetFit(
        model=None, version="1", words="1", scale=1.0, least_object=0.5, least_sure=0.0,
        logo=Scorer(inputs=(), means=empty, spreads=empty, weights={"yes": (logo_offset,)}),
        kind=Scorer(inputs=(), means=empty, spreads=empty, weights=kinds),
    )  # fmt: skip


@pytest.mark.parametrize("offset", [-3.0, -0.1, 0.1, 3.0])
def test_probabilities_sum_to_one_and_type_and_logo_never_contradict_each_other(offset):
    verdict = type_verdict(_fit(offset), {})
    assert sum(verdict.probabilities.values()) == pytest.approx(1)
    assert (verdict.asset_type is AssetType.LOGO) == verdict.is_logo == (offset > 0)
    assert verdict.confidence == verdict.probabilities[verdict.asset_type]


def test_shares_of_scores_sum_to_one():
    shares = softmax({"a": 1000.0, "b": 999.0})
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["a"] > shares["b"]
