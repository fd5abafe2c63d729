"""The command of the gate: have pictures judged, or decide about them. Belongs here: arguments and results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from refpipe.cli import options, output
from refpipe.cli.home import open_home

if TYPE_CHECKING:
    from refpipe.domain.keys import CharacterKey
    from refpipe.services.review_shots import ShotReview
    from refpipe.wiring import Wiring

_SCORES = ("quality", "consistency", "technical", "composition", "cinematic")

Again = Annotated[bool, typer.Option("--again", help="Judge also what has a verdict already.")]
Accept = Annotated[bool, typer.Option("--accept", help="Accept the pictures of --shots yourself.")]
Reject = Annotated[bool, typer.Option("--reject", help="Reject the pictures of --shots yourself.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decides; your login name without it.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason of your decision.")]
MinQuality = Annotated[float | None, typer.Option("--min-quality", help="Least quality for this review, 50 to 100.")]
MinConsistency = Annotated[
    float | None, typer.Option("--min-consistency", help="Least consistency for this review, 60 to 100.")
]


def review(
    character: options.CharacterName,
    *,
    shots: options.ShotSlugs = None,
    outfit: options.Outfit = None,
    again: Again = False,
    min_quality: MinQuality = None,
    min_consistency: MinConsistency = None,
    accept: Accept = False,
    reject: Reject = False,
    by: By = None,
    why: Why = "",
    _json: options.Json = False,
) -> None:
    """Have the gate judge pictures that wait for it, or accept and reject pictures yourself."""
    from refpipe.domain.keys import CharacterKey

    slugs = _chosen(shots, decides=accept or reject)
    _check(accept=accept, reject=reject, judges=again or min_quality is not None or min_consistency is not None)
    _check_words(decides=accept or reject, words=why or by or "")
    with open_home() as wiring:
        owner = wiring.settings.owner
        with wiring.database.transaction(owner) as records:
            key = CharacterKey(owner, character, records.characters.get(character).outfit(outfit).slug)
        _check_slugs(wiring, key, slugs)
        if accept or reject:
            _decide(wiring, key, slugs, is_accepted=accept, by=by, why=why)
        reviews = _reviews(wiring, key, slugs, again=again, quality=min_quality, consistency=min_consistency)
    _show(key, reviews)


def _chosen(shots: str | None, *, decides: bool) -> list[str]:
    from refpipe.cli.sets import read_choice
    from refpipe.domain.errors import RefusedInputError

    if decides and shots is None:
        raise RefusedInputError("name the shots that you decide about", field="shots")
    return read_choice(None, shots)[1]


def _check(*, accept: bool, reject: bool, judges: bool) -> None:
    from refpipe.domain.errors import RefusedInputError

    if accept and reject:
        raise RefusedInputError("either --accept or --reject, not both", field="decision")
    if (accept or reject) and judges:
        raise RefusedInputError("a decision of yours needs no thresholds and no --again", field="decision")


def _check_words(*, decides: bool, words: str) -> None:
    from refpipe.domain.errors import RefusedInputError

    if words and not decides:
        raise RefusedInputError("--why and --by belong to --accept or --reject", field="decision")


def _check_slugs(wiring: Wiring, key: CharacterKey, slugs: list[str]) -> None:
    """Raises RefusedInputError for shots there are none of."""
    from refpipe.domain.shots import ShotSet
    from refpipe.services.choose_shots import choose_shots

    choose_shots(key.owner, wanted=ShotSet.ALL, slugs=slugs, database=wiring.database)


def _decide(
    wiring: Wiring, key: CharacterKey, slugs: list[str], *, is_accepted: bool, by: str | None, why: str
) -> None:
    import getpass

    from refpipe.domain.errors import RefusedInputError
    from refpipe.domain.gallery import ImageStatus

    with wiring.database.transaction(key.owner) as records:
        images = {slug: records.gallery.get(key, slug) for slug in slugs}
    missing = [slug for slug, image in images.items() if image is None]
    if missing:
        raise RefusedInputError(f"no picture yet of {', '.join(missing)}", field="shots")
    gate = wiring.review_images()
    status = ImageStatus.ACCEPTED if is_accepted else ImageStatus.FAILED
    for image in images.values():
        if image is not None:
            if image.review_due:
                gate(image)  # nobody decides about a picture that was never measured
            gate.decide(key.owner, image.id, status, by=by or getpass.getuser(), why=why)


def _reviews(
    wiring: Wiring,
    key: CharacterKey,
    slugs: list[str],
    *,
    again: bool,
    quality: float | None,
    consistency: float | None,
) -> list[ShotReview]:
    from refpipe.services.review_shots import review_shots

    reviews = review_shots(
        key,
        slugs,
        review=wiring.review_images(),
        database=wiring.database,
        again=again,
        quality=quality,
        consistency=consistency,
    )
    return list(reviews)


def _show(key: CharacterKey, reviews: list[ShotReview]) -> None:
    from collections import Counter

    counts = Counter(review.image.status.value for review in reviews)
    summary = {
        "accepted": counts["validation_success"],
        "needs_review": counts["needs_review"],
        "failed": counts["validation_failed"],
    }
    output.document(
        {
            "character": key.character,
            "outfit": key.outfit,
            "reviewed": len(reviews),
            **summary,
            "images": [_document(review) for review in reviews],
        }
    )
    output.table("", ("shot", "status", *_SCORES, "decided by", "remarks"), [_row(review) for review in reviews])
    words = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in summary.items())
    output.say(f"{key.character} in {key.outfit}: {output.counted(len(reviews), 'picture')}, {words}")


def _document(review: ShotReview) -> dict[str, Any]:
    image, verdict = review.image, review.verdict
    return {
        "shot": image.shot,
        "status": image.status.value,
        **{name: getattr(image.scores, name) for name in _SCORES},
        "reasons": list(verdict.reasons) if verdict else [],
        "notes": list(image.notes),
        "decided_by": review.decided_by,
        "thresholds": dict(verdict.thresholds) if verdict else {},
        "parts": {name: dict(parts) for name, parts in verdict.parts.items()} if verdict else {},
        "scorer": verdict.scorer if verdict else None,
    }


def _row(review: ShotReview) -> list[Any]:
    scores = [getattr(review.image.scores, name) for name in _SCORES]
    return [
        review.image.shot,
        output.STATUS_WORDS.get(review.image.status.value, review.image.status.value),
        *(None if score is None else f"{score:.0f}" for score in scores),
        review.decided_by,
        "; ".join(review.image.notes) or None,
    ]
