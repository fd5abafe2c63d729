"""Tables of vectors that describe pictures.

Belongs here: what is stored of vectors, and which table keeps those of a kind and a dimension. Does not: writing,
reading and searching them, the indexes of large libraries (vector_indexes).

One table per dimension, model and revision in the key, so that vectors of different models are never compared; half
precision loses no recall and halves the disk. Vectors lie in their rows (STORAGE PLAIN, by migration): out of line an
exact scan would fetch each one from elsewhere. A vector goes when its picture does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from refpipe.backends.database.base import Base, to_blob


class _VectorKey:
    """Which vector of which picture: picture, model, revision and how the picture was prepared for it."""

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - a declared attribute of the class
        return (
            to_blob("picture_sha256", ondelete="CASCADE"),
            Index(None, "picture_sha256"),
            # the exact search reads a whole library: by this index in the order in which the rows lie on the disk,
            # by the key in the order of hashes, a page for each row
            Index(None, "owner_id", "model", "revision", "preprocessing"),
        )

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owners.id", ondelete="RESTRICT"), primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[str] = mapped_column(primary_key=True)
    preprocessing: Mapped[str] = mapped_column(primary_key=True)
    picture_sha256: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Features192Row(_VectorKey, Base):
    """Identity features of 192 numbers (R-QA-1): the CLS vector."""

    __tablename__ = "features_192"
    cls: Mapped[Any] = mapped_column(HALFVEC(192), deferred=True, nullable=False)


class Features384Row(_VectorKey, Base):
    """Identity features of 384 numbers (R-QA-1): the CLS vector."""

    __tablename__ = "features_384"
    cls: Mapped[Any] = mapped_column(HALFVEC(384), deferred=True, nullable=False)


class Features768Row(_VectorKey, Base):
    """Identity features of 768 numbers (R-QA-1): the CLS vector."""

    __tablename__ = "features_768"
    cls: Mapped[Any] = mapped_column(HALFVEC(768), deferred=True, nullable=False)


class Features1024Row(_VectorKey, Base):
    """Identity features of 1,024 numbers (R-QA-1): the CLS vector."""

    __tablename__ = "features_1024"
    cls: Mapped[Any] = mapped_column(HALFVEC(1024), deferred=True, nullable=False)


class Embedding512Row(_VectorKey, Base):
    """What a picture shows, as a text–image model of 512 numbers sees it."""

    __tablename__ = "embeddings_512"
    embedding: Mapped[Any] = mapped_column(HALFVEC(512), deferred=True, nullable=False)


class Embedding768Row(_VectorKey, Base):
    """What a picture shows, as a text–image model of 768 numbers sees it."""

    __tablename__ = "embeddings_768"
    embedding: Mapped[Any] = mapped_column(HALFVEC(768), deferred=True, nullable=False)


class Embedding1024Row(_VectorKey, Base):
    """What a picture shows, as a text–image model of 1,024 numbers sees it."""

    __tablename__ = "embeddings_1024"
    embedding: Mapped[Any] = mapped_column(HALFVEC(1024), deferred=True, nullable=False)


class Embedding1152Row(_VectorKey, Base):
    """What a picture shows, as a text–image model of 1,152 numbers sees it."""

    __tablename__ = "embeddings_1152"
    embedding: Mapped[Any] = mapped_column(HALFVEC(1152), deferred=True, nullable=False)
