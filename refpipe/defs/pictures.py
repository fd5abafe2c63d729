"""Pictures as Dagster's pages can show them. Belongs here: what fits the pages' limits. Does not: files for people.

The pages draw Markdown of up to 1,000 characters where it stands, and put anything longer behind a
"Show Markdown" link. They allow data URIs. So a picture goes in twice: as a small view that is seen at
once, and as a large one that opens on demand. Neither needs a server of ours to be up.
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import dagster as dg

from refpipe.backends.pictures.kept_copies import LONGEST_PX, KeptCopies, Pixels, decoded, fitted

REVISION = "2"
"""Raise it whenever the same picture gives other views: kept ones are then made again."""
INLINE_LIMIT = 1000
"""Characters of Markdown that the pages still draw inline (dagster-webserver 1.13)."""
_BYTES_PER_BASE64_QUAD = 3
_QUAD = 4
_INLINE_SIDES_PX = (168, 144, 120, 96, 72, 48)
_INLINE_QUALITIES = (45, 25)
_REDUCED_PX = 2 * _INLINE_SIDES_PX[0]
_SMALLEST = (32, 10)
_QUICK, _THOROUGH = 2, 4
"""WebP's effort: small views must be small; large ones take a third of the time for 5 % more bytes."""
_WRAPPING = len("![](data:image/webp;base64,)")


class ViewShelf:
    """Finished views as files, found by what they were made of; the directory may be emptied at any time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def view(self, picture_sha256: str, kind: str, make: Callable[[], bytes]) -> bytes:
        """The view as it was kept, else made and kept."""
        path = self._directory / picture_sha256[:2] / f"{picture_sha256}-{REVISION}-{kind}.webp"
        with suppress(OSError):
            return path.read_bytes()
        made = make()
        # what cannot be kept is made again next time: that the disk is full is said where something would be lost
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            writing = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
            try:
                writing.write_bytes(made)
                writing.replace(path)
            finally:
                writing.unlink(missing_ok=True)
        return made


class PictureViews:
    """Views of one encoded picture that refpipe itself made; it is decoded at most once, and not for kept views."""

    def __init__(self, picture: bytes, shelf: ViewShelf | None = None, copies: KeptCopies | None = None) -> None:
        self._picture = picture
        self._shelf = shelf
        self._copies = copies or KeptCopies()
        self._views: dict[str, bytes] = {}

    def small(self, name: str) -> dg.MarkdownMetadataValue:
        """A view that the pages draw where it stands."""
        room = (INLINE_LIMIT - _WRAPPING - len(name)) // _QUAD * _BYTES_PER_BASE64_QUAD
        view = self._view(f"inline{room}", lambda: _inline_view(self._within(_REDUCED_PX), room))
        return dg.MetadataValue.md(_markdown(name, view))

    def large(self, name: str, *, longest_px: int, quality: int = 80) -> dg.MarkdownMetadataValue:
        """A view of at most ``longest_px`` a side, which the pages open on demand. ``quality`` is WebP's, 1–100."""
        view = self._view(f"{longest_px}q{quality}", lambda: _webp(self._within(longest_px), quality, effort=_QUICK))
        return dg.MetadataValue.md(_markdown(name, view))

    def _view(self, kind: str, make: Callable[[], bytes]) -> bytes:
        if kind not in self._views:
            self._views[kind] = self._shelf.view(self._sha256, kind, make) if self._shelf else make()
        return self._views[kind]

    @cached_property
    def _sha256(self) -> str:
        return sha256(self._picture).hexdigest()

    def _within(self, longest_px: int) -> Pixels:
        whole = self._copy if longest_px <= LONGEST_PX else decoded(self._picture)
        if whole is None:
            raise ValueError("the bytes are no picture")
        return fitted(whole, longest_px, longest_px)

    @cached_property
    def _copy(self) -> "Pixels | None":
        return self._copies.copy(self._picture)


def _inline_view(pixels: Pixels, room: int) -> bytes:
    """The largest view, then the best quality, of at most ``room`` bytes."""
    for side_px in _INLINE_SIDES_PX:
        view = fitted(pixels, side_px, side_px)
        for quality in _INLINE_QUALITIES:
            encoded = _webp(view, quality)
            if len(encoded) <= room:
                return encoded
    side_px, quality = _SMALLEST
    return _webp(fitted(pixels, side_px, side_px), quality)


def _webp(pixels: Pixels, quality: int, *, effort: int = _THOROUGH) -> bytes:
    from PIL import Image

    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=quality, method=effort)
    return buffer.getvalue()


def _markdown(name: str, webp: bytes) -> str:
    from base64 import b64encode

    return f"![{name}](data:image/webp;base64,{b64encode(webp).decode()})"
