"""An owner's reference shots.

Belongs here: shot templates read and written. Does not: the library they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from refpipe.backends.database.repositories.owner import Owner
from refpipe.backends.database.tables import ShotTemplateRow
from refpipe.domain.camera import Crop, Gaze, Headroom, Thirds
from refpipe.domain.shots import Expression, Mode, Pack, Pose, ReferenceShot, SceneType

_AS_DOMAIN: dict[str, Callable[[Any], Any]] = {
    "pack": Pack,
    "mode": Mode,
    "crop": Crop,
    "gaze": Gaze,
    "thirds": Thirds,
    "headroom": Headroom,
    "pose": Pose,
    "expression": Expression,
    "scene_types": lambda words: tuple(SceneType(word) for word in words),
    "negative_prompts": tuple,
    "tags": tuple,
}
_FIELDS = tuple(ReferenceShot.__dataclass_fields__)


class PostgresShotTemplates:
    """See the port ``ShotTemplates``."""

    def __init__(self, session: Session, owner: Owner) -> None:
        self._session = session
        self._owner = owner

    def all(self, *, active_only: bool = True) -> list[ReferenceShot]:
        """The newest version of every shot, in the order in which the shots first arrived."""
        query = select(ShotTemplateRow).where(ShotTemplateRow.owner_id == self._owner.id).order_by(ShotTemplateRow.seq)
        newest: dict[str, ShotTemplateRow] = {}
        for row in self._session.scalars(query):
            if row.slug not in newest or newest[row.slug].version < row.version:
                newest[row.slug] = row
        return [_shot(row) for row in newest.values() if row.active or not active_only]

    def upsert(self, shot: ReferenceShot) -> str:
        """'created', 'updated' or 'unchanged'. A new version is created beside the older ones."""
        fields = shot.as_fields()
        created = self._session.scalar(
            insert(ShotTemplateRow)
            .values(id=uuid4(), owner_id=self._owner.id, **fields)
            .on_conflict_do_nothing(index_elements=["owner_id", "slug", "version"])
            .returning(ShotTemplateRow.id)
        )
        if created is not None:
            return "created"
        row = self._session.scalars(
            select(ShotTemplateRow)
            .where(
                ShotTemplateRow.owner_id == self._owner.id,
                ShotTemplateRow.slug == shot.slug,
                ShotTemplateRow.version == shot.version,
            )
            .with_for_update()
        ).one()
        changed = {name: value for name, value in fields.items() if getattr(row, name) != value}
        for name, value in changed.items():
            setattr(row, name, value)
        self._session.flush()
        return "updated" if changed else "unchanged"

    def retire(self, slugs: Sequence[str]) -> int:
        """Retire all versions of the shots; how many shots were still active."""
        retired = self._session.scalars(
            update(ShotTemplateRow)
            .where(
                ShotTemplateRow.owner_id == self._owner.id,
                ShotTemplateRow.slug.in_(list(slugs)),
                ShotTemplateRow.active,
            )
            .values(active=False)
            .returning(ShotTemplateRow.slug)
        )
        return len(set(retired))


def _shot(row: ShotTemplateRow) -> ReferenceShot:
    return ReferenceShot(**{name: _AS_DOMAIN.get(name, lambda value: value)(getattr(row, name)) for name in _FIELDS})
