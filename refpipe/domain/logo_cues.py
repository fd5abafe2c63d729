"""Is it a logo? Five cues that a picture's numbers give, and what they say together (R-LIB-5).

Belongs here: the cues, their weights and limits, the verdict by cues alone and its reasons. Does not: measuring them,
the fused verdict (asset_verdicts).

The documents' rule takes a picture for a logo from a score above .5, and by it an ordinary product cut-out (.30 + .25
for its alpha and few bytes) is one. The score is therefore one input of the fused verdict and decides nothing alone.
"""

from __future__ import annotations

from dataclasses import dataclass

DOCUMENTS_LIMIT = 0.5
FEW_BYTES_A_PIXEL = 0.5
FEW_GREY_LEVELS = 50
MANY_EDGES = 0.1
LEAST_ASPECT, MOST_ASPECT = 0.5, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoMeasures:
    """What is measured of a picture, transparent ones on a ground on which they are seen.

    ``transparent_share``: share of pixels less than half opaque. ``bytes_a_pixel``: of the file as it was uploaded.
    ``grey_levels``: how many of 256 occur. ``edge_density``: share of pixels on an edge. ``aspect``: width / height.
    ``ground``: what it was laid on, empty where it is opaque.
    """

    transparent_share: float
    bytes_a_pixel: float
    grey_levels: int
    edge_density: float
    aspect: float
    ground: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One cue: how much it counts where it holds, and the reason in words, with its number."""

    name: str
    weight: float
    holds: bool
    reason: str


def logo_cues(measures: LogoMeasures) -> tuple[Cue, ...]:
    """The documents' five cues of a picture, in their order."""
    uses_alpha = measures.transparent_share > 0
    few_bytes = measures.bytes_a_pixel < FEW_BYTES_A_PIXEL
    few_levels = measures.grey_levels < FEW_GREY_LEVELS
    many_edges = measures.edge_density > MANY_EDGES
    is_compact = LEAST_ASPECT <= measures.aspect <= MOST_ASPECT
    return (
        Cue(
            name="used_alpha",
            weight=0.30,
            holds=uses_alpha,
            reason=f"{100 * measures.transparent_share:.0f} % of it is transparent" if uses_alpha else "it is opaque",
        ),
        Cue(
            name="few_bytes",
            weight=0.20,
            holds=few_bytes,
            reason=f"{measures.bytes_a_pixel:.2f} bytes a pixel ({_side(few_bytes)} {FEW_BYTES_A_PIXEL:g})",
        ),
        Cue(
            name="few_grey_levels",
            weight=0.25,
            holds=few_levels,
            reason=f"{measures.grey_levels} grey levels ({_side(few_levels)} {FEW_GREY_LEVELS})",
        ),
        Cue(
            name="many_edges",
            weight=0.15,
            holds=many_edges,
            reason=f"{100 * measures.edge_density:.0f} % of pixels on edges ({_side(not many_edges)} "
            f"{100 * MANY_EDGES:.0f} %)",
        ),
        Cue(
            name="compact",
            weight=0.10,
            holds=is_compact,
            reason=f"width is {measures.aspect:.2f} times the height "
            f"({'within' if is_compact else 'outside'} {LEAST_ASPECT:g} to {MOST_ASPECT:g})",
        ),
    )


def cue_score(cues: tuple[Cue, ...]) -> float:
    """Sum of the weights of the cues that hold, 0–1."""
    return round(sum(cue.weight for cue in cues if cue.holds), 2)


def is_logo_by_cues(score: float) -> bool:
    """The documents' rule."""
    return score > DOCUMENTS_LIMIT


def _side(is_under: bool) -> str:
    return "under" if is_under else "not under"
