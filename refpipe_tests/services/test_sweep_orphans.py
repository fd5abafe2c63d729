"""A sweep over real stores removes what nothing needs, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from refpipe.backends.database.session import PostgresDatabase
from refpipe.backends.storage import LocalBlobStore
from refpipe.domain.errors import NotFoundError
from refpipe.services.sweep_orphans import SweepOrphans, SweepReport

A_DAY = timedelta(days=1)


@pytest.fixture
def database(database_url: str) -> Iterator[PostgresDatabase]:
    opened = PostgresDatabase(database_url)
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path)


def _age(blobs: LocalBlobStore, sha256: str, age: timedelta = 2 * A_DAY) -> None:
    at = time.time() - age.total_seconds()
    os.utime(blobs.where(sha256), (at, at))


def test_old_blobs_without_a_row_go_and_all_others_stay(database: PostgresDatabase, blobs: LocalBlobStore) -> None:
    named, renamed, old, young = (blobs.put(word, "text/plain") for word in (b"named", b"renamed", b"old", b"young"))
    with database.transaction("someone") as records:
        records.blobs.name("a", named)
        records.blobs.name("b", renamed)
        records.blobs.name("b", named)
    for ref in (named, renamed, old):
        _age(blobs, ref.sha256)
    sweep = SweepOrphans(database=database, blobs=blobs, owner="local")
    assert sweep() == SweepReport(seen=4, spared=1, removed=2, removed_bytes=len(b"renamedold"), unfinished=0)
    assert {blob.sha256 for blob in blobs.list()} == {named.sha256, young.sha256}
    assert sweep().removed == 0


def test_what_counts_as_young_can_be_set(database: PostgresDatabase, blobs: LocalBlobStore) -> None:
    ref = blobs.put(b"two days old", "text/plain")
    _age(blobs, ref.sha256)
    assert SweepOrphans(database=database, blobs=blobs, owner="local", spared=3 * A_DAY)().removed == 0
    assert SweepOrphans(database=database, blobs=blobs, owner="local", spared=A_DAY)().removed == 1


def test_more_than_a_batch_is_swept_in_batches(database: PostgresDatabase, blobs: LocalBlobStore) -> None:
    for number in range(25):
        _age(blobs, blobs.put(bytes([number]), "text/plain").sha256)
    report = SweepOrphans(database=database, blobs=blobs, owner="local", batch=4)()
    assert (report.seen, report.removed) == (25, 25)
    assert list(blobs.list()) == []


def test_leftovers_of_killed_writes_are_swept_when_old(database: PostgresDatabase, blobs: LocalBlobStore) -> None:
    ref = blobs.put(b"whole", "text/plain")
    for suffix, age in (("#1", 2 * A_DAY), ("#2", timedelta(0))):
        leftover = Path(blobs.where(ref.sha256) + suffix)
        leftover.write_bytes(b"who")
        os.utime(leftover, (time.time() - age.total_seconds(),) * 2)
    assert SweepOrphans(database=database, blobs=blobs, owner="local")().unfinished == 1


WRITER = """
import sys
from pathlib import Path
from refpipe.backends.database.session import PostgresDatabase
from refpipe.backends.storage import LocalBlobStore

url, directory, seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
import os, random, time
database, blobs = PostgresDatabase(url), LocalBlobStore(directory)
random.seed(os.getpid())
end = time.monotonic() + seconds
number = 0
while time.monotonic() < end:
    # few contents and few names: blobs lose their last name and win a new one all the time
    ref = blobs.put(b"content %d" % random.randrange(6), "text/plain")
    with database.transaction("local") as records:
        records.blobs.name(f"name {random.randrange(2)}", ref)
    number += 1
print(number)
"""


def test_a_sweep_beside_busy_writers_never_takes_what_a_row_points_to(
    database: PostgresDatabase, database_url: str, blobs: LocalBlobStore, tmp_path: Path
) -> None:
    """What lies about unneeded is made old, so that the sweep always finds some to take."""
    command = [sys.executable, "-c", WRITER, database_url, str(tmp_path), "2"]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    # an hour is long compared with any writer's way from put to row
    sweep = SweepOrphans(database=database, blobs=blobs, owner="local", spared=timedelta(hours=1))
    removed = 0
    while any(writer.poll() is None for writer in writers):
        with database.transaction("local") as records:
            needed = set(records.blobs.names("").values())
        for blob in list(blobs.list()):
            # what a writer has put a moment ago must stay young: only what lies about unneeded grows old
            is_idle = time.time() - blob.stored_at.timestamp() > 0.3
            if blob.sha256 not in needed and is_idle:
                try:
                    _age(blobs, blob.sha256)
                except (FileNotFoundError, NotFoundError):
                    continue
        removed += sweep().removed
    counts = [int(writer.communicate()[0]) for writer in writers]
    assert all(writer.returncode == 0 for writer in writers)
    assert min(counts) > 10
    assert removed > 0, "the sweep and the writers never met"
    with database.transaction("local") as records:
        for sha256 in records.blobs.names("").values():
            blobs.get(sha256)
