"""Review gallery images: score what is due, let the gate judge it, keep the verdict; keep what people decide.

Belongs here: what is read for a review, which thresholds hold, what of it outlives an error. Does not: measuring
(scorers), the gate's rule (domain.verdict), what is tried next (domain.retries).

One bad picture never stops the others: bytes that are gone, damaged or no picture are a verdict too. What would fail
every picture alike (the database, the store) is raised.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from refpipe.domain.camera import Crop, Headroom, Thirds
from refpipe.domain.errors import NotFoundError, PermanentFailureError, RefusedInputError
from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.generation import Size
from refpipe.domain.keys import CharacterKey, generation_name
from refpipe.domain.ports import BlobStore, Database, ImageScorer, Progress
from refpipe.domain.quality import Expected
from refpipe.domain.shots import parse_slug
from refpipe.domain.verdict import Thresholds, Verdict, judge, unreadable
from refpipe.services.choose_standard import choose_standard
from refpipe.services.generation_parts import MANIFEST, Making, PictureFacts, find_making
from refpipe.services.measure_consistency import ConsistencyMeasure

_DECISIONS = (ImageStatus.ACCEPTED, ImageStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """One reviewed image as it is now, and the gate's verdict on it."""

    image: GalleryImage
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewImages:
    """The use case with its stores. ``thresholds`` hold where neither the sheet nor the call says otherwise.

    ``consistency`` None: there is no model that sees who is shown, and consistency takes no part.
    """

    database: Database
    blobs: BlobStore
    scorer: ImageScorer
    thresholds: Thresholds = field(default_factory=Thresholds)
    consistency: ConsistencyMeasure | None = None

    @property
    def scorer_name(self) -> str:
        """All that measures here, with revisions: pictures that something else has measured are due again."""
        return f"{self.scorer.name} + {self.consistency.name}" if self.consistency else self.scorer.name

    def __call__(
        self, image: GalleryImage, *, quality: float | None = None, consistency: float | None = None
    ) -> Verdict:
        """Review one image, due or not; the verdict, recorded unless the image shows another picture by now.

        ``quality`` and ``consistency`` are thresholds of this call. Raises RefusedInputError when they are out of
        range, NotFoundError for a character that is gone.
        """
        thresholds = self._thresholds(image).but(quality=quality, consistency=consistency)
        making = self._making(image)
        verdict = self._verdict(image, making, thresholds)
        of_making = PictureFacts.of(making).notes if making else ()
        with self.database.transaction(image.owner) as records:
            records.reviews.record(image, verdict, notes=(*of_making, *verdict.sentences))
        return verdict

    def due(
        self, owner: str, key: CharacterKey | None = None, *, progress: Progress | None = None
    ) -> Generator[Reviewed, None, None]:
        """Review every image that is due, of one character in one outfit or of all; each is recorded as it comes.

        An image that was replaced meanwhile stays due: it is left out here.
        """
        with self.database.transaction(owner) as records:
            waiting = records.reviews.due(key)
        if progress:
            progress.started(len(waiting), "review")
        try:
            self.prepare(waiting)
            for image in waiting:
                verdict = self(image)
                with self.database.transaction(owner) as records:
                    now = records.gallery.image(image.id)
                if progress:
                    progress.advanced(image.shot or str(image.id), verdict.status.value)
                if now.picture_sha256 == image.picture_sha256:
                    yield Reviewed(image=now, verdict=verdict)
        finally:
            if progress:
                progress.finished()

    def prepare(self, images: Sequence[GalleryImage]) -> None:
        """Make ready in batches what reviews of these images will need; without it each makes ready its own."""
        if self.consistency is not None:
            self.consistency.prepare(images)

    def decide(self, owner: str, image_id: UUID, status: ImageStatus, *, by: str, why: str = "") -> GalleryImage:
        """A person accepts or rejects a picture; it holds until the picture changes.

        Where the set is compared with another picture from now on, all of it is due for review again.
        Raises RefusedInputError for another status, a missing name, or a picture that nobody has judged;
        NotFoundError for no such image.
        """
        if status not in _DECISIONS:
            raise RefusedInputError("a person accepts or rejects a picture, nothing else", field="decision")
        if not by.strip():
            raise RefusedInputError("say who decides", field="by")
        with self.database.transaction(owner) as records:
            image = records.gallery.image(image_id)
            if image.status in {ImageStatus.PENDING, ImageStatus.PROCESSING}:
                raise RefusedInputError("the picture has not been judged yet", field="decision")
            key = CharacterKey(owner, image.character, image.outfit)
            before = choose_standard(key, records)
            records.reviews.decide(image_id, status, by=by.strip(), why=why.strip(), at=datetime.now(UTC))
            if self.consistency is not None and choose_standard(key, records) != before:
                records.reviews.mark_set_due(key)
            return records.gallery.image(image_id)

    def mark_due(self, owner: str, *, without_consistency: bool = False) -> int:
        """Make images due again that another scorer measured and, on request, those without consistency; how many.

        With ``without_consistency`` a feature model that is new here gets to see the pictures judged without one.
        """
        with self.database.transaction(owner) as records:
            return records.reviews.mark_due(without_consistency=without_consistency, not_by_scorer=self.scorer_name)

    def _thresholds(self, image: GalleryImage) -> Thresholds:
        with self.database.transaction(image.owner) as records:
            levels = records.characters.get(image.character).gate
        return self.thresholds.but(quality=levels.quality, consistency=levels.consistency)

    def _making(self, image: GalleryImage) -> Making | None:
        with self.database.transaction(image.owner) as records:
            manifest = records.blobs.resolve(generation_name(image.fingerprint, MANIFEST))
        return find_making(manifest, self.blobs) if manifest else None

    def _verdict(self, image: GalleryImage, making: Making | None, thresholds: Thresholds) -> Verdict:
        try:
            picture = self.blobs.get(image.picture_sha256)
        except NotFoundError:
            return unreadable("its bytes are not in the store any more", thresholds)
        except PermanentFailureError as error:
            return unreadable(str(error), thresholds)
        expected, notes = self._expected(image, making)
        try:
            scored = self.scorer.score(picture, expected)
        except RefusedInputError as error:
            return unreadable(str(error), thresholds)
        found = self.consistency(image, picture) if self.consistency else None
        verdict = judge(scored, thresholds, consistency=found)
        return replace(verdict, notes=(*notes, *verdict.notes), scorer=self.scorer_name)

    def _expected(self, image: GalleryImage, making: Making | None) -> tuple[Expected, tuple[str, ...]]:
        """What was asked for; notes say which guide could not be read."""
        slug = parse_slug(image.shot) if image.shot else None
        has_head = slug is None or slug.crop is not Crop.HANDS
        guides, notes = self._guides(making)
        expected = Expected(
            size=self._size(image),
            thirds=Thirds(image.camera.thirds) if has_head else None,
            headroom=Headroom(image.camera.headroom) if has_head else None,
            mask_png=guides.get("mask.png"),
            edges_png=guides.get("edges.png"),
            keypoints_json=guides.get("keypoints.json"),
        )
        return expected, notes

    def _guides(self, making: Making | None) -> tuple[Mapping[str, bytes], tuple[str, ...]]:
        read: dict[str, bytes] = {}
        notes: list[str] = []
        for name in ("mask.png", "edges.png", "keypoints.json"):
            if making is None or name not in making.parts:
                continue
            try:
                read[name] = self.blobs.get(making.parts[name].sha256)
            except (NotFoundError, PermanentFailureError) as error:
                notes.append(f"the guide {name} cannot be read: {error}")
        return read, tuple(notes)

    def _size(self, image: GalleryImage) -> Size:
        """The size that was asked for; the picture's own where nobody remembers."""
        with self.database.transaction(image.owner) as records:
            known = records.generations.find(image.fingerprint)
        asked = known.request.get("size") if known and known.request else None
        return Size(*asked) if asked else Size(image.width_px, image.height_px)
