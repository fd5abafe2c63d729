"""What the benchmarks of vectors stand on: a server of their own, made-up libraries, truth and interleaved timing.

Belongs here: data with a fixed seed, filling tables, recall, rounds. Does not: what is compared.

Vectors are clustered random unit vectors of 768 numbers: a picture is one of ``number / 50`` random directions with
a random one of 0.7 times its length added. Related queries are drawn like pictures; unrelated ones are random
directions. ``REFPIPE_BENCH_ROWS`` sets the size of the largest library, ``REFPIPE_BENCH_ROUNDS`` the rounds.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray

from refpipe.backends.database.embedded import EmbeddedServer
from refpipe.backends.database.migrations import migrate
from refpipe.backends.database.session import PostgresDatabase
from refpipe.backends.database.vector_indexes import LINKS
from refpipe.domain.vectors import Vector, VectorModel, Vectors
from refpipe_tests.bench.machine import described

RESULTS = Path(__file__).parent / "results"
DIMENSION = 768
CLIP = VectorModel(name="ViT-L-14", revision="0" * 40, preprocessing="1", dimension=DIMENSION)
ROUNDS = int(os.environ.get("REFPIPE_BENCH_ROUNDS", "5"))
NOISE = 0.7
PICTURES_A_CLUSTER = 50
RESULTS_ASKED = 10

Way = Callable[[int], object]


def rows_asked(default: int) -> int:
    """Size of the largest library."""
    return int(os.environ.get("REFPIPE_BENCH_ROWS", str(default)))


def told(text: str) -> None:
    """Progress, beside the table."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


def head(title: str) -> list[str]:
    """A table's first lines: title, machine, data."""
    settings = "embedded Postgres with refpipe's own settings, without fsync"
    beside = os.environ.get("REFPIPE_BENCH_BESIDE", "")
    return [
        f"# {title}",
        "",
        f"{described()} {settings}. {beside}".strip(),
        (
            f"Clustered random unit vectors of {DIMENSION} numbers, fixed seed; {RESULTS_ASKED} results asked; "
            f"medians of {ROUNDS} rounds, the ways of a round interleaved call by call."
        ),
        "",
    ]


def write(name: str, lines: list[str]) -> str:
    """Keep the table with the results; its text."""
    text = "\n".join([*lines, ""])
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
    return text


@contextmanager
def fresh_database() -> Iterator[str]:
    """URL of a migrated database on a server of its own, gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="refpipe-bench-") as directory,
        EmbeddedServer.join(Path(directory) / "data", settings={"fsync": "off"}) as server,
    ):
        url = server.ensure_database()
        migrate(url)
        yield url


class Library:
    """Made-up pictures of one owner, and queries for them."""

    def __init__(self, owner: str, number: int, seed: int = 1) -> None:
        self.owner = owner
        self._random = np.random.default_rng([seed, number])
        self._centres = self._directions(max(1, number // PICTURES_A_CLUSTER))
        self.vectors = self._pictures(number)
        self.sha256s = [hashlib.sha256(f"{owner} {each}".encode()).hexdigest() for each in range(number)]

    def queries(self, number: int, *, related: bool) -> Vectors:
        """(number, d)."""
        return self._pictures(number) if related else self._directions(number)

    def _pictures(self, number: int) -> Vectors:
        which = self._random.integers(len(self._centres), size=number)
        pictures = np.empty((number, DIMENSION), np.float32)
        for first in range(0, number, 8192):
            part = slice(first, first + 8192)
            near = self._centres[which[part]]
            pictures[part] = _unit(near + NOISE * self._directions(len(near)))
        return pictures

    def _directions(self, number: int) -> Vectors:
        return _unit(self._random.standard_normal((number, DIMENSION), dtype=np.float32))


def _unit(vectors: NDArray[Any]) -> Vectors:
    result: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return result


def store_blobs(url: str, library: Library) -> UUID:
    """Blob rows of a library, so that its pictures may have vectors; the owner's id."""
    database = PostgresDatabase(url)
    with database.transaction(library.owner):
        pass
    database.close()
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT id FROM owners WHERE slug = %s", [library.owner]).fetchone()
        assert found is not None
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY blobs (owner_id, sha256, size_bytes, media_type) FROM STDIN") as copy,
        ):
            for sha256 in library.sha256s:
                copy.write_row((found[0], sha256, 1, "image/png"))
    owner_id: UUID = found[0]
    return owner_id


def store(url: str, library: Library, model: VectorModel = CLIP) -> float:
    """Keep a library's vectors as embeddings, as refpipe does; seconds for the vectors alone."""
    store_blobs(url, library)
    database = PostgresDatabase(url)
    began = time.perf_counter()
    with database.transaction(library.owner) as records:
        records.embeddings.put(model, dict(zip(library.sha256s, library.vectors, strict=True)))
    took = time.perf_counter() - began
    database.close()
    return took


def settle(url: str) -> None:
    """What autovacuum does sooner or later: statistics, and the visibility map."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE embeddings_768")
        connection.execute("CHECKPOINT")


class Truth:
    """The exact answers over some libraries together, by numpy, of vectors in half precision."""

    def __init__(self, queries: Vectors, *libraries: Library) -> None:
        sha256s = (sha256 for library in libraries for sha256 in library.sha256s)
        self._place = {sha256: number for number, sha256 in enumerate(sha256s)}
        exact = queries.astype(np.float16).astype(np.float32)
        parts = [
            exact @ library.vectors[first : first + 8192].astype(np.float16).astype(np.float32).T
            for library in libraries
            for first in range(0, len(library.vectors), 8192)
        ]
        self._cosines: Vectors = np.concatenate(parts, axis=1)
        asked = min(RESULTS_ASKED, self._cosines.shape[1])
        self._least = np.partition(self._cosines, -asked, axis=1)[:, -asked]
        self._asked = asked

    def recall(self, number: int, found: list[str]) -> float:
        """Share of the nearest that was found; one as near as the last of them counts."""
        cosines = [self._cosines[number, self._place[sha256]] for sha256 in dict.fromkeys(found)]
        return sum(cosine >= self._least[number] - 1e-5 for cosine in cosines) / self._asked


def interleaved(ways: Mapping[str, Way], calls: int) -> dict[str, list[float]]:
    """Milliseconds a call: for each way the median of each round. A call is given its number in the round."""
    for way in ways.values():
        for call in range(min(3, calls)):
            way(call)
    medians: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for call in range(calls):
            for name, way in ways.items():
                began = time.perf_counter()
                way(call)
                taken[name].append(1000 * (time.perf_counter() - began))
        for name, values in taken.items():
            medians[name].append(median(values))
    return medians


def span(values: list[float], digits: int = 3) -> str:
    """``median (least – most)``."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} – {max(values):.{digits}f})"


def ratio(ours: list[float], theirs: list[float]) -> float:
    """Median of the rounds' ratios."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def as_half(query: Vector) -> Any:
    """A parameter for raw psycopg."""
    from pgvector import HalfVector

    return HalfVector(query)


GRAPH = f"HNSW with {LINKS} links"
