"""References are ranked by the documented points, and the master goes first whatever its points."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.domain.camera import Crop
from refpipe.domain.ranking import (
    Candidate,
    RankTerm,
    ReferenceType,
    WantedPicture,
    choose_references,
    rank_references,
)

PROFILE = WantedPicture(crop=Crop.MCU, view_deg=-90, keywords=frozenset({"emotion", "sad"}))


def candidate(sha256: str, type_: ReferenceType = ReferenceType.GENERATED, **known: object) -> Candidate:
    return Candidate(sha256=sha256, type=type_, **known)  # type: ignore[arg-type]


def points(one: Candidate, wanted: WantedPicture = PROFILE) -> dict[RankTerm, float]:
    return rank_references([one], wanted)[0].terms


def test_master_core_and_generated_begin_with_ten_eight_and_five() -> None:
    assert [points(candidate("a", each))[RankTerm.TYPE] for each in ReferenceType] == [10, 8, 5]


def test_quality_and_consistency_add_up_to_five_each_and_nothing_where_not_measured() -> None:
    best = points(candidate("a", quality=100, consistency=80))
    assert (best[RankTerm.QUALITY], best[RankTerm.CONSISTENCY]) == (5, 4)
    assert sum(points(candidate("a")).values()) == 5


@pytest.mark.parametrize(
    ("view_deg", "expected"),
    [(-90, 15), (-45, 3), (-135, 3), (-67.5, 9), (-44, 0), (90, 0), (270, 15), (None, 0)],
)
def test_the_nearer_the_angle_the_more_points(view_deg: float | None, expected: float) -> None:
    assert points(candidate("a", view_deg=view_deg))[RankTerm.ANGLE] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("crop", "expected"), [(Crop.MCU, 10), (Crop.CU, 3), (Crop.THREE_QUARTER, 3), (Crop.FULL, 0), (Crop.HANDS, 0)]
)
def test_the_same_crop_counts_more_than_the_next(crop: Crop, expected: float) -> None:
    assert points(candidate("a", crop=crop))[RankTerm.SHOT] == expected


def test_hands_are_like_hands_only() -> None:
    assert points(candidate("a", crop=Crop.HANDS), WantedPicture(crop=Crop.HANDS))[RankTerm.SHOT] == 10
    assert points(candidate("a", crop=Crop.CU), WantedPicture(crop=Crop.HANDS))[RankTerm.SHOT] == 0


def test_shared_keywords_count_three_each_up_to_nine() -> None:
    words = frozenset("abcde")
    assert points(candidate("a", keywords=frozenset({"sad"})))[RankTerm.KEYWORDS] == 3
    assert points(candidate("a", keywords=words), WantedPicture(keywords=words))[RankTerm.KEYWORDS] == 9


def test_the_master_comes_first_and_the_best_others_follow_up_to_the_cap() -> None:
    near = candidate("near", view_deg=-90, crop=Crop.MCU, quality=90)
    far = candidate("far", ReferenceType.CORE, view_deg=0, crop=Crop.MCU, quality=95)
    master = candidate("master", ReferenceType.MASTER, view_deg=0)
    given_order = [far, near, master]
    assert [each.candidate.sha256 for each in rank_references(given_order, PROFILE)] == ["near", "far", "master"]
    chosen = choose_references(given_order, PROFILE, cap=2)
    assert [each.candidate.sha256 for each in chosen] == ["master", "near"]
    assert choose_references(given_order, PROFILE, cap=0) == []


def test_a_picture_given_twice_is_one_reference_as_it_was_given_first() -> None:
    twice = [candidate("a", ReferenceType.MASTER), candidate("a", ReferenceType.CORE), candidate("b")]
    chosen = choose_references(twice, PROFILE, cap=3)
    assert [(each.candidate.sha256, each.candidate.type.value) for each in chosen] == [
        ("a", "master"),
        ("b", "generated"),
    ]


@given(
    st.lists(st.tuples(st.sampled_from([*ReferenceType]), st.floats(-720, 720), st.floats(0, 100)), max_size=8),
    st.integers(0, 6),
)
def test_any_candidates_are_chosen_in_falling_points_without_more_than_the_cap(
    given_candidates: list[tuple[ReferenceType, float, float]], cap: int
) -> None:
    candidates = [
        candidate(str(number), type_, view_deg=view, quality=quality)
        for number, (type_, view, quality) in enumerate(given_candidates)
    ]
    ranked = rank_references(candidates, PROFILE)
    assert [each.points for each in ranked] == pytest.approx(sorted((each.points for each in ranked), reverse=True))
    assert all(0 <= each.points <= 10 + 5 + 5 + 10 + 15 + 9 for each in ranked)
    assert len(choose_references(candidates, PROFILE, cap=cap)) == min(cap, len(candidates))
