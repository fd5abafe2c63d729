"""A scene description as words: which there are, and which are denied.

Belongs here: words, phrases, the reach of a "no". Does not: what a word asks of a picture (scene_analysis).

Whole words only: "breakfast" is not fast and an "ambassador" not sad. A denial reaches from its word to the end of
its clause, at most over a few words that carry meaning: in "no close-ups, only her hands" the hands are wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[.,;:!?()\[\]\n–—]")
_BREAKS = frozenset(".,;:!?()[]\n–—")
_DENIES = frozenset(
    [
        "no",
        "not",
        "never",
        "without",
        "avoid",
        "avoids",
        "avoiding",
        "nothing",
        "neither",
        "nor",
        "cannot",
        "nobody",
        "none",
        "hardly",
        "barely",
        "minus",
        "skip",
        "omit",
        "exclude",
        "excluding",
        "unlike",
        "except",
    ]
)
_SHORT_DENIAL = "n't"
_ENDS_DENIAL = frozenset(
    [
        "but",
        "only",
        "just",
        "instead",
        "then",
        "while",
        "as",
        "until",
        "because",
        "though",
        "although",
        "yet",
        "however",
        "when",
        "where",
        "who",
        "which",
        "that",
    ]
)
_NO_DENIALS = (
    # what holds a denying word and denies nothing of what follows
    ("not", "only"), ("not", "just"), ("no", "doubt"), ("no", "matter"), ("no", "sooner"), ("nothing", "but"),
    ("none", "other"), ("never", "mind"), ("no", "longer", "hides"), ("cannot", "stop"), ("can't", "stop"),
    ("cannot", "help"), ("can't", "help"), ("never", "stops"), ("never", "stop"), ("no", "less"), ("no", "one"),
)  # fmt: skip
_DENYING_PHRASES = (("instead", "of"), ("rather", "than"), ("free", "of"), ("out", "of", "frame"), ("no", "longer"))
_EMPTY = frozenset(
    [
        "a",
        "an",
        "the",
        "any",
        "of",
        "on",
        "in",
        "to",
        "at",
        "by",
        "for",
        "with",
        "from",
        "and",
        "or",
        "her",
        "his",
        "their",
        "its",
        "my",
        "your",
        "our",
        "him",
        "them",
        "it",
        "she",
        "he",
        "they",
        "we",
        "you",
        "i",
        "this",
        "that",
        "these",
        "those",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "do",
        "does",
        "did",
        "don't",
        "show",
        "see",
        "want",
        "need",
        "have",
        "has",
        "us",
        "me",
        "any",
        "more",
        "shots",
        "shot",
        "frame",
        "picture",
        "image",
        "please",
        "scene",
        "ever",
    ]
)
_REACH = 4
"""Words of meaning that a denial covers at most."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word in lower case; whether it is denied, and the number of its clause."""

    text: str
    is_denied: bool
    clause: int


def read_words(description: str) -> tuple[Word, ...]:
    """The description's words in order; hyphens part words."""
    tokens = [token.lower().replace("’", "'") for token in _WORD.findall(description)]
    words: list[Word] = []
    clause, left, at = 0, 0, 0
    while at < len(tokens):
        token = tokens[at]
        if token in _BREAKS:
            clause, left, at = clause + 1, 0, at + 1
            continue
        spared = _starting(tokens, at, _NO_DENIALS)
        if spared:
            words += [Word(each, False, clause) for each in tokens[at : at + spared]]
            at += spared
            continue
        opened = _starting(tokens, at, _DENYING_PHRASES)
        if opened or token in _DENIES or token.endswith(_SHORT_DENIAL):
            length = opened or 1
            words += [Word(each, False, clause) for each in tokens[at : at + length]]
            left, at = _REACH, at + length
            continue
        if token in _ENDS_DENIAL:
            left = 0
        words.append(Word(token, left > 0, clause))
        if left and token not in _EMPTY:
            left -= 1
        at += 1
    return tuple(words)


def _starting(tokens: Sequence[str], at: int, phrases: Iterable[tuple[str, ...]]) -> int:
    """Length of the phrase that begins here, 0 for none."""
    return next((len(each) for each in phrases if tuple(tokens[at : at + len(each)]) == each), 0)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sequence of words, each in any of its forms."""

    forms: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, text: str) -> Phrase:
        """``run+`` stands for all forms of the verb, other words also for their plural; ``a/b`` for either."""
        return cls(
            tuple(frozenset().union(*(_forms(each) for each in word.split("/"))) for word in text.lower().split())
        )

    def places(self, words: Sequence[Word], *, beginning: str) -> list[int]:
        """Where it stands with that first word, within one clause."""
        size = len(self.forms)
        return [
            at
            for at in range(len(words) - size + 1)
            if words[at].text == beginning
            and all(word.text in form for word, form in zip(words[at : at + size], self.forms, strict=True))
            and words[at].clause == words[at + size - 1].clause
        ]


@lru_cache(maxsize=4096)
def _forms(word: str) -> frozenset[str]:
    if not word.endswith("+"):
        return frozenset({word, f"{word}s", f"{word}'s"}) if len(word) > 2 else frozenset({word})
    verb = word[:-1]
    stem = verb.removesuffix("e")
    doubled = verb + verb[-1]
    forms = {verb, f"{verb}s", f"{verb}es", f"{stem}ing", f"{stem}ed", f"{doubled}ing", f"{doubled}ed"}
    if verb.endswith("y"):
        forms |= {f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"}
    return frozenset(forms)
