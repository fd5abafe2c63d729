"""Rows that speak of blobs: names, and what needs which blob.

Belongs here: blob rows, their names, finding and forgetting the unneeded. Does not: bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import Column, ForeignKeyConstraint, Table, delete, func, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from refpipe.backends.database.base import Base
from refpipe.backends.database.repositories.owner import Owner
from refpipe.backends.database.tables import BlobNameRow, BlobRow
from refpipe.domain.ports import BlobRef


class PostgresBlobs:
    """An owner's blob rows; see the port ``Blobs``."""

    def __init__(self, session: Session, owner: Owner) -> None:
        self._session = session
        self._owner = owner

    def name(self, name: str, blob: BlobRef) -> None:
        """Point a storage name at a blob that is already stored."""
        self.name_all({name: blob})

    def name_all(self, named: Mapping[str, BlobRef]) -> None:
        """Point several names at once, in an order in which no two writers wait for each other."""
        self._ensure_all(named.values())
        rows = insert(BlobNameRow).values(
            [{"owner_id": self._owner.id, "name": name, "sha256": named[name].sha256} for name in sorted(named)]
        )
        found = rows.excluded.sha256
        self._session.execute(
            rows.on_conflict_do_update(
                index_elements=["owner_id", "name"],
                set_={"sha256": found, "updated_at": func.now()},
                where=BlobNameRow.sha256 != found,
            )
        )

    def ensure(self, blob: BlobRef) -> None:
        """See to it that the blob has a row, and that no sweep takes it away before this transaction ends."""
        self._ensure_all([blob])

    def _ensure_all(self, blobs: Iterable[BlobRef]) -> None:
        wanted = {blob.sha256: blob for blob in blobs}
        mine = (BlobRow.owner_id == self._owner.id, BlobRow.sha256.in_(sorted(wanted)))
        # waits for a sweep that is looking at a row, but not for other writers
        query = select(BlobRow.sha256).where(*mine).order_by(BlobRow.sha256)
        known = set(self._session.scalars(query.with_for_update(read=True, key_share=True)))
        missing = [wanted[sha256] for sha256 in sorted(wanted.keys() - known)]
        if not missing:
            return
        rows = insert(BlobRow).values([{"owner_id": self._owner.id, **asdict(blob)} for blob in missing])
        found = {"size_bytes": rows.excluded.size_bytes, "media_type": rows.excluded.media_type}
        self._session.execute(rows.on_conflict_do_update(index_elements=["owner_id", "sha256"], set_=found))

    def resolve(self, name: str) -> str | None:
        """SHA-256 that the name points to."""
        query = select(BlobNameRow.sha256).where(BlobNameRow.owner_id == self._owner.id, BlobNameRow.name == name)
        return self._session.scalar(query)

    def find(self, name: str) -> BlobRef | None:
        """The blob that the name points to."""
        query = (
            select(BlobRow.sha256, BlobRow.size_bytes, BlobRow.media_type)
            .join(BlobNameRow, (BlobNameRow.owner_id == BlobRow.owner_id) & (BlobNameRow.sha256 == BlobRow.sha256))
            .where(BlobNameRow.owner_id == self._owner.id, BlobNameRow.name == name)
        )
        found = self._session.execute(query).one_or_none()
        return None if found is None else BlobRef(*found)

    def has(self, sha256: str) -> bool:
        """Whether the owner has such a blob."""
        query = select(BlobRow.sha256).where(BlobRow.owner_id == self._owner.id, BlobRow.sha256 == sha256)
        return self._session.scalar(query) is not None

    def names(self, prefix: str) -> dict[str, str]:
        """Name → SHA-256 for every name that begins with the prefix, in order."""
        query = (
            select(BlobNameRow.name, BlobNameRow.sha256)
            .where(BlobNameRow.owner_id == self._owner.id, BlobNameRow.name.startswith(prefix, autoescape=True))
            .order_by(BlobNameRow.name)
        )
        return dict(self._session.execute(query).tuples().all())

    def forget_names(self, prefix: str) -> int:
        """Let go of every name that begins with the prefix; how many there were."""
        mine = (BlobNameRow.owner_id == self._owner.id, BlobNameRow.name.startswith(prefix, autoescape=True))
        return len(self._session.scalars(delete(BlobNameRow).where(*mine).returning(BlobNameRow.name)).all())

    def unreferenced(self, sha256s: Sequence[str]) -> set[str]:
        """Those of the given hashes that no row of any owner points to."""
        asked = set(sha256s)
        if not asked:
            return set()
        needed = [select(column).where(column.in_(asked)) for column in _references()]
        return asked - set(self._session.scalars(union_all(*needed)))

    def forget(self, sha256s: Sequence[str]) -> set[str]:
        """Drop the blob rows, of all owners, of those hashes that no other row points to; these hashes."""
        asked = sorted(set(sha256s))
        # a writer that is about to point to one of them holds it: wait, then look again
        self._session.execute(
            select(BlobRow.sha256).where(BlobRow.sha256.in_(asked)).order_by(BlobRow.sha256).with_for_update()
        )
        unneeded = self.unreferenced(asked)
        self._session.execute(delete(BlobRow).where(BlobRow.sha256.in_(unneeded)))
        return unneeded


def _references() -> list[Column[str]]:
    """The columns that keep a blob alive: every reference to blobs that does not simply go with it."""
    found: list[Column[str]] = []
    for table in Base.metadata.sorted_tables:
        for constraint in table.constraints:
            if isinstance(constraint, ForeignKeyConstraint) and _is_need(constraint):
                found += [column for column in constraint.columns if column.name != "owner_id"]
    return found


def _is_need(constraint: ForeignKeyConstraint) -> bool:
    target: Table = constraint.referred_table
    return target.name == BlobRow.__tablename__ and constraint.ondelete != "CASCADE"
