"""search_huge: an owner with very many pictures is searched by an index of its own, against comparing with each.

Belongs here: one owner of 100,000 pictures, the same call before and after ``ensure_index``, recall, building.
Writes ``results/search_huge.md``.
"""

from __future__ import annotations

import time
from statistics import mean, median

import psycopg

from refpipe.backends.database.vector_search import PostgresVectorSearch
from refpipe_tests.bench.vector_library import (
    CLIP,
    RESULTS_ASKED,
    Library,
    Truth,
    fresh_database,
    head,
    interleaved,
    ratio,
    rows_asked,
    settle,
    span,
    store,
    told,
    write,
)

CALLS = 20
RECALL_QUERIES = 100


def main() -> str:
    """The table, written to the results as well."""
    with fresh_database() as url:
        library = Library("large", rows_asked(100_000))
        store(url, library)
        settle(url)
        told("stored; building the index")
        return _table(url, library)


def _table(url: str, library: Library) -> str:
    # asked before there is an index, it goes on comparing with each until its route is looked up again
    exact, by_index = PostgresVectorSearch(url), PostgresVectorSearch(url)
    began = time.perf_counter()
    by_index.ensure_index(library.owner, CLIP)
    built_s = time.perf_counter() - began
    told(f"built in {built_s:.0f} s")
    lines = [
        *head(f"search_huge: one owner of {len(library.vectors):,} pictures"),
        f"Index built in {built_s:.0f} s; it takes {_size_mb(url, 'hnsw%'):.0f} MB, the table {_size_mb(url):.0f} MB.",
        "Nothing stands out for a query that is unrelated to all clusters: then each picture is compared, after all.",
        "",
        "| queries | comparing with each, ms | by index, ms | p95, ms | times quicker | at least | recall |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for related in (True, False):
        lines.append(_line(url, exact, by_index, library, related=related))
        told(lines[-1])
    for search in (exact, by_index):
        search.close()
    return write("search_huge", lines)


def _line(
    url: str, exact: PostgresVectorSearch, by_index: PostgresVectorSearch, library: Library, *, related: bool
) -> str:
    queries = library.queries(RECALL_QUERIES, related=related)
    truth = Truth(queries, library)
    recalls, taken = [], []
    for number, query in enumerate(queries):
        began = time.perf_counter()
        found = by_index.nearest(library.owner, CLIP, query, RESULTS_ASKED)
        taken.append(1000 * (time.perf_counter() - began))
        recalls.append(truth.recall(number, [each.sha256 for each in found]))
    times: dict[str, list[float]] = interleaved(
        {
            # more than an index is asked for: the exact route
            "exact": lambda call: exact.nearest(library.owner, CLIP, queries[call], 201)[:RESULTS_ASKED],
            "index": lambda call: by_index.nearest(library.owner, CLIP, queries[call], RESULTS_ASKED),
        },
        CALLS,
    )
    name, least = ("like the pictures", "100") if related else ("unrelated", "–")
    return (
        f"| {name} | {span(times['exact'], 1)} | {span(times['index'], 2)} | {_p95(taken):.2f} "
        f"| {ratio(times['exact'], times['index']):.0f} | {least} | {mean(recalls):.4f} |"
    )


def _p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[int(0.95 * (len(ordered) - 1))] if ordered else median(values)


def _size_mb(url: str, indexes: str | None = None) -> float:
    query = "SELECT pg_table_size('embeddings_768')"
    if indexes:
        query = "SELECT sum(pg_relation_size(indexrelid)) FROM pg_stat_user_indexes WHERE indexrelname LIKE %s"
    with psycopg.connect(url) as connection:
        found = connection.execute(query.encode(), [indexes] if indexes else None).fetchone()
    return float(found[0]) / 2**20 if found else 0.0
