"""Consistency: rising and bounded, three answers, and none where the evidence is too thin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.domain.calibrating import LEAST_PAIRS, LabelledPair, auc, calibrate, ece, frr
from refpipe.domain.camera import ViewBin
from refpipe.domain.consistency import HARD_KINDS, BinCalibration, Calibration, Consistency, PairKind, Stance
from refpipe.domain.vectors import VectorModel

MODEL = VectorModel(name="test", revision="1", preprocessing="1", dimension=4)
COSINES = st.floats(-1, 1)
SCORES = st.floats(0, 100)
THRESHOLDS = st.floats(60, 100)
_BETTER = [Stance.DIFFERENT, Stance.UNDECIDED, Stance.SAME]


def pairs(view: ViewBin = ViewBin.FRONT, *, count: int = 300, seed: int = 1, **means: float) -> list[LabelledPair]:
    """So many pairs of each named kind about its mean cosine, every second one held out."""
    draw = np.random.default_rng(seed)
    return [
        LabelledPair(view, PairKind(kind), float(np.clip(cosine, -1, 1)), bool(number % 2))
        for kind, mean in means.items()
        for number, cosine in enumerate(draw.normal(mean, 0.08, count))
    ]


def fitted(*groups: list[LabelledPair]) -> Calibration:
    return calibrate([pair for group in groups for pair in group], MODEL)


GOOD = fitted(pairs(same=0.8, other=0.2, same_build=0.5, same_clothes=0.4, mirrored=0.79))


@given(COSINES, COSINES)
def test_a_higher_cosine_is_never_less_probable_and_every_score_is_0_to_100(one: float, other: float) -> None:
    low, high = (GOOD.consistency(each, ViewBin.FRONT).score for each in sorted((one, other)))
    assert low is not None
    assert high is not None
    assert 0 <= low <= high <= 100


@given(SCORES, SCORES, SCORES, SCORES, THRESHOLDS)
def test_a_higher_score_never_comes_out_worse(
    one: float, other: float, below: float, above: float, threshold: float
) -> None:
    low, high = (
        Consistency(score=each, different_below=below, same_from=above).stance(threshold)
        for each in sorted((one, other))
    )
    assert low is not None
    assert high is not None
    assert _BETTER.index(low) <= _BETTER.index(high)


@given(SCORES, SCORES, SCORES, THRESHOLDS, THRESHOLDS)
def test_a_higher_threshold_never_comes_out_better(
    score: float, below: float, above: float, one: float, other: float
) -> None:
    found = Consistency(score=score, different_below=below, same_from=above)
    lax, strict = (found.stance(each) for each in sorted((one, other)))
    assert lax is not None
    assert strict is not None
    assert _BETTER.index(strict) <= _BETTER.index(lax)


@given(SCORES, THRESHOLDS)
def test_without_limits_the_threshold_alone_decides(score: float, threshold: float) -> None:
    assert Consistency(score=score).stance(threshold) is (Stance.SAME if score >= threshold else Stance.DIFFERENT)


def test_between_the_limits_it_abstains() -> None:
    stances = [Consistency(score=each, different_below=5, same_from=93).stance(80) for each in (4, 5, 80, 92, 93)]
    assert stances == [Stance.DIFFERENT, *[Stance.UNDECIDED] * 3, Stance.SAME]


def test_what_was_not_measured_takes_no_part_and_what_cannot_be_told_does() -> None:
    assert Consistency(score=None).stance(80) is None
    assert Consistency(score=None, is_abstention=True).stance(80) is Stance.UNDECIDED


def test_fitted_scores_tell_characters_apart_and_mean_what_they_say() -> None:
    figures = GOOD.bins[ViewBin.FRONT].figures
    assert figures is not None
    assert (figures.same, figures.other) == (150, 150)
    assert figures.auc > 0.99
    assert figures.ece < 0.05
    assert figures.frr < 0.02
    overlapping = fitted(pairs(same=0.5, other=0.35, count=2000)).bins[ViewBin.FRONT].figures
    assert overlapping is not None
    assert 0.8 < overlapping.auc < 0.95
    assert overlapping.ece < 0.05


def test_look_alikes_widen_the_span_that_decides_nothing_and_those_it_cannot_see_are_named() -> None:
    plain = fitted(pairs(same=0.8, other=0.2)).bins[ViewBin.FRONT]
    wary = GOOD.bins[ViewBin.FRONT]
    assert plain.same_from == 0
    assert wary.same_from > 0.8
    assert wary.blind_to == (PairKind.MIRRORED,)
    assert wary.figures is not None
    assert wary.figures.hard[PairKind.SAME_BUILD].passed < 0.1
    assert wary.figures.hard[PairKind.MIRRORED].passed > 0.5


def test_unequal_numbers_do_not_shift_the_probability() -> None:
    even = fitted(pairs(same=0.5, other=0.3, count=1000))
    many = fitted(pairs(same=0.5, count=1000), pairs(other=0.3, count=8000))
    for cosine in (0.3, 0.4, 0.5):
        one, other = (each.consistency(cosine, ViewBin.FRONT).score for each in (even, many))
        assert one == pytest.approx(other, abs=4)


@pytest.mark.parametrize(
    ("given_pairs", "why"),
    [
        (pairs(same=0.8, other=0.2, count=2 * LEAST_PAIRS - 2), "too few pairs"),
        (pairs(same=0.8), "too few pairs"),
        (pairs(same=0.4, other=0.4), "cannot tell characters apart"),
        (pairs(same=0.2, other=0.8), "cannot tell characters apart"),
    ],
)
def test_a_bin_without_usable_evidence_abstains_and_says_why(given_pairs: list[LabelledPair], why: str) -> None:
    calibration = fitted(given_pairs)
    found = calibration.consistency(0.99, ViewBin.FRONT)
    assert (found.score, found.is_abstention) == (None, True)
    assert found.why.startswith("front view: ")
    assert why in found.why
    assert calibration.bins[ViewBin.FRONT].figures is None


def test_a_view_of_which_there_are_no_pairs_abstains() -> None:
    found = GOOD.consistency(0.9, ViewBin.BACK)
    assert (found.is_abstention, found.why) == (True, "back view: no pairs of this view")


def test_what_is_held_out_does_not_change_the_fit() -> None:
    known = pairs(same=0.8, other=0.2)
    spoiled = [
        pair if not pair.is_held_out else LabelledPair(pair.view, pair.kind, -pair.cosine, True) for pair in known
    ]
    one, other = (fitted(each).bins[ViewBin.FRONT] for each in (known, spoiled))
    assert (one.slope, one.intercept, one.different_below) == (other.slope, other.intercept, other.different_below)
    assert one.figures != other.figures


def test_the_same_pairs_give_the_same_version_and_others_another() -> None:
    known = pairs(same=0.8, other=0.2)
    assert fitted(known).version == fitted(known).version
    assert fitted(known).version != fitted(pairs(same=0.8, other=0.2, seed=2)).version
    assert fitted(known).name == f"test@1/1#{fitted(known).version}"


def test_pairs_wholly_apart_are_fitted_without_boundless_confidence() -> None:
    apart = fitted(pairs(same=0.95, other=-0.5, count=60)).bins[ViewBin.FRONT]
    assert 0 < apart.probability(-0.5) < 0.05
    assert 0.95 < apart.probability(0.95) < 1


def test_figures_are_those_of_their_definitions() -> None:
    same, other = np.array([0.9, 0.8, 0.3]), np.array([0.1, 0.3, 0.2, 0.4])
    assert auc(same, other) == pytest.approx((4 + 4 + 2.5) / 12)
    assert frr(same, other) == pytest.approx(1 / 3)
    assert ece(np.array([1.0, 1.0]), np.array([0.0, 0.0])) == 0
    assert ece(np.array([0.95, 0.95]), np.array([0.95])) == pytest.approx(0.45)


def test_a_falling_curve_is_no_calibration() -> None:
    with pytest.raises(ValueError, match="rising"):
        BinCalibration(slope=-1, intercept=0, different_below=0, same_from=1, same=1, other=1)


def test_only_look_alikes_are_hard() -> None:
    assert set(PairKind) - set(HARD_KINDS) == {PairKind.SAME, PairKind.OTHER}
