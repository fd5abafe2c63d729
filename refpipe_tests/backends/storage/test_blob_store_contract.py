"""What every blob store promises, run against all of them."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from refpipe.domain.errors import NotFoundError, PermanentFailureError, RefusedInputError
from refpipe_tests.backends.storage.conftest import StoreUnderTest

NOWHERE = hashlib.sha256(b"never stored").hexdigest()


def test_what_was_put_is_got_back_under_the_hash_of_its_bytes(store: StoreUnderTest) -> None:
    data = os.urandom(300_000)
    ref = store.blobs.put(data, "image/png")
    assert (ref.sha256, ref.size_bytes, ref.media_type) == (hashlib.sha256(data).hexdigest(), 300_000, "image/png")
    assert store.again().get(ref.sha256) == data
    assert store.blobs.exists(ref.sha256)
    assert ref.sha256 in store.blobs.where(ref.sha256)


def test_an_empty_blob_is_a_blob(store: StoreUnderTest) -> None:
    ref = store.blobs.put(b"", "text/plain")
    assert store.blobs.get(ref.sha256) == b""


def test_a_blob_larger_than_one_part_is_one_object(store: StoreUnderTest) -> None:
    data = os.urandom(12 * 1024 * 1024)
    assert store.blobs.get(store.blobs.put(data, "video/mp4").sha256) == data


def test_putting_the_same_bytes_again_changes_nothing(store: StoreUnderTest) -> None:
    first = store.blobs.put(b"the same", "text/plain")
    assert store.blobs.put(b"the same", "text/plain") == first
    assert [found.sha256 for found in store.blobs.list()] == [first.sha256]


def test_sixteen_racing_writers_store_one_object_and_nobody_reads_half_of_it(store: StoreUnderTest) -> None:
    data = os.urandom(1_000_000)
    sha256 = hashlib.sha256(data).hexdigest()
    stores = [store.again() for _ in range(16)]

    def write_and_read(number: int) -> bytes:
        stores[number].put(data, "image/png")
        return stores[-1 - number].get(sha256)

    def read_early(number: int) -> bytes | None:
        try:
            return stores[number].get(sha256)  # a torn read would raise: its hash would be wrong
        except NotFoundError:
            return None

    with ThreadPoolExecutor(32) as pool:
        readers = [pool.submit(read_early, number) for number in range(16)]
        writers = [pool.submit(write_and_read, number) for number in range(16)]
        assert all(writer.result() == data for writer in writers)
        assert all(reader.result() in (None, data) for reader in readers)
    assert [(found.sha256, found.size_bytes) for found in store.blobs.list()] == [(sha256, len(data))]


def test_a_blob_that_is_not_there_is_not_found(store: StoreUnderTest) -> None:
    assert not store.blobs.exists(NOWHERE)
    with pytest.raises(NotFoundError, match=NOWHERE):
        store.blobs.get(NOWHERE)


@pytest.mark.parametrize("bad", ["", "abc", "../../etc/passwd", NOWHERE.upper(), NOWHERE + "\n", f"{NOWHERE}/x"])
def test_what_is_no_hash_is_refused_everywhere(store: StoreUnderTest, bad: str) -> None:
    for ask in (store.blobs.get, store.blobs.exists, store.blobs.where, lambda name: store.blobs.delete([name])):
        with pytest.raises(RefusedInputError):
            ask(bad)


def test_a_damaged_blob_is_not_handed_out(store: StoreUnderTest) -> None:
    ref = store.blobs.put(b"sound", "text/plain")
    store.damage(ref.sha256, b"wrong")
    with pytest.raises(PermanentFailureError, match="damaged"):
        store.blobs.get(ref.sha256)


@pytest.mark.parametrize("left", [b"", b"half", b"\0\0\0\0\0"])
def test_putting_a_damaged_blob_again_heals_it(store: StoreUnderTest, left: bytes) -> None:
    ref = store.blobs.put(b"sound", "text/plain")
    store.damage(ref.sha256, left)
    store.blobs.put(b"sound", "text/plain")
    assert store.blobs.get(ref.sha256) == b"sound"


def test_the_list_names_every_blob_with_size_and_time_and_no_stranger(store: StoreUnderTest) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    refs = {store.blobs.put(bytes([number]) * number, "text/plain").sha256: number for number in range(1, 30)}
    store.write_raw("blobs/notes.txt", b"a stranger")
    store.write_raw(f"blobs/00/00/{'f' * 64}", b"in a place that is not its own")
    listed = list(store.again().list())
    assert {found.sha256: found.size_bytes for found in listed} == refs
    assert all(before <= found.stored_at <= datetime.now(UTC) + timedelta(seconds=2) for found in listed)


def test_an_empty_store_lists_nothing(store: StoreUnderTest) -> None:
    assert list(store.blobs.list()) == []


def test_deleting_removes_what_is_there_and_passes_over_the_rest(store: StoreUnderTest) -> None:
    refs = [store.blobs.put(bytes([number]), "text/plain") for number in range(3)]
    removed = store.blobs.delete([refs[0].sha256, NOWHERE, refs[1].sha256])
    assert removed == {refs[0].sha256, refs[1].sha256}
    assert [found.sha256 for found in store.blobs.list()] == [refs[2].sha256]
    assert store.blobs.delete([]) == set()


def test_deleting_spares_what_was_put_within_the_time(store: StoreUnderTest) -> None:
    ref = store.blobs.put(b"young", "text/plain")
    assert store.blobs.delete([ref.sha256], untouched_for=timedelta(hours=1)) == set()
    assert store.blobs.exists(ref.sha256)


def test_sweeping_unfinished_writes_leaves_every_blob(store: StoreUnderTest) -> None:
    ref = store.blobs.put(b"finished", "text/plain")
    assert store.blobs.sweep_unfinished(timedelta(0)) == 0
    assert store.blobs.get(ref.sha256) == b"finished"
