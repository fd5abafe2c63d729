"""ingest: how quickly vectors are kept, against a plain COPY from a numpy buffer.

Belongs here: the repository's bulk way into an empty and into a filled table, the plain COPY into the same table
(with its keys) and into one without any, and slower ways. Writes ``results/ingest.md``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from uuid import UUID

import numpy as np
import psycopg

from refpipe.backends.database.halfvec import COPY_HEADER, COPY_TRAILER, register
from refpipe.backends.database.session import PostgresDatabase
from refpipe.domain.vectors import VectorModel
from refpipe_tests.bench.vector_library import (
    CLIP,
    DIMENSION,
    ROUNDS,
    Library,
    as_half,
    fresh_database,
    head,
    rows_asked,
    span,
    store_blobs,
    told,
    write,
)

COLUMNS = "owner_id, model, revision, preprocessing, picture_sha256, embedding"
ROW_BY_ROW = 2000
"""Rows of the slow ways."""
NAMES = {
    "copy": "plain COPY from a numpy buffer, same table",
    "ours": "records.embeddings.put, new vectors",
    "again": "records.embeddings.put, the same again",
    "bare": "plain COPY from a numpy buffer, table without keys",
    "many": f"executemany, same table, {ROW_BY_ROW:,} rows",
    "single": f"one commit a row, same table, {ROW_BY_ROW:,} rows",
}

Way = Callable[[VectorModel], int]


def main() -> str:
    """The table, written to the results as well."""
    with fresh_database() as url:
        library = Library("owner", rows_asked(20_000))
        return _table(url, library, store_blobs(url, library))


def _table(url: str, library: Library, owner: UUID) -> str:
    database = PostgresDatabase(url)
    vectors = dict(zip(library.sha256s, library.vectors, strict=True))
    with psycopg.connect(url, autocommit=True) as raw:
        register(raw)
        raw.execute(f"CREATE TABLE bare AS SELECT {COLUMNS} FROM embeddings_768".encode())
        raw.execute("ALTER TABLE bare ALTER COLUMN embedding SET STORAGE PLAIN")

        def put(model: VectorModel) -> int:
            with database.transaction(library.owner) as records:
                records.embeddings.put(model, vectors)
            return len(vectors)

        def single(model: VectorModel) -> int:
            for row in _rows(library, owner, model):
                raw.execute(_insert(), row, prepare=True, binary=True)
            return ROW_BY_ROW

        def many(model: VectorModel) -> int:
            with raw.transaction(), raw.cursor() as cursor:
                cursor.executemany(_insert(), _rows(library, owner, model))
            return ROW_BY_ROW

        ways: dict[str, Way] = {
            "copy": lambda model: _copy(raw, "embeddings_768", library, owner, model),
            "ours": put,
            "again": put,
            "bare": lambda model: _copy(raw, "bare", library, owner, model),
            "many": many,
            "single": single,
        }
        rates = _measured(raw, ways)
    database.close()
    lines = [
        *head(f"ingest: {len(vectors):,} vectors a time"),
        "The same table: primary key, two more indexes, and two references checked row by row; the vectors' own",
        "conversion to half precision is part of every way. Tables are emptied between ways, but for the same again.",
        "",
        "| way | rows a second | times plain COPY, same table | at least |",
        "| --- | --- | --- | --- |",
    ]
    for way, name in NAMES.items():
        least = "0.9" if way == "ours" else ""
        times = median(a / b for a, b in zip(rates[way], rates["copy"], strict=True))
        lines.append(f"| {name} | {span(rates[way], 0)} | {times:.2f} | {least} |")
    told("\n".join(lines))
    return write("ingest", lines)


def _measured(raw: psycopg.Connection[tuple[object, ...]], ways: dict[str, Way]) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(ROUNDS + 1):
        model = replace(CLIP, revision=f"{number:040}")
        for way, run in ways.items():
            if way != "again":
                raw.execute("TRUNCATE embeddings_768, bare")
                raw.execute("CHECKPOINT")
            began = time.perf_counter()
            rows = run(model)
            if number:  # the first round warms up
                rates[way].append(rows / (time.perf_counter() - began))
        told(f"round {number} of {ROUNDS}")
    return rates


def _copy(
    raw: psycopg.Connection[tuple[object, ...]], table: str, library: Library, owner: UUID, model: VectorModel
) -> int:
    """The plain way: one structured array, one COPY."""
    layout = np.dtype(
        [
            ("fields", ">i2"),
            *[(f"{part}{number}", kind) for number, size in enumerate((16, 8, 40, 1, 64)) for part, kind in
              (("size", ">i4"), ("value", f"V{size}"))],
            ("size", ">i4"), ("dimension", ">i2"), ("unused", ">i2"), ("vector", ">f2", (DIMENSION,)),
        ]
    )  # fmt: skip
    rows = np.zeros(len(library.vectors), layout)
    rows["fields"] = 6
    fixed = (owner.bytes, model.name.encode(), model.revision.encode(), model.preprocessing.encode())
    for number, value in enumerate(fixed):
        rows[f"size{number}"], rows[f"value{number}"] = len(value), np.void(value)
    rows["size4"], rows["value4"] = 64, np.array(library.sha256s, "S64").view("V64")
    rows["size"], rows["dimension"], rows["vector"] = 4 + 2 * DIMENSION, DIMENSION, library.vectors
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({COLUMNS}) FROM STDIN (FORMAT binary)".encode()) as copy:
        copy.write(COPY_HEADER)
        copy.write(rows.tobytes())
        copy.write(COPY_TRAILER)
    return len(rows)


def _insert() -> bytes:
    return f"INSERT INTO embeddings_768 ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s)".encode()


def _rows(library: Library, owner: UUID, model: VectorModel) -> list[tuple[object, ...]]:
    key = (owner, model.name, model.revision, model.preprocessing)
    given = zip(library.sha256s[:ROW_BY_ROW], library.vectors[:ROW_BY_ROW], strict=True)
    return [(*key, sha256, as_half(vector)) for sha256, vector in given]
