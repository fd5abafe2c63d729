"""peers: refpipe's search against other stores of vectors on one machine, same pictures, same queries.

Belongs here: one owner of 100,000 pictures with an index of its own beside sqlite-vec, LanceDB and DuckDB, each in the
quickest of its ways that finds .99 of the nearest. Writes ``results/peers.md``. Needs the extra ``bench``.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from statistics import mean

from refpipe.backends.database.vector_search import PostgresVectorSearch
from refpipe.domain.vectors import Vectors
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
from refpipe_tests.bench.vector_peers import PEERS, Ask

CALLS = 20
RECALL_QUERIES = 50
LEAST_RECALL = 0.99


def main() -> str:
    """The table, written to the results as well."""
    library = Library("large", rows_asked(100_000))
    with fresh_database() as url, ExitStack() as opened:
        place = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="refpipe-bench-peers-")))
        store(url, library)
        settle(url)
        search = PostgresVectorSearch(url)
        search.ensure_index(library.owner, CLIP)
        told("stored and indexed")
        peers: dict[str, Mapping[str, Ask]] = {}
        for name, fill in PEERS.items():
            began = time.perf_counter()
            peers[name] = opened.enter_context(fill(library.vectors, place))
            told(f"{name} filled in {time.perf_counter() - began:.0f} s")
        lines = [
            *head(f"peers: {len(library.vectors):,} pictures of one owner"),
            f"Each peer in its quickest way with recall {LEAST_RECALL}; those that use several threads may. On disk,",
            "single precision but for the index over scalars.",
        ]
        for related in (True, False):
            lines += ["", *_table(search, peers, library, related=related)]
        search.close()
    return write("peers", lines)


def _table(
    search: PostgresVectorSearch, peers: Mapping[str, Mapping[str, Ask]], library: Library, *, related: bool
) -> list[str]:
    queries = library.queries(RECALL_QUERIES, related=related)
    truth = Truth(queries, library)

    def recall(ask: Ask) -> float:
        found = (ask(query) for query in queries)
        return mean(truth.recall(at, [library.sha256s[row] for row in rows]) for at, rows in enumerate(found))

    chosen = {name: _quickest(ways, queries, recall) for name, ways in peers.items()}
    places = {sha256: row for row, sha256 in enumerate(library.sha256s)}

    def ours(query: Vectors) -> list[int]:
        return [places[found.sha256] for found in search.nearest(library.owner, CLIP, query, RESULTS_ASKED)]

    asked = {"refpipe": ours, **{name: peers[name][way] for name, way in chosen.items()}}
    ways = {name: lambda call, ask=ask: ask(queries[call]) for name, ask in asked.items()}
    times = interleaved(ways, CALLS)
    kind, least = ("like the pictures", "5") if related else ("unrelated", "–")
    lines = [
        f"| queries {kind} | way | ms | recall | times as quick is refpipe | at least |",
        "| --- | --- | --- | --- | --- | --- |",
        f"| refpipe | as it chooses | {span(times['refpipe'], 2)} | {recall(ours):.4f} | 1 | |",
    ]
    packages = {"sqlite-vec": "sqlite-vec", "LanceDB": "lancedb", "DuckDB": "duckdb"}
    for name, way in chosen.items():
        lines.append(
            f"| {name} {version(packages[name])} | {way} | {span(times[name], 2)} | {recall(asked[name]):.4f} "
            f"| {ratio(times[name], times['refpipe']):.1f} | {least} |"
        )
    told("\n".join(lines))
    return lines


def _quickest(ways: Mapping[str, Ask], queries: Vectors, recall: Callable[[Ask], float]) -> str:
    """Of those with the recall wanted."""
    taken: dict[str, float] = {}
    for name, ask in ways.items():
        if recall(ask) >= LEAST_RECALL:
            began = time.perf_counter()
            for query in queries[:10]:
                ask(query)
            taken[name] = time.perf_counter() - began
    return min(taken, key=taken.__getitem__)
