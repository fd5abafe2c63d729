"""Devices, furniture and vehicles, drawn on a pen's plane.

Belongs here: products that stand in a room or on a road.
Does not: containers, clothes, props.
"""

from __future__ import annotations

from refpipe.backends.model_pack.asset_dice import COLOURS, Colour, Dice, mix
from refpipe.backends.model_pack.asset_kinds import Kind, Look
from refpipe.backends.model_pack.asset_pen import Pen, oval, rounded, smooth, turned

DARK: Colour = (0.1, 0.1, 0.12)


def phone(pen: Pen, dice: Dice, look: Look) -> None:
    """A smartphone from the front or the back."""
    w, r = dice.girth(0.19, 0.25), dice.between(0.03, 0.07)
    pen.box(0.5 - w, 0.06, 0.5 + w, 0.95, look.body, "slope", r)
    if dice.build(("front", "back", "front with a wide edge")) == "back":
        pen.box(0.5 - w * 0.85, 0.1, 0.5 - w * 0.02, 0.3, mix(look.body, COLOURS["black"], 0.25), "slope", 0.04)
        for x, y in ((0.62, 0.15), (0.25, 0.2), (0.62, 0.25)):
            pen.oval(0.5 - w * x, y, 0.032, 0.032, DARK, "ball")
        pen.oval(0.5, 0.55, 0.05, 0.05, look.accent, "slope")
        return
    rim = dice.build((0.025, 0.03, 0.045))
    pen.box(
        0.5 - w + rim,
        0.06 + rim,
        0.5 + w - rim,
        0.95 - rim,
        DARK if sum(look.body) > 0.9 else COLOURS["white"],
        "fall",
        r * 0.8,
    )
    pen.box(0.45, 0.1, 0.55, 0.12, DARK, radius=0.01)
    for row in range(3):
        for column in range(3):
            x, y = 0.5 + (column - 1) * w * 0.58, 0.5 + row * 0.13
            tile = dice.tint(dice.pick(tuple(COLOURS)))
            pen.box(x - 0.035, y - 0.035, x + 0.035, y + 0.035, tile, "fall", 0.012)
    pen.word(f"{dice.whole(1, 12)}:{dice.whole(10, 59)}", 0.5, 0.26, 0.08, look.accent)


def laptop(pen: Pen, dice: Dice, look: Look) -> None:
    """An open laptop from the front."""
    w, lean = dice.girth(0.32, 0.4), dice.between(0.0, 0.04)
    pen.shape([(0.5 - w + lean, 0.2), (0.5 + w - lean, 0.2), (0.5 + w, 0.68), (0.5 - w, 0.68)], look.body, "fall")
    pen.shape([(0.53 - w + lean, 0.235), (0.47 + w - lean, 0.235), (0.47 + w, 0.64), (0.53 - w, 0.64)], DARK, "slope")
    if dice.chance(0.6):
        pen.box(0.56 - w, 0.29, 0.5, 0.6, mix(look.accent, COLOURS["white"], 0.2))
        for y in (0.34, 0.4, 0.46, 0.52):
            pen.stroke([(0.6 - w, y), (0.46, y)], 0.012, COLOURS["grey"])
    flare = dice.build((0.06, 0.08, 0.1))
    pen.shape([(0.5 - w, 0.68), (0.5 + w, 0.68), (0.5 + w + flare, 0.88), (0.5 - w - flare, 0.88)], look.body, "rise")
    for row in range(4):
        y = 0.7 + row * 0.028
        for key in range(11):
            x = 0.5 + (key - 5) * (w * 0.17 + row * 0.002)
            pen.box(x - w * 0.07, y, x + w * 0.07, y + 0.018, DARK)
    pen.shape([(0.42, 0.82), (0.58, 0.82), (0.59, 0.87), (0.41, 0.87)], mix(look.body, COLOURS["black"], 0.25))
    pen.box(0.5 - w - flare, 0.88, 0.5 + w + flare, 0.9, mix(look.body, COLOURS["black"], 0.35), radius=0.01)


def headphones(pen: Pen, dice: Dice, look: Look) -> None:
    """Over-ear headphones from the front."""
    w, thick = dice.girth(0.26, 0.34), dice.between(0.045, 0.07)
    pen.stroke(oval(0.5, 0.55, w, 0.42, 180, 360), thick, look.body, "slope")
    pen.stroke(oval(0.5, 0.57, w - 0.03, 0.38, 215, 325), thick * 0.5, look.accent)
    high = dice.build((0.14, 0.17, 0.21))
    for side in (-1, 1):
        x = 0.5 + side * w
        pen.box(
            x - side * 0.02 - 0.05, 0.66 - high * 0.85, x - side * 0.02 + 0.05, 0.66 + high * 0.85, DARK, "round", 0.05
        )
        pen.box(x + side * 0.05 - 0.06, 0.66 - high, x + side * 0.05 + 0.06, 0.66 + high, look.body, "gloss", 0.06)
        pen.oval(x + side * 0.06, 0.66, 0.03, high * 0.55, look.accent, "slope")


def lamp(pen: Pen, dice: Dice, look: Look) -> None:
    """A table lamp with a shade, or a desk lamp with an arm."""
    glow: Colour = (1.0, 0.93, 0.66)
    if dice.build(("table", "table", "desk")) == "desk":
        pen.stroke([(0.35, 0.9), (0.28, 0.5), (0.56, 0.22)], 0.028, look.accent, "slope")
        pen.oval(0.35, 0.91, 0.17, 0.045, look.accent, "slope")
        pen.shape([(0.5, 0.2), (0.6, 0.12), (0.82, 0.3), (0.64, 0.46)], look.body, "slope")
        pen.shape(smooth([(0.64, 0.46), (0.82, 0.3), (0.8, 0.42)]), glow)
        return
    w, top, low = dice.girth(0.2, 0.32), dice.between(0.08, 0.14), dice.between(0.42, 0.5)
    pen.shape(
        turned(
            [
                (0.02, low - 0.05),
                (0.03, 0.58),
                (dice.between(0.05, 0.13), 0.72),
                (0.04, 0.86),
                (0.14, 0.92),
                (0.15, 0.95),
            ]
        ),
        look.accent,
        "gloss",
    )
    pen.shape([(0.5 - w * 0.55, top), (0.5 + w * 0.55, top), (0.5 + w, low), (0.5 - w, low)], look.body, "round")
    pen.stroke([(0.5 - w, low), (0.5 + w, low)], 0.014, mix(look.body, glow, 0.7))


def chair(pen: Pen, dice: Dice, look: Look) -> None:
    """A chair seen a little from the side."""
    w, seat = dice.girth(0.19, 0.26), dice.between(0.54, 0.6)
    for x, y in ((0.5 - w + 0.1, 0.86), (0.5 + w + 0.08, 0.86), (0.5 - w, 0.95), (0.5 + w - 0.02, 0.95)):
        pen.stroke([(x, seat), (x + (x - 0.5) * 0.12, y)], 0.03, look.accent, "round")
    back = [(0.56 - w, 0.1), (0.56 + w, 0.1), (0.56 + w, seat - 0.06), (0.56 - w, seat - 0.06)]
    style = dice.build(("solid", "slats", "round back"))
    if style == "solid":
        pen.shape(back, look.body, "slope")
    elif style == "round back":
        pen.oval(0.56, 0.3, w, 0.2, look.body, "slope")
    else:
        for x in (0.57 - w, 0.56 - w * 0.35, 0.56 + w * 0.35, 0.55 + w):
            pen.stroke([(x, 0.11), (x, seat - 0.06)], 0.03, look.body, "round")
        pen.stroke([(0.57 - w, 0.12), (0.55 + w, 0.12)], 0.05, look.body)
    pen.shape(
        [(0.56 - w, seat - 0.08), (0.6 + w, seat - 0.08), (0.5 + w, seat + 0.03), (0.46 - w, seat + 0.03)],
        look.body,
        "top",
    )
    pen.shape(
        [(0.46 - w, seat + 0.03), (0.5 + w, seat + 0.03), (0.5 + w, seat + 0.07), (0.46 - w, seat + 0.07)],
        look.body,
        "side",
    )


def sofa(pen: Pen, dice: Dice, look: Look) -> None:
    """A sofa from the front."""
    top, r = dice.girth(0.34, 0.48), dice.between(0.03, 0.07)
    for x in (0.12, 0.85):
        pen.box(x, 0.86, x + 0.04, 0.94, COLOURS["brown"], "round")
    pen.box(0.12, top, 0.88, 0.8, mix(look.body, COLOURS["black"], 0.12), "fall", r)
    seats = dice.build((2, 2, 3))
    for seat in range(seats):
        x0, x1 = 0.15 + seat * 0.7 / seats, 0.15 + (seat + 1) * 0.7 / seats
        pen.box(x0 + 0.004, top + 0.05, x1 - 0.004, 0.68, look.body, "cloth", r)
        pen.box(x0 + 0.004, 0.64, x1 - 0.004, 0.76, look.body, "top", 0.03)
    pen.box(0.1, 0.74, 0.9, 0.88, look.body, "side", 0.02)
    for x in (0.05, 0.82):
        pen.box(x, top + 0.14, x + 0.13, 0.88, look.body, "fall", r)
    pen.shape(rounded(0.2, top + 0.12, 0.36, 0.66, 0.02), look.accent, "slope")


def car(pen: Pen, dice: Dice, look: Look) -> None:
    """A car from the side, front to the right."""
    roof = dice.girth(0.34, 0.44)
    style = dice.build(("saloon", "hatch", "van", "coupe"))
    cabin = {
        "saloon": (0.2, 0.34, 0.6, 0.74),
        "hatch": (0.07, 0.14, 0.56, 0.72),
        "van": (0.05, 0.08, 0.66, 0.8),
        "coupe": (0.12, 0.42, 0.54, 0.76),
    }
    a, b, c, d = cabin[style]
    pen.shape(
        smooth([(a, 0.56), (b, roof + 0.02), ((b + c) / 2, roof - 0.01), (c, roof + 0.02), (d, 0.56)], steps=5),
        look.body,
        "fall",
    )
    hull = [(0.03, 0.6), (0.06, 0.55), (d, 0.54), (0.93, 0.6), (0.975, 0.68), (0.97, 0.77), (0.03, 0.77)]
    pen.shape(smooth(hull, steps=5), look.body, "fall")
    glass: Colour = (0.2, 0.28, 0.36)
    middle = (b + c) / 2
    pen.shape(
        [(a + 0.05, 0.55), (b + 0.03, roof + 0.035), (middle - 0.012, roof + 0.03), (middle - 0.012, 0.55)],
        glass,
        "slope",
    )
    pen.shape(
        [(middle + 0.012, 0.55), (middle + 0.012, roof + 0.03), (c - 0.01, roof + 0.035), (d - 0.05, 0.55)],
        glass,
        "slope",
    )
    pen.stroke([(middle, 0.56), (middle, 0.75)], 0.006, mix(look.body, COLOURS["black"], 0.5))
    pen.stroke([(0.05, 0.72), (0.95, 0.72)], 0.012, look.accent)
    pen.oval(0.945, 0.635, 0.025, 0.02, (1.0, 0.95, 0.7), "ball")
    pen.box(0.03, 0.6, 0.055, 0.66, (0.8, 0.05, 0.05))
    for x in (0.22, 0.77):
        pen.oval(x, 0.77, 0.105, 0.105, DARK)
        pen.oval(x, 0.78, 0.09, 0.09, (0.13, 0.13, 0.14), "ball")
        pen.oval(x, 0.78, 0.052, 0.052, COLOURS["silver"], "slope")


def camera(pen: Pen, dice: Dice, look: Look) -> None:
    """A photo camera from the front."""
    w, top = dice.girth(0.34, 0.42), dice.between(0.32, 0.38)
    pen.box(0.42, top - 0.1, 0.6, top + 0.04, look.accent, "slope", 0.02)
    pen.box(0.5 - w, top, 0.5 + w, 0.86, look.body, "slope", 0.05)
    pen.box(0.5 - w, top, 0.5 + w, top + 0.12, look.accent, "fall", 0.03)
    pen.box(0.5 - w + 0.06, top - 0.04, 0.5 - w + 0.16, top + 0.01, COLOURS["silver"], "metal", 0.01)
    r = dice.build((0.17, 0.19, 0.23))
    for share, tone in ((1.0, DARK), (0.82, COLOURS["dark grey"]), (0.62, DARK)):
        pen.oval(0.52, 0.63, r * share, r * share, tone, "slope")
    pen.oval(0.52, 0.63, r * 0.45, r * 0.45, (0.15, 0.2, 0.42), "ball")
    pen.box(0.5 + w - 0.16, top + 0.02, 0.5 + w - 0.05, top + 0.09, COLOURS["white"], "slope", 0.01)


def television(pen: Pen, dice: Dice, look: Look) -> None:
    """A wide screen on feet; an old set has rods."""
    pen.box(0.06, 0.22, 0.94, 0.78, look.body, "slope", 0.02)
    is_old = dice.build((False, False, True))
    right = 0.72 if is_old else 0.91
    pen.box(0.11, 0.27, right - 0.02, 0.73, DARK, "slope", 0.05 if is_old else 0.0)
    if is_old:
        for x in (0.3, 0.7):
            pen.stroke([(0.5, 0.22), (x, 0.05)], 0.012, COLOURS["silver"])
        for y in (0.36, 0.5):
            pen.oval(0.83, y, 0.04, 0.04, COLOURS["silver"], "ball")
    else:
        pen.shape([(0.11, 0.73), (0.3, 0.47), (0.5, 0.66), (0.65, 0.53), (0.89, 0.73)], look.accent)
    for x in (0.22, 0.76):
        pen.stroke([(x, 0.78), (x - 0.03, 0.88)], 0.025, DARK)


DEVICES: dict[str, Kind] = {
    "phone": Kind(phone, ("metal", "glass"), ("smartphone", "mobile phone")),
    "laptop": Kind(laptop, ("metal", "plastic"), ("notebook computer", "computer")),
    "headphones": Kind(headphones, ("plastic", "metal"), ("over-ear headphones",)),
    "lamp": Kind(lamp, ("metal", "ceramic"), ("table lamp", "desk lamp")),
    "chair": Kind(chair, ("wood", "plastic"), ("dining chair",)),
    "sofa": Kind(sofa, ("leather", "cotton"), ("couch",)),
    "car": Kind(car, ("metal",), ("car side view", "automobile")),
    "camera": Kind(camera, ("metal", "leather"), ("photo camera",)),
    "television": Kind(television, ("plastic",), ("tv", "tv screen")),
}
