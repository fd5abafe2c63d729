"""The ways in which a library's nearest vectors are found, and their statements.

Belongs here: which ways there are for how many rows, in which order. Does not: asking (vector_search), building
indexes (vector_indexes).

A library without an index of its own (below about 10,000 pictures it needs none) is compared exactly, row by row; the
``+ 0.0`` keeps every index out of that. One that has an index is asked by it narrowly, which finds the nearest where
they stand out (local_dimension). Where they do not, no breadth is sure to find them: a very large one is asked again
several times as broadly, and believed where that changes nothing; else each is compared. Every statement names owner
and model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

from psycopg import sql

from refpipe.backends.database.vector_indexes import IndexPlace
from refpipe.backends.database.vector_places import Place

MOST_BY_INDEX = 128
"""Results up to which the index is quicker than comparing with each."""
NARROW, WIDER = 64, 6
"""HNSW's ef_search, at least, and how many times as broadly it is asked again."""
WIDER_FROM = 50_000
"""Rows from which asking again is worth while: it costs what comparing with some 15,000 does."""
_BROADEST = 1000
"""The most that HNSW takes."""

_OF_MODEL = "model = %s AND revision = %s AND preprocessing = %s"
_MINE = "owner_id = %s AND " + _OF_MODEL
_AMONG = _MINE + " AND picture_sha256 = ANY(%s::text[])"
_EXACT = (
    "SELECT picture_sha256, ({column} <#> %s) + 0.0 AS distance FROM {table} WHERE {mine} "
    "ORDER BY distance, picture_sha256 LIMIT %s"
)
_BY_INDEX = (
    "SELECT picture_sha256, {column} <#> %s AS distance FROM {table} WHERE {mine} ORDER BY distance LIMIT {most}"
)
_NAMED = "SELECT picture_sha256, {distance}, slug FROM ({nearest}) AS nearest JOIN owners ON owners.id = owner_id"
_EXACT_OF_ALL = _NAMED.format(distance="distance", nearest=_EXACT.replace("SELECT", "SELECT owner_id,"))
_OF_ALL_BY_INDEX = _NAMED.format(
    distance="distance - 1",  # of cosines; the others are negative inner products
    nearest="SELECT owner_id, picture_sha256, {column} <=> %s AS distance FROM {table} WHERE {mine} "
    "ORDER BY distance LIMIT {most}",
)


@dataclass(frozen=True, slots=True)
class Route:
    """Where and how vectors of one model are searched: an owner's, or those of all (``index.owner_id`` None).

    ``key``: values of the index's columns. ``exact``: the statement that compares each (vector, key, how many).
    ``by_breadth``: statements that ask the index (vector), its condition written out in them, so that every plan of
    theirs is seen to fit it and none is made twice. The route is looked up again after ``until`` (monotonic seconds).
    """

    index: IndexPlace
    indexed_rows: float
    until: float
    key: tuple[Any, ...]
    exact: bytes
    by_breadth: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def to(cls, index: IndexPlace, *, indexed_rows: float, until: float) -> Self:
        """The route to a library; ``indexed_rows`` 0 where it has no index."""
        template, mine = (_EXACT_OF_ALL, _OF_MODEL) if index.owner_id is None else (_EXACT, _MINE)
        return cls(
            index=index,
            indexed_rows=indexed_rows,
            until=until,
            key=tuple(index.columns.values()),
            exact=_statement(template, index.place, mine=mine),
        )

    def breadths(self, wanted: int) -> Iterator[int]:
        """How broadly the index is asked, one after the other; none where each picture is compared at once."""
        if not self.indexed_rows or wanted > MOST_BY_INDEX:
            return
        narrow = NARROW
        while narrow < 2 * wanted:
            narrow *= 2
        yield narrow
        if self.indexed_rows >= WIDER_FROM:
            yield min(WIDER * narrow, _BROADEST)

    def by_index(self, breadth: int) -> bytes:
        """The statement that asks the index for so many."""
        if breadth not in self.by_breadth:
            template = _OF_ALL_BY_INDEX if self.index.owner_id is None else _BY_INDEX
            mine = self.index.condition.as_string().replace("%", "%%")
            self.by_breadth[breadth] = _statement(template, self.index.place, mine=mine, most=breadth)
        return self.by_breadth[breadth]


def exact_among(place: Place) -> bytes:
    """The statement that compares pictures that are named: vector, owner and model, their hashes, how many."""
    return _statement(_EXACT, place, mine=_AMONG)


@cache
def _statement(template: str, place: Place, **parts: str | int) -> bytes:
    """Made once: putting it together anew would take as long as a small search."""
    table, column = (sql.Identifier(name).as_string() for name in (place.table, place.column))
    return template.format(table=table, column=column, **parts).encode()
