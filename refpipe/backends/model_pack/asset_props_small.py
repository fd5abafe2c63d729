"""More props: plants, hats, glasses, old telephones, arms and treasure.

Belongs here: drawings of props, and the list of all of them.
Does not: goods for sale, which are products.
"""

from __future__ import annotations

from refpipe.backends.model_pack.asset_dice import COLOURS, Colour, Dice, mix
from refpipe.backends.model_pack.asset_kinds import Kind, Look
from refpipe.backends.model_pack.asset_pen import Pen, oval, polygon, rounded, smooth, star, turned
from refpipe.backends.model_pack.asset_props import CLASSIC_PROPS

DARK: Colour = (0.1, 0.1, 0.12)
WOOD: Colour = (0.52, 0.33, 0.17)
LEAF: Colour = (0.18, 0.5, 0.2)


def flower(pen: Pen, dice: Dice, look: Look) -> None:
    """A flower on its stem: a daisy, a tulip or a sunflower's shape."""
    pen.stroke(smooth([(0.5, 0.3), (0.52, 0.6), (0.49, 0.95)], is_closed=False), 0.022, LEAF)
    for side, y in ((-1, 0.78), (1, 0.7)):
        blade = [(0.0, 0.08), (0.12, -0.02), (0.2, -0.08), (0.08, 0.07)]
        pen.shape(smooth([(0.5 + side * dx, y + dy) for dx, dy in blade]), LEAF, "slope")
    style = dice.build(("daisy", "tulip", "daisy", "spiky"))
    if style == "tulip":
        rim = [(0.38, 0.12), (0.44, 0.2), (0.5, 0.09), (0.56, 0.2), (0.62, 0.12)]
        pen.shape(smooth([*rim, (0.64, 0.3), (0.5, 0.42), (0.36, 0.3)], steps=5), look.body, "round")
    elif style == "spiky":
        pen.shape(star(0.5, 0.27, 0.22, 14, 0.6), look.body, "slope")
        pen.oval(0.5, 0.27, 0.1, 0.1, look.accent, "ball")
    else:
        petals, reach = dice.whole(5, 9), dice.girth(0.11, 0.16)
        for petal in range(petals):
            x, y = oval(0.5, 0.27, reach, reach, petal * 360 / petals, 720)[0]
            pen.oval(float(x), float(y), 0.075, 0.075, look.body, "slope")
        pen.oval(0.5, 0.27, 0.075, 0.075, look.accent, "ball")


def hat(pen: Pen, dice: Dice, look: Look) -> None:
    """A brimmed hat, a top hat or a pointed one."""
    style = dice.build(("fedora", "top", "fedora", "pointed"))
    brim = dice.girth(0.34, 0.46)
    pen.oval(0.5, 0.78, brim, 0.09, look.body, "slope")
    crowns = {
        "fedora": smooth(
            [(0.26, 0.76), (0.3, 0.48), (0.42, 0.36), (0.5, 0.42), (0.6, 0.36), (0.7, 0.48), (0.74, 0.76), (0.5, 0.8)],
            steps=5,
        )
    }
    crowns |= {
        "top": turned([(0.25, 0.2), (0.22, 0.5), (0.24, 0.78)]),
        "pointed": turned([(0, 0.08), (0.1, 0.4), (0.24, 0.77)]),
    }
    pen.shape(crowns[style], look.body, "round")
    pen.shape(turned([(0.238, 0.66), (0.24, 0.7), (0.245, 0.77)]), look.accent, "round")


def glasses(pen: Pen, dice: Dice, look: Look) -> None:
    """Glasses from the front, clear or dark."""
    r, is_dark = dice.girth(0.15, 0.19), dice.chance(0.5)
    style = dice.build(("round", "square", "six sided"))
    for side in (-1, 1):
        x = 0.5 + side * 0.23
        rims = {"round": oval(x, 0.5, r, r), "square": rounded(x - r, 0.5 - r * 0.7, x + r, 0.5 + r * 0.7, 0.05)}
        rims["six sided"] = polygon(x, 0.5, r * 1.05, 6, 0)
        pen.shape(rims[style], look.accent if is_dark else COLOURS["light blue"], "slope", 0.92 if is_dark else 0.3)
        pen.stroke([*rims[style], rims[style][0]], 0.032, look.body)
        pen.stroke([(x + side * r, 0.46), (x + side * (r + 0.06), 0.42)], 0.035, look.body)
        pen.stroke([(x - 0.07, 0.53), (x + 0.02, 0.44)], 0.012, COLOURS["white"], opacity=0.7)
    pen.stroke(oval(0.5, 0.5, 0.09, 0.06, 200, 340), 0.03, look.body)


def telephone(pen: Pen, dice: Dice, look: Look) -> None:
    """An old telephone with a dial."""
    w = dice.girth(0.28, 0.36)
    pen.shape(turned([(w * 0.45, 0.4), (w * 0.6, 0.55), (w, 0.82), (w * 1.02, 0.92)]), look.body, "gloss")
    pen.oval(0.5, 0.69, 0.14, 0.14, look.accent, "slope")
    for hole in range(10):
        x, y = oval(0.5, 0.69, 0.1, 0.1, hole * 32, 720)[0]
        pen.oval(float(x), float(y), 0.019, 0.019, DARK)
    pen.oval(0.5, 0.69, 0.05, 0.05, COLOURS["white"])
    pen.stroke(
        smooth([(0.18, 0.38), (0.3, 0.29), (0.7, 0.29), (0.82, 0.38)], is_closed=False),
        dice.build((0.07, 0.08, 0.1)),
        look.body,
        "fall",
    )
    for x in (0.17, 0.83):
        pen.oval(x, 0.4, 0.085, 0.065, look.body, "ball")


def cup(pen: Pen, dice: Dice, look: Look) -> None:
    """A tea cup on a saucer, or a goblet."""
    w = dice.girth(0.18, 0.26)
    if dice.build(("tea", "tea", "goblet")) == "goblet":
        pen.shape(
            turned([(0.17, 0.12), (0.19, 0.3), (0.12, 0.46), (0.025, 0.54), (0.025, 0.8), (0.15, 0.9), (0.16, 0.94)]),
            look.body,
            "metal",
        )
        pen.oval(0.5, 0.13, 0.17, 0.03, look.accent, "inner")
        return
    pen.oval(0.5, 0.88, w * 1.6, 0.07, look.accent, "slope")
    pen.stroke(oval(0.5 + w * 0.95, 0.66, 0.09, 0.09, -110, 100), 0.03, look.body)
    pen.shape(turned([(w, 0.52), (w * 0.95, 0.66), (w * 0.6, 0.84), (w * 0.4, 0.88)]), look.body, "gloss")
    pen.oval(0.5, 0.52, w, 0.05, mix(look.body, COLOURS["white"], 0.3))
    pen.oval(0.5, 0.525, w * 0.88, 0.038, (0.35, 0.18, 0.08), "inner")


def axe(pen: Pen, dice: Dice, look: Look) -> None:
    """An axe; the handle has the body colour."""
    pen.box(0.46, 0.08, 0.52, 0.95, look.body, "round", 0.02)
    spread = dice.girth(0.12, 0.2)
    head = [
        (0.44, 0.2),
        (0.6, 0.18),
        (0.78, 0.25 - spread),
        (0.84, 0.25),
        (0.78, 0.25 + spread),
        (0.6, 0.32),
        (0.44, 0.31),
    ]
    pen.shape(smooth(head, steps=4), COLOURS["silver"], "metal")
    if dice.build((False, False, True)):
        pen.shape(smooth([(0.98 - x, y) for x, y in head], steps=4), COLOURS["silver"], "metal")
    pen.box(0.44, 0.19, 0.54, 0.33, look.accent, "round")


def shield(pen: Pen, dice: Dice, look: Look) -> None:
    """A knight's shield with a device, or a round one."""
    style = dice.build(("pointed", "pointed", "round"))
    outline = (
        oval(0.5, 0.5, 0.4, 0.4) if style == "round" else turned([(0.36, 0.1), (0.36, 0.5), (0.22, 0.78), (0, 0.95)])
    )
    pen.shape(outline, COLOURS["silver"], "metal")
    pen.shape((outline - 0.5) * 0.88 + 0.5, look.body, "slope")
    device = dice.pick(("cross", "slant", "star", "half"))
    if device == "cross":
        pen.stroke([(0.5, 0.2), (0.5, 0.78)], 0.08, look.accent)
        pen.stroke([(0.24, 0.4), (0.76, 0.4)], 0.08, look.accent)
    elif device == "slant":
        pen.stroke([(0.25, 0.26), (0.64, 0.68)], 0.1, look.accent)
    elif device == "star":
        pen.shape(star(0.5, 0.46, 0.18, 5), look.accent)
    else:
        inner = (outline - 0.5) * 0.88 + 0.5
        pen.shape(inner[inner[:, 0] >= 0.5], look.accent, "slope")


def lantern(pen: Pen, dice: Dice, look: Look) -> None:
    """A storm lantern with a light in it."""
    w = dice.girth(0.16, 0.22)
    pen.stroke(oval(0.5, 0.26, w * 0.8, 0.19, 180, 360), 0.02, look.body)
    pen.shape(turned([(0.04, 0.2), (w * 0.7, 0.3), (w, 0.36)], is_smooth=False), look.body, "round")
    pen.box(0.5 - w * 0.85, 0.36, 0.5 + w * 0.85, 0.82, (1.0, 0.88, 0.45), "round")
    pen.shape(turned([(0, 0.48), (0.05, 0.64), (0, 0.76)]), (1.0, 0.55, 0.1))
    for x in dice.build(((-0.85, 0.85), (-0.85, 0, 0.85), (-0.85, -0.3, 0.3, 0.85))):
        pen.stroke([(0.5 + x * w, 0.36), (0.5 + x * w, 0.82)], 0.022, look.body)
    pen.box(0.5 - w, 0.81, 0.5 + w, 0.94, look.accent, "round", 0.01)


def crown(pen: Pen, dice: Dice, look: Look) -> None:
    """A crown with jewels."""
    spikes, high = dice.build((3, 5, 7)), dice.girth(0.24, 0.4)
    top = [(0.15 + 0.7 * s / (spikes * 2), (0.66 - high) if s % 2 else 0.6) for s in range(spikes * 2 + 1)]
    top[0], top[-1] = (0.11, 0.62 - high), (0.89, 0.62 - high)
    pen.shape([*top, (0.82, 0.84), (0.18, 0.84)], look.body, "metal")
    for x, y in (top[0], *top[1::2], top[-1]):
        pen.oval(x, y, 0.032, 0.032, look.accent, "ball")
    pen.box(0.17, 0.74, 0.83, 0.84, mix(look.body, DARK, 0.2), "metal", 0.01)
    for x in (0.28, 0.42, 0.58, 0.72):
        pen.oval(x, 0.79, 0.028, 0.028, look.accent, "ball")


def chest(pen: Pen, dice: Dice, look: Look) -> None:
    """A treasure chest with an arched lid."""
    lid = dice.girth(0.14, 0.26)
    pen.box(0.12, 0.5, 0.88, 0.93, look.body, "fall")
    for y in (0.64, 0.78):
        pen.stroke([(0.12, y), (0.88, y)], 0.01, mix(look.body, DARK, 0.5))
    pen.shape([*oval(0.5, 0.5, 0.39, lid, 180, 360), (0.89, 0.53), (0.11, 0.53)], look.body, "top")
    pen.stroke([(0.11, 0.52), (0.89, 0.52)], 0.03, look.accent)
    for x in dice.build(((0.25, 0.75), (0.2, 0.8), (0.2, 0.4, 0.6, 0.8))):
        pen.stroke([(x, 0.53 - lid * 0.8), (x, 0.92)], 0.045, look.accent)
    pen.box(0.44, 0.49, 0.56, 0.64, COLOURS["gold"], "metal", 0.01)
    pen.oval(0.5, 0.56, 0.018, 0.018, DARK)


def plant_pot(pen: Pen, dice: Dice, look: Look) -> None:
    """A green plant in a pot; the pot has the body colour."""
    count, high = dice.whole(5, 9), dice.girth(0.4, 0.58)
    is_cactus = dice.build((False, False, True))
    if is_cactus:
        pen.box(0.42, 0.66 - high, 0.58, 0.72, LEAF, "round", 0.08)
        pen.stroke([(0.55, 0.5), (0.72, 0.5), (0.72, 0.34)], 0.08, LEAF, "round")
    else:
        for leaf in range(count):
            lean = (leaf - (count - 1) / 2) / count
            tip = (0.5 + lean * 0.95, 0.68 - high * (1 - abs(lean) * 0.7))
            middle = (0.5 + lean * 0.4, (tip[1] + 0.6) / 2)
            pen.shape(
                smooth([(0.5, 0.7), (middle[0] - 0.05, middle[1]), tip, (middle[0] + 0.05, middle[1])]), LEAF, "slope"
            )
    pen.shape([(0.32, 0.66), (0.68, 0.66), (0.62, 0.95), (0.38, 0.95)], look.body, "round")
    pen.box(0.3, 0.63, 0.7, 0.71, look.accent, "round", 0.01)


def vase(pen: Pen, dice: Dice, look: Look) -> None:
    """A turned vase with a painted band."""
    belly, neck, high = dice.girth(0.16, 0.28), dice.between(0.06, 0.12), dice.between(0.45, 0.7)
    pen.shape(
        turned(
            [(neck + 0.05, 0.1), (neck, 0.2), (neck, 0.28), (belly, high), (belly * 0.6, 0.9), (belly * 0.65, 0.95)]
        ),
        look.body,
        "gloss",
    )
    pen.oval(0.5, 0.1, neck + 0.05, 0.02, mix(look.body, DARK, 0.6))
    if dice.build(("band", "band", "dots")) == "band":
        pen.box(0.5 - belly * 0.97, high - 0.04, 0.5 + belly * 0.97, high + 0.04, look.accent, "gloss")
    else:
        for x in (-0.6, 0.0, 0.6):
            pen.oval(0.5 + x * belly, high, 0.035, 0.04, look.accent, "round")


PROPS: dict[str, Kind] = CLASSIC_PROPS | {
    "flower": Kind(flower, ("silk", "paper"), ("blossom",)),
    "hat": Kind(hat, ("felt", "wool"), ("felt hat",)),
    "glasses": Kind(glasses, ("plastic", "metal"), ("eyeglasses", "spectacles")),
    "telephone": Kind(telephone, ("plastic",), ("old telephone", "rotary phone")),
    "cup": Kind(cup, ("ceramic", "metal"), ("tea cup",)),
    "axe": Kind(axe, ("wood",), ("battle axe",)),
    "shield": Kind(shield, ("metal", "wood"), ("knight shield",)),
    "lantern": Kind(lantern, ("metal",), ("oil lantern",)),
    "crown": Kind(crown, ("metal",), ("royal crown",)),
    "treasure chest": Kind(chest, ("wood",), ("chest",)),
    "plant pot": Kind(plant_pot, ("ceramic",), ("flower pot",)),
    "vase": Kind(vase, ("ceramic", "glass"), ("flower vase",)),
}
