"""The database as services see it: one call, one transaction of one owner.

Belongs here: the pool, transactions. Does not: queries (repositories), errors in our words (failures).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from sqlalchemy import create_engine, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from refpipe.backends.database.connecting import CONNECT_TIMEOUT_S
from refpipe.backends.database.failures import in_our_words, no_connection_free
from refpipe.backends.database.repositories import Owner, PostgresRecords
from refpipe.backends.database.repositories.legacy_shots import PostgresLegacyShots
from refpipe.backends.database.tables import OwnerRow
from refpipe.backends.database.urls import sqlalchemy_url
from refpipe.domain.keys import check_slug

POOL_WAIT_S = 30


class PostgresDatabase:
    """All owners' rows in one database, over a pool of connections. Safe to share between threads.

    A connection that broke while it lay in the pool is replaced unnoticed.
    """

    def __init__(self, url: str, *, pool_size: int = 5, max_overflow: int = 10) -> None:
        self._engine = create_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=max_overflow,
            pool_timeout=POOL_WAIT_S,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "refpipe"},
        )

    @contextmanager
    def transaction(self, owner: str) -> Iterator[PostgresRecords]:
        """The owner's rows: committed on leaving, rolled back on an error.

        An owner that is not known yet is made. Raises RetryableFailureError when the connection is lost or
        another transaction is in the way, StorageFullError, NotSetUpError, PermanentFailureError for what the
        schema refuses, RefusedInputError for text that no database takes.
        """
        check_slug(owner, field="owner")
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                yield PostgresRecords(session, _owner(session, owner))
        except PoolTimeoutError as error:
            raise no_connection_free(POOL_WAIT_S) from error
        except (DBAPIError, psycopg.Error) as error:
            raise in_our_words(error) from error

    @contextmanager
    def legacy_transaction(self, owner: str) -> Iterator[PostgresLegacyShots]:
        """The owner's shots of the old shape, as ``transaction`` gives the present rows."""
        with self.transaction(owner) as records:
            yield records.legacy_shots

    def close(self) -> None:
        """Close the pool's connections."""
        self._engine.dispose()


def _owner(session: Session, slug: str) -> Owner:
    query = select(OwnerRow.id).where(OwnerRow.slug == slug)
    known = session.scalar(query)
    if known is None:
        session.execute(insert(OwnerRow).values(id=uuid4(), slug=slug).on_conflict_do_nothing())
        known = session.scalars(query).one()
    return Owner(known, slug)
