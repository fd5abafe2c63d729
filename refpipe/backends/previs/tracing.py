"""What each pixel's ray meets: depth, normal, part and reflectance without noise.

Belongs here: ray casts at the figure (and the set behind it) with Embree, arrays out. Does not: light,
pictures' encoding (controls), the camera's geometry.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refpipe.backends.previs.camera import Camera, Region
from refpipe.backends.previs.scene import Floats, Ints, Mesh

NOTHING = -1
_STRIPES = 4
"""A picture's rows are cast in this many parts, so that two cores share the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """What the middle of every pixel shows; arrays of (H, W) or (H, W, 3).

    ``depth_m`` is planar, along the optical axis, 0 where there is nothing; ``normals`` are in camera space
    (x right, y up, z to the viewer); ``part`` is the index of the subject's mesh, −1 for none; ``albedo`` is
    linear reflectance. Normals and albedo also hold the surroundings, where the subject is not.
    """

    depth_m: Floats
    normals: Floats
    part: Ints
    albedo: Floats

    @classmethod
    def nothing(cls, height_px: int, width_px: int) -> Traced:
        """An empty picture of that size, to be filled by ``put``."""
        return cls(
            depth_m=np.zeros((height_px, width_px), np.float32),
            normals=np.zeros((height_px, width_px, 3), np.float32),
            part=np.full((height_px, width_px), NOTHING, np.int32),
            albedo=np.zeros((height_px, width_px, 3), np.float32),
        )

    def put(self, other: Traced, region: Region, *, rows: slice) -> None:
        """Fill a region with what another picture's ``rows`` show."""
        for mine, theirs in (
            (self.depth_m, other.depth_m),
            (self.normals, other.normals),
            (self.part, other.part),
            (self.albedo, other.albedo),
        ):
            mine[region.rows, region.columns] = theirs[rows]


class Tracer:
    """Meshes made ready for ray casts. Their place in ``subject`` is what ``Traced.part`` holds.

    ``surroundings`` are seen as reflectance and normals, but count as nothing there.
    """

    def __init__(self, subject: Sequence[Mesh], surroundings: Sequence[Mesh] = ()) -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        parts = (*subject, *surroundings)
        self._parts = parts
        self._subject_parts = len(subject)
        starts = np.cumsum([0, *[len(part.vertices) for part in parts]])
        self._vertices = np.concatenate([part.vertices for part in parts]).astype(np.float32)
        self._faces = np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=False)])
        self._normals = np.concatenate([part.normals for part in parts]).astype(np.float32)
        self._colours = np.concatenate([part.colours for part in parts]).astype(np.float32)
        self._part_of_face = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part.faces) for part in parts])
        self._scene: Any = EmbreeScene()
        TriangleMesh(self._scene, self._vertices, self._faces.astype(np.int32))

    def trace(self, camera: Camera) -> Traced:
        """What the camera's pinhole sees, pixel by pixel."""
        rays = camera.rays()
        origin = camera.viewpoint.position.astype(np.float32)
        count = len(rays)
        edges = np.linspace(0, count, _STRIPES + 1).astype(int)
        self._scene.run(origin[None], rays[:1], output=True)  # builds the tree before threads share it
        with ThreadPoolExecutor(2) as pool:
            parts = list(pool.map(lambda i: self._cast(camera, origin, rays[edges[i] : edges[i + 1]]), range(_STRIPES)))
        height, width = camera.size.height_px, camera.size.width_px
        depth, normals, part, albedo = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return Traced(
            depth_m=depth.reshape(height, width),
            normals=normals.reshape(height, width, 3),
            part=part.reshape(height, width),
            albedo=albedo.reshape(height, width, 3),
        )

    def is_visible(self, points: ArrayLike, camera: Camera, tolerance_m: ArrayLike) -> NDArray[np.bool_]:
        """Whether nothing stands between the camera and each point (N, 3), but what lies within the tolerance of it."""
        origin = camera.viewpoint.position
        away = np.asarray(points, np.float64) - origin
        apart = np.linalg.norm(away, axis=1)
        rays = (away / apart[:, None]).astype(np.float32)
        hit = self._scene.run(np.repeat(origin[None], len(rays), axis=0).astype(np.float32), rays, output=True)
        return np.asarray((hit["primID"] == NOTHING) | (hit["tfar"] > apart - np.asarray(tolerance_m)))

    def _cast(self, camera: Camera, origin: Floats, rays: Floats) -> tuple[Floats, Floats, Ints, Floats]:
        origins = np.empty_like(rays)
        origins[:] = origin
        hit = self._scene.run(origins, rays, output=True)
        met = np.flatnonzero(hit["primID"] != NOTHING)
        face, u, v = hit["primID"][met], hit["u"][met], hit["v"][met]
        depth = np.zeros(len(rays), np.float32)
        normals = np.zeros((len(rays), 3), np.float32)
        albedo = np.zeros((len(rays), 3), np.float32)
        part = np.full(len(rays), NOTHING, np.int32)
        depth[met] = hit["tfar"][met]  # rays have a planar depth of 1
        part[met] = self._part_of_face[face]
        is_set = met[part[met] >= self._subject_parts]
        corners = self._faces[face]
        shares = np.stack([1 - u - v, u, v], axis=1)
        normals[met] = _towards(_mixed(self._normals, corners, shares), rays[met], camera)
        albedo[met] = self._albedo(part[met], corners, shares)
        depth[is_set], part[is_set] = 0, NOTHING
        return depth, normals, part, albedo

    def _albedo(self, part: Ints, corners: Ints, shares: Floats) -> Floats:
        colours = _mixed(self._colours, corners, shares)
        start = 0
        for index, mesh in enumerate(self._parts):
            if mesh.tile is not None and mesh.uv is not None:
                mine = np.flatnonzero(part == index)
                uv = _mixed(mesh.uv, corners[mine] - start, shares[mine])
                colours[mine] = _from_tile(mesh.tile, uv)
            start += len(mesh.vertices)
        return colours


def _mixed(values: Floats, corners: Ints, shares: Floats) -> Floats:
    """Values at the corners of faces, interpolated."""
    mixed = values[corners[:, 0]] * shares[:, :1]
    mixed += values[corners[:, 1]] * shares[:, 1:2]
    mixed += values[corners[:, 2]] * shares[:, 2:]
    return np.asarray(mixed, np.float32)


def _towards(normals: Floats, rays: Floats, camera: Camera) -> Floats:
    """World normals turned to the viewer's side, of unit length, in camera space."""
    view = camera.viewpoint
    axes = np.stack([view.right, view.up, -view.forward], axis=1).astype(np.float32)
    facing = np.einsum("ij,ij->i", normals, rays)
    turned = np.where(facing[:, None] > 0, -normals, normals) @ axes
    length = np.sqrt(np.einsum("ij,ij->i", turned, turned))
    return np.asarray(turned / np.maximum(length, 1e-9)[:, None], np.float32)


@cache
def _linear_of_srgb() -> Floats:
    """Linear light of each 8-bit sRGB value. Source: IEC 61966-2-1."""
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _from_tile(tile: NDArray[np.uint8], uv: Floats) -> Floats:
    """Linear colour of a repeated tile at texture coordinates (N, 2); v runs downwards from its first row."""
    height, width = tile.shape[:2]
    column = np.floor(np.mod(uv[:, 0], 1) * width).astype(int) % width
    row = np.floor(np.mod(uv[:, 1], 1) * height).astype(int) % height
    return np.asarray(_linear_of_srgb()[tile[row, column]])
