"""Props of a stage: things that an actor holds, carries or stands beside.

Belongs here: the drawings of props.
Does not: goods for sale, which are products.
"""

from __future__ import annotations

from refpipe.backends.model_pack.asset_dice import COLOURS, Colour, Dice, mix
from refpipe.backends.model_pack.asset_kinds import Kind, Look
from refpipe.backends.model_pack.asset_pen import Pen, oval, rounded, smooth, star, turned

DARK: Colour = (0.1, 0.1, 0.12)
WOOD: Colour = (0.52, 0.33, 0.17)


def umbrella(pen: Pen, dice: Dice, look: Look) -> None:
    """An open umbrella from the side."""
    pen.stroke([(0.5, 0.1), (0.5, 0.85)], 0.02, COLOURS["brown"])
    pen.stroke(oval(0.55, 0.85, 0.05, 0.07, 0, 180), 0.025, COLOURS["brown"])
    panels, depth = dice.build((4, 5, 6, 8)), dice.girth(0.3, 0.42)
    rim = 0.14 + depth
    for panel in range(panels):
        x0, x1 = 0.06 + panel * 0.88 / panels, 0.06 + (panel + 1) * 0.88 / panels
        side = [
            (0.5 + (x - 0.5) * t, 0.14 + depth * (1 - (1 - t**2) ** 0.5))
            for x in (x1,)
            for t in (0, 0.3, 0.6, 0.8, 0.92, 1)
        ]
        back = [(0.5 + (x0 - 0.5) * t, 0.14 + depth * (1 - (1 - t**2) ** 0.5)) for t in (1, 0.92, 0.8, 0.6, 0.3, 0)]
        pen.shape([*side, ((x0 + x1) / 2, rim - 0.04), *back], look.accent if panel % 2 else look.body, "fall")
    pen.stroke([(0.5, 0.08), (0.5, 0.15)], 0.02, DARK)


def sword(pen: Pen, dice: Dice, look: Look) -> None:
    """A sword, point up."""
    w, guard = dice.girth(0.03, 0.06), dice.between(0.13, 0.2)
    blade = [(0.5, 0.03), (0.5 + w, 0.12), (0.5 + w, 0.7), (0.5 - w, 0.7), (0.5 - w, 0.12)]
    if dice.build(("straight", "straight", "curved")) == "curved":
        blade = [
            (x + 0.12 * (0.7 - y), y)
            for x, y in smooth(
                [(0.56, 0.03), (0.5 + w * 1.3, 0.3), (0.5 + w, 0.7), (0.5 - w, 0.7), (0.5 - w * 0.3, 0.3)]
            )
        ]
    pen.shape(blade, COLOURS["silver"], "metal")
    pen.stroke([(0.5, 0.2), (0.5, 0.68)], 0.01, COLOURS["grey"])
    pen.box(0.465, 0.72, 0.535, 0.91, look.body, "round")
    for y in (0.76, 0.81, 0.86):
        pen.stroke([(0.475, y), (0.525, y + 0.02)], 0.01, mix(look.body, DARK, 0.5))
    pen.box(0.5 - guard, 0.69, 0.5 + guard, 0.745, look.body, "metal", 0.02)
    pen.oval(0.5, 0.93, 0.045, 0.045, look.accent, "ball")


def book(pen: Pen, dice: Dice, look: Look) -> None:
    """A closed book, or an open one."""
    if dice.build(("closed", "closed", "open")) == "open":
        for side in (-1, 1):
            pen.shape(
                [(0.5, 0.4), (0.5 + side * 0.44, 0.34), (0.5 + side * 0.46, 0.84), (0.5, 0.88)], look.body, "flat"
            )
            pen.shape(
                smooth(
                    [
                        (0.5, 0.36),
                        (0.5 + side * 0.2, 0.3),
                        (0.5 + side * 0.41, 0.33),
                        (0.5 + side * 0.42, 0.8),
                        (0.5 + side * 0.2, 0.78),
                        (0.5, 0.84),
                    ],
                    steps=4,
                ),
                COLOURS["cream"],
                "slope",
            )
            for y in (0.42, 0.49, 0.56, 0.63):
                pen.stroke([(0.5 + side * 0.07, y + 0.01), (0.5 + side * 0.35, y)], 0.01, COLOURS["grey"])
        return
    x0, x1 = 0.5 - dice.girth(0.22, 0.32), 0.72
    pen.shape([(x1, 0.14), (x1 + 0.09, 0.1), (x1 + 0.09, 0.86), (x1, 0.92)], COLOURS["cream"], "side")
    pen.shape([(x0, 0.14), (x1, 0.14), (x1 + 0.09, 0.1), (x0 + 0.09, 0.1)], COLOURS["cream"], "top")
    pen.box(x0, 0.14, x1, 0.92, look.body, "slope")
    pen.box(x0, 0.14, x0 + 0.05, 0.92, mix(look.body, DARK, 0.4))
    pen.box(x0 + 0.1, 0.24, x1 - 0.06, 0.42, look.accent, "flat", 0.01)
    pen.oval((x0 + x1) / 2 + 0.02, 0.66, 0.09, 0.09, look.accent)


def guitar(pen: Pen, dice: Dice, look: Look) -> None:
    """A guitar from the front."""
    w = dice.girth(0.18, 0.25)
    pen.box(0.47, 0.1, 0.53, 0.6, WOOD, "round")
    pen.shape([(0.455, 0.03), (0.545, 0.03), (0.54, 0.13), (0.46, 0.13)], look.accent, "round")
    if dice.build(("acoustic", "acoustic", "electric")) == "electric":
        right = [(0.5 + w * 0.5, 0.48), (0.5 + w * 0.9, 0.42), (0.5 + w * 0.7, 0.66), (0.5 + w, 0.88), (0.5, 0.95)]
        pen.shape(
            smooth([*right, (0.5 - w, 0.88), (0.5 - w * 0.7, 0.66), (0.5 - w * 0.9, 0.48), (0.46, 0.58)]),
            look.body,
            "gloss",
        )
        for y in (0.66, 0.76):
            pen.box(0.43, y, 0.57, y + 0.035, DARK)
    else:
        pen.shape(
            turned([(0.05, 0.45), (w * 0.75, 0.52), (w * 0.62, 0.64), (w, 0.8), (w * 0.8, 0.93), (0.0, 0.96)]),
            look.body,
            "slope",
        )
        pen.oval(0.5, 0.65, 0.07, 0.07, DARK)
        pen.stroke(oval(0.5, 0.65, 0.08, 0.08), 0.012, look.accent)
    pen.box(0.43, 0.83, 0.57, 0.86, DARK)
    for string in range(4):
        x = 0.48 + string * 0.0133
        pen.stroke([(x, 0.08), (x, 0.84)], 0.003, COLOURS["white"])


def suitcase(pen: Pen, dice: Dice, look: Look) -> None:
    """A travelling case with a handle."""
    w, top = dice.girth(0.24, 0.4), dice.between(0.3, 0.4)
    pen.stroke(rounded(0.4, top - 0.13, 0.6, top + 0.1, 0.04), 0.03, look.accent)
    pen.box(0.5 - w, top, 0.5 + w, 0.92, look.body, "slope", 0.05)
    if dice.build(("ribs", "straps", "corners")) == "ribs":
        for step in range(1, 6):
            x = 0.5 - w + step * w / 3
            pen.stroke([(x, top + 0.03), (x, 0.89)], 0.012, mix(look.body, DARK, 0.35))
    else:
        for side in (-0.6, 0.6):
            pen.box(0.5 + side * w - 0.03, top, 0.5 + side * w + 0.03, 0.92, look.accent, "fall")
            pen.box(0.5 + side * w - 0.035, 0.6, 0.5 + side * w + 0.035, 0.66, COLOURS["gold"], "metal")
    for x in (0.54 - w, 0.46 + w):
        pen.oval(x, 0.93, 0.03, 0.03, DARK, "ball")


def key(pen: Pen, dice: Dice, look: Look) -> None:
    """A large key."""
    r = dice.girth(0.12, 0.18)
    pen.stroke([(0.5, 0.1 + r * 2), (0.5, 0.93)], 0.05, look.body, "metal")
    if dice.build(("ring", "ring", "clover")) == "clover":
        for x, y in ((0.5, 0.1), (0.41, 0.22), (0.59, 0.22)):
            pen.stroke(oval(x, y + 0.03, 0.07, 0.07), 0.035, look.body, "slope")
    else:
        pen.stroke(oval(0.5, 0.08 + r, r, r), 0.05, look.body, "slope")
    for y in (0.78, 0.87):
        pen.box(0.5, y, 0.5 + dice.between(0.11, 0.17), y + 0.05, look.body, "metal")
    pen.box(0.455, 0.12 + r * 2, 0.545, 0.16 + r * 2, look.accent, "metal", 0.01)


def candle(pen: Pen, dice: Dice, look: Look) -> None:
    """A burning candle on a dish."""
    w, top = dice.girth(0.06, 0.15), dice.between(0.3, 0.42)
    pen.oval(0.5, top - 0.12, 0.12, 0.15, (1.0, 0.8, 0.3), opacity=0.18)
    pen.box(0.5 - w, top, 0.5 + w, 0.9, look.body, "round", 0.01)
    pen.oval(0.5, top, w, 0.025, mix(look.body, COLOURS["white"], 0.4))
    pen.stroke([(0.5, top), (0.5, top - 0.05)], 0.012, DARK)
    pen.shape(turned([(0, top - 0.2), (0.03, top - 0.1), (0.035, top - 0.06), (0, top - 0.02)]), (1.0, 0.62, 0.1))
    pen.shape(turned([(0, top - 0.14), (0.018, top - 0.07), (0, top - 0.03)]), (1.0, 0.95, 0.6))
    pen.shape(
        turned([(w + 0.1, 0.88), (w + 0.06, 0.94), (w, 0.95)], is_smooth=False),
        look.accent,
        dice.build(("gloss", "round", "metal")),
    )


def clock(pen: Pen, dice: Dice, look: Look) -> None:
    """A wall clock, or an alarm clock with bells."""
    r = dice.girth(0.3, 0.38)
    if dice.build(("wall", "wall", "alarm")) == "alarm":
        r = 0.3
        for side in (-1, 1):
            pen.stroke([(0.5 + side * 0.15, 0.78), (0.5 + side * 0.22, 0.94)], 0.04, look.body)
            pen.oval(0.5 + side * 0.17, 0.17, 0.1, 0.07, look.body, "ball")
    pen.oval(0.5, 0.53, r, r, look.body, "slope")
    face = COLOURS["white" if sum(look.body) < 2.2 else "dark grey"]
    ink = DARK if sum(face) > 1.4 else COLOURS["white"]
    pen.oval(0.5, 0.53, r * 0.76, r * 0.76, face, "slope")
    for hour in range(12):
        x, y = oval(0.5, 0.53, r * 0.64, r * 0.64, hour * 30, 360)[0]
        pen.oval(float(x), float(y), 0.012, 0.012, ink)
    for reach, wide in ((0.38, 0.034), (0.56, 0.018)):
        x, y = oval(0.5, 0.53, r * reach, r * reach, dice.between(0, 360), 360)[0]
        pen.stroke([(0.5, 0.53), (float(x), float(y))], wide, look.accent if wide > 0.02 else ink)
    pen.oval(0.5, 0.53, 0.025, 0.025, look.accent)


def hammer(pen: Pen, dice: Dice, look: Look) -> None:
    """A claw hammer."""
    pen.box(0.47, 0.22, 0.53, 0.95, look.body, "round", 0.02)
    pen.box(0.46, dice.build((0.62, 0.68, 0.5)), 0.54, 0.95, look.accent, "round", 0.02)
    pen.box(0.6, 0.1, 0.6 + dice.girth(0.1, 0.18), 0.32, COLOURS["grey"], "metal", 0.01)
    pen.shape(
        smooth(
            [(0.62, 0.14), (0.62, 0.28), (0.44, 0.28), (0.3, 0.27), (0.18, 0.38), (0.24, 0.2), (0.42, 0.14)], steps=5
        ),
        COLOURS["grey"],
        "fall",
    )


def bicycle(pen: Pen, dice: Dice, look: Look) -> None:
    """A bicycle from the side."""
    r = dice.girth(0.16, 0.2)
    for x in (0.24, 0.76):
        pen.stroke(oval(x, 0.7, r, r), 0.025, DARK)
        for turn in range(0, 180, 30):
            a, b = oval(x, 0.7, r, r, turn, turn + 180)[[0, -1]]
            pen.stroke([a, b], 0.004, COLOURS["grey"])
    low = dice.build((False, False, True))
    frame = [
        [(0.24, 0.7), (0.46, 0.72), (0.64, 0.46)],
        [(0.24, 0.7), (0.4, 0.46), (0.46, 0.72)],
        [(0.64, 0.4), (0.76, 0.7)],
    ]
    frame.append([(0.43, 0.6), (0.66, 0.47)] if low else [(0.4, 0.46), (0.64, 0.44)])
    for tube in frame:
        pen.stroke(tube, 0.026, look.body)
    pen.stroke([(0.4, 0.47), (0.385, 0.38)], 0.018, COLOURS["silver"])
    pen.shape(smooth([(0.31, 0.35), (0.46, 0.355), (0.4, 0.39), (0.33, 0.385)]), look.accent)
    pen.stroke([(0.64, 0.44), (0.625, 0.34), (0.7, 0.32), (0.72, 0.37)], 0.022, look.accent)
    pen.oval(0.46, 0.72, 0.045, 0.045, COLOURS["silver"], "ball")


def ball(pen: Pen, dice: Dice, look: Look) -> None:
    """A ball: striped, spotted or with a star."""
    r = dice.girth(0.3, 0.4)
    style = dice.build(("beach", "band", "spots", "seams"))
    pen.oval(0.5, 0.94 - r, r, r, look.body)
    y = 0.94 - r
    if style == "beach":
        for start in (0, 120, 240):
            pen.shape([(0.5, y), *oval(0.5, y, r, r, start + 20, start + 80)], look.accent)
    elif style == "band":
        pen.shape([*oval(0.5, y, r, r, -18, 18), *oval(0.5, y, r, r, 162, 198)], look.accent)
    elif style == "seams":
        pen.stroke([(0.5 - r, y), (0.5 + r, y)], 0.018, look.accent)
        for side in (-1, 1):
            pen.stroke(
                oval(
                    0.5 + side * r * 1.15,
                    y,
                    r * 0.75,
                    r * 0.95,
                    90 - side * 30 if side < 0 else 110,
                    240 if side > 0 else -60,
                ),
                0.018,
                look.accent,
            )
    else:
        for x, d in ((0.5, 0.0), (0.5 - r * 0.6, -0.1), (0.5 + r * 0.6, 0.1), (0.5, -0.2), (0.5, 0.22)):
            pen.shape(star(x, y + d, r * 0.22, 5, 0.8), look.accent)
    pen.oval(0.5, y, r, r, mix(look.body, DARK, 0.6), "ball", 0.35)
    pen.oval(0.5 - r * 0.35, y - r * 0.4, r * 0.16, r * 0.11, COLOURS["white"], opacity=0.6)


CLASSIC_PROPS: dict[str, Kind] = {
    "umbrella": Kind(umbrella, ("canvas",), ("rain umbrella",)),
    "sword": Kind(sword, ("metal",), ("knight sword", "blade")),
    "book": Kind(book, ("leather", "cardboard"), ("old book",)),
    "guitar": Kind(guitar, ("wood",), ("musical instrument",)),
    "suitcase": Kind(suitcase, ("leather", "plastic"), ("travel case", "luggage")),
    "key": Kind(key, ("metal",), ("old key", "door key")),
    "candle": Kind(candle, ("wax",), ("burning candle",)),
    "clock": Kind(clock, ("metal", "plastic", "wood"), ("wall clock",)),
    "hammer": Kind(hammer, ("wood", "metal"), ("tool",)),
    "bicycle": Kind(bicycle, ("metal",), ("bike",)),
    "ball": Kind(ball, ("plastic", "leather"), ("toy ball",)),
}
