"""Small pictures of assets and analysts for tests, drawn at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from refpipe.backends.asset_words import packaged_asset_vocabulary, packaged_colour_names
from refpipe.backends.vision.asset_fits import AssetFitFiles
from refpipe.backends.vision.grounds import seen
from refpipe.backends.vision.offline_analyst import OfflineAnalyst
from refpipe.domain.asset_analysis import AssetType
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.ports.asset_analyst import AssetToLookAt
from refpipe.domain.ports.vision import TextImageModel
from refpipe.domain.vectors import Vector, VectorModel, Vectors
from refpipe_tests.judged.assets.labelled import one

NOWHERE = Path("/nowhere")


def png(pixels: np.ndarray) -> bytes:
    """RGB or RGBA pixels as a PNG."""
    order = [2, 1, 0, 3][: pixels.shape[2]]
    good, data = cv2.imencode(".png", np.ascontiguousarray(pixels[..., order]))
    assert good
    return bytes(data.tobytes())


def word_on_transparency(colour: tuple[int, int, int], size: tuple[int, int] = (400, 200)) -> bytes:
    """A word in a colour, nothing behind it."""
    wide, high = size
    cover = np.zeros((high, wide), np.uint8)
    cv2.putText(cover, "NORD", (wide // 10, high * 2 // 3), cv2.FONT_HERSHEY_SIMPLEX, wide / 170, 255, 8, cv2.LINE_AA)
    plane = np.zeros((high, wide, 4), np.uint8)
    plane[..., :3] = colour
    plane[..., 3] = cover
    return png(plane)


def to_look_at(picture: bytes, **more: str | int) -> AssetToLookAt:
    return AssetToLookAt(**{"picture": picture, "original_bytes": len(picture), **more})  # type: ignore[arg-type]


@cache
def drawn(group: str, number: int = 0) -> bytes:
    """A labelled picture of dev as an upright PNG."""
    from refpipe.backends.pictures.picture_reader import PillowPictureReader

    return PillowPictureReader().read(one("dev", group, number).data).upright_png


def analyst(
    model: TextImageModel | None = None, fits: AssetFitFiles | None = None, why_no_model: str = ""
) -> OfflineAnalyst:
    return OfflineAnalyst(
        model=model,
        fits=fits or AssetFitFiles(NOWHERE),
        vocabulary=packaged_asset_vocabulary(),
        colour_names=packaged_colour_names(),
        why_no_model=why_no_model,
    )


class ColourWords:
    """A text–image model that sees a picture's mean colour, and in a text which type's words stand in it.

    Implements TextImageModel. Red pictures lie near texts of products, green ones near environments, blue near logos;
    ``batches`` keeps how many pictures were asked for at a time, ``texts`` how many texts.
    """

    def __init__(self) -> None:
        self.model = VectorModel(name="colour-words", revision="1", preprocessing="1", dimension=4)
        self.batches: list[int] = []
        self.texts = 0
        self._objects = {each.name: each.kind for each in packaged_asset_vocabulary().objects}

    def embed_pictures(self, pictures: Iterable[bytes]) -> Iterator[Vector | RefusedInputError]:
        given = list(pictures)
        self.batches.append(len(given))
        return iter([self._picture(each) for each in given])

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        return np.stack([self._text(text) for text in texts])

    def _picture(self, picture: bytes) -> Vector | RefusedInputError:
        try:
            mean = seen(picture).laid.reshape(-1, 3).mean(axis=0) / 255
        except RefusedInputError as error:
            return error
        return _unit([*mean, 0.1])

    def _text(self, text: str) -> Vector:
        axis = {AssetType.PRODUCT: 0, AssetType.ENVIRONMENT: 1, AssetType.LOGO: 2}
        kinds = [kind for name, kind in self._objects.items() if name in text]
        kinds += [kind for kind in AssetType if kind.value in text]
        row = [0.0, 0.0, 0.0, 0.3]
        for kind in kinds:
            row[axis.get(kind, 3)] += 1
        return _unit(row)


def _unit(row: Sequence[float]) -> Vector:
    values = np.array(row, np.float32)
    return np.asarray(values / np.linalg.norm(values), np.float32)
