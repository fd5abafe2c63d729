"""A character's body and clothes in words, for generators that read words.

Belongs here: turning the sheet's enumerations and colours into plain English. Does not: what
else a prompt holds (prompts), how the figure is built (previs).
"""

from __future__ import annotations

from refpipe.domain.characters import (
    FacialHair,
    Garment,
    GarmentKind,
    GenderPresentation,
    HairStyle,
    HatShape,
    Mark,
    Outfit,
    Pattern,
    Physical,
    Side,
)

_COLOURS = {
    "black": "#0a0a0a",
    "charcoal": "#36393d",
    "grey": "#808080",
    "light grey": "#c4c4c4",
    "white": "#f7f7f5",
    "cream": "#f1e7cf",
    "beige": "#d8c3a5",
    "tan": "#c59a6d",
    "light brown": "#a0744c",
    "brown": "#6b4426",
    "dark brown": "#3b2a20",
    "maroon": "#6d1a26",
    "red": "#c8202b",
    "coral": "#f0785a",
    "orange": "#ee7d1d",
    "amber": "#d99a1c",
    "yellow": "#f3d32f",
    "blonde": "#dcbf82",
    "olive": "#6b6b2a",
    "green": "#2f8a3d",
    "dark green": "#1f4a2c",
    "mint": "#a5dcc0",
    "teal": "#14787a",
    "light blue": "#9cc7e8",
    "blue": "#2b5fc0",
    "navy": "#1b2745",
    "purple": "#6a3a98",
    "lavender": "#b9a4dc",
    "pink": "#eda3b8",
    "magenta": "#c02a86",
}


def colour_words(colour: str) -> str:
    """The nearest everyday name of an sRGB colour ``#rrggbb``, with the exact value after it."""
    wanted = _lab(colour)
    nearest = min(
        _COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(wanted, _lab(_COLOURS[name]), strict=True))
    )
    return f"{nearest} ({colour})"


def _lab(colour: str) -> tuple[float, float, float]:
    """CIE 1976 L*a*b* of an sRGB colour under D65, where distances are close to what the eye sees."""
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def physique_words(physical: Physical) -> str:
    """Age, presentation, height, build, hair, eyes, skin and marks in one phrase, then the sheet's own words."""
    parts = [
        f"{physical.age_years}-year-old {_person(physical)}",
        f"{physical.height_m:.2f} m tall",
        f"{physical.build.value} build",
        _hair_words(physical),
        f"{colour_words(physical.eyes)} eyes",
        f"{colour_words(physical.skin)} skin",
        *(_mark_words(mark) for mark in physical.marks),
    ]
    words = ", ".join(parts)
    return f"{words}; {physical.description}" if physical.description else words


def _person(physical: Physical) -> str:
    child = physical.age_years < 14
    return {
        GenderPresentation.FEMININE: "girl" if child else "woman",
        GenderPresentation.MASCULINE: "boy" if child else "man",
        GenderPresentation.ANDROGYNOUS: "androgynous child" if child else "androgynous person",
    }[physical.gender_presentation]


_HAIR = {
    HairStyle.BUZZ: "{} hair in a buzz cut",
    HairStyle.SHORT: "short {} hair",
    HairStyle.SIDE_PART: "{} hair with a side parting",
    HairStyle.CURLY: "curly {} hair",
    HairStyle.BOB: "{} hair in a bob",
    HairStyle.LONG: "long {} hair",
    HairStyle.PONYTAIL: "{} hair in a ponytail",
    HairStyle.BUN: "{} hair in a bun",
}


def _hair_words(physical: Physical) -> str:
    hair = physical.hair
    colour = colour_words(hair.colour)
    # the patterns are this module's own constants; nothing from a sheet is ever used as a pattern
    head = "bald" if hair.style is HairStyle.BALD else _HAIR[hair.style].format(colour)
    return head if hair.facial_hair is FacialHair.NONE else f"{head}, {hair.facial_hair.value}"


def _mark_words(mark: Mark) -> str:
    place = mark.place.value if mark.side is Side.MIDDLE else f"own {mark.side.value} {mark.place.value}"
    return f"{mark.kind.value} on the {place}"


def wardrobe_words(outfit: Outfit) -> str:
    """The garments from the skin outwards, then the outfit's own words."""
    words = ", ".join(_garment_words(garment) for garment in outfit.garments)
    return f"{words}; {outfit.description}" if outfit.description else words


_PATTERNS = {Pattern.STRIPES: "striped", Pattern.CHECKS: "checked", Pattern.DOTS: "dotted"}


def _garment_words(garment: Garment) -> str:
    colours = colour_words(garment.colour)
    if garment.second_colour is not None and garment.pattern is not Pattern.PLAIN:
        colours = f"{_PATTERNS[garment.pattern]} {colours} and {colour_words(garment.second_colour)}"
    cut = "short-cut " if garment.length < 0.8 else "long-cut " if garment.length > 1.2 else ""
    words = f"{cut}{colours} {_garment_noun(garment)}"
    return f"{words} ({garment.description})" if garment.description else words


def _garment_noun(garment: Garment) -> str:
    if garment.kind is GarmentKind.GLOVES and garment.side is not Side.MIDDLE:
        return f"glove on the own {garment.side.value} hand"
    if garment.kind is GarmentKind.HAT:
        return "brimmed hat" if garment.hat is HatShape.BRIMMED else garment.hat.value
    return {GarmentKind.T_SHIRT: "t-shirt"}.get(garment.kind, garment.kind.value)
