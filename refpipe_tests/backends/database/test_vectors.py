"""Vectors are kept with their pictures, by the very model that made them."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import psycopg
import pytest

from refpipe.backends.database.migrations import downgrade, migrate
from refpipe.backends.database.repositories.vectors import COPY_FROM
from refpipe.backends.database.session import PostgresDatabase
from refpipe.backends.database.vector_places import DIMENSIONS
from refpipe.domain.errors import PermanentFailureError, RefusedInputError, RetryableFailureError
from refpipe.domain.ports import BlobRef
from refpipe.domain.ports.vectors import VectorKind
from refpipe.domain.vectors import Vector, VectorModel
from refpipe_tests.backends.database.samples import sha
from refpipe_tests.backends.database.vector_samples import (
    CLIP,
    IDENTITY,
    half,
    named,
    store_library,
    store_pictures,
    unit,
)

MANY = COPY_FROM + 44
DROP_THE_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'refpipe'"
    " AND datname = current_database()"
)


class OfTheCallerError(Exception):
    """An error of the caller's own."""


def _rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.mark.parametrize("number", [1, 33, MANY])
def test_vectors_read_back_as_written_to_half_precision(database: PostgresDatabase, number: int) -> None:
    vectors = unit(number, 768)
    sha256s = store_library(database, "local", vectors)
    with database.transaction("local") as records:
        found = records.embeddings.get(CLIP, [*sha256s, sha("unknown")])
    assert sorted(found) == sorted(sha256s)
    assert all(found[each].dtype == np.float32 for each in sha256s)
    np.testing.assert_array_equal(np.array([found[each] for each in sha256s]), half(vectors))


def test_vectors_of_every_kept_dimension_are_taken(database: PostgresDatabase) -> None:
    sha256s = named("local", MANY)
    store_pictures(database, "local", sha256s)
    with database.transaction("local") as records:
        kinds = {VectorKind.FEATURES: records.features, VectorKind.EMBEDDINGS: records.embeddings}
        for kind, store in kinds.items():
            for dimension in DIMENSIONS[kind]:
                model = replace(IDENTITY, dimension=dimension)
                assert store.put(model, dict(zip(sha256s, unit(MANY, dimension), strict=True))) == MANY
                assert len(store.get(model, sha256s)) == MANY


@pytest.mark.parametrize("number", [3, MANY])
def test_the_same_again_changes_nothing_and_another_vector_takes_its_place(
    database: PostgresDatabase, database_url: str, number: int
) -> None:
    vectors = unit(number, 768)
    sha256s = store_library(database, "local", vectors)
    versions = "SELECT picture_sha256, xmin FROM embeddings_768 ORDER BY 1"
    before = _rows(database_url, versions)
    changed = vectors.copy()
    changed[1] = unit(1, 768, seed=2)[0]
    with database.transaction("local") as records:
        assert records.embeddings.put(CLIP, dict(zip(sha256s, vectors, strict=True))) == 0
    assert _rows(database_url, versions) == before
    with database.transaction("local") as records:
        assert records.embeddings.put(CLIP, dict(zip(sha256s, changed, strict=True))) == 1
        np.testing.assert_array_equal(records.embeddings.get(CLIP, [sha256s[1]])[sha256s[1]], half(changed)[1])


def test_many_new_ones_with_a_few_known_among_them_are_all_kept(database: PostgresDatabase) -> None:
    vectors, sha256s = unit(MANY, 768), named("local", MANY)
    store_pictures(database, "local", sha256s)
    with database.transaction("local") as records:
        records.embeddings.put(CLIP, {sha256s[7]: vectors[7]})
    with database.transaction("local") as records:
        assert records.embeddings.put(CLIP, dict(zip(sha256s, vectors, strict=True))) == MANY - 1
    with database.transaction("local") as records:
        assert records.embeddings.without(CLIP, sha256s) == []


def test_writers_of_the_same_vectors_at_once_keep_each_once(database: PostgresDatabase, database_url: str) -> None:
    vectors, sha256s = unit(MANY, 768), named("local", MANY)
    store_pictures(database, "local", sha256s)

    def put(order: int) -> int:
        given = dict(zip(sha256s[::order], vectors[::order], strict=True))
        with database.transaction("local") as records:
            return records.embeddings.put(CLIP, given)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(put, [1, -1, 1, -1])) == MANY
    assert _rows(database_url, "SELECT count(*) FROM embeddings_768") == [(MANY,)]


def test_pictures_without_a_vector_are_named_in_the_order_asked(database: PostgresDatabase) -> None:
    sha256s = store_library(database, "local", unit(3, 768))
    asked = [sha("b"), sha256s[2], sha("a"), sha256s[0], sha("b")]
    with database.transaction("local") as records:
        assert records.embeddings.without(CLIP, asked) == [sha("b"), sha("a")]
        assert records.embeddings.without(CLIP, []) == []
        assert records.embeddings.get(CLIP, []) == {}
        assert records.embeddings.put(CLIP, {}) == 0


def test_vectors_of_different_models_never_meet(database: PostgresDatabase) -> None:
    vectors = unit(2, 768)
    sha256s = store_library(database, "local", vectors[:1])
    others = [replace(CLIP, name="other"), replace(CLIP, revision="r2"), replace(CLIP, preprocessing="2")]
    with database.transaction("local") as records:
        assert records.features.get(CLIP, sha256s) == {}
        for other in others:
            assert records.embeddings.get(other, sha256s) == {}
            assert records.embeddings.without(other, sha256s) == sha256s
            assert records.embeddings.put(other, {sha256s[0]: vectors[1]}) == 1
            np.testing.assert_array_equal(records.embeddings.get(CLIP, sha256s)[sha256s[0]], half(vectors)[0])


def test_owners_never_see_each_others_vectors(database: PostgresDatabase) -> None:
    sha256s = store_library(database, "one", unit(2, 768))
    with database.transaction("two") as records:
        assert records.embeddings.get(CLIP, sha256s) == {}
        assert records.embeddings.without(CLIP, sha256s) == sha256s
    with pytest.raises(PermanentFailureError, match="blob"), database.transaction("two") as records:
        records.embeddings.put(CLIP, {sha256s[0]: unit(1, 768)[0]})


WRONG: list[tuple[Vector, str]] = [
    (unit(1, 767)[0], "767"),
    (unit(1, 768), "1 × 768"),
    (2 * unit(1, 768)[0], "length 2"),
    (np.zeros(768, np.float32), "length 0"),
    (np.full(768, np.nan, np.float32), "length nan"),
]


@pytest.mark.parametrize("number", [1, MANY])
def test_a_vector_that_is_not_the_models_is_refused_and_nothing_is_kept(
    database: PostgresDatabase, number: int
) -> None:
    sha256s = named("local", number)
    store_pictures(database, "local", sha256s)
    for vector, reason in WRONG:
        given = dict(zip(sha256s, unit(number, 768), strict=True)) | {sha256s[-1]: vector}
        with database.transaction("local") as records:
            with pytest.raises(RefusedInputError, match=reason):
                records.embeddings.put(CLIP, given)
            assert records.embeddings.without(CLIP, sha256s) == sha256s


def test_a_model_of_a_dimension_that_is_not_kept_is_refused(database: PostgresDatabase) -> None:
    odd = VectorModel(name="odd", revision="1", preprocessing="1", dimension=640)
    with database.transaction("local") as records:
        with pytest.raises(RefusedInputError, match="512, 768"):
            records.embeddings.put(odd, {sha("a"): unit(1, 640)[0]})
        with pytest.raises(RefusedInputError, match="192, 384"):
            records.features.get(odd, [sha("a")])


def test_what_is_no_hash_of_a_picture_is_refused(database: PostgresDatabase) -> None:
    given = {f"picture {each}": unit(1, 768)[0] for each in range(MANY)}
    with database.transaction("local") as records, pytest.raises(RefusedInputError, match="SHA-256"):
        records.embeddings.put(CLIP, given)


@pytest.mark.parametrize("number", [1, MANY])
def test_a_vector_of_a_picture_that_is_not_stored_fails_all_of_them(database: PostgresDatabase, number: int) -> None:
    sha256s = named("local", number)
    store_pictures(database, "local", [sha("other"), *sha256s[1:]])
    vectors = dict(zip(sha256s, unit(number, 768), strict=True))
    with pytest.raises(PermanentFailureError, match="blob"), database.transaction("local") as records:
        records.embeddings.put(CLIP, vectors)
    with database.transaction("local") as records:
        assert records.embeddings.without(CLIP, sha256s) == sha256s


def test_a_vector_is_written_in_the_transaction_of_its_picture(database: PostgresDatabase) -> None:
    vectors, sha256s = unit(1, 768), named("local", 1)

    def store_then_fail() -> None:
        with database.transaction("local") as records:
            records.blobs.name("picture", BlobRef(sha256s[0], 1, "image/png"))
            records.embeddings.put(CLIP, {sha256s[0]: vectors[0]})
            raise OfTheCallerError

    with pytest.raises(OfTheCallerError):
        store_then_fail()
    with database.transaction("local") as records:
        assert records.embeddings.without(CLIP, sha256s) == sha256s
        assert records.blobs.resolve("picture") is None


def test_a_vector_goes_when_its_picture_goes(database: PostgresDatabase) -> None:
    sha256s = store_library(database, "local", unit(2, 768))
    with database.transaction("local") as records:
        records.blobs.forget_names("pictures/")
        assert records.blobs.forget(sha256s) == set(sha256s)
        assert records.embeddings.get(CLIP, sha256s) == {}


def test_a_connection_lost_over_vectors_is_a_retryable_failure(database: PostgresDatabase, database_url: str) -> None:
    sha256s = store_library(database, "local", unit(1, 768))

    def read_while_the_connection_breaks() -> None:
        with database.transaction("local") as records:
            _rows(database_url, DROP_THE_OTHERS)
            records.embeddings.get(CLIP, sha256s)

    with pytest.raises(RetryableFailureError, match="run again"):
        read_while_the_connection_breaks()
    with database.transaction("local") as records:
        assert len(records.embeddings.get(CLIP, sha256s)) == 1


def test_going_back_a_version_keeps_the_vectors_it_knows(database: PostgresDatabase, database_url: str) -> None:
    sha256s = store_library(database, "local", unit(3, 768))
    downgrade(database_url, "0003")
    assert _rows(database_url, "SELECT count(*), to_regclass('features_192') FROM embeddings_768") == [(3, None)]
    assert migrate(database_url)
    with database.transaction("local") as records:
        assert len(records.embeddings.get(CLIP, sha256s)) == 3


def test_a_database_opened_for_other_rows_loads_no_arrays(database_url: str) -> None:
    code = (
        "import sys\n"
        "from refpipe.backends.database.session import PostgresDatabase\n"
        "with PostgresDatabase(sys.argv[1]).transaction('local') as records:\n"
        "    records.characters.list()\n"
        "sys.exit('numpy' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, database_url], check=False).returncode == 0
