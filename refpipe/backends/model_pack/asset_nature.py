"""Places under the open sky, drawn in layers.

Belongs here: beaches, woods, mountains, deserts and the like.
Does not: streets and rooms.
"""

from __future__ import annotations

import numpy as np

from refpipe.backends.model_pack.asset_dice import Colour, mix
from refpipe.backends.model_pack.asset_pen import Pen, oval, smooth, turned
from refpipe.backends.model_pack.asset_sky import Place
from refpipe.backends.model_pack.asset_trees import LEAVES, SNOW, fir, palm, round_tree


def ripples(place: Place, y0: float, y1: float, count: int = 26) -> None:
    """Short lights on water."""
    for spot in place.dice.spots(count):
        y = y0 + (y1 - y0) * float(spot[1])
        w = 0.02 + 0.07 * (y - y0) / (y1 - y0)
        place.pen.stroke(
            [(float(spot[0]) - w, y), (float(spot[0]) + w, y)], 0.005, place.lit((0.9, 0.96, 1), 0.1), opacity=0.6
        )


def beach(place: Place) -> None:
    """Sea, surf and sand."""
    dice, pen = place.dice, place.pen
    horizon, shore = dice.girth(0.36, 0.52), dice.between(0.62, 0.7)
    place.sky(horizon)
    place.wash(place.lit((0.1, 0.4, 0.66), 0.3), place.lit((0.2, 0.72, 0.76)), horizon, 1)
    ripples(place, horizon, shore)
    tilt = dice.between(-0.08, 0.08)
    edge = [(x / 10, shore + tilt * (x / 10 - 0.5) + 0.012 * (-1) ** x) for x in range(11)]
    for lift, colour in ((-0.025, (0.97, 0.99, 1.0)), (0.0, (0.72, 0.6, 0.42)), (0.04, (0.92, 0.82, 0.6))):
        line = smooth([(x, y + lift) for x, y in edge], is_closed=False)
        pen.shape(np.vstack((line, [(1, 1), (0, 1)])), place.lit(colour))
    place.mottle(shore + 0.06)
    if dice.build((False, True, True)):
        palm(place, dice.pick((0.12, 0.85)), 0.9, dice.between(0.5, 0.7))
    if dice.build((False, False, True)):
        pen.shape(oval(0.5, 0.76, 0.14, 0.12, 180, 360), place.lit((0.9, 0.2, 0.2)), "slope")
        pen.stroke([(0.5, 0.66), (0.52, 0.9)], 0.012, place.lit((0.95, 0.95, 0.95)))


def forest(place: Place) -> None:
    """Trees behind trees, a path between them."""
    dice = place.dice
    horizon = dice.between(0.5, 0.6)
    place.sky(horizon)
    place.wash(place.lit((0.2, 0.38, 0.16), 0.2), place.lit((0.13, 0.25, 0.09)), horizon, 1)
    is_fir = dice.build((True, False, True))
    if dice.chance(0.6):
        place.pen.shape([(0.48, horizon), (0.53, horizon), (0.75, 1), (0.25, 1)], place.lit((0.52, 0.4, 0.26)), "rise")
    for row, count in ((0, 16), (1, 12), (2, 8), (3, 5)):
        far, foot, high = 0.65 - row * 0.22, horizon + 0.02 + row * 0.1, 0.32 + row * dice.girth(0.14, 0.2)
        for step in range(count):
            x = (step + dice.between(0.1, 0.9)) / count
            if row < 2 or abs(x - 0.5) > 0.14 + row * 0.04:
                (fir if is_fir else round_tree)(place, x, foot + dice.between(-0.02, 0.04), high, far)
    place.mottle(horizon + 0.1)


def mountains(place: Place) -> None:
    """Peaks with snow over a valley."""
    dice = place.dice
    place.sky(0.75)
    for far, base, high in ((0.6, 0.62, 0.4), (0.35, 0.72, dice.girth(0.36, 0.56))):
        for _peak in range(3):
            x, top, w = dice.between(0.05, 0.95), base - high * dice.between(0.65, 1), dice.between(0.22, 0.36)
            rock = place.lit((0.4, 0.42, 0.48), far)
            place.pen.shape([(x - w, base + 0.05), (x, top), (x + w, base + 0.05)], rock)
            place.pen.shape([(x, top), (x + w, base + 0.05), (x + w * 0.15, base + 0.05)], mix(rock, (0, 0, 0), 0.25))
            cap = (base - top) * 0.35
            zigzag = [
                (x + w * 0.3, top + cap),
                (x + w * 0.1, top + cap * 0.7),
                (x, top + cap * 1.1),
                (x - w * 0.12, top + cap * 0.7),
                (x - w * 0.3, top + cap),
            ]
            place.pen.shape([(x, top), *zigzag], place.lit(SNOW, far * 0.6))
    place.ridge(0.82, 0.12, (0.16, 0.36, 0.2), 0.15)
    place.ridge(0.92, 0.1, (0.25, 0.46, 0.18), 0.0)
    for _tree in range(dice.build((0, 5, 9))):
        fir(place, dice.between(0, 1), dice.between(0.86, 0.96), 0.16)


def desert(place: Place) -> None:
    """Dunes, perhaps with cacti."""
    dice, pen = place.dice, place.pen
    horizon = dice.girth(0.42, 0.58)
    place.sky(horizon)
    place.wash(place.lit((0.9, 0.68, 0.4)), place.lit((0.82, 0.55, 0.28)), horizon, 1)
    for far, base in ((0.35, horizon + 0.08), (0.15, horizon + 0.22), (0.0, 0.95)):
        crest = dice.between(0.25, 0.75)
        top = base - dice.between(0.12, 0.2)
        pen.shape(
            smooth(
                [(-0.1, base + 0.1), (crest * 0.5, base - 0.04), (crest, top), (1.1, base), (1.1, 1.1), (-0.1, 1.1)],
                steps=6,
            ),
            place.lit((0.93, 0.7, 0.42), far),
            "fall",
        )
        pen.shape(
            smooth([(crest, top), (1.1, base), (1.1, base + 0.15), (crest + 0.1, base + 0.12)], steps=6),
            place.lit((0.66, 0.42, 0.22), far),
        )
    for _cactus in range(dice.build((0, 2, 3, 1))):
        x, foot, high = dice.between(0.1, 0.9), dice.between(0.8, 0.95), dice.between(0.15, 0.28)
        for line in (
            [(x, foot), (x, foot - high)],
            [(x, foot - high * 0.4), (x + 0.06, foot - high * 0.4), (x + 0.06, foot - high * 0.75)],
            [(x, foot - high * 0.3), (x - 0.06, foot - high * 0.3), (x - 0.06, foot - high * 0.6)],
        ):
            pen.stroke(line, 0.035, place.lit((0.18, 0.42, 0.2)))
    place.mottle(horizon, 0.12)


def snow_field(place: Place) -> None:
    """White ground with firs."""
    dice = place.dice
    horizon = dice.girth(0.42, 0.58)
    place.sky(horizon)
    place.ridge(horizon + 0.03, 0.14, (0.8, 0.85, 0.92), 0.5)
    place.wash(place.lit((0.86, 0.9, 0.97)), place.lit(SNOW), horizon + 0.02, 1)
    place.ridge(0.85, 0.14, SNOW, 0.0, 4)
    for step in range(dice.build((4, 7, 10, 2))):
        depth = (step + 1) / 10
        fir(
            place,
            dice.between(0, 1),
            horizon + 0.05 + depth * 0.4,
            0.15 + depth * 0.25,
            0.4 - depth * 0.4,
            is_snowy=True,
        )


def lake(place: Place) -> None:
    """Still water with hills mirrored in it."""
    dice, pen = place.dice, place.pen
    shore = dice.girth(0.48, 0.6)
    place.sky(shore)
    place.ridge(shore, 0.26, (0.3, 0.42, 0.45), 0.4, 5)
    place.ridge(shore, 0.12, (0.14, 0.36, 0.2), 0.1, 9)
    rows = round(shore * pen.size_px)
    mirror = pen.plane[:rows][::-1][: pen.size_px - rows]
    pen.plane[rows : rows + len(mirror), :, :3] = (
        mirror[..., :3] * 0.72 + np.asarray(place.lit((0.1, 0.25, 0.4)), np.float32) * 0.2
    )
    ripples(place, shore, 1, 34)
    if dice.build((False, True, True)):
        x = dice.between(0.3, 0.7)
        pen.shape(
            [(x - 0.14, 0.78), (x + 0.14, 0.78), (x + 0.1, 0.84), (x - 0.1, 0.84)], place.lit((0.6, 0.25, 0.12)), "fall"
        )
        pen.shape([(x + 0.01, 0.5), (x + 0.01, 0.76), (x + 0.13, 0.76)], place.lit((0.97, 0.96, 0.92)), "slope")


def meadow(place: Place) -> None:
    """Green hills with flowers."""
    dice, pen = place.dice, place.pen
    place.sky(0.62)
    place.ridge(0.62, 0.14, (0.3, 0.52, 0.3), 0.35, 4)
    place.ridge(0.72, 0.14, (0.34, 0.62, 0.24), 0.1, 3)
    place.wash(place.lit((0.34, 0.64, 0.22)), place.lit((0.2, 0.5, 0.14)), 0.7, 1)
    place.mottle(0.66, 0.3, 70)
    for _tree in range(dice.build((0, 1, 3, 2))):
        round_tree(place, dice.between(0.1, 0.9), dice.between(0.64, 0.72), dice.between(0.15, 0.3), 0.1)
    hue = dice.tint(dice.pick(("red", "yellow", "white", "purple", "pink")))
    for spot in dice.spots(60):
        y = 0.74 + 0.26 * float(spot[1])
        pen.oval(float(spot[0]), y, 0.016 * (y - 0.45) * 2, 0.014 * (y - 0.45) * 2, place.lit(hue))


def underwater(place: Place) -> None:
    """Blue depth with rays, fish and weeds."""
    dice, pen = place.dice, place.pen
    dim = 0.35 if place.is_night else 1.0
    place.wash((0.25 * dim, 0.75 * dim, 0.88 * dim), (0.01, 0.16 * dim, 0.4 * dim))
    for _ray in range(6):
        x = dice.between(0, 1)
        pen.shape([(x, 0), (x + 0.06, 0), (x + 0.2, 0.8), (x + 0.02, 0.8)], (0.85, 1, 1), opacity=0.12 * dim)
    pen.shape(
        smooth([(-0.1, 0.9), (0.3, 0.84), (0.6, 0.9), (1.1, 0.83), (1.1, 1.1), (-0.1, 1.1)]),
        (0.55 * dim, 0.6 * dim, 0.45 * dim),
        "fall",
    )
    for _weed in range(dice.whole(4, 8)):
        x, y = dice.between(0, 1), dice.between(0.55, 0.75)
        pen.stroke(
            smooth([(x, 0.92), (x + 0.03, 0.84), (x - 0.03, 0.76), (x + 0.02, y)], is_closed=False),
            0.022,
            (0.05, 0.42 * dim, 0.22 * dim),
        )
    for _coral in range(3):
        pen.oval(
            dice.between(0, 1),
            0.92,
            0.07,
            0.06,
            mix(dice.tint(dice.pick(("pink", "orange", "purple"))), (0, 0.2, 0.4), 0.3),
            "ball",
        )
    for _fish in range(dice.build((3, 5, 8, 12))):
        fish(
            pen,
            dice.between(0.1, 0.9),
            dice.between(0.15, 0.75),
            dice.girth(0.04, 0.09),
            mix(dice.tint(dice.pick(("orange", "yellow", "red", "silver"))), (0, 0.3, 0.5), 0.2),
        )
    for spot in dice.spots(18):
        pen.oval(float(spot[0]), float(spot[1]) * 0.8, 0.008, 0.008, (0.9, 1, 1), opacity=0.5)


def fish(pen: Pen, x: float, y: float, size: float, colour: Colour) -> None:
    """A fish swimming to the right."""
    pen.shape([(x - size * 0.8, y), (x - size * 1.6, y - size * 0.6), (x - size * 1.6, y + size * 0.6)], colour)
    pen.oval(x, y, size, size * 0.55, colour, "fall")
    pen.oval(x + size * 0.55, y - size * 0.1, size * 0.1, size * 0.1, (0.05, 0.05, 0.05))


def canyon(place: Place) -> None:
    """Red rock walls with a river between."""
    dice, pen = place.dice, place.pen
    place.sky(0.7)
    place.wash(place.lit((0.74, 0.42, 0.26), 0.2), place.lit((0.6, 0.32, 0.18)), 0.62, 1)
    pen.shape(
        smooth([(0.49, 0.64), (0.53, 0.64), (0.6, 0.8), (0.72, 1.05), (0.3, 1.05), (0.5, 0.8)], steps=5),
        place.lit((0.2, 0.5, 0.6)),
    )
    for far, reach, top in ((0.4, 0.38, 0.3), (0.15, 0.26, dice.girth(0.12, 0.26))):
        for side in (0, 1):
            for band in range(5):
                y0, step = top + band * 0.12, reach + band * 0.025
                xs = (0.0, step, step + 0.03, 0.0) if side == 0 else (1.0, 1 - step, 0.97 - step, 1.0)
                tone = (0.78, 0.4, 0.22) if band % 2 else (0.88, 0.54, 0.32)
                pen.shape(
                    [(xs[0], y0), (xs[1], y0), (xs[2], y0 + 0.14), (xs[3], y0 + 0.14)], place.lit(tone, far), "slope"
                )


def waterfall(place: Place) -> None:
    """Water over a cliff into a pool."""
    dice, pen = place.dice, place.pen
    place.sky(0.4)
    w, top = dice.girth(0.08, 0.18), dice.between(0.16, 0.26)
    pen.shape(
        [(0, top + 0.04), (0.3, top), (0.7, top + 0.02), (1, top - 0.03), (1, 1), (0, 1)],
        place.lit((0.36, 0.34, 0.32)),
        "fall",
    )
    place.mottle(top, 0.7, 14)
    for spot in dice.spots(26):
        if abs(float(spot[0]) - 0.5) > w + 0.06:
            pen.oval(
                float(spot[0]), top + 0.02 + float(spot[1]) * 0.6, 0.06, 0.04, place.lit(dice.pick(LEAVES)), "slope"
            )
    pen.box(0.5 - w, top + 0.01, 0.5 + w, 0.8, place.lit((0.82, 0.93, 1.0)), "fall")
    for _line in range(12):
        x = 0.5 + dice.between(-w, w)
        pen.stroke([(x, top + 0.03), (x, 0.78)], 0.007, place.lit((1, 1, 1)), opacity=0.8)
    pen.shape(turned([(0.35, 0.76), (0.6, 0.86), (0.65, 1.1)]), place.lit((0.14, 0.48, 0.58)), "rise")
    for spot in dice.spots(22):
        pen.oval(
            0.5 + (float(spot[0]) - 0.5) * w * 3.4,
            0.79 + 0.03 * float(spot[1]),
            0.035,
            0.025,
            place.lit((1, 1, 1)),
            opacity=0.6,
        )
