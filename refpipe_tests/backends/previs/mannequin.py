"""A mannequin of balls and rods: quick to make, each part in a colour of its own, a real FigureSource.

Belongs here: a stand-in figure whose parts a test can find in a picture. Does not: likeness to a person.
"""

from __future__ import annotations

import numpy as np
import trimesh
from numpy.typing import NDArray

from refpipe.backends.previs.generator import GazeAt
from refpipe.backends.previs.scene import Figure, Finish, Landmarks, Mesh
from refpipe.domain.camera import Crop
from refpipe.domain.characters import Outfit, Physical
from refpipe.domain.shots import Expression, Pose

RED, GREEN, BLUE, YELLOW = (0.6, 0.03, 0.03), (0.02, 0.5, 0.04), (0.02, 0.04, 0.6), (0.6, 0.55, 0.02)
SKIN, HAIR = (0.65, 0.28, 0.12), (0.25, 0.02, 0.22)

_WRISTS = {
    Pose.A_POSE: (0.42, -0.02, 0.95),
    Pose.T_POSE: (0.72, 0.0, 1.40),
    Pose.HAND_CENTERED: (0.09, -0.28, 1.20),
}
_ARMS_DOWN = (0.24, -0.02, 0.86)


def _mesh(name: str, solid: trimesh.Trimesh, colour: tuple[float, float, float]) -> Mesh:
    return Mesh(
        name=name,
        vertices=np.asarray(solid.vertices, np.float32),
        faces=np.asarray(solid.faces, np.int32),
        normals=np.asarray(solid.vertex_normals, np.float32),
        colours=np.tile(np.array(colour, np.float32), (len(solid.vertices), 1)),
        finish=Finish.CLOTH,
    )


def _ball(middle: tuple[float, float, float], radii: tuple[float, float, float]) -> trimesh.Trimesh:
    ball = trimesh.creation.icosphere(subdivisions=4)
    ball.apply_scale(radii)
    ball.apply_translation(middle)
    return ball


def _rod(start: tuple[float, float, float], end: tuple[float, float, float], radius: float) -> trimesh.Trimesh:
    return trimesh.creation.cylinder(radius=radius, segment=(start, end), sections=48).subdivide().subdivide()


class MannequinMaker:
    """Makes the mannequin in the pose asked for, turned and scaled; the eyes are painted on."""

    def figure(
        self,
        physical: Physical,
        outfit: Outfit,
        *,
        pose: Pose,
        expression: Expression,
        yaw_deg: float,
        gaze_at: GazeAt,
    ) -> Figure:
        x, y, z = _WRISTS.get(pose, _ARMS_DOWN)
        solids = [
            ("head", _ball((0, -0.02, 1.62), (0.075, 0.095, 0.12)), SKIN),
            ("hair", _ball((0, 0.0, 1.66), (0.082, 0.09, 0.09)), HAIR),
            ("nose", _ball((0, -0.115, 1.61), (0.012, 0.025, 0.02)), GREEN),
            ("torso", _ball((0, 0, 1.15), (0.17, 0.11, 0.36)), RED),
            ("neck", _rod((0, 0, 1.42), (0, 0, 1.55), 0.05), SKIN),
            ("left-arm", _rod((0.17, 0, 1.40), (x, y, z), 0.04), BLUE),
            ("right-arm", _rod((-0.17, 0, 1.40), (-x, y, z), 0.04), YELLOW),
            ("left-hand", _ball((x, y, z - 0.06), (0.04, 0.03, 0.08)), BLUE),
            ("right-hand", _ball((-x, y, z - 0.06), (0.04, 0.03, 0.08)), YELLOW),
            ("left-leg", _rod((0.1, 0, 0.9), (0.1, 0, 0.05), 0.07), BLUE),
            ("right-leg", _rod((-0.1, 0, 0.9), (-0.1, 0, 0.05), 0.07), YELLOW),
            ("left-shoe", _ball((0.1, -0.06, 0.04), (0.05, 0.13, 0.04)), RED),
            ("right-shoe", _ball((-0.1, -0.06, 0.04), (0.05, 0.13, 0.04)), RED),
        ]
        turn = np.radians(-yaw_deg)
        matrix = np.eye(4)
        matrix[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
        matrix[:3] *= physical.height_m / 1.75
        for _, solid, _ in solids:
            solid.apply_transform(matrix)
        meshes = {name: _mesh(name, solid, colour) for name, solid, colour in solids}
        landmarks = _landmarks(meshes, matrix, (x, y, z), physical.height_m)
        gaze_at(landmarks)
        return Figure(meshes=tuple(meshes.values()), landmarks=landmarks)


def _landmarks(
    meshes: dict[str, Mesh], matrix: NDArray[np.float64], wrist: tuple[float, float, float], height_m: float
) -> Landmarks:
    def placed(*points: tuple[float, float, float]) -> NDArray[np.float32]:
        return (np.array(points) @ matrix[:3, :3].T).astype(np.float32)

    def around(*names: str) -> NDArray[np.float32]:
        return np.concatenate([meshes[name].vertices for name in names])

    x, y, z = wrist
    keypoints = placed(
        (0, -0.135, 1.61), (0.03, -0.105, 1.65), (-0.03, -0.105, 1.65), (0.075, 0, 1.63), (-0.075, 0, 1.63),
        (0.17, 0, 1.40), (-0.17, 0, 1.40), (0.5 * (0.17 + x), 0.5 * y, 0.5 * (1.4 + z)),
        (-0.5 * (0.17 + x), 0.5 * y, 0.5 * (1.4 + z)), (x, y, z), (-x, y, z),
        (0.1, 0, 0.9), (-0.1, 0, 0.9), (0.1, 0, 0.49), (-0.1, 0, 0.49), (0.1, 0, 0.09), (-0.1, 0, 0.09),
    )  # fmt: skip
    hands = around("left-hand", "right-hand")
    centres = {
        Crop.FULL: placed((0, 0, 0.875))[0],
        Crop.THREE_QUARTER: placed((0, 0, 1.12))[0],
        Crop.MCU: placed((0, -0.02, 1.53))[0],
        Crop.CU: placed((0, -0.02, 1.58))[0],
        Crop.HANDS: hands.mean(axis=0),
    }
    return Landmarks(
        height_m=height_m,
        keypoints=keypoints,
        eyes=placed((0, -0.105, 1.65))[0],
        head_centre=placed((0, -0.02, 1.62))[0],
        crop_centres=centres,
        skull=around("head"),
        head=around("head", "hair", "nose"),
        body=around(*meshes),
        hands=hands,
    )
