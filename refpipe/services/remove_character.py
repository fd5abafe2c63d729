"""Remove a character: it is listed and made no more, and nothing that was paid for or judged is lost.

Belongs here: what becomes of a removed character. Does not: freeing room (sweep_orphans).

Its attempts, verdicts and generations are history and stay, with their pictures; what only the gallery named
(contact sheets, uploaded masters that no row needs) is left to the next sweep.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from refpipe.domain.ports import Database


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of a character; ``pictures`` were listed until now."""

    character: str
    pictures: int
    status: str = "removed"

    def as_document(self) -> dict[str, Any]:
        return asdict(self)


def remove_character(owner: str, character: str, *, database: Database) -> Removal:
    """Remove it. Raises NotFoundError."""
    with database.transaction(owner) as records:
        return Removal(character, records.characters.remove(character))
