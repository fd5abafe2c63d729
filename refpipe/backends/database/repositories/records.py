"""The repositories of one transaction, together.

Belongs here: nothing but that. Does not: queries.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from refpipe.backends.database.repositories.attempts import PostgresImageAttempts
from refpipe.backends.database.repositories.blobs import PostgresBlobs
from refpipe.backends.database.repositories.characters import PostgresCharacters
from refpipe.backends.database.repositories.gallery import PostgresGallery
from refpipe.backends.database.repositories.generations import PostgresGenerations
from refpipe.backends.database.repositories.legacy_shots import PostgresLegacyShots
from refpipe.backends.database.repositories.owner import Owner
from refpipe.backends.database.repositories.reviews import PostgresReviews
from refpipe.backends.database.repositories.shots import PostgresShotTemplates

if TYPE_CHECKING:
    from refpipe.backends.database.repositories.vectors import PostgresVectors


class PostgresRecords:
    """All rows of one owner, within one transaction."""

    def __init__(self, session: Session, owner: Owner) -> None:
        self._session = session
        self._owner = owner
        self.blobs = PostgresBlobs(session, owner)
        self.shots = PostgresShotTemplates(session, owner)
        self.characters = PostgresCharacters(session, owner, self.blobs)
        self.generations = PostgresGenerations(session, owner)
        self.gallery = PostgresGallery(session, owner, self.blobs)
        self.reviews = PostgresReviews(session, owner, self.gallery)
        self.attempts = PostgresImageAttempts(session, owner)
        self.legacy_shots = PostgresLegacyShots(session, owner)

    # made when they are asked for: they load numpy

    @cached_property
    def features(self) -> PostgresVectors:
        """Who is shown."""
        from refpipe.backends.database.repositories.vectors import PostgresVectors
        from refpipe.domain.ports.vectors import VectorKind

        return PostgresVectors(self._session, self._owner, VectorKind.FEATURES)

    @cached_property
    def embeddings(self) -> PostgresVectors:
        """What is shown."""
        from refpipe.backends.database.repositories.vectors import PostgresVectors
        from refpipe.domain.ports.vectors import VectorKind

        return PostgresVectors(self._session, self._owner, VectorKind.EMBEDDINGS)
