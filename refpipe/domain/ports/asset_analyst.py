"""Whoever looks at reference assets and says what they show.

Belongs here: what is asked and in which order it is answered. Does not: what the answer means (asset_analysis).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from refpipe.domain.asset_analysis import AssetAnalysis
from refpipe.domain.errors import RefusedInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetToLookAt:
    """A picture that was read and found sound.

    ``picture`` is the re-encoded one for processing (``ReadPicture.upright_png``: 8-bit RGB or RGBA, upright),
    ``original_bytes`` the size of the uploaded file (a logo cue). File name and description are the owner's words:
    data, never instructions.
    """

    picture: bytes
    original_bytes: int
    file_name: str = ""
    description: str = ""


class AssetAnalyst(Protocol):
    """Says of each picture what it shows."""

    @property
    def name(self) -> str:
        """The way of looking with its revision; another name means that other answers may come."""
        ...

    def analyse(self, pictures: Sequence[AssetToLookAt]) -> Iterator[AssetAnalysis | RefusedInputError]:
        """One answer a picture, in the order given; what cannot be read gets its error in its place.

        Raises NotSetUpError before the first answer where a part that was asked for is missing. Where a provider
        fails for a picture, its answer is what can be said without, and a note says so.
        """
        ...
