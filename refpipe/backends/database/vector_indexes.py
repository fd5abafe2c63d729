"""Indexes of large libraries: one per owner and model, and one per model over all owners.

Belongs here: which there are, building and dropping them beside running work. Does not: using them (vector_search).

Postgres' own catalogue is the record of them: an index is known by its name, which follows from the table, the owner
and the model, and a comment on it says in words what it is of. One that was cut off while it was being built is
invalid there, is never used, and is made anew by the next call.

An owner's index is by inner product and the one over all owners by cosine: for vectors of length 1 it is the same
order, but a query by one operator can never be answered from an index of the other, so that an owner's search cannot
end in the shared graph, where the owner's few pictures would not be found.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from refpipe.backends.database.vector_places import Place
from refpipe.domain.ports.vectors import IndexState
from refpipe.domain.vectors import VectorModel

LINKS, BUILD_BREADTH = 16, 64
"""HNSW's m and ef_construction: recall at least .998 at 100k rows."""
POLL_S = 0.2
INDEXED_ROWS = (
    b"SELECT greatest(reltuples, 1) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
    b"WHERE indisvalid AND indexrelid = to_regclass(quote_ident(%s))"
)
"""Rows in an index as they were last counted; no row where it cannot be used."""
IS_VALID = b"SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(quote_ident(%s))"
_BYTES_A_NODE = 1200
"""What the graph takes beside the vector itself while it is being built."""
_LEAST_MEMORY_MB = 64


@dataclass(frozen=True, slots=True)
class IndexPlace:
    """An index that there is or may be; ``owner_id`` None: over all owners."""

    place: Place
    model: VectorModel
    owner_id: UUID | None

    @property
    def name(self) -> str:
        """Fits Postgres' 63 bytes."""
        model = self.model
        said = "\0".join([str(self.owner_id), model.name, model.revision, model.preprocessing])
        return f"hnsw_{self.place.table}_{hashlib.sha256(said.encode()).hexdigest()[:24]}"

    @property
    def columns(self) -> dict[str, Any]:
        """What the rows in it have in common."""
        model = self.model
        shared = {"model": model.name, "revision": model.revision, "preprocessing": model.preprocessing}
        return shared if self.owner_id is None else {"owner_id": self.owner_id, **shared}

    @property
    def condition(self) -> sql.Composed:
        """The same as a condition with the values written out."""
        parts = [
            sql.SQL("{} = {}").format(sql.Identifier(column), sql.Literal(value))
            for column, value in self.columns.items()
        ]
        return sql.SQL(" AND ").join(parts)


def is_there(connection: psycopg.Connection[Any], index: IndexPlace) -> bool | None:
    """Whether the index can be used; None: there is none, False: its making was cut off or is under way."""
    found = connection.execute(IS_VALID, [index.name]).fetchone()
    return None if found is None else bool(found[0])


def ensure_index(
    connection: psycopg.Connection[Any], index: IndexPlace, *, least_rows: int, memory_mb: int
) -> IndexState:
    """Build the index where it has ``least_rows`` or more, drop it where it has fewer than half of that.

    ``memory_mb`` bounds what the server may take for building. The connection must be in autocommit.
    """
    with _alone(connection, index):
        state = is_there(connection, index)
        rows = _count(connection, index)
        if rows < (least_rows // 2 if state else least_rows):
            if state is None:
                return IndexState.NOT_NEEDED
            _drop(connection, index)
            return IndexState.DROPPED
        if state:
            return IndexState.KEPT
        if state is False:
            _drop(connection, index)
        _build(connection, index, _memory_mb(rows, index.model.dimension, memory_mb))
        return IndexState.BUILT


def _build(connection: psycopg.Connection[Any], index: IndexPlace, memory_mb: int) -> None:
    connection.execute(f"SET maintenance_work_mem = '{memory_mb:d}MB'".encode())
    table, name = sql.Identifier(index.place.table), sql.Identifier(index.name)
    create = sql.SQL(
        "CREATE INDEX CONCURRENTLY {name} ON {table} USING hnsw ({column} {operators}) "
        "WITH (m = {m}, ef_construction = {breadth}) WHERE {condition}"
    ).format(
        name=name,
        table=table,
        column=sql.Identifier(index.place.column),
        operators=sql.SQL("halfvec_cosine_ops" if index.owner_id is None else "halfvec_ip_ops"),
        m=sql.Literal(LINKS),
        breadth=sql.Literal(BUILD_BREADTH),
        condition=index.condition,
    )
    try:
        try:
            connection.execute(create)
        except psycopg.errors.DiskFull:
            # several workers build in shared memory, of which a container may have next to none
            _drop(connection, index)
            connection.execute("SET max_parallel_maintenance_workers = 0")
            connection.execute(create)
    except psycopg.Error:
        with suppress(psycopg.Error):
            _drop(connection, index)
        raise
    whose = "all owners" if index.owner_id is None else f"owner {index.owner_id}"
    comment = sql.SQL("COMMENT ON INDEX {} IS {}")
    connection.execute(comment.format(name, sql.Literal(f"vectors of {whose} by {index.model}")))


def _drop(connection: psycopg.Connection[Any], index: IndexPlace) -> None:
    connection.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(index.name)))


def _count(connection: psycopg.Connection[Any], index: IndexPlace) -> int:
    query = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(sql.Identifier(index.place.table), index.condition)
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0


def _memory_mb(rows: int, dimension: int, most_mb: int) -> int:
    """Room for the whole graph where it may be had; a graph that does not fit is built many times slower."""
    wanted = rows * (2 * dimension + _BYTES_A_NODE) // 2**20 + 1
    return min(max(wanted, _LEAST_MEMORY_MB), most_mb)


@contextmanager
def _alone(connection: psycopg.Connection[Any], index: IndexPlace) -> Iterator[None]:
    """One at a time for each index.

    Asked again and again, never waited for in one statement: that would be a transaction which a concurrent build
    waits for in its turn.
    """
    lock = ["refpipe index " + index.name]
    while not _got(connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", lock).fetchone()):
        time.sleep(POLL_S)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", lock)


def _got(row: tuple[Any, ...] | None) -> bool:
    return row is not None and bool(row[0])
