"""A generator whose pictures are really bad until it is given the remedy, and a scorer that measures it in the bytes.

Both are the ports for real. The picture is a disc with a light stripe on its left, on a grey ground: simple
enough for each fault to be measured without doubt, and one at a time, the first that is found.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, UnidentifiedImageError

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.generation import Capabilities, GeneratedImage, ImageRequest, Remedy, Size
from refpipe.domain.quality import CompositionParts, Expected, FailureReason, QualityParts, Scored, TechnicalParts
from refpipe_tests.fakes.image_generator import DrawingGenerator

SIZE = Size(96, 144)
GROUND, DISC, STRIPE = 120, 60, 200
Gray = NDArray[np.float64]


def _figure(*, centre: tuple[float, float] = (48, 72), radius: float = 30, is_mirrored: bool = False) -> Image.Image:
    image = Image.new("L", (SIZE.width_px, SIZE.height_px), GROUND)
    x, y = centre
    draw = ImageDraw.Draw(image)
    draw.circle(centre, radius, fill=DISC)
    side = radius / 2 if is_mirrored else -radius / 2
    draw.rectangle((x + side - radius / 8, y - radius / 2, x + side + radius / 8, y + radius / 2), fill=STRIPE)
    return image


def _noisy(image: Image.Image) -> Image.Image:
    grain = np.random.default_rng(3).normal(0, 25, (SIZE.height_px, SIZE.width_px))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 6, 249).astype(np.uint8))


def _mosaic(image: Image.Image) -> Image.Image:
    small = image.resize((SIZE.width_px // 8, SIZE.height_px // 8), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.NEAREST)


DEFECTS: Mapping[FailureReason, Callable[[Image.Image], Image.Image]] = {
    FailureReason.EMPTY: lambda image: Image.new("L", image.size, GROUND),
    FailureReason.TOO_SMALL: lambda image: image.resize((48, 72)),
    FailureReason.BLURRED: lambda image: image.filter(ImageFilter.GaussianBlur(6)),
    FailureReason.NOISY: _noisy,
    FailureReason.OVEREXPOSED: lambda image: image.point(lambda value: min(255, value + 140)),
    FailureReason.UNDEREXPOSED: lambda image: image.point(lambda value: max(0, value - 125)),
    FailureReason.LOW_CONTRAST: lambda image: image.point(lambda value: GROUND + (value - GROUND) // 8),
    FailureReason.BLOCKY: _mosaic,
    FailureReason.WRONG_FRAMING: lambda _: _figure(centre=(30, 40)),
    FailureReason.WRONG_SCALE: lambda _: _figure(radius=15),
    FailureReason.WRONG_VIEW: lambda _: _figure(is_mirrored=True),
    FailureReason.UNREADABLE: lambda image: image,  # cut off when it is encoded
}


def cure(reason: FailureReason, strength: int = 1) -> Remedy:
    return Remedy(parameters={f"cure_{reason.value}": strength})


class DefectiveGenerator:
    """``defects`` names each shot's faults; one goes away when its cure is as strong as ``strength`` asks.

    ``seeds`` bad seeds come first: with ``varies_with_seed`` the fault also goes away by another seed.
    """

    def __init__(
        self,
        defects: Mapping[str, tuple[FailureReason, ...]],
        *,
        remedies: Mapping[str, tuple[Remedy, ...]] | None = None,
        strength: int = 1,
        varies_with_seed: bool = False,
        good_from_call: int | None = None,
        max_concurrency: int = 1,
    ) -> None:
        self.requests: list[ImageRequest] = []
        self._defects, self._strength, self._good_from_call = defects, strength, good_from_call
        self._drawing = DrawingGenerator()
        self._lock = threading.Lock()
        every = {reason.value: (cure(reason),) for reason in DEFECTS}
        self._capabilities = replace(
            self._drawing.capabilities,
            remedies=every if remedies is None else remedies,
            varies_with_seed=varies_with_seed,
            max_concurrency=max_concurrency,
        )

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def generate(self, request: ImageRequest) -> GeneratedImage:
        with self._lock:
            self.requests.append(request)
            calls = len(self.requests)
        image = _figure()
        left = [reason for reason in self._defects.get(request.shot.slug, ()) if not self._is_cured(reason, request)]
        if self._good_from_call is not None and calls >= self._good_from_call:
            left = []
        for reason in left:
            image = DEFECTS[reason](image)
        encoded = BytesIO()
        image.save(encoded, "PNG")
        picture = encoded.getvalue()
        if FailureReason.UNREADABLE in left:
            picture = picture[: len(picture) // 2]
        return replace(self._drawing.generate(request), picture_png=picture, guides=None)

    def _is_cured(self, reason: FailureReason, request: ImageRequest) -> bool:
        return int(request.parameters.get(f"cure_{reason.value}", 0)) >= self._strength


class MeasuringScorer:
    """Implements ImageScorer on pictures of the figure above; ``scored`` counts the pictures it has seen."""

    name = "measuring@1"

    def __init__(self) -> None:
        self.scored = 0

    def score(self, picture: bytes, expected: Expected) -> Scored:
        self.scored += 1
        try:
            image = Image.open(BytesIO(picture))
            gray = np.asarray(image.convert("L"), dtype=np.float64)
        except (UnidentifiedImageError, OSError) as error:
            raise RefusedInputError(str(error)) from error
        faults = _first_fault(gray, expected.size)
        quality, technical = {"sharpness": 100.0}, {"presence": 100.0}
        for part in faults:
            (technical if part in TechnicalParts.__slots__ else quality)[part] = 0.0
        return Scored(
            quality=QualityParts(**quality),
            technical=TechnicalParts(**technical),
            composition=CompositionParts(),
            scorer=self.name,
        )


def _first_fault(gray: Gray, size: Size) -> tuple[str, ...]:
    low, high = np.percentile(gray, (2, 98))
    share_dark, share_light = float(np.mean(gray <= 5)), float(np.mean(gray >= 250))
    edge = np.abs(gray - np.median(gray)) > 0.25 * (high - low)
    tests: dict[str, Callable[[], bool]] = {
        "resolution": lambda: gray.shape != (size.height_px, size.width_px),
        "presence": lambda: float(np.std(gray)) < 1,
        "noise": lambda: float(np.std(gray[:8])) > 6,
        "highlights": lambda: share_light > 0.3,
        "shadows": lambda: share_dark > 0.3,
        "contrast": lambda: high - low < 40,
        "blockiness": lambda: _is_mosaic(gray),
        "sharpness": lambda: float(np.abs(np.diff(gray, axis=1)).max()) < 0.25 * (high - low),
        "place": lambda: abs(float(np.argwhere(edge)[:, 1].mean()) - 48) > 8,
        "scale": lambda: not 0.6 < float(edge.mean()) / 0.19 < 1.5,
        "outline": lambda: float(gray[60:84, 20:44].max()) < float(gray[60:84, 52:76].max()),
    }
    return next(((name,) for name, is_bad in tests.items() if is_bad()), ())


def _is_mosaic(gray: Gray) -> bool:
    blocks = gray.reshape(gray.shape[0] // 8, 8, gray.shape[1] // 8, 8)
    return float(blocks.std(axis=(1, 3)).max()) == 0.0
