"""What the files of an export are called.

Belongs here: names that are told apart, also where upper and lower case are the same. Does not: the patterns'
grammar (domain.shot_file_names).
"""

from __future__ import annotations

from collections.abc import Iterable

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.keys import CharacterKey
from refpipe.domain.shot_file_names import shot_file_name
from refpipe.domain.shots import ReferenceShot
from refpipe.services.export_manifest import CONTACT_SHEET, MANIFEST, SHEET
from refpipe.services.read_set import GUIDE_FILES


def file_stems(shots: Iterable[ReferenceShot], key: CharacterKey) -> dict[str, str]:
    """Shot slug → what its picture's and guides' names begin with: by the shot's own pattern, where that tells it
    from the others, else with its slug.
    """
    taken = {MANIFEST, SHEET, CONTACT_SHEET}
    stems: dict[str, str] = {}
    for shot in shots:
        plain = f"{key.character}_{key.outfit}_{shot.slug}_v{shot.version}"
        of_pattern = _by_pattern(shot, key)
        candidates = [each for each in (of_pattern, of_pattern and f"{of_pattern}_{shot.slug}", plain) if each]
        stem = next(each for each in (*candidates, f"{plain}_") if not taken & _names(each))
        taken |= _names(stem)
        stems[shot.slug] = stem
    return stems


def _by_pattern(shot: ReferenceShot, key: CharacterKey) -> str | None:
    try:
        name = shot_file_name(shot, owner=key.owner, character=key.character, outfit=key.outfit)
    except RefusedInputError:
        # the seeding's validation tells of it; here it costs no picture
        return None
    return name[:-4] if name.lower().endswith(".png") else name


def _names(stem: str) -> set[str]:
    return {f"{stem}.png".lower(), *(f"{stem}_{file}".lower() for file in GUIDE_FILES.values())}
