"""An image generator that paints at once: real port, real PNG, no body, no light."""

from __future__ import annotations

import time
from collections.abc import Collection
from io import BytesIO

from refpipe.domain.errors import PermanentFailureError
from refpipe.domain.generation import CameraUsed, Capabilities, GeneratedImage, ImageRequest, ModelId
from refpipe.domain.shots import ReferenceShot


class FastImageGenerator:
    """Paints a figure of a few rectangles. Fails for the shots in ``broken``; each picture takes ``seconds``."""

    def __init__(self, *, broken: Collection[str] = (), seconds: float = 0.0) -> None:
        self.broken = frozenset(broken)
        self.seconds = seconds
        self.asked: list[str] = []

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            model=ModelId("fast-test-images", "1"),
            sizes=None,
            max_side_px=4096,
            max_references=0,
            takes_seed=True,
            takes_prompt=False,
            takes_negative_prompt=False,
            takes_guides=False,
            price_usd=0.0,
            max_concurrency=1,
            licence="Apache-2.0",
            commercial_use=True,
        )

    def generate(self, request: ImageRequest) -> GeneratedImage:
        self.asked.append(request.shot.slug)
        # in small steps, as a renderer's samples: an interrupt need not wait for the whole picture
        for _ in range(int(self.seconds * 100)):
            time.sleep(0.01)
        if request.shot.slug in self.broken:
            raise PermanentFailureError(f"{request.shot.slug} is out of film")
        return GeneratedImage(
            picture_png=_paint(request), size=request.size, camera=_camera(request.shot), guides=None, seconds=0.0
        )


def _camera(shot: ReferenceShot) -> CameraUsed:
    return CameraUsed(
        lens_mm=shot.lens_mm,
        azimuth_deg=shot.azimuth_deg,
        elevation_deg=shot.elevation_deg,
        distance_m=shot.distance_m,
        subject_yaw_deg=shot.subject_yaw_deg,
        gaze=shot.gaze.value,
        thirds=shot.thirds.value,
        headroom=shot.headroom.value,
        f_stop=shot.f_stop,
        punch_in=1.5,
        head_x=shot.thirds.line,
        headroom_share=0.08,
    )


def _paint(request: ImageRequest) -> bytes:
    from PIL import Image, ImageDraw

    width, height = request.size.width_px, request.size.height_px
    picture = Image.new("RGB", (width, height), "#b9bcc2")
    draw = ImageDraw.Draw(picture)
    centre, unit = request.shot.thirds.line * width, width / 8
    skin, worn = request.physical.skin, request.outfit.garments[0].colour
    draw.rectangle((centre - 1.5 * unit, 5 * unit, centre + 1.5 * unit, height), fill=worn)
    draw.ellipse((centre - unit, 2 * unit, centre + unit, 5 * unit), fill=skin)
    # one grey dot for each seed: another seed is another picture
    draw.point((request.seed % width, 0), fill="#808080")
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
