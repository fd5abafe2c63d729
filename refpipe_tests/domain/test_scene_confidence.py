"""Confidence falls with what a result lacks, and keeps within what was fitted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.backends.scene_words import packaged_calibration
from refpipe.domain.scene_confidence import ScoreCalibration

CALIBRATION = ScoreCalibration(version="1", points=[(0.0, 0.9), (10.0, 0.5), (50.0, 0.1)])
LACKING = st.floats(0, 95)


def test_it_is_linear_between_points_and_level_beyond_them() -> None:
    said = [CALIBRATION.confidence(score) for score in (0, 5, 10, 30, 50, 95)]
    assert said == pytest.approx([0.9, 0.7, 0.5, 0.3, 0.1, 0.1])


@given(one=LACKING, other=LACKING)
def test_the_packaged_calibration_never_rises_with_what_is_lacking(one: float, other: float) -> None:
    calibration = packaged_calibration()
    low, high = sorted((one, other))
    assert 0 < calibration.confidence(high) <= calibration.confidence(low) < 1
