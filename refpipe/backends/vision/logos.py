"""What a picture's pixels say of its kind: the logo cues' measures, and further facts (R-LIB-3, 5).

Belongs here: measuring. Does not: what follows from it (domain.logo_cues, domain.asset_verdicts).

Facts are measured on a copy of at most 256 pixels, so that they mean the same for a thumbnail and for a photograph;
the five cues on one of at most 512, as the documents have them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.vision.grounds import Seen
from refpipe.domain.asset_analysis import DominantColour
from refpipe.domain.colours import lab_of
from refpipe.domain.logo_cues import Cue, LogoMeasures

REVISION = "1"
"""Raise it whenever the same picture is measured otherwise."""
FACTS = (
    "used_alpha",
    "transparent",
    "touches_edge",
    "bytes_a_pixel",
    "grey_levels",
    "edges",
    "aspect",
    "flat",
    "soft",
    "border_spread",
    "evenness",
    "chroma",
    "lightness",
    "largest_colour",
    "two_colours",
    "middle_differs",
    "cue_score",
)
_CUES_PX, _FACTS_PX = 512, 256
_CANNY = (100, 200)
_BORDER = 0.06
_BLOCKS = 4
_STILL, _EDGE = 0.25, 4.0
"""Steps of lightness (L) from one pixel to the next: not seen, and an edge."""

Floats = NDArray[np.float32]


def logo_measures(picture: Seen, original_bytes: int) -> LogoMeasures:
    """The cues' measures. ``original_bytes``: the size of the uploaded file."""
    import cv2

    high, wide = picture.laid.shape[:2]
    grey = cv2.cvtColor(_at_most(picture.laid, _CUES_PX), cv2.COLOR_RGB2GRAY)
    edges = cv2.Canny(grey, *_CANNY)
    transparent = 0.0 if picture.pixels.shape[2] == 3 else float((picture.pixels[..., 3] < 128).mean())
    return LogoMeasures(
        transparent_share=transparent,
        bytes_a_pixel=original_bytes / (high * wide),
        grey_levels=len(np.unique(cv2.cvtColor(picture.laid, cv2.COLOR_RGB2GRAY))),
        edge_density=float((edges > 0).mean()),
        aspect=wide / high,
        ground=picture.ground,
    )


def facts(
    picture: Seen, measures: LogoMeasures, colours: Sequence[DominantColour], cues: Sequence[Cue]
) -> dict[str, float]:
    """Numbers by which kinds of pictures differ; every name of FACTS is there."""
    laid = _at_most(picture.laid, _FACTS_PX)
    lab = lab_of(laid).astype(np.float32)
    alpha: Floats = np.ones(lab.shape[:2], np.float32)
    if picture.pixels.shape[2] == 4:
        alpha = (_at_most(picture.pixels[..., 3:], _FACTS_PX).reshape(lab.shape[:2]) / 255).astype(np.float32)
    opaque = alpha >= 0.5
    body = lab[opaque] if opaque.any() else lab.reshape(-1, 3)
    shares = [each.share for each in colours] or [0.0]
    return {
        "used_alpha": float(measures.transparent_share > 0),
        "transparent": measures.transparent_share,
        "bytes_a_pixel": float(np.log(max(measures.bytes_a_pixel, 1e-3))),
        "grey_levels": measures.grey_levels / 256,
        "edges": measures.edge_density,
        "aspect": float(np.log(measures.aspect)),
        "chroma": float(np.hypot(body[:, 1], body[:, 2]).mean()) / 100,
        "lightness": float(body[:, 0].mean()) / 100,
        "largest_colour": shares[0],
        "two_colours": sum(shares[:2]),
        "cue_score": sum(cue.weight for cue in cues if cue.holds),
        **_gradients(lab, opaque),
        **_layout(lab, alpha),
    }


def style_facts(measured: Mapping[str, float], colours: Sequence[DominantColour], measures: LogoMeasures) -> list[str]:
    """Tags that follow from what was measured, by the rules that asset_words.yaml names."""
    tags = []
    if measured["used_alpha"] and measured["transparent"] > 0.05:
        tags.append("cut_out")
    if measured["flat"] > 0.75 and measured["two_colours"] > 0.6:
        tags.append("flat")
    if measured["chroma"] < 0.06:
        tags.append("monochrome")
    elif measured["chroma"] > 0.45:
        tags.append("vivid")
    elif measured["chroma"] < 0.25 and measured["lightness"] > 0.75:
        tags.append("pastel")
    if measured["lightness"] < 0.3:
        tags.append("dark")
    elif measured["lightness"] > 0.8:
        tags.append("bright")
    if len([each for each in colours if each.share >= 0.04]) <= 2:
        tags.append("minimal")
    if measured["evenness"] > 0.9 and measures.edge_density > 0.05:
        tags.append("patterned")
    return tags


def _at_most(pixels: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    import cv2

    high, wide = pixels.shape[:2]
    by = side_px / max(high, wide)
    if by >= 1:
        return pixels
    size = (max(_BLOCKS, round(wide * by)), max(_BLOCKS, round(high * by)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _gradients(lab: Floats, opaque: NDArray[np.bool_]) -> dict[str, float]:
    """Of what is opaque and on no edge the share that is quite flat; and of all that is opaque the share that changes
    softly, as a lit, round thing does."""
    light = lab[..., 0]
    across, down = np.abs(np.diff(light, axis=1))[:-1], np.abs(np.diff(light, axis=0))[:, :-1]
    step = np.maximum(across, down)
    inside = opaque[:-1, :-1] & opaque[1:, :-1] & opaque[:-1, 1:]
    kept = step[inside] if inside.any() else step.ravel()
    calm = kept[kept < _EDGE]
    flat = float((calm < _STILL).mean()) if len(calm) else 1.0
    return {"flat": flat, "soft": float(((kept >= _STILL) & (kept < _EDGE)).mean())}


def _layout(lab: Floats, alpha: Floats) -> dict[str, float]:
    """How alike the border is all round, how alike the blocks of the picture are, and how much its middle differs."""
    high, wide = lab.shape[:2]
    rim = max(1, round(_BORDER * min(high, wide)))
    is_border = np.ones((high, wide), bool)
    is_border[rim : high - rim, rim : wide - rim] = False
    border = lab[is_border]
    middle = lab[high // 4 : high - high // 4 or None, wide // 4 : wide - wide // 4 or None].reshape(-1, 3)
    common = np.median(border, axis=0)
    whole = float(lab.reshape(-1, 3).var(axis=0).sum())
    rows, columns = np.linspace(0, high, _BLOCKS + 1).astype(int), np.linspace(0, wide, _BLOCKS + 1).astype(int)
    blocks = np.array(
        [
            lab[top:low, left:right].reshape(-1, 3).mean(axis=0)
            for top, low in itertools.pairwise(rows)
            for left, right in itertools.pairwise(columns)
        ]
    )
    return {
        "touches_edge": float((alpha[is_border] >= 0.5).mean()),
        "border_spread": float(np.linalg.norm(border - common, axis=1).mean()) / 50,
        "evenness": 1.0 if whole < 1e-3 else 1 - float(blocks.var(axis=0).sum()) / whole,
        "middle_differs": float((np.linalg.norm(middle - common, axis=1) > 15).mean()),
    }
