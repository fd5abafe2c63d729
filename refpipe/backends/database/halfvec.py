"""Vectors as Postgres keeps and exchanges them: half precision, binary.

Belongs here: checking vectors before they are sent, the binary forms of rows and parameters. Does not: statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector.psycopg.halfvec import register_halfvec_info
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types import TypeInfo

from refpipe.domain.errors import NotSetUpError, RefusedInputError
from refpipe.domain.vectors import Vector, VectorModel, Vectors

LENGTH_TOLERANCE = 1e-2
"""A vector of length 1 that passed through half precision, or through a model in bf16, stays well within this."""
_AS_GOOD_AS_ONE = 1e-4
COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"
_ROWS_AT_A_TIME = 4096


class Parameter:
    """One vector for a statement, as it is sent."""

    __slots__ = ("sent",)

    def __init__(self, vector: Vector) -> None:
        # pgvector's own head: dimension, and two bytes that are not used
        self.sent = vector.size.to_bytes(2, "big") + b"\0\0" + vector.astype(np.float16).byteswap().tobytes()


class _ParameterDumper(Dumper):
    """Sends what is ready to be sent: a search of a small library takes little longer than a parameter's making."""

    format = Format.BINARY

    def dump(self, obj: Parameter) -> bytes:
        return obj.sent


def checked(model: VectorModel, vectors: Sequence[Vector]) -> Vectors:
    """The vectors as one array (n, d), rows of length 1 in single precision.

    Raises RefusedInputError for a wrong dimension, or a length that is not 1.
    """
    for vector in vectors:
        if vector.shape != (model.dimension,):
            shape = " × ".join(str(side) for side in vector.shape) or "one"
            raise RefusedInputError(f"has {shape} numbers; vectors of {model} have {model.dimension}", field="vector")
    array: Vectors = np.asarray(vectors, dtype=np.float32).reshape(len(vectors), model.dimension)
    lengths = np.sqrt(np.einsum("ij,ij->i", array, array))
    # written so that NaN is refused as well
    wrong = np.flatnonzero(~(np.abs(lengths - 1) <= LENGTH_TOLERANCE))
    if len(wrong):
        raise RefusedInputError(f"has length {lengths[wrong[0]]:.3g}; vectors have length 1", field="vector")
    is_rough = len(array) > 0 and np.abs(lengths - 1).max() > _AS_GOOD_AS_ONE
    return array / lengths[:, None] if is_rough else array


def as_parameter(model: VectorModel, vector: Vector) -> Parameter:
    """One vector for a statement; as ``checked``, by the short way, since a small search takes no longer than that."""
    if vector.shape == (model.dimension,) and abs(float(np.dot(vector, vector)) - 1) <= _AS_GOOD_AS_ONE:
        return Parameter(vector)
    return Parameter(checked(model, [vector])[0])


def register(connection: psycopg.Connection[Any]) -> None:
    """Let the connection take and give half vectors. Raises NotSetUpError where the server does not know them."""
    known = TypeInfo.fetch(connection, "halfvec")
    if known is None:
        raise NotSetUpError(
            "the database does not know half vectors", remedy="Start refpipe once with `refpipe doctor`."
        )
    connection.adapters.register_dumper(Parameter, type("_Dumper", (_ParameterDumper,), {"oid": known.oid}))
    # last: what is dumped for its type's name, as in COPY, is a HalfVector
    register_halfvec_info(connection, known)


def copy_rows(owner: UUID, model: VectorModel, sha256s: Sequence[str], vectors: Vectors) -> Iterator[bytes]:
    """Rows (owner, model, revision, preprocessing, SHA-256, vector) as binary COPY takes them, some at a time."""
    fixed = [owner.bytes, *(part.encode() for part in (model.name, model.revision, model.preprocessing))]
    layout = _row_layout([len(value) for value in fixed], model.dimension)
    hashes: NDArray[np.bytes_] = np.array(sha256s, dtype="S64")
    for first in range(0, len(sha256s), _ROWS_AT_A_TIME):
        part = slice(first, first + _ROWS_AT_A_TIME)
        rows = np.zeros(len(hashes[part]), layout)
        rows["fields"] = len(fixed) + 2
        for number, value in enumerate(fixed):
            rows[f"size_{number}"], rows[f"value_{number}"] = len(value), np.void(value)
        rows["size_of_hash"], rows["hash"] = 64, hashes[part]
        rows["size_of_vector"], rows["dimension"] = 4 + 2 * model.dimension, model.dimension
        rows["vector"] = vectors[part]
        yield rows.tobytes()


def _row_layout(sizes: Sequence[int], dimension: int) -> np.dtype[np.void]:
    """One row of binary COPY: the number of fields, then each field behind its size in bytes, big-endian."""
    fields: list[tuple[Any, ...]] = [("fields", ">i2")]
    for number, size in enumerate(sizes):
        fields += [(f"size_{number}", ">i4"), (f"value_{number}", f"V{size}")]
    fields += [("size_of_hash", ">i4"), ("hash", "S64"), ("size_of_vector", ">i4")]
    # pgvector's own head: dimension, and two bytes that are not used
    fields += [("dimension", ">i2"), ("unused", ">i2"), ("vector", ">f2", (dimension,))]
    return np.dtype(fields)
