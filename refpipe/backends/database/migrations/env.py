"""Alembic's entrance: runs the migrations over the connection that it was given.

Belongs here: how a migration is run. Does not: which, and over what connection (the package).
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

# imported for the tables that they register
from refpipe.backends.database import gallery_tables, ledger_tables, legacy_tables, tables, vector_tables  # noqa: F401
from refpipe.backends.database.base import Base
from refpipe.backends.database.migrations import LOCK_KEY, VERSION_TABLE


def run(connection: Connection) -> None:
    """Run all of it in one transaction, one process at a time; who waited finds nothing left to do."""
    context.configure(connection=connection, target_metadata=Base.metadata, version_table=VERSION_TABLE)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
        context.run_migrations()


run(context.config.attributes["connection"])
