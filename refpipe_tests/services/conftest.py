"""Stores for tests of use cases: the real ones, on the session's Postgres and a directory of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from refpipe.backends.database.session import PostgresDatabase
from refpipe.backends.pictures.contact_sheet import PillowContactSheetPainter
from refpipe.backends.pictures.picture_reader import PillowPictureReader
from refpipe.backends.runs.holders import ProcessHolders
from refpipe.backends.sheets.sheet_file import sample_sheet
from refpipe.backends.shot_library import packaged_library, packaged_shots
from refpipe.backends.storage import LocalBlobStore
from refpipe.domain.characters import CharacterSheet
from refpipe.domain.generation import Size
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ledger import LedgerTerms
from refpipe.domain.ports import BlobStore, Database, ImageGenerator
from refpipe.services.build_reference_set import BuildReferenceSet
from refpipe.services.draw_contact_sheet import DrawContactSheet
from refpipe.services.register_character import register_character
from refpipe.services.seed_shots import seed_shots
from refpipe.services.set_master_reference import SetMasterReference

TINY = Size(32, 48)
QUICK = LedgerTerms(lease_s=5.0, patience_s=30.0, settle_s=0.2, poll_s=0.05, pauses_s=(0.01, 0.02))
SHOTS = {shot.slug: shot for shot in packaged_shots()}
FEW = [SHOTS[slug] for slug in ("35mm_front_full", "50mm_front_cu", "85mm_left90_mcu")]
STREET = CharacterKey("local", "jax", "street")
RAINCOAT = CharacterKey("local", "jax", "raincoat")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = PostgresDatabase(database_url)
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "storage")


@pytest.fixture
def jax(database: Database) -> CharacterSheet:
    """The sample character, registered, with all shots seeded."""
    seed_shots(database, "local", packaged_library())
    sheet = sample_sheet("jax")
    register_character(sheet, owner="local", database=database)
    return sheet


Builder = Callable[..., BuildReferenceSet]


@pytest.fixture
def builder(database: Database, blobs: BlobStore) -> Builder:
    def build(generator: ImageGenerator, **changes: Any) -> BuildReferenceSet:
        plain = BuildReferenceSet(
            database=database, blobs=blobs, generator=generator, holders=ProcessHolders(), size=TINY, terms=QUICK
        )
        return replace(plain, **changes)

    return build


@pytest.fixture
def masters(database: Database, blobs: BlobStore) -> SetMasterReference:
    return SetMasterReference(database=database, blobs=blobs, reader=PillowPictureReader())


@pytest.fixture
def sheets(database: Database, blobs: BlobStore) -> DrawContactSheet:
    return DrawContactSheet(database=database, blobs=blobs, painter=PillowContactSheetPainter())
