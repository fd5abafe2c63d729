"""The pool that vector searches ask over, as lean as one small search needs it.

Belongs here: connections that know half vectors, how a statement is planned, a broken connection replaced. Does not:
statements (vector_search).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from refpipe.backends.database.connecting import CONNECT_TIMEOUT_S, connect
from refpipe.backends.database.failures import in_our_words, no_connection_free, was_closed
from refpipe.backends.database.halfvec import register
from refpipe.backends.database.urls import psycopg_url

POOL_WAIT_S = 10.0
Rows = list[tuple[Any, ...]]
_ALWAYS = (
    b"SET jit = off; SET hnsw.iterative_scan = strict_order; "
    # one plan for all values, as there is but one way: making it anew takes as long as a small search
    b"SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off"
)


class _Connection(psycopg.Connection[Any]):
    """A connection, its one cursor, and HNSW's ef_search as it was last set."""

    asking: psycopg.Cursor[Any]
    breadth: int | None = None


class SearchConnections:
    """Safe to share between threads; connects when it is first asked."""

    def __init__(self, url: str, *, connections: int) -> None:
        self._url = url
        self._connections = connections
        self._pool: ConnectionPool[_Connection] | None = None
        self._opening = threading.Lock()

    def ask(self, statement: bytes, values: Sequence[Any], *, breadth: int | None = None) -> Rows:
        """The statement's rows; ``breadth`` is HNSW's ef_search for a statement that goes by such an index.

        A connection that broke while it lay in the pool is replaced unnoticed.
        Raises NotSetUpError where the server is not reached, RetryableFailureError, and what ``in_our_words`` says.
        """
        try:
            try:
                return self._ask_once(statement, values, breadth)
            except psycopg.Error as error:
                if isinstance(error, PoolTimeout) or not was_closed(error):
                    raise
                self._opened().check()
                return self._ask_once(statement, values, breadth)
        except PoolTimeout as error:
            raise no_connection_free(POOL_WAIT_S) from error
        except psycopg.Error as error:
            raise in_our_words(error) from error

    def close(self) -> None:
        """Close the connections. Closing twice is allowed."""
        with self._opening:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _ask_once(self, statement: bytes, values: Sequence[Any], breadth: int | None) -> Rows:
        pool = self._opened()
        # not by the pool's context, which ends a transaction that there is none of
        connection = pool.getconn()
        try:
            if breadth is not None and connection.breadth != breadth:
                connection.execute(b"SET hnsw.ef_search = %d" % breadth)
                connection.breadth = breadth
            return connection.asking.execute(statement, values, prepare=True).fetchall()
        finally:
            pool.putconn(connection)

    def _opened(self) -> ConnectionPool[_Connection]:
        if self._pool is not None:
            return self._pool
        with self._opening:
            if self._pool is None:
                # says in plain words why there is no connection; a pool only lets one wait
                with closing(connect(self._url)) as first:
                    register(first)
                self._pool = ConnectionPool(
                    psycopg_url(self._url),
                    connection_class=_Connection,
                    kwargs={
                        "autocommit": True,
                        "connect_timeout": CONNECT_TIMEOUT_S,
                        "application_name": "refpipe search",
                    },
                    min_size=0,
                    max_size=self._connections,
                    timeout=POOL_WAIT_S,
                    configure=_configure,
                    num_workers=1,
                    name="vector search",
                    open=True,
                )
            return self._pool


def _configure(connection: _Connection) -> None:
    connection.execute(_ALWAYS)
    register(connection)
    connection.asking = connection.cursor(binary=True)
