"""The head that hair grows on: its hairline, its skin, and how to stay off it.

Belongs here: the scalp's geometry at rest. Does not: hair. Metres; world axes of domain.camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.anatomy import Anatomy, Posed
from refpipe.backends.previs.measures import Measures
from refpipe.backends.previs.surface import Surface, normals_of, unit

Points = NDArray[np.float64]

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


class Scalp:
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
        return unit(self._normals[index].sum(1)), np.asarray(distance[:, 0])

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


def roots_of(head: Head, count: int, dice: np.random.Generator) -> tuple[Points, Points]:
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
