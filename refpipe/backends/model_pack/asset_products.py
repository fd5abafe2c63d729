"""Packaged goods, vessels and cosmetics, drawn upright on a pen's plane.

Belongs here: the drawings of containers.
Does not: clothes, devices, props; backdrops and captions.
"""

from __future__ import annotations

from refpipe.backends.model_pack.asset_dice import COLOURS, Dice, mix, readable_on
from refpipe.backends.model_pack.asset_kinds import LABEL_WORDS, Kind, Look, body, label
from refpipe.backends.model_pack.asset_pen import Pen, oval, polygon, rounded, turned


def bottle(pen: Pen, dice: Dice, look: Look) -> None:
    """A drinks or shampoo bottle."""
    w, neck, top = dice.girth(0.13, 0.22), dice.between(0.055, 0.075), dice.between(0.05, 0.2)
    shoulder = top + dice.between(0.18, 0.28)
    waist = w * dice.build((1.0, 0.94, 1.05, 0.8))
    sides = [(neck, top + 0.06), (neck, top + 0.1), (w * 0.8, shoulder - 0.03), (w, shoulder + 0.06)]
    body(pen, look, turned([*sides, (waist, 0.66), (w, 0.9), (w * 0.95, 0.95), (w * 0.85, 0.955)]))
    pen.box(0.5 - neck - 0.012, top, 0.5 + neck + 0.012, top + 0.08, look.accent, "gloss", 0.01)
    if dice.chance(0.75):
        w = min(w, waist)
        label(pen, dice, 0.5 - w, shoulder + 0.13, 0.5 + w, 0.83, look.accent if dice.chance(0.7) else COLOURS["white"])


def wine_bottle(pen: Pen, dice: Dice, look: Look) -> None:
    """A tall bottle with a long neck and a capsule."""
    w, shoulder = dice.girth(0.1, 0.15), dice.between(0.34, 0.42)
    slope = dice.build((0.05, 0.08, 0.16))
    body(
        pen,
        look,
        turned(
            [(0.04, 0.04), (0.04, 0.2), (0.045, shoulder - slope), (w, shoulder + 0.03), (w, 0.94), (w * 0.9, 0.96)]
        ),
    )
    pen.box(0.456, 0.03, 0.544, 0.17, look.accent, "gloss", 0.01)
    label(pen, dice, 0.5 - w, 0.55, 0.5 + w, 0.82, dice.pick((COLOURS["cream"], COLOURS["white"], look.accent)))


def spray_bottle(pen: Pen, dice: Dice, look: Look) -> None:
    """A cleaner's bottle with a trigger head."""
    w = dice.girth(0.14, 0.2)
    body(pen, look, turned([(0.05, 0.27), (0.06, 0.32), (w * 0.8, 0.45), (w, 0.6), (w, 0.92), (w * 0.9, 0.96)]))
    pen.shape(
        [(0.43, 0.28), (0.43, 0.16), (0.3, 0.15), (0.29, 0.08), (0.6, 0.07), (0.64, 0.15), (0.57, 0.28)],
        look.accent,
        "slope",
    )
    pen.box(0.255, 0.09, 0.3, 0.14, COLOURS["white"])
    pen.stroke([(0.4, 0.18), (0.36, 0.26), (0.35, 0.34)], 0.03, look.accent)
    label(pen, dice, 0.5 - w * 0.8, 0.6, 0.5 + w * 0.8, 0.86, COLOURS["white"])


def can(pen: Pen, dice: Dice, look: Look) -> None:
    """A drinks can with a printed band."""
    w, top = dice.girth(0.15, 0.25), dice.between(0.1, 0.3)
    pen.shape(
        turned([(w * 0.86, top), (w, top + 0.06), (w, 0.88), (w * 0.84, 0.95)], is_smooth=False), look.body, "gloss"
    )
    pen.oval(0.5, top, w * 0.86, 0.035, COLOURS["silver"], "metal")
    pen.oval(0.5, top, w * 0.72, 0.024, COLOURS["grey"], "inner")
    pen.box(0.5 - w * 0.84, 0.93, 0.5 + w * 0.84, 0.955, COLOURS["silver"], "metal", 0.01)
    style, middle = dice.build(("band", "disc", "slant", "stripes")), (top + 0.95) / 2
    if style == "band":
        label(pen, dice, 0.5 - w, middle - 0.13, 0.5 + w, middle + 0.13, look.accent)
    elif style == "disc":
        pen.oval(0.5, middle, w * 0.6, w * 0.6, look.accent, "round")
        pen.word(dice.pick(LABEL_WORDS), 0.5, middle, 0.06, readable_on(look.accent), w)
    elif style == "slant":
        pen.shape(
            [(0.5 - w, middle + 0.1), (0.5 + w, middle - 0.2), (0.5 + w, middle - 0.02), (0.5 - w, middle + 0.26)],
            look.accent,
            "round",
        )
    else:
        for step in range(3):
            pen.box(0.5 - w, middle - 0.16 + 0.13 * step, 0.5 + w, middle - 0.1 + 0.13 * step, look.accent, "gloss")


def jar(pen: Pen, dice: Dice, look: Look) -> None:
    """A wide jar with a lid."""
    w, top = dice.girth(0.2, 0.34), dice.between(0.3, 0.48)
    body(pen, look, turned([(w * 0.85, top), (w, top + 0.08), (w, 0.88), (w * 0.92, 0.94), (w * 0.8, 0.95)]))
    pen.box(
        0.5 - w * 0.93,
        top - 0.12,
        0.5 + w * 0.93,
        top + 0.03,
        look.accent,
        dice.build(("gloss", "metal", "round")),
        0.02,
    )
    if dice.chance(0.7):
        label(
            pen,
            dice,
            0.5 - w * 0.98,
            top + 0.14,
            0.5 + w * 0.98,
            0.84,
            dice.pick((COLOURS["white"], look.accent, COLOURS["cream"])),
        )


def tube(pen: Pen, dice: Dice, look: Look) -> None:
    """A cream tube standing on its cap."""
    w = dice.girth(0.11, 0.18)
    pen.box(0.5 - w * 0.8, 0.8, 0.5 + w * 0.8, 0.95, look.accent, "gloss", 0.02)
    pen.shape(
        [
            (0.5 - w * 1.15, 0.1),
            (0.5 + w * 1.15, 0.1),
            (0.5 + w, 0.6),
            (0.5 + w * 0.85, 0.81),
            (0.5 - w * 0.85, 0.81),
            (0.5 - w, 0.6),
        ],
        look.body,
        "gloss",
    )
    pen.box(0.5 - w * 1.17, 0.08, 0.5 + w * 1.17, 0.13, mix(look.body, COLOURS["black"], 0.15), "round")
    pen.box(0.5 - w * 0.95, 0.55, 0.5 + w * 0.95, dice.build((0.62, 0.68, 0.75)), look.accent, "gloss")
    pen.word(dice.pick(LABEL_WORDS), 0.5, 0.36, 0.07, readable_on(look.body), w * 1.5)


def carton(pen: Pen, dice: Dice, look: Look) -> None:
    """A milk or juice carton with a gable."""
    w, top, deep = dice.girth(0.16, 0.24), dice.between(0.3, 0.4), dice.between(0.1, 0.16)
    x0, x1 = 0.5 - w - deep / 2, 0.5 + w - deep / 2
    pen.shape([(x1, top), (x1 + deep, top - 0.06), (x1 + deep, 0.89), (x1, 0.95)], look.body, "side")
    pen.shape([(x0, top), (x1, top), (x1, 0.95), (x0, 0.95)], look.body, "fall")
    ridge = top - dice.between(0.12, 0.18)
    pen.shape(
        [(x0, top), (x1, top), (x1 + deep / 2, ridge), (x0 + deep / 2, ridge)], mix(look.body, look.accent, 0.9), "fall"
    )
    pen.shape([(x1, top), (x1 + deep, top - 0.06), (x1 + deep / 2, ridge)], look.accent, "side")
    pen.shape(
        [(x0 + deep / 2, ridge - 0.05), (x1 + deep / 2, ridge - 0.05), (x1 + deep / 2, ridge), (x0 + deep / 2, ridge)],
        look.accent,
        "flat",
    )
    style = dice.build(("label", "wave", "drop"))
    if style == "label":
        label(pen, dice, x0 + 0.04, top + 0.12, x1 - 0.04, 0.8, look.accent)
    elif style == "wave":
        pen.shape(
            [
                (x0, 0.68),
                *((x0 + (x1 - x0) * s / 8, 0.66 + 0.04 * (-1) ** (s // 2)) for s in range(9)),
                (x1, 0.95),
                (x0, 0.95),
            ],
            look.accent,
        )
    else:
        x = (x0 + x1) / 2
        pen.shape(turned([(0, 0.45), (0.05, 0.58), (0.07, 0.68), (0, 0.75)], x), look.accent)


def box(pen: Pen, dice: Dice, look: Look) -> None:
    """A carton box seen from a corner."""
    w, high, deep = dice.girth(0.22, 0.4), dice.between(0.25, 0.6), dice.between(0.12, 0.24)
    x0, x1, y0, rise = 0.5 - w * 0.5 - deep / 2, 0.5 + w * 0.5 - deep / 2 + 0.1, 0.94 - high, deep * 0.5
    pen.shape([(x0, y0), (x1, y0), (x1 + deep, y0 - rise), (x0 + deep, y0 - rise)], look.body, "top")
    pen.shape([(x1, y0), (x1 + deep, y0 - rise), (x1 + deep, 0.94 - rise), (x1, 0.94)], look.body, "side")
    pen.shape([(x0, y0), (x1, y0), (x1, 0.94), (x0, 0.94)], look.body, "fall")
    style = dice.build(("ribbon", "label", "plain tape", "frame"))
    if style == "ribbon":
        x = (x0 + x1) / 2
        pen.box(x - 0.03, y0, x + 0.03, 0.94, look.accent, "fall")
        pen.shape(
            [(x - 0.03, y0), (x + 0.03, y0), (x + 0.03 + deep, y0 - rise), (x - 0.03 + deep, y0 - rise)],
            look.accent,
            "top",
        )
        for side in (-1, 1):
            pen.oval(x + deep / 2 + side * 0.05, y0 - rise / 2 - 0.03, 0.05, 0.03, look.accent, "ball")
    elif style == "label":
        label(pen, dice, x0 + 0.05, y0 + high * 0.25, x1 - 0.05, y0 + high * 0.8, look.accent)
    elif style == "frame":
        pen.stroke(rounded(x0 + 0.04, y0 + 0.04, x1 - 0.04, 0.9, 0.01), 0.02, look.accent)
    else:
        pen.shape(
            [
                (x0 + deep * 0.4, y0 - rise * 0.4),
                (x1 + deep * 0.4, y0 - rise * 0.4),
                (x1 + deep * 0.6, y0 - rise * 0.6),
                (x0 + deep * 0.6, y0 - rise * 0.6),
            ],
            look.accent,
            "top",
        )
        pen.box(x0, y0, x0 + 0.05, 0.94, look.accent, "fall")


def mug(pen: Pen, dice: Dice, look: Look) -> None:
    """A mug with a handle and a view of its inside."""
    w, top = dice.girth(0.2, 0.28), dice.between(0.35, 0.48)
    foot = w * dice.build((1.0, 0.85, 0.7))
    pen.stroke(oval(0.5 + w, (top + 0.93) / 2, 0.13, 0.15, -95, 95), 0.05, look.body, "slope")
    body(pen, look, turned([(w, top), (w, top + 0.05), (foot, 0.9), (foot * 0.9, 0.95)]))
    pen.oval(0.5, top, w, 0.055, mix(look.body, COLOURS["white"], 0.25))
    pen.oval(0.5, top + 0.006, w * 0.9, 0.044, look.accent, "inner")
    style = dice.build(("plain", "band", "heart"))
    if style == "band":
        pen.box(0.5 - foot, 0.62, 0.5 + foot, 0.74, look.accent, "gloss")
    elif style == "heart":
        for side in (-1, 1):
            pen.oval(0.5 + side * 0.035, 0.65, 0.04, 0.04, look.accent)
        pen.shape([(0.43, 0.665), (0.57, 0.665), (0.5, 0.75)], look.accent)


def perfume(pen: Pen, dice: Dice, look: Look) -> None:
    """A glass flacon with a metal collar and a cap."""
    w, top = dice.girth(0.18, 0.28), dice.between(0.4, 0.5)
    style = dice.build(("square", "round", "six sided", "drop"))
    bodies = {"square": rounded(0.5 - w, top, 0.5 + w, 0.95, 0.04), "round": oval(0.5, 0.7, w, 0.25)}
    bodies |= {
        "six sided": polygon(0.5, 0.69, 0.26, 6),
        "drop": turned([(0.04, top - 0.05), (w, 0.75), (w * 0.8, 0.95)]),
    }
    outline = bodies[style]
    pen.shape(outline, mix(look.body, COLOURS["white"], 0.35), "gloss", 0.75)
    pen.shape((outline - (0.5, 0.72)) * (0.82, 0.8) + (0.5, 0.73), look.body, "slope", 0.9)
    neck = float(outline[:, 1].min())
    pen.box(0.45, neck - 0.06, 0.55, neck + 0.01, COLOURS["gold" if dice.chance(0.5) else "silver"], "metal")
    pen.box(0.5 - w * 0.4, neck - 0.22, 0.5 + w * 0.4, neck - 0.05, look.accent, "gloss", dice.build((0.0, 0.02, 0.1)))
    pen.word(dice.pick(LABEL_WORDS), 0.5, 0.74, 0.05, readable_on(look.body), w)
    pen.stroke([(0.5 - w * 0.7, 0.62), (0.5 - w * 0.7, 0.84)], 0.012, COLOURS["white"], opacity=0.7)


def lipstick(pen: Pen, dice: Dice, look: Look) -> None:
    """An open lipstick; the stick has the body colour."""
    w, top = dice.girth(0.06, 0.1), dice.between(0.12, 0.2)
    pen.shape(
        [
            (0.5 - w, 0.45),
            (0.5 - w, top + 0.14),
            (0.5 - w * 0.4, top + 0.04),
            (0.5 + w * 0.7, top),
            (0.5 + w, top + 0.04),
            (0.5 + w, 0.45),
        ],
        look.body,
        "gloss",
    )
    pen.box(0.5 - w * 1.15, 0.42, 0.5 + w * 1.15, 0.6, COLOURS["gold" if dice.chance(0.6) else "silver"], "metal")
    pen.box(0.5 - w * 1.45, 0.58, 0.5 + w * 1.45, 0.95, look.accent, "gloss", dice.build((0.0, 0.01, 0.03)))
    if dice.chance(0.5):
        pen.box(0.76 - w, 0.48, 0.76 + w * 1.4, 0.95, look.accent, "gloss", 0.02)


def teapot(pen: Pen, dice: Dice, look: Look) -> None:
    """A round pot with spout, handle and lid."""
    w = dice.girth(0.2, 0.27)
    pen.stroke(oval(0.5 + w, 0.66, 0.13, 0.15, -110, 100), 0.04, look.accent, "slope")
    pen.shape(
        [(0.5 - w * 0.7, 0.78), (0.5 - w * 1.4, 0.62), (0.5 - w * 1.75, 0.45), (0.5 - w * 1.5, 0.43), (0.5 - w, 0.58)],
        look.body,
        "slope",
    )
    body(pen, look, turned([(w * 0.5, 0.45), (w, 0.6), (w * 1.05, 0.75), (w * 0.8, 0.9), (w * 0.6, 0.95)]))
    pen.shape(turned([(0.02, 0.38), (w * 0.4, 0.41), (w * 0.58, 0.47)]), look.accent, "gloss")
    pen.oval(0.5, 0.365, 0.03, 0.03, look.accent, "ball")


CONTAINERS: dict[str, Kind] = {
    "bottle": Kind(bottle, ("plastic", "glass", "metal"), ("drink bottle", "flask")),
    "wine bottle": Kind(wine_bottle, ("glass",), ("bottle of wine",)),
    "spray bottle": Kind(spray_bottle, ("plastic",), ("cleaner bottle",)),
    "can": Kind(can, ("metal",), ("soda can", "drink can", "tin can")),
    "jar": Kind(jar, ("glass", "plastic", "ceramic"), ("jam jar", "cream jar")),
    "tube": Kind(tube, ("plastic",), ("cream tube", "cosmetic tube")),
    "carton": Kind(carton, ("cardboard",), ("milk carton", "juice carton")),
    "box": Kind(box, ("cardboard",), ("package", "cardboard box")),
    "mug": Kind(mug, ("ceramic", "metal"), ("coffee mug",)),
    "perfume": Kind(perfume, ("glass",), ("perfume bottle", "perfume flacon", "fragrance bottle")),
    "lipstick": Kind(lipstick, ("plastic", "metal"), ("lip stick",)),
    "teapot": Kind(teapot, ("ceramic", "metal"), ("tea pot",)),
}
