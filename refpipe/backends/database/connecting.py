"""One connection to a server, and in plain words why there is none.

Belongs here: connecting outside the pool, as for migrations. Does not: transactions (session), an embedded
server's start (embedded).
"""

from __future__ import annotations

from typing import Any

import psycopg

from refpipe.backends.database.urls import psycopg_url
from refpipe.domain.errors import NotSetUpError

CONNECT_TIMEOUT_S = 10
_TURNED_AWAY = ("password", "authentication", "role ", "pg_hba.conf", "permission denied")


def connect(url: str, *, autocommit: bool = False) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection of its own. Raises NotSetUpError where the server is not reached or turns refpipe away."""
    try:
        return psycopg.connect(psycopg_url(url), autocommit=autocommit, connect_timeout=CONNECT_TIMEOUT_S)
    except psycopg.OperationalError as error:
        raise _no_connection(error) from error


def _no_connection(error: psycopg.OperationalError) -> NotSetUpError:
    said = _telling_line(str(error))
    _, is_answer, answer = said.partition("FATAL:")
    answer = answer.strip()
    if is_answer and "does not exist" in answer and answer.startswith("database"):
        return NotSetUpError(
            f"the server has no such database: {answer}",
            remedy="Make it (createdb), or name another one in REFPIPE_DATABASE_URL.",
        )
    if is_answer and any(word in answer for word in _TURNED_AWAY):
        return NotSetUpError(
            f"the database server turns refpipe away: {answer}",
            remedy="Check the user and the password in REFPIPE_DATABASE_URL.",
        )
    return NotSetUpError(
        f"the database cannot be reached: {answer or said}",
        remedy="Start its server, or set REFPIPE_DATABASE_URL to one that runs (unset: refpipe brings its own).",
    )


def _telling_line(text: str) -> str:
    """Of what the library says, the line that says why; with several addresses the last one's."""
    lines = [line.strip() for line in text.splitlines() if "failed: " in line] or text.strip().splitlines() or [""]
    return lines[-1].removeprefix("connection failed: ").removeprefix("- ")
