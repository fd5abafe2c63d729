"""Measure how like its character a gallery image is: features, compared with the set's standard (R-QA-1, R-QA-2).

Belongs here: features extracted once per picture and kept, the comparison in its view. Does not: which picture is the
standard (choose_standard), what a cosine means (domain.consistency), the verdict.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from refpipe.domain.camera import view_bin
from refpipe.domain.consistency import Calibration, Consistency, not_measured
from refpipe.domain.errors import NotFoundError, PermanentFailureError, RefusedInputError
from refpipe.domain.gallery import GalleryImage
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import BlobStore, Database
from refpipe.domain.ports.vision import FeatureExtractor
from refpipe.domain.shots import parse_slug
from refpipe.domain.vectors import Vector, VectorModel
from refpipe.services.choose_standard import NoStandard, choose_standard

_KEPT_AT_ONCE = 64
"""So many vectors are written together: a run that is killed loses no more than these."""


class ConsistencyMeasure(Protocol):
    """What a review asks about likeness."""

    @property
    def name(self) -> str:
        """The way of measuring with its revision, as ImageScorer has it."""
        ...

    def prepare(self, images: Sequence[GalleryImage]) -> None:
        """See to it that what all of these need is there, in batches."""
        ...

    def __call__(self, image: GalleryImage, picture: bytes) -> Consistency: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureConsistency:
    """The use case. ``calibration`` None: there is none for this model, and its cosines mean nothing."""

    database: Database
    blobs: BlobStore
    extractor: FeatureExtractor
    calibration: Calibration | None

    @property
    def name(self) -> str:
        """Feature model and calibration: with another one of either, pictures are due for review again."""
        return self.calibration.name if self.calibration else f"{self.extractor.model}#none"

    def prepare(self, images: Sequence[GalleryImage]) -> None:
        """Extract in batches what the images and their standards lack. What cannot be read is left to its own review.

        Nothing is extracted for sets that have no standard.
        """
        if self.calibration is None:
            return
        for owner in dict.fromkeys(image.owner for image in images):
            mine = [image for image in images if image.owner == owner]
            with self.database.transaction(owner) as records:
                keys = dict.fromkeys(_key(image) for image in mine)
                standards = {key: choose_standard(key, records) for key in keys}
            wanted: dict[str, None] = {}
            for image in mine:
                standard = standards[_key(image)]
                if not isinstance(standard, NoStandard):
                    wanted |= {standard.sha256: None, image.picture_sha256: None}
            self._extract(owner, list(wanted))

    def __call__(self, image: GalleryImage, picture: bytes) -> Consistency:
        """What is found of one image; ``picture`` are its bytes. Raises NotFoundError for no such character."""
        if self.calibration is None:
            return not_measured(f"the model {self.extractor.model.name} has no calibration: see refpipe calibrate")
        with self.database.transaction(image.owner) as records:
            standard = choose_standard(_key(image), records)
        if isinstance(standard, NoStandard):
            return not_measured(standard.why)
        try:
            expected = self._vector(image.owner, standard.sha256, lambda: self.blobs.get(standard.sha256))
        except (RefusedInputError, NotFoundError, PermanentFailureError) as error:
            return not_measured(f"{standard.called} cannot be read: {error}")
        try:
            seen = self._vector(image.owner, image.picture_sha256, lambda: picture)
        except RefusedInputError as error:
            return not_measured(f"the model cannot take the picture: {error}")
        slug = parse_slug(image.shot) if image.shot else None
        view = view_bin(image.camera.relative_view_deg, slug.crop if slug else None)
        found = self.calibration.consistency(float(seen @ expected), view)
        return replace(found, beside=standard.called, note=standard.note)

    def _vector(self, owner: str, sha256: str, read: Callable[[], bytes]) -> Vector:
        """A picture's vector; one that is not kept yet is extracted and kept. Raises what reading raises."""
        known = self._known(owner, [sha256])
        if sha256 not in known:
            (answer,) = self.extractor.features([read()])
            if isinstance(answer, RefusedInputError):
                raise answer
            self._keep(owner, {sha256: answer})
            known = self._known(owner, [sha256])  # as it is kept: the same however it came
        return known[sha256]

    def _extract(self, owner: str, sha256s: list[str]) -> None:
        with self.database.transaction(owner) as records:
            missing = records.features.without(self._model, sha256s)
        given: deque[str] = deque()
        answers = self.extractor.features(self._readable(missing, given)) if missing else iter(())
        while batch := [(given.popleft(), answer) for answer in islice(answers, _KEPT_AT_ONCE)]:
            self._keep(owner, {sha256: each for sha256, each in batch if not isinstance(each, Exception)})

    def _readable(self, sha256s: Sequence[str], given: deque[str]) -> Iterator[bytes]:
        """The pictures whose bytes are there; ``given`` gets the hash of each as it is handed out."""
        for sha256 in sha256s:
            try:
                picture = self.blobs.get(sha256)
            except (NotFoundError, PermanentFailureError):
                continue  # its review will say so
            given.append(sha256)
            yield picture

    def _known(self, owner: str, sha256s: Sequence[str]) -> dict[str, Vector]:
        with self.database.transaction(owner) as records:
            return records.features.get(self._model, sha256s)

    def _keep(self, owner: str, vectors: dict[str, Vector]) -> None:
        if vectors:
            with self.database.transaction(owner) as records:
                records.features.put(self._model, vectors)

    @property
    def _model(self) -> VectorModel:
        return self.extractor.model


def _key(image: GalleryImage) -> CharacterKey:
    return CharacterKey(image.owner, image.character, image.outfit)
