"""Shots of the old shape on a real Postgres: ten thousand rows, killed in the middle, taken back."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest

from refpipe.backends.database.session import PostgresDatabase
from refpipe.backends.legacy_files import read_legacy_file
from refpipe.domain.legacy_shots import CameraColumns, LegacyFill, LegacyRow, map_row
from refpipe.services.migrate_legacy_shots import import_legacy_shots, migrate_legacy_shots, revert_legacy_shots
from refpipe_tests.fakes.shot_stores import MemoryLegacyDatabase

MANY = 10_000

MIGRATE = """
import sys, time
from refpipe.backends.database.session import PostgresDatabase
from refpipe.services.migrate_legacy_shots import migrate_legacy_shots, revert_legacy_shots

def told(done):
    print(done, flush=True)
    time.sleep(0.05)

work = {"migrate": migrate_legacy_shots, "revert": revert_legacy_shots}[sys.argv[2]]
work(PostgresDatabase(sys.argv[1]), "local", batch_rows=200, told=told)
"""


@pytest.fixture
def database(database_url: str) -> Iterator[PostgresDatabase]:
    database = PostgresDatabase(database_url)
    yield database
    database.close()


def old_rows(count: int) -> list[LegacyRow]:
    """Rows as studios have them: old words, some unknown, some with a camera column that somebody added."""
    chance = random.Random(20)  # noqa: S311 - the same rows every time
    return [
        LegacyRow(
            id=f"shot-{number}",
            name=chance.choice([None, "", f"Shot {number}"]),
            angle=chance.choice(["front", "3q_left", "3q_right", "profile_left", "profile_right", "back", "sideways"]),
            lens=chance.choice(["35", "50mm", "85 mm"]),
            crop=chance.choice(["full", "3q", "mcu", "cu", "hands"]),
            pack=chance.choice(["core", "essential", "addon"]),
            mode=chance.choice(["Action/Body", "Conversation", "Emotion", "Hands", None]),
            prompt="A {portrait} of “Jax”, 50 % grey\nand a second line",
            other={"made_in": 2019, "by": None} if number % 3 else {},
            camera=CameraColumns(
                azimuth_deg=chance.choice([None, None, 0.0, -12.5]),
                elevation_deg=chance.choice([None, None, 0.0]),
                distance_m=chance.choice([None, None, 0.0, 2.1]),
                priority=chance.choice([None, None, 0, 7]),
                when_to_use=chance.choice([None, None, ""]),
                scene_types=chance.choice([None, None, (), ("dialogue",)]),
            ),
        )
        for number in range(count)
    ]


def rows(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT * FROM legacy_shot_templates ORDER BY owner_id, id").fetchall()


def numbers(url: str) -> tuple[int, int]:
    """Rows that are migrated, and rows that could not be."""
    query = "SELECT count(filled_columns), count(fault) FROM legacy_shot_templates"
    with psycopg.connect(url) as connection:
        migrated, failed = connection.execute(query).fetchone() or (0, 0)
    return migrated, failed


def killed_in_the_middle(url: str, work: str) -> int:
    """Run the work in a process of its own and kill it; the rows it had told of."""
    process = subprocess.Popen([sys.executable, "-c", MIGRATE, url, work], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    done = [int(process.stdout.readline()) for _ in range(7)]
    time.sleep(0.055)  # it waits 0.05 s between batches: this is within one
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=30) == -signal.SIGKILL
    process.stdout.close()
    return done[-1]


def test_ten_thousand_rows_survive_kills_and_come_back_as_they_were(
    database: PostgresDatabase, database_url: str
) -> None:
    old = old_rows(MANY)
    assert import_legacy_shots(database, "local", old).added == MANY
    original = rows(database_url)
    good = sum(isinstance(map_row(row), LegacyFill) for row in old)

    told = killed_in_the_middle(database_url, "migrate")
    migrated, failed = numbers(database_url)
    assert told <= migrated + failed < MANY
    assert (migrated + failed) % 200 == 0  # whole batches only
    report = migrate_legacy_shots(database, "local")
    assert migrated + report.migrated == good
    assert numbers(database_url) == (good, MANY - good)

    killed_in_the_middle(database_url, "revert")
    assert 0 < sum(numbers(database_url)) < MANY
    revert_legacy_shots(database, "local")
    assert rows(database_url) == original


def test_postgres_and_memory_fill_and_restore_alike(database: PostgresDatabase) -> None:
    memory = MemoryLegacyDatabase()
    for work in (
        lambda each: import_legacy_shots(each, "local", old_rows(300), batch_rows=70),
        lambda each: import_legacy_shots(each, "local", old_rows(310), batch_rows=70),
        lambda each: migrate_legacy_shots(each, "local", batch_rows=70),
        lambda each: migrate_legacy_shots(each, "local", batch_rows=70),
        lambda each: revert_legacy_shots(each, "local", batch_rows=70),
        lambda each: revert_legacy_shots(each, "local", batch_rows=70),
        lambda each: migrate_legacy_shots(each, "local", batch_rows=310),
    ):
        assert work(database) == work(memory)
        with database.legacy_transaction("local") as stored, memory.legacy_transaction("local") as kept:
            assert stored.unmapped("", 1000) == kept.unmapped("", 1000)


def test_an_explicit_zero_and_an_empty_list_are_neither_written_over_nor_lost(
    database: PostgresDatabase, database_url: str
) -> None:
    camera = CameraColumns(azimuth_deg=0.0, priority=0, when_to_use="", scene_types=())
    row = LegacyRow(id="a", angle="back", lens="50", crop="cu", pack="core", camera=camera)
    import_legacy_shots(database, "local", [row])
    migrate_legacy_shots(database, "local")
    query = (
        "SELECT azimuth_deg, priority, when_to_use, scene_types, elevation_deg, distance_m FROM legacy_shot_templates"
    )
    with psycopg.connect(database_url) as connection:
        assert connection.execute(query).fetchone() == (0, 0, "", [], 0, 1.155)
    revert_legacy_shots(database, "local")
    with psycopg.connect(database_url) as connection:
        assert connection.execute(query).fetchone() == (0, 0, "", [], None, None)


def test_owners_rows_are_apart(database: PostgresDatabase) -> None:
    import_legacy_shots(database, "local", old_rows(20))
    assert import_legacy_shots(database, "studio", old_rows(20)).added == 20
    migrate_legacy_shots(database, "local")
    with database.legacy_transaction("studio") as stored:
        assert len(stored.unmapped("", 100)) == 20
    assert revert_legacy_shots(database, "studio") == 0


def test_two_migrations_at_once_share_the_rows(database: PostgresDatabase, database_url: str) -> None:
    import_legacy_shots(database, "local", old_rows(2000))
    command = [sys.executable, "-c", MIGRATE, database_url, "migrate"]
    workers = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    good = sum(isinstance(map_row(row), LegacyFill) for row in old_rows(2000))
    assert numbers(database_url) == (good, 2000 - good)


def test_a_file_of_old_rows_goes_in_as_it_is(database: PostgresDatabase, database_url: str, tmp_path) -> None:
    path = tmp_path / "old.jsonl"
    records = [{"id": n, "angle": "3q_left", "lens": 50, "crop": "3q", "pack": "addon", "x": [n]} for n in range(600)]
    path.write_text("\n".join(["{", *map(json.dumps, records)]))
    report = import_legacy_shots(database, "local", read_legacy_file(path, owner="local"))
    assert (report.added, report.refused) == (600, 1)
    assert migrate_legacy_shots(database, "local").migrated == 600
    assert len(rows(database_url)) == 600
