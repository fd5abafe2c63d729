"""Review the shots of one set, and tell what is said of each picture now.

Belongs here: the order over a set's cells; a picture that waits for the gate is judged, another keeps its verdict.
Does not: judging itself (review_images).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from refpipe.domain.gallery import GalleryImage
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import Database, PastVerdict
from refpipe.services.review_images import ReviewImages


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotReview:
    """A cell's current picture with the last verdict on it, None where nobody has judged it."""

    image: GalleryImage
    verdict: PastVerdict | None

    @property
    def decided_by(self) -> str | None:
        """Who the status rests on: a person, whatever the gate has said since, or the gate; None where nobody has."""
        return self.image.reviewed_by or (self.verdict.judge if self.verdict else None)


def review_shots(
    key: CharacterKey,
    shots: Collection[str] = (),
    *,
    review: ReviewImages,
    database: Database,
    again: bool = False,
    quality: float | None = None,
    consistency: float | None = None,
) -> Iterator[ShotReview]:
    """One review per picture among the named shots (none named: all), in the gallery's order.

    ``again`` judges also what does not wait for it; ``quality`` and ``consistency`` are thresholds of this call, and
    judge again too. Raises RefusedInputError for thresholds out of range, NotFoundError for no such character.
    """
    with database.transaction(key.owner) as records:
        records.characters.get(key.character).outfit(key.outfit)
        images = [image for image in records.gallery.list(key) if image.shot and (not shots or image.shot in shots)]
    is_asked = again or quality is not None or consistency is not None
    review.prepare([image for image in images if image.review_due or is_asked])
    for image in images:
        if image.review_due or is_asked:
            review(image, quality=quality, consistency=consistency)
        yield current_review(image, database)


def current_review(image: GalleryImage, database: Database) -> ShotReview:
    """The image as it is now, with the last verdict on the picture that it shows."""
    with database.transaction(image.owner) as records:
        now = records.gallery.image(image.id)
        said = [each for each in records.reviews.history(image.id) if each.picture_sha256 == now.picture_sha256]
    return ShotReview(image=now, verdict=said[-1] if said else None)
