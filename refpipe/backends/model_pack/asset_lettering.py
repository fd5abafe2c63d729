"""Letters for logos: a small alphabet of strokes, and PIL's own face bent in several ways.

Belongs here: words as covers (masks), in styles.
Does not: icons, colours, layouts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.model_pack.asset_dice import Dice
from refpipe.backends.model_pack.asset_pen import word_mask

# Strokes on a grid 4 wide and 6 high: "xy xy" pairs make a line, commas part the lines.
STROKES: dict[str, str] = {
    "A": "06 20 46,13 33",
    "B": "00 06 36 45 44 33 03,33 42 41 30 00",
    "C": "41 30 10 01 05 16 36 45",
    "D": "00 06 26 44 42 20 00",
    "E": "40 00 06 46,03 33",
    "F": "40 00 06,03 33",
    "G": "41 30 10 01 05 16 36 45 43 23",
    "H": "00 06,40 46,03 43",
    "I": "20 26",
    "J": "40 45 36 16 05",
    "K": "00 06,40 03 46",
    "L": "00 06 46",
    "M": "06 00 23 40 46",
    "N": "06 00 46 40",
    "O": "10 01 05 16 36 45 41 30 10",
    "P": "06 00 30 41 42 33 03",
    "Q": "10 01 05 16 36 45 41 30 10,24 46",
    "R": "06 00 30 41 42 33 03,23 46",
    "S": "41 30 10 01 02 13 33 44 45 36 16 05",
    "T": "00 40,20 26",
    "U": "00 05 16 36 45 40",
    "V": "00 26 40",
    "W": "00 16 22 36 40",
    "X": "00 46,40 06",
    "Y": "00 23 40,23 26",
    "Z": "00 40 06 46",
}
WORDS: tuple[str, ...] = (
    *("RIVER", "BLOOM", "STONE", "NORTH", "LIGHT", "CLOUD", "EMBER", "FIELD"),
    *("OCEAN", "PINE", "SOLAR", "TIDE", "MAPLE", "VELVET", "HARBOR", "WILLOW"),
    *("COPPER", "MEADOW", "FROST", "HONEY", "SPARK", "CEDAR", "LINEN", "MOSS"),
)
HELD_OUT_WORDS = ("GARDEN", "SILK", "THUNDER", "OLIVE", "CORAL", "DUNE", "FABLE", "LOTUS")
STYLES = ("plain", "bold", "outlined", "slanted", "spaced", "stroke", "thin stroke", "heavy stroke", "narrow", "wide")
HELD_OUT_STYLES = ("slanted stroke", "outlined bold", "wide thin stroke")
STYLE_WORDS = {"bold": "bold", "heavy stroke": "bold", "outlined": "outlined", "outlined bold": "outlined"}
STYLE_WORDS |= {"slanted": "italic", "slanted stroke": "italic", "spaced": "widely spaced", "thin stroke": "thin line"}
STYLE_WORDS |= {"wide thin stroke": "thin line", "narrow": "narrow", "wide": "wide"}


def drawn_word(dice: Dice) -> tuple[str, str]:
    """A word and a lettering style."""
    if dice.is_held_out:
        return dice.pick(HELD_OUT_WORDS), dice.pick(HELD_OUT_STYLES)
    return dice.pick(WORDS), dice.pick(STYLES)


def lettering(word: str, style: str, height_px: int) -> NDArray[np.uint8]:
    """(rows, columns) cover of a word in a style, capitals about `height_px` high."""
    import cv2

    cover = stroked(word, style, height_px) if "stroke" in style else faced(word, style, height_px)
    if style.startswith("slanted"):
        high, wide = cover.shape
        lean = 0.25
        matrix = np.array([[1, -lean, lean * high], [0, 1, 0]], np.float32)
        cover = cv2.warpAffine(cover, matrix, (wide + round(lean * high), high)).astype(np.uint8)
    stretch = {"narrow": 0.62, "wide": 1.5}.get(style.split(" ", maxsplit=1)[0], 1.0)
    if stretch != 1.0:
        size = (max(2, round(cover.shape[1] * stretch)), cover.shape[0])
        cover = cv2.resize(cover, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return cover


def faced(word: str, style: str, height_px: int) -> NDArray[np.uint8]:
    """A word in PIL's own face."""
    import cv2

    plain = word_mask("  ".join(word) if style == "spaced" else word, height_px)
    weight = max(2, height_px // 9)
    around = np.pad(plain, weight + 1)
    if style == "plain" or style in {"spaced", "slanted", "narrow", "wide"}:
        return np.asarray(around, np.uint8)
    nib = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (weight, weight))
    fat = np.asarray(cv2.dilate(around, nib), np.uint8)
    if style == "bold":
        return fat
    rim = max(2, height_px // (12 if style == "outlined" else 8))
    wider = np.asarray(cv2.dilate(fat, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (rim + 1, rim + 1))), np.uint8)
    return np.asarray(wider - np.minimum(wider, around if style == "outlined" else fat), np.uint8)


def stroked(word: str, style: str, height_px: int) -> NDArray[np.uint8]:
    """A word of strokes."""
    import cv2

    share = {"thin stroke": 0.05, "wide thin stroke": 0.05, "heavy stroke": 0.22}.get(style, 0.12)
    nib = max(2, round(height_px * share))
    cell = height_px / 6
    step = cell * 4 + nib * 1.3 + cell * 0.6
    cover = np.zeros((height_px + nib * 2, round(step * len(word)) + nib * 2), np.uint8)
    for place, letter in enumerate(word):
        for line in STROKES.get(letter, "").split(","):
            points = [(nib + place * step + int(pair[0]) * cell, nib + int(pair[1]) * cell) for pair in line.split()]
            if points:
                cv2.polylines(
                    cover, [np.round(np.array(points) * 16).astype(np.int32)], False, 255, nib, cv2.LINE_AA, 4
                )
    return cover
