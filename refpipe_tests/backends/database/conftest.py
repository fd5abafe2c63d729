"""The database as services see it, fresh for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from refpipe.backends.database.session import PostgresDatabase


@pytest.fixture
def database(database_url: str) -> Iterator[PostgresDatabase]:
    opened = PostgresDatabase(database_url)
    yield opened
    opened.close()
