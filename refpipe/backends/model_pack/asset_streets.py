"""Built places outside: streets, parks, grounds, villages.

Belongs here: places that people built, under the sky.
Does not: rooms; open nature.
"""

from __future__ import annotations

from refpipe.backends.model_pack.asset_dice import COLOURS, Colour, mix
from refpipe.backends.model_pack.asset_nature import ripples
from refpipe.backends.model_pack.asset_pen import oval, smooth
from refpipe.backends.model_pack.asset_sky import Place
from refpipe.backends.model_pack.asset_trees import round_tree

GLOW: Colour = (1.0, 0.86, 0.5)
FACADES: tuple[Colour, ...] = (
    (0.72, 0.42, 0.32),
    (0.82, 0.74, 0.6),
    (0.6, 0.62, 0.66),
    (0.5, 0.36, 0.3),
    (0.78, 0.6, 0.42),
)
ASPHALT: Colour = (0.3, 0.3, 0.33)


def windows(
    place: Place, x0: float, y0: float, x1: float, y1: float, columns: int, rows: int, far: float = 0.0
) -> None:
    """Rows of windows; some are lit at night."""
    for row in range(rows):
        for column in range(columns):
            x = x0 + (column + 0.22) * (x1 - x0) / columns
            y = y0 + (row + 0.25) * (y1 - y0) / rows
            is_lit = place.is_night and place.dice.chance(0.55)
            colour = mix(GLOW, place.sky_low, far * 0.4) if is_lit else place.lit((0.35, 0.45, 0.56), far)
            place.pen.box(x, y, x + (x1 - x0) / columns * 0.56, y + (y1 - y0) / rows * 0.52, colour)


def city_street(place: Place) -> None:
    """A street between houses, running away from us."""
    dice, pen = place.dice, place.pen
    horizon = dice.girth(0.46, 0.58)
    place.sky(horizon)
    place.wash(place.lit(ASPHALT, 0.4), place.lit(ASPHALT), horizon, 1)
    for side in (-1, 1):
        pen.shape(
            [
                (0.5 + side * 0.02, horizon),
                (0.5 + side * 0.32, 1.0),
                (0.5 + side * 0.6, 1.0),
                (0.5 + side * 0.6, horizon),
            ],
            place.lit((0.6, 0.59, 0.57)),
        )
        houses(place, side, horizon)
    for step in range(5):
        y = horizon + 0.04 + step**1.6 * 0.05
        pen.shape(
            [
                (0.497 - y * 0.004, y),
                (0.503 + y * 0.004, y),
                (0.51, y + 0.02 + step * 0.012),
                (0.49, y + 0.02 + step * 0.012),
            ],
            place.lit((0.95, 0.95, 0.9)),
        )
    street_lamps(place, horizon)
    if dice.build((False, True, True)):
        small_car(place, dice.pick((0.36, 0.63)), dice.between(0.82, 0.9), 0.11)


def houses(place: Place, side: int, horizon: float) -> None:
    """A row of house fronts on one side of a street."""
    dice, pen = place.dice, place.pen
    for step in range(5):
        near, far_end = 0.62 / (1 + step * 0.75), 0.62 / (1 + (step + 1) * 0.75)
        rise, haze = dice.between(0.8, 1.35), step * 0.12
        outline = [(0.5 + side * near, horizon + near * 0.35), (0.5 + side * far_end, horizon + far_end * 0.35)]
        outline += [(0.5 + side * far_end, horizon - far_end * rise), (0.5 + side * near, horizon - near * rise)]
        pen.shape(outline, place.lit(dice.pick(FACADES), haze), "slope")
        for floor in range(4):
            for bay in (0.25, 0.7):
                x = 0.5 + side * (near + (far_end - near) * bay)
                size = near + (far_end - near) * bay
                y = horizon - size * (rise - 0.25) * (floor + 0.2) / 4
                lit_up = place.is_night and dice.chance(0.6)
                colour = GLOW if lit_up else place.lit((0.3, 0.38, 0.46), haze)
                pen.box(x - size * 0.05, y - size * 0.12, x + size * 0.05, y + size * 0.02, colour)


def street_lamps(place: Place, horizon: float) -> None:
    """A lamp on each side; they glow at night."""
    pen = place.pen
    for side in (-1, 1):
        x = 0.5 + side * 0.3
        pen.stroke(
            [(x, horizon + 0.25), (x, horizon - 0.22), (x - side * 0.05, horizon - 0.24)],
            0.012,
            place.lit((0.15, 0.15, 0.17)),
        )
        if place.is_night:
            pen.oval(x - side * 0.06, horizon - 0.23, 0.07, 0.07, GLOW, opacity=0.25)
            pen.oval(x - side * 0.06, horizon - 0.23, 0.02, 0.015, (1, 0.97, 0.8))


def small_car(place: Place, x: float, y: float, size: float) -> None:
    """A car from behind."""
    pen, name = place.pen, place.dice.pick(("red", "blue", "white", "yellow", "black", "silver"))
    paint = place.lit(place.dice.tint(name))
    pen.shape(
        [
            (x - size * 0.7, y - size * 0.9),
            (x + size * 0.7, y - size * 0.9),
            (x + size, y - size * 0.3),
            (x - size, y - size * 0.3),
        ],
        paint,
        "fall",
    )
    pen.shape(
        [
            (x - size * 0.58, y - size * 0.8),
            (x + size * 0.58, y - size * 0.8),
            (x + size * 0.76, y - size * 0.38),
            (x - size * 0.76, y - size * 0.38),
        ],
        place.lit((0.2, 0.26, 0.34)),
    )
    pen.box(x - size, y - size * 0.36, x + size, y + size * 0.3, paint, "fall", 0.015)
    for side in (-1, 1):
        light, tyre = x + side * size * 0.75, x + side * size * 0.72
        pen.box(light - size * 0.16, y - size * 0.2, light + size * 0.16, y, (0.95, 0.1, 0.1))
        pen.box(tyre - size * 0.18, y + size * 0.26, tyre + size * 0.18, y + size * 0.48, (0.06, 0.06, 0.06))


def skyline(place: Place) -> None:
    """Towers of a city, perhaps over water."""
    dice, pen = place.dice, place.pen
    base = dice.between(0.78, 0.86)
    place.sky(base)
    for row, far in ((0, 0.55), (1, 0.2)):
        x = -0.03
        while x < 1:
            wide, high = dice.between(0.07, 0.15), dice.girth(0.18, 0.62) * (0.9 if row else 1.1)
            tone = place.lit(
                dice.pick(((0.42, 0.46, 0.54), (0.34, 0.36, 0.44), (0.55, 0.54, 0.55), (0.3, 0.36, 0.42))), far
            )
            pen.box(x, base - high, x + wide, base + 0.01, tone, "slope")
            if row:
                windows(place, x, base - high, x + wide, base, 3, max(3, round(high * 18)), far)
            top = dice.pick(("flat", "spire", "step"))
            if top == "spire":
                pen.stroke([(x + wide / 2, base - high), (x + wide / 2, base - high - 0.07)], 0.01, tone)
            elif top == "step":
                pen.box(x + wide * 0.2, base - high - 0.035, x + wide * 0.8, base - high, tone, "slope")
            x += wide + dice.between(0, 0.02)
    place.wash(place.lit((0.18, 0.36, 0.5), 0.3), place.lit((0.08, 0.2, 0.34)), base, 1)
    if place.is_night:
        for spot in dice.spots(40):
            x, y = float(spot[0]), base + 0.02 + float(spot[1]) * (0.96 - base)
            pen.stroke([(x, y), (x, y + 0.025)], 0.008, GLOW, opacity=0.6)
    else:
        ripples(place, base, 1, 20)


def park(place: Place) -> None:
    """Lawn, path, trees and a bench."""
    dice, pen = place.dice, place.pen
    horizon = dice.between(0.48, 0.55)
    place.sky(horizon)
    place.wash(place.lit((0.4, 0.65, 0.28), 0.15), place.lit((0.26, 0.54, 0.18)), horizon, 1)
    place.mottle(horizon, 0.2, 70)
    pen.shape(
        smooth([(0.45, horizon), (0.52, horizon), (0.6, 0.72), (0.95, 1.05), (0.4, 1.05), (0.46, 0.72)], steps=5),
        place.lit((0.83, 0.74, 0.58)),
        "rise",
    )
    for step in range(dice.build((5, 7, 9, 4))):
        depth = step / 8
        x = dice.pick((dice.between(0, 0.38), dice.between(0.66, 1)))
        round_tree(place, x, horizon + 0.03 + depth * 0.25, 0.22 + depth * 0.36, 0.3 - depth * 0.3)
    x, y = dice.pick((0.2, 0.78)), 0.84
    for bar in range(3):
        pen.box(x - 0.15, y - 0.13 + bar * 0.035, x + 0.15, y - 0.108 + bar * 0.035, place.lit((0.5, 0.3, 0.14)))
    pen.shape(
        [(x - 0.15, y - 0.02), (x + 0.15, y - 0.02), (x + 0.17, y + 0.03), (x - 0.17, y + 0.03)],
        place.lit((0.58, 0.36, 0.18)),
    )
    for side in (-1, 1):
        pen.stroke([(x + side * 0.13, y - 0.1), (x + side * 0.13, y + 0.1)], 0.015, place.lit((0.12, 0.12, 0.12)))


def country_road(place: Place) -> None:
    """A road to the horizon with posts along it."""
    dice, pen = place.dice, place.pen
    horizon, x = dice.girth(0.42, 0.54), dice.between(0.4, 0.6)
    place.sky(horizon)
    ground: Colour = dice.build(((0.4, 0.58, 0.26), (0.76, 0.66, 0.4), (0.6, 0.46, 0.32)))
    place.ridge(horizon + 0.02, 0.12, mix(ground, (0.3, 0.4, 0.5), 0.5), 0.45)
    place.wash(place.lit(ground, 0.35), place.lit(ground), horizon, 1)
    place.mottle(horizon, 0.25, 60)
    pen.shape([(x - 0.012, horizon), (x + 0.012, horizon), (0.92, 1), (0.08, 1)], place.lit(ASPHALT), "rise")
    for side in (-0.36, 0.36):
        pen.shape([(x, horizon), (0.5 + side * 1.02, 1), (0.5 + side * 0.98, 1)], place.lit((0.95, 0.95, 0.9)))
    for step in range(5):
        t0, t1 = (step / 5) ** 2, ((step + 0.5) / 5) ** 2
        a, b = horizon + (1 - horizon) * t0, horizon + (1 - horizon) * t1
        pen.shape(
            [
                (x + (0.5 - x) * t0 - 0.018 * t0, a),
                (x + (0.5 - x) * t0 + 0.018 * t0, a),
                (x + (0.5 - x) * t1 + 0.018 * t1, b),
                (x + (0.5 - x) * t1 - 0.018 * t1, b),
            ],
            place.lit((0.98, 0.85, 0.2)),
        )
    for step in range(1, 5):
        depth = (step / 4) ** 2
        foot = horizon + (0.85 - horizon) * depth
        px = x + 0.06 + 0.5 * depth
        pen.stroke([(px, foot), (px, foot - 0.08 - 0.35 * depth)], 0.006 + 0.012 * depth, place.lit((0.35, 0.26, 0.18)))
        pen.stroke(
            [(px - 0.06 * depth, foot - 0.06 - 0.32 * depth), (px + 0.06 * depth, foot - 0.06 - 0.32 * depth)],
            0.006 + 0.008 * depth,
            place.lit((0.35, 0.26, 0.18)),
        )


def stadium(place: Place) -> None:
    """A pitch with stands and floodlights."""
    dice, pen = place.dice, place.pen
    field = dice.girth(0.5, 0.6)
    place.sky(0.4)
    tier = field - 0.28
    pen.shape(
        [(0, tier - 0.1), (0.25, tier), (0.75, tier), (1, tier - 0.1), (1, field + 0.1), (0, field + 0.1)],
        place.lit((0.42, 0.43, 0.5)),
        "rise",
    )
    crowd = tuple(place.lit(dice.tint(name)) for name in ("red", "white", "blue", "yellow", "black", "beige"))
    for spot in dice.spots(420):
        pen.oval(float(spot[0]), tier + 0.02 + float(spot[1]) * (field - tier - 0.04), 0.009, 0.009, dice.pick(crowd))
    pen.stroke([(0, tier - 0.1), (0.25, tier), (0.75, tier), (1, tier - 0.1)], 0.025, place.lit((0.85, 0.86, 0.9)))
    for stripe in range(6):
        y0, y1 = field + (1 - field) * stripe / 6, field + (1 - field) * (stripe + 1) / 6
        pen.box(0, y0, 1, y1 + 0.01, place.lit((0.2, 0.6, 0.22) if stripe % 2 else (0.15, 0.5, 0.18)))
    for line in (
        [(0.18, field + 0.02), (0.82, field + 0.02), (1.0, 0.96), (0.0, 0.96), (0.18, field + 0.02)],
        [(0.5, field + 0.02), (0.5, 0.96)],
        oval(0.5, (field + 1) / 2, 0.16, 0.08),
    ):
        pen.stroke(line, 0.009, place.lit((1, 1, 1)))
    for x in dice.build(((0.12, 0.88), (0.2, 0.8), (0.1, 0.36, 0.64, 0.9))):
        pen.stroke([(x, tier), (x, 0.08)], 0.014, place.lit((0.5, 0.5, 0.54)))
        pen.box(x - 0.06, 0.05, x + 0.06, 0.11, (1, 1, 0.9) if place.is_night else place.lit((0.9, 0.9, 0.9)))
        if place.is_night:
            pen.oval(x, 0.08, 0.16, 0.12, (1, 1, 0.85), opacity=0.2)


def village(place: Place) -> None:
    """Houses with gables on a green."""
    dice, pen = place.dice, place.pen
    place.sky(0.6)
    place.ridge(0.62, 0.2, (0.3, 0.48, 0.3), 0.4, 4)
    place.wash(place.lit((0.4, 0.6, 0.3)), place.lit((0.3, 0.52, 0.22)), 0.62, 1)
    for house in range(dice.build((2, 3, 4))):
        x, foot, w = 0.16 + house * 0.25 + dice.between(-0.03, 0.03), dice.between(0.72, 0.86), dice.girth(0.09, 0.14)
        wall, roof = (
            place.lit(dice.tint(dice.pick(("cream", "white", "beige", "light blue", "pink")))),
            place.lit(dice.tint(dice.pick(("dark red", "brown", "dark grey")))),
        )
        pen.box(x - w, foot - w * 1.5, x + w, foot, wall, "slope")
        pen.shape([(x - w * 1.2, foot - w * 1.45), (x + w * 1.2, foot - w * 1.45), (x, foot - w * 2.6)], roof, "slope")
        pen.box(x - w * 0.2, foot - w * 0.75, x + w * 0.2, foot, place.lit(COLOURS["brown"]))
        for side in (-0.6, 0.6):
            pen.box(
                x + side * w - w * 0.2,
                foot - w * 1.2,
                x + side * w + w * 0.2,
                foot - w * 0.8,
                GLOW if place.is_night else place.lit((0.4, 0.55, 0.7)),
            )
