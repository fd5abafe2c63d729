"""Simple signs for logos: shapes, beasts, plants, weather.

Belongs here: flat one-colour icons round a middle.
Does not: words, layouts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from refpipe.backends.model_pack.asset_dice import Colour
from refpipe.backends.model_pack.asset_pen import Outline, Pen, oval, polygon, smooth, star

Middle = tuple[float, float]
Icon = Callable[[Pen, Middle, float, Colour], None]


def at(middle: Middle, reach: float, points: Sequence[tuple[float, float]] | Outline) -> Outline:
    """Points given round 0, 0 with reach 1, put at their place."""
    return np.asarray(np.asarray(points, np.float64) * reach + middle)


def filled(*outlines: Sequence[tuple[float, float]] | Outline) -> Icon:
    """An icon of filled outlines."""

    def draw(pen: Pen, middle: Middle, reach: float, colour: Colour) -> None:
        for outline in outlines:
            pen.shape(at(middle, reach, outline), colour)

    return draw


def lined(width: float, *lines: Sequence[tuple[float, float]] | Outline) -> Icon:
    """An icon of lines; the width is a share of the reach."""

    def draw(pen: Pen, middle: Middle, reach: float, colour: Colour) -> None:
        for line in lines:
            pen.stroke(at(middle, reach, line), width * reach, colour)

    return draw


def both(first: Icon, second: Icon) -> Icon:
    """Two icons in one place."""

    def draw(pen: Pen, middle: Middle, reach: float, colour: Colour) -> None:
        first(pen, middle, reach, colour)
        second(pen, middle, reach, colour)

    return draw


def spokes(count: int, inner: float, outer: float) -> list[list[tuple[float, float]]]:
    """Lines outwards from a middle."""
    angles = np.radians(np.arange(count) * 360 / count)
    return [
        [(float(np.cos(a)) * inner, float(np.sin(a)) * inner), (float(np.cos(a)) * outer, float(np.sin(a)) * outer)]
        for a in angles
    ]


def spiral() -> Outline:
    """A line winding outwards."""
    turn = np.linspace(0, 6 * np.pi, 90)
    line = np.stack((np.cos(turn), np.sin(turn)), axis=1) * (turn / turn[-1])[:, None]
    return np.asarray(line, np.float64)


MOON = np.vstack((oval(0, 0, 1, 1, 50, 310), oval(0.42, 0, 0.78, 0.78, 290, 70)))
CUBE = polygon(0, 0, 1, 6)
HEART = smooth(
    [(0, -0.45), (0.4, -0.85), (0.95, -0.5), (0.75, 0.2), (0, 0.95), (-0.75, 0.2), (-0.95, -0.5), (-0.4, -0.85)]
)
FLAME = smooth(
    [(0.05, -1), (0.3, -0.4), (0.7, 0.1), (0.55, 0.8), (0, 1), (-0.55, 0.8), (-0.65, 0.1), (-0.3, -0.2), (-0.15, -0.5)]
)
LEAF = smooth([(0.8, -0.9), (0.9, 0), (0.2, 0.75), (-0.6, 0.6), (-0.7, -0.1), (-0.1, -0.75)])
BIRD = smooth([(-1, -0.3), (-0.4, -0.6), (0, -0.05), (0.4, -0.6), (1, -0.3), (0.45, -0.2), (0, 0.5), (-0.45, -0.2)])
SHIELD = [(-0.8, -0.9), (0.8, -0.9), (0.8, 0.1), (0.5, 0.6), (0, 1), (-0.5, 0.6), (-0.8, 0.1)]
ICONS: dict[str, Icon] = {
    "circle": filled(polygon(0, 0, 0.95, 60)),
    "ring": lined(0.3, oval(0, 0, 0.8, 0.8)),
    "triangle": filled([(0, -0.9), (0.95, 0.75), (-0.95, 0.75)]),
    "square": filled([(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)]),
    "diamond": filled([(0, -1), (0.75, 0), (0, 1), (-0.75, 0)]),
    "hexagon": filled(polygon(0, 0, 1, 6)),
    "star": filled(star(0, 0, 1, 5)),
    "shield": filled(SHIELD),
    "leaf": both(filled(LEAF), lined(0.09, [(-0.95, 0.95), (-0.5, 0.45)])),
    "drop": filled(
        smooth([(0, -1), (0.35, -0.3), (0.68, 0.3), (0.4, 0.85), (0, 1), (-0.4, 0.85), (-0.68, 0.3), (-0.35, -0.3)])
    ),
    "flame": filled(FLAME),
    "lightning bolt": filled(
        [(0.2, -1), (-0.6, 0.15), (-0.05, 0.15), (-0.25, 1), (0.65, -0.2), (0.1, -0.2), (0.5, -1)]
    ),
    "mountain": filled([(-1, 0.75), (-0.3, -0.6), (0.0, -0.1), (0.3, -0.45), (1, 0.75)]),
    "wave": lined(
        0.2,
        *[
            smooth([(-0.95, y), (-0.5, y - 0.3), (0, y), (0.5, y + 0.3), (0.95, y)], is_closed=False)
            for y in (-0.45, 0, 0.45)
        ],
    ),
    "sun": both(filled(polygon(0, 0, 0.5, 40)), lined(0.14, *spokes(10, 0.68, 0.98))),
    "moon": filled(MOON),
    "heart": filled(HEART),
    "crown": filled([(-0.95, -0.5), (-0.45, 0), (0, -0.8), (0.45, 0), (0.95, -0.5), (0.75, 0.7), (-0.75, 0.7)]),
    "tree": filled([(0, -1), (0.75, 0.5), (-0.75, 0.5)], [(-0.12, 0.45), (0.12, 0.45), (0.12, 0.95), (-0.12, 0.95)]),
    "flower": filled(*[oval(x[1][0], x[1][1], 0.36, 0.36) for x in spokes(6, 0, 0.58)]),
    "fox": filled([(-0.95, -0.9), (-0.4, -0.35), (0.4, -0.35), (0.95, -0.9), (0.85, 0.1), (0, 0.95), (-0.85, 0.1)]),
    "bird": filled(BIRD),
    "arrow": filled([(-0.95, -0.25), (0.1, -0.25), (0.1, -0.75), (0.95, 0), (0.1, 0.75), (0.1, 0.25), (-0.95, 0.25)]),
    "cube": lined(
        0.12, np.vstack((CUBE, CUBE[:1])), [(0, 0), tuple(CUBE[1])], [(0, 0), tuple(CUBE[3])], [(0, 0), tuple(CUBE[5])]
    ),
    "eye": both(
        lined(0.16, np.vstack((oval(0, 0.55, 1.05, 1.0, 210, 330), oval(0, -0.55, 1.05, 1.0, 30, 150)))),
        filled(oval(0, 0, 0.3, 0.3)),
    ),
    "gear": both(lined(0.36, oval(0, 0, 0.52, 0.52)), lined(0.24, *spokes(8, 0.6, 0.88))),
    "house": filled([(0, -0.9), (1, 0), (0.7, 0), (0.7, 0.8), (-0.7, 0.8), (-0.7, 0), (-1, 0)]),
    "anchor": both(
        lined(0.15, oval(0, -0.75, 0.18, 0.18), [(0, -0.55), (0, 0.9)], [(-0.4, -0.3), (0.4, -0.3)]),
        lined(0.15, oval(0, 0.2, 0.8, 0.7, 10, 170)),
    ),
    "cross": lined(0.35, [(0, -0.8), (0, 0.8)], [(-0.8, 0), (0.8, 0)]),
    "bars": filled(
        *[[(x, 0.8), (x + 0.35, 0.8), (x + 0.35, y), (x, y)] for x, y in ((-0.85, 0.2), (-0.18, -0.3), (0.5, -0.9))]
    ),
    "spiral": lined(0.13, spiral()),
    "fish": filled(oval(0.2, 0, 0.75, 0.42), [(-0.4, 0), (-1, -0.5), (-1, 0.5)]),
    "cat": filled(
        [(-0.8, -0.9), (-0.3, -0.45), (0.3, -0.45), (0.8, -0.9), (0.85, 0.2), (0.4, 0.8), (-0.4, 0.8), (-0.85, 0.2)]
    ),
    "infinity sign": lined(0.2, oval(-0.48, 0, 0.45, 0.38), oval(0.48, 0, 0.45, 0.38)),
}
HELD_OUT_ICONS = ("spiral", "fish", "cat", "infinity sign")  # the last of the list
