"""What only S3 can do: credentials, prefixes, a server that is not there."""

from __future__ import annotations

import hashlib

import boto3
import pytest

from refpipe.backends.storage import S3BlobStore
from refpipe.domain.errors import NotSetUpError, RefpipeError, RetryableFailureError
from refpipe_tests.backends.storage.conftest import KEYS

STATIC_KEYS = {"access_key_id": "testing", "secret_access_key": "testing"}


def test_static_keys_serve_as_well_as_a_session(s3_endpoint: str, s3_bucket: str) -> None:
    store = S3BlobStore(s3_bucket, endpoint=s3_endpoint, **STATIC_KEYS)
    ref = store.put(b"by keys", "text/plain")
    assert store.get(ref.sha256) == b"by keys"
    assert store.where(ref.sha256) == f"s3://{s3_bucket}/blobs/{ref.sha256[:2]}/{ref.sha256[2:4]}/{ref.sha256}"


def test_two_prefixes_of_one_bucket_do_not_see_each_other(s3_endpoint: str, s3_bucket: str) -> None:
    session = boto3.Session(region_name="us-east-1", **KEYS)
    one, other = (S3BlobStore(s3_bucket, prefix=each, endpoint=s3_endpoint, session=session) for each in ("a", "b/"))
    ref = one.put(b"mine", "text/plain")
    assert not other.exists(ref.sha256)
    assert list(other.list()) == []


def test_a_bucket_that_is_not_there_fails_with_the_stores_own_word(s3_endpoint: str) -> None:
    store = S3BlobStore("no-such-bucket", endpoint=s3_endpoint, **STATIC_KEYS)
    with pytest.raises(RefpipeError, match=r"blob"):
        store.put(b"nowhere", "text/plain")


def test_a_server_that_does_not_answer_is_a_retryable_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refpipe.backends.storage.s3.RETRIES", {"max_retries": 0})
    store = S3BlobStore("b", endpoint="http://127.0.0.1:9", **STATIC_KEYS)
    with pytest.raises(RetryableFailureError, match="blob store cannot be reached"):
        store.get(hashlib.sha256(b"x").hexdigest())


def test_missing_credentials_are_named_with_a_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", f"{tmp_path}/none")
    monkeypatch.setenv("AWS_CONFIG_FILE", f"{tmp_path}/none")
    with pytest.raises(NotSetUpError, match="REFPIPE_STORE__ACCESS_KEY_ID"):
        S3BlobStore("bucket")
