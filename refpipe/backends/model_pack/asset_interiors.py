"""Rooms in one-point perspective with their furniture.

Belongs here: offices, kitchens, bedrooms, halls and the like.
Does not: streets and nature.
"""

from __future__ import annotations

from refpipe.backends.model_pack.asset_dice import Colour, mix
from refpipe.backends.model_pack.asset_pen import oval, smooth, turned
from refpipe.backends.model_pack.asset_sky import Place

GLOW: Colour = (1.0, 0.86, 0.5)
LEAF: Colour = (0.18, 0.5, 0.22)
DARK: Colour = (0.12, 0.12, 0.14)
WALLS = ("cream", "white", "light blue", "beige", "mint", "grey", "lavender", "teal", "pink")


def indoors(place: Place, colour: Colour) -> Colour:
    """A colour by lamplight: warmer and a little darker at night."""
    by = {"night": (0.62, 0.52, 0.42), "sunset": (1.0, 0.85, 0.72)}.get(place.time, (1.0, 1.0, 1.0))
    red, green, blue = (part * share for part, share in zip(colour, by, strict=True))
    return red, green, blue


def shell(place: Place, floor: Colour, is_plain: bool = False) -> tuple[float, float]:
    """Walls, floor and ceiling; returns the rows where the back wall meets ceiling and floor."""
    dice, pen = place.dice, place.pen
    wall = dice.tint(dice.pick(WALLS)) if not is_plain else (0.75, 0.75, 0.76)
    top, low = dice.between(0.12, 0.18), dice.girth(0.6, 0.7)
    x0, x1 = 0.16, 0.84
    place.wash(indoors(place, wall), indoors(place, wall))
    pen.shape([(0, 0), (1, 0), (x1, top), (x0, top)], indoors(place, mix(wall, (1, 1, 1), 0.6)))
    pen.shape([(0, 0), (x0, top), (x0, low), (0, 1)], indoors(place, mix(wall, (0, 0, 0), 0.16)), "slope")
    pen.shape([(1, 0), (x1, top), (x1, low), (1, 1)], indoors(place, mix(wall, (0, 0, 0), 0.28)), "slope")
    pen.box(x0, top, x1, low, indoors(place, wall), "fall")
    pen.shape([(0, 1), (x0, low), (x1, low), (1, 1)], indoors(place, floor), "rise")
    for step in range(1, 9):
        at = step / 9
        pen.stroke(
            [(x0 + (x1 - x0) * at, low), (-0.4 + 1.8 * at, 1)], 0.004, indoors(place, mix(floor, (0, 0, 0), 0.3))
        )
    return top, low


def window(place: Place, x0: float, y0: float, x1: float, y1: float) -> None:
    """A window with the sky of the hour in it."""
    pen = place.pen
    pen.box(x0, y0, x1, y1, indoors(place, (0.97, 0.97, 0.97)))
    pen.box(x0 + 0.015, y0 + 0.015, x1 - 0.015, y1 - 0.015, place.sky_low, "fall")
    if place.is_night:
        pen.oval((x0 + x1) / 2 + 0.03, y0 + 0.07, 0.02, 0.02, (0.95, 0.95, 0.85))
    pen.stroke([((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1)], 0.012, indoors(place, (0.97, 0.97, 0.97)))
    pen.stroke([(x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)], 0.012, indoors(place, (0.97, 0.97, 0.97)))


def hanging_lamp(place: Place, x: float, y: float) -> None:
    """A lamp on a cord; it glows at night."""
    if place.is_night:
        place.pen.oval(x, y + 0.08, 0.16, 0.14, GLOW, opacity=0.3)
    place.pen.stroke([(x, 0), (x, y)], 0.006, DARK)
    place.pen.shape(turned([(0.015, y), (0.05, y + 0.05), (0.07, y + 0.07)], x), indoors(place, DARK), "slope")
    place.pen.oval(x, y + 0.07, 0.06, 0.012, GLOW)


def plant(place: Place, x: float, foot: float, high: float) -> None:
    """A plant in a pot."""
    for lean in (-0.5, -0.25, 0.0, 0.25, 0.5):
        tip = (x + lean * high, foot - high * (1 - abs(lean) * 0.6))
        place.pen.stroke(
            smooth([(x, foot - high * 0.2), (x + lean * high * 0.4, foot - high * 0.7), tip], is_closed=False),
            high * 0.1,
            indoors(place, LEAF),
        )
    place.pen.shape(
        [
            (x - high * 0.18, foot - high * 0.3),
            (x + high * 0.18, foot - high * 0.3),
            (x + high * 0.13, foot),
            (x - high * 0.13, foot),
        ],
        indoors(place, (0.75, 0.4, 0.25)),
        "round",
    )


def office(place: Place) -> None:
    """Desks with screens and chairs."""
    dice, pen = place.dice, place.pen
    top, low = shell(place, (0.5, 0.52, 0.56))
    for x in dice.build(((0.3, 0.6), (0.24, 0.44, 0.64), (0.44,))):
        window(place, x, top + 0.06, x + 0.16, low - 0.2)
    for x, y, s in ((0.32, low + 0.06, 0.5), (0.7, low + 0.06, 0.5), (dice.between(0.42, 0.6), 0.86, 0.9)):
        pen.box(x - 0.1 * s, y - 0.34 * s, x + 0.14 * s, y - 0.16 * s, DARK, "slope", 0.01)
        pen.box(x - 0.085 * s, y - 0.325 * s, x + 0.125 * s, y - 0.18 * s, (0.55, 0.75, 0.95), "slope")
        pen.box(x, y - 0.16 * s, x + 0.03 * s, y - 0.1 * s, DARK)
        pen.shape(
            [(x - 0.26 * s, y - 0.1 * s), (x + 0.26 * s, y - 0.1 * s), (x + 0.3 * s, y), (x - 0.3 * s, y)],
            indoors(place, (0.78, 0.62, 0.42)),
            "top",
        )
        pen.box(x - 0.3 * s, y, x + 0.3 * s, y + 0.03 * s, indoors(place, (0.5, 0.38, 0.24)))
        for side in (-0.27, 0.27):
            pen.stroke([(x + side * s, y), (x + side * s, y + 0.22 * s)], 0.02 * s, DARK)
        pen.box(
            x - 0.09 * s, y - 0.02 * s, x + 0.09 * s, y + 0.16 * s, indoors(place, (0.16, 0.18, 0.24)), "slope", 0.03
        )
        pen.stroke([(x, y + 0.16 * s), (x, y + 0.24 * s)], 0.02 * s, DARK)
    plant(place, 0.9, 0.88, 0.26)


def kitchen(place: Place) -> None:
    """Cupboards, stove, sink and fridge."""
    dice, pen = place.dice, place.pen
    top, low = shell(place, (0.72, 0.66, 0.58))
    front = indoors(place, dice.tint(dice.pick(("white", "blue", "dark green", "red", "beige", "mint", "grey"))))
    for step in range(4):
        x = 0.18 + step * 0.13
        if step != 2:
            pen.box(x, top + 0.05, x + 0.12, top + 0.21, front, "fall")
            pen.oval(x + 0.1, top + 0.18, 0.007, 0.007, DARK)
        pen.box(x, low - 0.15, x + 0.12, low + 0.04, front, "fall")
        pen.stroke([(x + 0.03, low - 0.12), (x + 0.09, low - 0.12)], 0.008, DARK)
    window(place, 0.44, top + 0.05, 0.56, top + 0.23)
    pen.box(0.16, low - 0.18, 0.71, low - 0.15, indoors(place, (0.3, 0.28, 0.27)), "top")
    pen.box(0.31, low - 0.13, 0.43, low + 0.03, (0.1, 0.1, 0.11), "slope")
    for x in (0.34, 0.4):
        pen.oval(x, low - 0.185, 0.025, 0.008, (0.9, 0.3, 0.1))
    pen.shape(turned([(0.03, low - 0.25), (0.035, low - 0.19)], 0.35), indoors(place, (0.75, 0.76, 0.78)), "metal")
    pen.stroke(
        [(0.52, low - 0.18), (0.52, low - 0.25), (0.555, low - 0.25), (0.555, low - 0.22)], 0.012, (0.7, 0.72, 0.75)
    )
    pen.box(0.71, top + 0.1, 0.83, low + 0.05, indoors(place, (0.86, 0.88, 0.9)), "slope", 0.01)
    pen.stroke([(0.71, top + 0.25), (0.83, top + 0.25)], 0.006, DARK)
    pen.stroke([(0.725, top + 0.28), (0.725, top + 0.38)], 0.01, DARK)
    pen.shape([(0.3, 0.8), (0.72, 0.8), (0.8, 0.9), (0.22, 0.9)], indoors(place, (0.7, 0.5, 0.3)), "top")
    for x in (0.26, 0.76):
        pen.stroke([(x, 0.9), (x, 1)], 0.03, indoors(place, (0.5, 0.34, 0.2)))
    bowl = dice.pick(((0.9, 0.2, 0.1), (0.98, 0.8, 0.1), (0.4, 0.7, 0.2)))
    for x in (0.47, 0.51, 0.55):
        pen.oval(x, 0.805, 0.026, 0.026, indoors(place, bowl), "ball")
    pen.shape(oval(0.51, 0.82, 0.08, 0.05, 0, 180), indoors(place, (0.95, 0.95, 0.95)), "slope")
    hanging_lamp(place, 0.5, dice.build((0.2, 0.24, 0.34)))


def living_room(place: Place) -> None:
    """Sofa, rug, picture and lamp."""
    dice, pen = place.dice, place.pen
    top, low = shell(place, (0.62, 0.44, 0.28))
    paint = indoors(place, dice.tint(dice.pick(("red", "blue", "grey", "green", "beige", "teal", "orange", "brown"))))
    window(place, 0.2, top + 0.06, 0.4, low - 0.14)
    pen.box(0.55, top + 0.08, 0.74, top + 0.24, DARK)
    pen.box(
        0.565,
        top + 0.095,
        0.725,
        top + 0.225,
        indoors(place, dice.tint(dice.pick(("yellow", "light blue", "orange", "mint")))),
        "slope",
    )
    pen.oval(0.5, 0.88, 0.38, 0.09, indoors(place, dice.tint(dice.pick(("cream", "dark red", "navy", "beige")))))
    pen.box(0.28, low - 0.14, 0.76, low + 0.08, mix(paint, (0, 0, 0), 0.12), "fall", 0.03)
    for x in (0.3, 0.52):
        pen.box(x, low, x + 0.22, low + 0.1, paint, "top", 0.02)
    pen.box(0.28, low + 0.09, 0.76, low + 0.16, paint, "side", 0.01)
    for x in (0.24, 0.73):
        pen.box(x, low - 0.05, x + 0.07, low + 0.17, paint, "fall", 0.02)
    pen.oval(0.5, 0.86, 0.17, 0.04, indoors(place, (0.5, 0.3, 0.16)), "slope")
    pen.stroke([(0.5, 0.88), (0.5, 0.94)], 0.03, indoors(place, (0.4, 0.24, 0.12)))
    pen.stroke([(0.86, low - 0.2), (0.86, low + 0.18)], 0.012, DARK)
    if place.is_night:
        pen.oval(0.86, low - 0.2, 0.2, 0.17, GLOW, opacity=0.3)
    pen.shape(
        turned([(0.04, low - 0.28), (0.075, low - 0.17)], 0.86),
        GLOW if place.is_night else indoors(place, (0.95, 0.9, 0.8)),
        "round",
    )
    if dice.build((False, True, True)):
        plant(place, 0.12, 0.86, 0.3)


def bedroom(place: Place) -> None:
    """A bed, pillows and a bedside lamp."""
    dice, pen = place.dice, place.pen
    top, low = shell(place, (0.66, 0.5, 0.36))
    cover = indoors(place, dice.tint(dice.pick(("blue", "red", "white", "purple", "green", "pink", "grey", "navy"))))
    window(place, dice.pick((0.2, 0.62)), top + 0.05, dice.pick((0.38, 0.8)), low - 0.16)
    pen.box(0.3, low - 0.2, 0.7, low + 0.06, indoors(place, (0.45, 0.28, 0.16)), "fall", dice.build((0.02, 0.04, 0.12)))
    pen.shape([(0.31, low), (0.69, low), (0.8, 0.88), (0.2, 0.88)], indoors(place, (0.95, 0.95, 0.95)), "rise")
    for x in (0.34, 0.52):
        pen.box(x, low - 0.07, x + 0.15, low + 0.03, indoors(place, (0.98, 0.98, 0.98)), "slope", 0.03)
    pen.shape([(0.28, low + 0.08), (0.72, low + 0.08), (0.81, 0.88), (0.19, 0.88)], cover, "cloth")
    pen.box(0.19, 0.88, 0.81, 0.97, cover, "side")
    for x in (0.22, 0.78):
        pen.box(x - 0.06, low - 0.02, x + 0.06, low + 0.12, indoors(place, (0.5, 0.33, 0.2)), "fall")
        if place.is_night:
            pen.oval(x, low - 0.1, 0.16, 0.13, GLOW, opacity=0.35)
        pen.stroke([(x, low - 0.02), (x, low - 0.08)], 0.015, DARK)
        pen.shape(
            turned([(0.025, low - 0.16), (0.045, low - 0.07)], x),
            GLOW if place.is_night else indoors(place, (0.95, 0.9, 0.82)),
            "round",
        )


def studio(place: Place) -> None:
    """A paper backdrop between lamps on stands."""
    dice, pen = place.dice, place.pen
    place.wash((0.22, 0.22, 0.24), (0.32, 0.32, 0.34))
    paper = dice.tint(dice.pick(("white", "grey", "light blue", "beige", "pink", "dark grey", "green")))
    w = dice.girth(0.24, 0.34)
    pen.box(0.5 - w - 0.04, 0.06, 0.54 + w, 0.1, (0.6, 0.6, 0.6), "round")
    pen.shape([(0.5 - w, 0.09), (0.5 + w, 0.09), (0.5 + w, 0.68), (0.5 - w, 0.68)], paper, "slope")
    pen.shape([(0.5 - w, 0.67), (0.5 + w, 0.67), (0.6 + w, 0.97), (0.4 - w, 0.97)], mix(paper, (1, 1, 1), 0.2), "rise")
    for side in dice.build(((-1, 1), (-1, 1), (1,))):
        x = 0.5 + side * 0.38
        pen.stroke([(x, 0.35), (x, 0.88)], 0.014, DARK)
        for foot in (-0.07, 0.07):
            pen.stroke([(x, 0.8), (x + foot, 0.93)], 0.012, DARK)
        pen.shape(
            [(x - side * 0.1, 0.2), (x + side * 0.05, 0.16), (x + side * 0.07, 0.44), (x - side * 0.12, 0.48)], DARK
        )
        pen.shape(
            [(x - side * 0.1, 0.2), (x - side * 0.03, 0.19), (x - side * 0.05, 0.46), (x - side * 0.12, 0.48)],
            (1, 1, 0.95),
        )
        pen.shape([(x - side * 0.1, 0.2), (x - side * 0.12, 0.48), (0.5, 0.9), (0.5, 0.3)], (1, 1, 0.95), opacity=0.12)


def warehouse(place: Place) -> None:
    """Racks of boxes down an aisle."""
    dice, pen = place.dice, place.pen
    place.wash((0.5, 0.52, 0.56), (0.62, 0.62, 0.6))
    pen.shape([(0, 1), (0.42, 0.56), (0.58, 0.56), (1, 1)], (0.6, 0.59, 0.57), "rise")
    pen.shape([(0, 0), (0.42, 0.4), (0.58, 0.4), (1, 0)], (0.36, 0.38, 0.42), "rise")
    steel = dice.tint(dice.pick(("blue", "orange", "grey", "dark green")))
    for row in range(6, -1, -1):
        near = 0.5 / (1 + row * 0.42)
        far = 0.5 / (1 + (row + 1) * 0.42)
        for side in (-1, 1):
            for level in range(dice.build((3, 3, 4))):
                y = 0.5 + near * (0.98 - level * 0.52)
                y_far = 0.5 + far * (0.98 - level * 0.52)
                tone = mix(
                    dice.pick(((0.76, 0.56, 0.34), (0.66, 0.46, 0.26), (0.82, 0.66, 0.44))), (0.6, 0.6, 0.6), row * 0.1
                )
                lift = dice.between(0.26, 0.44)
                pen.shape(
                    [
                        (0.5 + side * near, y),
                        (0.5 + side * far, y_far),
                        (0.5 + side * far, y_far - far * lift),
                        (0.5 + side * near, y - near * lift),
                    ],
                    tone,
                    "slope",
                )
                pen.stroke([(0.5 + side * near, y), (0.5 + side * far, y_far)], 0.03 * near, steel)
            pen.stroke([(0.5 + side * far, 0.5 + far), (0.5 + side * far, 0.5 - far)], 0.03 * near, steel)
    for step in range(4):
        y = 0.06 + step * 0.09
        pen.box(
            0.5 - 0.09 / (1 + step * 0.5), y, 0.5 + 0.09 / (1 + step * 0.5), y + 0.02 / (1 + step * 0.3), (1, 1, 0.92)
        )


def cafe(place: Place) -> None:
    """A counter with shelves, lamps, round tables."""
    dice, pen = place.dice, place.pen
    top, low = shell(place, (0.5, 0.33, 0.2))
    pen.box(0.24, top + 0.1, 0.58, top + 0.3, (0.14, 0.15, 0.15))
    pen.word(dice.pick(("COFFEE", "CAFE", "MENU", "TEA")), 0.41, top + 0.16, 0.05, (0.95, 0.95, 0.9), 0.3)
    for y in (top + 0.21, top + 0.24, top + 0.27):
        pen.stroke([(0.29, y), (0.53, y)], 0.006, (0.8, 0.8, 0.78))
    window(place, 0.64, top + 0.07, 0.82, low - 0.12)
    pen.box(
        0.2,
        low - 0.14,
        0.62,
        low + 0.08,
        indoors(place, dice.tint(dice.pick(("brown", "teal", "dark green", "red", "dark grey")))),
        "fall",
    )
    pen.box(0.18, low - 0.17, 0.64, low - 0.13, indoors(place, (0.78, 0.6, 0.4)), "top")
    pen.box(0.26, low - 0.28, 0.38, low - 0.16, (0.72, 0.74, 0.76), "metal", 0.01)
    for x, y in dice.build((((0.26, 0.86), (0.74, 0.84)), ((0.3, 0.84), (0.8, 0.9)), ((0.5, 0.86),))):
        for side in (-1, 1):
            cx = x + side * 0.16
            pen.box(cx - 0.04, y - 0.12, cx + 0.04, y + 0.01, indoors(place, (0.3, 0.18, 0.1)), "slope", 0.01)
            for leg in (-0.035, 0.035):
                pen.stroke([(cx + leg, y), (cx + leg, y + 0.1)], 0.01, DARK)
        pen.stroke([(x, y - 0.02), (x, y + 0.12)], 0.02, DARK)
        pen.oval(x, y - 0.03, 0.13, 0.04, indoors(place, (0.8, 0.62, 0.42)), "slope")
        pen.shape(turned([(0.025, y - 0.08), (0.018, y - 0.04)], x), (0.97, 0.97, 0.97), "round")
    for x in (0.28, 0.46, 0.64):
        hanging_lamp(place, x, 0.14)
