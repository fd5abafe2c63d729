"""Settings → what is done with reference sets: seed, examine, find, draw, export, tidy.

Belongs here: use cases over sets that are there. Does not: making them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from refpipe.wiring.making import Making

if TYPE_CHECKING:
    from refpipe.domain.characters import CharacterSheet
    from refpipe.domain.keys import CharacterKey
    from refpipe.domain.shots import ShotSet
    from refpipe.services.draw_contact_sheet import DrawContactSheet
    from refpipe.services.examine_set import SetExamination
    from refpipe.services.export_set import ExportSet
    from refpipe.services.find_reference import FindReference
    from refpipe.services.seed_shots import SeedReport
    from refpipe.services.sweep_orphans import SweepOrphans


class Sets(Making):
    """The use cases over reference sets and the shots that they are planned from."""

    def seed_shots(self, wanted: ShotSet | None = None, *, clean: bool = False, validate: bool = True) -> SeedReport:
        """Seed the owner's reference shots from the packaged library."""
        from refpipe.backends.shot_library import packaged_library
        from refpipe.domain.shots import ShotSet
        from refpipe.services.seed_shots import seed_shots

        return seed_shots(
            self.database,
            self.settings.owner,
            packaged_library(),
            wanted or ShotSet.ALL,
            clean=clean,
            validate=validate,
        )

    def seed_if_empty(self) -> bool:
        """Seed a home that has no active reference shot yet; whether it did."""
        with self.database.transaction(self.settings.owner) as records:
            if records.shots.all():
                return False
        self.seed_shots()
        return True

    def examine_set(self, key: CharacterKey) -> SetExamination:
        """A set as a whole, in every respect that there is a check for."""
        from refpipe.backends.pictures.likeness import ThumbnailDuplicates
        from refpipe.services.examine_set import examine_set

        return examine_set(
            key,
            database=self.database,
            blobs=self.blobs,
            duplicates=ThumbnailDuplicates(self.kept_copies),
            thresholds=self.settings.gate.thresholds,
            embedded_by=lambda: self.text_image_model.model,
        )

    def draw_contact_sheet(self) -> DrawContactSheet:
        """The use case over this home's stores."""
        from refpipe.services.draw_contact_sheet import DrawContactSheet

        return DrawContactSheet(database=self.database, blobs=self.blobs, painter=self.contact_sheet_painter)

    def find_reference(self) -> FindReference:
        """The use case over this home's database."""
        from refpipe.backends.scene_words import packaged_calibration, packaged_vocabulary
        from refpipe.services.find_reference import FindReference

        return FindReference(
            database=self.database, vocabulary=packaged_vocabulary(), calibration=packaged_calibration()
        )

    def export_set(self) -> ExportSet:
        """The use case over this home's stores."""
        from refpipe.backends.sheets.sheet_file import sheet_file
        from refpipe.services.export_set import ExportSet

        return ExportSet(
            database=self.database,
            blobs=self.blobs,
            contact_sheets=self.draw_contact_sheet(),
            sheet_file=sheet_file,
            planner=self.planner_if_any(),
        )

    def sweep_orphans(self) -> SweepOrphans:
        """The use case over this home's stores."""
        from refpipe.services.sweep_orphans import SweepOrphans

        return SweepOrphans(database=self.database, blobs=self.blobs, owner=self.settings.owner)

    def published_contact_sheet(self, key: CharacterKey) -> str | None:
        """Path of the contact sheet as a file with a name of its own, None when there is none."""
        path = self._contact_sheet_path(key)
        return str(path) if path.is_file() else None

    def publish_contact_sheet(self, key: CharacterKey) -> str | None:
        """Copy the current contact sheet out of the blob store, as a file that people can open; its path."""
        from refpipe.domain.keys import contact_sheet_name

        with self.database.transaction(key.owner) as records:
            sha256 = records.blobs.resolve(contact_sheet_name(key))
        if sha256 is None:
            return None
        path = self._contact_sheet_path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}.new")
        unfinished.write_bytes(self.blobs.get(sha256))
        unfinished.replace(path)
        return str(path)

    def withdraw_contact_sheets(self, sheet: CharacterSheet) -> None:
        """Remove a character's published contact sheets."""
        from refpipe.domain.upkeep import keys_of

        for key in keys_of(sheet):
            self._contact_sheet_path(key).unlink(missing_ok=True)

    def _contact_sheet_path(self, key: CharacterKey) -> Path:
        return self.settings.home / "contact_sheets" / key.owner / f"{key.character}~{key.outfit}.png"
