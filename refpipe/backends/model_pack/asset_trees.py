"""Trees for places under the sky.

Belongs here: leafy trees, firs, palms.
Does not: whole places.
"""

from __future__ import annotations

from refpipe.backends.model_pack.asset_dice import Colour
from refpipe.backends.model_pack.asset_pen import oval, smooth
from refpipe.backends.model_pack.asset_sky import Place

SNOW: Colour = (0.96, 0.97, 1.0)
LEAVES: tuple[Colour, ...] = ((0.13, 0.42, 0.16), (0.2, 0.5, 0.18), (0.08, 0.33, 0.18), (0.3, 0.5, 0.15))
BARK: Colour = (0.34, 0.22, 0.13)


def round_tree(place: Place, x: float, foot: float, high: float, far: float = 0.0) -> None:
    """A leafy tree."""
    pen, leaf = place.pen, place.dice.pick(LEAVES)
    pen.stroke([(x, foot), (x, foot - high * 0.6)], high * 0.09, place.lit(BARK, far))
    for dx, dy, r in ((-0.17, 0.6, 0.2), (0.17, 0.62, 0.2), (0, 0.78, 0.24), (0, 0.58, 0.22)):
        pen.oval(x + dx * high, foot - dy * high, r * high, r * high, place.lit(leaf, far), "slope")


def fir(place: Place, x: float, foot: float, high: float, far: float = 0.0, is_snowy: bool = False) -> None:
    """A conifer."""
    pen = place.pen
    pen.stroke([(x, foot), (x, foot - high * 0.3)], high * 0.07, place.lit(BARK, far))
    for tier in range(4):
        y, w = foot - high * (0.12 + tier * 0.21), high * (0.27 - tier * 0.055)
        pen.shape([(x - w, y), (x + w, y), (x, y - high * 0.34)], place.lit((0.07, 0.3, 0.17), far), "slope")
        if is_snowy:
            pen.shape(
                [(x - w * 0.5, y - high * 0.16), (x + w * 0.5, y - high * 0.16), (x, y - high * 0.34)],
                place.lit(SNOW, far),
            )


def palm(place: Place, x: float, foot: float, high: float) -> None:
    """A palm tree."""
    pen, lean = place.pen, place.dice.between(-0.15, 0.15)
    top = (x + lean, foot - high)
    pen.stroke(smooth([(x, foot), (x + lean * 0.3, foot - high * 0.5), top], is_closed=False), 0.028, place.lit(BARK))
    for turn in range(-200, 40, 34):
        tip = oval(top[0], top[1], high * 0.36, high * 0.26, turn, 720)[0]
        middle = oval(top[0], top[1] - 0.03, high * 0.2, high * 0.16, turn, 720)[0]
        frond = [top, (float(middle[0]), float(middle[1])), (float(tip[0]), float(tip[1]) + 0.04)]
        pen.stroke(smooth(frond, is_closed=False), 0.026, place.lit((0.14, 0.45, 0.15)))
