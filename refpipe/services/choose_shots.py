"""Which reference shots a request means: a set, or shots by name.

Belongs here: the choice among an owner's seeded templates. Does not: making anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from refpipe.domain.errors import NotFoundError, RefusedInputError
from refpipe.domain.ports import Database
from refpipe.domain.shots import ReferenceShot, ShotSet, select_set


def choose_shots(
    owner: str, *, wanted: ShotSet = ShotSet.ALL, slugs: Sequence[str] = (), database: Database
) -> list[ReferenceShot]:
    """The active shots of the set, or those named, in the library's order, each once.

    Raises NotFoundError when nothing is seeded, RefusedInputError for a slug that no active shot has.
    """
    with database.transaction(owner) as records:
        active = records.shots.all()
    if not active:
        raise NotFoundError("there are no reference shots yet; run: refpipe seed")
    if not slugs:
        return select_set(active, wanted)
    unknown = sorted(set(slugs) - {shot.slug for shot in active})
    if unknown:
        raise RefusedInputError(f"there is no active shot {', '.join(unknown)}; see: refpipe seed", field="shots")
    return [shot for shot in active if shot.slug in set(slugs)]
