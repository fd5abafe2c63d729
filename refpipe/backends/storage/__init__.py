"""Where bytes lie: one blob store interface over a local directory or S3.

Belongs here: putting, reading, listing and removing content-addressed blobs. Does not: names of blobs
and what needs them (rows in the database), what the bytes mean.
"""

from refpipe.backends.storage.local import LocalBlobStore
from refpipe.backends.storage.s3 import S3BlobStore

__all__ = ["LocalBlobStore", "S3BlobStore"]
