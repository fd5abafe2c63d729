"""Bringing a database to a version of the schema, up or down.

Belongs here: running migrations safely from anywhere the package is installed. Does not: the migrations
themselves (versions), tables as they are now (tables, gallery_tables, ledger_tables, vector_tables).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from refpipe.backends.database.connecting import connect
from refpipe.backends.database.urls import DAGSTER_SCHEMA, sqlalchemy_url
from refpipe.domain.errors import NotSetUpError

HEAD = max(path.name[:4] for path in (Path(__file__).parent / "versions").glob("[0-9]*.py"))
"""The newest version, by the files' names: a database that has it need not load Alembic to say so."""
VERSION_TABLE = "refpipe_schema_version"
LOCK_KEY = 0x7265_6670
"""Names the advisory lock that lets one process migrate at a time."""


def migrate(url: str) -> bool:
    """Bring the database to the newest version, with the empty schema for Dagster beside it; False when it was there.

    Several processes may ask at once: one does it, the others wait. All of it is done, or nothing. Raises
    NotSetUpError where the server cannot be reached, lacks pgvector, or refuses.
    """
    try:
        if current_version(url) == HEAD:
            return False
        with connect(url) as connection:
            # IF NOT EXISTS alone lets two processes collide
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {DAGSTER_SCHEMA}")
        _run(url, "upgrade", HEAD)
    except psycopg.Error as error:
        raise _failure(error) from error
    return True


def downgrade(url: str, version: str = "base") -> None:
    """Take the database back to a version; ``base`` leaves nothing of ours. Raises NotSetUpError."""
    try:
        _run(url, "downgrade", version)
        if version == "base":
            with connect(url) as connection:
                connection.execute(f"DROP TABLE IF EXISTS {VERSION_TABLE}")
                # Dagster's own tables are not ours to drop
                holds = "SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace(%s) LIMIT 1"
                if connection.execute(holds, [DAGSTER_SCHEMA]).fetchone() is None:
                    connection.execute(f"DROP SCHEMA IF EXISTS {DAGSTER_SCHEMA}")
    except psycopg.Error as error:
        raise _failure(error) from error


def current_version(url: str) -> str | None:
    """The version the database has, or None where it has none. Raises NotSetUpError, psycopg.Error."""
    with connect(url) as connection:
        exists = connection.execute("SELECT to_regclass(%s)", [VERSION_TABLE]).fetchone()
        if exists is None or exists[0] is None:
            return None
        row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - a constant
        return None if row is None else str(row[0])


def alembic_config(connection: Any = None) -> Any:
    """Alembic's configuration for these migrations, over a SQLAlchemy connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _run(url: str, direction: str, version: str) -> None:
    from alembic import command
    from alembic.util import CommandError
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            getattr(command, direction)(alembic_config(connection), version)
    except CommandError as error:
        raise NotSetUpError(
            f"the database has a version that this refpipe does not know: {error}",
            remedy="Install the refpipe that last used it, or a newer one.",
        ) from error
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.Error):
            raise error.orig from error
        raise


def _failure(error: psycopg.Error) -> NotSetUpError:
    said = str(error).strip().partition("\n")[0]
    if "vector" in said:
        remedy = "Install pgvector 0.7 or newer on the server, and have its administrator run: CREATE EXTENSION vector"
    else:
        remedy = "Check REFPIPE_DATABASE_URL, and that its user may make tables in the database."
    return NotSetUpError(f"the database could not be brought up to date: {said}", remedy=remedy)
