"""What the rows say of a character's set now: pictures, what changed since, what failed.

Belongs here: putting one set's rows together. Does not: documents of them (image_documents), the stores' bytes.

No picture is opened. What a picture was made from lies with its generation; what would be asked for today
comes from the planner. A shot that failed has no picture to show for it: its generation remembers why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.generation import GenerationState, canonical
from refpipe.domain.keys import CharacterKey, contact_sheet_name, generation_name
from refpipe.domain.out_of_date import Change, changes_since, essence
from refpipe.domain.ports import Database, Records
from refpipe.domain.shots import ReferenceShot
from refpipe.services.plan_reference_set import PlanReferenceSet, SetPlan

GUIDE_FILES = {
    "depth": "depth.png",
    "normals": "normals.png",
    "mask": "mask.png",
    "edges": "edges.png",
    "keypoints": "keypoints.json",
}
"""A guide's name and the file that is stored of it."""

Failures = Mapping[str, str]
"""Essence of a request that failed → why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One shot of a set. ``guides``: name → SHA-256. ``failure``: why today's request could not be made, None
    where it was not tried or a picture answers it. ``changes``: what changed since the picture was made, None
    where that cannot be told (no picture, no planner, a picture of before requests were kept).
    """

    shot: ReferenceShot
    image: GalleryImage | None
    guides: Mapping[str, str]
    failure: str | None
    changes: tuple[Change, ...] | None

    @property
    def is_accepted(self) -> bool:
        return self.failure is None and self.image is not None and self.image.status is ImageStatus.ACCEPTED


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRows:
    """A character in one outfit, every active shot in the library's order."""

    key: CharacterKey
    sheet: CharacterSheet
    master_sha256: str | None
    contact_sheet_sha256: str | None
    cells: Sequence[Cell]


def read_set(
    owner: str,
    character: str,
    *,
    outfit: str | None = None,
    database: Database,
    planner: PlanReferenceSet | None = None,
) -> SetRows:
    """The rows of one character in one outfit (None: the default one).

    Without a planner nothing is said about changes and failures. Raises NotFoundError, and RefusedInputError for
    an unknown outfit.
    """
    with database.transaction(owner) as records:
        sheet = records.characters.get(character)
        key = CharacterKey(owner, character, sheet.outfit(outfit).slug)
    plan = planner(key) if planner else None
    with database.transaction(owner) as records:
        shots = records.shots.all()
        images = {image.shot: image for image in records.gallery.list(key) if image.shot}
        failures = read_failures(records)
        cells = [_cell(records, shot, images.get(shot.slug), planner, plan, failures) for shot in shots]
        return SetRows(
            key=key,
            sheet=sheet,
            master_sha256=records.characters.master(character),
            contact_sheet_sha256=records.blobs.resolve(contact_sheet_name(key)),
            cells=cells,
        )


def read_failures(records: Records) -> Failures:
    """Why requests failed, the last failure of each."""
    failures: dict[str, str] = {}
    for record in records.generations.list(GenerationState.FAILED):
        if record.request is not None:
            failures.setdefault(essence(record.request), record.error or "failed")
    return failures


def failure_today(
    planner: PlanReferenceSet, plan: SetPlan, shot: ReferenceShot, failures: Failures
) -> tuple[str | None, dict[str, Any] | None]:
    """Why what would be asked for today has failed, None where it has not; and that request."""
    try:
        today = canonical(planner.shot(plan, shot).request)
    except RefusedInputError as error:
        # its prompt template cannot be filled: it will fail whenever it is tried
        return str(error), None
    return failures.get(essence(today)), today


def _cell(
    records: Records,
    shot: ReferenceShot,
    image: GalleryImage | None,
    planner: PlanReferenceSet | None,
    plan: SetPlan | None,
    failures: Failures,
) -> Cell:
    failure, today = failure_today(planner, plan, shot, failures) if planner and plan else (None, None)
    changes: tuple[Change, ...] | None = None
    guides: dict[str, str] = {}
    if image is not None:
        made = records.generations.find(image.fingerprint)
        if today is not None and made is not None and made.request is not None:
            changes = changes_since(made.request, today)
        stored = records.blobs.names(generation_name(image.fingerprint, ""))
        named = {name: stored.get(generation_name(image.fingerprint, file)) for name, file in GUIDE_FILES.items()}
        guides = {name: sha256 for name, sha256 in named.items() if sha256 is not None}
    if changes == ():
        failure = None  # there is a picture of what is asked for: another size or seed of it failed
    return Cell(shot=shot, image=image, guides=guides, failure=failure, changes=changes)
