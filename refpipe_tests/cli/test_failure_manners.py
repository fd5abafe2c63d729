"""What happens when the ground gives way under a set in the making: a clear sentence, nothing half stored or made
twice, and the rest goes on with the next command.

Real homes with Postgres and Dagster of their own; pictures are drawn at once, except where the pages make them.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from moto.server import ThreadedMotoServer

from refpipe.backends.database.embedded import EmbeddedServer
from refpipe.backends.runs.process_launcher import ProcessRunLauncher
from refpipe.backends.storage.blob_keys import is_unfinished
from refpipe.defs.own_runs import open_instance
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import RunFinished
from refpipe.domain.shots import ShotSet
from refpipe_tests.cli.whole_home import (
    WholeHome,
    finished,
    read_until,
    said_plainly,
    small_disk,
    stop_server,
    whole_home,
)

CORE = ("--set", ShotSet.CORE.value)
CORE_SHOTS = 9


@pytest.fixture(scope="module")
def home() -> Iterator[WholeHome]:
    with whole_home() as made:
        yield made


@pytest.fixture
def slug(home: WholeHome, request: pytest.FixtureRequest) -> str:
    """A character of the test's own, and no picture drawn yet."""
    name = f"c{hashlib.sha256(request.node.name.encode()).hexdigest()[:8]}"
    home.add(name)
    home.forget_drawn()
    return name


def stored_files(folder: Path) -> list[Path]:
    return [path for path in (folder / "blobs").rglob("*") if path.is_file()]


def damaged(folder: Path) -> list[Path]:
    """Files that are not what their name says, and leftovers."""
    return [
        path
        for path in stored_files(folder)
        if is_unfinished(path.name) or hashlib.sha256(path.read_bytes()).hexdigest() != path.name
    ]


def unfinished_runs(home: WholeHome) -> list[str]:
    """Runs that Dagster does not know the end of, on a home where nothing is at work."""
    with EmbeddedServer.join(home.path / "postgres"), open_instance(home.path / "dagster") as instance:
        return [run.run_id for run in instance.get_runs() if not run.is_finished]


def test_a_disk_that_fills_up_keeps_what_was_made_and_the_rest_is_made_when_there_is_room(
    home: WholeHome, slug: str, tmp_path: Path
) -> None:
    store = tmp_path / "disk"
    with small_disk(store, "72k") as resize:
        full = home.run("generate", slug, *CORE, REFPIPE_STORE__PATH=str(store))
        assert f"no room to store {store}/blobs/" in said_plainly(full, 1)
        assert damaged(store) == []
        made = home.attempts(slug)
        assert 0 < len(made) < CORE_SHOTS
        assert full.err.count(" generated") == len(made)

        resize("20m")
        rest = home.run("generate", slug, *CORE, "--json", REFPIPE_STORE__PATH=str(store))
        assert rest.code == 0, rest.err
        assert (rest.document["from_ledger"], rest.document["generated"]) == (len(made), CORE_SHOTS - len(made))
        assert set(home.attempts(slug).values()) == {1}
        assert len(home.attempts(slug)) == CORE_SHOTS
        assert damaged(store) == []
        # the picture for which there was no room was drawn once more; none of the others
        assert sorted(home.drawn().values()) == [1] * (CORE_SHOTS - 1) + [2]


def test_a_database_on_a_full_disk_says_so_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    disk = Path("/tmp") / f"rpd{os.getpid()}"  # noqa: S108 - a short name, for the server's socket
    with small_disk(disk, "400m"), whole_home(disk) as home:
        home.calls_file = tmp_path / "calls"
        home.environment["FAST_CALLS"] = str(home.calls_file)
        home.add("ada")
        going = home.start("generate", "ada", *CORE, FAST_SECONDS="0.5")
        said = read_until(going, "2/9")
        filler = disk / "filler"
        subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=64k"], capture_output=True, check=False)
        told = finished(going)
        sentence = said_plainly(told, 1)
        assert "free some room" in sentence or "run again" in sentence
        made = said.count(" generated") + told.err.count(" generated")
        assert made < CORE_SHOTS

        still_full = home.run("status", "ada")
        assert "no room for the embedded Postgres" in said_plainly(still_full, 1)
        assert str(disk) in still_full.err

        filler.unlink()
        rest = home.run("generate", "ada", *CORE, "--json")
        assert rest.code == 0, rest.err
        assert rest.document["from_ledger"] >= made
        assert rest.document["from_ledger"] + rest.document["generated"] == CORE_SHOTS
        assert list(home.attempts("ada").values()) == [1] * CORE_SHOTS
        assert [path for path in damaged(home.path / "storage") if not is_unfinished(path.name)] == []
    disk.rmdir()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "shut down"])
def test_a_database_that_goes_away_in_mid_run_is_named_and_the_next_run_makes_the_rest(
    home: WholeHome, slug: str, how: signal.Signals
) -> None:
    going = home.start("generate", slug, *CORE, FAST_SECONDS="0.5")
    read_until(going, "2/9")
    stop_server(home, how)
    sentence = said_plainly(finished(going), 1)
    assert "the database" in sentence
    assert "run again" in sentence or "run it again" in sentence

    rest = home.run("generate", slug, *CORE, "--json")
    assert rest.code == 0, rest.err
    assert rest.document["from_ledger"] >= 2
    assert rest.document["from_ledger"] + rest.document["generated"] == CORE_SHOTS
    assert list(home.attempts(slug).values()) == [1] * CORE_SHOTS
    # the one that was in hand may have been drawn again, since it was never stored
    assert sorted(home.drawn().values())[:-1] == [1] * (CORE_SHOTS - 1)
    assert unfinished_runs(home) == []


def test_two_commands_for_the_same_set_at_once_make_every_picture_once_and_end_well(home: WholeHome, slug: str) -> None:
    both = [home.start("generate", slug, *CORE, "--json", FAST_SECONDS="0.1") for _ in range(2)]
    said = [finished(each) for each in both]
    assert [each.code for each in said] == [0, 0], [each.err for each in said]
    assert sorted(each.document["generated"] for each in said) == [0, CORE_SHOTS]
    assert sorted(each.document["from_ledger"] for each in said) == [0, CORE_SHOTS]
    assert sum("waiting" in each.err for each in said) == 1
    assert list(home.drawn().values()) == [1] * CORE_SHOTS


def test_two_runs_of_the_same_set_that_know_nothing_of_each_other_make_every_picture_once(
    home: WholeHome, slug: str
) -> None:
    """As one from the pages beside one from a command: only the ledger and Dagster's pool stand between them."""
    environment = {**home.environment, "FAST_SECONDS": "0.1"}
    shots = ["50mm_front_cu", "50mm_left35_cu", "85mm_front_mcu", "35mm_back_full"]
    launchers = [
        ProcessRunLauncher(
            home=home.path,
            logs=home.path / f"logs-{number}",
            environment=environment,
            module="refpipe_tests.defs.fast_set_run",
        )
        for number in range(2)
    ]
    with ThreadPoolExecutor(2) as pool:
        told = [*pool.map(lambda each: list(each.build_set(CharacterKey("local", slug, "default"), shots)), launchers)]
    ends = [events[-1] for events in told]
    assert all(isinstance(end, RunFinished) and end.is_success for end in ends)
    assert sum(end.generated for end in ends if isinstance(end, RunFinished)) == len(shots)
    assert home.drawn() == dict.fromkeys(shots, 1)


def test_after_everything_was_killed_the_next_command_goes_on_and_ends_the_orphaned_run(
    home: WholeHome, slug: str
) -> None:
    going = home.start("generate", slug, *CORE, FAST_SECONDS="0.5")
    said = read_until(going, "2/9")
    home.kill_all()
    said += going.communicate(timeout=60)[1]
    made = said.count(" generated")

    rest = home.run("generate", slug, *CORE, "--json")
    assert rest.code == 0, rest.err
    assert rest.document["from_ledger"] >= made >= 2
    assert list(home.attempts(slug).values()) == [1] * CORE_SHOTS
    assert unfinished_runs(home) == []
    assert damaged(home.path / "storage") == []


def test_pictures_without_room_for_their_contact_sheet_are_kept_and_the_reason_is_said(
    home: WholeHome, slug: str, tmp_path: Path
) -> None:
    store, one = tmp_path / "disk", ("--shots", "50mm_front_cu")
    with small_disk(store, "16k") as resize:
        said = home.run("generate", slug, *one, REFPIPE_STORE__PATH=str(store))
        sentence = said_plainly(said, 1)
        assert "not their contact sheet: no room to store" in sentence
        resize("1m")
        assert home.run("generate", slug, *one, REFPIPE_STORE__PATH=str(store)).code == 0
        assert home.drawn() == {"50mm_front_cu": 1}


SECRET = "geheim"  # noqa: S105 - what must not be said
BAD_SETTINGS = {
    "nobody listens": ("postgresql://u:geheim@127.0.0.1:9/x", "cannot be reached", "REFPIPE_DATABASE_URL"),
    "no such host": ("postgresql://u:geheim@nowhere.invalid/x", "cannot be reached", "REFPIPE_DATABASE_URL"),
    "no such database": ("postgresql://postgres@/no_such?host={socket}", 'database "no_such"', "createdb"),
    "wrong password": ("postgresql://locked:geheim@/postgres?host={socket}", "turns refpipe away", "the password"),
}


@pytest.fixture
def guarded_socket(postgres: EmbeddedServer) -> Path:
    """The tests' server, which now has a user with a password."""
    rules = postgres.directory / "pg_hba.conf"
    before = rules.read_text()
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
        if "locked" not in before:
            rules.write_text(f"local all locked scram-sha-256\n{before}")
            admin.execute("CREATE ROLE locked LOGIN PASSWORD 'another'")
            admin.execute("SELECT pg_reload_conf()")
    return postgres.socket_directory


@pytest.mark.parametrize("name", BAD_SETTINGS)
@pytest.mark.parametrize("asked", [("status", "ada"), ("generate", "ada"), ("up",)], ids=lambda asked: asked[0])
def test_a_database_that_cannot_be_used_is_one_sentence_with_a_remedy(
    name: str, asked: tuple[str, ...], guarded_socket: Path, tmp_path: Path
) -> None:
    url, fault, remedy = BAD_SETTINGS[name]
    home = WholeHome(tmp_path, REFPIPE_DATABASE_URL=url.format(socket=guarded_socket))
    said = home.run(*asked)
    sentence = said_plainly(said, 1)
    assert fault in sentence
    assert remedy in sentence
    assert SECRET not in said.err + said.out


def test_a_bucket_that_is_missing_is_named_before_any_picture_is_made(home: WholeHome, slug: str) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        settings = {"KIND": "s3", "BUCKET": "not-there", "ENDPOINT": f"http://{host}:{port}"}
        keys = {"ACCESS_KEY_ID": "testing", "SECRET_ACCESS_KEY": "testing"}
        variables = {f"REFPIPE_STORE__{name}": value for name, value in {**settings, **keys}.items()}
        sentence = said_plainly(home.run("generate", slug, **variables), 1)
        assert "no bucket not-there" in sentence
        assert "REFPIPE_STORE__BUCKET" in sentence
        doctor = home.run("doctor", "--json", **variables)
        assert doctor.code == 1
        (blobs,) = [check for check in doctor.document["checks"] if check["name"] == "blob store"]
        assert blobs["state"] == "missing"
    finally:
        server.stop()
    assert home.drawn() == {}


@pytest.mark.parametrize("asked", [("status", "ada"), ("up",), ("doctor",)], ids=lambda asked: asked[0])
def test_a_home_that_cannot_be_written_is_one_sentence_with_a_remedy(asked: tuple[str, ...], tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "64k"):
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        said = WholeHome(disk).run(*asked)
    assert said.code == 1
    assert "Traceback" not in said.err
    assert "REFPIPE_HOME" in said.err + said.out
    if asked != ("doctor",):
        assert "REFPIPE_HOME" in said_plainly(said, 1)
