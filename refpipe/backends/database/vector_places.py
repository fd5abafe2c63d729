"""Where vectors of a kind and a model lie.

Belongs here: from kind and dimension to table and column. Does not: what is stored there (vector_tables).
"""

from __future__ import annotations

from dataclasses import dataclass

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.ports.vectors import VectorKind
from refpipe.domain.vectors import VectorModel

DIMENSIONS = {
    VectorKind.FEATURES: (192, 384, 768, 1024),
    VectorKind.EMBEDDINGS: (512, 768, 1024, 1152),
}
_COLUMNS = {VectorKind.FEATURES: "cls", VectorKind.EMBEDDINGS: "embedding"}


@dataclass(frozen=True, slots=True)
class Place:
    """A table of vectors, and the column that holds them."""

    table: str
    column: str


def place_of(kind: VectorKind, model: VectorModel) -> Place:
    """Raises RefusedInputError for a dimension that no table of the kind has."""
    known = DIMENSIONS[kind]
    if model.dimension not in known:
        listed = ", ".join(str(each) for each in known)
        raise RefusedInputError(
            f"{model} makes {kind.value} of {model.dimension} numbers; those that can be kept have {listed}",
            field="model",
        )
    return Place(f"{kind.value}_{model.dimension}", _COLUMNS[kind])
