"""The nearest vectors in Postgres, over a pool of its own.

Belongs here: choosing the route, asking, the answer in order. Does not: writing vectors (repositories), building
indexes (vector_indexes).

Routes: a library without an index of its own (below about 10,000 pictures it needs none) is compared exactly, row by
row; the ``+ 0.0`` keeps every index out of that. A large one goes by its index, with a scan that is continued until
enough is found. Named pictures (``among``) are always compared exactly. Every statement names owner and model.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from pgvector import HalfVector
from psycopg import sql

from refpipe.backends.database.connecting import connect
from refpipe.backends.database.failures import in_our_words
from refpipe.backends.database.halfvec import as_parameter
from refpipe.backends.database.search_connections import SearchConnections, by_graph
from refpipe.backends.database.vector_indexes import IS_VALID, IndexPlace, ensure_index
from refpipe.backends.database.vector_places import Place, place_of
from refpipe.domain.errors import NotFoundError, RefusedInputError
from refpipe.domain.ports.vectors import Found, FoundAnywhere, IndexState, VectorKind
from refpipe.domain.vectors import Vector, VectorModel

EXACT_BELOW = 10_000
"""Rows of an owner up to which comparing with each is quick enough."""
MOST_RESULTS = 1000
MOST_BY_INDEX = 200
"""Results up to which the index is quicker than comparing with each."""
BREADTH = 200
"""HNSW's ef_search, at least: enough for queries that have nothing to do with the library."""
TIE_ROOM = 8
"""So many more are asked of an index, which knows no order among equals."""
ROUTE_TTL_S = 30.0
"""An index that another process built is noticed after this long."""
BUILD_MEMORY_MB = 2048

_MINE = "owner_id = %s AND model = %s AND revision = %s AND preprocessing = %s"
_EXACT = (
    "SELECT picture_sha256, ({column} <#> %s) + 0.0 AS distance FROM {table} WHERE {mine}{more} "
    "ORDER BY distance, picture_sha256 LIMIT %s"
)
_BY_INDEX = "SELECT picture_sha256, {column} <#> %s AS distance FROM {table} WHERE {mine} ORDER BY distance LIMIT %s"
_OF_ALL = (
    "SELECT owners.slug, picture_sha256, distance FROM (SELECT owner_id, picture_sha256, {column} <=> %s AS distance "
    "FROM {table} WHERE model = %s AND revision = %s AND preprocessing = %s ORDER BY distance LIMIT %s) AS nearest "
    "JOIN owners ON owners.id = owner_id"
)
_AMONG = " AND picture_sha256 = ANY(%s::text[])"


@dataclass(frozen=True, slots=True)
class _Route:
    """Where and how an owner's vectors of one model are searched; asked again after ``until`` (monotonic seconds)."""

    place: Place
    key: tuple[UUID, str, str, str]
    is_indexed: bool
    exact: bytes
    until: float


class PostgresVectorSearch:
    """See the port ``VectorSearch``. Safe to share between threads; connects when it is first asked."""

    def __init__(
        self,
        url: str,
        *,
        connections: int = 8,
        exact_below: int = EXACT_BELOW,
        build_memory_mb: int = BUILD_MEMORY_MB,
    ) -> None:
        self._url = url
        self._connections = SearchConnections(url, connections=connections)
        self._exact_below = exact_below
        self._build_memory_mb = build_memory_mb
        self._routes: dict[tuple[str, VectorKind, VectorModel], _Route] = {}

    def nearest(
        self,
        owner: str,
        model: VectorModel,
        query: Vector,
        limit: int,
        *,
        kind: VectorKind = VectorKind.EMBEDDINGS,
        among: Sequence[str] | None = None,
        excluding: Sequence[str] = (),
    ) -> list[Found]:
        """See ``VectorSearch``."""
        asked = _as_parameter(model, query, limit)
        route = self._route(owner, kind, model)
        if route is None:
            return []
        wanted = limit + len(excluding)
        if among is not None:
            statement = _statement(_EXACT, route.place, _AMONG)
            rows = self._connections.ask(statement, [asked, *route.key, list(among), wanted])
        elif route.is_indexed and wanted <= MOST_BY_INDEX:
            statement, manner = _statement(_BY_INDEX, route.place), by_graph(max(BREADTH, 2 * wanted))
            rows = self._connections.ask(statement, [asked, *route.key, wanted + TIE_ROOM], manner)
            rows.sort(key=lambda row: (row[1], row[0]))
        else:
            rows = self._connections.ask(route.exact, [asked, *route.key, wanted])
        if excluding:
            left_out = frozenset(excluding)
            rows = [row for row in rows if row[0] not in left_out]
        return [Found(sha256, _cosine(-distance)) for sha256, distance in rows[:limit]]

    def nearest_of_all(
        self, model: VectorModel, query: Vector, limit: int, *, kind: VectorKind = VectorKind.EMBEDDINGS
    ) -> list[FoundAnywhere]:
        """See ``VectorSearch``. Without an index the server compares with each itself."""
        asked = _as_parameter(model, query, limit)
        statement = _statement(_OF_ALL, place_of(kind, model))
        values = [asked, model.name, model.revision, model.preprocessing, limit + TIE_ROOM]
        rows = self._connections.ask(statement, values, by_graph(min(max(BREADTH, 2 * limit), MOST_RESULTS)))
        rows.sort(key=lambda row: (row[2], row[1], row[0]))
        return [FoundAnywhere(slug, sha256, _cosine(1 - distance)) for slug, sha256, distance in rows[:limit]]

    def ensure_index(
        self, owner: str | None, model: VectorModel, *, kind: VectorKind = VectorKind.EMBEDDINGS
    ) -> IndexState:
        """See ``VectorSearch``. Over a connection of its own: the pool stays free for searches."""
        place = place_of(kind, model)
        try:
            with closing(connect(self._url, autocommit=True)) as connection:
                owner_id = None if owner is None else _owner_id(connection, owner)
                if owner is not None and owner_id is None:
                    raise NotFoundError(f"there is no owner {owner!r}")
                index = IndexPlace(place, model, owner_id)
                return ensure_index(connection, index, least_rows=self._exact_below, memory_mb=self._build_memory_mb)
        except psycopg.Error as error:
            raise in_our_words(error) from error
        finally:
            if owner is not None:
                self._routes.pop((owner, kind, model), None)

    def close(self) -> None:
        """Close the connections. Closing twice is allowed."""
        self._connections.close()

    def _route(self, owner: str, kind: VectorKind, model: VectorModel) -> _Route | None:
        """None for an owner that is not known."""
        known = self._routes.get((owner, kind, model))
        now = time.monotonic()
        if known is not None and now < known.until:
            return known
        place = place_of(kind, model)
        found = self._connections.ask(b"SELECT id FROM owners WHERE slug = %s", [owner])
        if not found:
            return None
        owner_id: UUID = found[0][0]
        valid = self._connections.ask(IS_VALID, [IndexPlace(place, model, owner_id).name])
        route = _Route(
            place=place,
            key=(owner_id, model.name, model.revision, model.preprocessing),
            is_indexed=bool(valid and valid[0][0]),
            exact=_statement(_EXACT, place),
            until=now + ROUTE_TTL_S,
        )
        self._routes[owner, kind, model] = route
        return route


def _as_parameter(model: VectorModel, query: Vector, limit: int) -> HalfVector:
    if not 1 <= limit <= MOST_RESULTS:
        raise RefusedInputError(f"is {limit}; it can be 1 to {MOST_RESULTS}", field="limit")
    return as_parameter(model, query)


def _owner_id(connection: psycopg.Connection[Any], slug: str) -> UUID | None:
    found = connection.execute("SELECT id FROM owners WHERE slug = %s", [slug]).fetchone()
    return None if found is None else found[0]


def _cosine(value: float) -> float:
    """Half precision may pass one by a hair."""
    return max(-1.0, min(1.0, float(value)))


@cache
def _statement(template: str, place: Place, more: str = "") -> bytes:
    """Made once: putting it together anew would take as long as a small search."""
    table, column = (sql.Identifier(name).as_string() for name in (place.table, place.column))
    return template.format(table=table, column=column, mine=_MINE, more=more).encode()
