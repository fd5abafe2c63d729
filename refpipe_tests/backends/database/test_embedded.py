"""The embedded server: joined by many, stopped by the last, unharmed by kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from refpipe.backends.database.embedded import EmbeddedServer
from refpipe.backends.database.postgres_programs import (
    LEAST_BUFFERS_MB,
    MOST_BUFFERS_MB,
    PostgresPrograms,
    read_postmaster,
)
from refpipe.backends.database.urls import psycopg_url
from refpipe.domain.errors import NotSetUpError

JOIN_AND_WAIT = """
import sys
from pathlib import Path
from refpipe.backends.database.embedded import EmbeddedServer
server = EmbeddedServer.join(Path(sys.argv[1]))
print(server.ensure_database("shared"), flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pg") as parent:
        path = Path(parent).resolve() / "data"
        yield path
        if (path / "PG_VERSION").exists():
            PostgresPrograms(path).stop()


def _joiner(directory: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", JOIN_AND_WAIT, str(directory)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _url_of(joiner: subprocess.Popen[str]) -> str:
    assert joiner.stdout is not None
    return joiner.stdout.readline().strip()


def _answer(url: str) -> int:
    with psycopg.connect(psycopg_url(url)) as connection:
        row = connection.execute("SELECT 42").fetchone()
        assert row is not None
        return int(row[0])


def _is_running(directory: Path) -> bool:
    found = read_postmaster(directory)
    return found is not None and found.is_alive(directory)


def test_six_processes_that_start_at_once_share_one_server_and_the_last_stops_it(directory: Path) -> None:
    joiners = [_joiner(directory) for _ in range(6)]
    urls = {_url_of(joiner) for joiner in joiners}
    assert len(urls) == 1
    assert _answer(urls.pop()) == 42
    for number, joiner in enumerate(joiners):
        assert _is_running(directory), f"the server stopped while {6 - number} were using it"
        joiner.communicate("go\n", timeout=60)
        assert joiner.returncode == 0
    assert not _is_running(directory)


def test_a_user_that_is_killed_harms_nobody_and_the_server_still_stops_with_the_last(directory: Path) -> None:
    killed, staying = _joiner(directory), _joiner(directory)
    url = _url_of(killed)
    assert _url_of(staying) == url
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert _answer(url) == 42
    staying.communicate("go\n", timeout=60)
    assert not _is_running(directory)


def test_when_its_only_user_is_killed_the_server_runs_on_and_the_next_user_joins_and_stops_it(directory: Path) -> None:
    killed = _joiner(directory)
    url = _url_of(killed)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    before = read_postmaster(directory)
    with EmbeddedServer.join(directory) as server:
        assert server.url("shared") == url
        assert read_postmaster(directory) == before
        assert _answer(url) == 42
    assert not _is_running(directory)


def test_a_server_that_was_killed_starts_again_with_what_was_committed(directory: Path) -> None:
    server = EmbeddedServer.join(directory)
    with psycopg.connect(server.ensure_database("kept"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    postmaster = read_postmaster(directory)
    assert postmaster is not None
    os.kill(postmaster.pid, signal.SIGKILL)
    with EmbeddedServer.join(directory) as again:
        with psycopg.connect(again.url("kept")) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
        server.leave()
        assert _is_running(directory)


def test_a_left_over_process_number_that_now_belongs_to_another_process_is_not_believed(directory: Path) -> None:
    EmbeddedServer.join(directory).leave()
    lines = [str(os.getpid()), str(directory), "1", "5432", str(directory), "", "1 1", "ready"]
    (directory / "postmaster.pid").write_text("\n".join(lines) + "\n")
    with EmbeddedServer.join(directory) as server:
        assert _answer(server.url("postgres")) == 42


def test_a_first_start_that_was_cut_off_is_begun_again(directory: Path) -> None:
    directory.mkdir()
    (directory / "PG_VERSION").write_text("18\n")
    directory.with_name(f".{directory.name}.initialising").touch()
    with EmbeddedServer.join(directory) as server:
        assert _answer(server.url("postgres")) == 42


def test_data_of_another_version_are_left_alone_and_named(directory: Path) -> None:
    directory.mkdir()
    (directory / "PG_VERSION").write_text("12\n")
    with pytest.raises(NotSetUpError, match="written by Postgres 12"):
        EmbeddedServer.join(directory)
    assert (directory / "PG_VERSION").read_text() == "12\n"
    (directory / "PG_VERSION").unlink()


def test_a_directory_with_something_else_in_it_is_left_alone_and_named(directory: Path) -> None:
    directory.mkdir()
    (directory / "holiday.jpg").write_text("precious")
    for _ in range(2):
        with pytest.raises(NotSetUpError, match="could not be made"):
            EmbeddedServer.join(directory)
    assert (directory / "holiday.jpg").read_text() == "precious"


def test_a_place_that_cannot_be_written_is_named_with_a_remedy(directory: Path) -> None:
    directory.write_text("a file, no directory")
    with pytest.raises(NotSetUpError, match="REFPIPE_HOME"):
        EmbeddedServer.join(directory)
    with pytest.raises(NotSetUpError, match="REFPIPE_HOME"):
        EmbeddedServer.join(directory / "below" / "a" / "file")


@pytest.mark.parametrize("name", ["with a space", "ünï 'quoted'", "x" * 110])
def test_homes_with_unusual_paths_work(directory: Path, name: str) -> None:
    data = directory.parent / name / "postgres"
    with EmbeddedServer.join(data) as server:
        assert _answer(server.ensure_database("refpipe")) == 42


def test_a_home_too_long_for_a_socket_is_refused_with_a_remedy_when_there_is_no_short_place(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = directory.parent / ("y" * 110)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with pytest.raises(NotSetUpError, match="too long for a Unix socket") as caught:
        EmbeddedServer.join(long / "postgres")
    assert "REFPIPE_HOME" in caught.value.remedy


def test_a_short_socket_place_that_others_can_enter_is_not_used(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = directory.parent / "t"
    short.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    long = directory.parent / ("z" * 110)
    with EmbeddedServer.join(long) as server:
        socket_directory = server.socket_directory
    assert socket_directory.parent == short
    socket_directory.chmod(0o777)
    with pytest.raises(NotSetUpError, match="not a directory of this user alone"):
        EmbeddedServer.join(long)


def test_making_a_database_from_many_threads_at_once_makes_one(directory: Path) -> None:
    with EmbeddedServer.join(directory) as server, ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(server.ensure_database, ["one"] * 8))) == 1


def test_joining_and_leaving_over_and_over_by_several_processes_never_fails(directory: Path) -> None:
    code = """
import sys
from pathlib import Path
import psycopg
from refpipe.backends.database.embedded import EmbeddedServer
for _ in range(6):
    with EmbeddedServer.join(Path(sys.argv[1])) as server, psycopg.connect(server.url("postgres")) as connection:
        assert connection.execute("SELECT 42").fetchone() == (42,)
"""
    workers = [subprocess.Popen([sys.executable, "-c", code, str(directory)]) for _ in range(3)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0, 0]
    deadline = time.monotonic() + 5
    while _is_running(directory) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(directory)


def test_the_server_takes_a_share_of_the_memory_within_bounds_unless_told_otherwise(directory: Path) -> None:
    def buffers_mb(**settings: str) -> int:
        with (
            EmbeddedServer.join(directory, settings=settings) as server,
            psycopg.connect(server.url("postgres")) as there,
        ):
            found = there.execute("SELECT setting::int / 128 FROM pg_settings WHERE name = 'shared_buffers'").fetchone()
            assert found is not None
            return int(found[0])

    assert LEAST_BUFFERS_MB <= buffers_mb() <= MOST_BUFFERS_MB
    assert buffers_mb(shared_buffers="16MB") == 16
