"""The database as services see it: one call, one transaction of one owner.

Belongs here: the pool, transactions, database errors in refpipe's words. Does not: queries (repositories).
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
from refpipe.backends.database.repositories import Owner, PostgresRecords
from refpipe.backends.database.repositories.legacy_shots import PostgresLegacyShots
from refpipe.backends.database.tables import OwnerRow
from refpipe.backends.database.urls import sqlalchemy_url
from refpipe.domain.errors import (
    NotSetUpError,
    PermanentFailureError,
    RefpipeError,
    RefusedInputError,
    RetryableFailureError,
    StorageFullError,
)
from refpipe.domain.keys import check_slug

POOL_WAIT_S = 30
# connection lost, server shutting down, too many connections, conflicts between transactions, cancelled
_RETRYABLE = ("08", "57P", "53300", "40001", "40P01", "55P03", "57014")
_NOT_MIGRATED = ("42P01", "42703", "3F000")


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
        except (DBAPIError, PoolTimeoutError) as error:
            raise _in_our_words(error) from error

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


def _in_our_words(error: DBAPIError | PoolTimeoutError) -> RefpipeError:
    if isinstance(error, PoolTimeoutError):
        return RetryableFailureError(f"no connection to the database was free for {POOL_WAIT_S} s; run again")
    cause = error.orig
    state = (cause.sqlstate if isinstance(cause, psycopg.Error) else None) or ""
    said = str(cause).strip().partition("\n")[0]
    is_lost = not state and isinstance(cause, (psycopg.OperationalError, psycopg.InterfaceError))
    if error.connection_invalidated or is_lost or state.startswith(_RETRYABLE):
        return RetryableFailureError(f"the database did not answer or was interrupted ({said}); run again")
    if state == "53100":
        return StorageFullError(f"the database has no room left ({said}); free some room, then run again")
    if state in _NOT_MIGRATED:
        return NotSetUpError(
            f"the database is not up to date ({said})",
            remedy="Start refpipe once with `refpipe doctor` or `refpipe up`.",
        )
    if state == "22P05" or (not state and isinstance(cause, psycopg.DataError)):
        return RefusedInputError(f"holds a character that the database does not take: {said}", field="text")
    return PermanentFailureError(f"the database refused a row: {said}")
