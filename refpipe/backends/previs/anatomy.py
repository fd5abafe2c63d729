"""The parametric body: shape from a sheet's physical fields, a pose by the rig, named parts.

Belongs here: everything that speaks to ``anny`` (whose mesh, shapes and helper shells are MakeHuman's,
CC0). Does not: clothes, hair, colours. Lengths in metres; world axes of domain.camera.
"""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from functools import lru_cache
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
_LASHES = ("helper-l-eyelashes-1", "helper-l-eyelashes-2", "helper-r-eyelashes-1", "helper-r-eyelashes-2")
_PARTS = ("body", "helper-tights", "helper-skirt", "helper-hair", "helper-l-eye", "helper-r-eye", *_LASHES)
_LIP_TARGETS = ("mouth-upperlip-volume-incr", "mouth-lowerlip-volume-incr")
_CHEEK_TARGETS = ("l-cheek-volume-incr", "r-cheek-volume-incr")
_NOSE_TARGETS = ("nose-volume-incr",)
_EAR_TARGETS = ("l-ear-wing-incr", "r-ear-wing-incr")

_load_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Posed:
    """The base mesh in one shape, expression and pose, feet on the floor.

    ``rest`` is the same shape without pose or expression; ``points`` the posed one, both (B, 3) over
    all base vertices, helpers included. ``heads`` bone → its posed joint; ``turns`` bone → posed rotation
    relative to rest (3, 3); ``rest_heads`` the joints at rest.
    """

    rest: Points
    points: Points
    heads: dict[str, Points]
    turns: dict[str, Points]
    rest_heads: dict[str, Points]
    keypoints: Points


class Anatomy:
    """The body model, loaded once a process. Not safe for concurrent calls: use ``anatomy()`` and a lock of one's own."""

    def __init__(self) -> None:
        import torch

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import anny
            import anny.utils.obj_utils
            from anny.models.model_data import TopologyConfig
            from anny.paths import get_anny_root_dir

            topology = TopologyConfig(
                base_mesh="makehuman", remove_unattached_vertices=False, triangulate_faces=False
            )
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
            _, uv, groups = anny.utils.obj_utils.load_obj_file(str(base), dtype=torch.float32)
        self._torch = torch
        self.bones: list[str] = list(self._model.bone_labels)
        self._parents: list[int] = [int(parent) for parent in self._model.bone_parents]
        self.vertex_count = int(self._model.template_vertices.shape[0])
        self._quads = {name: np.asarray(groups[name]["face_vertex_indices"], np.int64) for name in _PARTS}
        self._quads["body"] = self._body_without_openings()
        self._keypoint_weights = self._coco_weights()
        self.lips = self._reach_of(_LIP_TARGETS)
        self.cheeks = self._reach_of(_CHEEK_TARGETS)
        self.nose = self._reach_of(_NOSE_TARGETS)
        self.ears = self._reach_of(_EAR_TARGETS)
        self.bone_weights = self._dense_bone_weights()

    def _body_without_openings(self) -> NDArray[np.int64]:
        faces = np.asarray(self._model.faces, np.int64)
        skin = (faces < 13380).all(axis=1)  # the body group's vertices come first in the base mesh
        return faces[skin]

    def _coco_weights(self) -> NDArray[np.float64]:
        from anny.keypoints import KeypointsRegressor

        from refpipe.backends.previs.scene import COCO_KEYPOINTS

        regressor = KeypointsRegressor.coco(self._model)
        order = [regressor.labels.index(_coco_label(name, regressor.labels)) for name in COCO_KEYPOINTS]
        return np.asarray(regressor.regression_weights.numpy(), np.float64)[order]

    def _reach_of(self, targets: tuple[str, ...]) -> NDArray[np.float64]:
        """How strongly shape targets move each vertex, 0–1: a soft mask of the part that they belong to."""
        labels = list(self._model.blendshape_labels)
        size = np.zeros(self.vertex_count)
        for target in targets:
            moved = self._model.blendshapes[labels.index(f"local_change:{target}")].numpy()
            size = np.maximum(size, np.linalg.norm(moved, axis=1))
        return size / max(float(size.max()), 1e-9)

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
        }

    def shape(self, physical: Physical) -> tuple[dict[str, float], float]:
        """Shape parameters and the uniform scale by which the body stands exactly ``height_m`` tall."""
        phenotype = self.phenotype(physical)
        low, high = 0.0, 1.0
        for _ in range(7):
            phenotype["height"] = (low + high) / 2
            if self._stature(phenotype) < physical.height_m:
                low = phenotype["height"]
            else:
                high = phenotype["height"]
        return phenotype, physical.height_m / self._stature(phenotype)

    def _stature(self, phenotype: dict[str, float]) -> float:
        rest = self._forward(phenotype, {})["rest_vertices"][0, :13380, 2]
        return float(rest.max() - rest.min())

    def _forward(
        self, phenotype: dict[str, float], actions: dict[str, float], orientations: Points | None = None
    ) -> dict[str, Any]:
        pose = None
        if orientations is not None:
            transforms = np.tile(np.eye(4), (1, len(self.bones), 1, 1))
            transforms[0, :, :3, :3] = orientations
            pose = self._torch.as_tensor(transforms)
        with self._torch.no_grad():
            answer: dict[str, Any] = self._model(
                pose_parameters=pose,
                phenotype_kwargs=phenotype,
                facial_actions=actions or None,
                pose_parameterization="world-orient" if pose is not None else None,
            )
        return answer

    def _turned(self, rotations: dict[str, Points]) -> Points:
        """Each bone's rotation (J, 3, 3) from rest, with what it inherits from its parents."""
        turns = np.tile(np.eye(3), (len(self.bones), 1, 1))
        for index, (bone, parent) in enumerate(zip(self.bones, self._parents, strict=True)):
            inherited = turns[parent] if parent >= 0 else np.eye(3)
            turns[index] = inherited @ rotations.get(bone, np.eye(3))
        return turns

    def pose(
        self,
        shape: tuple[dict[str, float], float],
        actions: dict[str, float],
        rotations: dict[str, Points],
    ) -> Posed:
        """The body in a shape, with facial actions (0–1) and bone rotations (3, 3), each relative to
        its parent and about world axes at rest."""
        phenotype, scale = shape
        neutral = self._forward(phenotype, {})
        turns = self._turned(rotations)
        posed = self._forward(phenotype, actions, turns @ neutral["rest_bone_poses"][0].numpy()[:, :3, :3])
        rest = neutral["rest_vertices"][0].numpy() * scale
        points = posed["vertices"][0].numpy() * scale
        rest_poses, poses = posed["rest_bone_poses"][0].numpy(), posed["bone_poses"][0].numpy()
        rest_floor, floor = rest[:13380, 2].min(), points[:13380, 2].min()
        rest_lift, lift = np.array([0, 0, -rest_floor]), np.array([0, 0, -floor])
        return Posed(
            rest=rest + rest_lift,
            points=points + lift,
            heads={bone: poses[i, :3, 3] * scale + lift for i, bone in enumerate(self.bones)},
            turns={bone: turns[i] for i, bone in enumerate(self.bones)},
            rest_heads={bone: rest_poses[i, :3, 3] * scale + rest_lift for i, bone in enumerate(self.bones)},
            keypoints=self._keypoint_weights @ (points + lift),
        )


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
