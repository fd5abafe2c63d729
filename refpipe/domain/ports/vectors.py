"""Vectors of pictures: kept with their pictures, and searched.

Belongs here: what is asked of a store of vectors, and of a search in it. Does not: models that make vectors (vision),
what a cosine means (calibrations).

Imported from itself, not with the other ports: it speaks of arrays, which a command that only lists things need not
load. Vectors are kept in half precision: they come back within one part in 2,000 of each number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from refpipe.domain.vectors import Vector, VectorModel


class VectorKind(StrEnum):
    """What a vector tells: who is shown (features), or what is shown (embeddings)."""

    FEATURES = "features"
    EMBEDDINGS = "embeddings"


class PictureVectors(Protocol):
    """Vectors of an owner's pictures, by the picture's SHA-256. A vector goes when its picture does."""

    def put(self, model: VectorModel, vectors: Mapping[str, Vector]) -> int:
        """Keep vectors of pictures whose blobs the owner has; how many are new or differ from what was kept.

        The same again changes nothing. All are kept, or none. Raises RefusedInputError for a vector that has not
        the model's dimension or not length 1, PermanentFailureError where the owner has no such blob.
        """
        ...

    def get(self, model: VectorModel, sha256s: Sequence[str]) -> dict[str, Vector]:
        """The vectors there are of those pictures by that very model."""
        ...

    def without(self, model: VectorModel, sha256s: Sequence[str]) -> list[str]:
        """Those of the given pictures that have no vector by that very model, in the order given."""
        ...


class Features(PictureVectors, Protocol):
    """Identity features (R-QA-1)."""


class Embeddings(PictureVectors, Protocol):
    """What pictures show, in the space of a text–image model (R-SRCH-4)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A picture, and the cosine between its vector and the query's."""

    sha256: str
    cosine: float


@dataclass(frozen=True, slots=True)
class FoundAnywhere:
    """A picture of some owner, and the cosine between its vector and the query's."""

    owner: str
    sha256: str
    cosine: float


class IndexState(StrEnum):
    """What ``ensure_index`` did."""

    BUILT = "built"
    KEPT = "kept"
    DROPPED = "dropped"
    NOT_NEEDED = "not_needed"


class VectorSearch(Protocol):
    """Nearest vectors, best first; equal cosines in the order of the pictures' SHA-256."""

    def nearest(
        self,
        owner: str,
        model: VectorModel,
        query: Vector,
        limit: int,
        *,
        kind: VectorKind = VectorKind.EMBEDDINGS,
        among: Sequence[str] | None = None,
        excluding: Sequence[str] = (),
    ) -> list[Found]:
        """The owner's pictures whose vectors by that very model lie nearest to the query.

        ``among`` narrows it to those pictures, ``excluding`` leaves some out. Nothing for an owner that is not
        known. Exact, except in a large library that has an index of its own, where recall is at least .99. Raises
        RefusedInputError for a query that has not the model's dimension or not length 1, and for a limit out of range.
        """
        ...

    def nearest_of_all(
        self, model: VectorModel, query: Vector, limit: int, *, kind: VectorKind = VectorKind.EMBEDDINGS
    ) -> list[FoundAnywhere]:
        """The same over all owners: for whoever runs the installation, never for one owner's eyes."""
        ...

    def ensure_index(
        self, owner: str | None, model: VectorModel, *, kind: VectorKind = VectorKind.EMBEDDINGS
    ) -> IndexState:
        """See to it that the owner's vectors by that model have an index when they are many, and none when few.

        ``owner`` None: the index over all owners. For maintenance: it may take minutes, while searches and writes
        go on. Safe to call at any time, by several at once. Raises NotFoundError for an owner that is not known.
        """
        ...
