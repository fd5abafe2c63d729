"""Pictures with transparency, decoded and laid on a ground on which they are seen (R-LIB-5).

Belongs here: decoding with alpha, the choice of the ground. Does not: measuring.

On white, as most programs show it, a white logo is gone. The ground is white, black or grey, whichever differs from
the largest part of what is opaque; white where it serves as well as any.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from refpipe.domain.errors import RefusedInputError

GROUNDS = {"white": 255, "black": 0, "grey": 128}
_APART = 60.0
"""Grey levels that are seen apart without looking twice."""
_AS_GOOD = 0.05

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture's pixels (H, W, 3) or (H, W, 4), the same on a ground (H, W, 3), and the ground's name or ''."""

    pixels: Pixels
    laid: Pixels
    ground: str


def seen(picture: bytes) -> Seen:
    """Decode an upright 8-bit picture. Raises RefusedInputError for what is none."""
    import PIL.Image

    try:
        with PIL.Image.open(BytesIO(picture), formats=("PNG", "JPEG", "WEBP")) as image:
            has_alpha = "A" in image.getbands() or "transparency" in image.info
            pixels = np.asarray(image.convert("RGBA" if has_alpha else "RGB"))
    except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError) as error:
        raise RefusedInputError("is damaged or cut short", field="picture") from error
    if pixels.shape[2] == 3 or int(pixels[..., 3].min()) == 255:
        return Seen(pixels[..., :3], pixels[..., :3], "")
    name = _ground(pixels)
    return Seen(pixels, _laid(pixels, GROUNDS[name]), name)


def encoded(pixels: Pixels) -> bytes:
    """RGB pixels as a PNG, quickly."""
    import cv2

    good, data = cv2.imencode(".png", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not good:
        raise RefusedInputError("cannot be encoded", field="picture")
    return bytes(data.tobytes())


def _ground(pixels: Pixels) -> str:
    opaque = pixels[pixels[..., 3] >= 128][:, :3]
    if not len(opaque):
        return "white"
    # the largest difference of a channel: blue on black is dark, but it is seen
    channels = opaque.astype(np.int16)
    shares = {name: float((np.abs(channels - level).max(axis=1) > _APART).mean()) for name, level in GROUNDS.items()}
    best = max(shares.values())
    return next(name for name in GROUNDS if shares[name] >= best - _AS_GOOD)


def _laid(pixels: Pixels, level: int) -> Pixels:
    alpha = pixels[..., 3:].astype(np.float32) / 255
    return np.asarray(np.rint(pixels[..., :3] * alpha + level * (1 - alpha)), np.uint8)
