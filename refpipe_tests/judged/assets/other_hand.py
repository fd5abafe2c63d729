"""Logos, surfaces and places of another hand: other letters, other signs, other ways than the training's.

Belongs here: drawing them. Does not: solid things (other_things), what befalls a picture (photographing).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from refpipe_tests.judged.assets.solids import Colour

Floats = NDArray[np.float32]
Draw = np.random.Generator
_FINE = 3

WORDS = {
    "dev": ("Zephyr", "quanta", "ORBIT", "Kiosk", "mellow"),
    "calibration": ("Vortex", "banjo", "ICARUS", "Juniper", "fathom"),
    "untouched": ("Quartz", "yonder", "NIMBUS", "Pepper", "walnut", "Oxide"),
}
_FACES = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
)


def wordmark(word: str, first: Colour, second: Colour, size_px: int, draw: Draw) -> Floats:
    """A word in the letters of pen plotters, perhaps underlined or boxed: (size, size, 4)."""
    cover = _written(word, size_px, draw, 0.86)
    plane = _coloured(cover, first)
    style = draw.choice(["plain", "line", "bar"])
    if style == "line":
        line = np.zeros_like(cover)
        cv2.line(
            line, (size_px // 8, round(size_px * 0.66)), (size_px * 7 // 8, round(size_px * 0.66)), 1.0, 5, cv2.LINE_AA
        )
        plane = _over(plane, _coloured(line, second))
    elif style == "bar":
        bar = np.zeros_like(cover)
        cv2.rectangle(bar, (0, round(size_px * 0.3)), (size_px, round(size_px * 0.7)), 1.0, -1)
        plane = _over(_coloured(bar, second), _coloured(cover, first))
    return plane


def sign(first: Colour, second: Colour, size_px: int, draw: Draw) -> Floats:
    """An abstract sign: rings, bars, a quartered disc, waves or triangles."""
    side = size_px * _FINE
    one, two = np.zeros((side, side), np.float32), np.zeros((side, side), np.float32)
    _SIGNS[int(draw.integers(len(_SIGNS)))](one, two, side, draw)
    small = [cv2.resize(each, (size_px, size_px), interpolation=cv2.INTER_AREA) for each in (one, two)]
    return _over(_coloured(small[0], first), _coloured(small[1], second))


def sign_and_word(word: str, first: Colour, second: Colour, size_px: int, draw: Draw) -> Floats:
    """A sign over its word."""
    mark = cv2.resize(
        sign(first, second, size_px, draw), (size_px * 6 // 10, size_px * 6 // 10), interpolation=cv2.INTER_AREA
    )
    plane = np.zeros((size_px, size_px, 4), np.float32)
    left = (size_px - mark.shape[1]) // 2
    plane[: mark.shape[0], left : left + mark.shape[1]] = mark
    low = _written(word, size_px, draw, 0.7)
    moved = np.roll(low, round(size_px * 0.3), axis=0)
    return _over(plane, _coloured(moved, first))


def _rings(one: Floats, two: Floats, side: int, draw: Draw) -> None:
    r, thick = round(side * 0.2), round(side * draw.uniform(0.03, 0.06))
    for number in range(3):
        target = one if number % 2 == 0 else two
        cv2.circle(
            target, (round(side * (0.3 + 0.2 * number)), round(side * (0.42 + 0.16 * (number % 2)))), r, 1.0, thick
        )


def _bars(one: Floats, two: Floats, side: int, draw: Draw) -> None:
    for number in range(4):
        high = draw.uniform(0.2, 0.7)
        x = 0.16 + number * 0.18
        corner, other = (round(side * x), round(side * (0.85 - high))), (round(side * (x + 0.12)), round(side * 0.85))
        cv2.rectangle(one if number < 3 else two, corner, other, 1.0, -1)


def _quarters(one: Floats, two: Floats, side: int, draw: Draw) -> None:
    middle, axes = (side // 2, side // 2), (round(side * 0.38), round(side * 0.38))
    turn = float(draw.uniform(0, 90))
    for number in range(4):
        cv2.ellipse(one if number % 2 else two, middle, axes, turn, number * 90 + 5, number * 90 + 85, 1.0, -1)


def _waves(one: Floats, two: Floats, side: int, draw: Draw) -> None:
    x = np.linspace(0.1, 0.9, 60)
    for number in range(3):
        y = 0.3 + 0.2 * number + 0.08 * np.sin(x * 9 + draw.uniform(0, 1))
        line = np.round(np.stack([x, y], axis=1) * side).astype(np.int32)
        cv2.polylines(one if number != 1 else two, [line], False, 1.0, round(side * 0.055))


def _triangles(one: Floats, two: Floats, side: int, draw: Draw) -> None:
    for number, (x, r) in enumerate(((0.38, 0.3), (0.64, 0.24))):
        angles = np.radians([-90, 30, 150]) + draw.uniform(-0.2, 0.2)
        points = np.stack([x + r * np.cos(angles), 0.56 + r * np.sin(angles)], axis=1)
        cv2.fillPoly(one if number == 0 else two, [np.round(points * side).astype(np.int32)], 1.0)


_SIGNS = (_rings, _bars, _quarters, _waves, _triangles)


def _written(word: str, size_px: int, draw: Draw, share: float) -> Floats:
    side = size_px * _FINE
    face, thick = int(draw.choice(_FACES)), int(draw.integers(2, 6)) * _FINE
    (wide, _high), _low = cv2.getTextSize(word, face, 1.0, thick)
    scale = side * share / wide
    (wide, high), _low = cv2.getTextSize(word, face, scale, thick)
    cover = np.zeros((side, side), np.uint8)
    cv2.putText(cover, word, ((side - wide) // 2, (side + high) // 2), face, scale, 255, thick, cv2.LINE_AA)
    small = cv2.resize(cover, (size_px, size_px), interpolation=cv2.INTER_AREA)
    return (small / 255).astype(np.float32)


def _coloured(cover: Floats, colour: Colour) -> Floats:
    flat = np.broadcast_to(np.asarray(colour, np.float32), (*cover.shape, 3))
    return np.concatenate([flat, cover[..., None]], axis=2).astype(np.float32)


def _over(low: Floats, high: Floats) -> Floats:
    alpha = high[..., 3:] + low[..., 3:] * (1 - high[..., 3:])
    mixed = high[..., :3] * high[..., 3:] + low[..., :3] * low[..., 3:] * (1 - high[..., 3:])
    return np.concatenate([mixed / np.maximum(alpha, 1e-4), alpha], axis=2).astype(np.float32)


def _cells(size: int, count: int, draw: Draw) -> tuple[NDArray[np.int64], Floats]:
    """Which of that many scattered seeds is nearest, and how far a cell's edge is."""
    seeds = draw.random((count, 2)).astype(np.float32) * size
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    far = np.stack([np.hypot(y - sy, x - sx) for sy, sx in seeds])
    two = np.partition(far, 1, axis=0)[:2]
    return far.argmin(axis=0), two[1] - two[0]


def terrazzo(size: int, first: Colour, second: Colour, draw: Draw) -> Floats:
    cell, edge = _cells(size, 90, draw)
    lots = draw.random((90, 1)) * 0.5 + 0.5
    chips = np.where(draw.random((90, 1)) < 0.5, np.asarray(second), draw.random((90, 3))) * lots
    shows = (edge > 4)[..., None] & (draw.random(90) < 0.7)[cell][..., None]
    return np.where(shows, chips[cell], np.asarray(first) * 0.95).astype(np.float32)


def gravel(size: int, first: Colour, second: Colour, draw: Draw) -> Floats:
    cell, edge = _cells(size, 160, draw)
    tones = draw.uniform(0.6, 1.1, 160)
    lit = np.clip(edge / 7, 0.15, 1) * tones[cell]
    return np.clip(np.asarray(first) * lit[..., None], 0, 1).astype(np.float32)


def corduroy(size: int, first: Colour, second: Colour, draw: Draw) -> Floats:
    y, x = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]
    ridge = np.abs(np.sin(np.pi * x * draw.integers(12, 22) + 0.3 * np.sin(y * 5)))
    nap = draw.random((size, size)) * 0.12
    return np.clip(np.asarray(first) * (0.4 + 0.6 * ridge + nap)[..., None], 0, 1).astype(np.float32)


def gingham(size: int, first: Colour, second: Colour, draw: Draw) -> Floats:
    y, x = np.mgrid[0:size, 0:size]
    wide = int(draw.integers(12, 26))
    share = ((y // wide % 2) + (x // wide % 2)) / 2
    threads = 0.93 + 0.07 * np.sin(x * 2.1) * np.sin(y * 2.3)
    cloth = np.asarray(first) * share[..., None] + np.array([0.97, 0.96, 0.94]) * (1 - share[..., None])
    return np.clip(cloth * threads[..., None], 0, 1).astype(np.float32)


def growth_rings(size: int, first: Colour, second: Colour, draw: Draw) -> Floats:
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    cloud = cv2.resize(draw.random((9, 9)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    far = np.hypot(x - draw.uniform(-1.2, -0.4), (y - draw.uniform(-0.4, 0.4)) * 1.4) + 0.12 * cloud
    tone = 0.72 + 0.28 * np.sin(far * draw.uniform(50, 80)) ** 2 + 0.05 * draw.random((size, size))
    return np.clip(np.asarray(first) * tone[..., None], 0, 1).astype(np.float32)


def hexagons(size: int, first: Colour, second: Colour, draw: Draw) -> Floats:
    pitch = draw.uniform(22, 34)
    plane = np.broadcast_to(np.asarray(second, np.float32) * 0.9, (size, size, 3)).copy()
    angles = np.radians(np.arange(6) * 60 + 30)
    for row in range(-1, int(size / (pitch * 0.87)) + 2):
        for column in range(-1, int(size / pitch) + 2):
            x, y = (column + 0.5 * (row % 2)) * pitch, row * pitch * 0.87
            points = np.stack([x + pitch * 0.54 * np.cos(angles), y + pitch * 0.54 * np.sin(angles)], axis=1)
            tint = [float(part * draw.uniform(0.9, 1.05)) for part in first]
            cv2.fillPoly(plane, [np.round(points * 16).astype(np.int32)], tint, cv2.LINE_AA, 4)
    return np.clip(plane, 0, 1)


def ridges(size: int, draw: Draw) -> Floats:
    """Mountain ridges one behind the other, paler with distance."""
    plane = _sky(size, draw)
    y = np.arange(size)[:, None]
    near = np.array(draw.choice([(0.1, 0.2, 0.3), (0.14, 0.24, 0.16), (0.26, 0.16, 0.28)]))
    for layer in range(5):
        foot = size * (0.38 + 0.12 * layer)
        rough = np.cumsum(draw.normal(0, 1.5, size))
        line = foot - (rough - np.linspace(rough[0], rough[-1], size)) * (1.6 - 0.2 * layer)
        colour = near + (plane[size // 3, 0] - near) * (0.75 - 0.18 * layer)
        plane = np.where((y > line[None, :])[..., None], colour, plane)
    return plane.astype(np.float32)


def open_sea(size: int, draw: Draw) -> Floats:
    plane = _sky(size, draw)
    horizon = round(size * draw.uniform(0.4, 0.6))
    rows = np.linspace(0.02, 1, size - horizon)[:, None]
    columns = np.linspace(-1, 1, size)[None, :]
    waves = np.sin(40 / (rows + 0.12) + 9 * columns + draw.uniform(0, 6)) * np.sin(columns * 13 / (rows + 0.2))
    water = np.array([0.08, 0.3, 0.42]) * (0.9 + 0.3 * rows[..., None]) + 0.12 * waves[..., None]
    plane[horizon:] = np.clip(water, 0, 1)
    return plane


def pillar_hall(size: int, draw: Draw) -> Floats:
    """A hall in perspective: floor, ceiling and two rows of pillars towards one point."""
    tone = np.array(draw.choice([(0.8, 0.74, 0.62), (0.6, 0.64, 0.7), (0.72, 0.6, 0.56)]))
    plane = np.zeros((size, size, 3), np.float32)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    far = np.maximum(np.abs(x), np.abs(y) * 1.2)
    plane[:] = (tone * np.clip(far, 0.2, 1)[..., None]) * np.where(y > 0, 0.9, 0.75)[..., None]
    for depth in range(7, 0, -1):
        scale = 1 / depth
        light = 0.45 + 0.5 * scale
        for side in (-1, 1):
            left = size * (0.5 + side * 0.72 * scale * 0.62 - 0.07 * scale)
            top, low = size * (0.5 - 0.42 * scale), size * (0.5 + 0.42 * scale)
            corner, other = (round(left), round(top)), (round(left + size * 0.14 * scale), round(low))
            cv2.rectangle(plane, corner, other, [float(part) for part in tone * light], -1)
    return np.clip(plane + draw.normal(0, 0.01, plane.shape), 0, 1).astype(np.float32)


def lit_towers(size: int, draw: Draw) -> Floats:
    """A town at night: towers with lit windows before a dusky sky."""
    y = np.linspace(0, 1, size)[:, None, None]
    low = np.array(draw.choice([(0.5, 0.25, 0.3), (0.3, 0.3, 0.5), (0.6, 0.4, 0.2)]))
    plane = np.broadcast_to(np.array([0.03, 0.04, 0.12]) * (1 - y) + low * y, (size, size, 3)).astype(np.float32).copy()
    for layer in range(2):
        x = -10
        while x < size:
            wide, high = int(draw.integers(18, 40)), int(size * draw.uniform(0.3, 0.75) * (1 - 0.2 * layer))
            shade = 0.05 + 0.05 * (1 - layer)
            cv2.rectangle(plane, (x, size - high), (x + wide, size), (shade, shade, shade * 1.5), -1)
            for wy in range(size - high + 5, size - 4, 8):
                for wx in range(x + 4, x + wide - 4, 7):
                    if draw.random() < 0.5:
                        cv2.rectangle(plane, (wx, wy), (wx + 3, wy + 4), (0.98, 0.84, 0.5), -1)
            x += wide + int(draw.integers(0, 8))
    return plane


def bare_room(size: int, draw: Draw) -> Floats:
    """A room with a window and a rug, in one-point perspective."""
    wall = draw.uniform(0.5, 0.9, 3).astype(np.float32)
    plane = np.broadcast_to(wall, (size, size, 3)).copy()
    inner = np.array([(0.24, 0.2), (0.76, 0.2), (0.76, 0.66), (0.24, 0.66)]) * size
    outer = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * size
    for number, light in enumerate((0.95, 0.8, 0.55, 0.72)):
        after = (number + 1) % 4
        face = np.array([outer[number], outer[after], inner[after], inner[number]])
        colour = (wall if number != 2 else np.array([0.5, 0.36, 0.24])) * light
        cv2.fillPoly(plane, [np.round(face).astype(np.int32)], [float(part) for part in colour])
    cv2.rectangle(
        plane, (round(size * 0.38), round(size * 0.28)), (round(size * 0.6), round(size * 0.5)), (0.75, 0.88, 1.0), -1
    )
    rug = [float(part) for part in draw.uniform(0.2, 0.9, 3)]
    cv2.ellipse(plane, (size // 2, round(size * 0.84)), (round(size * 0.28), round(size * 0.07)), 0, 0, 360, rug, -1)
    return np.clip(plane + draw.normal(0, 0.012, plane.shape), 0, 1).astype(np.float32)


def _sky(size: int, draw: Draw) -> Floats:
    pairs = [
        ((0.2, 0.45, 0.8), (0.8, 0.9, 1.0)),
        ((0.25, 0.2, 0.45), (1.0, 0.66, 0.4)),
        ((0.6, 0.62, 0.66), (0.86, 0.86, 0.86)),
    ]
    high, low = (np.array(each) for each in pairs[int(draw.integers(len(pairs)))])
    share = np.linspace(0, 1, size)[:, None, None]
    plane = np.broadcast_to(high * (1 - share) + low * share, (size, size, 3)).astype(np.float32).copy()
    if draw.random() < 0.5:
        place = (int(draw.integers(size // 5, size * 4 // 5)), int(draw.integers(size // 8, size // 3)))
        cv2.circle(plane, place, int(size * 0.05), (1.0, 0.95, 0.8), -1, cv2.LINE_AA)
    return plane


Surface = Callable[[int, Colour, Colour, Draw], Floats]
Place = Callable[[int, Draw], Floats]
# name → how, what a person would call it (None: nothing in the vocabulary), the parts that show it
SURFACES: dict[str, tuple[Surface, str | None, tuple[str, ...]]] = {
    "terrazzo": (terrazzo, None, ("dev", "calibration", "untouched")),
    "corduroy": (corduroy, "fabric", ("dev", "calibration", "untouched")),
    "growth rings": (growth_rings, "wood", ("calibration", "untouched")),
    "gravel": (gravel, "stone", ("calibration", "untouched")),
    "gingham": (gingham, "fabric", ("untouched",)),
    "hexagons": (hexagons, "tiles", ("untouched",)),
}
PLACES: dict[str, tuple[Place, str | None, tuple[str, ...]]] = {
    "ridges": (ridges, "mountains", ("dev", "calibration", "untouched")),
    "pillar hall": (pillar_hall, None, ("dev", "calibration", "untouched")),
    "open sea": (open_sea, None, ("calibration", "untouched")),
    "lit towers": (lit_towers, "skyline", ("untouched",)),
    "bare room": (bare_room, None, ("untouched",)),
}
