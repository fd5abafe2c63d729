"""Pictures read, measured, compared and laid out.

Belongs here: what is asked of pictures' pixels. Does not: making pictures (generators).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from refpipe.domain.generation import Size
from refpipe.domain.quality import Expected, Scored
from refpipe.domain.shots import ReferenceShot


class ImageScorer(Protocol):
    """Measures pictures."""

    @property
    def name(self) -> str:
        """The way of measuring with its revision, such as ``pixels@1``: another name means other scores."""
        ...

    def score(self, picture: bytes, expected: Expected) -> Scored:
        """What was measured in an encoded picture. Raises RefusedInputError where the bytes cannot be used."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPicture:
    """An uploaded picture, read to its end and found sound.

    ``original`` is what was given, byte for byte; ``upright_png`` is the same picture for processing:
    8-bit RGB (or RGBA where the original is transparent), turned upright, first frame only, no metadata.
    ``notes`` say what was changed for it.
    """

    original: bytes
    media_type: str
    upright_png: bytes
    size: Size
    notes: tuple[str, ...] = ()


class PictureReader(Protocol):
    """Decides by content whether bytes are a picture that can be used."""

    def read(self, data: bytes, *, source: str | None = None) -> ReadPicture:
        """The picture. Raises RefusedInputError with the reason; ``source`` names it in the message."""
        ...

    def glance(self, data: bytes, *, source: str | None = None) -> Size:
        """The upright size, by the header alone: damage further on is not seen. Raises as ``read`` does."""
        ...


class DuplicateFinder(Protocol):
    """Finds pictures that are the same but for their encoding or size."""

    def pairs(self, pictures: Mapping[str, bytes]) -> list[tuple[str, str]]:
        """Pairs of names, the earlier first; what is no readable picture is no duplicate of anything."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFrame:
    """One frame of a contact sheet; ``picture_png`` is None where nothing is made yet or it failed."""

    number: int
    shot: ReferenceShot
    picture_png: bytes | None
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSheet:
    """What a contact sheet shows; frames are in the library's order and drawn by pack."""

    title: str
    subtitle: str
    frames: tuple[ContactFrame, ...]


class ContactSheetPainter(Protocol):
    """Lays pictures out on one sheet."""

    @property
    def revision(self) -> str:
        """Another one whenever the same sheet would be painted otherwise."""
        ...

    def paint(self, sheet: ContactSheet) -> bytes:
        """A PNG; the same sheet gives the same bytes."""
        ...
