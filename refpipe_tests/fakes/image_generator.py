"""An image generator that draws a small deterministic picture at once: the port for real, without a renderer."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageDraw

from refpipe.domain.camera import punch_in
from refpipe.domain.errors import PermanentFailureError
from refpipe.domain.generation import (
    CameraUsed,
    Capabilities,
    GeneratedImage,
    Guides,
    ImageRequest,
    ModelId,
    Size,
    fingerprint,
)


class DrawingGenerator:
    """Draws one disc on a ground, both coloured by the request's fingerprint.

    ``failing`` names shots that fail; ``break_on`` may raise whatever a test wants for a request;
    ``requests`` keeps what was asked for.
    """

    def __init__(
        self,
        *,
        failing: tuple[str, ...] = (),
        break_on: Callable[[ImageRequest], None] | None = None,
        takes_prompt: bool = False,
        takes_seed: bool = True,
        max_references: int = 0,
        name: str = "drawing",
        revision: str = "1",
        max_concurrency: int = 1,
    ) -> None:
        self.failing = set(failing)
        self.break_on = break_on
        self.requests: list[ImageRequest] = []
        self._capabilities = Capabilities(
            model=ModelId(name, revision),
            sizes=None,
            max_side_px=4096,
            max_references=max_references,
            takes_seed=takes_seed,
            takes_prompt=takes_prompt,
            takes_negative_prompt=takes_prompt,
            takes_guides=False,
            price_usd=0.0,
            max_concurrency=max_concurrency,
            licence="Apache-2.0",
            commercial_use=True,
        )

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def generate(self, request: ImageRequest) -> GeneratedImage:
        self.requests.append(request)
        if request.shot.slug in self.failing:
            raise PermanentFailureError(f"asked to fail for {request.shot.slug}")
        if self.break_on is not None:
            self.break_on(request)
        mark = zlib.crc32(fingerprint(request).encode())
        return GeneratedImage(
            picture_png=_picture(request.size, mark),
            size=request.size,
            camera=_camera(request),
            guides=_guides(request.size, mark),
            seconds=0.001,
        )


def _picture(size: Size, mark: int) -> bytes:
    image = Image.new("RGB", (size.width_px, size.height_px), (mark & 255, mark >> 8 & 255, mark >> 16 & 255))
    centre, radius = (size.width_px / 2, size.height_px / 3), size.width_px / 4
    ImageDraw.Draw(image).circle(centre, radius, fill=(mark >> 24 & 255, 128, 200))
    return _png(image)


def _png(image: Image.Image) -> bytes:
    encoded = BytesIO()
    image.save(encoded, "PNG")
    return encoded.getvalue()


def _guides(size: Size, mark: int) -> Guides:
    flat = _png(Image.new("L", (size.width_px, size.height_px), mark & 255))
    keypoints = json.dumps({"keypoints": [], "mark": mark}).encode()
    return Guides(depth_png=flat, normals_png=flat, mask_png=flat, edges_png=flat, keypoints_json=keypoints)


def _camera(request: ImageRequest) -> CameraUsed:
    shot = request.shot
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
        punch_in=punch_in(shot.lens_mm, shot.distance_m, shot.crop, pose=shot.pose.value),
        head_x=shot.thirds.line,
        headroom_share=0.1,
    )
