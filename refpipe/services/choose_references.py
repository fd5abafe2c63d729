"""Choose the references of one shot for a generator that takes several: the master, and the best accepted views.

Belongs here: which pictures stand for choice, and when an earlier choice holds. Does not: points (domain.ranking).

A choice, once made, holds. As a set grows there are ever more accepted views, and choosing anew each time would ask
for every picture again, which may cost money; and a generation that a crash left in doubt must be asked for in the
same words to be found at its provider. So what the ledger knows to have been asked for the same shot of the same
character with the same master is asked for again with the references of then, unless a person has rejected one of
them since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.generation import ImageRequest, Reference, canonical
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import Records
from refpipe.domain.ranking import Candidate, ReferenceType, WantedPicture, choose_references
from refpipe.domain.shots import ReferenceShot, parse_slug

VIEW_SHARE = 0.5
"""A view weighs so much of what the master does: it shows how the character looks from there, not who it is."""
_SAME = ("role", "model", "physical", "outfit", "shot")
"""Requests that agree in these ask for the same picture, as far as references go."""


def references_for(
    request: ImageRequest, key: CharacterKey, *, master_sha256: str | None, cap: int, records: Records
) -> tuple[Reference, ...]:
    """The references of a request, the master first; at most ``cap``."""
    if cap <= 0:
        return ()
    if cap == 1:
        chosen = (master_sha256,) if master_sha256 else ()
        return _weighed(chosen, request.shot, has_master=True)
    before = _chosen_before(request, master_sha256, cap, records)
    found = _chosen_now(request.shot, key, master_sha256, cap, records) if before is None else before
    return _weighed(found, request.shot, has_master=master_sha256 is not None)


def _chosen_before(
    request: ImageRequest, master_sha256: str | None, cap: int, records: Records
) -> tuple[str, ...] | None:
    """What the last request of the kind was given; None where there is none whose choice still holds."""
    asked = canonical(replace(request, references=()))
    same = {name: asked[name] for name in _SAME}
    for record in records.generations.asking_for(same):
        given = tuple(reference[0] for reference in _field(record.request, "references"))
        is_same = all(_field(record.request, name) == same[name] for name in _SAME)
        has_master = given[:1] == (master_sha256,) if master_sha256 else True
        if is_same and has_master and len(given) <= cap and not any(_is_rejected(each, records) for each in given):
            return given
    return None


def _chosen_now(
    shot: ReferenceShot, key: CharacterKey, master_sha256: str | None, cap: int, records: Records
) -> tuple[str, ...]:
    views = [
        _candidate(image)
        for image in records.gallery.list(key)
        if image.status is ImageStatus.ACCEPTED and image.shot != shot.slug
    ]
    master = [Candidate(sha256=master_sha256, type=ReferenceType.MASTER)] if master_sha256 else []
    wanted = WantedPicture(crop=shot.crop, view_deg=shot.relative_view_deg, keywords=frozenset(shot.tags))
    return tuple(each.candidate.sha256 for each in choose_references([*master, *views], wanted, cap=cap))


def _candidate(image: GalleryImage) -> Candidate:
    slug = parse_slug(image.shot) if image.shot else None
    return Candidate(
        sha256=image.picture_sha256,
        type=ReferenceType.CORE if image.is_core_reference else ReferenceType.GENERATED,
        crop=slug.crop if slug else None,
        view_deg=image.camera.relative_view_deg,
        quality=image.scores.quality,
        consistency=image.scores.consistency,
        keywords=frozenset(image.tags),
    )


def _is_rejected(sha256: str, records: Records) -> bool:
    """Whether a person does not want that picture, in any cell that shows or showed it."""
    shown = records.attempts.with_picture(sha256)
    return any(each.attempt.by_person and each.attempt.status is ImageStatus.FAILED for each in shown)


def _weighed(sha256s: tuple[str, ...], shot: ReferenceShot, *, has_master: bool) -> tuple[Reference, ...]:
    whole, part = shot.reference_weight, round(VIEW_SHARE * shot.reference_weight, 3)
    return tuple(
        Reference(sha256, whole if has_master and place == 0 else part) for place, sha256 in enumerate(sha256s)
    )


def _field(request: Mapping[str, Any] | None, name: str) -> Any:
    return (request or {}).get(name) or ()
