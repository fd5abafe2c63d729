"""Pictures put together from the drawings that the model pack's training pictures are made of.

Belongs here: things, logos, surfaces and places by name, colour and ground, staged anew. Does not: which of them make a
part (labelled). Planes are (H, W, 3) or (H, W, 4) float32 in 0..1, colours divided by alpha.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.model_pack.asset_dice import COLOURS, Colour, Dice, contrast
from refpipe.backends.model_pack.asset_kinds import Kind, Look
from refpipe.backends.model_pack.asset_logos import LAYOUTS, shrunk
from refpipe.backends.model_pack.asset_logos import draw as draw_logo
from refpipe.backends.model_pack.asset_pen import Pen
from refpipe.backends.model_pack.asset_pictures import PRODUCTS
from refpipe.backends.model_pack.asset_places import PLACES
from refpipe.backends.model_pack.asset_props_small import PROPS
from refpipe.backends.model_pack.asset_sky import Place
from refpipe.backends.model_pack.asset_staging import backdrop, noisy, put
from refpipe.backends.model_pack.asset_textures import TEXTURES

Floats = NDArray[np.float32]
THINGS: dict[str, Kind] = PRODUCTS | PROPS


def thing(
    dice: Dice, name: str, size_px: int, *, colours: tuple[str, str] | None = None, is_cut_out: bool
) -> tuple[Floats, str]:
    """A product or a prop, alone on transparency or before a backdrop; the plane, and the name of its colour."""
    kind = THINGS[name]
    first, second = colours or dice.colour_pair(name)
    look = Look(dice.tint(first), dice.tint(second), dice.pick(kind.materials))
    ground, foot = None, dice.between(0.86, 0.95)
    while ground is None and not is_cut_out:
        ground, _words, foot = backdrop(dice, size_px, look.body, kind.is_flat_lay)
    canvas = np.zeros((size_px, size_px, 4), np.float32)
    if ground is not None:
        canvas[..., :3], canvas[..., 3] = noisy(dice, ground), 1
    flip = dice.pick((1, -1))
    pen = Pen(max(256, size_px), is_mirrored=flip < 0)
    kind.draw(pen, dice, look)
    share = min(dice.between(0.5, 0.86), foot - 0.06)
    put(dice, canvas, pen.plane, dice.between(0.42, 0.58), foot, share, 0.84, flip, kind.is_flat_lay)
    return (canvas[..., :3] if ground is not None else divided(canvas)), first


def mark(
    dice: Dice, size_px: int, *, layout: str | None = None, colours: tuple[str, str] | None = None
) -> tuple[Floats, dict[str, str]]:
    """A logo on transparency, and what is in it: layout, colour, and word and icon where there are."""
    layout = layout or dice.pick(LAYOUTS)
    first, second = colours or dice.colour_pair(layout)
    pen = Pen(size_px * 3 // 2)
    named = draw_logo(pen, dice, layout, dice.tint(first), dice.tint(second))
    return divided(shrunk(pen.plane, size_px)), {"layout": layout, "colour": first, **named}


def surface(dice: Dice, name: str, size_px: int, *, colour: str | None = None) -> tuple[Floats, str]:
    """A texture and the name of its colour."""
    make, colours, _words = TEXTURES[name]
    first = colour or dice.pick(colours)
    return noisy(dice, make(dice, size_px, dice.tint(first), dice.tint(dice.colour_pair(name)[1]))), first


def place(dice: Dice, name: str, size_px: int, *, time: str = "day", weather: str = "clear") -> Floats:
    """A place at an hour, in a weather."""
    drawn = Place(dice, size_px, time, weather)
    PLACES[name].draw(drawn)
    return noisy(dice, drawn.finished())


def ground_for(dice: Dice, colour: str) -> Colour:
    """A plain ground well apart from a mark's colour."""
    while True:
        name = dice.pick(tuple(COLOURS))
        if contrast(COLOURS[name], COLOURS[colour]) > 0.55:
            return dice.tint(name)


def divided(plane: Floats) -> Floats:
    """Colours divided by their alpha."""
    alpha = plane[..., 3:]
    return np.concatenate([np.clip(plane[..., :3] / np.maximum(alpha, 1e-4), 0, 1), alpha], axis=2).astype(np.float32)
