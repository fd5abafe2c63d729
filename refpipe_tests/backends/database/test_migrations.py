"""The schema goes up and down on a real server and is what the tables say it is."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from refpipe.backends.database import gallery_tables, ledger_tables, legacy_tables, tables, vector_tables
from refpipe.backends.database.base import Base
from refpipe.backends.database.migrations import (
    HEAD,
    VERSION_TABLE,
    alembic_config,
    current_version,
    downgrade,
    migrate,
)
from refpipe.backends.database.urls import sqlalchemy_url
from refpipe.domain.errors import NotSetUpError

MODULES = (
    tables,
    gallery_tables,
    ledger_tables,
    legacy_tables,
    vector_tables,
)  # imported for the tables that they register

THINGS = """
SELECT n.nspname, c.relname, 'relation', c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT n.nspname, p.proname, 'function', '' FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL SELECT nspname, '', 'schema', '' FROM pg_namespace WHERE nspname !~ '^pg_'
UNION ALL SELECT extname, '', 'extension', '' FROM pg_extension
ORDER BY 1, 2, 3, 4
"""

DETAILS = """
SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname = 'public' AND c.contype <> 'n'
UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT table_name, column_name, concat_ws(' ', udt_name, is_nullable, column_default, is_identity, collation_name,
    (SELECT atttypmod FROM pg_attribute WHERE attrelid = table_name::regclass AND attname = column_name))
FROM information_schema.columns WHERE table_schema = 'public'
ORDER BY 1, 2, 3
"""


def _rows(url: str, query: str) -> list[tuple[str, ...]]:
    with psycopg.connect(url) as connection:
        return [tuple(map(str, row)) for row in connection.execute(query).fetchall()]


def test_up_then_down_leaves_nothing_and_up_again_works(empty_database_url: str) -> None:
    before = _rows(empty_database_url, THINGS)
    assert migrate(empty_database_url)
    migrated = _rows(empty_database_url, THINGS)
    assert ("public", "gallery_images", "relation", "r") in migrated
    downgrade(empty_database_url)
    assert _rows(empty_database_url, THINGS) == before
    assert current_version(empty_database_url) is None
    assert migrate(empty_database_url)
    assert _rows(empty_database_url, THINGS) == migrated


def test_migrating_what_is_up_to_date_does_nothing(database_url: str) -> None:
    assert current_version(database_url) == HEAD
    assert not migrate(database_url)


def test_the_newest_version_that_the_code_names_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


def test_the_migrated_schema_is_what_the_tables_say(database_url: str) -> None:
    engine = create_engine(sqlalchemy_url(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_checks_indexes_and_columns_are_the_same_migrated_as_created(
    database_url: str, empty_database_url: str
) -> None:
    """Alembic's comparison does not look at checks; Postgres' own descriptions do."""
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE EXTENSION vector")
    engine = create_engine(sqlalchemy_url(empty_database_url))
    Base.metadata.create_all(engine)
    engine.dispose()
    migrated = [row for row in _rows(database_url, DETAILS) if row[0] != VERSION_TABLE]
    assert migrated == _rows(empty_database_url, DETAILS)


def test_every_table_has_an_owner() -> None:
    assert [table.name for table in Base.metadata.sorted_tables if "owner_id" not in table.columns] == ["owners"]


def test_vectors_lie_in_their_rows(database_url: str) -> None:
    storage = "SELECT attstorage FROM pg_attribute WHERE atttypid = 'halfvec'::regtype AND attnum > 0 AND attrelid IN "
    storage += "(SELECT oid FROM pg_class WHERE relkind = 'r')"
    assert _rows(database_url, storage) == [("p",)] * 8


@pytest.mark.parametrize("table", ["image_attempts", "verdicts", "master_references"])
def test_history_cannot_be_changed_or_deleted(database_url: str, table: str) -> None:
    trigger = f"SELECT tgname FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND NOT tgisinternal"  # noqa: S608
    assert _rows(database_url, trigger) == [("append_only",)]


def test_processes_that_migrate_at_once_do_it_once(empty_database_url: str) -> None:
    code = "import sys; from refpipe.backends.database.migrations import migrate; migrate(sys.argv[1])"
    command = [sys.executable, "-c", code, empty_database_url]
    workers = [subprocess.Popen(command) for _ in range(4)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0, 0, 0]
    assert current_version(empty_database_url) == HEAD


def test_a_failing_migration_leaves_nothing_half_done(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE TABLE verdicts (in_the_way int)")
    with pytest.raises(NotSetUpError, match="verdicts"):
        migrate(empty_database_url)
    relations = {row[1] for row in _rows(empty_database_url, THINGS) if row[2:] == ("relation", "r")}
    assert relations == {"verdicts"}


def test_a_database_of_a_newer_refpipe_is_left_alone(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")  # noqa: S608
    with pytest.raises(NotSetUpError, match="does not know"):
        migrate(database_url)


def test_a_server_that_cannot_be_reached_is_named_with_a_remedy() -> None:
    with pytest.raises(NotSetUpError, match="REFPIPE_DATABASE_URL"):
        migrate("postgresql://nobody@127.0.0.1:9/none")
