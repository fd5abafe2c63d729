"""What the generation ledger holds, for people and scripts (R-PLAT-7).

Belongs here: the documents, and finding a generation by the beginning of its fingerprint. Does not: changing anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from refpipe.domain.errors import NotFoundError, RefusedInputError
from refpipe.domain.generation import GenerationState
from refpipe.domain.keys import CharacterKey, generation_name
from refpipe.domain.ports import Database, GenerationRecord

SHORTEST_BEGINNING = 6
_WHOLE = 64


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One generation as a list shows it; ``cells`` are those that it has or had a picture in."""

    record: GenerationRecord
    cells: Sequence[tuple[CharacterKey, str]] = ()

    def as_document(self) -> dict[str, Any]:
        record = self.record
        return {
            "fingerprint": record.fingerprint,
            "role": record.role,
            "model": record.model,
            "cells": [{"character": key.character, "outfit": key.outfit, "shot": shot} for key, shot in self.cells],
            "state": record.state.value,
            "attempt": record.attempt,
            "provider_id": record.provider_id,
            "cost_usd": record.cost_usd,
            "blob": record.blob_sha256,
            "error": record.error,
            "updated_at": record.updated_at.isoformat() if record.updated_at else None,
        }


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One generation whole; ``files`` has its files by name, as SHA-256."""

    record: GenerationRecord
    files: Mapping[str, str]
    cells: Sequence[tuple[CharacterKey, str]] = ()

    def as_document(self) -> dict[str, Any]:
        record = self.record
        return {
            **LedgerLine(record, self.cells).as_document(),
            "holder": record.holder,
            "lease_until": record.lease_until.isoformat() if record.lease_until else None,
            "request": record.request,
            "files": dict(self.files),
        }


def list_ledger(owner: str, *, state: GenerationState | None, database: Database) -> list[LedgerLine]:
    """All of the owner's generations, or those in one state, the one that changed last first."""
    with database.transaction(owner) as records:
        cells = records.attempts.cells_by_fingerprint()
        return [LedgerLine(each, cells.get(each.fingerprint, ())) for each in records.generations.list(state)]


def ledger_line(record: GenerationRecord, *, database: Database) -> LedgerLine:
    """One generation as the list shows it."""
    with database.transaction(record.owner) as records:
        return LedgerLine(record, records.attempts.cells_by_fingerprint().get(record.fingerprint, ()))


def show_generation(owner: str, beginning: str, *, database: Database) -> LedgerEntry:
    """The generation whose fingerprint begins so.

    Raises NotFoundError for none, RefusedInputError when there are several or fewer than six characters are given.
    """
    if len(beginning) < SHORTEST_BEGINNING:
        raise RefusedInputError(f"give at least {SHORTEST_BEGINNING} characters of it", field="fingerprint")
    with database.transaction(owner) as records:
        if len(beginning) == _WHOLE:
            whole = records.generations.find(beginning)
            found = [whole] if whole else []
        else:
            found = [each for each in records.generations.list() if each.fingerprint.startswith(beginning)]
        if not found:
            raise NotFoundError(f"there is no generation {beginning}")
        if len(found) > 1:
            raise RefusedInputError(f"{len(found)} generations begin with {beginning}: give more", field="fingerprint")
        folder = generation_name(found[0].fingerprint, "")
        named = records.blobs.names(folder)
        cells = records.attempts.cells_by_fingerprint().get(found[0].fingerprint, ())
    return LedgerEntry(found[0], {name.removeprefix(folder): sha256 for name, sha256 in named.items()}, cells)
