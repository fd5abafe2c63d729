"""Other stores of vectors, each in the quickest way that it has for the recall wanted.

Belongs here: filling them, the ways in which each is asked. Does not: what they are compared with (bench_peers).
Needs the extra ``bench``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from refpipe.domain.vectors import Vectors
from refpipe_tests.bench.vector_library import DIMENSION, RESULTS_ASKED

Ask = Callable[[Vectors], list[int]]
"""Rows of the nearest, for a query."""


@contextmanager
def sqlite_vec(vectors: Vectors, place: Path) -> Iterator[Mapping[str, Ask]]:
    """Exact is all that it has. By apsw: not every Python's own sqlite may load extensions."""
    import apsw
    import sqlite_vec as extension

    with closing(apsw.Connection(str(place / "vectors.sqlite"))) as connection:
        connection.enable_load_extension(True)
        connection.load_extension(extension.loadable_path())
        connection.execute(f"CREATE VIRTUAL TABLE pictures USING vec0(embedding float[{DIMENSION}])")
        with connection:
            rows = ((number, vector.tobytes()) for number, vector in enumerate(vectors))
            connection.executemany("INSERT INTO pictures(rowid, embedding) VALUES (?, ?)", rows)
        query = "SELECT rowid FROM pictures WHERE embedding MATCH ? ORDER BY distance LIMIT ?"
        yield {
            "exact": lambda asked: [row for (row,) in connection.execute(query, (asked.tobytes(), RESULTS_ASKED))],
        }


@contextmanager
def duckdb(vectors: Vectors, place: Path) -> Iterator[Mapping[str, Ask]]:
    """Exact: its index for vectors is an extension that has to be fetched from elsewhere."""
    import duckdb as library
    import pyarrow as pa

    with closing(library.connect(str(place / "vectors.duckdb"))) as connection:
        given = pa.table({"id": np.arange(len(vectors)), "embedding": _fixed(vectors)})
        connection.register("given", given)
        connection.execute(f"CREATE TABLE pictures AS SELECT id, embedding::FLOAT[{DIMENSION}] AS embedding FROM given")
        connection.unregister("given")
        query = (
            f"SELECT id FROM pictures ORDER BY array_inner_product(embedding, $1::FLOAT[{DIMENSION}]) DESC "
            f"LIMIT {RESULTS_ASKED}"
        )
        yield {"exact": lambda asked: [row for (row,) in connection.execute(query, [asked.tolist()]).fetchall()]}


@contextmanager
def lancedb(vectors: Vectors, place: Path) -> Iterator[Mapping[str, Ask]]:
    """Its graph over scalars, asked ever more broadly and measured again against the vectors; and exact."""
    import lancedb as library
    import pyarrow as pa

    table = library.connect(str(place / "lance")).create_table(
        "pictures", pa.table({"id": np.arange(len(vectors)), "vector": _fixed(vectors)})
    )
    table.create_index(metric="dot", index_type="IVF_HNSW_SQ", num_partitions=1, m=16, ef_construction=64)

    def by_index(breadth: int) -> Ask:
        def ask(asked: Vectors) -> list[int]:
            found = table.search(asked).distance_type("dot").nprobes(1).ef(breadth).refine_factor(2)
            return found.select(["id", "_distance"]).limit(RESULTS_ASKED).to_arrow()["id"].to_pylist()

        return ask

    def exactly(asked: Vectors) -> list[int]:
        found = table.search(asked).distance_type("dot").bypass_vector_index()
        return found.select(["id", "_distance"]).limit(RESULTS_ASKED).to_arrow()["id"].to_pylist()

    yield {**{f"IVF_HNSW_SQ, ef {breadth}": by_index(breadth) for breadth in (20, 40, 80, 200)}, "exact": exactly}


def _fixed(vectors: Vectors) -> object:
    import pyarrow as pa

    return pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), DIMENSION)


PEERS = {"sqlite-vec": sqlite_vec, "LanceDB": lancedb, "DuckDB": duckdb}
