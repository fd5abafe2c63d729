"""The gate's rule: thresholds within their ranges, verdicts with reasons, and what was not measured said aloud."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.domain.consistency import Consistency, not_measured
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.gallery import ImageStatus
from refpipe.domain.quality import CompositionParts, FailureReason, QualityParts, Scored, TechnicalParts
from refpipe.domain.verdict import GateProfile, Thresholds, as_document, judge, unreadable

DEFAULT, STRICT = Thresholds.of(GateProfile.DEFAULT), Thresholds.of(GateProfile.STRICT)
GOOD = {
    "quality": QualityParts(sharpness=95, noise=100, contrast=90),
    "technical": TechnicalParts(presence=100, place=95, scale=100, outline=92),
    "composition": CompositionParts(thirds=100, headroom=100),
}


def scored(**changes: QualityParts | TechnicalParts | CompositionParts) -> Scored:
    return Scored(**{**GOOD, **changes}, scorer="test@1")  # type: ignore[arg-type]


def test_the_profiles_are_those_of_the_specification() -> None:
    assert (DEFAULT.quality, DEFAULT.consistency) == (70, 80)
    assert (STRICT.quality, STRICT.consistency) == (85, 95)


@given(st.floats(-10, 120), st.floats(-10, 120))
def test_thresholds_are_taken_within_their_ranges_and_refused_outside(quality: float, consistency: float) -> None:
    if 50 <= quality <= 100 and 60 <= consistency <= 100:
        changed = DEFAULT.but(quality=quality, consistency=consistency)
        assert (changed.quality, changed.consistency) == (quality, consistency)
        assert (changed.technical, changed.composition) == (DEFAULT.technical, DEFAULT.composition)
    else:
        with pytest.raises(RefusedInputError, match=r"(quality|consistency) threshold.*out of range"):
            DEFAULT.but(quality=quality, consistency=consistency)


def test_a_threshold_that_is_no_number_is_refused() -> None:
    with pytest.raises(RefusedInputError):
        DEFAULT.but(quality=float("nan"))


def test_a_good_picture_is_accepted_and_what_was_not_measured_is_named() -> None:
    verdict = judge(scored(), DEFAULT)
    assert verdict.status is ImageStatus.ACCEPTED
    assert verdict.reasons == ()
    assert verdict.scores.consistency is None
    assert verdict.notes == ("not measured, so without a part in the verdict: consistency",)


def test_consistency_counts_as_soon_as_it_is_measured() -> None:
    passed = judge(scored(), DEFAULT, consistency=Consistency(score=81))
    assert (passed.status, passed.scores.consistency, passed.notes) == (ImageStatus.ACCEPTED, 81, ())
    failed = judge(scored(), DEFAULT, consistency=Consistency(score=79))
    assert (failed.status, failed.reasons) == (ImageStatus.FAILED, (FailureReason.NOT_CONSISTENT,))


def test_between_sure_likeness_and_sure_difference_a_person_has_to_look() -> None:
    found = Consistency(score=85, different_below=5, same_from=93)
    verdict = judge(scored(), DEFAULT, consistency=found)
    assert (verdict.status, verdict.scores.consistency, verdict.reasons) == (ImageStatus.NEEDS_REVIEW, 85, ())
    assert verdict.notes == (
        "may or may not be like the master reference: consistency 85, sure only from 93 up or below 5 in this view",
    )
    blurred = judge(scored(quality=QualityParts(sharpness=20)), DEFAULT, consistency=found)
    assert (blurred.status, blurred.reasons) == (ImageStatus.FAILED, (FailureReason.BLURRED,))


def test_a_view_that_cannot_be_compared_needs_a_person_and_says_why() -> None:
    verdict = judge(scored(), DEFAULT, consistency=Consistency(score=None, is_abstention=True, why="detail view"))
    assert (verdict.status, verdict.scores.consistency) == (ImageStatus.NEEDS_REVIEW, None)
    assert verdict.notes == ("a person has to compare it with the master reference: detail view",)


def test_why_there_is_no_consistency_is_said_and_costs_the_picture_nothing() -> None:
    verdict = judge(scored(), DEFAULT, consistency=not_measured("there is no master reference"))
    assert verdict.status is ImageStatus.ACCEPTED
    assert verdict.notes == (
        "not measured, so without a part in the verdict: consistency (there is no master reference)",
    )


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"quality": QualityParts(sharpness=20, noise=100)}, FailureReason.BLURRED),
        ({"quality": QualityParts(sharpness=90, noise=10)}, FailureReason.NOISY),
        ({"quality": QualityParts(highlights=10)}, FailureReason.OVEREXPOSED),
        ({"quality": QualityParts(shadows=10)}, FailureReason.UNDEREXPOSED),
        ({"quality": QualityParts(contrast=10)}, FailureReason.LOW_CONTRAST),
        ({"quality": QualityParts(blockiness=10)}, FailureReason.BLOCKY),
        ({"quality": QualityParts(resolution=10)}, FailureReason.TOO_SMALL),
        ({"technical": TechnicalParts(presence=0)}, FailureReason.EMPTY),
        ({"technical": TechnicalParts(presence=100, place=10)}, FailureReason.WRONG_FRAMING),
        ({"technical": TechnicalParts(presence=100, scale=10)}, FailureReason.WRONG_SCALE),
        ({"technical": TechnicalParts(presence=100, lines=10)}, FailureReason.WRONG_VIEW),
        ({"composition": CompositionParts(headroom=0)}, FailureReason.WRONG_FRAMING),
    ],
)
def test_each_fault_fails_for_its_own_reason_in_words(
    parts: dict[str, QualityParts | TechnicalParts | CompositionParts], reason: FailureReason
) -> None:
    verdict = judge(scored(**parts), DEFAULT)
    assert verdict.status is ImageStatus.FAILED
    assert verdict.reasons == (reason,)
    assert verdict.faults[0].sentence


def test_the_worst_fault_comes_first_but_nothing_to_see_comes_before_all() -> None:
    poor = QualityParts(sharpness=5, noise=30, contrast=100)
    assert judge(scored(quality=poor), DEFAULT).reasons == (FailureReason.BLURRED, FailureReason.NOISY)
    empty = judge(scored(quality=poor, technical=TechnicalParts(presence=0)), DEFAULT)
    assert empty.reasons[0] is FailureReason.EMPTY


@given(st.floats(0, 100), st.floats(0, 100))
def test_the_strict_profile_accepts_nothing_that_the_default_refuses(sharpness: float, noise: float) -> None:
    given_scores = scored(quality=QualityParts(sharpness=sharpness, noise=noise))
    strict, default = judge(given_scores, STRICT), judge(given_scores, DEFAULT)
    assert not (strict.status is ImageStatus.ACCEPTED and default.status is ImageStatus.FAILED)


def test_where_nothing_could_be_measured_a_person_has_to_look() -> None:
    blank = Scored(quality=QualityParts(), technical=TechnicalParts(), composition=CompositionParts(), scorer="test@1")
    verdict = judge(blank, DEFAULT)
    assert verdict.status is ImageStatus.NEEDS_REVIEW
    assert verdict.notes == (
        "not measured, so without a part in the verdict: quality, consistency, technical, composition",
    )


def test_cinematic_is_reported_and_decides_nothing() -> None:
    low = scored(technical=TechnicalParts(presence=66), composition=CompositionParts(thirds=66))
    verdict = judge(low, DEFAULT)
    assert verdict.scores.cinematic is not None
    assert verdict.status is ImageStatus.ACCEPTED


def test_a_picture_that_cannot_be_read_fails_and_says_why() -> None:
    verdict = unreadable("is damaged", DEFAULT)
    assert (verdict.status, verdict.reasons) == (ImageStatus.FAILED, (FailureReason.UNREADABLE,))
    assert "is damaged" in verdict.sentences[0]


def test_a_verdict_as_data_holds_scores_parts_reasons_and_thresholds() -> None:
    document = as_document(judge(scored(quality=QualityParts(sharpness=20)), DEFAULT))
    assert document["status"] == "validation_failed"
    assert document["reasons"][0]["reason"] == "blurred"
    assert document["parts"]["quality"] == {"sharpness": 20}
    assert document["thresholds"]["quality"] == 70
    assert document["scores"]["consistency"] is None
