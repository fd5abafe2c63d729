"""An owner's vectors of pictures.

Belongs here: writing and reading them, in bulk and binary, past the ORM. Does not: searching (vector_search).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import psycopg
from pgvector import HalfVector
from psycopg import sql
from sqlalchemy.orm import Session

from refpipe.backends.database.halfvec import COPY_HEADER, COPY_TRAILER, checked, copy_rows, register
from refpipe.backends.database.repositories.owner import Owner
from refpipe.backends.database.vector_places import Place, place_of
from refpipe.domain.errors import PermanentFailureError, RefusedInputError
from refpipe.domain.ports.vectors import VectorKind
from refpipe.domain.vectors import Vector, VectorModel, Vectors

COPY_FROM = 256
"""Rows from which on the bulk way is the quicker one."""
ROWS_A_STATEMENT = 1000

_COPY = sql.SQL(
    "COPY {table} (owner_id, model, revision, preprocessing, picture_sha256, {column}) FROM STDIN (FORMAT binary)"
)
_UPSERT = sql.SQL(
    "INSERT INTO {table} AS kept (owner_id, model, revision, preprocessing, picture_sha256, {column}) "
    "SELECT %s, %s, %s, %s, given.sha256, given.vector "
    "FROM unnest(%s::text[], %s::halfvec[]) AS given (sha256, vector) "
    "ON CONFLICT (owner_id, model, revision, preprocessing, picture_sha256) "
    "DO UPDATE SET {column} = excluded.{column} WHERE kept.{column} IS DISTINCT FROM excluded.{column}"
)
_GET = sql.SQL(
    "SELECT picture_sha256, {column} FROM {table} WHERE owner_id = %s AND model = %s AND revision = %s "
    "AND preprocessing = %s AND picture_sha256 = ANY(%s::text[])"
)
_KNOWN = sql.SQL(
    "SELECT picture_sha256 FROM {table} WHERE owner_id = %s AND model = %s AND revision = %s "
    "AND preprocessing = %s AND picture_sha256 = ANY(%s::text[])"
)


class PostgresVectors:
    """See the port ``PictureVectors``; of one kind."""

    def __init__(self, session: Session, owner: Owner, kind: VectorKind) -> None:
        self._session = session
        self._owner = owner
        self._kind = kind

    def put(self, model: VectorModel, vectors: Mapping[str, Vector]) -> int:
        """See ``PictureVectors``. Many new ones go in by COPY; where some are there already, by upsert."""
        place = place_of(self._kind, model)
        # in one order, so that no two writers wait for each other
        sha256s = sorted(vectors)
        if not sha256s:
            return 0
        _check_hashes(sha256s)
        array = checked(model, [vectors[sha256] for sha256 in sha256s])
        connection = self._connection()
        try:
            if len(sha256s) >= COPY_FROM and self._copied(connection, place, model, sha256s, array):
                return len(sha256s)
            return self._upsert(connection, place, model, sha256s, array)
        except psycopg.errors.ForeignKeyViolation as error:
            raise PermanentFailureError(
                f"a picture has a vector, but no blob of {self._owner.slug}: {error.diag.message_detail}"
            ) from error

    def get(self, model: VectorModel, sha256s: Sequence[str]) -> dict[str, Vector]:
        """See ``PictureVectors``."""
        statement = _fill(_GET, place_of(self._kind, model))
        with self._connection().cursor(binary=True) as cursor:
            found = cursor.execute(statement, [*self._key(model), list(sha256s)]).fetchall()
        return {sha256: vector.to_numpy().astype(np.float32) for sha256, vector in found}

    def without(self, model: VectorModel, sha256s: Sequence[str]) -> list[str]:
        """See ``PictureVectors``."""
        statement = _fill(_KNOWN, place_of(self._kind, model))
        found = self._connection().execute(statement, [*self._key(model), list(sha256s)]).fetchall()
        known = {sha256 for (sha256,) in found}
        return [sha256 for sha256 in dict.fromkeys(sha256s) if sha256 not in known]

    def _copied(
        self,
        connection: psycopg.Connection[Any],
        place: Place,
        model: VectorModel,
        sha256s: Sequence[str],
        vectors: Vectors,
    ) -> bool:
        """Copy them straight into the table; False, and nothing is written, where one is there already.

        COPY knows no ON CONFLICT, and a table in between costs as much again as the rows themselves.
        """
        try:
            with connection.transaction(), connection.cursor() as cursor, cursor.copy(_fill(_COPY, place)) as copy:
                copy.write(COPY_HEADER)
                for rows in copy_rows(self._owner.id, model, sha256s, vectors):
                    copy.write(rows)
                copy.write(COPY_TRAILER)
        except psycopg.errors.UniqueViolation:
            return False
        return True

    def _upsert(
        self,
        connection: psycopg.Connection[Any],
        place: Place,
        model: VectorModel,
        sha256s: Sequence[str],
        vectors: Vectors,
    ) -> int:
        statement = _fill(_UPSERT, place)
        written = 0
        for first in range(0, len(sha256s), ROWS_A_STATEMENT):
            part = slice(first, first + ROWS_A_STATEMENT)
            given = [list(sha256s[part]), [HalfVector(vector) for vector in vectors[part]]]
            written += connection.execute(statement, [*self._key(model), *given], binary=True).rowcount
        return written

    def _key(self, model: VectorModel) -> list[Any]:
        return [self._owner.id, model.name, model.revision, model.preprocessing]

    def _connection(self) -> psycopg.Connection[Any]:
        """The transaction's own connection, below SQLAlchemy; what the session still holds is written first."""
        self._session.flush()
        outer = self._session.connection()
        inner = outer.connection.driver_connection
        if not isinstance(inner, psycopg.Connection):
            raise TypeError(f"vectors need a psycopg connection, not {type(inner).__name__}")
        if not outer.info.get("knows_half_vectors"):
            register(inner)
            outer.info["knows_half_vectors"] = True
        return inner


def _fill(statement: sql.SQL, place: Place) -> sql.Composed:
    return statement.format(table=sql.Identifier(place.table), column=sql.Identifier(place.column))


def _check_hashes(sha256s: Sequence[str]) -> None:
    for sha256 in sha256s:
        if len(sha256) != 64 or not sha256.isascii():
            raise RefusedInputError(f"is no SHA-256 of a picture: {sha256!r}", field="picture")
