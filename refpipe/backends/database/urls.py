"""One database, addressed by each program in its own way.

Belongs here: forms of a Postgres URL. Does not: connections.

Dagster's tables lie in a schema of their own, ``dagster``, of the same database: it needs no right to make
databases, and its migrations and ours do not meet.
"""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from refpipe.domain.errors import RefusedInputError

DAGSTER_SCHEMA = "dagster"


def sqlalchemy_url(url: str) -> URL:
    """The URL for SQLAlchemy over psycopg 3. Raises RefusedInputError for what is no Postgres URL."""
    return _parse(url).set(drivername="postgresql+psycopg")


def psycopg_url(url: str) -> str:
    """The URL for psycopg 3 itself. Raises RefusedInputError."""
    return render(_parse(url).set(drivername="postgresql"))


def dagster_url(url: str) -> str:
    """The URL for Dagster's storage: psycopg 2, looking in its own schema. Raises RefusedInputError."""
    address = _parse(url).set(drivername="postgresql+psycopg2")
    given = address.query.get("options", "")
    options = f"{given if isinstance(given, str) else ' '.join(given)} -csearch_path={DAGSTER_SCHEMA}".strip()
    return render(address.update_query_dict({"options": options}))


def render(address: URL) -> str:
    """The URL as text, password and all; a space reads %20, since Postgres' own library knows no plus sign for it."""
    beginning, mark, query = address.render_as_string(hide_password=False).partition("?")
    return beginning + mark + query.replace("+", "%20")


def _parse(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        # the text may hold a password
        raise RefusedInputError("is no database URL", field="database_url") from None
    if address.get_backend_name() not in ("postgresql", "postgres"):
        raise RefusedInputError(
            f"is a URL of {address.get_backend_name()}; use postgresql://user:password@host/database",
            field="database_url",
        )
    return address
