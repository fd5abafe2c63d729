"""Where a question's pictures come from: sent along, uploaded before, or the owner's own.

Belongs here: hashes turned into bytes, what is let in, uploads held. Does not: what is then done with a picture.

Bytes go on as they came, since models and scorers decode for themselves: so the service sees what a process by itself
would see, to the bit. Only the header is read here, which keeps bombs and strangers out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from refpipe.api.bodies import SentFile
from refpipe.api.engine import AnalysisLimits, AnalysisParts
from refpipe.api.held_media import HeldMedia
from refpipe.api.problems import MediaNotHeldError, TooLargeError
from refpipe.api.schemas import MediaAnswer, MediaHeld, MediaRefused
from refpipe.domain.errors import NotFoundError, RefusedInputError
from refpipe.domain.generation import Size
from refpipe.domain.ports import PictureReader


@dataclass(frozen=True, slots=True)
class Admitted:
    """A picture within the limits, as far as its header tells."""

    sha256: str
    data: bytes = field(repr=False)
    size: Size


class PictureDesk:
    """All of it may read from disk or the database: call it in threads."""

    def __init__(self, limits: AnalysisLimits) -> None:
        self._limits = limits
        self.held = HeldMedia(most_bytes=limits.held_bytes, held_for_s=limits.held_for_s)

    def upload(self, files: Sequence[SentFile], reader: PictureReader) -> MediaAnswer:
        """Read each file to its end and hold what is sound; one that is refused stops no other."""
        media: list[MediaHeld] = []
        refused: list[MediaRefused] = []
        for file in files:
            try:
                media.append(self._hold(file, reader))
            except RefusedInputError as error:
                refused.append(MediaRefused(file=file.name, code=error.code, reason=error.reason))
        return MediaAnswer(media=media, refused=refused, held_for_s=self.held.held_for_s)

    def admit(
        self, hashes: Sequence[str], files: Sequence[SentFile], parts: AnalysisParts
    ) -> list[Admitted | RefusedInputError]:
        """One answer a picture: those named by hash, then those sent. Raises MediaNotHeldError."""
        named = [(sha256, self.bytes_of(sha256, parts)) for sha256 in hashes]
        sent = [(hashlib.sha256(file.data).hexdigest(), file.data) for file in files]
        return [_admitted(sha256, data, parts.reader) for sha256, data in (*named, *sent)]

    def bytes_of(self, sha256: str, parts: AnalysisParts) -> bytes:
        """The bytes that are held here or are the owner's. Raises MediaNotHeldError."""
        held = self.held.get(sha256)
        if held is not None:
            return held
        with parts.database.transaction(parts.owner) as records:
            is_own = records.blobs.has(sha256)
        try:
            data = parts.blobs.get(sha256) if is_own else None
        except NotFoundError:
            data = None
        if data is None:
            raise MediaNotHeldError(f"no media {sha256} is held here; upload it (again)")
        if len(data) > self._limits.max_file_bytes:
            raise TooLargeError("has more bytes than are taken", field="picture", source=sha256)
        return data

    def _hold(self, file: SentFile, reader: PictureReader) -> MediaHeld:
        picture = reader.read(file.data)
        sha256 = hashlib.sha256(file.data).hexdigest()
        if not self.held.hold(sha256, file.data):
            raise TooLargeError("has more bytes than are held", field="picture")
        return MediaHeld(
            sha256=sha256,
            file=file.name,
            media_type=picture.media_type,
            size_bytes=len(file.data),
            width_px=picture.size.width_px,
            height_px=picture.size.height_px,
            notes=list(picture.notes),
        )


def _admitted(sha256: str, data: bytes, reader: PictureReader) -> Admitted | RefusedInputError:
    try:
        return Admitted(sha256, data, reader.glance(data))
    except RefusedInputError as error:
        return error
