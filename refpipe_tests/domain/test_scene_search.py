"""What a description asks for, and how shots answer it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refpipe.backends.scene_words import packaged_vocabulary
from refpipe.backends.shot_library import packaged_shots
from refpipe.domain.scene_analysis import SceneAnalysis, analyse_scene
from refpipe.domain.scene_cues import Intent, Tone
from refpipe.domain.scene_match import WEIGHTS, Term, is_denied, score_shot
from refpipe.domain.shots import SceneType

SHOTS = {shot.slug: shot for shot in packaged_shots()}
ANY_TEXT = st.text(max_size=120) | st.lists(
    st.sampled_from(
        ("close-up", "hands", "never", "no", "profile", "runs", "talk", "behind", "tense", "wide", "85mm", "the", "her")
    )
).map(" ".join)


def analysed(
    description: str, scene_type: SceneType | None = None, emotional_intensity: int | None = None
) -> SceneAnalysis:
    return analyse_scene(
        description, packaged_vocabulary(), scene_type=scene_type, emotional_intensity=emotional_intensity
    )


def best(analysis: SceneAnalysis) -> str:
    wanted = [slug for slug, shot in SHOTS.items() if not is_denied(analysis, shot)]
    return max(wanted, key=lambda slug: score_shot(analysis, SHOTS[slug], None).total)


@pytest.mark.parametrize(
    ("description", "scene_type", "tone"),
    [
        ("", SceneType.DIALOGUE, Tone.NEUTRAL),
        ("The ambassador is at breakfast.", SceneType.DIALOGUE, Tone.NEUTRAL),
        ("They sprint across the roofs.", SceneType.ACTION, Tone.NEUTRAL),
        ("Establishing shot of the keeper at her lighthouse.", SceneType.ESTABLISHING, Tone.NEUTRAL),
        ("She weeps at the grave.", SceneType.EMOTIONAL, Tone.DRAMATIC),
        ("Not an action scene: they talk about the battle.", SceneType.DIALOGUE, Tone.NEUTRAL),
        ("He ponders the offer.", SceneType.EMOTIONAL, Tone.CONTEMPLATIVE),
        ("A tender kiss.", SceneType.EMOTIONAL, Tone.INTIMATE),
    ],
)
def test_type_and_tone_of_a_scene(description: str, scene_type: SceneType, tone: Tone) -> None:
    found = analysed(description)
    assert (found.scene_type, found.tone) == (scene_type, tone)


def every_cue() -> list[str]:
    """A wording of each cue that the vocabulary knows."""
    vocabulary = packaged_vocabulary()
    return sorted({" ".join(min(forms) for forms in cue.phrase.forms) for cues in vocabulary.cues for cue in cues})


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(every_cue()), max_size=6).map(", ".join))
def test_whatever_cues_meet_in_a_scene_it_is_analysed_and_answered(description: str) -> None:
    assert best(analysed(description)) in SHOTS


def test_talk_before_an_establishing_shot_is_an_establishing_scene() -> None:
    assert analysed("Conversation at the harbour. Establishing shot.").scene_type is SceneType.ESTABLISHING


@pytest.mark.parametrize(
    ("description", "slug"),
    [
        ("Her hands on the keys.", "85mm_front_hands"),
        ("A T-pose for the rig.", "35mm_front_full_tpose"),
        ("Low angle on the judge.", "50mm_front_cu_low"),
        ("From high above, high angle: he waits.", "50mm_front_cu_high"),
        ("Profile, facing screen-left.", "85mm_left90_mcu"),
        ("Profile, facing screen-right.", "85mm_right90_mcu"),
        ("Head to toe, from the front.", "35mm_front_full"),
        ("We follow him from behind, over the shoulder.", "50mm_back_three_quarter"),
        ("Determined, she decides to stay.", "85mm_front_mcu_determined"),
    ],
)
def test_what_is_named_outright_comes_first(description: str, slug: str) -> None:
    assert best(analysed(description)) == slug


@pytest.mark.parametrize(
    ("description", "wanted", "not_wanted"),
    [
        ("A worm's eye view of the knight.", Intent.LOW_ANGLE, Intent.FACE),
        ("Medium close-up of her.", Intent.MEDIUM, Intent.CLOSE),
        ("Her left profile.", Intent.PROFILE, Intent.FACE),
        ("She remembers her mother.", Intent.THOUGHT, Intent.CONVERSATION),
    ],
)
def test_within_a_longer_phrase_a_word_says_nothing_of_its_own(
    description: str, wanted: Intent, not_wanted: Intent
) -> None:
    named = analyse_scene(description, packaged_vocabulary()).named
    assert wanted in named
    assert not_wanted not in named


@pytest.mark.parametrize(
    "description", ["He gets the upper hand.", "They shake hands.", "A wardrobe stands in the corner."]
)
def test_sayings_ask_for_no_framing(description: str) -> None:
    assert not analyse_scene(description, packaged_vocabulary()).named


def test_what_is_denied_does_not_come() -> None:
    assert SHOTS[best(analysed("A conversation, no close-ups."))].crop.value not in {"cu", "hands"}
    assert best(analysed("They talk. We never see the hands.")) != "85mm_front_hands"


def test_intensity_moves_in_and_out() -> None:
    strong = SHOTS[best(analysed("They talk.", emotional_intensity=9))]
    calm = SHOTS[best(analysed("They talk.", emotional_intensity=5))]
    assert (strong.lens_mm, calm.lens_mm) == (85, 50)


@given(ANY_TEXT, st.none() | st.sampled_from(SceneType), st.none() | st.integers(1, 10), st.none() | st.floats(0, 100))
def test_every_term_is_0_to_100_and_the_score_is_their_weighted_sum(
    description: str, scene_type: SceneType | None, intensity: int | None, quality: float | None
) -> None:
    analysis = analysed(description, scene_type, intensity)
    assert 1 <= analysis.intimacy <= 10
    assert 1 <= analysis.dynamism <= 10
    for shot in SHOTS.values():
        match = score_shot(analysis, shot, quality)
        assert set(match.terms) == set(Term)
        assert all(0 <= value <= 100 for value in match.terms.values())
        assert match.total == pytest.approx(sum(WEIGHTS[term] * match.terms[term] for term in Term))


def test_the_weights_are_those_of_the_specification() -> None:
    assert list(WEIGHTS.values()) == [0.25, 0.20, 0.20, 0.15, 0.10, 0.05, 0.05]
