"""Styles of hair and the paths that their locks take over the head.

Belongs here: how each style is combed, gathered or curled. Does not: meshes (hair), the hairline (scalp).
Metres; built on the head at rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.scalp import Head, Scalp, roots_of
from refpipe.backends.previs.surface import unit
from refpipe.domain.characters import HairStyle

Points = NDArray[np.float64]
_STEPS = 16
_CURL_STEPS = 24
_CURL_TURNS = 2.2


@dataclass(frozen=True, slots=True)
class Style:
    """How a style is cut: cap thickness, locks and how they are combed."""

    cap_m: float
    locks: int
    length_m: tuple[float, float]
    radius_m: float
    lift_m: float
    comb: Callable[[Points, Points, Head], Points]
    weight: float
    """How fast gravity takes over from the comb, 0–1 a step."""
    flatness: float = 0.5
    curl_m: float = 0.0
    floor_z: float | None = None
    """Locks end here, relative to the eyes (adult metres)."""


def _away_from_part(part_x: float) -> Callable[[Points, Points, Head], Points]:
    def comb(points: Points, _normals: Points, head: Head) -> Points:
        side = np.where(points[:, 0] > part_x * head.size, 1.0, -1.0)
        back = np.clip((points[:, 1] - head.middle[1] + 0.01) / (0.06 * head.size), 0, 1)
        low = np.clip((0.10 * head.size + head.eye_z - points[:, 2]) / (0.10 * head.size), 0, 1)
        return np.stack([side * (1 - 0.85 * back), 0.45 - 0.25 * back, -0.15 - 1.2 * np.maximum(back, low)], axis=1)

    return comb


def _down_from_crown(points: Points, _normals: Points, head: Head) -> Points:
    crown = head.middle + np.array([0.012, 0.030, 0.11]) * head.size
    away = points - crown
    away[:, 2] = 0.5 * away[:, 2] - 0.02 * head.size
    away[:, 0] += 0.018 * head.size
    return away


def _to_tie(height: float) -> Callable[[Points, Points, Head], Points]:
    def comb(points: Points, _normals: Points, head: Head) -> Points:
        return _tie_point(head, height) - points

    return comb


def _outwards(points: Points, normals: Points, _head: Head) -> Points:
    wobble = np.sin(points @ np.array([[331.0, 173.0, 97.0], [89.0, 271.0, 211.0], [149.0, 59.0, 307.0]]))
    return np.asarray(normals + 0.40 * wobble)


def _tie_point(head: Head, height: float) -> Points:
    """The point on the back of the head, at a height above the eyes, where hair is gathered."""
    level = head.eye_z + height * head.size
    near = (np.abs(head.points[:, 0]) < 0.012 * head.size) & (head.points[:, 1] > head.middle[1])
    behind = head.points[near & (np.abs(head.points[:, 2] - level) < 0.012 * head.size)]
    return np.array([0.0, behind[:, 1].mean() + 0.008 * head.size, level])


_PONYTAIL_TIE, _BUN_TIE = 0.040, 0.060
STYLES: dict[HairStyle, Style] = {
    HairStyle.BUZZ: Style(0.0040, 0, (0, 0), 0, 0, _down_from_crown, 0),
    HairStyle.SHORT: Style(0.006, 760, (0.040, 0.055), 0.0046, 0.008, _down_from_crown, 0.06, 0.4),
    HairStyle.SIDE_PART: Style(0.007, 640, (0.055, 0.085), 0.0056, 0.012, _away_from_part(0.030), 0.08),
    HairStyle.CURLY: Style(0.012, 380, (0.036, 0.050), 0.0062, 0.0, _outwards, 0.06, 0.9, 0.0085),
    HairStyle.BOB: Style(0.010, 440, (0.26, 0.34), 0.0078, 0.013, _away_from_part(0.014), 0.22, floor_z=-0.105),
    HairStyle.LONG: Style(0.010, 440, (0.50, 0.60), 0.0080, 0.013, _away_from_part(0.0), 0.20, floor_z=-0.33),
    HairStyle.PONYTAIL: Style(0.006, 420, (0.09, 0.30), 0.0050, 0.005, _to_tie(_PONYTAIL_TIE), 0.0),
    HairStyle.BUN: Style(0.006, 420, (0.09, 0.30), 0.0050, 0.005, _to_tie(_BUN_TIE), 0.0),
}


def comb_locks(head: Head, name: HairStyle, style: Style, dice: np.random.Generator, *, under_hat: bool) -> Points:
    """Paths (locks, steps, 3) of all locks, kept off the skin."""
    roots, normals = roots_of(head, style.locks, dice)
    if style.curl_m:
        return _curls(head, roots, normals, style, dice, under_hat=under_hat)
    scalp = Scalp(head)
    tie = _tie_point(head, _PONYTAIL_TIE if name is HairStyle.PONYTAIL else _BUN_TIE)
    gathered = name in (HairStyle.PONYTAIL, HairStyle.BUN)
    loose = name in (HairStyle.BOB, HairStyle.LONG)
    length = dice.uniform(*style.length_m, len(roots)) * head.size
    if gathered:
        length = np.linalg.norm(roots - tie, axis=1) * 1.10
    elif not loose:
        upper = np.clip((roots[:, 2] - head.eye_z) / (0.08 * head.size), 0.62, 1)
        length = length * upper * np.interp(scalp.field_at(roots), [0, 0.03 * head.size], [0.55, 1.0])
    steps = 2 * _STEPS if loose else _STEPS
    step = length / (steps - 1)
    upward = np.clip(normals[:, 2], 0, 1)
    lift = np.full(len(roots), (0.002 if under_hat else style.lift_m) * head.size) * (1 if gathered else 0.3 + upward)
    path = np.empty((len(roots), steps, 3))
    point = roots + normals * 0.001
    heading = unit(style.comb(roots.copy(), normals, head))
    fall = np.array([0.0, 0.0, -1.0])
    for k in range(steps):
        path[:, k] = point
        share = k / (steps - 1)
        if gathered:
            heading = tie - point
        outward, _ = scalp.normal_at(point)
        along = heading - (heading * outward).sum(1, keepdims=True) * outward
        heading = unit(unit(along) * (1 - style.weight) + fall * style.weight)
        point = point + heading * step[:, None]
        if loose:
            point = _beside_the_face(point, head)
        rise = lift * np.sin(np.pi * min(share * (0.9 if not loose else 2.2) + 0.10, 1.0)) + 0.003
        hug = (point[:, 2] > head.eye_z) if loose else np.ones(len(point), bool)
        point = scalp.off_skin(point, rise, hug)
    if style.floor_z is None:
        return path
    return _trimmed(path, head.eye_z + head.size * (style.floor_z + dice.normal(0, 0.006, len(path))))


def _beside_the_face(point: Points, head: Head) -> Points:
    """Hold hair off the face: what falls in front of the ears falls beside the cheeks."""
    away = point - head.middle
    low = np.clip((head.eye_z + 0.060 * head.size - point[:, 2]) / (0.03 * head.size), 0, 1)
    front = np.clip((-away[:, 1] - 0.010 * head.size) / (0.03 * head.size), 0, 1)
    least = 0.078 * head.size * low * front
    side = np.where(point[:, 0] >= 0, 1.0, -1.0)
    moved = point.copy()
    moved[:, 0] = side * np.maximum(np.abs(point[:, 0]), least)
    moved[:, 1] = np.maximum(point[:, 1], head.middle[1] - 0.085 * head.size * (1 - 0.45 * low))
    return moved


def _trimmed(path: Points, floor: NDArray[np.float64]) -> Points:
    """Each path cut where it first falls below its floor, then spaced evenly again in ``_STEPS`` points."""
    below = path[:, :, 2] < floor[:, None]
    last = np.where(below.any(1), below.argmax(1), path.shape[1] - 1)
    share = np.linspace(0, 1, _STEPS)[None] * np.maximum(last, 3)[:, None]
    low = np.minimum(share.astype(int), path.shape[1] - 2)
    rest = (share - low)[..., None]
    rows = np.arange(len(path))[:, None]
    return np.asarray(path[rows, low] * (1 - rest) + path[rows, low + 1] * rest)


def _curls(
    head: Head, roots: Points, normals: Points, style: Style, dice: np.random.Generator, *, under_hat: bool
) -> Points:
    """Ringlets: helices about short stems that leave the scalp and sink a little."""
    length = dice.uniform(*style.length_m, len(roots)) * head.size * (0.25 if under_hat else 1.0)
    stem = unit(style.comb(roots, normals, head) - np.array([0, 0, 0.25]))
    across = unit(np.cross(stem, dice.normal(size=stem.shape)))
    other = np.cross(stem, across)
    share = np.linspace(0, 1, _CURL_STEPS)
    turn = dice.uniform(0, 2 * np.pi, len(roots))[:, None] + 2 * np.pi * _CURL_TURNS * share[None]
    ring = style.curl_m * head.size * np.interp(share, [0, 0.25, 1], [0.2, 1.0, 1.0])[None]
    middle = roots[:, None] + stem[:, None] * (length[:, None] * share[None])[..., None]
    swirl = np.cos(turn)[..., None] * across[:, None] + np.sin(turn)[..., None] * other[:, None]
    return np.asarray(middle + ring[..., None] * swirl)


def ponytail(head: Head, dice: np.random.Generator) -> Points:
    tie = _tie_point(head, _PONYTAIL_TIE)
    count = 46
    share = np.linspace(0, 1, _STEPS)
    angle, reach = dice.uniform(0, 2 * np.pi, count), np.sqrt(dice.uniform(0, 1, count)) * 0.024
    spread = np.interp(share, [0, 0.12, 0.45, 0.8, 1], [0.35, 0.80, 1.25, 1.05, 0.55])
    length = dice.uniform(0.20, 0.25, count)
    out = np.interp(share, [0, 0.15, 0.45, 1], [0.0, 0.026, 0.042, 0.030])
    down = np.interp(share, [0, 0.12, 0.3, 1], [0.0, 0.010, 0.16, 1.0])
    x = np.cos(angle)[:, None] * reach[:, None] * spread
    y = out[None] + np.sin(angle)[:, None] * reach[:, None] * spread
    z = -down[None] * length[:, None] + 0.012 * np.sin(angle)[:, None] * spread
    return np.asarray(tie + head.size * np.stack([x, y, z], axis=2))


def bun(head: Head, dice: np.random.Generator) -> Points:
    tie = _tie_point(head, _BUN_TIE)
    axis = unit((tie - head.middle)[None])[0]
    across = unit(np.cross(axis, [1.0, 0, 0])[None])[0]
    other = np.cross(axis, across)
    count = 34
    start = dice.uniform(0, 2 * np.pi, count)
    share = np.linspace(0, 1, _STEPS)
    angle = start[:, None] + 2.4 * share
    tilt = dice.uniform(-1.2, 1.2, count)[:, None] + 0.5 * np.sin(3 * share)
    ring, thick = 0.021 * head.size, 0.017 * head.size
    radius = ring + thick * np.cos(tilt)
    return np.asarray(
        tie
        + radius[..., None] * (np.cos(angle)[..., None] * across + np.sin(angle)[..., None] * other)
        + (thick * np.sin(tilt) + 0.006 * head.size)[..., None] * axis
    )
