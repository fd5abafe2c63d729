"""Models that see: identity features, and pictures and words in one space.

Belongs here: what is asked of such models. Does not: which models there are, what their answers mean (calibrations).

Both read pictures as encoded bytes, in batches of their own, and yield in the order given. One bad picture never stops
the others: in its place stands the error that says why it cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.vectors import Vector, VectorModel, Vectors


class FeatureExtractor(Protocol):
    """Sees who or what is shown: two pictures of one subject lie closer than pictures of two (R-QA-1)."""

    @property
    def model(self) -> VectorModel: ...

    def features(self, pictures: Iterable[bytes]) -> Iterator[Vector | RefusedInputError]:
        """The picture's whole-image (CLS) vector, length 1."""
        ...

    def patches(self, picture: bytes, mask_png: bytes | None = None) -> Vectors:
        """Vectors of the picture's patches (n, d); with a mask only those whose larger part lies on the subject.

        Raises RefusedInputError for what cannot be read.
        """
        ...


class TextImageModel(Protocol):
    """Pictures and words in one space (R-SRCH-4)."""

    @property
    def model(self) -> VectorModel: ...

    def embed_pictures(self, pictures: Iterable[bytes]) -> Iterator[Vector | RefusedInputError]: ...

    def embed_texts(self, texts: Sequence[str]) -> Vectors: ...
