"""Eyes that look, and upper lashes.

Belongs here: eyeballs with pupil, iris and white, and how they turn. Does not: brows (face), eyelids
(facial actions of the body). Metres; left and right are the subject's own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.anatomy import UPPER_LASHES, Anatomy, Posed
from refpipe.backends.previs.colour import linear
from refpipe.backends.previs.poses import gaze_turn
from refpipe.backends.previs.scene import Finish, Ints, Mesh
from refpipe.backends.previs.surface import normals_of, triangles
from refpipe.domain.characters import Physical

Points = NDArray[np.float64]

_EYE_RINGS_DEG = (0, 6, 11.5, 12, 16, 20, 24, 26.5, 27.5, 29, 36, 48, 65, 90, 120, 150, 180)
_PUPIL_DEG, _IRIS_DEG = 11.8, 27.0
_SCLERA = np.array([0.72, 0.70, 0.67])


def eyes(body: Anatomy, posed: Posed, physical: Physical, gaze_at: Points | None, forward: Points) -> list[Mesh]:
    """Both eyeballs, turned to look at a point (or along ``forward``), and the lashes."""
    meshes = []
    for side, part in (("L", "helper-l-eye"), ("R", "helper-r-eye")):
        ball = posed.points[np.unique(body.quads(part))]
        centre = 0.5 * (ball.min(0) + ball.max(0))
        radius = 0.5 * float(np.median(np.ptp(ball, axis=0)))
        turn = posed.turns["head"]
        if gaze_at is not None:
            turn = gaze_turn(centre, gaze_at, forward) @ turn
        points, faces, colours = _eyeball(linear(physical.eyes))
        placed = centre + radius * 1.0 * points @ turn.T
        meshes.append(
            Mesh(
                name=f"eye-{side}",
                vertices=placed.astype(np.float32),
                faces=faces,
                normals=(points / np.linalg.norm(points, axis=1, keepdims=True) @ turn.T).astype(np.float32),
                colours=colours.astype(np.float32),
                finish=Finish.EYE,
            )
        )
    dark = linear(physical.hair.colour) * 0.25 + 0.004
    for lash in UPPER_LASHES:
        surface = body.surface(lash, 1)
        points = surface.at(posed.points)
        meshes.append(
            Mesh(
                name=lash,
                vertices=points.astype(np.float32),
                faces=surface.faces,
                normals=normals_of(points, surface.faces).astype(np.float32),
                colours=np.broadcast_to(dark, points.shape).astype(np.float32),
                finish=Finish.HAIR,
            )
        )
    return meshes


def _eyeball(iris: NDArray[np.float64]) -> tuple[Points, Ints, Points]:
    """A unit eyeball looking along −y: points, faces and colours with pupil, iris, dark limbal ring and white."""
    sides = 40
    ring, around = np.meshgrid(
        np.radians(_EYE_RINGS_DEG), np.linspace(0, 2 * np.pi, sides, endpoint=False), indexing="ij"
    )
    points = np.stack([np.sin(ring) * np.cos(around), -np.cos(ring), np.sin(ring) * np.sin(around)], -1).reshape(-1, 3)
    index = np.arange(len(points)).reshape(len(_EYE_RINGS_DEG), sides)
    following = np.roll(index, -1, axis=1)
    quads = np.stack([index[:-1], following[:-1], following[1:], index[1:]], axis=-1).reshape(-1, 4)
    faces = triangles(quads)
    middle = points[faces].mean(1)
    facing = np.cross(points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]])
    if (facing * middle).sum() < 0:
        faces = faces[:, [0, 2, 1]]
    angle = np.degrees(ring).ravel()
    spokes = 1 + 0.16 * np.sin(17 * around.ravel()) * np.sin(7 * around.ravel() + 1)
    inner = np.interp(angle, [12, 18, 25, 27], [1.25, 1.1, 0.75, 0.30])
    colours = np.where(
        (angle < _PUPIL_DEG)[:, None],
        np.full(3, 0.004),
        np.where((angle <= _IRIS_DEG)[:, None], iris * (inner * spokes)[:, None], _SCLERA),
    )
    return points, faces, np.clip(colours, 0, 1)
