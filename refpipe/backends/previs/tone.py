"""From linear light to a picture file: exposure, curve, sRGB, PNG.

Belongs here: what film and print do. Does not: light, noise, guides.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.scene import Floats

_SHOULDER = 0.62
"""Below this, light is printed as it is, so that colours read true; above, it rolls off towards white."""
_FAST = 1
"""PNG compression level: ten times as fast as the usual one, a little larger."""


def develop(linear: Floats) -> NDArray[np.uint8]:
    """Linear light (H, W, 3), 1 = white paper in full light → 8-bit sRGB (H, W, 3)."""
    room = 1 - _SHOULDER
    over = np.maximum(linear - _SHOULDER, 0)
    printed = np.minimum(linear, _SHOULDER) + room * (1 - np.exp(-over / room))
    steps = np.arange(4097) / 4096
    curve = np.where(steps <= 0.0031308, 12.92 * steps, 1.055 * steps ** (1 / 2.4) - 0.055)
    eight_bit = (curve * 255 + 0.5).astype(np.uint8)
    return np.asarray(eight_bit[(np.clip(printed, 0, 1) * 4096 + 0.5).astype(np.int32)])


def encode_png(picture: NDArray[Any]) -> bytes:
    """A PNG of grey (H, W) or RGB (H, W, 3) values, 8 or 16 bit. Raises ValueError for what PNG cannot hold."""
    import cv2

    ordered = picture[:, :, ::-1] if picture.ndim == 3 else picture
    good, encoded = cv2.imencode(".png", np.ascontiguousarray(ordered), [cv2.IMWRITE_PNG_COMPRESSION, _FAST])
    if not good:
        raise ValueError(f"no PNG for an array of {picture.shape} {picture.dtype}")
    return encoded.tobytes()
