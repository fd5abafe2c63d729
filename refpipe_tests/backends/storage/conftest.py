"""Blob stores to test: a local directory and S3 over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from refpipe.backends.storage import LocalBlobStore, S3BlobStore
from refpipe.backends.storage.blob_keys import blob_key
from refpipe.backends.storage.object_store import ObjectBlobStore

KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


@dataclass(frozen=True)
class StoreUnderTest:
    """A store, a second one over the same place, and a way to put any bytes at a key behind its back."""

    blobs: ObjectBlobStore
    again: Callable[[], ObjectBlobStore]
    write_raw: Callable[[str, bytes], None]

    def damage(self, sha256: str, data: bytes) -> None:
        self.write_raw(blob_key(sha256), data)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_bucket(s3_endpoint: str) -> str:
    bucket = f"bucket-{uuid4().hex}"
    boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1", **KEYS).create_bucket(Bucket=bucket)
    return bucket


def _local(directory: Path) -> StoreUnderTest:
    def write_raw(key: str, data: bytes) -> None:
        path = directory / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    return StoreUnderTest(LocalBlobStore(directory), lambda: LocalBlobStore(directory), write_raw)


def _s3(endpoint: str, bucket: str) -> StoreUnderTest:
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **KEYS)

    def connect() -> S3BlobStore:
        session = boto3.Session(region_name="us-east-1", **KEYS)
        return S3BlobStore(bucket, prefix="a/studio", endpoint=endpoint, session=session)

    def write_raw(key: str, data: bytes) -> None:
        client.put_object(Bucket=bucket, Key=f"a/studio/{key}", Body=data)

    return StoreUnderTest(connect(), connect, write_raw)


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> StoreUnderTest:
    if request.param == "local":
        return _local(tmp_path / "store")
    return _s3(request.getfixturevalue("s3_endpoint"), request.getfixturevalue("s3_bucket"))
