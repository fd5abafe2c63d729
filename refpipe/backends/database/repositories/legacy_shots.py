"""Rows of the old shape in Postgres.

Belongs here: the SQL of the LegacyShots port. Does not: what a row becomes (domain).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from typing import cast as typed

from sqlalchemy import Table, bindparam, case, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from refpipe.backends.database.legacy_tables import LegacyShotRow
from refpipe.backends.database.repositories.owner import Owner
from refpipe.domain.legacy_shots import CAMERA_COLUMNS, CameraColumns, LegacyFault, LegacyFill, LegacyRow

table = typed("Table", LegacyShotRow.__table__)
_OLD_COLUMNS = ("name", "angle", "lens", "crop", "pack", "mode", "prompt")


class PostgresLegacyShots:
    """See the port ``LegacyShots``."""

    def __init__(self, session: Session, owner: Owner) -> None:
        self._session = session
        self._owner_id = owner.id

    def add(self, rows: Sequence[LegacyRow]) -> int:
        """Store rows whose id is not there yet; the number stored."""
        if not rows:
            return 0
        statement = insert(table).on_conflict_do_nothing().returning(table.c.id)
        return len(self._session.execute(statement, [self._as_stored(row) for row in rows]).all())

    def unmapped(self, after_id: str, limit: int) -> list[LegacyRow]:
        """Rows that are not migrated, locked until the transaction ends so that no two migrations share one."""
        statement = (
            select(table)
            .where(table.c.owner_id == self._owner_id, table.c.id > after_id, table.c.filled_columns.is_(None))
            .order_by(table.c.id)
            .limit(limit)
            .with_for_update()
        )
        return [_as_row(stored) for stored in self._session.execute(statement).mappings()]

    def fill(self, fills: Sequence[LegacyFill]) -> None:
        """Write the values, remember their columns, mark the rows migrated."""
        if not fills:
            return
        # COALESCE: whatever is in the row wins, even over a mapping that should have known better
        values: dict[str, Any] = {
            column: func.coalesce(table.c[column], bindparam(f"new_{column}", type_=table.c[column].type))
            for column in CAMERA_COLUMNS
        }
        statement = (
            update(table)
            .where(table.c.owner_id == self._owner_id, table.c.id == bindparam("row_id"))
            .values(**values, filled_columns=bindparam("filled", type_=table.c.filled_columns.type), fault=None)
        )
        self._session.execute(
            statement,
            [
                {
                    "row_id": fill.id,
                    "filled": list(fill.values),
                    **{f"new_{column}": _plain(fill.values.get(column)) for column in CAMERA_COLUMNS},
                }
                for fill in fills
            ],
        )

    def note_faults(self, faults: Sequence[LegacyFault]) -> None:
        """Keep why these rows could not be mapped; they stay unmapped."""
        if not faults:
            return
        statement = (
            update(table)
            .where(table.c.owner_id == self._owner_id, table.c.id == bindparam("row_id"))
            .values(fault=bindparam("reason"))
        )
        self._session.execute(statement, [{"row_id": fault.id, "reason": fault.reason} for fault in faults])

    def restore(self, after_id: str, limit: int) -> list[str]:
        """Empty again what the migration filled, forget its marks; the ids touched, in order."""
        marked = (
            select(table.c.id)
            .where(
                table.c.owner_id == self._owner_id,
                table.c.id > after_id,
                or_(table.c.filled_columns.is_not(None), table.c.fault.is_not(None)),
            )
            .order_by(table.c.id)
            .limit(limit)
            .with_for_update()
        )
        ids = list(self._session.execute(marked).scalars())
        emptied = {
            column: case((table.c.filled_columns.has_key(column), null()), else_=table.c[column])
            for column in CAMERA_COLUMNS
        }
        self._session.execute(
            update(table)
            .where(table.c.owner_id == self._owner_id, table.c.id.in_(ids))
            .values(**emptied, filled_columns=null(), fault=None)
        )
        return ids

    def _as_stored(self, row: LegacyRow) -> dict[str, Any]:
        old = {column: getattr(row, column) for column in _OLD_COLUMNS}
        camera = {column: _plain(getattr(row.camera, column)) for column in CAMERA_COLUMNS}
        return {"owner_id": self._owner_id, "id": row.id, "other": dict(row.other), **old, **camera}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _as_row(stored: Any) -> LegacyRow:
    camera = {column: stored[column] for column in CAMERA_COLUMNS}
    scenes = camera.pop("scene_types")
    return LegacyRow(
        id=stored["id"],
        other=stored["other"],
        camera=CameraColumns(**camera, scene_types=None if scenes is None else tuple(scenes)),
        **{column: stored[column] for column in _OLD_COLUMNS},
    )
