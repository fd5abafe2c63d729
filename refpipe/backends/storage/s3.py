"""Blobs in an S3 bucket, or in anything that speaks S3.

Belongs here: the connection and its credentials, create-if-absent over S3. Does not: what a local
directory shares with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

from refpipe.backends.storage.blob_keys import blob_key
from refpipe.backends.storage.object_store import ObjectBlobStore
from refpipe.domain.errors import NotSetUpError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3CredentialProvider

CONNECT_TIMEOUT = timedelta(seconds=5)
READ_TIMEOUT = timedelta(seconds=60)
RETRIES: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}
DEFAULT_REGION = "us-east-1"


class S3BlobStore(ObjectBlobStore):
    """Blobs in ``bucket`` below ``prefix``.

    ``endpoint`` is for servers other than Amazon's. ``session`` is a boto3 session whose credentials are
    asked for again before they run out; static keys go before it; with neither, boto3's usual chain
    (environment, profile, instance role) is asked. Raises NotSetUpError where no credentials are found.
    """

    def __init__(
        self,
        bucket: str,
        *,
        prefix: str = "",
        endpoint: str | None = None,
        region: str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        session: Any = None,
    ) -> None:
        self._bucket = bucket
        self._prefix = prefix.strip("/")
        client: ClientConfig = {
            "connect_timeout": CONNECT_TIMEOUT,
            "read_timeout": READ_TIMEOUT,
            "allow_http": endpoint is not None and endpoint.startswith("http://"),
        }
        has_keys = bool(access_key_id and secret_access_key)
        config: S3Config = {
            "region": region or getattr(session, "region_name", None) or DEFAULT_REGION,
            "virtual_hosted_style_request": endpoint is None,
        }
        if endpoint:
            config["endpoint"] = endpoint
        if access_key_id and secret_access_key:
            config["access_key_id"], config["secret_access_key"] = access_key_id, secret_access_key
        super().__init__(
            S3Store(
                bucket,
                prefix=self._prefix or None,
                config=config,
                client_options=client,
                retry_config=RETRIES,
                credential_provider=None if has_keys else _credentials_of(session),
            )
        )

    def where(self, sha256: str) -> str:
        """The blob's ``s3://`` address."""
        return "s3://" + "/".join(part for part in (self._bucket, self._prefix, blob_key(sha256)) if part)

    def sweep_unfinished(self, older_than: timedelta) -> int:  # noqa: ARG002 - the port's name
        """Nothing to do: a single put that is broken off leaves nothing behind."""
        return 0

    def _write(self, key: str, data: bytes) -> None:
        if not self._is_there(key):
            # a racing writer that was first has just put these very bytes
            with suppress(AlreadyExistsError):
                obstore.put(self._store, key, data, mode="create", use_multipart=False)
            return
        # S3 has no touch: the same bytes again make the blob as good as new for a sweep
        obstore.put(self._store, key, data, mode="overwrite", use_multipart=False)

    def _is_there(self, key: str) -> bool:
        try:
            obstore.head(self._store, key)
        except FileNotFoundError:
            return False
        return True

    def _remove(self, keys: Sequence[str], untouched_for: timedelta | None) -> Sequence[str]:
        """See the port. S3 deletes without conditions, so what is between look and deletion is kept to one request."""
        if untouched_for is None:
            there = [key for key in keys if self._is_there(key)]
            if there:
                obstore.delete(self._store, there)
            return there
        latest = datetime.now(UTC) - untouched_for
        removed = []
        for key in keys:
            with suppress(FileNotFoundError):
                if obstore.head(self._store, key)["last_modified"] <= latest:
                    obstore.delete(self._store, key)
                    removed.append(key)
        return removed


def _credentials_of(session: Any) -> S3CredentialProvider:
    from obstore.auth.boto3 import Boto3CredentialProvider

    try:
        return Boto3CredentialProvider(session)
    except ValueError as error:
        raise NotSetUpError(
            "no S3 credentials were found",
            remedy="Set REFPIPE_STORE__ACCESS_KEY_ID and REFPIPE_STORE__SECRET_ACCESS_KEY, or log in with AWS.",
        ) from error
