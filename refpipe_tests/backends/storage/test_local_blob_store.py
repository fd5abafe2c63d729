"""What only a local directory can do: fill up, be killed in mid-write, age."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from refpipe.backends.storage import LocalBlobStore
from refpipe.domain.errors import NotSetUpError

A_DAY = timedelta(days=1)

PUT_UNTIL_FULL = """
import os, sys
from pathlib import Path
from refpipe.backends.storage import LocalBlobStore
from refpipe.domain.errors import StorageFullError

store = LocalBlobStore(Path(sys.argv[1]))
small = store.put(b"fits", "text/plain")
before = sorted(map(str, Path(sys.argv[1]).rglob("*")))
large = os.urandom(3_000_000)
try:
    store.put(large, "image/png")
except StorageFullError as error:
    assert "no room" in str(error), error
else:
    sys.exit("a full device took the blob")
assert [blob.sha256 for blob in store.list()] == [small.sha256]
assert store.get(small.sha256) == b"fits"
files = [path for path in Path(sys.argv[1]).rglob("*") if path.is_file() and path.name != ".blobs.lock"]
assert [path.name for path in files] == [small.sha256], files
print("refused cleanly")
"""

# each makes a real device or limit of 1 MB; what a machine allows depends on its rights
FULL_DEVICES = {
    "own mount": "mount -t tmpfs -o size=1m tmpfs {room} && {run}; status=$?; umount {room}; exit $status",
    "mount in a namespace": (
        "unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o size=1m tmpfs {room} && {run}'"
    ),
    "file size limit": "trap '' XFSZ; ulimit -f 1000; {run}",
}


def _allows(way: str, room: Path) -> bool:
    tried = FULL_DEVICES[way].format(room=room, run="true")
    return subprocess.run(["sh", "-c", tried], capture_output=True, check=False).returncode == 0


def test_a_full_device_refuses_a_blob_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    script = tmp_path / "put_until_full.py"
    script.write_text(PUT_UNTIL_FULL)
    way = next(way for way in FULL_DEVICES if _allows(way, room))
    command = FULL_DEVICES[way].format(room=room, run=f"{sys.executable} {script} {room}")
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=120)
    assert "refused cleanly" in done.stdout, (way, done.stdout, done.stderr)


def test_a_writer_killed_in_mid_put_leaves_no_blob_and_its_leftover_is_swept(tmp_path: Path) -> None:
    code = f"""
import os
from pathlib import Path
from refpipe.backends.storage import LocalBlobStore
store = LocalBlobStore(Path({str(tmp_path)!r}))
print("ready", flush=True)
while True:
    store.put(os.urandom(20_000_000), "video/mp4")
"""
    leftovers: list[Path] = []
    for _ in range(20):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            while not (leftovers := [*tmp_path.rglob("*#*")]):
                time.sleep(0.001)
            writer.send_signal(signal.SIGKILL)
        if leftovers := [*tmp_path.rglob("*#*")]:
            break
    assert leftovers, "no kill hit a write"
    store = LocalBlobStore(tmp_path)
    for blob in store.list():
        store.get(blob.sha256)  # whatever is listed is whole
    assert store.sweep_unfinished(A_DAY) == 0, "a young leftover may still be written"
    assert store.sweep_unfinished(timedelta(0)) == len(leftovers)
    assert [*tmp_path.rglob("*#*")] == []


def test_putting_an_old_blob_again_makes_it_young(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path)
    ref = store.put(b"old", "text/plain")
    long_ago = time.time() - 3 * A_DAY.total_seconds()
    os.utime(store.where(ref.sha256), (long_ago, long_ago))
    store.put(b"old", "text/plain")
    assert store.delete([ref.sha256], untouched_for=A_DAY) == set()
    os.utime(store.where(ref.sha256), (long_ago, long_ago))
    assert store.delete([ref.sha256], untouched_for=A_DAY) == {ref.sha256}


def test_a_blob_that_a_writer_has_just_put_again_is_never_deleted_as_old(tmp_path: Path) -> None:
    """Writers and a sweep fight over one old blob; every put that returned must find it afterwards."""
    code = f"""
import os
from contextlib import suppress
from pathlib import Path
from refpipe.backends.storage import LocalBlobStore
store = LocalBlobStore(Path({str(tmp_path)!r}))
sha256 = store.put(b"fought over", "text/plain").sha256
for _ in range(200):
    with suppress(FileNotFoundError):
        os.utime(store.where(sha256), (0, 0))
    store.put(b"fought over", "text/plain")
    assert store.exists(sha256)
"""
    store = LocalBlobStore(tmp_path)
    sha256 = hashlib.sha256(b"fought over").hexdigest()
    deleted = 0
    with subprocess.Popen([sys.executable, "-c", code]) as writer:
        while writer.poll() is None:
            deleted += len(store.delete([sha256], untouched_for=A_DAY))
    assert writer.returncode == 0
    assert deleted > 0, "the two never met"


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotSetUpError, match="file/store"):
        LocalBlobStore(tmp_path / "file" / "store")
