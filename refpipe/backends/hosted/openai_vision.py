"""A vision model of OpenAI's, or of who speaks its protocol: implements domain.ports.vision_llm.VisionLlm.

Belongs here: one question through the responses API with structured output, its answer checked, its cost. Does not: the
question (domain.asset_question), errors' meaning (openai_errors), trying again (the ledger).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from refpipe.backends.hosted.openai_errors import KEY_REMEDY, as_ours
from refpipe.backends.vision.grounds import seen
from refpipe.domain.asset_question import (
    INSTRUCTIONS,
    QUESTION_VERSION,
    SCHEMA_NAME,
    answer_schema,
    owners_words,
    read_answer,
)
from refpipe.domain.errors import NotSetUpError, PaidFailureError, RefusedInputError
from refpipe.domain.generation import ModelId
from refpipe.domain.ports.asset_analyst import AssetToLookAt
from refpipe.domain.ports.vision_llm import PaidAnswer
from refpipe.domain.pricing import PriceTable

PREPARATION = "1"
"""Raise it whenever the same picture is sent with other pixels."""
SIDE_PX = 768
MAX_OUTPUT_TOKENS = 1200
_EXPECTED_TOKENS = (1600, 250)
"""Read and written, for the price beforehand."""


@dataclass(frozen=True, kw_only=True)
class OpenAiVision:
    """See the port. ``base_url`` None: OpenAI's own."""

    api_key: str | None
    name: str
    prices: PriceTable
    base_url: str | None = None
    timeout_s: float = 60.0
    max_concurrency: int = 4

    @property
    def model(self) -> ModelId:
        return ModelId(self.name, f"{QUESTION_VERSION}.{PREPARATION}")

    @property
    def price_usd(self) -> float:
        price = self.prices.of_model(self.name)
        return self.prices.asset_analysis_usd if price is None else price.cost_usd(*_EXPECTED_TOKENS)

    def check(self) -> None:
        """See the port."""
        if find_spec("openai") is None:
            remedy = "Install it: pip install 'refpipe[hosted]'."
            raise NotSetUpError("the library of the provider OpenAI is not installed", remedy=remedy)
        if not self.api_key:
            raise NotSetUpError("there is no key for the provider OpenAI", remedy=KEY_REMEDY)

    def ask(self, picture: AssetToLookAt) -> PaidAnswer:
        """See the port."""
        self.check()
        request = self._request(picture)
        import openai

        try:
            response = self._client.responses.create(**request)
        except openai.OpenAIError as error:
            raise as_ours(error) from error
        return self._read(response)

    @cached_property
    def _client(self) -> Any:
        import openai

        # the ledger decides about another try: the client's own would be paid for unseen
        return openai.OpenAI(api_key=self.api_key, base_url=self.base_url, timeout=self.timeout_s, max_retries=0)

    def _request(self, picture: AssetToLookAt) -> dict[str, Any]:
        sent = base64.b64encode(_prepared(picture.picture)).decode()
        content = [
            {"type": "input_text", "text": owners_words(picture.file_name, picture.description)},
            {"type": "input_image", "image_url": f"data:image/png;base64,{sent}", "detail": "auto"},
        ]
        answer_form = {"type": "json_schema", "name": SCHEMA_NAME, "schema": answer_schema(), "strict": True}
        return {
            "model": self.name,
            "instructions": INSTRUCTIONS,
            "input": [{"role": "user", "content": content}],
            "text": {"format": answer_form},
            "max_output_tokens": MAX_OUTPUT_TOKENS,
            "store": False,
        }

    def _read(self, response: Any) -> PaidAnswer:
        """The answer in a response. Whatever is wrong with it, it is paid for."""
        read, written = _tokens(response)
        cost_usd, is_estimate = self._cost(read, written)
        parts = [part for item in response.output or () if item.type == "message" for part in item.content]
        refusal = next((part.refusal for part in parts if part.type == "refusal"), None)
        if refusal is not None:
            raise PaidFailureError(f"the model will not look at it: {refusal[:300]}", spent_usd=cost_usd)
        if response.status != "completed":
            raise PaidFailureError(f"the model's answer is {response.status}", spent_usd=cost_usd)
        text = "".join(part.text for part in parts if part.type == "output_text")
        try:
            answer = read_answer(text)
        except RefusedInputError as error:
            raise PaidFailureError(str(error), spent_usd=cost_usd) from error
        return PaidAnswer(
            answer=answer,
            model=str(response.model),
            provider_id=str(response.id),
            input_tokens=read,
            output_tokens=written,
            cost_usd=cost_usd,
            is_estimate=is_estimate,
        )

    def _cost(self, read: int, written: int) -> tuple[float, bool]:
        """What it cost, and whether that is only reckoned: no price, or no count of tokens."""
        price = self.prices.of_model(self.name)
        if price is None or read + written == 0:
            return self.price_usd, True
        return round(price.cost_usd(read, written), 6), False


def _tokens(response: Any) -> tuple[int, int]:
    usage = response.usage
    return (0, 0) if usage is None else (int(usage.input_tokens), int(usage.output_tokens))


def _prepared(picture: bytes) -> bytes:
    """The picture on a ground on which it is seen, at most 768 pixels, without anything but pixels."""
    import cv2

    from refpipe.backends.vision.grounds import encoded

    laid = seen(picture).laid
    high, wide = laid.shape[:2]
    by = SIDE_PX / max(high, wide)
    if by < 1:
        size = (max(1, round(wide * by)), max(1, round(high * by)))
        laid = cv2.resize(laid, size, interpolation=cv2.INTER_AREA)
    return encoded(laid)
