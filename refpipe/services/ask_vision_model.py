"""Look at assets with a provider's vision model, through the ledger: implements the port AssetAnalyst.

Belongs here: asking, and one answer made of the model's and of what was measured. Does not: the provider, measuring,
the ledger's rules.

Whatever the model says of a picture is kept in the ledger by what was asked: the same picture asked again is free. What
is measured (colours, cues, facts) is measured here as ever. Whether it is a logo is decided by both: the measured
verdict's log odds and the model's word, which counts as much as somebody's who is right nineteen times in twenty; that
weight is an assumption, not measured, so the answer has no calibrated confidence. Where the model does not answer, the
answer is what was measured, and says so.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

from refpipe.domain.asset_analysis import AssetAnalysis, AssetType
from refpipe.domain.asset_question import AssetAnswer, read_answer
from refpipe.domain.asset_uses import logo_position
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.generation import Role
from refpipe.domain.ledger import Wanted
from refpipe.domain.ports import BlobStore
from refpipe.domain.ports.asset_analyst import AssetAnalyst, AssetToLookAt
from refpipe.domain.ports.vision_llm import PaidAnswer, VisionLlm
from refpipe.services.generation_order import Made, NotMade, Order
from refpipe.services.generation_parts import Files
from refpipe.services.make_generation import MakeGeneration

ANSWER = "answer.json"
MODELS_WORD = math.log(0.95 / 0.05)
"""What the model's word adds to the log odds of a logo: right nineteen times in twenty, by assumption."""
_SUREST = 1e-6
_AHEAD = 2

Said = AssetAnalysis | RefusedInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class AskVisionModel:
    """The use case for one owner. ``measured`` says what can be said without asking."""

    owner: str
    model: VisionLlm
    measured: AssetAnalyst
    generations: MakeGeneration
    blobs: BlobStore

    @property
    def name(self) -> str:
        return f"{self.model.model}+{self.measured.name}"

    def analyse(self, pictures: Sequence[AssetToLookAt]) -> Iterator[Said]:
        """See the port. At most as many questions are open at once as the provider takes."""
        self.model.check()
        source = iter(zip(pictures, self.measured.analyse(pictures), strict=True))
        open_at_once = self.model.max_concurrency
        ahead: deque[Future[Said]] = deque()
        pool = ThreadPoolExecutor(open_at_once, thread_name_prefix="ask")
        try:
            while True:
                for picture, said in islice(source, _AHEAD * open_at_once - len(ahead)):
                    ahead.append(pool.submit(self._answer, picture, said))
                if not ahead:
                    return
                yield ahead.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _answer(self, picture: AssetToLookAt, said: Said) -> Said:
        if isinstance(said, RefusedInputError):
            return said
        order = self.order(picture)
        made = self.generations(order)
        if isinstance(made, NotMade):
            note = f"the model {self.model.model.name} gave no answer: {made.reason}"
            full = {**said.full, "asked": {"model": str(self.model.model), "error": made.reason}}
            return replace(said, notes=(note, *said.notes), full=full)
        answer, facts = self._read(made)
        return fused(said, answer, {**facts, "generation": order.fingerprint, "is_new": made.is_new})

    def order(self, picture: AssetToLookAt) -> Order[PaidAnswer]:
        """The question as the ledger knows it: by the picture's content and the owner's words."""
        request = {
            "version": 1,
            "role": Role.ANALYSIS.value,
            "model": [self.model.model.name, self.model.model.revision],
            "picture": hashlib.sha256(picture.picture).hexdigest(),
            "file_name": picture.file_name,
            "description": picture.description,
        }
        text = json.dumps(request, sort_keys=True, separators=(",", ":"))
        return Order(
            owner=self.owner,
            wanted=Wanted(
                fingerprint=hashlib.sha256(text.encode()).hexdigest(),
                role=Role.ANALYSIS,
                model=str(self.model.model),
                request=request,
            ),
            price_usd=self.model.price_usd,
            generate=lambda: self.model.ask(picture),
            files=_files,
            cost_of=lambda paid: paid.cost_usd,
        )

    def _read(self, made: Made) -> tuple[AssetAnswer, Mapping[str, Any]]:
        answer = read_answer(self.blobs.get(made.making.main.sha256).decode())
        return answer, {name: made.making.facts[name] for name in _FACTS}


_FACTS = ("model", "provider_id", "input_tokens", "output_tokens", "cost_usd", "is_estimate")


def _files(paid: PaidAnswer) -> Files:
    told = asdict(paid)
    return Files(
        principal=ANSWER,
        parts={ANSWER: (paid.answer.model_dump_json().encode(), "application/json")},
        facts={name: told[name] for name in _FACTS},
    )


def fused(said: AssetAnalysis, answer: AssetAnswer, asked: Mapping[str, Any]) -> AssetAnalysis:
    """One answer of what was measured and what the model says; both verdicts and the reasons are kept in ``full``."""
    probability = fused_logo(said.full["logo"]["probability"], says_logo=answer.is_logo)
    is_logo = probability >= 0.5
    asset_type: AssetType | None = AssetType.LOGO if is_logo else answer.kind
    notes = list(said.notes)
    if asset_type is AssetType.LOGO and not is_logo:
        # the model's type and its own word on logos contradict each other, and what was measured says no
        asset_type = said.asset_type if said.asset_type is not AssetType.LOGO else None
        notes.append("the model calls it a logo, what was measured does not")
    if said.asset_type is not None and asset_type is not said.asset_type:
        notes.append(f"measured, it would be called {said.asset_type.value}")
    facts = said.full["facts"]
    logo = {
        **said.full["logo"],
        "measured_probability": said.full["logo"]["probability"],
        "measured_verdict": said.is_logo,
        "by_vision_model": {"is_logo": answer.is_logo, "asset_type": answer.asset_type},
        "probability": round(probability, 4),
        "verdict": is_logo,
        "reasons": [
            *said.full["logo"]["reasons"],
            f"the vision model says it is {'a' if answer.is_logo else 'no'} logo",
        ],
    }
    return replace(
        said,
        asset_type=asset_type,
        primary_object=answer.primary_object,
        style_tags=tuple(dict.fromkeys((*answer.style_tags, *said.style_tags))),
        recommended_shot_types=tuple(dict.fromkeys(answer.recommended_shot_types)),
        usage_contexts=tuple(dict.fromkeys(answer.usage_contexts)),
        is_logo=is_logo,
        logo_position_preference=logo_position(
            is_logo=is_logo, is_cut_out=facts["transparent"] > 0, aspect=math.exp(facts["aspect"])
        ),
        has_text=answer.has_text,
        confidence=None,
        notes=tuple(notes),
        full={
            **said.full,
            "logo": logo,
            "asked": {**asked, "answer": answer.model_dump(mode="json"), "stated_confidence": answer.confidence},
            "measured": {
                "asset_type": said.asset_type.value if said.asset_type else None,
                "primary_object": said.primary_object,
                "confidence": said.confidence,
            },
            "cost_usd": asked["cost_usd"],
            "not_measured": ["confidence"],
        },
    )


def fused_logo(measured: float | None, *, says_logo: bool) -> float:
    """The probability of a logo from the measured one (None: not measured, even odds) and the model's word."""
    prior = min(max(0.5 if measured is None else measured, _SUREST), 1 - _SUREST)
    odds = math.log(prior / (1 - prior)) + (MODELS_WORD if says_logo else -MODELS_WORD)
    return 1 / (1 + math.exp(-odds))
