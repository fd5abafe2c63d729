"""What a text–image model says of a picture without having been taught the question: objects and types by nearness.

Belongs here: prompts to vectors, once a model; nearness to shares. Does not: prompts (data), fitting, the verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from refpipe.domain.asset_analysis import AssetType
from refpipe.domain.asset_vocabulary import AssetVocabulary
from refpipe.domain.ports.vision import TextImageModel
from refpipe.domain.vectors import Vector, Vectors

INPUTS = tuple(f"{says}_{kind.value}" for says in ("shows", "is_called") for kind in AssetType)
"""What ``ZeroShot.inputs`` measures."""

_LEAST = -30.0
"""Log shares below it say no more."""

Floats = NDArray[np.float64]


class ZeroShot:
    """A vocabulary in a model's space. Texts are embedded when they are first needed, and kept."""

    def __init__(self, model: TextImageModel, vocabulary: AssetVocabulary) -> None:
        self._model, self._vocabulary = model, vocabulary
        self._kinds = [each.kind for each in vocabulary.objects]

    @cached_property
    def _objects(self) -> Vectors:
        """(objects, d), each the mean of all its prompts, length 1."""
        prompts = [self._vocabulary.prompts_of(each) for each in self._vocabulary.objects]
        return self._means(prompts)

    @cached_property
    def _types(self) -> Vectors:
        """(types, d), as AssetType has them."""
        return self._means([list(self._vocabulary.prompts[kind]) for kind in AssetType])

    def inputs(self, picture: Vector, scale: float) -> dict[str, float]:
        """For each type the log share of its objects, and of the type's own prompts; cosines times ``scale``."""
        objects = _log_shares(scale * (self._objects @ picture).astype(np.float64))
        types = _log_shares(scale * (self._types @ picture).astype(np.float64))
        shows = {kind: np.logaddexp.reduce(objects[self._rows(kind)]) for kind in AssetType}
        said = {f"shows_{kind.value}": float(shows[kind]) for kind in AssetType}
        said |= {f"is_called_{kind.value}": float(share) for kind, share in zip(AssetType, types, strict=True)}
        return {name: max(share, _LEAST) for name, share in said.items()}

    def objects(self, picture: Vector, scale: float, kind: AssetType) -> list[tuple[str, float]]:
        """The type's objects with their shares among them, the likeliest first."""
        rows = self._rows(kind)
        shares = np.exp(_log_shares(scale * (self._objects[rows] @ picture).astype(np.float64)))
        names = [self._vocabulary.objects[row].name for row in rows]
        return sorted(zip(names, shares.tolist(), strict=True), key=lambda each: -each[1])

    def _rows(self, kind: AssetType) -> list[int]:
        return [row for row, each in enumerate(self._kinds) if each is kind]

    def _means(self, prompts: Sequence[Sequence[str]]) -> Vectors:
        told = self._model.embed_texts([text for each in prompts for text in each])
        ends = np.cumsum([len(each) for each in prompts])
        means = np.stack([part.mean(axis=0) for part in np.split(told, ends[:-1])])
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9), np.float32)


def _log_shares(scores: Floats) -> Floats:
    return np.asarray(scores - np.logaddexp.reduce(scores), np.float64)
