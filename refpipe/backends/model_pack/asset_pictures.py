"""Training pictures of reference assets with captions: products, logos, environments, textures, props.

Belongs here: one numbered picture of a part, put together from the drawings beside this module.
Does not: persons; the drawings; training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refpipe.backends.model_pack.asset_captions import logo_caption, place_caption, texture_caption, thing_caption
from refpipe.backends.model_pack.asset_devices import DEVICES
from refpipe.backends.model_pack.asset_dice import Dice, Plane
from refpipe.backends.model_pack.asset_kinds import Kind, Look
from refpipe.backends.model_pack.asset_logos import logo
from refpipe.backends.model_pack.asset_pen import Pen
from refpipe.backends.model_pack.asset_places import PLACES, held_sky
from refpipe.backends.model_pack.asset_products import CONTAINERS
from refpipe.backends.model_pack.asset_props_small import PROPS
from refpipe.backends.model_pack.asset_sky import Place
from refpipe.backends.model_pack.asset_staging import backdrop, noisy, put
from refpipe.backends.model_pack.asset_textures import TEXTURES
from refpipe.backends.model_pack.asset_wear import WEAR

PARTS = ("train", "dev", "held_out")
SIZE_PX = 224
PRODUCTS: dict[str, Kind] = CONTAINERS | WEAR | DEVICES
ROUND: tuple[str, ...] = (
    *("product", "environment", "prop", "logo", "product", "texture", "product", "prop", "environment", "logo"),
    *("product", "environment", "prop", "product", "logo", "texture", "product", "environment", "product", "prop"),
)


@dataclass(frozen=True)
class AssetPicture:
    """A picture, what is said of it, and what is in it.

    `asset_type` is product, logo, environment, texture or prop. `attributes` always has object and, but for
    environments, colour; others (second_colour, material, background, style, word, icon, count, time, weather)
    where they apply. Cut-outs are RGBA, everything else is RGB.
    """

    image: Image.Image
    caption: str
    asset_type: str
    attributes: Mapping[str, str]


def asset_picture(number: int, part: str) -> AssetPicture:
    """Picture `number` of a part, the same each time; raises ValueError for another part than PARTS.

    Types come in a fixed round of twenty numbers. held_out shows pairings of colours with kinds, builds,
    proportions, words and letterings that train and dev never show; all kinds are in every part.
    """
    if part not in PARTS:
        raise ValueError(f"Part {part!r} is none of {', '.join(PARTS)}.")
    dice = Dice(number, part)
    asset_type = ROUND[number % len(ROUND)]
    if asset_type in {"product", "prop"}:
        return thing_picture(dice, asset_type)
    if asset_type == "logo":
        mark = logo(dice, SIZE_PX)
        return AssetPicture(as_image(mark.plane), logo_caption(dice, mark.attributes), asset_type, mark.attributes)
    if asset_type == "environment":
        return environment_picture(dice)
    return texture_picture(dice)


def thing_picture(dice: Dice, asset_type: str) -> AssetPicture:
    """A product or a prop before a backdrop."""
    kinds = PRODUCTS if asset_type == "product" else PROPS
    name = dice.pick(tuple(kinds))
    kind = kinds[name]
    first, second = dice.colour_pair(name)
    material = dice.pick(kind.materials)
    look = Look(dice.tint(first), dice.tint(second), material)
    ground, background, foot = backdrop(dice, SIZE_PX, look.body, kind.is_flat_lay)
    count = dice.pick((1, 1, 1, 1, 1, 1, 2, 3))
    canvas = np.zeros((SIZE_PX, SIZE_PX, 4), np.float32)
    if ground is not None:
        canvas[..., :3], canvas[..., 3] = noisy(dice, ground), 1
    share, flip = dice.between(0.58, 0.8), dice.pick((1, -1))
    pen = Pen(is_mirrored=flip < 0)
    kind.draw(pen, dice, look)
    for place in range(count):
        x = 0.5 + (dice.between(-0.06, 0.06) if count == 1 else (place - (count - 1) / 2) * 0.94 / count)
        put(dice, canvas, pen.plane, x, foot, min(share, foot - 0.06), 0.84 / count, flip, kind.is_flat_lay)
    attributes = {"object": name, "colour": first, "second_colour": second, "material": material}
    attributes |= {"background": background, "count": str(count)}
    word = dice.pick((name, name, name, *kind.other_words))
    caption = thing_caption(dice, asset_type, word, count, attributes)
    return AssetPicture(as_image(canvas), caption, asset_type, attributes)


def environment_picture(dice: Dice) -> AssetPicture:
    """A place at an hour, in a weather."""
    name = dice.pick(tuple(PLACES))
    kind = PLACES[name]
    time, weather = held_sky(dice)
    if not kind.is_outside:
        time, weather = dice.pick(("day", "day", "night")) if kind.shows_hour else "day", "clear"
    place = Place(dice, SIZE_PX, time, weather)
    kind.draw(place)
    attributes = {"object": name, "time": time, "weather": weather}
    caption = place_caption(
        dice,
        dice.pick((name, name, *kind.other_words)),
        attributes,
        is_outside=kind.is_outside,
        shows_hour=kind.shows_hour,
    )
    return AssetPicture(as_image(noisy(dice, place.finished())), caption, "environment", attributes)


def texture_picture(dice: Dice) -> AssetPicture:
    """A surface that fills the frame."""
    name = dice.pick(tuple(TEXTURES))
    surface, colours, other_words = TEXTURES[name]
    first, second = dice.pick(colours), dice.colour_pair(name)[1]
    plane = surface(dice, SIZE_PX, dice.tint(first), dice.tint(second))
    attributes = {"object": name, "colour": first, "material": name}
    caption = texture_caption(dice, dice.pick((name, name, name, *other_words)), attributes)
    return AssetPicture(as_image(noisy(dice, plane)), caption, "texture", attributes)


def as_image(plane: Plane) -> Image.Image:
    """A plane as RGB, or as RGBA where it is not opaque everywhere; alpha is divided out."""
    if plane.shape[2] == 3 or float(plane[..., 3].min()) > 0.999:
        return Image.fromarray(as_bytes(plane[..., :3]))
    alpha = plane[..., 3:]
    colours = plane[..., :3] / np.maximum(alpha, 1e-4)
    return Image.fromarray(as_bytes(np.concatenate((colours, alpha), axis=2)))


def as_bytes(plane: Plane) -> NDArray[np.uint8]:
    """Colours from 0 to 1 as 0 to 255."""
    return np.asarray(np.round(np.clip(plane, 0, 1) * 255), np.uint8)
