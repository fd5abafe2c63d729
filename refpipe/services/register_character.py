"""Add a character, or bring a known one up to date with its sheet.

Belongs here: what may change on a sheet. Does not: reading files, building partitions.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.ports import Database


@dataclass(frozen=True, slots=True)
class Registration:
    """What became of a sheet; ``status`` is created, updated or unchanged."""

    character: str
    status: str

    def as_document(self) -> dict[str, Any]:
        return asdict(self)


def register_character(sheet: CharacterSheet, *, owner: str, database: Database) -> Registration:
    """Store the sheet for its owner. Raises RefusedInputError when the sheet names another owner."""
    if sheet.owner != owner:
        raise RefusedInputError(f"is {sheet.owner!r}, but this is the house of {owner!r}", field="owner")
    with database.transaction(owner) as records:
        return Registration(sheet.slug, records.characters.save(sheet))
