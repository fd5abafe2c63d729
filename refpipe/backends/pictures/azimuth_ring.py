"""A small plan seen from above: where the camera stood around the subject.

Belongs here: one glyph. Does not: captions, sheets.

Drawn in the plan of domain.camera: the subject in the middle faces down the page, so a camera in
front stands at the bottom and one on the subject's own left stands on the right.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from refpipe.domain.camera import camera_direction

if TYPE_CHECKING:
    from PIL.Image import Image

Rgb = tuple[int, int, int]

_OVERSAMPLING = 4
_HALF_VIEW_DEG = 17.0


def draw_ring(azimuth_deg: float, diameter_px: int, *, line: Rgb, subject: Rgb, camera: Rgb) -> Image:
    """The glyph as RGBA of ``diameter_px`` a side: ring, subject with its nose, camera with its view."""
    import PIL.Image
    import PIL.ImageDraw

    side = diameter_px * _OVERSAMPLING
    image = PIL.Image.new("RGBA", (side, side), (*line, 0))
    draw = PIL.ImageDraw.Draw(image)
    middle, dot = side / 2, side * 0.10
    radius = middle - dot
    direction = camera_direction(azimuth_deg, 0.0)
    eye = (middle + direction[0] * radius, middle - direction[1] * radius)
    towards_deg = math.degrees(math.atan2(middle - eye[1], middle - eye[0]))
    reach = radius * 1.35
    draw.pieslice(
        (eye[0] - reach, eye[1] - reach, eye[0] + reach, eye[1] + reach),
        towards_deg - _HALF_VIEW_DEG,
        towards_deg + _HALF_VIEW_DEG,
        fill=(*camera, 70),
    )
    width = max(1, round(side * 0.035))
    draw.ellipse(
        (middle - radius, middle - radius, middle + radius, middle + radius), outline=(*line, 255), width=width
    )
    head = side * 0.105
    nose = head * 1.75
    draw.polygon(
        [
            (middle - head * 0.62, middle + head * 0.6),
            (middle + head * 0.62, middle + head * 0.6),
            (middle, middle + nose),
        ],
        fill=(*subject, 255),
    )
    draw.ellipse((middle - head, middle - head, middle + head, middle + head), fill=(*subject, 255))
    draw.ellipse((eye[0] - dot, eye[1] - dot, eye[0] + dot, eye[1] + dot), fill=(*camera, 255))
    return image.resize((diameter_px, diameter_px), PIL.Image.Resampling.LANCZOS)
