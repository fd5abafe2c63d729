"""What a drawn thing is: its look, its kind, and the parts that many things share.

Belongs here: `Kind`, `Look`, labels and bodies.
Does not: any one thing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from numpy.typing import ArrayLike

from refpipe.backends.model_pack.asset_dice import Colour, Dice, readable_on
from refpipe.backends.model_pack.asset_pen import Pen, star, turned

SHADES = {"glass": "gloss", "plastic": "gloss", "metal": "metal", "ceramic": "gloss", "leather": "round"}
SHADES |= {"cardboard": "fall", "canvas": "cloth", "cotton": "cloth", "suede": "cloth", "wood": "fall", "wool": "cloth"}
LABEL_WORDS = ("FRESH", "PURE", "No 5", "EXTRA", "MINI", "DAILY", "ECO", "FINE", "OLD", "TOP", "SOFT", "BIG")


@dataclass(frozen=True)
class Look:
    """The colours and the material of one thing."""

    body: Colour
    accent: Colour
    material: str

    @property
    def shade(self) -> str:
        """How its body takes the light."""
        return SHADES.get(self.material, "round")


@dataclass(frozen=True)
class Kind:
    """One kind of thing: its drawing, the materials it comes in, and other words for it."""

    draw: Callable[[Pen, Dice, Look], None]
    materials: tuple[str, ...]
    other_words: tuple[str, ...] = ()
    is_flat_lay: bool = False


def label(pen: Pen, dice: Dice, x0: float, y0: float, x1: float, y1: float, ground: Colour) -> None:
    """A printed label: a word, lines or a device on a ground."""
    pen.box(x0, y0, x1, y1, ground, "round", 0.01)
    ink, x, wide, high = readable_on(ground), (x0 + x1) / 2, x1 - x0, y1 - y0
    style = dice.build(("word", "lines", "dot", "leaf", "star"))
    if style == "word":
        pen.word(dice.pick(LABEL_WORDS), x, y0 + high * 0.4, high * 0.3, ink, wide * 0.8)
    elif style == "dot":
        pen.oval(x, y0 + high * 0.42, min(wide, high) * 0.25, min(wide, high) * 0.25, ink)
    elif style == "leaf":
        r = min(wide, high) * 0.25
        pen.shape(turned([(0, y0 + high * 0.42 - r), (r * 0.6, y0 + high * 0.42), (0, y0 + high * 0.42 + r)], x), ink)
    elif style == "star":
        pen.shape(star(x, y0 + high * 0.42, min(wide, high) * 0.3, 5), ink)
    for line in range(dice.whole(1, 3)):
        y = y0 + high * (0.74 + 0.09 * line)
        pen.stroke([(x - wide * 0.3, y), (x + wide * (0.3 - 0.06 * line), y)], 0.006, ink, opacity=0.7)


def body(pen: Pen, look: Look, points: ArrayLike) -> None:
    """The main part; glass lets a little of the background through."""
    pen.shape(points, look.body, look.shade, 0.86 if look.material == "glass" else 1.0)
