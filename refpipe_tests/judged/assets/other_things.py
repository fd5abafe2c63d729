"""Products and props of another hand: solid, lit, never drawn with the training's pen.

Belongs here: which solids make which thing, and in which part each may be seen. Does not: tracing (solids).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from refpipe_tests.judged.assets.solids import (
    Colour,
    Part,
    ball,
    box,
    cone,
    cylinder,
    ring,
    rod,
    soft_union,
    without,
)

DARK: Colour = (0.08, 0.08, 0.1)
Build = Callable[[Colour, Colour, np.random.Generator], list[Part]]


def _bottle(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    wide, high = draw.uniform(0.26, 0.36), draw.uniform(0.85, 1.05)
    body = soft_union(cylinder(0, high, wide), cone(high - 0.05, high + 0.35, wide * 0.9, 0.1), 0.1)
    return [
        Part(soft_union(body, cylinder(high + 0.2, high + 0.5, 0.1), 0.06), first, 0.7),
        Part(cylinder(0.25, high * 0.75, wide + 0.012), second, 0.1),
        Part(cylinder(high + 0.42, high + 0.56, 0.13), DARK if draw.random() < 0.5 else second, 0.3),
    ]


def _can(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    wide = draw.uniform(0.36, 0.46)
    return [
        Part(cylinder(0.06, 1.2, wide), first, 0.6, second, draw.uniform(1.4, 2.6)),
        Part(cone(0, 0.06, wide * 0.85, wide), (0.75, 0.76, 0.78), 0.8),
        Part(cone(1.2, 1.27, wide, wide * 0.86), (0.75, 0.76, 0.78), 0.8),
    ]


def _jar(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    wide = draw.uniform(0.42, 0.55)
    body = soft_union(cylinder(0, 0.75, wide), cylinder(0.7, 0.95, wide * 0.8), 0.15)
    return [Part(body, first, 0.7), Part(cylinder(0.92, 1.16, wide * 0.86), second, 0.2)]


def _mug(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    wide, high = draw.uniform(0.38, 0.48), draw.uniform(0.85, 1.05)
    cup = without(cylinder(0, high, wide), cylinder(0.08, high + 0.2, wide - 0.06))
    return [
        Part(cup, first, 0.6, second, draw.choice([0.0, 3.0])),
        Part(without(ring(wide + 0.05, high / 2, 0, 0.24, 0.06), cylinder(-1, 3, wide)), first, 0.6),
    ]


def _carton(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    w, h, d = draw.uniform(0.4, 0.6), draw.uniform(0.35, 0.7), draw.uniform(0.25, 0.4)
    return [
        Part(box((0, h, 0), (w, h, d), 0.015), first, 0.1),
        Part(box((0, h * 1.1, d), (w * 0.6, h * 0.35, 0.012), 0.008), second, 0.1),
        Part(box((0, h, 0), (0.07, h + 0.008, d + 0.008), 0.005), second, 0.1),
    ]


def _phone(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    w = draw.uniform(0.36, 0.42)
    tiles = [
        Part(box(((i - 1) * 0.2, 0.5 + j * 0.26, 0.06), (0.07, 0.07, 0.012), 0.01), tuple(draw.uniform(0.3, 1, 3)), 0.1)
        for i in range(3)
        for j in range(3)
    ]
    return [
        Part(box((0, 0.8, 0), (w, 0.78, 0.06), 0.05), first, 0.5),
        Part(box((0, 0.8, 0.05), (w - 0.05, 0.7, 0.018), 0.015), DARK, 0.9),
        *tiles,
    ]


def _lamp(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    wide = draw.uniform(0.42, 0.6)
    return [
        Part(cone(0.9, 1.5, wide, wide * 0.55), first, 0.1),
        Part(cylinder(0, 0.95, 0.05), second, 0.6),
        Part(cone(0, 0.1, 0.34, 0.28), second, 0.5),
    ]


def _chair(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    legs = [
        Part(rod((x, 0, z), (x * 0.92, 0.7, z * 0.92), 0.045), second, 0.3) for x in (-0.4, 0.4) for z in (-0.4, 0.4)
    ]
    return [
        Part(box((0, 0.72, 0), (0.46, 0.06, 0.46), 0.04), first, 0.2),
        Part(box((0, 1.2, -0.42), (0.44, draw.uniform(0.2, 0.36), 0.05), 0.04), first, 0.2),
        Part(rod((-0.36, 0.7, -0.42), (-0.36, 1.4, -0.42), 0.04), second, 0.3),
        Part(rod((0.36, 0.7, -0.42), (0.36, 1.4, -0.42), 0.04), second, 0.3),
        *legs,
    ]


def _sofa(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    back = draw.uniform(0.75, 0.95)
    return [
        Part(box((0, 0.3, 0), (0.95, 0.2, 0.4), 0.08), first, 0.05),
        Part(box((0, back / 2 + 0.1, -0.36), (0.95, back / 2, 0.14), 0.1), first, 0.05),
        *[Part(box((side * 0.93, 0.42, 0), (0.13, 0.32, 0.44), 0.1), first, 0.05) for side in (-1, 1)],
        *[Part(box((side * 0.4, 0.54, 0.06), (0.38, 0.1, 0.32), 0.07), first, 0.05) for side in (-1, 1)],
        Part(box((0.5, 0.78, -0.1), (0.22, 0.2, 0.08), 0.07), second, 0.05),
    ]


def _television(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    return [
        Part(box((0, 0.9, 0), (1.0, 0.58, 0.05), 0.02), DARK, 0.4),
        Part(box((0, 0.9, 0.045), (0.95, 0.53, 0.012), 0.01), first, 0.9, second, draw.uniform(0.8, 1.6)),
        Part(cylinder(0.03, 0.36, 0.06), DARK, 0.4),
        Part(box((0, 0.03, 0), (0.35, 0.03, 0.2), 0.02), DARK, 0.4),
    ]


def _perfume(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    w = draw.uniform(0.34, 0.46)
    return [
        Part(box((0, 0.45, 0), (w, 0.45, 0.2), 0.07), first, 0.9),
        Part(cylinder(0.88, 1.0, 0.12), (0.8, 0.66, 0.3), 0.9),
        Part(box((0, 1.15, 0), (0.16, 0.16, 0.14), 0.03), second, 0.6),
        Part(box((0, 0.42, 0.2), (w * 0.5, 0.14, 0.012), 0.006), second, 0.1),
    ]


def _toy_ball(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    return [Part(ball(0, 0.7, 0, 0.7), first, 0.6, second, draw.uniform(2.2, 4.0))]


def _candle(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    wide, high = draw.uniform(0.16, 0.28), draw.uniform(0.8, 1.1)
    return [
        Part(cylinder(0.06, high, wide), first, 0.2),
        Part(cylinder(high, high + 0.1, 0.018), DARK, 0.0),
        Part(ball(0, high + 0.22, 0, 0.075, 2.0), (1.0, 0.86, 0.4), 1.0),
        Part(cone(0, 0.07, wide * 1.7, wide * 1.5), second, 0.7),
    ]


def _book(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    thick = draw.uniform(0.12, 0.22)
    return [
        Part(box((0, 0.75, thick), (0.55, 0.75, 0.03), 0.01), first, 0.2),
        Part(box((0, 0.75, -thick), (0.55, 0.75, 0.03), 0.01), first, 0.2),
        Part(box((-0.53, 0.75, 0), (0.03, 0.75, thick + 0.02), 0.01), first, 0.2),
        Part(box((0.0, 0.75, 0), (0.5, 0.71, thick - 0.02), 0.005), (0.93, 0.9, 0.82), 0.0),
        Part(box((0, 1.0, thick + 0.03), (0.32, 0.05, 0.008), 0.004), second, 0.3),
        Part(box((0, 0.84, thick + 0.03), (0.22, 0.03, 0.008), 0.004), second, 0.3),
    ]


def _sword(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    steel = (0.72, 0.74, 0.78)
    return [
        Part(box((0, 1.0, 0), (0.075, 0.66, 0.02), 0.012), steel, 0.9),
        Part(box((0, 0.36, 0), (0.32, 0.045, 0.05), 0.03), first, 0.5),
        Part(rod((0, 0.06, 0), (0, 0.36, 0), 0.05), second, 0.2),
        Part(ball(0, 0.03, 0, 0.08), first, 0.6),
    ]


def _key(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    teeth = [Part(box((0.12, 0.12 + 0.14 * i, 0), (0.11, 0.04, 0.03), 0.01), first, 0.8) for i in range(3)]
    return [
        Part(ring(0, 1.25, 0, 0.24, 0.06), first, 0.8),
        Part(rod((0, 0.05, 0), (0, 1.0, 0), 0.05), first, 0.8),
        *teeth,
    ]


def _hammer(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    return [
        Part(rod((0, 0.05, 0), (0, 1.2, 0), 0.07), first, 0.2),
        Part(box((0.02, 1.3, 0), (0.34, 0.12, 0.12), 0.03), second, 0.7),
        Part(box((-0.42, 1.3, 0), (0.12, 0.06, 0.1), 0.03, 18), second, 0.7),
    ]


def _vase(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    wide = draw.uniform(0.36, 0.52)
    low = soft_union(ball(0, 0.5, 0, wide), cone(0, 0.3, 0.25, wide * 0.7), 0.2)
    body = soft_union(low, cone(0.75, 1.4, 0.14, 0.3), 0.16)
    return [Part(without(body, cone(0.9, 1.6, 0.06, 0.27)), first, 0.6, second, draw.choice([0.0, 4.0]))]


def _hat(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    return [
        Part(
            soft_union(cone(0.1, 0.75, 0.46, draw.uniform(0.3, 0.44)), cone(0.08, 0.14, 0.95, 0.92), 0.1), first, 0.05
        ),
        Part(cylinder(0.16, 0.3, 0.485), second, 0.1),
    ]


def _plant_pot(first: Colour, second: Colour, draw: np.random.Generator) -> list[Part]:
    leaf = (0.16, 0.46, 0.2)
    ways = draw.uniform(-0.7, 0.7, (7, 2))
    leaves = [
        Part(soft_union(rod((0, 0.5, 0), (x, 1.2, z), 0.03), ball(x, 1.15, z, 0.13, 1.5), 0.08), leaf, 0.2)
        for x, z in ways
    ]
    return [Part(cone(0, 0.55, 0.3, 0.44), first, 0.2), Part(cylinder(0.5, 0.64, 0.48), second, 0.2), *leaves]


# name → how it is built, its type, and the parts that show it: what only untouched pictures show was never looked at
THINGS: dict[str, tuple[Build, str, tuple[str, ...]]] = {
    "bottle": (_bottle, "product", ("dev", "calibration", "untouched")),
    "can": (_can, "product", ("dev", "calibration", "untouched")),
    "box": (_carton, "product", ("dev", "calibration", "untouched")),
    "lamp": (_lamp, "product", ("dev", "calibration", "untouched")),
    "chair": (_chair, "product", ("dev", "calibration", "untouched")),
    "jar": (_jar, "product", ("calibration", "untouched")),
    "sofa": (_sofa, "product", ("calibration", "untouched")),
    "mug": (_mug, "product", ("untouched",)),
    "phone": (_phone, "product", ("untouched",)),
    "television": (_television, "product", ("untouched",)),
    "perfume": (_perfume, "product", ("untouched",)),
    "ball": (_toy_ball, "prop", ("dev", "calibration", "untouched")),
    "candle": (_candle, "prop", ("dev", "calibration", "untouched")),
    "book": (_book, "prop", ("dev", "calibration", "untouched")),
    "sword": (_sword, "prop", ("dev", "calibration", "untouched")),
    "vase": (_vase, "prop", ("calibration", "untouched")),
    "plant pot": (_plant_pot, "prop", ("calibration", "untouched")),
    "key": (_key, "prop", ("untouched",)),
    "hammer": (_hammer, "prop", ("untouched",)),
    "hat": (_hat, "prop", ("untouched",)),
}
