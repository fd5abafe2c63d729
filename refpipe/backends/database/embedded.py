"""The embedded Postgres: started by the first process that needs it, stopped by the last that leaves.

Belongs here: joining, leaving, making databases. Does not: how the server's programs are run
(postgres_programs), tables, what a URL means to whom (urls).

Every process that uses the server holds a shared file lock; whoever leaves and gets the lock for itself
alone stops the server. The kernel frees the locks of a killed process, so nothing has to be counted or
tidied up: after kill -9 the server runs on, and the next process joins it.
"""

from __future__ import annotations

import atexit
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql
from sqlalchemy import URL

from refpipe.backends.database.postgres_programs import PostgresPrograms
from refpipe.backends.database.urls import render
from refpipe.domain.errors import NotSetUpError, RetryableFailureError, StorageFullError

SUPERUSER = "postgres"
APPLICATION_DATABASE = "refpipe"


class EmbeddedServer:
    """A server whose data lie in ``directory``; its socket lies there too, or in the temporary directory.

    Use ``join``. Safe to use from several processes, and several times in one process.
    """

    def __init__(self, directory: Path, users_lock: int, socket_directory: Path) -> None:
        self.directory = directory
        self.socket_directory = socket_directory
        self._users_lock: int | None = users_lock
        self._joined_in = os.getpid()

    @classmethod
    def join(cls, directory: Path, *, settings: Mapping[str, str] | None = None) -> EmbeddedServer:
        """Join the server in the directory; make and start it when need be.

        ``settings`` are Postgres settings for a start. Raises NotSetUpError with a remedy, StorageFullError.
        """
        directory = directory.expanduser().resolve()
        with _file_errors_in_our_words(directory):
            directory.parent.mkdir(parents=True, exist_ok=True)
            users_lock = _open_lock(directory, "users")
            try:
                fcntl.flock(users_lock, fcntl.LOCK_SH)  # waits while the last user is stopping the server
                with _alone(directory, "start"):
                    socket_directory = _ensure_running(directory, settings or {})
            except BaseException:
                os.close(users_lock)
                raise
        server = cls(directory, users_lock, socket_directory)
        atexit.register(server.leave)
        return server

    def leave(self) -> None:
        """Leave the server; the last user stops it. Leaving twice is allowed."""
        users_lock, self._users_lock = self._users_lock, None
        if users_lock is None:
            return
        atexit.unregister(self.leave)
        try:
            if self._joined_in != os.getpid():
                return  # a forked child: the lock and the server are its parent's
            with suppress(BlockingIOError):  # others are still using it
                fcntl.flock(users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                PostgresPrograms(self.directory).stop()
        finally:
            os.close(users_lock)

    def url(self, database: str = APPLICATION_DATABASE) -> str:
        """A plain ``postgresql://`` URL of one database; see ``urls`` for each driver's form."""
        address = URL.create(
            "postgresql", username=SUPERUSER, database=database, query={"host": str(self.socket_directory)}
        )
        return render(address)

    def ensure_database(self, name: str = APPLICATION_DATABASE) -> str:
        """Make the database where it is missing; its URL. Several processes may ask at once.

        Raises StorageFullError, and RetryableFailureError where the server has just been stopped.
        """
        try:
            with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
                # CREATE DATABASE knows no IF NOT EXISTS; two processes must not both find it missing
                connection.execute("SELECT pg_advisory_lock(hashtext('refpipe create database'))")
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
                if known is None:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except psycopg.errors.DiskFull as error:
            raise _no_room(self.directory) from error
        except psycopg.OperationalError as error:
            said = str(error).strip().partition("\n")[0]
            raise RetryableFailureError(
                f"the embedded Postgres in {self.directory} was stopped just now ({said}); run again"
            ) from error
        return self.url(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()


def _ensure_running(directory: Path, settings: Mapping[str, str]) -> Path:
    """The directory of the running server's socket. Called by one process at a time."""
    programs = PostgresPrograms(directory)
    running = programs.running()
    if running is None:
        programs.clear_remains()
        _ensure_initialised(directory, programs)
        programs.start(settings)
        running = programs.running()
    if running is None:
        raise NotSetUpError(
            f"the embedded Postgres in {directory} stopped at once", remedy=f"See {programs.log} for the reason."
        )
    return running.socket_directory


def _ensure_initialised(directory: Path, programs: PostgresPrograms) -> None:
    unfinished = directory.with_name(f".{directory.name}.initialising")
    if unfinished.exists():
        # a first start was cut off: no server has ever run on these files
        shutil.rmtree(directory, ignore_errors=True)
    if (directory / "PG_VERSION").exists():
        programs.check_version()
        return
    if directory.exists() and any(directory.iterdir()):
        # without the mark of an unfinished start, what lies here is not ours to touch
        raise NotSetUpError(
            f"{directory} holds something else, so that the embedded Postgres could not be made there",
            remedy="Set REFPIPE_HOME to another directory, or move what lies there.",
        )
    unfinished.touch()
    programs.initialise()
    unfinished.unlink()


def _open_lock(directory: Path, purpose: str) -> int:
    path = directory.with_name(f".{directory.name}.{purpose}.lock")
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


@contextmanager
def _alone(directory: Path, purpose: str) -> Iterator[None]:
    lock = _open_lock(directory, purpose)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _no_room(directory: Path) -> StorageFullError:
    return StorageFullError(f"no room for the embedded Postgres in {directory}; free some room, then run again")


@contextmanager
def _file_errors_in_our_words(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _no_room(directory) from error
        raise NotSetUpError(
            f"the embedded Postgres cannot lie in {directory}: {error.strerror}",
            remedy="Run as the user who made it, or set REFPIPE_HOME to a directory that this user may write in.",
        ) from error
