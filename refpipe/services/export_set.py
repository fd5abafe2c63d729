"""Write a character's set into a folder that can be handed on: pictures, guides, contact sheet, sheet, manifest.

Belongs here: what goes into the folder, the order of writing, and whose folder may be written to. Does not: file
names (export_names), files themselves (a backend), the manifest's form (export_manifest).

The manifest is written first as unfinished and last as complete, so that an export that broke off is known as
ours and the next one goes on. What an earlier export left there and this one does not hold is removed, if nobody
has changed it since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import NotFoundError, PermanentFailureError, RefusedInputError
from refpipe.domain.gallery import ImageStatus
from refpipe.domain.ports import BlobStore, Database
from refpipe.services.draw_contact_sheet import DrawContactSheet
from refpipe.services.export_manifest import (
    CONTACT_SHEET,
    MANIFEST,
    SHEET,
    ExportedPicture,
    is_of_set,
    listed_files,
    manifest_bytes,
)
from refpipe.services.export_names import file_stems
from refpipe.services.image_documents import cell_status
from refpipe.services.plan_reference_set import PlanReferenceSet
from refpipe.services.read_set import GUIDE_FILES, Cell, SetRows, read_set


class ExportFolder(Protocol):
    """A folder that is written to file by file."""

    @property
    def where(self) -> str:
        """Its path, for people."""
        ...

    def names(self) -> set[str]:
        """What lies in it; empty where it is not there yet."""
        ...

    def read(self, name: str) -> bytes | None:
        """A file's bytes, None where there is none."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Write the file whole or not at all. Raises StorageFullError, RefusedInputError where it may not."""
        ...

    def remove(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What an export did. ``failed``: shot → why its picture is not there; ``left_out``: shot → its status."""

    rows: SetRows
    folder: str
    pictures: Sequence[ExportedPicture]
    written: int
    unchanged: int
    removed: int
    failed: Mapping[str, str]
    left_out: Mapping[str, str]

    def as_document(self) -> dict[str, Any]:
        return {
            "character": self.rows.key.character,
            "outfit": self.rows.key.outfit,
            "folder": self.folder,
            "manifest": f"{self.folder}/{MANIFEST}",
            "contact_sheet": f"{self.folder}/{CONTACT_SHEET}",
            "planned": len(self.pictures) + len(self.failed) + len(self.left_out),
            "exported": len(self.pictures),
            "written": self.written,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "failed": [{"shot": shot, "reason": reason} for shot, reason in self.failed.items()],
            "left_out": [{"shot": shot, "status": status} for shot, status in self.left_out.items()],
            "images": [picture.located(self.folder) for picture in self.pictures],
        }


@dataclass(slots=True)
class _Tally:
    """Files as they are written, and how many of them were there already."""

    files: dict[str, str] = field(default_factory=dict)
    written: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSet:
    """The use case with its stores. ``sheet_file`` writes a sheet as the file that it could have come from."""

    database: Database
    blobs: BlobStore
    contact_sheets: DrawContactSheet
    sheet_file: Callable[[CharacterSheet], bytes]
    planner: PlanReferenceSet | None = None

    def __call__(
        self,
        owner: str,
        character: str,
        folder: ExportFolder,
        *,
        outfit: str | None = None,
        shots: Collection[str] | None = None,
        with_guides: bool = True,
        accepted_only: bool = False,
        force: bool = False,
    ) -> ExportReport:
        """Export the shots (None: all) that have a picture which did not fail; ``accepted_only``: those accepted.

        A picture that is lost is told and never stops the others. Raises NotFoundError where there is nothing to
        export, RefusedInputError for a folder that holds something else (``force`` writes beside it), and the
        folder's errors.
        """
        rows = read_set(owner, character, outfit=outfit, database=self.database, planner=self.planner)
        asked = [cell for cell in rows.cells if shots is None or cell.shot.slug in shots]
        chosen = [cell for cell in asked if _is_wanted(cell, accepted_only=accepted_only)]
        if not chosen:
            kind = "accepted picture" if accepted_only else "picture"
            raise NotFoundError(
                f"{character} has no {kind} of these shots in the outfit {rows.key.outfit} yet; see: refpipe status"
            )
        former = self._former_files(folder, rows, force=force)
        tally = _Tally()
        folder.write(MANIFEST, manifest_bytes(rows, former, (), {}, is_complete=False))
        pictures, failed = self._write_pictures(rows, chosen, folder, tally, with_guides=with_guides)
        self._put(folder, tally, SHEET, self.sheet_file(rows.sheet))
        drawn = self.contact_sheets.paint(rows.key, only={each.cell.shot.slug for each in pictures})
        self._put(folder, tally, CONTACT_SHEET, drawn)
        removed = sum(_removed(folder, name, mark) for name, mark in former.items() if name not in tally.files)
        left_out = {cell.shot.slug: cell_status(cell) for cell in asked if cell not in chosen}
        folder.write(MANIFEST, manifest_bytes(rows, tally.files, pictures, left_out, is_complete=True))
        return ExportReport(
            rows=rows,
            folder=folder.where,
            pictures=pictures,
            written=tally.written,
            unchanged=len(tally.files) - tally.written,
            removed=removed,
            failed=failed,
            left_out=left_out,
        )

    def _former_files(self, folder: ExportFolder, rows: SetRows, *, force: bool) -> Mapping[str, str]:
        """Files of an earlier export of this set, name → SHA-256. Raises RefusedInputError for a foreign folder."""
        manifest = folder.read(MANIFEST)
        if manifest is not None and is_of_set(manifest, rows.key):
            return listed_files(manifest)
        if folder.names() and not force:
            raise RefusedInputError(
                f"{folder.where} holds something else than an export of {rows.key.character} in {rows.key.outfit};"
                " name another folder, or write into it with --force",
                field="to",
            )
        return {}

    def _write_pictures(
        self, rows: SetRows, cells: Sequence[Cell], folder: ExportFolder, tally: _Tally, *, with_guides: bool
    ) -> tuple[list[ExportedPicture], dict[str, str]]:
        stems = file_stems([cell.shot for cell in cells], rows.key)
        pictures: list[ExportedPicture] = []
        failed: dict[str, str] = {}
        for cell in cells:
            stem = stems[cell.shot.slug]
            guides = {name: f"{stem}_{GUIDE_FILES[name]}" for name in cell.guides} if with_guides else {}
            try:
                parts = dict(self._parts(cell, f"{stem}.png", guides))
            except (NotFoundError, PermanentFailureError) as error:
                failed[cell.shot.slug] = str(error)
                continue
            for name, data in parts.items():
                self._put(folder, tally, name, data)
            pictures.append(ExportedPicture(cell=cell, file=f"{stem}.png", guides=guides))
        return pictures, failed

    def _parts(self, cell: Cell, picture: str, guides: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
        if cell.image is not None:
            yield picture, self.blobs.get(cell.image.picture_sha256)
        for name, file in guides.items():
            yield file, self.blobs.get(cell.guides[name])

    def _put(self, folder: ExportFolder, tally: _Tally, name: str, data: bytes) -> None:
        tally.files[name] = hashlib.sha256(data).hexdigest()
        if folder.read(name) != data:
            folder.write(name, data)
            tally.written += 1


def _is_wanted(cell: Cell, *, accepted_only: bool) -> bool:
    if accepted_only:
        return cell.is_accepted
    return cell.image is not None and cell_status(cell) != ImageStatus.FAILED


def _removed(folder: ExportFolder, name: str, sha256: str) -> bool:
    """Whether the file of an earlier export was there, as it was written, and is removed now."""
    found = folder.read(name)
    if found is None or hashlib.sha256(found).hexdigest() != sha256:
        return False
    folder.remove(name)
    return True
