"""Read an uploaded picture: decide by its content whether it can be used, and make the copy for processing.

Belongs here: formats, limits, orientation, colour modes. Does not: what a picture shows.
Source: specification, platform.md, R-PLAT-11.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.generation import Size
from refpipe.domain.ports import ReadPicture

if TYPE_CHECKING:
    from PIL.Image import Image

_MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "MPO": "image/jpeg", "WEBP": "image/webp"}
_WIDE_GREY = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_SMALLEST_SIDE_PX = 16
_ORIENTATION, _LYING = 0x0112, (5, 6, 7, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class PillowPictureReader:
    """PNG, JPEG and WebP within limits; a plain value, safe to share between threads."""

    max_bytes: int = 50 * 1024 * 1024
    max_pixels: int = 100_000_000
    max_side_px: int = 20_000

    def read(self, data: bytes, *, source: str | None = None) -> ReadPicture:
        """See PictureReader. Refuses other formats, damaged files, and pictures beyond the limits."""
        with self._opened(data, source) as image:
            return _read_opened(image, data)

    def glance(self, data: bytes, *, source: str | None = None) -> Size:
        """See PictureReader."""
        with self._opened(data, source) as image:
            width, height = image.size
            is_turned = image.getexif().get(_ORIENTATION, 1) in _LYING
        return Size(height, width) if is_turned else Size(width, height)

    @contextmanager
    def _opened(self, data: bytes, source: str | None) -> Iterator[Image]:
        """The picture with its header read and its size checked; what goes wrong with it is refused."""
        try:
            self._check_bytes(data)
            with _damage_refused(self.max_pixels), _header_read(data) as image:
                self._check_size(image)
                yield image
        except RefusedInputError as error:
            raise RefusedInputError(error.reason, field="picture", source=source) from error

    def _check_bytes(self, data: bytes) -> None:
        if not data:
            raise RefusedInputError("is empty")
        if len(data) > self.max_bytes:
            size_mib = len(data) / 2**20
            raise RefusedInputError(f"has {size_mib:.1f} MiB; at most {self.max_bytes / 2**20:.0f} MiB are taken")

    def _check_size(self, image: Image) -> None:
        width, height = image.size
        if min(width, height) < _SMALLEST_SIDE_PX:
            raise RefusedInputError(f"is {width}x{height}; each side needs {_SMALLEST_SIDE_PX} pixels or more")
        if max(width, height) > self.max_side_px:
            raise RefusedInputError(f"is {width}x{height}; a side has at most {self.max_side_px} pixels")
        if width * height > self.max_pixels:
            raise RefusedInputError(f"is {width}x{height}; at most {self.max_pixels} pixels are taken")


@contextmanager
def _damage_refused(max_pixels: int) -> Iterator[None]:
    import PIL.Image

    try:
        yield
    except PIL.UnidentifiedImageError:
        raise RefusedInputError("is no PNG, JPEG or WebP picture") from None
    except PIL.Image.DecompressionBombError:
        raise RefusedInputError(f"has more than {max_pixels} pixels") from None
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, OverflowError) as error:
        # Pillow tells of damage in all of these ways
        raise RefusedInputError(f"is damaged or cut short ({_one_line(error)})") from error


def _header_read(data: bytes) -> Image:
    import PIL.Image

    # the module's own bomb warning would come before our limit and print to the terminal
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
        return PIL.Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP"))


def _read_opened(image: Image, data: bytes) -> ReadPicture:
    from PIL import ImageOps

    media_type = _MEDIA_TYPES[image.format or ""]
    notes: list[str] = []
    if getattr(image, "is_animated", False):
        notes.append("animation: first frame taken")
        image.seek(0)
    image.load()
    turned = ImageOps.exif_transpose(image)
    if image.getexif().get(_ORIENTATION, 1) not in {0, 1}:
        notes.append("turned upright as its EXIF says")
    plain = _eight_bit_rgb(_in_srgb(turned, notes), notes)
    plain.info.clear()
    encoded = BytesIO()
    plain.save(encoded, "PNG", compress_level=3)
    return ReadPicture(
        original=data,
        media_type=media_type,
        upright_png=encoded.getvalue(),
        size=Size(*plain.size),
        notes=tuple(notes),
    )


def _in_srgb(image: Image, notes: list[str]) -> Image:
    """Colours as sRGB where the file brings a profile of its own; a broken profile is left aside."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "CMYK"}:
        return image
    output = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return image
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=output)
    except (ImageCms.PyCMSError, OSError):
        notes.append("colour profile could not be read")
        return image
    notes.append("colours brought to sRGB")
    return converted or image


def _eight_bit_rgb(image: Image, notes: list[str]) -> Image:
    """RGB or, where there is transparency, RGBA; 16-bit values are scaled, since conversion would clip them."""
    if image.mode in _WIDE_GREY:
        notes.append("16-bit grey scaled to 8 bits")
        return _scaled_grey(image)
    if image.mode == "CMYK":
        notes.append("CMYK turned into RGB")
        return image.convert("RGB")
    has_alpha = image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")


def _scaled_grey(image: Image) -> Image:
    import PIL.Image

    values = np.asarray(image).astype(np.float64)
    full_scale = 65535.0 if values.max(initial=0.0) > 255.0 or image.mode.startswith("I;16") else 255.0
    grey = np.clip(np.rint(values * (255.0 / full_scale)), 0, 255).astype(np.uint8)
    return PIL.Image.fromarray(grey).convert("RGB")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
