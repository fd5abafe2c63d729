"""A text–image model that needs no weights: a picture's vector is its own colours, small. The port for real.

The same bytes give the same vector, other pictures another. Words land on a colour of their own; that they mean
anything is not claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from io import BytesIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.vectors import Vector, VectorModel, Vectors

SIDE_PX = 16
DIMENSION = SIDE_PX * SIDE_PX * 3


class PixelModel:
    """Implements TextImageModel. ``seen`` counts the pictures that were asked for; ``before`` may raise what a test
    wants, with the number of the picture.
    """

    def __init__(self, *, name: str = "pixels", before: Callable[[int], None] | None = None) -> None:
        self.model = VectorModel(name=name, revision="1", preprocessing="1", dimension=DIMENSION)
        self.seen = 0
        self._before = before

    def embed_pictures(self, pictures: Iterable[bytes]) -> Iterator[Vector | RefusedInputError]:
        for picture in pictures:
            self.seen += 1
            if self._before is not None:
                self._before(self.seen)
            yield _answer(picture)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        colours = [np.frombuffer(sha256(text.encode()).digest()[:3], np.uint8) for text in texts]
        return np.array([_unit(np.tile(colour, SIDE_PX * SIDE_PX)) for colour in colours], np.float32)


def _answer(picture: bytes) -> Vector | RefusedInputError:
    try:
        small = Image.open(BytesIO(picture)).convert("RGB").resize((SIDE_PX, SIDE_PX))
    except (UnidentifiedImageError, OSError) as error:
        return RefusedInputError(str(error), field="picture")
    return _unit(np.asarray(small).ravel())


def _unit(values: np.ndarray) -> Vector:  # type: ignore[type-arg]
    whole = values.astype(np.float32) + 1.0  # black has a direction too
    return (whole / np.linalg.norm(whole)).astype(np.float32)
