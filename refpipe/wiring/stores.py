"""Settings → stores: the database, vectors in it, blobs.

Belongs here: reaching and closing them. Does not: what is done with them.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from refpipe.settings import Settings, StoreKind, load_settings

if TYPE_CHECKING:
    from refpipe.backends.database.session import PostgresDatabase
    from refpipe.backends.database.vector_search import PostgresVectorSearch
    from refpipe.backends.storage.object_store import ObjectBlobStore


class Stores:
    """The stores of one home. Use as a context: what was opened is closed on leaving."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or load_settings()
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened; the embedded server stops when nobody else uses it. Closing twice is allowed.

        What is asked for afterwards is built anew.
        """
        self._closing.close()
        for name in [name for name in self.__dict__ if isinstance(getattr(type(self), name, None), cached_property)]:
            del self.__dict__[name]

    @cached_property
    def database_url(self) -> str:
        """A plain ``postgresql://`` URL; joins the embedded server first where no other is set. Holds a password."""
        if self.settings.database_url is not None:
            return self.settings.database_url.get_secret_value()
        from refpipe.backends.database.embedded import EmbeddedServer

        server = EmbeddedServer.join(self.settings.postgres_path)
        self._closing.callback(server.leave)
        return server.ensure_database()

    @cached_property
    def database(self) -> PostgresDatabase:
        """The database, its schema brought to the newest revision."""
        from refpipe.backends.database.migrations import migrate
        from refpipe.backends.database.session import PostgresDatabase

        migrate(self.database_url)
        database = PostgresDatabase(self.database_url)
        self._closing.callback(database.close)
        return database

    @cached_property
    def vector_search(self) -> PostgresVectorSearch:
        """Nearest vectors in the same database, over connections of its own."""
        from refpipe.backends.database.vector_search import PostgresVectorSearch

        _ = self.database  # reaches the server and brings the schema up to date
        search = PostgresVectorSearch(self.database_url)
        self._closing.callback(search.close)
        return search

    def database_version(self) -> tuple[str | None, str]:
        """The schema's version as it is and as it should be. Raises NotSetUpError when the server is not reached."""
        from refpipe.backends.database.migrations import HEAD, current_version

        _ = self.database  # reaches the server and brings the schema up to date
        return current_version(self.database_url), HEAD

    @cached_property
    def blobs(self) -> ObjectBlobStore:
        """The blob store that the settings name."""
        from refpipe.backends.storage import LocalBlobStore, S3BlobStore

        store = self.settings.store
        if store.kind is StoreKind.LOCAL:
            return LocalBlobStore(self.settings.blobs_path)
        return S3BlobStore(
            store.bucket,
            prefix=store.prefix,
            endpoint=store.endpoint,
            region=store.region,
            access_key_id=store.access_key_id.get_secret_value() if store.access_key_id else None,
            secret_access_key=store.secret_access_key.get_secret_value() if store.secret_access_key else None,
        )

    def child_environment(self) -> dict[str, str]:
        """This process's environment with the homes pinned, for children that work on the same home."""
        homes = {"REFPIPE_HOME": str(self.settings.home), "DAGSTER_HOME": str(self.settings.dagster_home)}
        return {**os.environ, **homes}
