"""The nearest vectors in Postgres, over a pool of its own.

Belongs here: asking one way after the other, the answer in order. Does not: which ways there are (vector_routes),
writing vectors (repositories), building indexes (vector_indexes).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg

from refpipe.backends.database.connecting import connect
from refpipe.backends.database.failures import in_our_words
from refpipe.backends.database.halfvec import Parameter, as_parameter
from refpipe.backends.database.local_dimension import TRUSTED_DIMENSION, local_dimension
from refpipe.backends.database.search_connections import Rows, SearchConnections
from refpipe.backends.database.vector_indexes import INDEXED_ROWS, IndexPlace, ensure_index
from refpipe.backends.database.vector_places import place_of
from refpipe.backends.database.vector_routes import Route, exact_among
from refpipe.domain.errors import NotFoundError, RefusedInputError
from refpipe.domain.ports.vectors import Found, FoundAnywhere, IndexState, VectorKind
from refpipe.domain.vectors import Vector, VectorModel

EXACT_BELOW = 10_000
"""Rows of an owner up to which comparing with each is quick enough."""
MOST_RESULTS = 1000
ROUTE_TTL_S = 30.0
"""An index that another process built is noticed after this long."""
BUILD_MEMORY_MB = 2048
_STEADY = 10
"""So many at least must be the same when an index is asked more broadly."""


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
        self._routes: dict[tuple[str | None, VectorKind, VectorModel], Route] = {}

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
        if among is None:
            rows = self._nearest(route, asked, wanted)
        else:
            rows = self._connections.ask(exact_among(route.index.place), [asked, *route.key, list(among), wanted])
        if excluding:
            left_out = frozenset(excluding)
            rows = [row for row in rows if row[0] not in left_out]
        return [Found(sha256, _cosine(distance)) for sha256, distance in rows[:limit]]

    def nearest_of_all(
        self, model: VectorModel, query: Vector, limit: int, *, kind: VectorKind = VectorKind.EMBEDDINGS
    ) -> list[FoundAnywhere]:
        """See ``VectorSearch``."""
        asked = _as_parameter(model, query, limit)
        route = self._route(None, kind, model)
        rows = [] if route is None else self._nearest(route, asked, limit)
        rows.sort(key=_by_nearness)
        return [FoundAnywhere(slug, sha256, _cosine(distance)) for sha256, distance, slug in rows[:limit]]

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
            self._routes.pop((owner, kind, model), None)

    def close(self) -> None:
        """Close the connections. Closing twice is allowed."""
        self._connections.close()

    def _nearest(self, route: Route, asked: Parameter, wanted: int) -> Rows:
        """At least the ``wanted`` nearest, best first; a row's distance is the negative cosine."""
        before: Rows = []
        for breadth in route.breadths(wanted):
            rows = self._connections.ask(route.by_index(breadth), [asked], breadth=breadth)
            if len(rows) < breadth:
                break  # fewer than there were when it was built
            is_steady = bool(before) and rows[: len(before)] == before
            if is_steady or local_dimension([-row[1] for row in rows]) <= TRUSTED_DIMENSION:
                # an index knows no order among equals
                return sorted(rows, key=_by_nearness)
            before = rows[: max(wanted, _STEADY)]
        return self._connections.ask(route.exact, [asked, *route.key, wanted])

    def _route(self, owner: str | None, kind: VectorKind, model: VectorModel) -> Route | None:
        """None for an owner that is not known."""
        known = self._routes.get((owner, kind, model))
        now = time.monotonic()
        if known is not None and now < known.until:
            return known
        place = place_of(kind, model)
        owner_id: UUID | None = None
        if owner is not None:
            found = self._connections.ask(b"SELECT id FROM owners WHERE slug = %s", [owner])
            if not found:
                return None
            owner_id = found[0][0]
        index = IndexPlace(place, model, owner_id)
        found = self._connections.ask(INDEXED_ROWS, [index.name])
        route = Route.to(index, indexed_rows=found[0][0] if found else 0.0, until=now + ROUTE_TTL_S)
        self._routes[owner, kind, model] = route
        return route


def _as_parameter(model: VectorModel, query: Vector, limit: int) -> Parameter:
    if not 1 <= limit <= MOST_RESULTS:
        raise RefusedInputError(f"is {limit}; it can be 1 to {MOST_RESULTS}", field="limit")
    return as_parameter(model, query)


def _owner_id(connection: psycopg.Connection[Any], slug: str) -> UUID | None:
    found = connection.execute("SELECT id FROM owners WHERE slug = %s", [slug]).fetchone()
    return None if found is None else found[0]


def _by_nearness(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row[1], row[0], *row[2:]


def _cosine(distance: float) -> float:
    """Half precision may pass one by a hair."""
    return max(-1.0, min(1.0, -distance))
