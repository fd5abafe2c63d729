"""Hair: a close cap cut along the hairline, and locks combed over it.

Belongs here: hairline, combing and lock shapes for each style, beards and moustaches included. Does
not: brows and lashes (face). Built on the head at rest, then carried by the head; metres.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.anatomy import Anatomy, Posed
from refpipe.backends.previs.colour import linear
from refpipe.backends.previs.measures import Measures
from refpipe.backends.previs.scene import Finish, Ints, Mesh
from refpipe.backends.previs.surface import Surface, cut, normals_of, tubes
from refpipe.domain.characters import Hair, HairStyle

Points = NDArray[np.float64]
_STEPS = 16
_CURL_TURNS = 2.6

_HAIRLINE_DEG = (0.0, 25.0, 45.0, 62.0, 76.0, 86.0, 104.0, 118.0, 140.0, 180.0)
_HAIRLINE_Z = (0.070, 0.068, 0.060, 0.040, -0.004, -0.010, 0.010, -0.024, -0.052, -0.062)
"""Height of the hairline above the eyes, from the middle of the forehead (0°) to the nape (180°), adult head."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head at rest, as hair needs it: its skin, its middle and its size (1 = an adult's)."""

    skin: Surface
    points: Points
    normals: Points
    middle: Points
    eye_z: float
    size: float
    field: NDArray[np.float64]
    """How far above the hairline each skin point lies, metres; negative on face, ears and neck."""


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
    return normals + 0.40 * wobble


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
    HairStyle.CURLY: Style(0.012, 420, (0.036, 0.050), 0.0062, 0.0, _outwards, 0.06, 0.9, 0.0085),
    HairStyle.BOB: Style(0.010, 440, (0.26, 0.34), 0.0078, 0.013, _away_from_part(0.014), 0.22, floor_z=-0.105),
    HairStyle.LONG: Style(0.010, 440, (0.50, 0.60), 0.0080, 0.013, _away_from_part(0.0), 0.20, floor_z=-0.33),
    HairStyle.PONYTAIL: Style(0.006, 420, (0.09, 0.30), 0.0050, 0.005, _to_tie(_PONYTAIL_TIE), 0.0),
    HairStyle.BUN: Style(0.006, 420, (0.09, 0.30), 0.0050, 0.005, _to_tie(_BUN_TIE), 0.0),
}


def head_at_rest(body: Anatomy, posed: Posed, skin: Surface, at: Measures) -> Head:
    """The head of a body at rest; ``skin`` is the body's surface and ``at`` its measures."""
    points = skin.at(posed.rest)
    normals = normals_of(points, skin.faces)
    eyes = 0.5 * (posed.rest_heads["eye.L"] + posed.rest_heads["eye.R"])
    top = float(points[:, 2].max())
    size = (top - float(eyes[2])) / 0.106
    heady = at.head > 0.5
    middle = np.array([0.0, 0.5 * (points[heady, 1].min() + points[heady, 1].max()) + 0.006 * size, eyes[2] + 0.012])
    away = points - middle
    around = np.degrees(np.abs(np.arctan2(away[:, 0], -away[:, 1])))
    line = eyes[2] + size * np.interp(around, _HAIRLINE_DEG, _HAIRLINE_Z)
    ears = np.asarray(skin.operator @ body.ears)
    field = np.where(heady, points[:, 2] - line, -1.0)
    field = np.minimum(field, (0.22 - ears) * 0.05)
    return Head(skin, points, normals, middle, float(eyes[2]), size, field)


def build_hair(head: Head, hair: Hair, *, under_hat: bool, seed: int) -> list[Mesh]:
    """The hair's meshes on the head at rest; none for a bald head. ``under_hat`` keeps it close to the skull."""
    if hair.style is HairStyle.BALD:
        return []
    style = STYLES[hair.style]
    dice = np.random.default_rng(seed)
    meshes = [_cap(head, style, hair.colour, under_hat=under_hat)]
    if style.locks:
        paths = _comb(head, hair.style, style, dice, under_hat=under_hat)
        meshes.append(_locks(paths, style, head.size, hair.colour, dice))
    if hair.style is HairStyle.PONYTAIL:
        meshes.append(_locks(_tail(head, dice), style, head.size, hair.colour, dice, name="tail", fat=1.5))
    if hair.style is HairStyle.BUN:
        meshes.append(_locks(_bun(head, dice), style, head.size, hair.colour, dice, name="bun", fat=1.5))
    return meshes


def _cap(head: Head, style: Style, colour: str, *, under_hat: bool) -> Mesh:
    from scipy import sparse

    identity = Surface(sparse.identity(len(head.points), format="csr"), head.skin.faces)
    piece = cut(identity, head.field)
    thick = min(style.cap_m, 0.004) if under_hat else style.cap_m
    rise = np.clip(head.field / (0.020 * head.size), 0.10, 1)
    raised = head.points + head.normals * (thick * head.size * rise)[:, None]
    points = piece.at(raised)
    normals = normals_of(points, piece.faces)
    return _hair_mesh("cap", points, piece.faces, normals, np.full(len(points), 0.72), colour)


def _roots(head: Head, count: int, dice: np.random.Generator) -> tuple[Points, Points]:
    """Points and normals spread evenly over the scalp."""
    faces = head.skin.faces
    faces = faces[(head.field[faces] > 0.002).all(1)]
    a, b, c = (head.points[faces[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    many = count * 6
    chosen = dice.choice(len(faces), many, p=area / area.sum())
    u, v = dice.random(many), dice.random(many)
    flip = u + v > 1
    u[flip], v[flip] = 1 - u[flip], 1 - v[flip]
    mix = np.stack([1 - u - v, u, v], axis=1)[:, :, None]
    points = (head.points[faces[chosen]] * mix).sum(1)
    normals = (head.normals[faces[chosen]] * mix).sum(1)
    keep = _spread(points, count)
    return points[keep], normals[keep] / np.linalg.norm(normals[keep], axis=1, keepdims=True)


def _spread(points: Points, count: int) -> NDArray[np.int64]:
    """Indices of ``count`` points far from each other (farthest-point sampling)."""
    chosen = np.zeros(count, np.int64)
    nearest = np.full(len(points), np.inf)
    for i in range(1, count):
        nearest = np.minimum(nearest, ((points - points[chosen[i - 1]]) ** 2).sum(1))
        chosen[i] = int(np.argmax(nearest))
    return chosen


def _comb(head: Head, name: HairStyle, style: Style, dice: np.random.Generator, *, under_hat: bool) -> Points:
    """Paths (locks, steps, 3) of all locks, kept off the skin."""
    roots, normals = _roots(head, style.locks, dice)
    if style.curl_m:
        return _curls(head, roots, normals, style, dice, under_hat=under_hat)
    scalp = _Scalp(head)
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
    heading = _unit(style.comb(roots.copy(), normals, head))
    fall = np.array([0.0, 0.0, -1.0])
    for k in range(steps):
        path[:, k] = point
        share = k / (steps - 1)
        if gathered:
            heading = tie - point
        outward, _ = scalp.normal_at(point)
        along = heading - (heading * outward).sum(1, keepdims=True) * outward
        heading = _unit(_unit(along) * (1 - style.weight) + fall * style.weight)
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
    stem = _unit(style.comb(roots, normals, head) - np.array([0, 0, 0.25]))
    across = _unit(np.cross(stem, dice.normal(size=stem.shape)))
    other = np.cross(stem, across)
    share = np.linspace(0, 1, _STEPS)
    turn = dice.uniform(0, 2 * np.pi, len(roots))[:, None] + 2 * np.pi * _CURL_TURNS * share[None]
    ring = style.curl_m * head.size * np.interp(share, [0, 0.25, 1], [0.2, 1.0, 1.0])[None]
    middle = roots[:, None] + stem[:, None] * (length[:, None] * share[None])[..., None]
    swirl = np.cos(turn)[..., None] * across[:, None] + np.sin(turn)[..., None] * other[:, None]
    return np.asarray(middle + ring[..., None] * swirl)


class _Scalp:
    """Finds the nearest skin for points near the head, and keeps hair off it."""

    def __init__(self, head: Head) -> None:
        from scipy.spatial import cKDTree

        near = np.linalg.norm(head.points - head.middle, axis=1) < 0.62 * head.size
        self._points, self._normals, self._field = head.points[near], head.normals[near], head.field[near]
        self._tree: Any = cKDTree(self._points)

    def field_at(self, points: Points) -> NDArray[np.float64]:
        return np.asarray(self._field[self._tree.query(points)[1]])

    def normal_at(self, points: Points) -> tuple[Points, NDArray[np.float64]]:
        """Smoothed skin normals (N, 3) at the points, and the distance (N,) to the skin."""
        distance, index = self._tree.query(points, k=4)
        return _unit(self._normals[index].sum(1)), np.asarray(distance[:, 0])

    def off_skin(self, point: Points, height: NDArray[np.float64], hug: NDArray[np.bool_]) -> Points:
        """Push points out to ``height`` above the skin; draw back those that hover near it where ``hug`` is set."""
        for _ in range(2):
            distance, index = self._tree.query(point)
            normal = self._normals[index]
            above = ((point - self._points[index]) * normal).sum(1)
            short = np.maximum(height - above, 0)
            hovering = (distance < 0.03) & (above > height) & hug
            point = point + normal * (short - np.where(hovering, 0.5 * (above - height), 0))[:, None]
        return point


def _tail(head: Head, dice: np.random.Generator) -> Points:
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


def _bun(head: Head, dice: np.random.Generator) -> Points:
    tie = _tie_point(head, _BUN_TIE)
    axis = _unit((tie - head.middle)[None])[0]
    across = _unit(np.cross(axis, [1.0, 0, 0])[None])[0]
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


def _locks(
    paths: Points, style: Style, size: float, colour: str, dice: np.random.Generator, *, name: str = "locks",
    fat: float = 1.0,
) -> Mesh:  # fmt: skip
    share = np.linspace(0, 1, paths.shape[1])
    tip = 0.55 if style.curl_m else 0.12
    taper = np.interp(share, [0, 0.12, 0.6, 1], [0.55, 1.0, 0.92, tip])
    radii = style.radius_m * size * fat * taper[None] * dice.uniform(0.75, 1.25, (len(paths), 1))
    points, faces = tubes(paths, radii, style.flatness, 6)
    shade = np.clip(dice.normal(1.0, 0.13, (len(paths), 1)) * np.interp(share, [0, 0.4, 1], [0.78, 1.0, 1.10]), 0.5, 1.5)
    return _hair_mesh(name, points, faces, normals_of(points, faces), np.repeat(shade.ravel(), 6), colour)


def _hair_mesh(
    name: str, points: Points, faces: Ints, normals: Points, shade: NDArray[np.float64], colour: str
) -> Mesh:
    return Mesh(
        name=f"hair-{name}",
        vertices=points.astype(np.float32),
        faces=faces,
        normals=normals.astype(np.float32),
        colours=np.clip(linear(colour) * shade[:, None], 0, 1).astype(np.float32),
        finish=Finish.HAIR,
    )


def _unit(vectors: Points) -> Points:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))
