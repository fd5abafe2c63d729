"""Puts drawn things before a backdrop: studio, table, place, or none.

Belongs here: backdrops, placing, turning, shadows, camera noise.
Does not: the things and the places themselves.
"""

from __future__ import annotations

import numpy as np

from refpipe.backends.model_pack.asset_dice import COLOURS, Colour, Dice, Plane, contrast, mix
from refpipe.backends.model_pack.asset_places import PLACES, held_sky
from refpipe.backends.model_pack.asset_sky import Place
from refpipe.backends.model_pack.asset_textures import TEXTURES

BACKDROPS: tuple[str, ...] = (
    *("white background", "transparent background", "transparent background", "grey studio background"),
    *("coloured background", "coloured background", "black background", "wooden table", "marble table", "place"),
)
SETTINGS: tuple[str, ...] = (
    "beach",
    "forest",
    "mountains",
    "desert",
    "snow field",
    "meadow",
    "city street",
    "park",
    "kitchen",
    "office",
)
SETTINGS += ("living room", "cafe", "warehouse", "skyline")


def backdrop(dice: Dice, size_px: int, body: Colour, is_flat_lay: bool) -> tuple[Plane | None, str, float]:
    """A ground as (size, size, 3) or None for no ground, its words, and the row on which things stand."""
    kind = dice.pick(BACKDROPS)
    if kind == "transparent background":
        return None, kind, dice.between(0.86, 0.95)
    if kind in {"wooden table", "marble table"}:
        return table(dice, size_px, kind, is_flat_lay)
    if kind == "place" and not is_flat_lay:
        return setting(dice, size_px)
    names = {"white background": "white", "black background": "black", "grey studio background": "grey"}
    name = names.get(kind) or dice.pick(tuple(COLOURS))
    while contrast(COLOURS[name], body) < (0.4 if kind != "white background" else 0.0):
        name = dice.pick(tuple(COLOURS))
    words = "white background" if name == "white" else f"{name} background"
    if name == "grey" and kind == "grey studio background":
        words = kind
    return (
        sweep(dice, size_px, dice.tint(name), is_plain=name == "white" and dice.chance(0.6)),
        words,
        dice.between(0.78, 0.9),
    )


def sweep(dice: Dice, size_px: int, colour: Colour, is_plain: bool) -> Plane:
    """A studio's paper sweep: wall, floor and a pool of light."""
    if is_plain:
        return np.ones((size_px, size_px, 3), np.float32)
    y, x = np.mgrid[0 : 1 : size_px * 1j, 0 : 1 : size_px * 1j]
    pool = 1.08 - 0.42 * np.hypot(x - dice.between(0.3, 0.7), y - dice.between(0.3, 0.7))
    floor = 1 + dice.between(0, 0.14) / (1 + np.exp(-(y - dice.between(0.62, 0.72)) * 40))
    return np.asarray(np.clip(np.asarray(colour) * (pool * floor)[..., None], 0, 1), np.float32)


def table(dice: Dice, size_px: int, kind: str, is_flat_lay: bool) -> tuple[Plane, str, float]:
    """A table top, from above or with a soft wall behind."""
    import cv2

    surface, colours, _words = TEXTURES["wood" if kind == "wooden table" else "marble"]
    name = dice.pick(("brown", "beige", "orange") if kind == "wooden table" else colours)
    top = surface(dice, size_px, COLOURS[name], mix(COLOURS[name], COLOURS["dark grey"], 0.5))
    if is_flat_lay:
        return top, kind, 0.9
    edge = dice.between(0.55, 0.68)
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32) * size_px
    seen = np.array([(0.1, edge), (0.9, edge), (1.5, 1), (-0.5, 1)], np.float32) * size_px
    view = cv2.getPerspectiveTransform(corners, seen)
    laid = cv2.warpPerspective(top, view, (size_px, size_px), borderMode=cv2.BORDER_REFLECT)
    ground = sweep(
        dice,
        size_px,
        dice.tint(dice.pick(("cream", "grey", "light blue", "beige", "dark grey", "mint"))),
        is_plain=False,
    )
    row = round(edge * size_px)
    ground[row:] = laid[row:]
    return ground, kind, dice.between(0.82, 0.92)


def setting(dice: Dice, size_px: int) -> tuple[Plane, str, float]:
    """A place out of focus."""
    import cv2

    name = dice.pick(SETTINGS)
    time, _weather = held_sky(dice)
    place = Place(dice, size_px // 2, time, "clear")
    PLACES[name].draw(place)
    soft = cv2.GaussianBlur(place.finished(), (0, 0), dice.between(0.8, 2.2))
    ground = cv2.resize(soft, (size_px, size_px), interpolation=cv2.INTER_LINEAR)
    lead = {"beach": "on a", "desert": "in a", "meadow": "in a", "mountains": "before", "skyline": "before a city"}.get(
        name, "in a"
    )
    return np.asarray(ground, np.float32), f"{lead} {name}", dice.between(0.84, 0.95)


def put(
    dice: Dice,
    canvas: Plane,
    thing: Plane,
    middle_x: float,
    foot: float,
    share: float,
    most_wide: float,
    flip: int,
    is_flat_lay: bool,
) -> None:
    """Lay a thing (its own size, 4) on a (size, size, 4) canvas, foot on a row, with its shadow.

    The thing is `share` of the canvas high, less where it would be wider than `most_wide`; `flip` is 1, or -1 to
    mirror it.
    """
    import cv2

    size = canvas.shape[0]
    turn = np.radians(dice.between(-28, 28) if is_flat_lay else dice.between(-4, 4))
    rows, columns = np.nonzero(thing[..., 3] > 0.5)
    low, left, right = int(rows.max()), int(columns.min()), int(columns.max())
    high, wide = low - int(rows.min()) + 1, right - left + 1
    by = size * min(share / high, most_wide / wide)
    squeeze = dice.between(0.92, 1.08)
    linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.diag(
        [flip * by * squeeze, by]
    )
    anchor = np.array([(left + right) / 2, (rows.min() + low) / 2 if is_flat_lay else low])
    target = np.array([middle_x, 0.5 if is_flat_lay else foot]) * size
    matrix = np.column_stack((linear, target - linear @ anchor))
    laid = cv2.warpAffine(thing, matrix, (size, size), flags=cv2.INTER_LINEAR)
    if canvas[..., 3].any() and canvas[0, 0, 3] > 0.99:
        shadow = cast(dice, laid[..., 3], round(foot * size), is_flat_lay)
        canvas[..., :3] *= 1 - shadow[..., None]
    canvas *= 1 - laid[..., 3:]
    canvas += laid


def cast(dice: Dice, cover: Plane, foot: int, is_flat_lay: bool) -> Plane:
    """(size, size) darkness of a thing's shadow on its ground."""
    import cv2

    size = cover.shape[0]
    if is_flat_lay:
        move = np.array([[1, 0, dice.between(2, 7)], [0, 1, dice.between(2, 7)]], np.float32)
    else:
        squash = dice.between(0.08, 0.2)
        lean = dice.between(-0.5, 0.5)
        move = np.array([[1, -lean * squash, lean * squash * foot], [0, squash, foot * (1 - squash) + 1]], np.float32)
    laid = cv2.warpAffine(cover, move, (size, size), flags=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(laid, (0, 0), dice.between(2, 5))
    return np.asarray(soft * dice.between(0.35, 0.6), np.float32)


def noisy(dice: Dice, plane: Plane) -> Plane:
    """A camera's noise and exposure on the colours of a plane."""
    light = dice.between(0.88, 1.08)
    grain = (dice.grain(plane.shape[0]) - 0.5) * dice.between(0, 0.05)
    return np.asarray(np.clip(plane * light + grain[..., None], 0, 1), np.float32)
