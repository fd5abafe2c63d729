"""Whom a picture shows is said only where it is settled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.domain.character_match import Compared, Outcome, match_character
from refpipe.domain.consistency import Consistency, Stance


def beside(character: str, score: float | None, outfit: str = "street", **more: float) -> Compared:
    found = Consistency(
        score=score, is_abstention=score is None, why="" if score is not None else "too few pairs", **more
    )
    cosine = 0.0 if score is None else score / 100
    return Compared(
        character=character, outfit=outfit, sha256="0" * 64, beside="the master", cosine=cosine, consistency=found
    )


def test_one_that_is_clearly_like_is_named_with_its_probability() -> None:
    match = match_character([beside("jax", 3), beside("nia", 99), beside("pip", 1)], 80)
    assert match.outcome is Outcome.MATCH
    assert match.found is not None
    assert match.found.best.character == "nia"
    # odds 99 of a third of a half, against a half of nobody: 16.5 / (0.5 + 16.5 + little)
    assert match.found.probability == pytest.approx(96.9, abs=0.2)
    assert [each.best.character for each in match.candidates] == ["nia", "jax", "pip"]


def test_nobody_is_said_only_where_every_single_one_fails() -> None:
    assert match_character([beside("jax", 3), beside("nia", 40)], 80).outcome is Outcome.NOBODY
    undecided = match_character([beside("jax", 3), beside("nia", 40, different_below=30)], 80)
    assert undecided.outcome is Outcome.UNDECIDED
    assert "nia is likeliest" in undecided.why


def test_two_that_are_alike_are_left_to_a_person() -> None:
    match = match_character([beside("jax", 97), beside("nia", 98)], 80)
    assert match.outcome is Outcome.UNDECIDED
    assert match.found is None
    assert "jax" in match.why
    assert "nia" in match.why


def test_the_same_likeness_settles_less_among_many() -> None:
    few = match_character([beside("jax", 95), beside("other", 2)], 80)
    many = match_character([beside("jax", 95), *(beside(f"other-{each}", 2) for each in range(60))], 80)
    assert few.outcome is Outcome.MATCH
    assert many.outcome is Outcome.UNDECIDED


def test_outfits_speak_for_their_character_and_the_best_is_shown() -> None:
    match = match_character([beside("jax", 99.5, "raincoat"), beside("jax", 4), beside("nia", 2)], 80)
    assert match.found is not None
    assert (match.found.best.character, match.found.best.outfit) == ("jax", "raincoat")
    assert len(match.candidates) == 2


def test_a_view_that_cannot_decide_settles_nothing() -> None:
    match = match_character([beside("jax", None), beside("nia", None)], 80)
    assert (match.outcome, match.why) == (Outcome.UNDECIDED, "too few pairs")
    assert all(each.probability is None for each in match.candidates)


def test_with_nobody_to_compare_nothing_is_said() -> None:
    assert match_character([], 80).outcome is Outcome.UNDECIDED


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20), st.floats(60, 100))
def test_probabilities_are_shares_and_only_a_passing_pair_is_ever_named(scores: list[float], threshold: float) -> None:
    match = match_character([beside(f"c-{at}", score) for at, score in enumerate(scores)], threshold)
    shares = [each.probability or 0.0 for each in match.candidates]
    assert 0 <= sum(shares) <= 100 + 1e-6
    assert shares == sorted(shares, reverse=True)
    if match.found is not None:
        assert match.found.best.consistency.stance(threshold) is Stance.SAME
        assert match.found.probability is not None
        assert match.found.probability >= threshold
