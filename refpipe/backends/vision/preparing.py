"""Pictures made ready for a model that sees: decoded, upright, 8-bit RGB, brought to the model's size.

Belongs here: what is done to pixels before a model sees them, the same for every model, and its version. Does not:
which size a model wants (its files say so), the models.

A JPEG is decoded at a half, a quarter or an eighth where that still leaves twice the wanted size, so that a large
photograph costs about a third; the difference stays under one grey level in the mean. Resizing is antialiased, and
geometry and rounding are those of open_clip and torchvision. Colour profiles are left aside, as models were trained.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from refpipe.domain.errors import RefusedInputError

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

PREPROCESSING = "pictures-1"
"""Raise it whenever the same picture reaches the same model with other pixels."""

_LEAST_SIDE_PX, _MOST_SIDE_PX, _MOST_PIXELS = 16, 20_000, 100_000_000
_DRAFT_FACTOR = 2
"""Draft decoding leaves this many times the wanted side; with 1 the mean difference was over two grey levels."""
_WIDE_GREY = ("I;16", "I;16L", "I;16B", "I;16N", "I")
_WITH_ALPHA = ("RGBA", "LA", "PA", "La", "RGBa")
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, MemoryError, OverflowError, struct.error, zlib.error)
"""In all of these ways Pillow tells of damage."""


class Fit(StrEnum):
    """How a picture of another shape fills the model's."""

    SHORTEST = "shortest"
    """Scaled until it covers, the middle is kept."""
    LONGEST = "longest"
    """Scaled until it fits, the rest is filled."""
    SQUASH = "squash"
    """Both sides scaled, the shape is lost, nothing is cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a picture lands: scaled to ``height_px`` x ``width_px``, then moved by ``top`` and ``left``, pixels.

    Negative: cut off there; positive: filled.
    """

    height_px: int
    width_px: int
    top: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What a model wants to see. ``edge_px``: the shortest side before the middle is cut out (SHORTEST only; None:
    just covering). ``mean`` and ``std`` of red, green, blue in 0..1; ``fill`` in 0..255.
    """

    height_px: int
    width_px: int
    fit: Fit
    mean: tuple[float, ...]
    std: tuple[float, ...]
    is_bicubic: bool = True
    edge_px: int | None = None
    fill: int = 0

    def place(self, height: int, width: int) -> Placed:
        """Where an upright picture of this size lands."""
        if self.fit is Fit.SQUASH:
            return Placed(height_px=self.height_px, width_px=self.width_px, top=0, left=0)
        scaled_height, scaled_width = self._scaled(height, width)
        return Placed(
            height_px=scaled_height,
            width_px=scaled_width,
            top=_offset(scaled_height, self.height_px),
            left=_offset(scaled_width, self.width_px),
        )

    def _scaled(self, height: int, width: int) -> tuple[int, int]:
        ratios = (height / self.height_px, width / self.width_px)
        if self.fit is Fit.LONGEST:
            return max(1, round(height / max(ratios))), max(1, round(width / max(ratios)))
        edge = self.edge_px or (self.height_px if self.height_px == self.width_px else None)
        if edge is None:
            return (
                max(self.height_px, round(height / min(ratios))),
                max(self.width_px, round(width / min(ratios))),
            )
        # torchvision cuts the longer side off to whole pixels, it does not round
        return (edge, int(edge * width / height)) if height <= width else (int(edge * height / width), edge)


def _offset(scaled: int, wanted: int) -> int:
    return (wanted - scaled) // 2 if scaled < wanted else -round((scaled - wanted) / 2.0)


def prepare(picture: bytes, preparation: Preparation) -> Tensor:
    """The picture as the model sees it before normalisation: uint8 (3, height, width).

    Raises RefusedInputError for what is no PNG, JPEG or WebP picture within the limits, or is damaged.
    """
    import torch

    rgb = decode(picture, least_px=_DRAFT_FACTOR * max(preparation.height_px, preparation.width_px))
    pixels = torch.from_numpy(rgb).permute(2, 0, 1)
    placed = preparation.place(*rgb.shape[:2])
    return _put(pixels, placed, preparation, is_bicubic=preparation.is_bicubic, fill=preparation.fill)


def prepare_mask(mask_png: bytes, picture: bytes, preparation: Preparation) -> Tensor:
    """The mask of an upright picture, brought to where the picture lands: float shares (height, width) in 0..1.

    It may be of another size than the picture. Raises RefusedInputError.
    """
    import torch

    shares = torch.from_numpy(decode_mask(mask_png)).unsqueeze(0)
    placed = preparation.place(*upright_size(picture))
    return _put(shares, placed, preparation, is_bicubic=False, fill=0).squeeze(0)


def _put(pixels: Tensor, placed: Placed, preparation: Preparation, *, is_bicubic: bool, fill: int) -> Tensor:
    """Pixels (c, H, W) scaled and moved to (c, height, width)."""
    import torch

    scaled = torch.nn.functional.interpolate(
        pixels.unsqueeze(0),
        (placed.height_px, placed.width_px),
        mode="bicubic" if is_bicubic else "bilinear",
        antialias=True,
    ).squeeze(0)
    top, left = placed.top, placed.left
    kept = scaled[:, max(-top, 0) :, max(-left, 0) :][:, : preparation.height_px, : preparation.width_px]
    height, width = kept.shape[1:]
    if (height, width) == (preparation.height_px, preparation.width_px):
        return kept.contiguous()
    whole = kept.new_full((kept.shape[0], preparation.height_px, preparation.width_px), fill)
    whole[:, max(top, 0) : max(top, 0) + height, max(left, 0) : max(left, 0) + width] = kept
    return whole


def upright_size(picture: bytes) -> tuple[int, int]:
    """Height and width as seen, without decoding the pixels. Raises RefusedInputError."""
    with _opened(picture) as image:
        width, height = image.size
        turned = image.getexif().get(0x0112, 1) in {5, 6, 7, 8}
    return (width, height) if turned else (height, width)


def decode(picture: bytes, *, least_px: int | None = None) -> NDArray[np.uint8]:
    """Upright RGB (H, W, 3), 8 bits; 16 bits are scaled, transparency shows white. With ``least_px`` a JPEG may come
    smaller, its shorter side not under that. Raises RefusedInputError.
    """
    from PIL import ImageOps

    try:
        with _opened(picture) as image:
            if least_px is not None and image.format in {"JPEG", "MPO"}:
                image.draft(None, (least_px, least_px))
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return _rgb(image)
    except RefusedInputError:
        raise
    except _DAMAGE:
        raise RefusedInputError("is damaged or cut short", field="picture") from None


def decode_mask(png: bytes) -> NDArray[np.float32]:
    """A mask as shares (H, W) in 0..1. Raises RefusedInputError."""
    try:
        with _opened(png, field="mask") as image:
            image.load()
            wide = image.mode in _WIDE_GREY
            values = np.asarray(image if wide else image.convert("L"), np.float32)
    except RefusedInputError:
        raise
    except _DAMAGE:
        raise RefusedInputError("is damaged or cut short", field="mask") from None
    return values / np.float32(65535.0 if wide else 255.0)


def _opened(picture: bytes, *, field: str = "picture") -> Image:
    """The picture with its header read. Refuses other formats and sizes before anything large is decoded."""
    import PIL.Image

    try:
        with warnings.catch_warnings():
            # our own limit is told, not the module's warning
            warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
            image: Any = PIL.Image.open(BytesIO(picture), formats=("PNG", "JPEG", "WEBP"))
    except (*_DAMAGE, PIL.Image.DecompressionBombError):
        raise RefusedInputError("is no PNG, JPEG or WebP picture", field=field) from None
    width, height = image.size
    if min(width, height) < _LEAST_SIDE_PX or max(width, height) > _MOST_SIDE_PX or width * height > _MOST_PIXELS:
        limits = f"sides of {_LEAST_SIDE_PX} to {_MOST_SIDE_PX} pixels, {_MOST_PIXELS} in all"
        raise RefusedInputError(f"is {width}x{height}; what is read has {limits}", field=field)
    return image  # type: ignore[no-any-return]  # the opened file is an Image


def _rgb(image: Image) -> NDArray[np.uint8]:
    import PIL.Image

    if image.mode in _WIDE_GREY:
        # convert() would clip to 255
        grey = np.rint(np.asarray(image).astype(np.float32) / 257.0).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        seen = image.convert("RGBA")
        if seen.getchannel("A").getextrema() == (255, 255):
            return np.array(seen.convert("RGB"))
        white = PIL.Image.new("RGBA", seen.size, "white")
        white.alpha_composite(seen)
        return np.array(white.convert("RGB"))
    return np.array(image.convert("RGB"))
