"""Surfaces as linear operators on a base mesh: subdivide, cut, offset, smooth, sweep.

Belongs here: geometry that knows nothing of bodies. A surface made from the base mesh is a sparse
matrix over the base's vertices, so that it follows every shape, expression and pose by one product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.scene import Ints

Sparse = Any
"""A scipy CSR matrix (scipy carries no types here)."""


@dataclass(frozen=True, slots=True)
class Surface:
    """Triangles ``faces`` (M, 3) over points ``operator @ base`` with ``operator`` (N, base vertices)."""

    operator: Sparse
    faces: Ints

    def at(self, base: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """The surface's points for the base vertices (B, k), as (N, k)."""
        return np.asarray(self.operator @ base, np.float64)


def triangles(quads: NDArray[np.integer[Any]]) -> Ints:
    """Quads (N, 4) as triangles (2N, 3)."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


def _edges_of(quads: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Unique undirected edges (E, 2) and, for each quad's four sides, the index of its edge (N, 4)."""
    sides = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2)
    flat = np.sort(sides.reshape(-1, 2), axis=1)
    edges, inverse = np.unique(flat, axis=0, return_inverse=True)
    return edges, inverse.reshape(-1, 4)


def subdivide(quads: NDArray[np.int64], vertex_count: int) -> tuple[Sparse, NDArray[np.int64]]:
    """One step of Catmull–Clark: (operator (N, vertex_count), new quads). Open edges stay smooth curves.

    Source: E. Catmull, J. Clark, "Recursively generated B-spline surfaces", 1978.
    """
    from scipy import sparse

    used, local = np.unique(quads, return_inverse=True)
    quads = local.reshape(-1, 4)
    n_v, n_f = len(used), len(quads)
    edges, side_edge = _edges_of(quads)
    n_e = len(edges)
    face_op = sparse.csr_matrix((np.full(4 * n_f, 0.25), (np.repeat(np.arange(n_f), 4), quads.ravel())), (n_f, n_v))
    edge_face = sparse.csr_matrix((np.ones(4 * n_f), (side_edge.ravel(), np.repeat(np.arange(n_f), 4))), (n_e, n_f))
    sharing = np.asarray(edge_face.sum(1)).ravel()
    inner = sharing == 2
    mid_op = sparse.csr_matrix((np.full(2 * n_e, 0.5), (np.repeat(np.arange(n_e), 2), edges.ravel())), (n_e, n_v))
    smooth_edge = 0.5 * mid_op + 0.25 * (edge_face @ face_op)
    edge_op = sparse.diags(inner.astype(float)) @ smooth_edge + sparse.diags((~inner).astype(float)) @ mid_op

    vertex_edge = sparse.csr_matrix((np.ones(2 * n_e), (edges.ravel(), np.repeat(np.arange(n_e), 2))), (n_v, n_e))
    vertex_face = sparse.csr_matrix((np.ones(4 * n_f), (quads.ravel(), np.repeat(np.arange(n_f), 4))), (n_v, n_f))
    valence = np.maximum(np.asarray(vertex_edge.sum(1)).ravel(), 1)
    faces_at = np.maximum(np.asarray(vertex_face.sum(1)).ravel(), 1)
    open_edges = vertex_edge @ sparse.diags((~inner).astype(float))
    on_border = np.asarray(open_edges.sum(1)).ravel() > 0
    identity = sparse.identity(n_v, format="csr")
    inside = (
        sparse.diags(1 / (faces_at * valence)) @ (vertex_face @ face_op)
        + sparse.diags(2 / (valence * valence)) @ (vertex_edge @ mid_op)
        + sparse.diags((valence - 3) / valence) @ identity
    )
    border = 0.5 * identity + 0.25 * (open_edges @ mid_op)
    border_sum = np.asarray(border.sum(1)).ravel()
    border = sparse.diags(1 / np.maximum(border_sum, 1e-9)) @ border
    vertex_op = sparse.diags((~on_border).astype(float)) @ inside + sparse.diags(on_border.astype(float)) @ border

    local_op = sparse.vstack([vertex_op, edge_op, face_op]).tocsr()
    spread = sparse.csr_matrix((np.ones(n_v), (np.arange(n_v), used)), (n_v, vertex_count))
    corner, after, before = quads, n_v + side_edge, n_v + np.roll(side_edge, 1, axis=1)
    centre = np.broadcast_to((n_v + n_e + np.arange(n_f))[:, None], (n_f, 4))
    new_quads = np.stack([corner, after, centre, before], axis=2).reshape(-1, 4)
    return (local_op @ spread).tocsr(), new_quads


def cut(surface: Surface, inside: NDArray[np.float64]) -> Surface:
    """The part of the surface where ``inside`` (N,) is positive, its border exactly on the zero line."""
    from scipy import sparse

    faces = np.asarray(surface.faces, np.int64)
    sign = inside[faces] > 0
    count = sign.sum(1)
    whole = faces[count == 3]
    pieces, pairs, weights = [whole], [], []
    next_index = surface.operator.shape[0]
    for many in (1, 2):
        part, flags = faces[count == many], sign[count == many]
        if not len(part):
            continue
        lone = np.argmax(flags if many == 1 else ~flags, axis=1)
        rolled = np.take_along_axis(part, (lone[:, None] + np.arange(3)) % 3, axis=1)
        apex, left, right = rolled.T
        for other in (left, right):
            pairs.append(np.stack([apex, other], axis=1))
            weights.append(inside[apex] / (inside[apex] - inside[other]))
        first = next_index + np.arange(len(part))
        second = first + len(part)
        next_index += 2 * len(part)
        if many == 1:
            pieces.append(np.stack([apex, first, second], axis=1))
        else:
            pieces.extend((np.stack([first, left, right], axis=1), np.stack([first, right, second], axis=1)))
    operator = surface.operator
    if pairs:
        ends, share = np.concatenate(pairs), np.clip(np.concatenate(weights), 1e-4, 1 - 1e-4)
        rows = np.repeat(np.arange(len(ends)), 2)
        mix = sparse.csr_matrix(
            (np.stack([1 - share, share], axis=1).ravel(), (rows, ends.ravel())), (len(ends), operator.shape[0])
        )
        operator = sparse.vstack([operator, mix @ operator]).tocsr()
    return compact(Surface(operator, np.concatenate(pieces).astype(np.int32)))


def compact(surface: Surface) -> Surface:
    """The same surface without points that no triangle uses."""
    used, faces = np.unique(surface.faces, return_inverse=True)
    return Surface(surface.operator[used], faces.reshape(-1, 3).astype(np.int32))


class Topology:
    """How a triangle mesh hangs together, prepared once so that smoothing and normals of many poses are quick."""

    def __init__(self, faces: Ints, count: int) -> None:
        from scipy import sparse

        self.faces = faces
        a, b = faces[:, [0, 1, 2]].ravel(), faces[:, [1, 2, 0]].ravel()
        adjacency = sparse.csr_matrix((np.ones(2 * len(a)), (np.r_[a, b], np.r_[b, a])), (count, count))
        adjacency.data[:] = 1
        total = np.asarray(adjacency.sum(1)).ravel()
        lone = sparse.diags((total == 0).astype(float))
        self._average: Sparse = (sparse.diags(1 / np.maximum(total, 1)) @ adjacency + lone).tocsr()
        corners = np.repeat(np.arange(len(faces)), 3)
        self._touching: Sparse = sparse.csr_matrix(
            (np.ones(len(corners)), (faces.ravel(), corners)), (count, len(faces))
        )

    def relax(self, points: NDArray[np.float64], steps: int, amount: float = 0.5) -> NDArray[np.float64]:
        """Move each point ``steps`` times towards its neighbours' mean by the share ``amount``."""
        for _ in range(steps):
            points = points + amount * (self._average @ points - points)
        return points

    def normals(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Area-weighted unit normals (N, 3)."""
        a, b, c = (points[self.faces[:, i]] for i in range(3))
        return unit(self._touching @ np.cross(b - a, c - a))


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vectors (…, 3) at length one."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))


def relax(points: NDArray[np.float64], faces: Ints, steps: int, amount: float = 0.5) -> NDArray[np.float64]:
    """``Topology.relax`` for a mesh that is used once."""
    return Topology(faces, len(points)).relax(points, steps, amount)


def normals_of(points: NDArray[np.floating[Any]], faces: Ints) -> NDArray[np.float64]:
    """Area-weighted unit normals (N, 3) of a mesh that is used once."""
    points = np.asarray(points, np.float64)
    a, b, c = (points[faces[:, i]] for i in range(3))
    face_normals = np.cross(b - a, c - a)
    total = np.stack(
        [
            sum(np.bincount(faces[:, corner], face_normals[:, axis], len(points)) for corner in range(3))
            for axis in range(3)
        ],
        axis=1,
    )
    return unit(total)


@dataclass(frozen=True, slots=True)
class Hem:
    """The rim of an open sheet: which points lie on it, and the walls that fold inwards from it."""

    ring: NDArray[np.int64]
    faces: Ints

    @classmethod
    def of(cls, faces: Ints, count: int) -> Hem:
        """Find the rim of a sheet of ``count`` points; ``faces`` of the result include the sheet's own."""
        sides = np.asarray(faces, np.int64)[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        forward, backward = sides[:, 0] * count + sides[:, 1], sides[:, 1] * count + sides[:, 0]
        rim = sides[~np.isin(forward, backward)]
        ring = np.unique(rim)
        index = np.full(count, -1, np.int64)
        index[ring] = count + np.arange(len(ring))
        a, b = index[rim[:, 0]], index[rim[:, 1]]
        walls = np.concatenate([np.stack([b, a, a + len(ring)], 1), np.stack([b, a + len(ring), b + len(ring)], 1)])
        return cls(ring, np.concatenate([faces, walls]).astype(np.int32))

    def sewn(
        self, points: NDArray[np.float64], normals: NDArray[np.float64], thickness: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Points and normals with the rim added, folded ``thickness`` metres inwards and shaded as a rounded edge."""
        outer, around = points[self.ring], normals[self.ring]
        return (
            np.concatenate([points, outer, outer - around * thickness]),
            np.concatenate([normals, around, around]),
        )


def tubes(
    paths: NDArray[np.float64], radii: NDArray[np.float64], flatness: float = 1.0, sides: int = 6
) -> tuple[NDArray[np.float64], Ints]:
    """Swept tubes along ``paths`` (K, S, 3) with ``radii`` (K, S) metres; ``flatness`` < 1 flattens them.

    The flat side faces along the second axis of a frame carried along each path. Returns points and faces.
    """
    count, steps, _ = paths.shape
    tangent = np.gradient(paths, axis=1)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=2, keepdims=True), 1e-9)
    side = np.empty_like(paths)
    guess = np.cross(tangent[:, 0], [0.0, 0.0, 1.0])
    upright = np.linalg.norm(guess, axis=1) < 0.15  # paths that start straight up or down lie flat to the front
    guess[upright] = [1.0, 0.0, 0.0]
    for step in range(steps):
        guess = guess - (guess * tangent[:, step]).sum(1, keepdims=True) * tangent[:, step]
        guess = guess / np.maximum(np.linalg.norm(guess, axis=1, keepdims=True), 1e-9)
        side[:, step] = guess
    up = np.cross(side, tangent)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = (
        side[:, :, None] * np.cos(angle)[None, None, :, None]
        + flatness * up[:, :, None] * np.sin(angle)[None, None, :, None]
    )
    points = (paths[:, :, None] + radii[:, :, None, None] * ring).reshape(-1, 3)
    around = np.arange(sides)
    following = (around + 1) % sides
    base = (np.arange(count)[:, None] * steps + np.arange(steps - 1)[None]) * sides
    low, high = base[..., None], base[..., None] + sides
    quads = np.stack([low + around, low + following, high + following, high + around], axis=-1).reshape(-1, 4)
    return points, triangles(quads)
