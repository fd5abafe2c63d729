"""What a scene description may want of a picture, and the vocabulary by which it says so.

Belongs here: intents, and words that speak for them. Does not: the words themselves (data/scene_words.yaml), how they
are weighed (scene_analysis), how a description is read (scene_text).
Source: specification, search.md, R-SRCH-1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from refpipe.domain.scene_text import Phrase, Word


class Tone(StrEnum):
    NEUTRAL = "neutral"
    TENSE = "tense"
    INTIMATE = "intimate"
    DRAMATIC = "dramatic"
    CONTEMPLATIVE = "contemplative"


class Intent(StrEnum):
    """What is wanted of the picture: an outright framing or view first, then a feeling, then a kind of scene."""

    CALIBRATION = "calibration"
    TURNAROUND = "turnaround"
    HANDS = "hands"
    BEHIND = "from_behind"
    REAR_THREE_QUARTER = "rear_three_quarter"
    PROFILE = "profile"
    THREE_QUARTER_VIEW = "three_quarter_view"
    LOW_ANGLE = "low_angle"
    HIGH_ANGLE = "high_angle"
    WHOLE_FIGURE = "whole_figure"
    CLOSE = "close"
    FACE = "face"
    MEDIUM = "medium"
    THREE_QUARTER_FRAME = "three_quarter_frame"
    WIDE = "wide"
    EYE_CONTACT = "eye_contact"
    LEFT = "left_side"
    RIGHT = "right_side"
    LENS_35 = "lens_35"
    LENS_50 = "lens_50"
    LENS_85 = "lens_85"
    DISTANT = "distant"
    GRIEF = "grief"
    FEAR = "fear"
    WORRY = "worry"
    RESOLVE = "resolve"
    ANGER = "anger"
    THOUGHT = "thought"
    INTIMACY = "intimacy"
    JOY = "joy"
    SURPRISE = "surprise"
    SUSPENSE = "suspense"
    DRAMA = "drama"
    CONVERSATION = "conversation"
    MOVEMENT = "movement"
    ESTABLISHING = "establishing"
    PASSAGE = "passage"
    EMOTION = "emotion"


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase that speaks for one intent with a weight: 1 hints, 2 says, 3 says outright."""

    intent: Intent
    weight: int
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Heard:
    """What a description says: votes for each intent, the words that gave them, and what is denied."""

    votes: Mapping[Intent, int] = field(default_factory=dict)
    words: Mapping[Intent, tuple[str, ...]] = field(default_factory=dict)
    denied: frozenset[Intent] = frozenset()


class SceneVocabulary:
    """Cues and idioms, found by their first word. In an idiom nothing is heard."""

    def __init__(self, cues: Iterable[Cue], idioms: Iterable[Phrase]) -> None:
        self._cues: dict[str, list[Cue]] = {}
        self._idioms: dict[str, list[Phrase]] = {}
        for cue in cues:
            for form in cue.phrase.forms[0]:
                self._cues.setdefault(form, []).append(cue)
        for idiom in idioms:
            for form in idiom.forms[0]:
                self._idioms.setdefault(form, []).append(idiom)

    @property
    def cues(self) -> Iterable[Sequence[Cue]]:
        """All cues, those that begin with the same word together."""
        return self._cues.values()

    def hear(self, words: Sequence[Word]) -> Heard:
        """What these words say."""
        words = self._without_idioms(words)
        votes: dict[Intent, int] = {}
        said: dict[Intent, tuple[str, ...]] = {}
        denied: set[Intent] = set()
        for cue, at in self._longest(words):
            found = words[at : at + len(cue.phrase.forms)]
            if any(word.is_denied for word in found):
                denied.add(cue.intent)
                continue
            votes[cue.intent] = votes.get(cue.intent, 0) + cue.weight
            said[cue.intent] = (*said.get(cue.intent, ()), " ".join(word.text for word in found))
        for intent in denied & SCENES:
            votes.pop(intent, None)  # "not an action scene: they talk about the race"
        return Heard(votes, said, frozenset(denied - votes.keys()))

    def _longest(self, words: Sequence[Word]) -> list[tuple[Cue, int]]:
        """Cues with their places; not those within a longer one: the eye of "worm's eye" is nobody's.

        A side swallows nothing: a left profile is a profile.
        """
        heard = [
            (cue, at)
            for text in dict.fromkeys(word.text for word in words)
            for cue in self._cues.get(text, ())
            for at in cue.phrase.places(words, beginning=text)
        ]
        spans = {(at, at + len(cue.phrase.forms)) for cue, at in heard if cue.intent not in _SIDES}
        return [
            (cue, at)
            for cue, at in heard
            if not any(_is_within((at, at + len(cue.phrase.forms)), other) for other in spans)
        ]

    def _without_idioms(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """The words with those of sayings blotted out; their places remain."""
        blotted = {
            place
            for text in dict.fromkeys(word.text for word in words)
            for idiom in self._idioms.get(text, ())
            for at in idiom.places(words, beginning=text)
            for place in range(at, at + len(idiom.forms))
        }
        return tuple(replace(word, text="") if place in blotted else word for place, word in enumerate(words))


def _is_within(span: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether the other covers the span and more."""
    return other != span and other[0] <= span[0] and span[1] <= other[1]


_SIDES = frozenset({Intent.LEFT, Intent.RIGHT})
SCENES = frozenset({Intent.CONVERSATION, Intent.MOVEMENT, Intent.ESTABLISHING, Intent.PASSAGE})
"""Intents that are kinds of scenes."""
