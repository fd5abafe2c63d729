"""A feature extractor that sees colours only, and a generator whose characters are colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from io import BytesIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from refpipe.domain.camera import ViewBin
from refpipe.domain.consistency import BinCalibration, Calibration
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.generation import GeneratedImage, ImageRequest
from refpipe.domain.vectors import Vector, VectorModel, Vectors
from refpipe_tests.fakes.image_generator import DrawingGenerator

_SIDE = 8
RED, BLUE, PURPLE = (200, 40, 40), (40, 40, 200), (140, 40, 120)


class ColourFeatures:
    """Implements FeatureExtractor: mean colours of 8 × 8 places. ``seen`` counts pictures, ``calls`` batches."""

    def __init__(self, revision: str = "1") -> None:
        self._model = VectorModel(name="colours", revision=revision, preprocessing="1", dimension=3 * _SIDE * _SIDE)
        self.seen = self.calls = 0

    @property
    def model(self) -> VectorModel:
        return self._model

    def features(self, pictures: Iterable[bytes]) -> Iterator[Vector | RefusedInputError]:
        self.calls += 1
        for picture in pictures:
            self.seen += 1
            yield self._vector(picture)

    def patches(self, picture: bytes, mask_png: bytes | None = None) -> Vectors:
        raise NotImplementedError("no test asks for patches of colours")

    def _vector(self, picture: bytes) -> Vector | RefusedInputError:
        try:
            image = Image.open(BytesIO(picture)).convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX)
        except (UnidentifiedImageError, OSError) as error:
            return RefusedInputError(str(error), field="picture")
        numbers = np.asarray(image, np.float32).ravel() / 255 - 0.5
        return np.asarray(numbers / np.linalg.norm(numbers), np.float32)


def calibration_of(extractor: ColourFeatures, *, version: str = "1", blind: tuple[ViewBin, ...] = ()) -> Calibration:
    """Red beside red is 100, red beside blue 0, beside purple in between; ``blind`` views decide nothing."""
    sees = BinCalibration(slope=20, intercept=-13, different_below=0.2, same_from=0.9, same=99, other=99)
    blank = replace(sees, why_not="too few pairs")
    return Calibration(
        model=extractor.model, version=version, bins={view: blank if view in blind else sees for view in ViewBin}
    )


class ColourGenerator(DrawingGenerator):
    """Every picture is ``colour`` all over, but for shots in ``others``; one pixel tells the shots apart."""

    def __init__(self, colour: tuple[int, int, int] = RED, others: Mapping[str, tuple[int, int, int]] | None = None):
        super().__init__()
        self.colour, self.others = colour, dict(others or {})

    def generate(self, request: ImageRequest) -> GeneratedImage:
        made = super().generate(request)
        size = (request.size.width_px, request.size.height_px)
        image = Image.new("RGB", size, self.others.get(request.shot.slug, self.colour))
        mark = sum(map(ord, f"{request.shot.slug} {request.outfit.slug}"))
        image.putpixel((0, 0), (mark % 256, mark // 256 % 256, self.colour[2]))
        encoded = BytesIO()
        image.save(encoded, "PNG")
        return replace(made, picture_png=encoded.getvalue())
