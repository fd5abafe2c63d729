"""Which of several characters a picture shows, when that can be said.

Belongs here: from comparisons with each to one answer. Does not: cosines, what a single comparison says (consistency).

A consistency is a probability for a pair of which nothing is known beforehand. Among n characters a chance likeness
comes up n times as often, so pairs alone would name somebody too readily. Taken together: half the pictures are
supposed to show none of them, the other half each character alike, and each of its outfits alike; a pair's odds
p / (1 − p) weigh these expectations (Bayes). The answer is a character where that probability reaches the threshold
and the pair by itself passes; nobody where every pair by itself fails; else a person has to look.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from refpipe.domain.consistency import Consistency, Stance

NOBODY_BEFOREHAND = 0.5
"""Share of pictures that are supposed to show none of the characters compared."""
_SUREST = 1.0 - 1e-9


class Outcome(StrEnum):
    """What can be said."""

    MATCH = "match"
    NOBODY = "nobody"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A picture beside what one character in one outfit is compared with."""

    character: str
    outfit: str
    sha256: str
    beside: str
    cosine: float
    consistency: Consistency


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """One character in the outfit that fits best; ``probability`` 0–100 that the picture shows this one, None where
    the comparison says nothing.
    """

    best: Compared
    probability: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The answer. ``candidates`` begin with the likeliest; ``why`` is filled where nothing can be said."""

    outcome: Outcome
    candidates: tuple[Likely, ...]
    why: str = ""

    @property
    def found(self) -> Likely | None:
        """The character that the picture shows."""
        return self.candidates[0] if self.outcome is Outcome.MATCH else None


def match_character(compared: Sequence[Compared], threshold: float) -> Match:
    """Whom the picture shows; ``threshold`` 0–100, as the gate has it for consistency."""
    if not compared:
        return Match(outcome=Outcome.UNDECIDED, candidates=(), why="there is nobody to compare it with")
    candidates = _in_order(compared)
    silent = next((each.consistency for each in compared if each.consistency.score is None), None)
    if silent is not None:
        return Match(outcome=Outcome.UNDECIDED, candidates=candidates, why=silent.why)
    if all(each.consistency.stance(threshold) is Stance.DIFFERENT for each in compared):
        return Match(outcome=Outcome.NOBODY, candidates=candidates)
    first = candidates[0]
    passes = first.best.consistency.stance(threshold) is Stance.SAME
    if passes and first.probability is not None and first.probability >= threshold:
        return Match(outcome=Outcome.MATCH, candidates=candidates)
    return Match(outcome=Outcome.UNDECIDED, candidates=candidates, why=_why(candidates, threshold))


def _in_order(compared: Sequence[Compared]) -> tuple[Likely, ...]:
    outfits = Counter(each.character for each in compared)
    of_each = (1.0 - NOBODY_BEFOREHAND) / len(outfits)
    weights: defaultdict[str, float] = defaultdict(float)
    best: dict[str, Compared] = {}
    for each in compared:
        weights[each.character] += of_each / outfits[each.character] * _odds(each.consistency)
        if each.character not in best or each.cosine > best[each.character].cosine:
            best[each.character] = each
    total = NOBODY_BEFOREHAND + sum(weights.values())
    likely = [
        Likely(best=each, probability=None if each.consistency.score is None else 100 * weights[name] / total)
        for name, each in best.items()
    ]
    return tuple(sorted(likely, key=lambda each: (-(each.probability or 0.0), -each.best.cosine)))


def _odds(consistency: Consistency) -> float:
    probability = min((consistency.score or 0.0) / 100.0, _SUREST)
    return probability / (1.0 - probability)


def _why(candidates: Sequence[Likely], threshold: float) -> str:
    first = candidates[0]
    alike = [each.best.character for each in candidates if each.best.consistency.stance(threshold) is Stance.SAME]
    if len(alike) > 1:
        return f"it is like more than one: {', '.join(alike)}"
    return f"{first.best.character} is likeliest, at {first.probability or 0.0:.0f} of 100: {threshold:g} is needed"
