"""search_global: all owners' pictures together, by refpipe's shared index and by FAISS in memory.

Belongs here: twenty owners in one table, the same vectors in FAISS' HNSW with the same links, recall, times. Writes
``results/search_global.md``.

The target is for 1,000,000 rows: ``REFPIPE_BENCH_ROWS=1000000`` takes some 10 GB of memory and most of an hour on two
cores. Without it there are a tenth as many, and the table says so. Needs the extra ``bench``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import mean

import faiss
import numpy as np

from refpipe.backends.database.vector_indexes import BUILD_BREADTH, LINKS
from refpipe.backends.database.vector_search import PostgresVectorSearch
from refpipe.domain.vectors import Vectors
from refpipe_tests.bench.vector_library import (
    CLIP,
    DIMENSION,
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

OWNERS = 20
TARGET_ROWS = 1_000_000
BUILD_MEMORY_MB = 4096
CALLS = 50
RECALL_QUERIES = 100
BREADTHS = (16, 24, 32, 48, 64, 96, 128, 200, 400, 1000)
"""FAISS' efSearch: the least that reaches the recall is taken."""
LEAST_RECALL = 0.99


def main() -> str:
    """The table, written to the results as well."""
    rows = rows_asked(100_000)
    with fresh_database() as url:
        libraries = [Library(f"owner-{number}", rows // OWNERS, seed=number + 1) for number in range(OWNERS)]
        for library in libraries:
            store(url, library)
        settle(url)
        told("stored; building the shared index")
        search = PostgresVectorSearch(url, build_memory_mb=BUILD_MEMORY_MB)
        began = time.perf_counter()
        search.ensure_index(None, CLIP)
        built_s = time.perf_counter() - began
        told(f"built in {built_s:.0f} s; building the one of FAISS")
        began = time.perf_counter()
        theirs = _faiss([library.vectors for library in libraries])
        theirs_built_s = time.perf_counter() - began
        told(f"built in {theirs_built_s:.0f} s")
        lines = [
            *head(f"search_global: {rows:,} pictures of {OWNERS} owners together"),
            *([] if rows >= TARGET_ROWS else [f"The target is for {TARGET_ROWS:,}; these are fewer.", ""]),
            f"Index built in {built_s:.0f} s, that of FAISS ({LINKS} links, breadth {BUILD_BREADTH}, single precision,",
            f"in memory) in {theirs_built_s:.0f} s. FAISS is asked in one thread, at the least efSearch with recall",
            f"{LEAST_RECALL} ({BREADTHS[-1]} where none has). refpipe's call goes to the server and names each owner.",
            "",
            "| queries | FAISS, ms | efSearch | recall | refpipe, ms | recall | times FAISS | at most |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for related in (True, False):
            lines.append(_line(search, theirs, libraries, related=related))
            told(lines[-1])
        search.close()
    return write("search_global", lines)


def _faiss(parts: list[Vectors]) -> faiss.IndexHNSWFlat:
    index = faiss.IndexHNSWFlat(DIMENSION, LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = BUILD_BREADTH
    for part in parts:
        index.add(part)
    faiss.omp_set_num_threads(1)
    return index


def _line(search: PostgresVectorSearch, theirs: faiss.IndexHNSWFlat, libraries: list[Library], *, related: bool) -> str:
    each = RECALL_QUERIES // len(libraries)
    queries = np.concatenate([library.queries(each, related=related) for library in libraries])
    truth = Truth(queries, *libraries)
    sha256s = [sha256 for library in libraries for sha256 in library.sha256s]

    def by_faiss(call: int) -> list[str]:
        _, found = theirs.search(queries[call : call + 1], RESULTS_ASKED)
        return [sha256s[at] for at in found[0] if at >= 0]

    def ours(call: int) -> list[str]:
        return [found.sha256 for found in search.nearest_of_all(CLIP, queries[call], RESULTS_ASKED)]

    breadth, recall = _least_breadth(theirs, lambda: mean(truth.recall(at, by_faiss(at)) for at in range(len(queries))))
    our_recall = mean(truth.recall(at, ours(at)) for at in range(len(queries)))
    times = interleaved({"faiss": by_faiss, "ours": ours}, CALLS)
    name, most = ("like the pictures", "4") if related else ("unrelated", "–")
    return (
        f"| {name} | {span(times['faiss'])} | {breadth} | {recall:.4f} | {span(times['ours'])} | {our_recall:.4f} "
        f"| {ratio(times['ours'], times['faiss']):.1f} | {most} |"
    )


def _least_breadth(theirs: faiss.IndexHNSWFlat, recall_now: Callable[[], float]) -> tuple[int, float]:
    for breadth in BREADTHS:
        theirs.hnsw.efSearch = breadth
        recall = recall_now()
        if recall >= LEAST_RECALL:
            break
    return breadth, recall
