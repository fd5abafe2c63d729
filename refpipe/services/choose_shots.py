"""Which reference shots a request means: a set, or shots by name.

Belongs here: the choice among an owner's seeded templates. Does not: making anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

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
    known = [shot.slug for shot in active]
    unknown = [slug for slug in dict.fromkeys(slugs) if slug not in known]
    if unknown:
        told = "; ".join(_unknown(slug, known) for slug in unknown)
        raise RefusedInputError(f"{told}. All of them: refpipe shots", field="shots")
    return [shot for shot in active if shot.slug in set(slugs)]


def _unknown(slug: str, known: Sequence[str]) -> str:
    near = get_close_matches(slug.lower(), known, n=3)
    return f"there is no active shot {slug!r}" + (f"; the nearest: {', '.join(near)}" if near else "")
