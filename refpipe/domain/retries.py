"""The retry ladder: what is asked next when a picture did not pass, and which attempt is the best.

Belongs here: the rules, over requests, verdicts and a generator's declared remedies. Does not: making, judging.

What changes follows from why: each reason has rungs, declared by the generator; a reason that comes back
takes the next rung. Where another seed makes another picture, the seed changes too. A request that nothing
changes any more is not asked for again: it would give the same picture.
Source: specification, quality.md and characters.md (R-CHAR-4, R-CHAR-5: the seed, the weight of references
or the words change, according to why the last one failed).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from refpipe.domain.gallery import ImageStatus, Scores
from refpipe.domain.generation import Capabilities, ImageRequest, Remedy, fingerprint
from refpipe.domain.quality import FailureReason
from refpipe.domain.seeds import attempt_seed

DEFAULT_TRIES = 3
"""How often a generator is asked for one shot, the first time included."""

_RANK = {ImageStatus.ACCEPTED: 0, ImageStatus.NEEDS_REVIEW: 1, ImageStatus.PENDING: 2, ImageStatus.PROCESSING: 2}
_DECIDING = ("quality", "consistency", "technical", "composition")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One rung that was tried: what was asked, the picture, and what was said of it.

    ``is_repeat``: the bytes were those of an earlier attempt, so this is no attempt of its own. ``by_person``: the
    status is a person's word.
    """

    request: ImageRequest
    fingerprint: str
    picture_sha256: str
    status: ImageStatus
    scores: Scores
    reasons: tuple[FailureReason, ...]
    is_repeat: bool = False
    by_person: bool = False

    @property
    def is_rejected(self) -> bool:
        """Whether a person does not want this picture; the same bytes again are no further word of theirs."""
        return self.by_person and self.status is ImageStatus.FAILED and not self.is_repeat


def next_request(first: ImageRequest, tried: Sequence[Tried], able: Capabilities, *, limit: int) -> ImageRequest | None:
    """What to ask for next; None when the last one need not be tried again, cannot be bettered, or it is enough.

    ``first`` is the request without any remedy; ``limit`` how often the generator may be asked in all, and again
    after each picture that a person rejected.
    """
    if not tried or tried[-1].status is not ImageStatus.FAILED or _since_rejected(tried) >= limit:
        return None
    times = Counter(reason for each in tried for reason in dict.fromkeys(each.reasons))
    request = first
    # the worst fault of the last picture is remedied last, so that it has the last word
    order = dict.fromkeys((*tried[-1].reasons, *times))
    for reason in reversed([*order]):
        rungs = able.remedies.get(reason.value, ())
        if rungs:
            request = _remedied(request, rungs[min(times[reason], len(rungs)) - 1], able)
    if able.takes_seed and able.varies_with_seed:
        request = replace(request, seed=attempt_seed(first.seed, len(tried) + 1))
    return None if fingerprint(request) in {each.fingerprint for each in tried} else request


def best(tried: Sequence[Tried]) -> Tried:
    """The attempt to show: accepted before doubtful before failed before what a person rejected; then fewer faults,
    then better scores, then earlier.

    Raises ValueError when nothing was tried.
    """
    return min((each for each in tried if not each.is_repeat), key=_badness)


def _badness(each: Tried) -> tuple[int, int, float]:
    values = [value for name in _DECIDING if (value := getattr(each.scores, name)) is not None]
    mean = sum(values) / len(values) if values else 0.0
    return 4 if each.is_rejected else _RANK.get(each.status, 3), len(each.reasons), -mean


def _since_rejected(tried: Sequence[Tried]) -> int:
    """How many were tried after the last one that a person rejected."""
    rejected = [place for place, each in enumerate(tried, 1) if each.is_rejected]
    return len(tried) - (rejected[-1] if rejected else 0)


def _remedied(request: ImageRequest, remedy: Remedy, able: Capabilities) -> ImageRequest:
    references = tuple(
        replace(each, weight=min(max(each.weight * remedy.reference_weight_factor, 0.0), 1.0))
        for each in request.references
    )
    changed = replace(request, references=references, parameters={**request.parameters, **remedy.parameters})
    if able.takes_prompt:
        changed = replace(changed, prompt=_with(changed.prompt, remedy.prompt_words))
    if able.takes_negative_prompt:
        changed = replace(changed, negative_prompt=_with(changed.negative_prompt, remedy.negative_words))
    return changed


def _with(words: str | None, more: str) -> str | None:
    return ", ".join(part for part in (words, more) if part) or words
