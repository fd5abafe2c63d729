"""The parametric body: shape from a sheet's physical fields, a pose by the rig, named parts.

Belongs here: everything that speaks to ``anny`` (whose mesh, shapes and helper shells are MakeHuman's,
CC0). Does not: clothes, hair, colours. Lengths in metres; world axes of domain.camera.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.surface import Sparse, Surface, subdivide, triangles
from refpipe.domain.characters import Build, GenderPresentation, Physical

Points = NDArray[np.float64]

_AGE_YEARS = (1.0, 10.5, 25.0, 90.0)
_AGE_SHARE = (0.0, 1 / 3, 2 / 3, 1.0)
_GENDER = {
    GenderPresentation.MASCULINE: 0.0,
    GenderPresentation.ANDROGYNOUS: 0.5,
    GenderPresentation.FEMININE: 1.0,
}
_BUILD = {  # muscle, weight: shares between the model's extremes
    Build.SLIM: (0.45, 0.30),
    Build.AVERAGE: (0.50, 0.48),
    Build.ATHLETIC: (0.75, 0.50),
    Build.STOCKY: (0.66, 0.66),
    Build.HEAVY: (0.45, 0.86),
}
UPPER_LASHES = ("helper-l-eyelashes-2", "helper-r-eyelashes-2")
_PARTS = ("body", "helper-tights", "helper-skirt", "helper-hair", "helper-l-eye", "helper-r-eye", *UPPER_LASHES)
_LIP_TARGETS = ("mouth-upperlip-volume-incr", "mouth-lowerlip-volume-incr")
_CHEEK_TARGETS = ("l-cheek-volume-incr", "r-cheek-volume-incr")
_NOSE_TARGETS = ("nose-volume-incr",)
_EAR_TARGETS = ("l-ear-wing-incr", "r-ear-wing-incr")

_FACE_FEATURES = {
    "nose-scale-horiz-incr": 0.7, "nose-scale-vert-incr": 0.6, "nose-hump-incr": 0.6, "nose-point-up": 0.6,
    "nose-width2-incr": 0.5, "nose-trans-forward": 0.4, "mouth-scale-horiz-incr": 0.6, "mouth-trans-up": 0.3,
    "mouth-upperlip-volume-incr": 0.6, "mouth-lowerlip-volume-incr": 0.6, "mouth-cupidsbow-incr": 0.5,
    "chin-width-incr": 0.7, "chin-height-incr": 0.5, "chin-prominent-incr": 0.6, "chin-cleft-incr": 0.4,
    "chin-bones-incr": 0.7, "cheek-bones-incr": 0.7, "cheek-volume-incr": 0.6, "cheek-inner-incr": 0.5,
    "eye-scale-incr": 0.35, "eye-corner1-up": 0.4, "eye-corner2-up": 0.5, "eye-trans-out": 0.35,
    "eye-eyefold-up": 0.5, "eyebrows-trans-up": 0.3, "forehead-scale-vert-incr": 0.4, "forehead-temple-incr": 0.5,
    "head-scale-horiz-incr": 0.35, "head-scale-depth-incr": 0.3, "ear-scale-incr": 0.4, "ear-wing-incr": 0.4,
    "neck-scale-horiz-incr": 0.3,
}  # fmt: skip
"""Which parts of a face differ from person to person, and by how much of the model's range."""
_RACES = ("african", "asian", "caucasian")

SKIN_VERTICES = 13380
"""The body's own vertices come first in the base mesh; helper shells follow."""

_load_lock = threading.Lock()


@contextmanager
def _without_the_compiler(torch: Any) -> Iterator[None]:
    """Spare loading torch's compiler, which takes as long as all the rest of the body model.

    The model's ``roma`` asks it, on import, to leave two functions uncompiled; nothing is compiled here. A compiler
    that is there already, or comes meanwhile, stays.
    """
    if "torch._dynamo" in sys.modules:
        yield
        return
    stand_in = SimpleNamespace(disable=lambda function: function)
    torch._dynamo = stand_in
    try:
        yield
    finally:
        if torch.__dict__.get("_dynamo") is stand_in:
            del torch._dynamo


@dataclass(frozen=True, slots=True)
class BodyShape:
    """A body: the model's phenotype and local changes, and the uniform scale that gives the sheet's height."""

    phenotype: dict[str, float]
    features: dict[str, float]
    scale: float


@dataclass(frozen=True, slots=True)
class Posed:
    """The base mesh in one shape, expression and pose, feet on the floor.

    ``rest`` is the same shape without pose or expression; ``points`` the posed one, both (B, 3) over
    all base vertices, helpers included. ``heads`` bone → its posed joint; ``turns`` bone → posed rotation
    relative to rest (3, 3); ``rest_heads`` the joints at rest; ``keypoints`` (17, 3) in COCO's order.
    """

    rest: Points
    points: Points
    heads: dict[str, Points]
    turns: dict[str, Points]
    rest_heads: dict[str, Points]
    keypoints: Points


class Anatomy:
    """The body model, loaded once a process (``anatomy()``). Callers take turns by a lock of their own."""

    def __init__(self) -> None:
        import torch
        from scipy import sparse

        with warnings.catch_warnings(), _without_the_compiler(torch):
            warnings.simplefilter("ignore")
            import anny
            import anny.utils.obj_utils
            from anny.models.model_data import TopologyConfig
            from anny.paths import get_anny_root_dir

            topology = TopologyConfig(base_mesh="makehuman", remove_unattached_vertices=False, triangulate_faces=False)
            self._model = anny.Anny(
                rig="anny",
                topology=topology,
                facial_actions="all",
                phenotypes="all",
                local_changes="default",
                skinning_method="lbs",
                phenotype_blendshapes="original",
            )
            base = get_anny_root_dir() / "data" / "mpfb2" / "3dobjs" / "base.obj"
            _, _, groups = anny.utils.obj_utils.load_obj_file(str(base), dtype=torch.float32)
        self._torch = torch
        self.bones: list[str] = list(self._model.bone_labels)
        self._parents: list[int] = [int(parent) for parent in self._model.bone_parents]
        self.vertex_count = int(self._model.template_vertices.shape[0])
        self._blendshape_rows = {label: row for row, label in enumerate(self._model.blendshape_labels)}
        self._quads = {name: np.asarray(groups[name]["face_vertex_indices"], np.int64) for name in _PARTS}
        self._quads["body"] = self._body_without_openings()
        self._keypoint_weights = self._coco_weights()
        self.lips = self._reach_of(_LIP_TARGETS)
        self.cheeks = self._reach_of(_CHEEK_TARGETS)
        self.nose = self._reach_of(_NOSE_TARGETS)
        self.ears = self._reach_of(_EAR_TARGETS)
        self.bone_weights = self._dense_bone_weights()
        self._skinning: Sparse = sparse.csr_matrix(self.bone_weights)

    def _body_without_openings(self) -> NDArray[np.int64]:
        faces = np.asarray(self._model.faces, np.int64)
        return faces[(faces < SKIN_VERTICES).all(axis=1)]

    def _coco_weights(self) -> NDArray[np.float64]:
        from anny.keypoints import KeypointsRegressor

        from refpipe.backends.previs.scene import COCO_KEYPOINTS

        regressor = KeypointsRegressor.coco(self._model)
        order = [regressor.labels.index(_coco_label(name, regressor.labels)) for name in COCO_KEYPOINTS]
        return np.asarray(regressor.regression_weights.numpy(), np.float64)[order]

    def _reach_of(self, targets: tuple[str, ...]) -> NDArray[np.float64]:
        """How strongly shape targets move each vertex, 0–1: a soft mask of the part that they belong to."""
        size = np.zeros(self.vertex_count)
        for target in targets:
            size = np.maximum(size, np.linalg.norm(self._blendshape(f"local_change:{target}"), axis=1))
        return size / max(float(size.max()), 1e-9)

    def _blendshape(self, label: str) -> Points:
        return np.asarray(self._model.blendshapes[self._blendshape_rows[label]].numpy())

    def _dense_bone_weights(self) -> NDArray[np.float64]:
        weights = self._model.vertex_bone_weights.numpy()
        indices = self._model.vertex_bone_indices.numpy()
        dense = np.zeros((self.vertex_count, len(self.bones)))
        np.add.at(dense, (np.arange(self.vertex_count)[:, None], indices), weights)
        return dense

    def quads(self, part: str) -> NDArray[np.int64]:
        """Faces (N, 4) of a named part of the base mesh."""
        return self._quads[part]

    @lru_cache(maxsize=16)  # noqa: B019 - one Anatomy lives as long as the process
    def surface(self, part: str, smooth: int = 1) -> Surface:
        """A named part as a triangle surface, ``smooth`` times subdivided."""
        from scipy import sparse

        quads = self._quads[part]
        operator: Sparse = sparse.identity(self.vertex_count, format="csr")
        for _ in range(smooth):
            step, quads = subdivide(quads, operator.shape[0])
            operator = (step @ operator).tocsr()
        from refpipe.backends.previs.surface import compact

        return compact(Surface(operator, triangles(quads)))

    def weight_of(self, *prefixes: str) -> NDArray[np.float64]:
        """Summed skinning weight (B,) of all bones whose names begin with one of the prefixes."""
        chosen = [i for i, bone in enumerate(self.bones) if bone.startswith(prefixes)]
        return np.asarray(self.bone_weights[:, chosen].sum(axis=1), np.float64)

    def phenotype(self, physical: Physical) -> dict[str, float]:
        """The model's shape parameters for a sheet's physical fields (height is set apart)."""
        muscle, weight = _BUILD[physical.build]
        gender = _GENDER[physical.gender_presentation]
        return {
            "age": float(np.interp(physical.age_years, _AGE_YEARS, _AGE_SHARE)),
            "gender": gender,
            "muscle": muscle,
            "weight": weight,
            "proportions": 0.15,
            "cupsize": 0.42,
            "firmness": 0.6,
        } | self._mix(physical)

    def _mix(self, physical: Physical) -> dict[str, float]:
        """How the model's three face families are mixed: evenly for face 0, otherwise drawn with the face."""
        if physical.face == 0:
            return dict.fromkeys(_RACES, 1 / 3)
        shares = np.random.default_rng(physical.face + 1).dirichlet([1.2, 1.2, 1.2])
        return {race: float(share) for race, share in zip(_RACES, shares, strict=True)}

    def features(self, physical: Physical) -> dict[str, float]:
        """Local changes that make this face a face of its own, drawn from the sheet's ``face`` number; 0 is average."""
        if physical.face == 0:
            return {}
        dice = np.random.default_rng(physical.face)
        changes: dict[str, float] = {}
        for target, reach in _FACE_FEATURES.items():
            amount = float(np.clip(dice.normal(0, 0.45), -1, 1)) * reach
            for label in (target, f"l-{target}", f"r-{target}"):
                if label in self._model.local_change_labels:
                    changes[label] = amount
        return changes

    def shape(self, physical: Physical) -> BodyShape:
        """The body of a sheet's physical fields, scaled so that it stands exactly ``height_m`` tall, barefoot."""
        phenotype, features = self.phenotype(physical), self.features(physical)
        low, high = 0.0, 1.0
        for _ in range(6):
            phenotype["height"] = (low + high) / 2
            if self._stature(phenotype, features) < physical.height_m:
                low = phenotype["height"]
            else:
                high = phenotype["height"]
        return BodyShape(phenotype, features, physical.height_m / self._stature(phenotype, features))

    def _stature(self, phenotype: dict[str, float], features: dict[str, float]) -> float:
        rest = self._forward(BodyShape(phenotype, features, 1.0))["rest_vertices"][0, :SKIN_VERTICES, 2]
        return float(rest.max() - rest.min())

    def _forward(self, shape: BodyShape) -> dict[str, Any]:
        with self._torch.no_grad():
            answer: dict[str, Any] = self._model(
                phenotype_kwargs=shape.phenotype, local_changes_kwargs=shape.features or None
            )
        return answer

    def at_rest(self, shape: BodyShape) -> Posed:
        """The body as it was modelled: arms half raised, no expression, feet on the floor."""
        answer = self._forward(shape)
        points = answer["rest_vertices"][0].numpy() * shape.scale
        joints = answer["rest_bone_poses"][0].numpy()[:, :3, 3] * shape.scale
        lift = np.array([0, 0, -points[:SKIN_VERTICES, 2].min()])
        points, joints = points + lift, joints + lift
        heads = {bone: joints[i] for i, bone in enumerate(self.bones)}
        still = {bone: np.eye(3) for bone in self.bones}
        return Posed(points, points, heads, still, heads, self._keypoint_weights @ points)

    def pose(self, shape: BodyShape, rest: Posed, actions: dict[str, float], rotations: dict[str, Points]) -> Posed:
        """The body with facial actions (0–1) and bone rotations (3, 3), each relative to its parent and about
        world axes at rest. ``rest`` is the same shape's ``at_rest``. Linear blend skinning.
        """
        turns = np.tile(np.eye(3), (len(self.bones), 1, 1))
        joints = np.zeros((len(self.bones), 3))
        rest_joints = np.stack([rest.rest_heads[bone] for bone in self.bones])
        for index, (bone, parent) in enumerate(zip(self.bones, self._parents, strict=True)):
            if parent < 0:
                turns[index], joints[index] = rotations.get(bone, np.eye(3)), rest_joints[index]
            else:
                turns[index] = turns[parent] @ rotations.get(bone, np.eye(3))
                joints[index] = joints[parent] + turns[parent] @ (rest_joints[index] - rest_joints[parent])
        shifts = joints - np.einsum("bij,bj->bi", turns, rest_joints)
        moved = rest.rest + shape.scale * self._expression(actions)
        blended = self._skinning @ np.concatenate([turns.reshape(-1, 9), shifts], axis=1)
        points = np.einsum("vij,vj->vi", blended[:, :9].reshape(-1, 3, 3), moved) + blended[:, 9:]
        lift = np.array([0, 0, -points[:SKIN_VERTICES, 2].min()])
        points = points + lift
        return Posed(
            rest=rest.rest,
            points=points,
            heads={bone: joints[i] + lift for i, bone in enumerate(self.bones)},
            turns={bone: turns[i] for i, bone in enumerate(self.bones)},
            rest_heads=rest.rest_heads,
            keypoints=self._keypoint_weights @ points,
        )

    def _expression(self, actions: dict[str, float]) -> Points:
        moved = np.zeros((self.vertex_count, 3))
        for action, amount in actions.items():
            moved += amount * self._blendshape(f"facial_action:{action}")
        return moved


def _coco_label(name: str, labels: list[str]) -> str:
    wanted = {name, name.replace("_", " "), name.replace("_", "-")}
    for label in labels:
        if label.lower() in wanted:
            return label
    raise KeyError(f"the body model has no keypoint {name!r}; it has {labels}")


@lru_cache(maxsize=1)
def _loaded() -> Anatomy:
    return Anatomy()


def anatomy() -> Anatomy:
    """The one body model of this process; the first call on a machine builds its cache (a minute or two)."""
    with _load_lock:
        return _loaded()
