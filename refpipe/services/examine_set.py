"""Examine a set as a whole: which of its pictures fall short, and in what (R-QA-6).

Belongs here: the questions asked of a set, over rows and pictures. Does not: scores of one picture (review_images),
how likeness is found (backends).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from refpipe.domain.errors import NotFoundError, NotSetUpError, PermanentFailureError
from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import BlobStore, Database, DuplicateFinder, GenerationRecord, PastVerdict
from refpipe.domain.verdict import Thresholds
from refpipe.services.embed_images import vector_fault

if TYPE_CHECKING:
    from refpipe.domain.vectors import VectorModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """Shots that fall short in one respect, each with why, and shots of which nothing can be said in it.

    ``undecided`` were measured and wait for a person. ``why``: the one thing that keeps the unknown from being known.
    """

    of: Mapping[str, str]
    unknown: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetExamination:
    """A set in six respects; ``pictures`` is how many it has, ``planned`` how many it should have.

    Only accepted pictures are asked for a vector.
    """

    planned: int
    pictures: int
    accepted: int
    coverage: Shortfall
    quality: Shortfall
    consistency: Shortfall
    resolution: Shortfall
    duplicates: Shortfall
    embedding: Shortfall


def examine_set(
    key: CharacterKey,
    *,
    database: Database,
    blobs: BlobStore,
    duplicates: DuplicateFinder,
    thresholds: Thresholds,
    embedded_by: Callable[[], VectorModel],
) -> SetExamination:
    """Examine the active shots of one character in one outfit. Raises NotFoundError for an unknown character.

    A picture's scores are held against the thresholds of its own verdict, or else against ``thresholds``.
    ``embedded_by`` gives the model whose vectors accepted pictures should have, or raises NotSetUpError.
    """
    with database.transaction(key.owner) as records:
        records.characters.get(key.character).outfit(key.outfit)
        shots = [shot.slug for shot in records.shots.all()]
        held = {image.shot: image for image in records.gallery.list(key) if image.shot}
        images = {slug: held[slug] for slug in shots if slug in held}
        verdicts = {slug: _last(records.reviews.history(image.id), image) for slug, image in images.items()}
        asked = {slug: _asked(records.generations.find(image.fingerprint)) for slug, image in images.items()}
    least = {slug: _least(verdict, thresholds) for slug, verdict in verdicts.items()}
    return SetExamination(
        planned=len(shots),
        pictures=len(images),
        accepted=sum(image.status is ImageStatus.ACCEPTED for image in images.values()),
        coverage=_coverage(shots, images),
        quality=_score(images, "quality", lambda slug: least[slug]["quality"]),
        consistency=_consistency(images, lambda slug: least[slug]["consistency"]),
        resolution=_resolution(images, asked),
        duplicates=_duplicates(images, blobs, duplicates),
        embedding=_embedding(key, images, database, embedded_by),
    )


def _last(history: Sequence[PastVerdict], image: GalleryImage) -> PastVerdict | None:
    said = [each for each in history if each.picture_sha256 == image.picture_sha256 and each.thresholds]
    return said[-1] if said else None


def _least(verdict: PastVerdict | None, thresholds: Thresholds) -> Mapping[str, float]:
    return {**thresholds.as_fields(), **(verdict.thresholds if verdict else {})}


def _asked(record: GenerationRecord | None) -> tuple[int, int] | None:
    """The size that was asked for, pixels; None where nobody remembers."""
    size = record.request.get("size") if record and record.request else None
    return (int(size[0]), int(size[1])) if size else None


def _coverage(shots: Sequence[str], images: Mapping[str, GalleryImage]) -> Shortfall:
    missing = {slug: "no picture" for slug in shots if slug not in images}
    failed = {slug: "did not pass" for slug, image in images.items() if image.status is ImageStatus.FAILED}
    waiting = tuple(slug for slug, image in images.items() if image.status is ImageStatus.PENDING)
    return Shortfall(of={**missing, **failed}, unknown=waiting)


def _score(images: Mapping[str, GalleryImage], name: str, least: Callable[[str], float]) -> Shortfall:
    values = {slug: getattr(image.scores, name) for slug, image in images.items()}
    low = {
        slug: f"{value:.0f}, at least {least(slug):.0f}"
        for slug, value in values.items()
        if value is not None and value < least(slug)
    }
    return Shortfall(of=low, unknown=tuple(slug for slug, value in values.items() if value is None))


def _consistency(images: Mapping[str, GalleryImage], least: Callable[[str], float]) -> Shortfall:
    """As a score; but where the gate could not decide by it, the figure is neither enough nor too little."""
    undecided = tuple(
        slug
        for slug, image in images.items()
        if image.status is ImageStatus.NEEDS_REVIEW and image.scores.consistency is not None
    )
    others = {slug: image for slug, image in images.items() if slug not in undecided}
    return replace(_score(others, "consistency", least), undecided=undecided)


def _embedding(
    key: CharacterKey,
    images: Mapping[str, GalleryImage],
    database: Database,
    embedded_by: Callable[[], VectorModel],
) -> Shortfall:
    accepted = {slug: image.picture_sha256 for slug, image in images.items() if image.status is ImageStatus.ACCEPTED}
    if not accepted:
        return Shortfall(of={})
    try:
        model = embedded_by()
    except NotSetUpError as error:
        return Shortfall(of={}, unknown=tuple(accepted), why=str(error))
    with database.transaction(key.owner) as records:
        kept = records.embeddings.get(model, list(accepted.values()))
    faults = {
        slug: vector_fault(kept[sha256], model) if sha256 in kept else f"no vector of {model.name}"
        for slug, sha256 in accepted.items()
    }
    return Shortfall(of={slug: fault for slug, fault in faults.items() if fault})


def _resolution(images: Mapping[str, GalleryImage], asked: Mapping[str, tuple[int, int] | None]) -> Shortfall:
    small = {}
    for slug, image in images.items():
        wanted = asked[slug]
        if wanted and (image.width_px < wanted[0] or image.height_px < wanted[1]):
            small[slug] = f"{image.width_px}x{image.height_px}, asked for {wanted[0]}x{wanted[1]}"
    return Shortfall(of=small, unknown=tuple(slug for slug in images if asked[slug] is None))


def _duplicates(images: Mapping[str, GalleryImage], blobs: BlobStore, finder: DuplicateFinder) -> Shortfall:
    pictures: dict[str, bytes] = {}
    lost = []
    for slug, image in images.items():
        try:
            pictures[slug] = blobs.get(image.picture_sha256)
        except (NotFoundError, PermanentFailureError):
            lost.append(slug)
    found: dict[str, str] = {}
    for one, other in finder.pairs(pictures):
        found[other] = f"shows the same as {one}"
    return Shortfall(of=found, unknown=tuple(lost))
