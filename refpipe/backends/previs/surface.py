"""Surfaces as linear operators on a base mesh: subdivide, cut, offset, smooth, sweep.

Belongs here: geometry that knows nothing of bodies. A surface made from the base mesh is a sparse
matrix over the base's vertices, so that it follows every shape, expression and pose by one product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.scene import Floats, Ints

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


def neighbours(faces: Ints, count: int) -> Sparse:
    """Row-normalised adjacency (count, count) of a triangle mesh; a lone point is its own neighbour."""
    from scipy import sparse

    a, b = faces[:, [0, 1, 2]].ravel(), faces[:, [1, 2, 0]].ravel()
    adjacency = sparse.csr_matrix((np.ones(2 * len(a)), (np.r_[a, b], np.r_[b, a])), (count, count))
    adjacency.data[:] = 1
    total = np.asarray(adjacency.sum(1)).ravel()
    lone = sparse.diags((total == 0).astype(float))
    return (sparse.diags(1 / np.maximum(total, 1)) @ adjacency + lone).tocsr()


def relax(
    points: NDArray[np.float64], faces: Ints, steps: int, amount: NDArray[np.float64] | float = 0.5
) -> NDArray[np.float64]:
    """Move each point ``steps`` times towards its neighbours' mean by ``amount`` (scalar or (N,))."""
    average = neighbours(faces, len(points))
    share = np.asarray(amount, np.float64)
    share = share[:, None] if share.ndim else share
    for _ in range(steps):
        points = points + share * (average @ points - points)
    return points


def border_points(faces: Ints) -> NDArray[np.int64]:
    """Indices of the points on an open edge."""
    sides = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    unique, count = np.unique(sides, axis=0, return_counts=True)
    return np.unique(unique[count == 1]).astype(np.int64)


def normals_of(points: NDArray[np.floating[Any]], faces: Ints) -> NDArray[np.float64]:
    """Area-weighted unit normals (N, 3) of the points."""
    points = np.asarray(points, np.float64)
    a, b, c = points[faces[:, 0]], points[faces[:, 1]], points[faces[:, 2]]
    face_normals = np.cross(b - a, c - a)
    total = np.zeros_like(points)
    for corner in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(faces[:, corner], face_normals[:, axis], len(points))
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return total / np.maximum(length, 1e-12)


def hem(
    points: NDArray[np.float64], normals: NDArray[np.float64], faces: Ints, thickness: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], Ints]:
    """Give an open sheet a rim that folds ``thickness`` metres inwards: (points, normals, faces) with the rim added."""
    sides = np.asarray(faces, np.int64)[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    total = len(points)
    forward, backward = sides[:, 0] * total + sides[:, 1], sides[:, 1] * total + sides[:, 0]
    rim = sides[~np.isin(forward, backward)]
    if not len(rim):
        return points, normals, faces
    ring = np.unique(rim)
    index = np.full(total, -1, np.int64)
    index[ring] = np.arange(len(ring))
    outer, count = points[ring], len(ring)
    inner = outer - normals[ring] * thickness
    a, b = index[rim[:, 0]], index[rim[:, 1]]
    walls = np.concatenate([np.stack([b, a, a + count], 1), np.stack([b, a + count, b + count], 1)])
    return (
        np.concatenate([points, outer, inner]),
        np.concatenate([normals, normals[ring], normals[ring]]),  # shaded as a rounded edge
        np.concatenate([faces, walls + total]).astype(np.int32),
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
    guess = np.cross(tangent[:, 0], [0.0, 0.0, 1.0]) + 1e-6
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
