"""Why a shot was chosen for a scene, in words made from what each term gave.

Belongs here: sentences of contributions. Does not: the score itself (scene_match).

A reason names its term and the points that it gave: the total is the sum of all terms' points, so that without a
reason's term the score is less by exactly those points.
"""

from __future__ import annotations

from dataclasses import dataclass

from refpipe.domain.scene_analysis import SceneAnalysis
from refpipe.domain.scene_cues import Intent
from refpipe.domain.scene_match import WEIGHTS, Match, Term
from refpipe.domain.shots import ReferenceShot

_LEAST_SHARE = 0.6
"""A term is a reason where it gives at least this share of its points."""
_INTENTS_OF_TERM = {
    Term.LENS: frozenset({Intent.LENS_35, Intent.LENS_50, Intent.LENS_85, Intent.CLOSE, Intent.FACE, Intent.WIDE}),
    Term.CROP: frozenset(
        {Intent.CLOSE, Intent.FACE, Intent.MEDIUM, Intent.WHOLE_FIGURE, Intent.WIDE, Intent.HANDS, Intent.DISTANT}
    ),
    Term.ANGLE: frozenset(
        {
            Intent.PROFILE, Intent.BEHIND, Intent.REAR_THREE_QUARTER, Intent.THREE_QUARTER_VIEW, Intent.LOW_ANGLE,
            Intent.HIGH_ANGLE, Intent.TURNAROUND, Intent.EYE_CONTACT,
        }
    ),
}  # fmt: skip
_FRAMING = frozenset().union(*_INTENTS_OF_TERM.values())


@dataclass(frozen=True, slots=True)
class Reason:
    """One term's part in the score: its points, out of the most that it can give, and a sentence."""

    term: Term
    points: float
    sentence: str


def reasons_for(analysis: SceneAnalysis, shot: ReferenceShot, match: Match, quality: float | None) -> list[Reason]:
    """The terms that spoke for a shot, the weightiest first."""
    given = [(match.points(term), term) for term in Term if match.terms[term] >= 100 * _LEAST_SHARE]
    if quality is None:
        given = [(points, term) for points, term in given if term is not Term.QUALITY]
    return [
        Reason(term, round(points, 2), _sentence(analysis, shot, term, points, quality))
        for points, term in sorted(given, key=lambda each: (-each[0], list(Term).index(each[1])))
    ]


def _sentence(analysis: SceneAnalysis, shot: ReferenceShot, term: Term, points: float, quality: float | None) -> str:
    said = _because(analysis, term)
    return f"{_what(analysis, shot, term, quality)}{said} (+{points:.1f} of {100 * WEIGHTS[term]:g})"


def _what(analysis: SceneAnalysis, shot: ReferenceShot, term: Term, quality: float | None) -> str:
    match term:
        case Term.SCENE_TYPE:
            said = f"serves {_article(analysis.scene_type.value)} scene"
        case Term.LENS:
            said = f"{shot.lens_mm:g} mm lens"
        case Term.CROP:
            said = f"{shot.crop.value.replace('_', ' ')} framing"
        case Term.ANGLE:
            above = "above" if shot.elevation_deg > 0 else "below"
            height = f", {abs(shot.elevation_deg):g}° from {above}" if shot.elevation_deg else ""
            said = f"seen from {shot.relative_view_deg:+g}°{height}"
        case Term.TONE:
            said = f"{shot.expression.value} expression for {_article(analysis.tone.value)} tone"
        case Term.COMPOSITION:
            needs = [name.replace("_", " ") for name, is_needed in analysis.needs.items() if is_needed]
            said = f"composition holds {' and '.join(needs)}" if needs else "nothing more is asked of the composition"
        case Term.QUALITY:
            said = f"measured quality {quality:.0f}"
    return said


def _because(analysis: SceneAnalysis, term: Term) -> str:
    intents = _INTENTS_OF_TERM.get(term, frozenset())
    if term is Term.TONE:
        intents = frozenset(analysis.named) - _FRAMING
    words = [word for intent, said in analysis.named.items() if intent in intents for word in said]
    return f': "{words[0]}"' if words else ""


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
