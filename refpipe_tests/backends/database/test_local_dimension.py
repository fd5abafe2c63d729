"""Neighbours that stand out are told from a crowd that lies in all directions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from refpipe.backends.database.local_dimension import TRUSTED_DIMENSION, local_dimension
from refpipe_tests.backends.database.vector_samples import half, unit


def _nearest(cosines: np.ndarray[tuple[int], np.dtype[np.float32]], number: int = 64) -> list[float]:
    return sorted(cosines.tolist(), reverse=True)[:number]


@pytest.mark.parametrize("dimension", [3, 8, 16])
def test_the_dimension_of_an_even_spread_is_found(dimension: int) -> None:
    """On the sphere in d + 1 numbers, pictures spread in d dimensions."""
    estimates = [
        local_dimension(_nearest(unit(20_000, dimension + 1, seed=seed) @ unit(1, dimension + 1, seed=99)[0]))
        for seed in range(5)
    ]
    assert np.mean(estimates) == pytest.approx(dimension, rel=0.2)


def test_a_crowd_in_all_directions_is_not_trusted_and_a_cluster_in_it_is() -> None:
    crowd = unit(5000, 768)
    query = unit(1, 768, seed=7)[0]
    assert local_dimension(_nearest(crowd @ query)) > 2 * TRUSTED_DIMENSION
    near = query + 0.5 * unit(20, 768, seed=8)
    cluster = near / np.linalg.norm(near, axis=1, keepdims=True)
    assert local_dimension(_nearest(np.concatenate([cluster, crowd]) @ query)) < TRUSTED_DIMENSION / 4


def test_copies_of_the_query_itself_stand_out_and_pictures_all_alike_do_not() -> None:
    query = half(unit(1, 768))[0]
    copies = [1.0004, 1.0, 0.9998]
    assert local_dimension([*copies, *_nearest(unit(1000, 768, seed=3) @ query, 60)]) < TRUSTED_DIMENSION
    assert local_dimension([0.3] * 64) == math.inf
    assert local_dimension([0.3]) == math.inf
