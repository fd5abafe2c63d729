"""A scene finds the picture that serves it, among those that may be shown, and says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refpipe.backends.scene_words import packaged_calibration, packaged_vocabulary
from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import NotFoundError, RefusedInputError
from refpipe.domain.gallery import ImageStatus, Scores
from refpipe.domain.ports import Database
from refpipe.domain.scene_match import WEIGHTS, Term
from refpipe.domain.verdict import Thresholds, Verdict
from refpipe.services.find_reference import FindReference, FoundReference
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.services.conftest import SHOTS, STREET, Builder

TALK = "They talk over breakfast."
Find = Callable[..., FoundReference]


@pytest.fixture
def gallery(jax: CharacterSheet, builder: Builder) -> None:
    """All 33 pictures, none of them judged."""
    assert all(each.image for each in builder(DrawingGenerator())(STREET, list(SHOTS.values())))


@pytest.fixture
def find(database: Database) -> Find:
    use = FindReference(database=database, vocabulary=packaged_vocabulary(), calibration=packaged_calibration())

    def found(description: str, **options: Any) -> FoundReference:
        return use("local", "jax", description, **options)

    return found


@pytest.fixture
def judged(database: Database) -> Callable[[str, ImageStatus, float], None]:
    def judge(shot: str, status: ImageStatus, quality: float) -> None:
        with database.transaction("local") as records:
            image = records.gallery.get(STREET, shot)
            assert image is not None
            records.reviews.record(
                image,
                Verdict(
                    status=status,
                    scores=Scores(quality=quality),
                    faults=(),
                    notes=(),
                    thresholds=Thresholds(),
                    parts={},
                    scorer="test@1",
                ),
                notes=(),
            )

    return judge


def test_the_answer_has_reasons_alternatives_and_counts(gallery: None, find: Find) -> None:
    found = find("Close on her hands as she loads the revolver.")
    assert found.selected is not None
    assert found.selected.shot.slug == "85mm_front_hands"
    assert len(found.alternatives) == 3
    assert len({each.shot.slug for each in (found.selected, *found.alternatives)}) == 4
    assert (found.evaluated, found.coverage) == (32, 1.0)  # a calibration may not answer unasked
    assert found.mean_score is not None
    assert found.mean_score < found.selected.match.total
    assert any('"hands"' in reason.sentence or "hands framing" in reason.sentence for reason in found.reasons)
    assert find(TALK, with_alternatives=False).alternatives == ()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["talk", "close-up, weeping", "he runs", "low angle", "profile, left", "tense, from behind"]))
def test_a_reason_says_by_how_much_the_score_moves_without_its_term(
    gallery: None, find: Find, description: str
) -> None:
    found = find(description)
    assert found.selected is not None
    match = found.selected.match
    for reason in found.reasons:
        without = sum(WEIGHTS[term] * value for term, value in match.terms.items() if term is not reason.term)
        assert match.total - without == pytest.approx(reason.points, abs=0.006)
        assert f"+{reason.points:.1f} of" in reason.sentence
    assert [reason.points for reason in found.reasons] == sorted((r.points for r in found.reasons), reverse=True)


def test_failed_pictures_and_those_below_the_quality_asked_for_never_come(
    gallery: None, find: Find, judged: Any
) -> None:
    first = find(TALK).selected
    assert first is not None
    judged(first.shot.slug, ImageStatus.FAILED, 95.0)
    second = find(TALK).selected
    assert second is not None
    assert second.shot.slug != first.shot.slug
    judged(second.shot.slug, ImageStatus.NEEDS_REVIEW, 69.9)
    third = find(TALK)
    assert third.selected is not None
    assert third.selected.shot.slug not in {first.shot.slug, second.shot.slug}
    assert third.evaluated == 30
    again = find(TALK, min_quality=60)
    assert again.selected is not None
    assert again.selected.shot.slug == second.shot.slug


def test_what_would_serve_better_and_cannot_be_shown_is_named_with_the_reason(
    gallery: None, find: Find, judged: Any, database: Database
) -> None:
    scene = "Close on her hands as she loads the revolver."
    assert not find(scene).passed_over
    judged("85mm_front_hands", ImageStatus.FAILED, 95.0)
    without = find(scene)
    assert [(each.shot, each.why) for each in without.passed_over] == [("85mm_front_hands", "did not pass")]
    assert without.selected is not None
    assert without.passed_over[0].score > without.selected.match.total
    judged("85mm_front_hands", ImageStatus.ACCEPTED, 61.0)
    assert find(scene).passed_over[0].why == "its quality 61 is below 70"
    with database.transaction("local") as records:
        image = records.gallery.get(STREET, "85mm_front_hands")
        assert image is not None
        records.reviews.decide(image.id, ImageStatus.FAILED, by="dora", why="", at=datetime.now(UTC))
    assert find(scene).passed_over[0].why == "rejected by dora"


def test_a_shot_that_was_never_made_is_named_where_it_would_serve_better(
    jax: CharacterSheet, builder: Builder, find: Find
) -> None:
    few = [SHOTS[slug] for slug in ("50mm_front_cu", "35mm_back_full")]
    assert all(each.image for each in builder(DrawingGenerator())(STREET, few))
    found = find("Close on her hands as she loads the revolver.")
    assert ("85mm_front_hands", "not made yet") in {(each.shot, each.why) for each in found.passed_over}
    assert found.coverage == pytest.approx(2 / 32, abs=0.001)
    assert found.confidence is not None
    whole = find("From behind, walking away.")
    assert whole.confidence is not None
    assert found.confidence < whole.confidence, "a gallery without hands answers with less certainty"


def test_what_was_not_measured_comes_after_all_that_was(gallery: None, find: Find, judged: Any) -> None:
    judged("35mm_back_full", ImageStatus.ACCEPTED, 90.0)
    found = find(TALK)
    assert found.selected is not None
    assert found.selected.shot.slug == "35mm_back_full"
    assert found.alternatives[0].shot.slug.startswith("50mm")
    assert all(reason.term is not Term.QUALITY for reason in find("talk", min_quality=95).reasons)


def test_a_calibration_shot_comes_only_when_it_is_asked_for(gallery: None, find: Find) -> None:
    asked = find("T-pose for the rig.")
    assert asked.selected is not None
    assert asked.selected.shot.slug == "35mm_front_full_tpose"
    wide = find("The whole figure from the front, wide.")
    assert "35mm_front_full_tpose" not in {each.shot.slug for each in wide.alternatives}


def test_nothing_suitable_is_an_answer_with_the_analysis(jax: CharacterSheet, find: Find) -> None:
    found = find("She weeps.")
    assert (found.selected, found.evaluated, found.mean_score, found.confidence) == (None, 0, None, None)
    assert found.analysis.scene_type.value == "emotional"
    assert found.why_none == "no picture has been made yet"
    document = found.as_document(str)
    assert document["selected"] is None
    assert document["analysis"]["scene_type"] == "emotional"


def test_who_or_what_is_not_there_is_refused(jax: CharacterSheet, find: Find, database: Database) -> None:
    use = FindReference(database=database, vocabulary=packaged_vocabulary(), calibration=packaged_calibration())
    with pytest.raises(NotFoundError):
        use("local", "nobody", TALK)
    with pytest.raises(RefusedInputError, match="empty"):
        find("  ")
    for options in ({"emotional_intensity": 11}, {"emotional_intensity": 0}, {"min_quality": 101}):
        with pytest.raises(RefusedInputError):
            find(TALK, **options)
