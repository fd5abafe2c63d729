"""Pictures as Dagster's pages can show them. Belongs here: what fits the pages' limits. Does not: files for people.

The pages draw Markdown of up to 1,000 characters where it stands, and put anything longer behind a
"Show Markdown" link. They allow data URIs. So a picture goes in twice: as a small view that is seen at
once, and as a large one that opens on demand. Neither needs a server of ours to be up.
"""

from io import BytesIO
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from PIL import Image

INLINE_LIMIT = 1000
"""Characters of Markdown that the pages still draw inline (dagster-webserver 1.13)."""
_BYTES_PER_BASE64_QUAD = 3
_QUAD = 4
_INLINE_SIDES_PX = (168, 144, 120, 96, 72, 48)
_INLINE_QUALITIES = (45, 25)
_REDUCED_PX = 2 * _INLINE_SIDES_PX[0]
_SMALLEST = (32, 10)
_WRAPPING = len("![](data:image/webp;base64,)")


class PictureViews:
    """Views of one encoded picture that refpipe itself made; it is decoded once."""

    def __init__(self, picture: bytes) -> None:
        from PIL import Image

        with Image.open(BytesIO(picture)) as opened:
            self._image = opened.convert("RGB")
        self._small: dict[str, dg.MarkdownMetadataValue] = {}

    def small(self, name: str) -> dg.MarkdownMetadataValue:
        """A view that the pages draw where it stands; made once, since finding what fits takes several tries."""
        if name not in self._small:
            view = _inline_view(_fitted(self._image, _REDUCED_PX), name)
            self._small[name] = dg.MetadataValue.md(_markdown(name, view))
        return self._small[name]

    def large(self, name: str, *, longest_px: int, quality: int = 80) -> dg.MarkdownMetadataValue:
        """A view of at most ``longest_px`` a side, which the pages open on demand. ``quality`` is WebP's, 1–100."""
        return dg.MetadataValue.md(_markdown(name, _webp(_fitted(self._image, longest_px), quality)))


def _fitted(image: "Image.Image", longest_px: int) -> "Image.Image":
    from PIL import Image

    smaller = image.copy()
    smaller.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return smaller


def _inline_view(image: "Image.Image", name: str) -> bytes:
    """The largest view, then the best quality, that stays within the limit."""
    room = (INLINE_LIMIT - _WRAPPING - len(name)) // _QUAD * _BYTES_PER_BASE64_QUAD
    for side_px in _INLINE_SIDES_PX:
        view = _fitted(image, side_px)
        for quality in _INLINE_QUALITIES:
            encoded = _webp(view, quality)
            if len(encoded) <= room:
                return encoded
    side_px, quality = _SMALLEST
    return _webp(_fitted(image, side_px), quality)


def _webp(image: "Image.Image", quality: int) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()


def _markdown(name: str, webp: bytes) -> str:
    from base64 import b64encode

    return f"![{name}](data:image/webp;base64,{b64encode(webp).decode()})"
