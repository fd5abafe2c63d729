"""Transactions, and what becomes of database errors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from refpipe.backends.database.session import PostgresDatabase
from refpipe.domain.errors import (
    NotFoundError,
    NotSetUpError,
    PermanentFailureError,
    RefusedInputError,
    RetryableFailureError,
)
from refpipe.domain.generation import GenerationState
from refpipe.domain.ports import Records
from refpipe_tests.backends.database.samples import blob, sent, sha, sheet

DROP_THE_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'refpipe'"
    " AND datname = current_database()"
)


class SomethingElseError(Exception):
    """An error of the caller's own."""


def _save_then_fail(database: PostgresDatabase) -> None:
    with database.transaction("local") as records:
        records.characters.save(sheet())
        raise SomethingElseError


def _save_while_the_connection_breaks(database: PostgresDatabase, url: str) -> None:
    with database.transaction("local") as records:
        records.characters.save(sheet())
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(DROP_THE_OTHERS)
        records.characters.list()


def test_an_error_of_the_caller_rolls_everything_back_and_passes_through(database: PostgresDatabase) -> None:
    with pytest.raises(SomethingElseError):
        _save_then_fail(database)
    with database.transaction("local") as records:
        assert records.characters.list() == []


def test_connections_that_broke_in_the_pool_are_replaced_unnoticed(
    database: PostgresDatabase, database_url: str
) -> None:
    with database.transaction("local") as records:
        records.characters.save(sheet())
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(DROP_THE_OTHERS)
    with database.transaction("local") as records:
        assert [each.slug for each in records.characters.list()] == ["jax"]


def test_a_connection_lost_in_mid_transaction_is_a_retryable_failure_and_nothing_is_written(
    database: PostgresDatabase, database_url: str
) -> None:
    with pytest.raises(RetryableFailureError, match="run again"):
        _save_while_the_connection_breaks(database, database_url)
    with database.transaction("local") as records:
        assert records.characters.list() == []


def test_a_server_that_is_not_there_is_a_retryable_failure() -> None:
    database = PostgresDatabase("postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(RetryableFailureError), database.transaction("local"):
        pass


def test_a_database_without_tables_says_so(empty_database_url: str) -> None:
    database = PostgresDatabase(empty_database_url)
    with pytest.raises(NotSetUpError, match="not up to date"), database.transaction("local"):
        pass
    database.close()


def _succeed(records: Records, sha256: str) -> None:
    records.generations.advance(sent(records), GenerationState.SUCCEEDED, lease_s=None, blob_sha256=sha256)


def test_a_row_that_points_to_a_missing_blob_is_refused(database: PostgresDatabase) -> None:
    with pytest.raises(PermanentFailureError, match="blob"), database.transaction("local") as records:
        _succeed(records, sha("nowhere"))


def test_text_that_no_database_takes_is_refused_input(database: PostgresDatabase) -> None:
    with pytest.raises(RefusedInputError, match="character"), database.transaction("local") as records:
        records.blobs.name("a\0b", blob("x"))
    with pytest.raises(RefusedInputError, match="character"), database.transaction("local") as records:
        records.characters.save(sheet(persona={"biography": "a\0b"}))


def test_an_owner_that_is_no_slug_is_refused(database: PostgresDatabase) -> None:
    with pytest.raises(RefusedInputError), database.transaction("No Slug"):
        pass


def test_many_threads_may_meet_a_new_owner_at_once(database: PostgresDatabase) -> None:
    def save(number: int) -> str:
        with database.transaction("studio") as records:
            return records.characters.save(sheet(f"c{number}"))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(save, range(24))) == ["created"] * 24
    with database.transaction("studio") as records:
        assert len(records.characters.list()) == 24


def test_two_owners_have_a_character_of_one_name_and_never_see_each_others_rows(database: PostgresDatabase) -> None:
    with database.transaction("one") as records:
        records.characters.save(sheet("jax", physical={"age_years": 20}))
        records.characters.set_master("jax", blob("one's"), source="upload")
        records.blobs.name("characters/jax", blob("one's"))
    with database.transaction("two") as records:
        assert records.characters.list() == []
        assert records.blobs.resolve("characters/jax") is None
        assert records.blobs.names("") == {}
        with pytest.raises(NotFoundError):
            records.characters.get("jax")
        assert records.characters.save(sheet("jax", physical={"age_years": 60})) == "created"
        assert records.characters.master("jax") is None
        assert records.characters.get("jax").owner == "two"
    with database.transaction("one") as records:
        assert records.characters.get("jax").physical.age_years == 20
        assert records.characters.master("jax") == sha("one's")
