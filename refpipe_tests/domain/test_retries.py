"""What is asked next follows from why the last picture did not pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.domain.gallery import ImageStatus, Scores
from refpipe.domain.generation import Capabilities, ImageRequest, ModelId, Reference, Remedy, fingerprint
from refpipe.domain.quality import FailureReason
from refpipe.domain.retries import Tried, best, next_request
from refpipe_tests.domain.test_generation import request

ACCEPTED, FAILED, NEEDS_REVIEW = ImageStatus.ACCEPTED, ImageStatus.FAILED, ImageStatus.NEEDS_REVIEW
REASONS = st.lists(st.sampled_from(FailureReason), unique=True, min_size=1, max_size=4).map(tuple)


def able(**more: object) -> Capabilities:
    values = {
        "model": ModelId("m", "1"), "sizes": None, "max_side_px": 4096, "max_references": 4, "takes_seed": True,
        "takes_prompt": True, "takes_negative_prompt": True, "takes_guides": False, "price_usd": 0.0,
        "max_concurrency": 1, "licence": "", "commercial_use": True,
    }  # fmt: skip
    return Capabilities(**{**values, **more})  # type: ignore[arg-type]


def tried(asked: ImageRequest, *reasons: FailureReason, status: ImageStatus = FAILED, **scores: float) -> Tried:
    mark = fingerprint(asked)
    return Tried(
        request=asked,
        fingerprint=mark,
        picture_sha256=mark,
        status=status,
        scores=Scores(**scores),
        reasons=reasons,
    )


def remedies(rungs: int) -> dict[str, tuple[Remedy, ...]]:
    return {
        reason.value: tuple(Remedy(parameters={reason.value: rung}) for rung in range(1, rungs + 1))
        for reason in FailureReason
    }


@pytest.mark.parametrize("reason", FailureReason)
def test_each_reason_brings_its_own_remedy_and_nothing_else(reason: FailureReason) -> None:
    first = request(parameters={"samples": 4})
    following = next_request(first, [tried(first, reason)], able(remedies=remedies(1)), limit=3)
    assert following == replace(first, parameters={"samples": 4, reason.value: 1})


@given(walk=st.lists(REASONS, min_size=1, max_size=6), limit=st.integers(1, 7), varies=st.booleans())
def test_a_ladder_ends_within_its_limit_and_never_asks_for_the_same_again(
    walk: list[tuple[FailureReason, ...]], limit: int, varies: bool
) -> None:
    first, capabilities = request(), able(remedies=remedies(2), varies_with_seed=varies)
    done: list[Tried] = []
    asked: ImageRequest | None = first
    for reasons in walk:
        if asked is None:
            break
        done.append(tried(asked, *reasons))
        asked = next_request(first, done, capabilities, limit=limit)
        assert asked is None or fingerprint(asked) not in {each.fingerprint for each in done}
        again = next_request(first, done, capabilities, limit=limit)
        assert again == asked, "the same history has the same sequel"
    assert len(done) <= max(limit, 1)


@pytest.mark.parametrize("status", [ACCEPTED, NEEDS_REVIEW, ImageStatus.PENDING])
def test_what_has_not_failed_is_not_tried_again(status: ImageStatus) -> None:
    first = request()
    seen = [tried(first, FailureReason.BLURRED, status=status)]
    assert next_request(first, seen, able(remedies=remedies(1)), limit=3) is None


def test_a_picture_that_a_person_rejected_costs_none_of_the_tries_where_another_seed_makes_another() -> None:
    first, varying = request(), able(varies_with_seed=True)
    seen = [replace(tried(first), by_person=True)]
    for _ in range(4):
        following = next_request(first, seen, varying, limit=1)
        assert following is not None
        assert following.seed not in {each.request.seed for each in seen}
        seen.append(replace(tried(following), by_person=True))
    gated = replace(seen[-1], by_person=False)
    assert next_request(first, [*seen[:-1], gated], varying, limit=1) is None, "the gate's own refusals count"
    assert next_request(first, seen[:1], able(), limit=3) is None, "the same picture is not asked for again"
    repeat = replace(seen[0], request=seen[1].request, fingerprint=seen[1].fingerprint, is_repeat=True)
    assert next_request(first, [seen[0], repeat], varying, limit=1) is None, "the same bytes again end the search"


def test_what_a_person_rejected_is_shown_last_of_all() -> None:
    rejected = replace(tried(request(), quality=99.0), by_person=True)
    faulty = tried(request(seed=1), FailureReason.BLURRED, FailureReason.NOISY, quality=20.0)
    assert best([rejected, faulty]) == faulty
    assert best([replace(rejected, status=ACCEPTED), faulty]).status is ACCEPTED, "accepted by a person is accepted"


def test_references_and_words_change_too_within_what_the_generator_takes() -> None:
    first = request(references=(Reference("0a" * 32, 0.9),), prompt="a portrait", negative_prompt="hat")
    remedy = Remedy(reference_weight_factor=1.5, prompt_words="in focus", negative_words="blur")
    rungs = {FailureReason.BLURRED.value: (remedy,)}
    following = next_request(first, [tried(first, FailureReason.BLURRED)], able(remedies=rungs), limit=3)
    assert following is not None
    assert following.references[0].weight == 1.0
    assert (following.prompt, following.negative_prompt) == ("a portrait, in focus", "hat, blur")
    mute = able(remedies=rungs, takes_prompt=False, takes_negative_prompt=False)
    silent = request(references=first.references)
    following = next_request(silent, [tried(silent, FailureReason.BLURRED)], mute, limit=3)
    assert following is not None
    assert (following.prompt, following.negative_prompt) == (None, None)


def test_the_worst_fault_of_the_last_picture_has_the_last_word() -> None:
    rungs = {
        FailureReason.BLURRED.value: (Remedy(parameters={"guide": 0.4}),),
        FailureReason.WRONG_VIEW.value: (Remedy(parameters={"guide": 0.9}),),
    }
    first = request()
    seen = [tried(first, FailureReason.WRONG_VIEW, FailureReason.BLURRED)]
    following = next_request(first, seen, able(remedies=rungs), limit=3)
    assert following is not None
    assert following.parameters == {"guide": 0.9}


def test_the_best_is_accepted_before_doubtful_before_failed_then_by_faults_scores_and_order() -> None:
    requests = [request(seed=seed) for seed in range(6)]
    blurred, noisy = FailureReason.BLURRED, FailureReason.NOISY
    two = tried(requests[0], blurred, noisy, quality=60)
    low, high = tried(requests[1], blurred, quality=40), tried(requests[2], noisy, quality=55)
    same = tried(requests[3], noisy, quality=55)
    doubtful, good = tried(requests[4], status=NEEDS_REVIEW), tried(requests[5], status=ACCEPTED)
    assert best([two, low, high, same]) == high
    assert best([two, low, high, same, doubtful]) == doubtful
    assert best([two, doubtful, good]) == good
    assert best([low, replace(high, is_repeat=True)]) == low
