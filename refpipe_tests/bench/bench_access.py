"""access: what refpipe's way to the database adds to raw psycopg.

Belongs here: a search over 122 pictures and the reading of vectors, each against a prepared raw statement with binary
values; other ways beside them. Writes ``results/access.md``.
"""

from __future__ import annotations

import psycopg
from sqlalchemy import Float, bindparam, create_engine, select
from sqlalchemy.orm import Session, undefer

from refpipe.backends.database.halfvec import register
from refpipe.backends.database.session import PostgresDatabase
from refpipe.backends.database.urls import sqlalchemy_url
from refpipe.backends.database.vector_search import PostgresVectorSearch
from refpipe.backends.database.vector_tables import Embedding768Row
from refpipe_tests.bench.vector_library import (
    CLIP,
    RESULTS_ASKED,
    Library,
    Way,
    as_half,
    fresh_database,
    head,
    interleaved,
    ratio,
    settle,
    span,
    store,
    told,
    write,
)

CALLS = 100
KEY = "owner_id = %s AND model = %s AND revision = %s AND preprocessing = %s"
SEARCH = (
    f"SELECT picture_sha256, (embedding <#> %s) + 0.0 AS distance FROM embeddings_768 WHERE {KEY} "
    "ORDER BY distance, picture_sha256 LIMIT %s"
).encode()
READ = f"SELECT picture_sha256, embedding FROM embeddings_768 WHERE {KEY} AND picture_sha256 = ANY(%s)".encode()


def main() -> str:
    """The table, written to the results as well."""
    with fresh_database() as url:
        libraries = {size: Library(f"owner-{size}", size) for size in (122, 244)}
        for number in range(10):
            store(url, Library(f"other-{number}", 1000, seed=50 + number))
        for library in libraries.values():
            store(url, library)
        settle(url)
        lines = head("access: refpipe's calls against raw psycopg")
        lines += ["Raw: one connection, prepared, planned once, binary values and results.", ""]
        lines += _search_table(url, libraries[122])
        lines += ["", *_read_table(url, libraries[244])]
        return write("access", lines)


def _search_table(url: str, library: Library) -> list[str]:
    search = PostgresVectorSearch(url)
    engine = create_engine(sqlalchemy_url(url))
    queries = library.queries(CALLS, related=True)
    with psycopg.connect(url, autocommit=True) as raw, engine.connect() as core:
        register(raw)
        # as refpipe's own connections have it: a plan for every call would make the comparison too easy
        raw.execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off")
        key = _key(raw, library)
        row = Embedding768Row
        distance = row.embedding.op("<#>", return_type=Float())(bindparam("q")).label("distance")
        built = (
            select(row.picture_sha256, distance)
            .where(row.owner_id == key[0], row.model == key[1], row.revision == key[2], row.preprocessing == key[3])
            .order_by("distance")
            .limit(RESULTS_ASKED)
        )

        def by_connecting(call: int) -> object:
            with psycopg.connect(url, autocommit=True) as fresh:
                register(fresh)
                return fresh.execute(SEARCH, [as_half(queries[call]), *key, RESULTS_ASKED], binary=True).fetchall()

        ways: dict[str, Way] = {
            "raw": lambda call: raw.execute(
                SEARCH, [as_half(queries[call]), *key, RESULTS_ASKED], prepare=True, binary=True
            ).fetchall(),
            "ours": lambda call: search.nearest(library.owner, CLIP, queries[call], RESULTS_ASKED),
            "core": lambda call: core.execute(built, {"q": queries[call]}).fetchall(),
            "connecting": by_connecting,
        }
        times = interleaved(ways, CALLS)
    search.close()
    engine.dispose()
    names = {"ours": "search (whole call)", "core": "SQLAlchemy core, text values", "connecting": "new connection"}
    return _lines("Nearest 10 of 122 pictures", times, names)


def _read_table(url: str, library: Library) -> list[str]:
    database = PostgresDatabase(url)
    engine = create_engine(sqlalchemy_url(url))
    with (
        psycopg.connect(url, autocommit=True) as raw,
        database.transaction(library.owner) as records,
        Session(engine) as session,
    ):
        register(raw)
        key = [*_key(raw, library), library.sha256s]
        orm = (
            select(Embedding768Row)
            .options(undefer(Embedding768Row.embedding))
            .where(Embedding768Row.owner_id == key[0], Embedding768Row.picture_sha256.in_(library.sha256s))
        )

        def by_orm(_: int) -> object:
            found = session.scalars(orm).all()
            session.expunge_all()
            return found

        times = interleaved(
            {
                "raw": lambda _: [
                    (sha256, vector.to_numpy())
                    for sha256, vector in raw.execute(READ, key, prepare=True, binary=True).fetchall()
                ],
                "ours": lambda _: records.embeddings.get(CLIP, library.sha256s),
                "text": lambda _: [
                    (sha256, vector.to_numpy()) for sha256, vector in raw.execute(READ, key, prepare=True).fetchall()
                ],
                "orm": by_orm,
            },
            CALLS // 5,
        )
    database.close()
    engine.dispose()
    names = {"ours": "records.embeddings.get", "text": "raw, text results", "orm": "ORM, vector loaded"}
    return _lines("Reading 244 vectors within a transaction", times, names)


def _lines(title: str, times: dict[str, list[float]], names: dict[str, str]) -> list[str]:
    lines = [
        f"| {title} | ms | times raw | at most |",
        "| --- | --- | --- | --- |",
        f"| raw psycopg | {span(times['raw'])} | 1 | |",
    ]
    for way, name in names.items():
        most = "1.5" if way == "ours" else ""
        lines.append(f"| {name} | {span(times[way])} | {ratio(times[way], times['raw']):.2f} | {most} |")
    told("\n".join(lines))
    return lines


def _key(connection: psycopg.Connection[tuple[object, ...]], library: Library) -> list[object]:
    found = connection.execute("SELECT id FROM owners WHERE slug = %s", [library.owner]).fetchone()
    assert found is not None
    return [found[0], CLIP.name, CLIP.revision, CLIP.preprocessing]
