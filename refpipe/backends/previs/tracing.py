"""What each pixel's ray meets: depth, normal, part and reflectance without noise.

Belongs here: ray casts at the figure (and the set behind it) with Embree, arrays out. Does not: light,
pictures' encoding (controls), the camera's geometry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refpipe.backends.previs.camera import Camera, Region, Viewpoint
from refpipe.backends.previs.scene import Floats, Ints, Mesh
from refpipe.domain.generation import Size

NOTHING = -1
_Hits = tuple[Floats, Floats, Ints, Floats]
_WITHIN_A_PIXEL = ((-0.375, -0.125), (0.125, -0.375), (0.375, 0.125), (-0.125, 0.375))
"""Where an edge's pixel is looked at, from its middle: each row and column of a four by four grid once."""
_OTHER_ALBEDO = 0.03
_OTHER_NORMAL = 0.25
"""Neighbours that differ more than this in reflectance, or in a normal's direction, have an edge between them."""
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
    def nothing(cls, size: Size) -> Traced:
        """An empty picture of that size, to be filled by ``put``."""
        shape = size.height_px, size.width_px
        return cls(
            depth_m=np.zeros(shape, np.float32),
            normals=np.zeros((*shape, 3), np.float32),
            part=np.full(shape, NOTHING, np.int32),
            albedo=np.zeros((*shape, 3), np.float32),
        )

    def put(self, other: Traced, region: Region) -> None:
        """Fill a region with what another camera saw there."""
        for mine, theirs in (
            (self.depth_m, other.depth_m),
            (self.normals, other.normals),
            (self.part, other.part),
            (self.albedo, other.albedo),
        ):
            mine[region.rows, region.columns] = theirs


class Tracer:
    """Meshes made ready for ray casts. Their place in ``subject`` is what ``Traced.part`` holds.

    ``surroundings`` are seen as reflectance and normals, but count as nothing there. With ``within`` only what can
    be seen inside that camera's picture is made ready: for that camera and for parts of it.
    """

    def __init__(
        self, subject: Sequence[Mesh], surroundings: Sequence[Mesh] = (), *, within: Camera | None = None
    ) -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        parts = (*subject, *surroundings)
        self._parts = parts
        self._subject_parts = len(subject)
        self._starts = np.cumsum([0, *[len(part.vertices) for part in parts]])
        corners = [part.faces + np.int32(start) for part, start in zip(parts, self._starts, strict=False)]
        faces = np.concatenate(corners, dtype=np.int32)
        vertices = np.concatenate([part.vertices for part in parts], dtype=np.float32)
        part_of_face = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part.faces) for part in parts])
        if within is not None:
            kept = _may_show(within, vertices, faces)
            faces, part_of_face = faces[kept], part_of_face[kept]
        self._part_of_face = part_of_face
        self._corners = [np.ascontiguousarray(faces[:, corner], np.intp) for corner in range(3)]
        self._normals = np.concatenate([part.normals for part in parts], dtype=np.float32)
        self._colours = np.concatenate([part.colours for part in parts], dtype=np.float32)
        self._made_ready: tuple[Viewpoint, Floats, Floats] | None = None
        """The viewpoint last seen from, its axes, and what each vertex shows from there."""
        self._scene: Any = EmbreeScene()
        TriangleMesh(self._scene, *_without_the_unused(vertices, faces))

    def trace(self, camera: Camera) -> Traced:
        """What the camera's pinhole sees, pixel by pixel."""
        height, width = camera.size.height_px, camera.size.width_px
        rays = camera.rays().reshape(height, width, 3)
        edges = np.linspace(0, height, min(_STRIPES, height) + 1).astype(int)
        cast = self._caster(camera)
        with ThreadPoolExecutor(2) as pool:
            stripes = [rays[first:last].reshape(-1, 3) for first, last in pairwise(edges)]
            parts = list(pool.map(cast, stripes))
        depth, normals, part, albedo = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return Traced(
            depth_m=depth.reshape(height, width),
            normals=normals.reshape(height, width, 3),
            part=part.reshape(height, width),
            albedo=albedo.reshape(height, width, 3),
        )

    def softened(self, traced: Traced, camera: Camera) -> tuple[Floats, Floats]:
        """Albedo and normals (H, W, 3) of whole pixels instead of their middles: what lies on an edge is mixed.

        Only the pixels at edges are cast again, with a few rays each.
        """
        albedo, normals = traced.albedo.copy(), traced.normals.copy()
        at = np.flatnonzero(_edges(traced))
        if len(at):
            middles = camera.rays()[at]
            across, down = camera.ray_steps()
            cast = self._caster(camera)
            looks = [cast(middles + x * across + y * down) for x, y in _WITHIN_A_PIXEL]
            normals.reshape(-1, 3)[at] = np.mean([look[1] for look in looks], axis=0)
            albedo.reshape(-1, 3)[at] = np.mean([look[3] for look in looks], axis=0)
        return albedo, normals

    def _caster(self, camera: Camera) -> Callable[[Floats], _Hits]:
        """From rays (N, 3) with a planar depth of 1 to depth, normals, part and albedo of what they meet."""
        view = camera.viewpoint
        if self._made_ready is None or self._made_ready[0] is not view:
            axes = np.stack([view.right, view.up, -view.forward], axis=1).astype(np.float32)
            self._made_ready = view, axes, np.concatenate([self._normals @ axes, self._colours], axis=1)
            # one ray builds the tree before threads share it
            self._scene.run(*(each.astype(np.float32)[None] for each in (view.position, view.forward)), output=True)
        _, axes, at_corners = self._made_ready
        origin = view.position.astype(np.float32)
        return lambda rays: self._cast(at_corners, axes, origin, rays)

    def is_visible(self, points: ArrayLike, camera: Camera, tolerance_m: ArrayLike) -> NDArray[np.bool_]:
        """Whether nothing stands between the camera and each point (N, 3), but what lies within the tolerance of it."""
        origin = camera.viewpoint.position
        away = np.asarray(points, np.float64) - origin
        apart = np.linalg.norm(away, axis=1)
        rays = (away / apart[:, None]).astype(np.float32)
        hit = self._scene.run(np.repeat(origin[None], len(rays), axis=0).astype(np.float32), rays, output=True)
        return np.asarray((hit["primID"] == NOTHING) | (hit["tfar"] > apart - np.asarray(tolerance_m)))

    def _cast(self, at_corners: Floats, axes: Floats, origin: Floats, rays: Floats) -> _Hits:
        origins = np.empty_like(rays)
        origins[:] = origin
        hit = self._scene.run(origins, rays, output=True)
        met = np.flatnonzero(hit["primID"] != NOTHING)
        face, u, v = hit["primID"][met], hit["u"][met, None], hit["v"][met, None]
        shares = (1 - u - v, u, v)
        corners = [each[face] for each in self._corners]
        shown = _mixed(at_corners, corners, shares)
        depth = np.zeros(len(rays), np.float32)
        normals, albedo = np.zeros((len(rays), 3), np.float32), np.zeros((len(rays), 3), np.float32)
        part = np.full(len(rays), NOTHING, np.int32)
        depth[met] = hit["tfar"][met]  # rays have a planar depth of 1
        met_part = self._part_of_face[face]
        normals[met] = _towards(shown[:, :3], rays[met] @ axes)
        self._take_from_tiles(shown[:, 3:], met_part, corners, shares)
        albedo[met] = shown[:, 3:]
        is_set = met_part >= self._subject_parts
        met_part[is_set] = NOTHING
        part[met] = met_part
        depth[met[is_set]] = 0
        return depth, normals, part, albedo

    def _take_from_tiles(
        self, colours: Floats, part: Ints, corners: Sequence[NDArray[np.intp]], shares: Sequence[Floats]
    ) -> None:
        """Replace the colours of parts that have a tile."""
        for index, mesh in enumerate(self._parts):
            if mesh.tile is None or mesh.uv is None:
                continue
            mine = np.flatnonzero(part == index)
            if len(mine):
                mine_corners = [each[mine] - self._starts[index] for each in corners]
                uv = _mixed(mesh.uv, mine_corners, [each[mine] for each in shares])
                colours[mine] = _from_tile(mesh.tile, uv)


def _may_show(camera: Camera, vertices: Floats, faces: Ints) -> NDArray[np.bool_]:
    """Faces (M,) that are not wholly beyond one side of the camera's picture; what does not project may show."""
    x, y = camera.pixels(vertices).T
    may = np.ones(len(faces), np.bool_)
    for beyond in (x < 0, x > camera.size.width_px, y < 0, y > camera.size.height_px):
        may &= ~(beyond[faces[:, 0]] & beyond[faces[:, 1]] & beyond[faces[:, 2]])
    return may


def _without_the_unused(vertices: Floats, faces: Ints) -> tuple[Floats, Ints]:
    """The vertices that faces use, and the faces over them: the ray caster copies each number by itself."""
    used = np.zeros(len(vertices), np.bool_)
    used[faces] = True
    place = np.cumsum(used, dtype=np.int32) - 1
    return vertices[used], place[faces]


def _mixed(values: Floats, corners: Sequence[NDArray[np.intp]], shares: Sequence[Floats]) -> Floats:
    """Values at the three corners of faces, interpolated (N, k)."""
    mixed = np.take(values, corners[0], axis=0)
    mixed *= shares[0]
    for corner, share in zip(corners[1:], shares[1:], strict=True):
        more = np.take(values, corner, axis=0)
        more *= share
        mixed += more
    return mixed


def _towards(normals: Floats, rays: Floats) -> Floats:
    """Normals turned to the viewer's side, of unit length; both (N, 3) in camera space."""
    facing = np.einsum("ij,ij->i", normals, rays)
    length = np.sqrt(np.einsum("ij,ij->i", normals, normals))
    scale = np.where(facing > 0, -1, 1) / np.maximum(length, 1e-9)
    return np.asarray(normals * scale[:, None].astype(np.float32), np.float32)


def _edges(traced: Traced) -> NDArray[np.bool_]:
    """Pixels with a neighbour of another part, reflectance or direction (H, W)."""
    edges = np.zeros(traced.part.shape, np.bool_)
    for one, other in (((slice(1, None),), (slice(-1),)), ((slice(None), slice(1, None)), (slice(None), slice(-1)))):
        differ = traced.part[one] != traced.part[other]
        for values, most in ((traced.albedo, _OTHER_ALBEDO), (traced.normals, _OTHER_NORMAL)):
            apart = np.abs(values[one] - values[other]) > most
            differ |= apart[..., 0] | apart[..., 1] | apart[..., 2]
        edges[one] |= differ
        edges[other] |= differ
    return edges


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
