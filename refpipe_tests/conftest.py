"""Fixtures that several parts of the tests share: a real Postgres, and a fresh database for each test.

One embedded server per test session (per worker); each database is a copy of one that was migrated once,
which takes some hundredths of a second. The server runs without fsync: nothing here outlives the session.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from refpipe.backends.database.embedded import EmbeddedServer

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB"}
TEMPLATE = "refpipe_template"

# a busy machine is no fault of a rule: nothing here is timed
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    """The session's own embedded server."""
    from refpipe.backends.database.embedded import EmbeddedServer

    # a short path: pytest's own directories may be too long for a socket
    with (
        tempfile.TemporaryDirectory(prefix="refpipe-pg-") as directory,
        EmbeddedServer.join(Path(directory) / "data", settings=FAST) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def _migrated_template(postgres: EmbeddedServer) -> str:
    from refpipe.backends.database.migrations import migrate

    migrate(postgres.ensure_database(TEMPLATE))
    return postgres.url("postgres")


def _new_database(admin_url: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        yield admin_url.replace("/postgres?", f"/{name}?")
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def empty_database_url(_migrated_template: str) -> Iterator[str]:
    """URL of a fresh database with nothing in it."""
    yield from _new_database(_migrated_template, "template0")


@pytest.fixture
def database_url(_migrated_template: str) -> Iterator[str]:
    """URL of a fresh, migrated database for this test alone."""
    yield from _new_database(_migrated_template, TEMPLATE)


@pytest.fixture(scope="module")
def module_database_url(_migrated_template: str) -> Iterator[str]:
    """URL of a fresh, migrated database for all tests of a module."""
    yield from _new_database(_migrated_template, TEMPLATE)
