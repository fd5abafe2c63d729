"""filter_hard: owners of every size keep their recall, whatever is asked; a graph shared by all does not.

Belongs here: owners of 100 to 100,000 pictures in one table, queries that have nothing to do with any of them; beside
it the same queries over one graph of all owners, filtered afterwards. Writes ``results/filter_hard.md``.
"""

from __future__ import annotations

from statistics import mean

import psycopg

from refpipe.backends.database.halfvec import register
from refpipe.backends.database.vector_search import PostgresVectorSearch
from refpipe.domain.ports.vectors import IndexState
from refpipe_tests.bench.vector_library import (
    CLIP,
    RESULTS_ASKED,
    Library,
    Truth,
    as_half,
    fresh_database,
    head,
    interleaved,
    rows_asked,
    settle,
    span,
    store,
    told,
    write,
)

QUERIES = 50
SHARED = (
    b"SELECT picture_sha256 FROM embeddings_768 WHERE owner_id = %s AND model = %s AND revision = %s "
    b"AND preprocessing = %s ORDER BY embedding <=> %s LIMIT 10"
)
MANNERS = {"filtered": "off", "continued": "strict_order"}
"""Over the shared graph: filtered afterwards, or with the scan continued as far as the server goes by itself."""


def main() -> str:
    """The table, written to the results as well."""
    most = rows_asked(100_000)
    sizes = [size for size in (100, 1_000, 9_000, 12_000) if size < most] + [most]
    with fresh_database() as url:
        libraries = [Library(f"owner-{size}", size) for size in sizes]
        for library in libraries:
            store(url, library)
        settle(url)
        told("stored; building the indexes")
        return _table(url, libraries)


def _table(url: str, libraries: list[Library]) -> str:
    search = PostgresVectorSearch(url)
    states = {library.owner: search.ensure_index(library.owner, CLIP) for library in libraries}
    told("owners' indexes built; building the shared one")
    search.ensure_index(None, CLIP)
    lines = [
        *head("filter_hard: owners of every size, queries unrelated to their pictures"),
        "The shared graph is the index over all owners, with the owner as a filter: what refpipe does not do.",
        "",
        "| rows | route | recall (at least .99) | ms | shared graph, filtered: recall | continued scan: recall |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    with psycopg.connect(url, autocommit=True) as connection:
        register(connection)
        # without the indexes that would serve the owner alone
        connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        for library in libraries:
            lines.append(_line(search, connection, library, states[library.owner]))
            told(lines[-1])
    search.close()
    return write("filter_hard", lines)


def _line(
    search: PostgresVectorSearch,
    connection: psycopg.Connection[tuple[object, ...]],
    library: Library,
    state: IndexState,
) -> str:
    queries = library.queries(QUERIES, related=False)
    truth = Truth(queries, library)
    ours = mean(
        truth.recall(number, [each.sha256 for each in search.nearest(library.owner, CLIP, query, RESULTS_ASKED)])
        for number, query in enumerate(queries)
    )
    times = interleaved(
        {"ours": lambda call: search.nearest(library.owner, CLIP, queries[call], RESULTS_ASKED)}, QUERIES
    )
    owner = connection.execute("SELECT id FROM owners WHERE slug = %s", [library.owner]).fetchone()
    assert owner is not None
    key = [owner[0], CLIP.name, CLIP.revision, CLIP.preprocessing]
    shared = {}
    for name, manner in MANNERS.items():
        connection.execute(f"SET hnsw.iterative_scan = {manner}".encode())
        found = [
            [str(sha) for (sha,) in connection.execute(SHARED, [*key, as_half(query)]).fetchall()] for query in queries
        ]
        shared[name] = mean(truth.recall(number, each) for number, each in enumerate(found))
    route = "index of its own" if state is IndexState.BUILT else "exact"
    return (
        f"| {len(library.vectors):,} | {route} | {ours:.4f} | {span(times['ours'], 2)} "
        f"| {shared['filtered']:.2f} | {shared['continued']:.2f} |"
    )
