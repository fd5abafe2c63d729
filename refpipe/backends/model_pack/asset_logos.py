"""Logos: wordmarks, monograms, emblems, badges, and an icon with a word.

Belongs here: icons, layouts and grounds of logos.
Does not: the letters themselves; logos of real firms, which are never drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.model_pack.asset_dice import COLOURS, Colour, Dice, Plane, contrast, readable_on
from refpipe.backends.model_pack.asset_icons import HELD_OUT_ICONS, ICONS
from refpipe.backends.model_pack.asset_lettering import STYLE_WORDS, drawn_word, lettering
from refpipe.backends.model_pack.asset_pen import Pen, polygon, rounded, star
from refpipe.backends.model_pack.asset_textures import TEXTURES

LAYOUTS = ("wordmark", "monogram", "emblem", "badge", "icon and word")
GROUNDS = ("transparent background", "white background", "dark background", "coloured background", "photographed")
SURFACES = ("concrete", "wood", "fabric", "paper", "brick", "leather", "brushed metal")


@dataclass(frozen=True)
class Logo:
    """A finished logo: (size, size, 4) plane on which alpha may be 0, and what it is."""

    plane: Plane
    attributes: dict[str, str]


def logo(dice: Dice, size_px: int) -> Logo:
    """One logo on its ground."""
    layout = dice.pick(LAYOUTS)
    first, second = dice.colour_pair(layout)
    ground = dice.pick(GROUNDS)
    attributes = {"object": layout, "style": layout, "background": ground}
    if ground in {"transparent background", "dark background"} and dice.chance(0.4):
        first = "white"
    ground_name, ground_colour = ground_for(dice, ground, first)
    if layout in {"wordmark", "badge"} or contrast(COLOURS[second], ground_colour) < 0.5 or first == second:
        second = first
    pen = Pen(size_px * 3 // 2)
    named = draw(pen, dice, layout, dice.tint(first), dice.tint(second))
    attributes |= {"colour": first} | named
    if second != first:
        attributes["second_colour"] = second
    if ground == "photographed":
        surface = dice.pick(SURFACES)
        attributes |= {"background": f"{ground_name} {surface}", "material": surface}
        return Logo(photographed(dice, pen, surface, COLOURS[ground_name], size_px), attributes)
    if ground == "coloured background":
        attributes["background"] = f"{ground_name} background"
    plane = shrunk(pen.plane, size_px)
    if ground != "transparent background":
        plane = over(plane, np.broadcast_to(np.asarray(ground_colour, np.float32), (size_px, size_px, 3)))
    return Logo(plane, attributes)


def ground_for(dice: Dice, ground: str, colour: str) -> tuple[str, Colour]:
    """A colour to put the mark on, well apart from the mark's own."""
    if ground == "transparent background":
        return "", COLOURS["grey"]
    if ground == "white background" and contrast(COLOURS[colour], COLOURS["white"]) > 0.35:
        return "white", COLOURS["white"]
    if ground == "dark background" and contrast(COLOURS[colour], COLOURS["black"]) > 0.45:
        return "black", (0.09, 0.09, 0.1)
    while True:
        name = dice.pick(tuple(COLOURS))
        if contrast(COLOURS[name], COLOURS[colour]) > 0.55:
            return name, dice.tint(name)


def draw(pen: Pen, dice: Dice, layout: str, first: Colour, second: Colour) -> dict[str, str]:
    """Draw a layout; returns the word, the lettering and the icon in it."""
    word, style = drawn_word(dice)
    is_kept_back = dice.is_held_out and dice.chance(0.7)
    icon = dice.pick(HELD_OUT_ICONS if is_kept_back else tuple(ICONS)[: -len(HELD_OUT_ICONS)])
    named = {"word": word, "lettering": STYLE_WORDS.get(style, "plain")}
    if layout == "wordmark":
        letters(pen, word, style, (0.5, 0.5), dice.between(0.14, 0.24), 0.9, first)
        if dice.chance(0.3):
            pen.stroke([(0.2, 0.68), (0.8, 0.68)], 0.018, second)
        return named
    if layout == "monogram":
        named["word"] = word[: dice.pick((1, 1, 2))]
        if dice.chance(0.6):
            ring(pen, dice, second)
            letters(pen, named["word"], style, (0.5, 0.5), 0.26, 0.46, first)
        else:
            letters(pen, named["word"], style, (0.5, 0.5), 0.5, 0.8, first)
        return named
    if layout == "emblem":
        if dice.chance(0.35):
            ring(pen, dice, second)
        ICONS[icon](pen, (0.5, 0.5), dice.between(0.22, 0.28), first)
        return {"icon": icon}
    if layout == "badge":
        badge(pen, dice, (word, style), icon, first)
        return named | {"icon": icon}
    if dice.chance(0.5):
        ICONS[icon](pen, (0.5, 0.36), 0.2, first)
        letters(pen, word, style, (0.5, 0.74), 0.13, 0.8, second)
    else:
        ICONS[icon](pen, (0.2, 0.5), 0.14, first)
        letters(pen, word, style, (0.66, 0.5), 0.13, 0.58, second)
    return named | {"icon": icon}


def badge(pen: Pen, dice: Dice, word: tuple[str, str], icon: str, colour: Colour) -> None:
    """A filled shape with an icon over a word, in black or white."""
    outline = dice.build(
        (
            polygon(0.5, 0.5, 0.44, 60),
            star(0.5, 0.5, 0.46, 16, 0.9),
            rounded(0.08, 0.2, 0.92, 0.8, 0.1),
            polygon(0.5, 0.5, 0.46, 6),
        )
    )
    ink = readable_on(colour)
    pen.shape(outline, colour)
    pen.stroke((np.vstack((outline, outline[:1])) - 0.5) * 0.88 + 0.5, 0.014, ink)
    ICONS[icon](pen, (0.5, 0.4), 0.13, ink)
    letters(pen, *word, (0.5, 0.64), 0.1, 0.56, ink)


def ring(pen: Pen, dice: Dice, colour: Colour) -> None:
    """A frame round a mark."""
    outline = dice.build(
        (
            polygon(0.5, 0.5, 0.42, 60),
            rounded(0.1, 0.1, 0.9, 0.9, 0.0),
            polygon(0.5, 0.5, 0.45, 6),
            rounded(0.1, 0.1, 0.9, 0.9, 0.2),
        )
    )
    pen.stroke(np.vstack((outline, outline[:1])), dice.between(0.02, 0.05), colour)


def letters(
    pen: Pen, word: str, style: str, middle: tuple[float, float], height: float, width: float, colour: Colour
) -> None:
    """Write a word in a style round a middle, no wider than `width`."""
    cover = lettering(word, style, round(height * pen.size_px))
    pen.stamp(cover, middle, width, colour)


def shrunk(plane: Plane, size_px: int) -> Plane:
    """The plane at (size, size)."""
    import cv2

    return np.asarray(cv2.resize(plane, (size_px, size_px), interpolation=cv2.INTER_AREA), np.float32)


def over(plane: Plane, ground: NDArray[np.float32]) -> Plane:
    """A plane laid on an opaque ground: (rows, columns, 4)."""
    colours = plane[..., :3] + ground * (1 - plane[..., 3:])
    return np.concatenate((colours, np.ones_like(plane[..., 3:])), axis=2).astype(np.float32)


def photographed(dice: Dice, pen: Pen, surface: str, colour: Colour, size_px: int) -> Plane:
    """The mark printed on a surface, seen a little from the side, with uneven light and noise."""
    import cv2

    size = pen.size_px
    ground = TEXTURES[surface][0](dice, size, colour, readable_on(colour))
    wear = 0.8 + 0.2 * dice.grain(size)
    sheet = over(pen.plane * wear[..., None], ground)[..., :3]
    corners = np.array([(0, 0), (size, 0), (size, size), (0, size)], np.float32)
    pull = np.array([(dice.between(0, 0.14), dice.between(0, 0.14)) for _corner in range(4)], np.float32) * size
    inward = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], np.float32)
    # The view cuts into the surface, so that its edge never shows.
    view = cv2.getPerspectiveTransform(corners + pull * inward, corners * (size_px / size))
    seen = cv2.warpPerspective(sheet, view, (size_px, size_px), flags=cv2.INTER_AREA)
    y, x = np.mgrid[0 : 1 : size_px * 1j, 0 : 1 : size_px * 1j]
    light = 1.1 - 0.45 * np.hypot(x - dice.between(0, 1), y - dice.between(0, 1))
    seen = seen * light[..., None] + (dice.grain(size_px)[..., None] - 0.5) * 0.07
    return np.concatenate((np.clip(seen, 0, 1), np.ones((size_px, size_px, 1))), axis=2).astype(np.float32)
