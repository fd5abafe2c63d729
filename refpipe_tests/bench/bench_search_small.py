"""search_small: small owners are searched exactly, at a few times the cost of asking the server for nothing.

Belongs here: owners of 33, 122, 1,000 and 9,000 pictures among 33,000 of others, against ``select 1`` over a raw
psycopg connection. Writes ``results/search_small.md``.
"""

from __future__ import annotations

from statistics import mean

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

SIZES = {33: None, 122: 3.0, 1000: 8.0, 9000: None}
"""Rows of an owner, and how many times ``select 1`` it may take."""
CALLS = 200


def main() -> str:
    """The table, written to the results as well."""
    with fresh_database() as url:
        return _table(url)


def _table(url: str) -> str:
    others = rows_asked(33_000)
    for number in range(10):
        store(url, Library(f"other-{number}", others // 10, seed=100 + number))
    libraries = [Library(f"owner-{size}", size) for size in SIZES]
    for library in libraries:
        store(url, library)
    settle(url)
    lines = [
        *head(f"search_small: exact search of small owners, beside {others:,} rows of others"),
        "`select 1` is a prepared statement over one psycopg connection; a search is the whole call, from a numpy",
        "query to a list of results.",
        "",
        "| rows | select 1, ms | search, ms | times select 1 | at most | recall, related | recall, unrelated |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    search = PostgresVectorSearch(url)
    with psycopg.connect(url, autocommit=True) as connection:
        for library in libraries:
            lines.append(_line(search, connection, library))
            told(lines[-1])
    search.close()
    return write("search_small", lines)


def _line(search: PostgresVectorSearch, connection: psycopg.Connection[tuple[object, ...]], library: Library) -> str:
    queries = library.queries(CALLS, related=True)
    recalls = []
    for related in (True, False):
        asked = library.queries(50, related=related)
        truth = Truth(asked, library)
        recalls.append(mean(truth.recall(number, _found(search, library, asked[number])) for number in range(50)))
    times = interleaved(
        {
            "nothing": lambda _: connection.execute("SELECT 1", prepare=True).fetchall(),
            "search": lambda call: search.nearest(library.owner, CLIP, queries[call], RESULTS_ASKED),
        },
        CALLS,
    )
    rows = len(library.vectors)
    most = f"{SIZES[rows]:g}" if SIZES[rows] else "–"
    return (
        f"| {rows:,} | {span(times['nothing'])} | {span(times['search'])} "
        f"| {ratio(times['search'], times['nothing']):.2f} | {most} | {recalls[0]:.4f} | {recalls[1]:.4f} |"
    )


def _found(search: PostgresVectorSearch, library: Library, query: object) -> list[str]:
    found = search.nearest(library.owner, CLIP, query, RESULTS_ASKED)  # type: ignore[arg-type]
    return [each.sha256 for each in found]
