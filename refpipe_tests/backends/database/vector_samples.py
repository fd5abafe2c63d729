"""Vectors with a fixed seed, and pictures for them, for the tests of vectors."""

from __future__ import annotations

import numpy as np

from refpipe.backends.database.session import PostgresDatabase
from refpipe.domain.ports import BlobRef
from refpipe.domain.ports.vectors import VectorKind
from refpipe.domain.vectors import VectorModel, Vectors
from refpipe_tests.backends.database.samples import sha

CLIP = VectorModel(name="clip", revision="r1", preprocessing="1", dimension=768)
IDENTITY = VectorModel(name="identity", revision="r1", preprocessing="1", dimension=192)


def unit(number: int, dimension: int, seed: int = 1) -> Vectors:
    """(number, dimension), rows of length 1 in no particular direction."""
    drawn = np.random.default_rng(seed).standard_normal((number, dimension)).astype(np.float32)
    vectors: Vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return vectors


def half(vectors: Vectors) -> Vectors:
    """As they come back from the database."""
    return vectors.astype(np.float16).astype(np.float32)


def named(owner: str, number: int) -> list[str]:
    return [sha(f"{owner}'s picture {each}") for each in range(number)]


def store_pictures(database: PostgresDatabase, owner: str, sha256s: list[str]) -> None:
    """Blob rows, so that the pictures may have vectors."""
    with database.transaction(owner) as records:
        records.blobs.name_all({f"pictures/{sha256}": BlobRef(sha256, 1, "image/png") for sha256 in sha256s})


def store_library(
    database: PostgresDatabase,
    owner: str,
    vectors: Vectors,
    model: VectorModel = CLIP,
    kind: VectorKind = VectorKind.EMBEDDINGS,
) -> list[str]:
    """Pictures of the owner with these vectors; their hashes."""
    sha256s = named(owner, len(vectors))
    store_pictures(database, owner, sha256s)
    with database.transaction(owner) as records:
        store = records.features if kind is VectorKind.FEATURES else records.embeddings
        store.put(model, dict(zip(sha256s, vectors, strict=True)))
    return sha256s
