"""What a call of a provider costs.

Belongs here: prices as values, sums. Does not: the table (data/prices.yaml), budgets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrice:
    """US dollars for a million tokens read and written."""

    input_usd: float
    output_usd: float

    def cost_usd(self, input_tokens: int, output_tokens: int) -> float:
        return (self.input_usd * input_tokens + self.output_usd * output_tokens) / _MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """Prices of a date. ``asset_analysis_usd``: one asset looked at by a model that is not in the table."""

    as_of: str
    tokens: Mapping[str, TokenPrice]
    asset_analysis_usd: float

    def of_model(self, model: str) -> TokenPrice | None:
        """The price of a model; a dated release (``name-2025-04-14``) costs what its name does."""
        names = [name for name in self.tokens if model == name or model.startswith(f"{name}-20")]
        return self.tokens[max(names, key=len)] if names else None
