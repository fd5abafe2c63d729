"""A folder to export to: whole files or none, and errors that say what to do."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from refpipe.backends.export_folder import LocalExportFolder
from refpipe.domain.errors import RefusedInputError, StorageFullError


def test_files_are_written_read_listed_and_removed(tmp_path: Path) -> None:
    folder = LocalExportFolder(tmp_path / "a" / "b")
    assert folder.names() == set()
    assert folder.read("x.txt") is None
    folder.write("x.txt", b"one")
    folder.write("x.txt", b"two")
    assert (folder.names(), folder.read("x.txt")) == ({"x.txt"}, b"two")
    folder.remove("x.txt")
    folder.remove("x.txt")
    assert os.listdir(folder.where) == []  # noqa: PTH208 - hidden files as well


def test_a_write_that_breaks_off_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = LocalExportFolder(tmp_path)
    folder.write("x.txt", b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFullError, match="no room left"):
        folder.write("x.txt", b"new")
    assert folder.read("x.txt") == b"old"
    assert os.listdir(tmp_path) == ["x.txt"]  # noqa: PTH208


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB; skipped where mounting is not allowed."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_disk_that_is_really_full_is_told_as_such(small_disk: Path) -> None:
    folder = LocalExportFolder(small_disk / "export")
    folder.write("a", b"x" * 30_000)
    with pytest.raises(StorageFullError, match="free some"):
        folder.write("b", b"x" * 60_000)
    assert folder.names() == {"a"}


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    folder = LocalExportFolder(tmp_path / "file")
    for attempt in (folder.names, lambda: folder.write("x", b"")):
        with pytest.raises(RefusedInputError, match=r"to: .*file"):
            attempt()


def test_a_place_that_cannot_be_written_to_is_refused() -> None:
    folder = LocalExportFolder(Path("/proc/no-export-here"))
    with pytest.raises(RefusedInputError, match="cannot be used"):
        folder.write("x", b"")


def test_leftovers_of_killed_writes_are_no_content(tmp_path: Path) -> None:
    (tmp_path / ".x.png.refpipe-unfinished").write_bytes(b"half")
    assert LocalExportFolder(tmp_path).names() == set()
