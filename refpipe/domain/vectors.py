"""Vectors of pictures and texts, and whose they are.

Belongs here: the identity of what made a vector, and the type. Does not: making, keeping or comparing them with a
calibration.

Vectors of different models never meet: every store and every comparison names the model, its revision and the version
of what was done to the picture before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Vector: TypeAlias = "NDArray[np.float32]"
"""(d,), of length 1."""
Vectors: TypeAlias = "NDArray[np.float32]"
"""(n, d), rows of length 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorModel:
    """What made a vector. ``revision`` names the weights (a hub revision, or the hash of a local file's content),
    ``preprocessing`` the version of how pictures are prepared, ``dimension`` is the vector's length.
    """

    name: str
    revision: str
    preprocessing: str
    dimension: int

    def __str__(self) -> str:
        return f"{self.name}@{self.revision}/{self.preprocessing}"
