"""The figure: body, face, hair and clothes put together for one pose, expression and gaze.

Belongs here: the order in which a figure is made, what is kept between shots, landmarks. Does not: how
each part is made. Everything that depends only on the character and the outfit is made once.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.accessories import accessories
from refpipe.backends.previs.anatomy import Anatomy, BodyShape, Posed, anatomy
from refpipe.backends.previs.eyes import eyes
from refpipe.backends.previs.face import Patch, beard, face_patches
from refpipe.backends.previs.hair import build_hair
from refpipe.backends.previs.measures import Measures, measure
from refpipe.backends.previs.poses import EXPRESSIONS, pose_rotations, rotation
from refpipe.backends.previs.scalp import Head, head_at_rest
from refpipe.backends.previs.scene import Figure, Finish, Ints, Landmarks, Mesh
from refpipe.backends.previs.skin import skin_colours
from refpipe.backends.previs.surface import Topology
from refpipe.backends.previs.wardrobe import Piece, dress
from refpipe.domain.camera import BOX_HEIGHT_M, REFERENCE_HEIGHT_M, Crop
from refpipe.domain.characters import GarmentKind, Outfit, Physical
from refpipe.domain.shots import Expression, Pose

Points = NDArray[np.float64]
GazeAt = Callable[[Landmarks], Points | None]

_KEPT_CHARACTERS = 4
_HIDDEN_M = 0.014
"""Skin further than this inside a garment is left out, so that it never shows through."""


@dataclass(frozen=True, slots=True)
class _Model:
    """What one character in one outfit keeps between shots."""

    shape: BodyShape
    rest: Posed
    weave: Topology
    skin_at: Measures
    head: Head
    colours: Points
    shown: Ints
    patches: list[Patch]
    hair: list[Mesh]
    pieces: list[Piece]


class FigureMaker:
    """Makes figures; keeps the last few characters' parts. Calls from several threads take turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: OrderedDict[str, _Model] = OrderedDict()

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
        """A posed, dressed figure turned by ``yaw_deg`` about the vertical; see scene.Figure.

        ``gaze_at`` is told the landmarks and answers the world point that the eyes look at, None for
        straight ahead along the body.
        """
        with self._lock:
            body = anatomy()
            model = self._model(body, physical, outfit)
            rotations = pose_rotations(pose, model.rest.rest_heads)
            yaw = rotation(np.array([0.0, 0.0, 1.0]), -yaw_deg)
            rotations["root"] = yaw
            posed = body.pose(model.shape, model.rest, EXPRESSIONS[expression], rotations)
            return _assemble(body, model, physical, outfit, posed, gaze_at)

    def _model(self, body: Anatomy, physical: Physical, outfit: Outfit) -> _Model:
        key = physical.model_dump_json() + outfit.model_dump_json()
        if key in self._models:
            self._models.move_to_end(key)
            return self._models[key]
        model = _build_model(body, physical, outfit)
        self._models[key] = model
        while len(self._models) > _KEPT_CHARACTERS:
            self._models.popitem(last=False)
        return model


def _build_model(body: Anatomy, physical: Physical, outfit: Outfit) -> _Model:
    shape = body.shape(physical)
    rest = body.at_rest(shape)
    skin = body.surface("body", 1)
    at = measure(body, skin, rest)
    head = head_at_rest(body, rest, skin, at)
    pieces = dress(body, rest, outfit, at)
    covered = np.max([piece.covers for piece in pieces], axis=0) if pieces else np.full(len(at.z), -1.0)
    shown = skin.faces[~(covered[skin.faces] > _HIDDEN_M).all(axis=1)]
    hat = any(garment.kind is GarmentKind.HAT for garment in outfit.garments)
    seed = int.from_bytes(hashlib.sha256(physical.model_dump_json().encode()).digest()[:4], "big")
    patches = face_patches(head, physical, float(rest.rest_heads["eye.L"][0]))
    whiskers = beard(body, head, physical)
    return _Model(
        shape=shape,
        rest=rest,
        weave=Topology(skin.faces, skin.operator.shape[0]),
        skin_at=at,
        head=head,
        colours=skin_colours(body, head, physical),
        shown=shown.astype(np.int32),
        patches=patches + ([whiskers] if whiskers is not None else []),
        hair=build_hair(head, physical.hair, under_hat=hat, seed=seed),
        pieces=pieces,
    )


def _assemble(
    body: Anatomy, model: _Model, physical: Physical, outfit: Outfit, posed: Posed, gaze_at: GazeAt
) -> Figure:
    skin = model.head.skin
    points = skin.at(posed.points)
    normals = model.weave.normals(points)
    meshes = [
        Mesh(
            name="skin",
            vertices=points.astype(np.float32),
            faces=model.shown,
            normals=normals.astype(np.float32),
            colours=model.colours.astype(np.float32),
            finish=Finish.SKIN,
        )
    ]
    meshes += [patch.posed(points, normals) for patch in model.patches]
    carried = [_carried_by_head(mesh, posed) for mesh in model.hair]
    meshes += carried
    meshes += [piece.posed(posed) for piece in model.pieces]
    extras = accessories(body, posed, model.rest, model.head, outfit)
    extras = [(_carried_by_head(mesh, posed) if on_head else mesh, on_head) for mesh, on_head in extras]
    meshes += [mesh for mesh, _ in extras]
    worn_on_head = carried + [mesh for mesh, on_head in extras if on_head]
    lowest = min(float(mesh.vertices[:, 2].min()) for mesh in meshes)
    landmarks = _landmarks(physical, model, posed, points, worn_on_head, meshes, lowest)
    forward = np.asarray(posed.turns["head"] @ np.array([0.0, -1.0, 0.0]))
    target = gaze_at(landmarks)
    lifted = None if target is None else np.asarray(target, np.float64) + np.array([0, 0, lowest])
    meshes += eyes(body, posed, physical, lifted, forward)
    return Figure(meshes=tuple(_raised(mesh, -lowest) for mesh in meshes), landmarks=landmarks)


def _raised(mesh: Mesh, by: float) -> Mesh:
    return replace(mesh, vertices=mesh.vertices + np.array([0, 0, by], np.float32))


def _carried_by_head(mesh: Mesh, posed: Posed) -> Mesh:
    turn, rest, now = posed.turns["head"], posed.rest_heads["head"], posed.heads["head"]
    return replace(
        mesh,
        vertices=((mesh.vertices - rest) @ turn.T + now).astype(np.float32),
        normals=(mesh.normals @ turn.T).astype(np.float32),
    )


def _landmarks(
    physical: Physical,
    model: _Model,
    posed: Posed,
    skin: Points,
    on_head: list[Mesh],
    meshes: list[Mesh],
    lowest: float,
) -> Landmarks:
    lift = np.array([0, 0, -lowest])
    heady = model.skin_at.head > 0.5
    ears = model.head.field < -0.5
    skull = skin[heady & ~ears & (model.skin_at.z > model.head.eye_z - 0.115 * model.head.size)]
    head = np.concatenate([skull, *[mesh.vertices.astype(np.float64)[::3] for mesh in on_head]])
    head = head[head[:, 2] > skull[:, 2].min()]
    hands = skin[model.skin_at.hand > 0.5]
    body = np.concatenate([mesh.vertices.astype(np.float64)[::4] for mesh in meshes])
    eyes_middle = 0.5 * (posed.heads["eye.L"] + posed.heads["eye.R"])
    scale = physical.height_m / REFERENCE_HEIGHT_M
    top = float(head[:, 2].max())
    axis = 0.5 * (posed.heads["upperleg01.L"] + posed.heads["upperleg01.R"])
    neck = posed.heads["neck01"]
    skull_middle = 0.5 * (skull.min(0) + skull.max(0))

    def centre(x_y: Points, z: float) -> Points:
        return np.asarray(np.array([x_y[0], x_y[1], z]) + lift)

    knee = float(posed.heads["lowerleg01.L"][2])
    centres = {
        Crop.FULL: centre(axis, 0.5 * (top + lowest)),
        Crop.THREE_QUARTER: centre(axis, 0.5 * (top + knee)),
        Crop.MCU: centre(0.5 * (skull_middle + neck), top + 0.04 * scale - 0.5 * BOX_HEIGHT_M[Crop.MCU] * scale),
        Crop.CU: centre(skull_middle, top + 0.015 * scale - 0.5 * BOX_HEIGHT_M[Crop.CU] * scale),
        Crop.HANDS: 0.5 * (hands.min(0) + hands.max(0)) + lift,
    }
    return Landmarks(
        height_m=physical.height_m,
        keypoints=(posed.keypoints + lift).astype(np.float32),
        eyes=(eyes_middle + lift).astype(np.float32),
        head_centre=(skull_middle + lift).astype(np.float32),
        crop_centres={crop: value.astype(np.float32) for crop, value in centres.items()},
        skull=(skull + lift).astype(np.float32),
        head=(head + lift).astype(np.float32),
        body=(body + lift).astype(np.float32),
        hands=(hands + lift).astype(np.float32),
    )
