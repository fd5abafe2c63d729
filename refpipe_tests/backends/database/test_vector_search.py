"""What lies nearest is found, of the owner and the model that were named and of no other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg
import pytest
from psycopg import sql

from refpipe.backends.database.session import PostgresDatabase
from refpipe.backends.database.vector_indexes import IndexPlace
from refpipe.backends.database.vector_places import place_of
from refpipe.backends.database.vector_routes import Route
from refpipe.backends.database.vector_search import PostgresVectorSearch
from refpipe.domain.errors import NotFoundError, NotSetUpError, RefusedInputError
from refpipe.domain.ports.vectors import Found, IndexState, VectorKind
from refpipe.domain.vectors import Vector, VectorModel, Vectors
from refpipe.settings import Settings
from refpipe.wiring import Wiring
from refpipe_tests.backends.database.samples import sha
from refpipe_tests.backends.database.vector_samples import CLIP, IDENTITY, half, named, store_library, unit

INDEXES = "SELECT indexrelname, idx_scan FROM pg_stat_user_indexes WHERE indexrelname LIKE 'hnsw%' ORDER BY 1"
LARGE = 1500
"""Rows of a library that is large to the searches of these tests."""


@pytest.fixture
def search(database_url: str) -> Iterator[PostgresVectorSearch]:
    opened = PostgresVectorSearch(database_url, exact_below=1000)
    yield opened
    opened.close()


def _rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def _nearest(vectors: Vectors, sha256s: list[str], query: Vectors, limit: int) -> list[str]:
    """By numpy, equal ones in the order of their hashes."""
    cosines = half(vectors) @ half(query)
    return sorted(sha256s, key=dict(zip(sha256s, zip(-cosines, sha256s, strict=True), strict=True)).__getitem__)[:limit]


def _clustered(number: int, dimension: int) -> Vectors:
    centres = unit(30, dimension, seed=5)
    drawn = centres[np.arange(number) % 30] + 0.8 * unit(number, dimension, seed=6)
    vectors: Vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    return vectors


def test_a_small_library_is_searched_exactly_even_by_unrelated_queries(
    database: PostgresDatabase, search: PostgresVectorSearch
) -> None:
    store_library(database, "neighbour", _clustered(300, 768))
    for number in (1, 33, 400):
        owner, vectors = f"owner-of-{number}", _clustered(number, 768)
        sha256s = store_library(database, owner, vectors)
        for query in unit(20, 768, seed=9):
            found = search.nearest(owner, CLIP, query, 10)
            assert [each.sha256 for each in found] == _nearest(vectors, sha256s, query, 10)
            expected = half(vectors)[sha256s.index(found[0].sha256)] @ half(query)
            assert found[0].cosine == pytest.approx(expected, abs=1e-5)


def test_equal_cosines_stand_in_the_order_of_the_hashes(
    database: PostgresDatabase, search: PostgresVectorSearch
) -> None:
    one = unit(1, 768)
    sha256s = store_library(database, "local", np.repeat(one, 20, axis=0))
    found = search.nearest("local", CLIP, one[0], 5)
    assert [each.sha256 for each in found] == sorted(sha256s)[:5]
    assert found[0].cosine == pytest.approx(1.0, abs=1e-3)
    assert found[0].cosine <= 1.0


def test_an_owner_finds_nothing_of_another_and_an_unknown_owner_nothing_at_all(
    database: PostgresDatabase, search: PostgresVectorSearch
) -> None:
    mine, theirs = unit(40, 768, seed=1), unit(40, 768, seed=2)
    sha256s = store_library(database, "one", mine)
    others = store_library(database, "two", theirs)
    for query in theirs[:5]:
        assert {each.sha256 for each in search.nearest("one", CLIP, query, 1000)} == set(sha256s)
        assert search.nearest("one", CLIP, query, 5, among=others) == []
        assert search.nearest("nobody", CLIP, query, 5) == []
    store_library(database, "nobody", mine[:1])
    assert len(search.nearest("nobody", CLIP, mine[0], 5)) == 1


def test_vectors_of_another_model_are_never_compared(database: PostgresDatabase, search: PostgresVectorSearch) -> None:
    vectors = unit(5, 768)
    store_library(database, "local", vectors)
    for other in (replace(CLIP, name="other"), replace(CLIP, revision="r2"), replace(CLIP, preprocessing="2")):
        assert search.nearest("local", other, vectors[0], 5) == []
        assert search.nearest_of_all(other, vectors[0], 5) == []
    assert search.nearest("local", CLIP, vectors[0], 5, kind=VectorKind.FEATURES) == []


def test_features_are_searched_as_embeddings_are(database: PostgresDatabase, search: PostgresVectorSearch) -> None:
    vectors = unit(50, 192)
    sha256s = store_library(database, "local", vectors, IDENTITY, VectorKind.FEATURES)
    found = search.nearest("local", IDENTITY, vectors[3], 4, kind=VectorKind.FEATURES)
    assert [each.sha256 for each in found] == _nearest(vectors, sha256s, vectors[3], 4)


def test_a_search_can_be_narrowed_to_some_pictures_and_leave_some_out(
    database: PostgresDatabase, search: PostgresVectorSearch
) -> None:
    vectors = unit(60, 768)
    sha256s = store_library(database, "local", vectors)
    query, some = vectors[0], [*sha256s[20:40], sha("unknown")]
    found = search.nearest("local", CLIP, query, 50, among=some)
    assert [each.sha256 for each in found] == _nearest(vectors[20:40], sha256s[20:40], query, 20)
    assert search.nearest("local", CLIP, query, 50, among=[]) == []
    others = search.nearest("local", CLIP, query, 10, excluding=[sha256s[0], sha("unknown")])
    assert [each.sha256 for each in others] == _nearest(vectors, sha256s, query, 11)[1:]


def test_a_limit_out_of_range_is_refused(search: PostgresVectorSearch) -> None:
    for limit in (0, -1, 1001):
        with pytest.raises(RefusedInputError, match="limit"):
            search.nearest("local", CLIP, unit(1, 768)[0], limit)


def test_a_query_that_is_not_the_models_is_refused(search: PostgresVectorSearch) -> None:
    odd = VectorModel(name="odd", revision="1", preprocessing="1", dimension=640)
    with pytest.raises(RefusedInputError, match="has 512 numbers; vectors of clip@r1/1 have 768"):
        search.nearest("local", CLIP, unit(1, 512)[0], 5)
    with pytest.raises(RefusedInputError, match="length"):
        search.nearest_of_all(CLIP, 3 * unit(1, 768)[0], 5)
    with pytest.raises(RefusedInputError, match="640"):
        search.ensure_index(None, odd)


def test_a_large_library_gets_an_index_of_its_own_and_is_found_by_it(
    database: PostgresDatabase, search: PostgresVectorSearch, database_url: str
) -> None:
    vectors = _clustered(LARGE, 192)
    sha256s = store_library(database, "large", vectors, IDENTITY, VectorKind.FEATURES)
    small = store_library(database, "small", unit(20, 192, seed=4), IDENTITY, VectorKind.FEATURES)
    features = VectorKind.FEATURES
    queries = unit(20, 192, seed=8)
    exact = [search.nearest("large", IDENTITY, query, 10, kind=features) for query in queries]
    assert [each.sha256 for each in exact[0]] == _nearest(vectors, sha256s, queries[0], 10)
    assert search.ensure_index("large", IDENTITY, kind=features) is IndexState.BUILT
    assert search.ensure_index("small", IDENTITY, kind=features) is IndexState.NOT_NEEDED
    assert search.ensure_index("large", IDENTITY, kind=features) is IndexState.KEPT
    by_index = [search.nearest("large", IDENTITY, query, 10, kind=features) for query in queries]
    hits = [len({*a} & {*b}) for a, b in zip(_hashes(exact), _hashes(by_index), strict=True)]
    assert sum(hits) / (10 * len(queries)) >= 0.99
    for query in queries[:5]:
        found = search.nearest("small", IDENTITY, query, 30, kind=features)
        assert {each.sha256 for each in found} == set(small)
    search.close()
    assert [scans for _, scans in _rows(database_url, INDEXES)] == [len(queries)]


def _hashes(found: list[list[Found]]) -> list[list[str]]:
    return [[each.sha256 for each in one] for one in found]


def _islands(number: int, *, of: int, seed: int) -> Vectors:
    """Crowds far from each other: a graph has hardly a way from one to the next."""
    centres = unit(number // of, 192, seed=seed)
    drawn = np.repeat(centres, of, axis=0) + 0.5 * unit(number, 192, seed=seed + 1)
    vectors: Vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    return vectors


def test_queries_that_an_index_fails_are_compared_with_each_and_the_others_are_not(
    database: PostgresDatabase, search: PostgresVectorSearch, database_url: str
) -> None:
    features = VectorKind.FEATURES
    vectors = _islands(2000, of=400, seed=3)
    sha256s = store_library(database, "local", vectors, IDENTITY, features)
    assert search.ensure_index("local", IDENTITY, kind=features) is IndexState.BUILT
    unrelated = unit(40, 192, seed=8)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET hnsw.ef_search = 64; SET enable_seqscan = off")
        owner = connection.execute("SELECT id FROM owners").fetchone()
        assert owner is not None
        alone = [_by_index_alone(connection, owner[0], query) for query in unrelated]
    truth = [_nearest(vectors, sha256s, query, 10) for query in unrelated]
    assert np.mean([len({*a} & {*b}) for a, b in zip(alone, truth, strict=True)]) < 9, "too easy to tell anything"
    found = [[each.sha256 for each in search.nearest("local", IDENTITY, q, 10, kind=features)] for q in unrelated]
    assert found == truth


def _by_index_alone(connection: psycopg.Connection[tuple[object, ...]], owner: object, query: Vector) -> list[str]:
    statement = sql.SQL(
        "SELECT picture_sha256 FROM features_192 WHERE owner_id = {} AND model = 'identity' AND revision = 'r1' "
        "AND preprocessing = '1' ORDER BY cls <#> {} LIMIT 10"
    ).format(sql.Literal(owner), sql.Literal(str(query.tolist())))
    return [str(sha256) for (sha256,) in connection.execute(statement).fetchall()]


def test_neighbours_that_stand_out_are_found_by_the_index_without_comparing_each(
    database: PostgresDatabase, search: PostgresVectorSearch, database_url: str
) -> None:
    features = VectorKind.FEATURES
    vectors = _islands(LARGE, of=15, seed=3)
    sha256s = store_library(database, "local", vectors, IDENTITY, features)
    assert search.ensure_index("local", IDENTITY, kind=features) is IndexState.BUILT
    for query in vectors[::100]:
        found = search.nearest("local", IDENTITY, query, 10, kind=features)
        assert [each.sha256 for each in found] == _nearest(vectors, sha256s, query, 10)
    search.close()
    assert [scans for _, scans in _rows(database_url, INDEXES)] == [LARGE // 100]
    compared = "SELECT sum(idx_scan) FROM pg_stat_user_indexes WHERE indexrelname LIKE 'ix_features_192_owner%'"
    # building counted them once
    assert _rows(database_url, compared) == [(1,)]


def test_a_model_with_odd_characters_in_its_name_has_an_index_like_any_other(
    database: PostgresDatabase, search: PostgresVectorSearch, database_url: str
) -> None:
    features, odd = VectorKind.FEATURES, replace(IDENTITY, name="100% {mine}'s \\ %s", revision='"r"')
    vectors = _islands(LARGE, of=15, seed=3)
    sha256s = store_library(database, "local", vectors, odd, features)
    assert search.ensure_index("local", odd, kind=features) is IndexState.BUILT
    found = search.nearest("local", odd, vectors[7], 10, kind=features)
    assert [each.sha256 for each in found] == _nearest(vectors, sha256s, vectors[7], 10)
    search.close()
    assert [scans for _, scans in _rows(database_url, INDEXES)] == [1]


def test_how_broadly_an_index_is_asked_follows_from_its_rows_and_from_what_is_wanted() -> None:
    index = IndexPlace(place_of(VectorKind.EMBEDDINGS, CLIP), CLIP, None)

    def breadths(rows: float, wanted: int) -> list[int]:
        return list(Route.to(index, indexed_rows=rows, until=0).breadths(wanted))

    assert breadths(0, 10) == []
    assert breadths(12_000, 10) == [64]
    assert breadths(12_000, 33) == [128]
    assert breadths(100_000, 10) == [64, 384]
    assert breadths(100_000, 128) == [256, 1000]
    assert breadths(100_000, 129) == []


def test_a_library_that_shrank_loses_its_index_and_is_still_found(
    database: PostgresDatabase, search: PostgresVectorSearch, database_url: str
) -> None:
    vectors = unit(LARGE, 192)
    sha256s = store_library(database, "local", vectors, IDENTITY, VectorKind.FEATURES)
    assert search.ensure_index("local", IDENTITY, kind=VectorKind.FEATURES) is IndexState.BUILT
    gone = sha256s[200:]
    with database.transaction("local") as records:
        records.blobs.forget_names("pictures/")
        records.blobs.forget(gone)
    left = search.nearest("local", IDENTITY, vectors[500], 5, kind=VectorKind.FEATURES)
    assert [each.sha256 for each in left] == _nearest(vectors[:200], sha256s[:200], vectors[500], 5)
    assert search.ensure_index("local", IDENTITY, kind=VectorKind.FEATURES) is IndexState.DROPPED
    assert _rows(database_url, INDEXES) == []
    again = search.nearest("local", IDENTITY, vectors[500], 5, kind=VectorKind.FEATURES)
    assert again == left


def test_an_index_asked_for_by_several_at_once_is_built_once_while_vectors_are_written(
    database: PostgresDatabase, search: PostgresVectorSearch, database_url: str
) -> None:
    vectors = unit(LARGE, 192)
    store_library(database, "local", vectors, IDENTITY, VectorKind.FEATURES)
    is_done = threading.Event()

    def write() -> int:
        rounds = 0
        while not is_done.is_set():
            later = replace(IDENTITY, revision=f"r{rounds + 2}")
            with database.transaction("local") as records:
                rounds += records.features.put(later, {named("local", 1)[0]: vectors[0]})
        return rounds

    with ThreadPoolExecutor(5) as pool:
        writing = pool.submit(write)
        ensure = [pool.submit(search.ensure_index, "local", IDENTITY, kind=VectorKind.FEATURES) for _ in range(4)]
        states = sorted(each.result(timeout=60) for each in ensure)
        is_done.set()
        assert writing.result(timeout=60) > 0
    assert states == [IndexState.BUILT, IndexState.KEPT, IndexState.KEPT, IndexState.KEPT]
    assert len(_rows(database_url, INDEXES)) == 1


def test_an_index_whose_making_was_cut_off_is_not_used_and_made_anew(
    database: PostgresDatabase, search: PostgresVectorSearch, database_url: str
) -> None:
    vectors = unit(LARGE, 192)
    store_library(database, "local", vectors, IDENTITY, VectorKind.FEATURES)
    features = VectorKind.FEATURES
    assert search.ensure_index("local", IDENTITY, kind=features) is IndexState.BUILT
    spoil = "UPDATE pg_index SET indisvalid = false FROM pg_class WHERE oid = indexrelid AND relname LIKE 'hnsw%'"
    with psycopg.connect(database_url) as connection:
        connection.execute(spoil)
    assert len(search.nearest("local", IDENTITY, vectors[0], 5, kind=features)) == 5
    assert search.ensure_index("local", IDENTITY, kind=features) is IndexState.BUILT
    search.nearest("local", IDENTITY, vectors[0], 5, kind=features)
    search.close()
    assert [scans for _, scans in _rows(database_url, INDEXES)] == [1]


def test_an_index_for_an_owner_that_is_not_known_is_refused(search: PostgresVectorSearch) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        search.ensure_index("nobody", CLIP)


def test_all_owners_pictures_are_searched_together_only_when_that_is_asked(
    database: PostgresDatabase, search: PostgresVectorSearch, database_url: str
) -> None:
    features = VectorKind.FEATURES
    vectors = _clustered(LARGE, 192)
    store_library(database, "one", vectors[:1400], IDENTITY, features)
    store_library(database, "two", vectors[1400:], IDENTITY, features)
    queries = unit(10, 192, seed=8)
    exact = [search.nearest_of_all(IDENTITY, query, 10, kind=features) for query in queries]
    assert {each.owner for found in exact for each in found} == {"one", "two"}
    assert search.ensure_index(None, IDENTITY, kind=features) is IndexState.BUILT
    by_index = [search.nearest_of_all(IDENTITY, query, 10, kind=features) for query in queries]
    both = zip(exact, by_index, strict=True)
    hits = [len({each.sha256 for each in a} & {each.sha256 for each in b}) for a, b in both]
    assert sum(hits) / 100 >= 0.99
    # the shared index is no way to one owner's pictures
    for query in queries:
        found = search.nearest("two", IDENTITY, query, 10, kind=features)
        assert [each.sha256 for each in found] == _nearest(vectors[1400:], named("two", 100), query, 10)
    search.close()
    assert [scans for _, scans in _rows(database_url, INDEXES)] == [len(queries)]


def test_connections_that_broke_in_the_pool_are_replaced_unnoticed(
    database: PostgresDatabase, search: PostgresVectorSearch, database_url: str
) -> None:
    vectors = unit(5, 768)
    store_library(database, "local", vectors)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda query: search.nearest("local", CLIP, query, 5), vectors))
    drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'refpipe search'"
    _rows(database_url, f"{drop} AND datname = current_database()")
    assert len(search.nearest("local", CLIP, vectors[0], 5)) == 5


def test_many_threads_search_at_once(database: PostgresDatabase, search: PostgresVectorSearch) -> None:
    vectors = unit(40, 768)
    sha256s = store_library(database, "local", vectors)
    with ThreadPoolExecutor(16) as pool:
        found = list(
            pool.map(lambda query: search.nearest("local", CLIP, query, 1)[0].sha256, np.tile(vectors, (5, 1)))
        )
    assert found == sha256s * 5


def test_a_server_that_is_not_there_is_named_with_a_remedy() -> None:
    search = PostgresVectorSearch("postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(NotSetUpError, match="REFPIPE_DATABASE_URL"):
        search.nearest("local", CLIP, unit(1, 768)[0], 5)


def test_a_database_without_tables_says_so(empty_database_url: str) -> None:
    search = PostgresVectorSearch(empty_database_url)
    with pytest.raises(NotSetUpError):
        search.nearest("local", CLIP, unit(1, 768)[0], 5)
    search.close()


def test_the_wiring_gives_a_search_over_its_own_database(tmp_path: Path, empty_database_url: str) -> None:
    settings = Settings(home=tmp_path, database_url=empty_database_url)  # type: ignore[arg-type]
    with Wiring(settings) as wiring:
        sha256s = store_library(wiring.database, "local", unit(3, 768))
        found = wiring.vector_search.nearest("local", CLIP, unit(3, 768)[1], 1)
        assert [each.sha256 for each in found] == sha256s[1:2]
