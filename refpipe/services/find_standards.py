"""What an owner's characters are compared with, all at once.

Belongs here: going through characters and outfits. Does not: which picture it is for one set (choose_standard).
"""

from __future__ import annotations

from collections.abc import Sequence

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import Database
from refpipe.services.choose_standard import NoStandard, Standard, choose_standard

MOST_CHARACTERS = 200


def find_standards(
    owner: str, database: Database, characters: Sequence[str] | None = None
) -> dict[CharacterKey, Standard | NoStandard]:
    """Of every outfit of the characters named (None: of all), in the order of their names.

    Raises NotFoundError for a character that is not there, RefusedInputError for more than can be gone through.
    """
    with database.transaction(owner) as records:
        sheets = (
            records.characters.list()
            if characters is None
            else [records.characters.get(slug) for slug in sorted(set(characters))]
        )
        if len(sheets) > MOST_CHARACTERS:
            raise RefusedInputError(
                f"there are {len(sheets)} characters; name those to compare with, {MOST_CHARACTERS} at most",
                field="characters",
            )
        keys = [CharacterKey(owner, sheet.slug, outfit.slug) for sheet in sheets for outfit in sheet.wardrobe]
        return {key: choose_standard(key, records) for key in keys}


def find_standard(owner: str, database: Database, character: str, outfit: str | None = None) -> Standard | NoStandard:
    """Of one outfit, the default one where none is named. Raises NotFoundError for no such character,
    RefusedInputError for no such outfit.
    """
    with database.transaction(owner) as records:
        sheet = records.characters.get(character)
        worn = sheet.outfit(outfit)
        return choose_standard(CharacterKey(owner, sheet.slug, worn.slug), records)
