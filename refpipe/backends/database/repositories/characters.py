"""An owner's characters, their outfits and master references.

Belongs here: sheets read and written, the current master. Does not: galleries, beyond marking them due.
"""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from refpipe.backends.database.gallery_tables import GalleryImageRow
from refpipe.backends.database.repositories.blobs import PostgresBlobs
from refpipe.backends.database.repositories.owner import Owner
from refpipe.backends.database.tables import CharacterRow, MasterReferenceRow, OutfitRow
from refpipe.domain.characters import CharacterSheet
from refpipe.domain.errors import NotFoundError
from refpipe.domain.keys import character_names
from refpipe.domain.ports import BlobRef

_WORN = (
    select(OutfitRow.id)
    .where(OutfitRow.character_id == CharacterRow.id, OutfitRow.is_retired.is_(False))
    .correlate(CharacterRow)
    .exists()
)
"""The character has an outfit that is not retired."""


class PostgresCharacters:
    """See the port ``Characters``. A sheet belongs to the transaction's owner, whatever it says itself.

    A sheet has at least one outfit, so a character all of whose outfits are retired is one that was removed.
    """

    def __init__(self, session: Session, owner: Owner, blobs: PostgresBlobs) -> None:
        self._session = session
        self._owner = owner
        self._blobs = blobs

    def save(self, sheet: CharacterSheet) -> str:
        """'created', 'updated' or 'unchanged'. Outfits not on the sheet any more are retired, never deleted.

        One that was removed before is 'created' again.
        """
        sheet = sheet.model_copy(update={"owner": self._owner.slug})
        values = {"name": sheet.name, "status": sheet.status.value, "sheet": sheet.model_dump(mode="json")}
        created = self._session.scalar(
            insert(CharacterRow)
            .values(id=uuid4(), owner_id=self._owner.id, slug=sheet.slug, **values)
            .on_conflict_do_nothing(index_elements=["owner_id", "slug"])
            .returning(CharacterRow.id)
        )
        if created is not None:
            self._save_outfits(created, sheet)
            return "created"
        row = self._row(sheet.slug, for_update=True, with_removed=True)
        was_removed = not self._is_worn(row)
        if row.sheet == values["sheet"] and not was_removed:
            return "unchanged"
        row.name, row.status, row.sheet = sheet.name, sheet.status.value, sheet.model_dump(mode="json")
        self._save_outfits(row.id, sheet)
        return "created" if was_removed else "updated"

    def remove(self, slug: str) -> int:
        """Retire the character with its outfits; how many pictures it showed. Raises NotFoundError."""
        row = self._row(slug, for_update=True)
        row.current_master_id = None
        self._session.execute(update(OutfitRow).where(OutfitRow.character_id == row.id).values(is_retired=True))
        mine = (GalleryImageRow.owner_id == self._owner.id, GalleryImageRow.character_id == row.id)
        shown = self._session.scalars(
            update(GalleryImageRow)
            .where(*mine, GalleryImageRow.current_attempt_id.is_not(None))
            .values(current_attempt_id=None, review_due=False)
            .returning(GalleryImageRow.id)
        ).all()
        self._blobs.forget_names(character_names(self._owner.slug, slug))
        return len(shown)

    def get(self, slug: str) -> CharacterSheet:
        """Raises NotFoundError."""
        return CharacterSheet.model_validate(self._row(slug).sheet)

    def set_master(self, slug: str, picture: BlobRef, *, source: str) -> bool:
        """Record a new master reference; True when it differs from the current one.

        Every gallery image of the character becomes due for review in the same transaction. Raises NotFoundError.
        """
        row = self._row(slug, for_update=True)
        if self._master_of(row) == picture.sha256:
            return False
        self._blobs.ensure(picture)
        master = MasterReferenceRow(
            id=uuid4(),
            owner_id=self._owner.id,
            character_id=row.id,
            picture_sha256=picture.sha256,
            source=source,
        )
        self._session.add(master)
        self._session.flush()
        row.current_master_id = master.id
        self._session.execute(
            update(GalleryImageRow)
            .where(GalleryImageRow.owner_id == self._owner.id, GalleryImageRow.character_id == row.id)
            .values(review_due=True)
        )
        return True

    def master(self, slug: str) -> str | None:
        """SHA-256 of the current master reference's picture. Raises NotFoundError."""
        return self._master_of(self._row(slug))

    def list(self) -> list[CharacterSheet]:
        """All characters by slug."""
        query = (
            select(CharacterRow.sheet).where(CharacterRow.owner_id == self._owner.id, _WORN).order_by(CharacterRow.slug)
        )
        return [CharacterSheet.model_validate(sheet) for sheet in self._session.scalars(query)]

    def _is_worn(self, row: CharacterRow) -> bool:
        return bool(self._session.scalar(select(_WORN).where(CharacterRow.id == row.id)))

    def _row(self, slug: str, *, for_update: bool = False, with_removed: bool = False) -> CharacterRow:
        query = select(CharacterRow).where(CharacterRow.owner_id == self._owner.id, CharacterRow.slug == slug)
        query = query if with_removed else query.where(_WORN)
        row = self._session.scalar(query.with_for_update() if for_update else query)
        if row is None:
            raise NotFoundError(f"there is no character {slug!r}")
        return row

    def _master_of(self, row: CharacterRow) -> str | None:
        if row.current_master_id is None:
            return None
        return self._session.scalars(
            select(MasterReferenceRow.picture_sha256).where(MasterReferenceRow.id == row.current_master_id)
        ).one()

    def _save_outfits(self, character_id: UUID, sheet: CharacterSheet) -> None:
        query = select(OutfitRow).where(OutfitRow.character_id == character_id)
        known = {row.slug: row for row in self._session.scalars(query)}
        for row in known.values():
            row.is_retired = True
        for position, outfit in enumerate(sheet.wardrobe):
            row = known.get(outfit.slug) or OutfitRow(
                id=uuid4(), owner_id=self._owner.id, character_id=character_id, slug=outfit.slug
            )
            row.name, row.position = outfit.name, position
            row.is_default, row.is_retired = outfit is sheet.default_outfit, False
            self._session.add(row)
        self._session.flush()
