"""Parts become scores: bounded, monotone, led by the worst, silent about what was not measured."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from refpipe.domain.quality import (
    OBJECTION,
    REASON_OF_PART,
    CompositionParts,
    QualityParts,
    TechnicalParts,
    cinematic,
    joined,
    ramp,
)

parts = st.floats(0, 100)
some_parts = st.lists(parts, min_size=1, max_size=8)


@given(some_parts)
def test_a_score_lies_between_its_worst_part_and_their_mean(values: list[float]) -> None:
    score = joined(values)
    assert score is not None
    assert min(values) - 1e-9 <= score <= sum(values) / len(values) + 1e-9


@given(some_parts, st.floats(0, 100))
def test_a_score_below_a_threshold_has_a_part_below_it(values: list[float], threshold: float) -> None:
    score = joined(values)
    assert score is not None
    if score < threshold - 1e-9:
        assert min(values) < threshold


@given(some_parts, st.data())
def test_a_better_part_never_makes_a_worse_score(values: list[float], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(values) - 1))
    better = list(values)
    better[index] = data.draw(st.floats(values[index], 100))
    before, after = joined(values), joined(better)
    assert before is not None
    assert after is not None
    assert after >= before - 1e-9


def test_no_parts_are_no_score() -> None:
    assert joined([]) is None
    assert QualityParts().score is None


def test_a_part_that_was_not_measured_takes_no_part_in_the_score() -> None:
    assert QualityParts(sharpness=80, noise=None).score == QualityParts(sharpness=80).score == 80
    assert QualityParts(sharpness=80).unmeasured() == (
        "highlights",
        "shadows",
        "contrast",
        "noise",
        "blockiness",
        "resolution",
    )


@pytest.mark.parametrize("part", [part for kind in (QualityParts,) for part in kind().unmeasured()])
def test_one_part_that_a_person_objects_to_just_passes_the_default_and_a_worse_one_does_not(part: str) -> None:
    faultless = dict.fromkeys(QualityParts().unmeasured(), 100.0)
    for value, passes in ((OBJECTION, True), (OBJECTION - 2, False)):
        score = QualityParts(**{**faultless, part: value}).score
        assert score is not None
        assert (score >= 70) is passes


def test_every_part_has_a_reason() -> None:
    names = [name for kind in (QualityParts, TechnicalParts, CompositionParts) for name in kind().unmeasured()]
    assert sorted(names) == sorted(REASON_OF_PART)


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(-50, 50), st.floats(-80, 80), st.floats(-80, 80))
def test_a_ramp_falls_from_faultless_by_the_limit_to_the_worst(
    one: float, two: float, three: float, value: float, farther: float
) -> None:
    faultless, limit, worst = sorted((one, two, three))
    assume(limit - faultless > 1e-3 and worst - limit > 1e-3)
    value, farther = sorted((value, farther))
    high, low = (ramp(each, faultless=faultless, limit=limit, worst=worst) for each in (value, farther))
    assert 0 <= low <= high + 1e-9 <= 100 + 1e-6
    assert ramp(faultless, faultless=faultless, limit=limit, worst=worst) == 100
    assert ramp(limit, faultless=faultless, limit=limit, worst=worst) == pytest.approx(OBJECTION)
    assert ramp(worst, faultless=faultless, limit=limit, worst=worst) == 0
    # turned round, it rises
    assert ramp(-value, faultless=-faultless, limit=-limit, worst=-worst) == pytest.approx(high)


def test_a_ramp_that_turns_back_is_refused() -> None:
    with pytest.raises(ValueError, match="neither rise nor fall"):
        ramp(1, faultless=0, limit=2, worst=1)


def test_cinematic_is_weighted_as_specified_and_none_when_a_part_is_missing() -> None:
    assert cinematic(quality=100, composition=0, technical=0) == pytest.approx(40)
    assert cinematic(quality=0, composition=100, technical=0) == pytest.approx(35)
    assert cinematic(quality=0, composition=0, technical=100) == pytest.approx(25)
    assert cinematic(quality=90, composition=None, technical=80) is None
