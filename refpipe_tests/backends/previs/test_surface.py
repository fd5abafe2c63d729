"""Surfaces keep to their base, and cuts to their line."""

import numpy as np
from scipy import sparse

from refpipe.backends.previs.surface import Hem, Surface, Topology, cut, normals_of, subdivide, triangles, tubes


def grid(n: int) -> tuple[np.ndarray, np.ndarray]:
    across, up = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, n))
    points = np.stack([across.ravel(), up.ravel(), np.zeros(n * n)], axis=1)
    index = np.arange(n * n).reshape(n, n)
    quads = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=-1).reshape(-1, 4)
    return points, quads.astype(np.int64)


def area(points: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (points[faces[:, i]] for i in range(3))
    return float(0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())


def test_subdividing_is_an_average_of_base_points_and_keeps_a_flat_sheet_flat():
    points, quads = grid(5)
    operator, finer = subdivide(quads, len(points))
    assert len(finer) == 4 * len(quads)
    assert np.allclose(np.asarray(operator.sum(1)), 1.0)
    assert np.allclose((operator @ points)[:, 2], 0.0)


def test_a_cut_lies_exactly_on_the_line_and_keeps_the_right_area():
    points, quads = grid(9)
    sheet = Surface(sparse.identity(len(points), format="csr"), triangles(quads))
    line = 0.61 - points[:, 0]
    piece = cut(sheet, line)
    at = piece.at(points)
    assert at[:, 0].max() <= 0.61 + 1e-6
    assert np.isclose(area(at, piece.faces), 0.61, atol=1e-4)
    assert (normals_of(at, piece.faces)[:, 2] > 0.99).all()


def test_a_hem_goes_round_the_rim_and_folds_inwards():
    points, quads = grid(5)
    faces = triangles(quads)
    hem = Hem.of(faces, len(points))
    assert len(hem.ring) == 16
    sewn, normals = hem.sewn(points, normals_of(points, faces), 0.01)
    assert np.isclose(sewn[:, 2].min(), -0.01)
    assert len(sewn) == len(normals) == len(points) + 32
    assert hem.faces.max() == len(sewn) - 1


def test_relaxing_flattens_a_bump_and_leaves_a_flat_sheet_alone():
    points, quads = grid(7)
    topology = Topology(triangles(quads), len(points))
    bumped = points.copy()
    bumped[24, 2] = 1.0
    assert topology.relax(bumped, 3)[24, 2] < 0.4
    assert np.allclose(topology.relax(points, 3)[:, 2], 0.0)


def test_tubes_follow_their_paths_with_normals_outwards():
    path = np.stack([np.zeros(8), np.zeros(8), np.linspace(0, 1, 8)], axis=1)[None]
    points, faces = tubes(path, np.full((1, 8), 0.1))
    outward = points * [1, 1, 0]
    assert np.allclose(np.linalg.norm(outward, axis=1), 0.1)
    assert ((normals_of(points, faces) * outward).sum(1) > 0).all() or (
        (normals_of(points, faces) * outward).sum(1) < 0
    ).all()
