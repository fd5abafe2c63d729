"""One database, addressed by each program in its own way."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest

from refpipe.backends.database.urls import dagster_url, psycopg_url, sqlalchemy_url
from refpipe.domain.errors import RefusedInputError

USE_DAGSTERS_STORAGE = """
import sys, tempfile
import dagster as dg
from dagster._core.test_utils import instance_for_test

storage = {"storage": {"postgres": {"postgres_url": sys.argv[1]}}}
with instance_for_test(overrides=storage) as instance:
    instance.add_dynamic_partitions("characters", ["local.jax~default"])

    @dg.asset
    def one():
        return None

    assert dg.materialize([one], instance=instance).success
    assert len(instance.get_event_records(dg.EventRecordsFilter(dg.DagsterEventType.ASSET_MATERIALIZATION))) == 1
"""


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_any_form_of_a_url_is_understood(scheme: str) -> None:
    url = f"{scheme}://ann:s%40crt@db.example:5433/studio?sslmode=require"
    assert sqlalchemy_url(url).drivername == "postgresql+psycopg"
    assert psycopg_url(url) == "postgresql://ann:s%40crt@db.example:5433/studio?sslmode=require"
    assert dagster_url(url).startswith("postgresql+psycopg2://ann:s%40crt@db.example:5433/studio?")


def test_dagster_looks_in_its_own_schema_beside_options_that_were_given() -> None:
    options = sqlalchemy_url(dagster_url("postgresql://h/d?options=-cstatement_timeout%3D5000")).query["options"]
    assert options == "-cstatement_timeout=5000 -csearch_path=dagster"


def test_a_space_in_a_path_is_written_as_the_database_library_reads_it() -> None:
    assert psycopg_url("postgresql:///d?host=/a%20b").endswith("?host=%2Fa%20b")


@pytest.mark.parametrize("url", ["sqlite:///file", "mysql://u:hidden@h/d", "no url, but a hidden word", ""])
def test_what_is_no_postgres_url_is_refused_without_telling_its_password(url: str) -> None:
    with pytest.raises(RefusedInputError) as caught:
        psycopg_url(url)
    assert "hidden" not in str(caught.value)


def test_dagsters_tables_lie_beside_ours_and_never_among_them(database_url: str) -> None:
    tables = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'dagster')"
    with psycopg.connect(database_url, autocommit=True) as connection:
        ours = connection.execute(tables).fetchall()
        done = subprocess.run(
            [sys.executable, "-c", USE_DAGSTERS_STORAGE, dagster_url(database_url)],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        now = connection.execute(tables).fetchall()
    assert ("dagster", "event_logs") in now
    assert [row for row in now if row[0] == "public"] == [row for row in ours if row[0] == "public"]
