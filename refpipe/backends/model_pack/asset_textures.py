"""Surfaces that fill the frame: wood, stone, cloth, metal, ground.

Belongs here: patterns and grains as colour planes.
Does not: things, places.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.model_pack.asset_dice import Colour, Dice, Plane, mix

BLACK: Colour = (0.05, 0.05, 0.05)
Surface = Callable[[Dice, int, Colour, Colour], Plane]


def noise(dice: Dice, size: int, rows: int, columns: int | None = None, octaves: int = 4) -> Plane:
    """(size, size) cloudy values, 0 to 1, with about that many clouds down and across."""
    import cv2

    total = np.zeros((size, size), np.float32)
    weight, across = 1.0, columns or rows
    for octave in range(octaves):
        grain = dice.grain(min(size, rows * 2**octave) + 1, min(size, across * 2**octave) + 1)
        total += weight * cv2.resize(grain, (size, size), interpolation=cv2.INTER_CUBIC)
        weight *= 0.5
    spread = (total / (2 - weight * 2) - 0.5) * 1.6 + 0.5
    return np.asarray(np.clip(spread, 0, 1), np.float32)


def blend(first: Colour, second: Colour, share: NDArray[np.floating]) -> Plane:
    """(rows, columns, 3) colours between two, by share."""
    mixed = np.asarray(first) + (np.asarray(second) - np.asarray(first)) * share[..., None]
    return np.asarray(mixed, np.float32)


def places(size: int) -> tuple[Plane, Plane]:
    """Row and column of every pixel as shares of the frame."""
    line = np.arange(size, dtype=np.float32) / size
    shape = (size, size)
    return np.asarray(np.broadcast_to(line[:, None], shape)), np.asarray(np.broadcast_to(line, shape))


def wood(dice: Dice, size: int, colour: Colour, _second: Colour) -> Plane:
    """Boards with long grain."""
    y, _x = places(size)
    boards = dice.build((3, 4, 5, 8))
    drift = noise(dice, size, boards, 2, 2)
    rings = 0.5 + 0.5 * np.sin((y * boards + drift * 0.8) * dice.between(14, 24))
    fine = noise(dice, size, 110, 3, 2)
    share = 0.25 * rings + 0.35 * fine
    tone = dice.grain(boards + 1, 1)[(y * boards).astype(int), 0]
    seam = (np.abs((y * boards) % 1 - 0.5) > 0.485).astype(np.float32)
    return blend(colour, mix(colour, BLACK, 0.75), np.clip(share + 0.2 * tone + 0.5 * seam, 0, 1))


def courses(dice: Dice, size: int, rows: int, wide: float, gap: float) -> tuple[Plane, Plane]:
    """Where mortar lies in a wall of courses (0 or 1), and a tone for each block."""
    y, x = places(size)
    row = np.floor(y * rows)
    along = x * rows / wide + 0.5 * (row % 2)
    across_gap = np.minimum(y * rows % 1, 1 - y * rows % 1)
    along_gap = np.minimum(along % 1, 1 - along % 1) * wide
    tones = dice.grain(rows + 1, rows + 3)
    tone = tones[row.astype(int), np.floor(along).astype(int) % tones.shape[1]]
    return (np.minimum(across_gap, along_gap) < gap).astype(np.float32), tone


def brick(dice: Dice, size: int, colour: Colour, _second: Colour) -> Plane:
    """A brick wall."""
    mortar, tone = courses(dice, size, dice.build((7, 8, 10, 5)), 2.3, 0.07)
    grain = noise(dice, size, 60, octaves=2)
    joints: tuple[Colour, Colour] = ((0.78, 0.76, 0.72), (0.55, 0.53, 0.5))
    if sum(colour) > 2.2:
        joints = ((0.5, 0.48, 0.45), (0.34, 0.32, 0.3))
    bricks = blend(colour, mix(colour, BLACK, 0.6), np.clip(0.7 * tone + 0.4 * grain - 0.15, 0, 1))
    return np.where(mortar[..., None] > 0, blend(*joints, grain), bricks).astype(np.float32)


def tiles(dice: Dice, size: int, colour: Colour, second: Colour) -> Plane:
    """Square tiles, plain or chequered, with a shine."""
    y, x = places(size)
    count = dice.build((4, 5, 6, 8, 3))
    row, column = np.floor(y * count), np.floor(x * count)
    share = (row + column) % 2 if dice.chance(0.5) else dice.grain(count)[row.astype(int), column.astype(int)] * 0.25
    faces = blend(colour, second, share) * (1.06 - 0.14 * (y * count % 1 + x * count % 1))[..., None]
    gap = np.minimum(np.minimum(y * count % 1, 1 - y * count % 1), np.minimum(x * count % 1, 1 - x * count % 1)) < 0.03
    return np.where(gap[..., None], np.float32(0.82 if sum(colour) < 2 else 0.45), faces).astype(np.float32)


def stone(dice: Dice, size: int, colour: Colour, _second: Colour) -> Plane:
    """A wall or a floor of uneven stones."""
    y, x = places(size)
    seeds = dice.spots(dice.build((30, 40, 60, 18))).astype(np.float32)
    wave = noise(dice, size, 6) * 0.05
    far = np.hypot(y[..., None] + wave[..., None] - seeds[:, 0], x[..., None] + wave[..., None] - seeds[:, 1])
    two = np.partition(far, 1, axis=2)[..., :2]
    edge = np.clip((two[..., 1] - two[..., 0]) * 22, 0, 1)
    tone = dice.grain(len(seeds), 1)[np.argmin(far, axis=2), 0]
    faces = blend(colour, mix(colour, BLACK, 0.6), np.clip(0.6 * tone + 0.5 * noise(dice, size, 30) - 0.1, 0, 1))
    return np.asarray(faces * (0.35 + 0.65 * edge)[..., None], np.float32)


def marble(dice: Dice, size: int, colour: Colour, second: Colour) -> Plane:
    """Polished stone with veins."""
    y, x = places(size)
    flow = noise(dice, size, 4, octaves=5)
    bend = dice.between(-2, 2)
    sharp = dice.build((10.0, 14.0, 6.0))
    veins = np.exp(-sharp * np.abs(np.sin(3.1 * (x + bend * y) + 5 * flow)))
    fine = np.exp(-30 * np.abs(noise(dice, size, 5, octaves=5) - 0.5))
    return blend(colour, second, np.clip(0.75 * veins + 0.3 * fine + 0.12 * flow, 0, 1))


def concrete(dice: Dice, size: int, colour: Colour, _second: Colour) -> Plane:
    """Cloudy grey ground with pores."""
    cloud, fine = noise(dice, size, dice.build((3, 4, 8)), octaves=6), noise(dice, size, 110, octaves=1)
    surface = blend(mix(colour, (1, 1, 1), 0.12), mix(colour, BLACK, 0.35), 0.65 * cloud + 0.3 * fine)
    pores = noise(dice, size, 40, octaves=2) > 0.87
    return np.where(pores[..., None], surface * 0.6, surface).astype(np.float32)


def weave(dice: Dice, size: int, colour: Colour, second: Colour) -> Plane:
    """Cloth: two threads crossing, perhaps in a check."""
    y, x = places(size)
    count = dice.build((26, 34, 44, 18))
    over = (np.floor(y * count) + np.floor(x * count)) % 2
    thread = np.where(over > 0, np.sin(np.pi * (y * count % 1)), np.sin(np.pi * (x * count % 1)))
    check = (
        ((np.sin(y * 19) > 0.3).astype(np.float32) + (np.sin(x * 19) > 0.3)) / 2 if dice.chance(0.45) else over * 0.18
    )
    return np.asarray(blend(colour, second, check) * (0.55 + 0.45 * thread)[..., None], np.float32)


def denim(dice: Dice, size: int, colour: Colour, _second: Colour) -> Plane:
    """Twill with white threads and a seam."""
    y, x = places(size)
    twill = 0.5 + 0.5 * np.sin((x + y) * dice.build((190.0, 230.0, 130.0)))
    worn = noise(dice, size, 3)
    cloth = blend(
        mix(colour, BLACK, 0.2),
        mix(colour, (1, 1, 1), 0.4),
        0.45 * twill + 0.4 * worn + 0.15 * noise(dice, size, 100, octaves=1),
    )
    at = dice.between(0.2, 0.8)
    for offset in (-0.02, 0.02) if dice.chance(0.5) else ():
        stitch = (np.abs(x - at - offset) < 0.006) & (y * 28 % 1 < 0.65)
        cloth[stitch] = (0.85, 0.6, 0.25)
    return cloth


def leather(dice: Dice, size: int, colour: Colour, _second: Colour) -> Plane:
    """Grained hide with soft light."""
    count = dice.build((34, 44, 24))
    cells = np.abs(noise(dice, size, count, octaves=2) - 0.5) * 2
    light = noise(dice, size, 2, octaves=2)
    return blend(mix(colour, (1, 1, 1), 0.14), mix(colour, BLACK, 0.65), np.clip(1.1 - 1.5 * cells - 0.4 * light, 0, 1))


def brushed_metal(dice: Dice, size: int, colour: Colour, _second: Colour) -> Plane:
    """Fine scratches one way, and a band of light."""
    _y, x = places(size)
    scratches = noise(dice, size, size, 3, 1) if dice.build((True, True, False)) else noise(dice, size, 3, size, 1)
    band = 0.8 + 0.3 * np.cos((x - dice.between(0.2, 0.8)) * 5)
    return np.asarray(
        np.clip(blend(colour, mix(colour, BLACK, 0.4), scratches) * band[..., None] * 1.1, 0, 1), np.float32
    )


def blades(dice: Dice, size: int, colour: Colour, _second: Colour) -> Plane:
    """Grass from above: many short strokes."""
    import cv2

    field = blend(mix(colour, BLACK, 0.55), mix(colour, BLACK, 0.2), noise(dice, size, 20)) * 1.0
    starts, leans = dice.spots(1500) * size, dice.spots(1500)
    reach = size * dice.build((0.05, 0.07, 0.12))
    for (x, y), (lean, tone) in zip(starts, leans, strict=True):
        tip = (round(x + (lean - 0.5) * reach), round(y - reach * (0.4 + 0.6 * tone)))
        cv2.line(field, (round(x), round(y)), tip, mix(colour, (0.95, 1, 0.5), 0.45 * tone), 1, cv2.LINE_AA)
    return np.asarray(field, np.float32)


def sand(dice: Dice, size: int, colour: Colour, _second: Colour) -> Plane:
    """Grains with ripples of the wind."""
    y, x = places(size)
    flow = noise(dice, size, 3, octaves=3)
    ripple = 0.5 + 0.5 * np.sin((y + 0.25 * x) * dice.build((40.0, 55.0, 25.0)) + flow * 9)
    return blend(mix(colour, (1, 1, 1), 0.2), mix(colour, BLACK, 0.4), 0.45 * ripple + 0.4 * dice.grain(size))


def water(dice: Dice, size: int, colour: Colour, _second: Colour) -> Plane:
    """A surface with a net of light."""
    first, other = noise(dice, size, dice.build((5, 7, 3)), octaves=3), noise(dice, size, 6, octaves=3)
    net = np.exp(-16 * np.abs(first - other))
    return blend(mix(colour, BLACK, 0.15), (0.93, 0.99, 1.0), np.clip(net * 0.75 + 0.2 * first - 0.1, 0, 1))


def paper(dice: Dice, size: int, colour: Colour, _second: Colour) -> Plane:
    """Paper, perhaps creased or ruled."""
    y, x = places(size)
    sheet = blend(
        mix(colour, (1, 1, 1), 0.25),
        mix(colour, BLACK, 0.2),
        0.4 * noise(dice, size, 120, octaves=1) + 0.3 * noise(dice, size, 4),
    )
    for _crease in range(dice.build((0, 5, 8, 16))):
        bend, at = dice.between(-2, 2), dice.between(-0.5, 1.5)
        side = (x + bend * y - at) > 0
        sheet *= np.where(side, dice.between(0.88, 1.0), 1.0)[..., None]
    return np.asarray(sheet, np.float32)


def carbon(dice: Dice, size: int, colour: Colour, _second: Colour) -> Plane:
    """Carbon fibre: twill squares with a sheen."""
    y, x = places(size)
    count = dice.build((16, 20, 11))
    row, column = np.floor(y * count), np.floor(x * count)
    lit = ((row + column) % 4 < 2).astype(np.float32)
    sheen = np.where(lit > 0, np.sin(np.pi * (x * count % 1)), np.sin(np.pi * (y * count % 1)))
    return blend(
        mix(colour, BLACK, 0.5), mix(colour, (1, 1, 1), 0.35), np.clip(0.15 + 0.45 * sheen * (0.4 + 0.6 * lit), 0, 1)
    )


def knitted(dice: Dice, size: int, colour: Colour, second: Colour) -> Plane:
    """Rows of knitted stitches, perhaps in stripes."""
    y, x = places(size)
    count = dice.build((10, 13, 16, 7))
    lean = np.abs(x * count % 1 - 0.5)
    loop = (y * count * 1.3 + lean * 1.1) % 1
    form = np.sin(np.pi * loop) ** 0.6 * np.clip(np.sin(np.pi * np.clip(lean * 2, 0.08, 0.92)), 0, 1)
    stripe = (np.floor(y * count * 1.3 + lean * 1.1) % 4 < 1).astype(np.float32) if dice.chance(0.5) else 0 * x
    return np.asarray(blend(colour, second, stripe) * (0.4 + 0.62 * form)[..., None], np.float32)


# Each surface, the colours it is found in, and other words for it.
TEXTURES: dict[str, tuple[Surface, tuple[str, ...], tuple[str, ...]]] = {
    "wood": (wood, ("brown", "beige", "dark grey", "orange", "white", "grey"), ("wooden boards", "wood grain")),
    "brick": (brick, ("red", "dark red", "brown", "orange", "white", "grey"), ("brick wall",)),
    "stone": (stone, ("grey", "dark grey", "beige", "brown", "olive"), ("stone wall", "cobblestone")),
    "marble": (marble, ("white", "black", "dark green", "beige", "pink", "grey"), ("polished marble",)),
    "tiles": (tiles, ("white", "blue", "black", "teal", "red", "light blue", "mint", "yellow"), ("tiled floor",)),
    "concrete": (concrete, ("grey", "dark grey", "beige", "white"), ("cement", "concrete wall")),
    "fabric": (weave, ("red", "blue", "green", "beige", "purple", "white", "orange", "navy"), ("woven cloth",)),
    "denim": (denim, ("blue", "navy", "light blue", "black", "grey"), ("jeans cloth",)),
    "leather": (leather, ("brown", "black", "dark red", "beige", "navy", "white"), ("leather hide",)),
    "brushed metal": (brushed_metal, ("silver", "gold", "grey", "dark grey", "orange"), ("steel", "metal sheet")),
    "grass": (blades, ("green", "dark green", "olive"), ("lawn",)),
    "sand": (sand, ("beige", "gold", "orange", "white"), ("sand ripples",)),
    "water": (water, ("blue", "turquoise", "teal", "light blue", "navy"), ("water surface",)),
    "paper": (paper, ("white", "cream", "beige", "pink", "light blue", "yellow"), ("sheet of paper",)),
    "carbon fibre": (carbon, ("black", "dark grey", "red", "blue"), ("carbon",)),
    "knitted wool": (
        knitted,
        ("red", "cream", "green", "grey", "blue", "pink", "orange", "purple"),
        ("knitwear", "knit"),
    ),
}
