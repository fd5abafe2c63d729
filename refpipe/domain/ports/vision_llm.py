"""A model that looks at a picture and answers in words, at a provider.

Belongs here: one question, one answer, what it cost. Does not: what is asked (asset_question), the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from refpipe.domain.asset_question import AssetAnswer
from refpipe.domain.generation import ModelId
from refpipe.domain.ports.asset_analyst import AssetToLookAt


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidAnswer:
    """A checked answer. ``model`` is the one that the provider names, ``is_estimate`` tells that its price is not known
    and ``cost_usd`` what was reckoned with.
    """

    answer: AssetAnswer
    model: str
    provider_id: str
    input_tokens: int
    output_tokens: int
    cost_usd: float
    is_estimate: bool


class VisionLlm(Protocol):
    """Asks once, never again by itself: the ledger decides about another try."""

    @property
    def model(self) -> ModelId:
        """The model, and the revision of the question and of how pictures are prepared for it."""
        ...

    @property
    def price_usd(self) -> float:
        """What one question is reckoned with beforehand; more than 0 where it is paid for."""
        ...

    @property
    def max_concurrency(self) -> int: ...

    def check(self) -> None:
        """Raises NotSetUpError where it cannot be asked at all: no key, no library."""
        ...

    def ask(self, picture: AssetToLookAt) -> PaidAnswer:
        """The answer. Raises RateLimitedError or NotCreatedError where surely nothing was begun, PaidFailureError for
        an answer that is paid and cannot be used, PermanentFailureError for a refused request, NotSetUpError where
        every question fails alike, RefusedInputError for a picture that cannot be read. After anything else it is in
        doubt.
        """
        ...
