"""What makes pictures, and the providers behind it.

Belongs here: making one picture, looking paid jobs up, who is still alive. Does not: the ledger's rows (records).
"""

from __future__ import annotations

from typing import Protocol, TypeVar, runtime_checkable

from refpipe.domain.generation import Capabilities, GeneratedImage, ImageRequest


class ImageGenerator(Protocol):
    """Makes one picture from one request. Keeps what is costly (a body, a model) warm between calls."""

    @property
    def capabilities(self) -> Capabilities: ...

    def generate(self, request: ImageRequest) -> GeneratedImage:
        """The picture. Raises PermanentFailureError, RetryableFailureError or RateLimitedError."""
        ...


Result_co = TypeVar("Result_co", covariant=True)
Request_contra = TypeVar("Request_contra", contravariant=True)


@runtime_checkable
class ProviderJobs(Protocol[Request_contra, Result_co]):
    """A generator whose pictures are jobs at a provider: sent off, found again, fetched. No call tries twice."""

    def submit(self, request: Request_contra, mark: str) -> str:
        """Create the job, marked so that it can be found again; the provider's id of it.

        Raises RateLimitedError or NotCreatedError when surely nothing was created, PermanentFailureError when
        the provider refuses the request. After any other error it is in doubt whether the job exists.
        """
        ...

    def collect(self, provider_id: str) -> Result_co:
        """The result, waited for. Raises PermanentFailureError when the job failed, else it may be asked again."""
        ...

    def look_up(self, mark: str) -> str | None:
        """The id of the job that bears the mark, None when there is none. Raises when it cannot be said."""
        ...


class Holders(Protocol):
    """Names those who hold claims of the ledger, and knows which of them are gone."""

    @property
    def me(self) -> str:
        """The name of this process; no other has or had it."""
        ...

    def is_gone(self, holder: str) -> bool:
        """Whether that process has surely ended; False where it cannot be known from here."""
        ...
