"""Shoes, clothes, bags and watches, drawn on a pen's plane.

Belongs here: products that are worn or carried.
Does not: containers, devices, props.
"""

from __future__ import annotations

from refpipe.backends.model_pack.asset_dice import COLOURS, Dice, mix
from refpipe.backends.model_pack.asset_kinds import Kind, Look
from refpipe.backends.model_pack.asset_pen import Pen, oval, rounded, smooth, star


def sneaker(pen: Pen, dice: Dice, look: Look) -> None:
    """A sports shoe from the side, toe to the right."""
    collar = dice.girth(0.26, 0.44)
    sole = dice.pick((COLOURS["white"], look.accent))
    back = (0.11, 0.8), (0.09, 0.62), (0.12, collar), (0.2, collar + 0.05), (0.3, collar + 0.04), (0.38, collar - 0.04)
    front = (0.44, collar + 0.02), (0.56, 0.5), (0.7, 0.59), (0.85, 0.64), (0.94, 0.74), (0.93, 0.82)
    pen.shape(smooth([*back, *front]), look.body, "slope")
    pen.shape(
        smooth([(0.78, 0.63), (0.88, 0.65), (0.95, 0.75), (0.93, 0.82), (0.76, 0.82)]),
        mix(look.body, look.accent, 0.35),
        "slope",
    )
    pen.shape(
        smooth([(0.1, 0.6), (0.11, collar + 0.02), (0.17, collar + 0.06), (0.2, 0.62), (0.15, 0.7)]),
        look.accent,
        "slope",
    )
    style = dice.build(("bars", "swing", "plain", "star", "chevron"))
    if style == "bars":
        for step in range(3):
            pen.stroke([(0.38 + step * 0.08, 0.76), (0.43 + step * 0.07, 0.58)], 0.028, look.accent)
    elif style == "swing":
        pen.shape(smooth([(0.25, 0.66), (0.4, 0.74), (0.66, 0.6), (0.42, 0.68)]), look.accent)
    elif style == "star":
        pen.shape(star(0.34, 0.64, 0.08, 5), look.accent)
    elif style == "chevron":
        pen.stroke([(0.32, 0.58), (0.44, 0.68), (0.34, 0.78)], 0.035, look.accent)
    for step in range(4):
        x, y = 0.44 + step * 0.055, collar + 0.05 + step * (0.55 - collar) / 4.5
        pen.stroke(
            [(x - 0.02, y + 0.06), (x + 0.05, y)], 0.016, COLOURS["white" if sum(look.body) < 2.4 else "dark grey"]
        )
    pen.shape(rounded(0.08, 0.78, 0.955, 0.88, 0.04), sole, "fall")
    pen.stroke([(0.1, 0.875), (0.93, 0.875)], 0.012, mix(sole, COLOURS["black"], 0.5))


def boot(pen: Pen, dice: Dice, look: Look) -> None:
    """A high boot from the side."""
    top, leg = dice.girth(0.08, 0.26), dice.between(0.38, 0.44)
    pen.shape(
        smooth(
            [
                (0.2, top),
                (leg + 0.06, top),
                (leg + 0.08, 0.5),
                (0.56, 0.62),
                (0.78, 0.68),
                (0.86, 0.78),
                (0.85, 0.85),
                (0.2, 0.85),
                (0.2, 0.5),
            ],
            steps=5,
        ),
        look.body,
        "slope",
    )
    pen.box(0.19, top - 0.01, leg + 0.07, top + dice.build((0.04, 0.07, 0.14)), look.accent, "round", 0.02)
    pen.shape(
        [(0.19, 0.84), (0.87, 0.84), (0.87, 0.9), (0.45, 0.9), (0.43, 0.95), (0.19, 0.95)],
        mix(COLOURS["black"], COLOURS["brown"], 0.4),
        "fall",
    )
    if dice.chance(0.6):
        for step in range(5):
            y = top + 0.16 + step * (0.5 - top) / 5.5
            pen.stroke([(leg - 0.03, y + 0.02), (leg + 0.07, y - 0.01)], 0.018, look.accent)
    else:
        pen.stroke([(0.2, 0.6), (0.52, 0.6)], 0.035, look.accent)


def high_heel(pen: Pen, dice: Dice, look: Look) -> None:
    """A court shoe with a thin heel."""
    lift = dice.girth(0.3, 0.5)
    pen.shape([(0.1, lift + 0.1), (0.24, lift + 0.2), (0.2, 0.93), (0.16, 0.93)], look.accent, "round")
    pen.shape(
        smooth(
            [
                (0.1, lift),
                (0.2, lift + 0.06),
                (0.4, 0.66),
                (0.6, 0.76),
                (0.78, 0.76),
                (0.94, 0.89),
                (0.9, 0.93),
                (0.62, 0.92),
                (0.4, 0.82),
                (0.22, lift + 0.24),
                (0.1, lift + 0.14),
            ]
        ),
        look.body,
        "gloss",
    )
    pen.stroke(
        smooth([(0.92, 0.925), (0.62, 0.93), (0.4, 0.835), (0.24, lift + 0.26)], is_closed=False), 0.014, look.accent
    )
    if dice.chance(0.4):
        pen.shape(star(0.74, 0.79, 0.05, dice.build((4, 5, 8))), look.accent)


def handbag(pen: Pen, dice: Dice, look: Look) -> None:
    """A bag with a handle, a flap and a clasp."""
    w, top, flare = dice.girth(0.26, 0.38), dice.between(0.42, 0.52), dice.between(-0.03, 0.06)
    pen.stroke(
        oval(0.5, top + 0.02, w * dice.between(0.5, 0.75), dice.build((0.22, 0.3, 0.38)), 180, 360),
        0.035,
        look.accent,
        "slope",
    )
    outline = [(0.5 - w, top), (0.5 + w, top), (0.5 + w + flare, 0.93), (0.5 - w - flare, 0.93)]
    pen.shape(outline, look.body, "slope")
    pen.stroke([(0.5 - w - flare, 0.93), (0.5 + w + flare, 0.93)], 0.03, look.body, "fall")
    flap = dice.build(("flap", "zip", "curve"))
    metal = COLOURS["gold" if dice.chance(0.6) else "silver"]
    if flap == "zip":
        pen.stroke([(0.5 - w + 0.03, top + 0.06), (0.5 + w - 0.03, top + 0.06)], 0.018, metal)
        pen.box(0.5 - w * 0.6, 0.66, 0.5 + w * 0.6, 0.86, look.accent, "slope", 0.02)
        return
    low = 0.7 if flap == "flap" else 0.76
    pen.shape(
        smooth(
            [(0.5 - w, top), (0.5 + w, top), (0.5 + w * 0.9, low - 0.08), (0.5, low), (0.5 - w * 0.9, low - 0.08)],
            steps=4,
        ),
        mix(look.body, COLOURS["black"], 0.18),
        "slope",
    )
    pen.box(0.46, low - 0.05, 0.54, low + 0.03, metal, "metal", 0.01)


def backpack(pen: Pen, dice: Dice, look: Look) -> None:
    """A rucksack from the front."""
    w, top = dice.girth(0.22, 0.32), dice.between(0.14, 0.22)
    pen.stroke(oval(0.5, top + 0.02, 0.08, 0.09, 180, 360), 0.03, look.accent)
    for side in (-1, 1):
        pen.stroke(
            smooth(
                [(0.5 + side * w * 0.8, 0.3), (0.5 + side * (w + 0.06), 0.5), (0.5 + side * w * 0.9, 0.86)],
                is_closed=False,
            ),
            0.035,
            mix(look.body, COLOURS["black"], 0.4),
        )
    pen.box(0.5 - w, top, 0.5 + w, 0.95, look.body, "cloth", dice.build((0.08, 0.14, 0.22)))
    pen.stroke(
        smooth(
            [(0.5 - w * 0.85, 0.5), (0.5 - w * 0.7, top + 0.12), (0.5 + w * 0.7, top + 0.12), (0.5 + w * 0.85, 0.5)],
            is_closed=False,
        ),
        0.012,
        mix(look.body, COLOURS["black"], 0.5),
    )
    pen.box(0.5 - w * 0.75, 0.58, 0.5 + w * 0.75, 0.9, look.accent, "slope", 0.05)
    pen.stroke([(0.5 - w * 0.6, 0.66), (0.5 + w * 0.6, 0.66)], 0.012, mix(look.accent, COLOURS["black"], 0.6))
    pen.box(0.46, 0.37, 0.54, 0.43, look.accent, "flat", 0.01)


def cap(pen: Pen, dice: Dice, look: Look) -> None:
    """A baseball cap, peak to the right."""
    top = dice.girth(0.26, 0.38)
    pen.shape(
        smooth(
            [(0.14, 0.68), (0.14, 0.52), (0.24, top + 0.06), (0.42, top), (0.58, top + 0.1), (0.66, 0.55), (0.67, 0.68)]
        ),
        look.body,
        "slope",
    )
    for x in (0.28, 0.47):
        pen.stroke(
            smooth([(0.41, top), (x, 0.5), (x - 0.02, 0.67)], is_closed=False),
            0.008,
            mix(look.body, COLOURS["black"], 0.4),
        )
    pen.shape(
        smooth([(0.6, 0.62), (0.8, 0.64), (0.95, 0.74), (0.9, 0.77), (0.7, 0.72), (0.5, 0.7)]), look.accent, "fall"
    )
    pen.oval(0.41, top, 0.025, 0.018, look.accent, "ball")
    style = dice.build(("letter", "disc", "plain", "star"))
    if style == "letter":
        pen.word(dice.pick("ABDEHKMRSX"), 0.53, 0.52, 0.12, look.accent)
    elif style == "disc":
        pen.oval(0.54, 0.52, 0.05, 0.06, look.accent)
    elif style == "star":
        pen.shape(star(0.54, 0.52, 0.07, 5), look.accent)


def t_shirt(pen: Pen, dice: Dice, look: Look) -> None:
    """A T-shirt laid flat, with a print."""
    sleeve, w = dice.girth(0.36, 0.5), dice.between(0.2, 0.25)
    half = [(0.1, 0.1), (0.22, 0.13), (0.45, sleeve - 0.04), (0.36, sleeve + 0.04), (w, 0.32), (w, 0.92)]
    outline = [(0.5 + x, y) for x, y in half] + [(0.5 - x, y) for x, y in reversed(half)]
    pen.shape(outline, look.body, "cloth")
    for side in (-1, 1):
        pen.stroke([(0.5 + side * w, 0.33), (0.5 + side * 0.22, 0.15)], 0.007, mix(look.body, COLOURS["black"], 0.3))
        pen.stroke([(0.5 + side * 0.45, sleeve - 0.04), (0.5 + side * 0.36, sleeve + 0.04)], 0.02, look.accent)
    pen.oval(0.5, 0.1, 0.1, 0.075, mix(look.body, COLOURS["black"], 0.45))
    pen.stroke(oval(0.5, 0.1, 0.1, 0.075, 0, 180), 0.02, look.accent)
    style = dice.build(("disc", "stripes", "plain", "star", "chevron"))
    if style == "disc":
        pen.oval(0.5, 0.42, 0.09, 0.09, look.accent)
    elif style == "stripes":
        for y in (0.36, 0.46, 0.56, 0.66, 0.76):
            pen.box(0.5 - w, y, 0.5 + w, y + 0.045, look.accent, "cloth")
    elif style == "star":
        pen.shape(star(0.5, 0.44, 0.12, 5), look.accent)
    elif style == "chevron":
        pen.stroke([(0.5 - w, 0.4), (0.5, 0.56), (0.5 + w, 0.4)], 0.05, look.accent)


def dress(pen: Pen, dice: Dice, look: Look) -> None:
    """A sleeveless dress laid flat."""
    hem, waist = dice.girth(0.2, 0.36), dice.between(0.1, 0.13)
    right = [(0.06, 0.08), (0.1, 0.08), (0.1, 0.2), (0.15, 0.27), (waist, 0.46), (hem, 0.92)]
    pen.shape(
        [(0.5 + x, y) for x, y in right] + [(0.5 - x, y) for x, y in reversed(right)] + [(0.5, 0.18)],
        look.body,
        "cloth",
    )
    pen.box(0.5 - waist - 0.005, 0.44, 0.5 + waist + 0.005, 0.49, look.accent, "round")
    for x in (-0.5, -0.15, 0.2, 0.55):
        pen.stroke([(0.5 + x * waist, 0.5), (0.5 + x * hem, 0.9)], 0.008, mix(look.body, COLOURS["black"], 0.25))
    if dice.build((False, False, True)):
        pen.stroke([(0.5 - hem, 0.9), (0.5 + hem, 0.9)], 0.04, look.accent)


def trousers(pen: Pen, dice: Dice, look: Look) -> None:
    """Trousers laid flat."""
    cuff, low = dice.girth(0.08, 0.15), dice.build((0.93, 0.9, 0.55))
    right = [(0.17, 0.07), (0.2, 0.3), (0.13 + cuff, low), (0.13 - cuff * 0.6, low), (0.0, 0.36)]
    pen.shape([(0.5 + x, y) for x, y in right] + [(0.5 - x, y) for x, y in reversed(right)], look.body, "cloth")
    pen.box(0.33, 0.06, 0.67, 0.11, look.accent, "round")
    pen.stroke([(0.5, 0.11), (0.5, 0.36)], 0.008, mix(look.body, COLOURS["black"], 0.5))
    for side in (-1, 1):
        pen.stroke([(0.5 + side * 0.1, 0.12), (0.5 + side * 0.18, 0.22)], 0.008, mix(look.body, COLOURS["black"], 0.5))


def watch(pen: Pen, dice: Dice, look: Look) -> None:
    """A wristwatch from above."""
    w = dice.girth(0.1, 0.15)
    pen.shape([(0.5 - w, 0.3), (0.5 + w, 0.3), (0.5 + w * 0.75, 0.03), (0.5 - w * 0.75, 0.03)], look.body, "round")
    pen.shape([(0.5 - w, 0.7), (0.5 + w, 0.7), (0.5 + w * 0.75, 0.97), (0.5 - w * 0.75, 0.97)], look.body, "round")
    for y in (0.8, 0.85, 0.9):
        pen.oval(0.5, y, 0.01, 0.01, mix(look.body, COLOURS["black"], 0.6))
    case = COLOURS[dice.pick(("gold", "silver", "dark grey"))]
    pen.box(0.73, 0.47, 0.79, 0.53, case, "metal")
    style = dice.build(("round", "round", "square"))
    outer = oval(0.5, 0.5, 0.25, 0.25) if style == "round" else rounded(0.28, 0.26, 0.72, 0.74, 0.08)
    pen.shape(outer, case, "metal")
    pen.shape((outer - 0.5) * 0.85 + 0.5, look.accent, "slope")
    ink = COLOURS["white" if sum(look.accent) < 1.5 else "black"]
    for mark in range(12):
        hour = oval(0.5, 0.5, 0.18, 0.18, mark * 30, mark * 30 + 1)[0]
        pen.oval(float(hour[0]), float(hour[1]), 0.01, 0.01, ink)
    for reach, wide in ((0.11, 0.018), (0.16, 0.012)):
        tip = oval(0.5, 0.5, reach, reach, dice.between(0, 360), 361)[0]
        pen.stroke([(0.5, 0.5), (float(tip[0]), float(tip[1]))], wide, ink)


WEAR: dict[str, Kind] = {
    "sneaker": Kind(sneaker, ("leather", "canvas"), ("running shoe", "sports shoe", "trainer")),
    "boot": Kind(boot, ("leather", "suede"), ("winter boot",)),
    "high heel": Kind(high_heel, ("leather", "suede"), ("high heel shoe", "stiletto")),
    "handbag": Kind(handbag, ("leather", "canvas"), ("purse", "bag")),
    "backpack": Kind(backpack, ("canvas",), ("rucksack", "school bag")),
    "cap": Kind(cap, ("cotton",), ("baseball cap",)),
    "t-shirt": Kind(t_shirt, ("cotton",), ("shirt", "tee"), is_flat_lay=True),
    "dress": Kind(dress, ("cotton", "wool"), ("summer dress",), is_flat_lay=True),
    "trousers": Kind(trousers, ("cotton", "wool"), ("pants",), is_flat_lay=True),
    "watch": Kind(watch, ("leather", "metal"), ("wristwatch", "wrist watch"), is_flat_lay=True),
}
