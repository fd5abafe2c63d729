"""Words of a description: whole ones, and how far a denial reaches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.domain.scene_text import Phrase, read_words


def denied(description: str) -> list[str]:
    return [word.text for word in read_words(description) if word.is_denied]


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("No close-ups, only her hands.", ["close", "ups"]),
        ("She runs, but we never see her face.", ["see", "her", "face"]),
        ("Don't show the hands or the face", ["show", "the", "hands", "or", "the", "face"]),
        ("Not only a close-up", []),
        ("She cannot stop smiling", []),
        ("A profile instead of a close-up", ["a", "close", "up"]),
        ("Without a word they leave. Close on her.", ["a", "word", "they", "leave"]),
        ("It isn’t an action scene: they talk", ["an", "action", "scene"]),
    ],
)
def test_a_denial_reaches_to_the_end_of_its_clause(description: str, expected: list[str]) -> None:
    assert denied(description) == expected


def test_a_denial_covers_a_few_words_of_meaning_only() -> None:
    assert "smiles" not in denied("no dogs cats birds cows she smiles")


@pytest.mark.parametrize(
    ("phrase", "text", "is_there"),
    [
        ("fast", "breakfast", False),
        ("sad", "the ambassador", False),
        ("hand", "a handsome man", False),
        ("hand", "her hands", True),
        ("run+", "she runs, running, run", True),
        ("run+", "the runner", False),
        ("cry+", "he cried", True),
        ("close up", "a Close-Up of her", True),
        ("close up", "they close. Up the stairs", False),
        ("smile+/grin+ at", "she grins at him", True),
    ],
)
def test_a_phrase_is_found_in_whole_words_within_a_clause(phrase: str, text: str, is_there: bool) -> None:
    words = read_words(text)
    found = [at for word in words for at in Phrase.of(phrase).places(words, beginning=word.text)]
    assert bool(found) is is_there


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert all(word.text == word.text.lower() or not word.text.isascii() for word in read_words(text))
