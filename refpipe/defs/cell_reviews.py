"""What Dagster keeps of the review of one cell. Belongs here: events, metadata, the check. Does not: judging."""

import warnings
from collections.abc import Iterator

import dagster as dg

from refpipe.defs.partitions import cell_key, cell_tags, cells
from refpipe.defs.pictures import PictureViews
from refpipe.domain.gallery import ImageStatus
from refpipe.services.review_shots import ShotReview

SHOT_REVIEW = dg.AssetKey("shot_review")
SCORES = ("quality", "consistency", "technical", "composition", "cinematic")
NOT_MEASURED = "not measured"
JUDGED_AT = "judged_at"
"""Tells one verdict on a cell from the next."""

with warnings.catch_warnings():
    # checks of single partitions are a preview in Dagster; the verdicts themselves lie in our own tables
    warnings.simplefilter("ignore", dg.PreviewWarning)
    passes_the_gate = dg.AssetCheckSpec(
        "passes_the_gate",
        asset=SHOT_REVIEW,
        partitions_def=cells,
        description="The picture was accepted by the gate or by a person (R-QA-5).",
    )


def review_events(
    character: str, review: ShotReview, views: PictureViews | None
) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """The events of one reviewed cell; ``views`` are of its picture, None where that cannot be read."""
    image, verdict = review.image, review.verdict
    if image.shot is None:
        raise ValueError("an on-demand picture is no cell")
    key = cell_key(character, image.shot)
    words = "; ".join(image.notes) or "no remarks"
    yield dg.AssetMaterialization(
        asset_key=SHOT_REVIEW,
        partition=key,
        tags=cell_tags(key),
        description=f"{image.shot}: {people_status(image.status)}",
        metadata={
            **({"picture": views.small("picture")} if views else {}),
            "status": image.status.value,
            **{name: _score(getattr(image.scores, name)) for name in SCORES},
            "reasons": ", ".join(verdict.reasons) if verdict and verdict.reasons else "none",
            "remarks": words,
            "decided_by": review.decided_by or "nobody yet",
            **({JUDGED_AT: verdict.judged_at.isoformat()} if verdict else {}),
            **({"thresholds": dg.MetadataValue.json(dict(verdict.thresholds))} if verdict else {}),
            **({"parts": dg.MetadataValue.json({k: dict(v) for k, v in verdict.parts.items()})} if verdict else {}),
            "scorer": (verdict.scorer if verdict else None) or NOT_MEASURED,
            "picture_sha256": image.picture_sha256,
        },
    )
    yield dg.AssetCheckEvaluation(
        asset_key=SHOT_REVIEW,
        check_name=passes_the_gate.name,
        passed=image.status is ImageStatus.ACCEPTED,
        # a picture that waits for a person is no failure
        severity=dg.AssetCheckSeverity.ERROR if image.status is ImageStatus.FAILED else dg.AssetCheckSeverity.WARN,
        description=f"{image.shot}: {people_status(image.status)}; {words}",
        metadata={"status": image.status.value, "shot": image.shot},
        partition=key,
    )


def is_shown(instance: dg.DagsterInstance, character: str, review: ShotReview) -> bool:
    """Whether the cell's last record is of this very verdict."""
    if review.verdict is None or review.image.shot is None:
        return True
    last = instance.fetch_materializations(
        dg.AssetRecordsFilter(SHOT_REVIEW, asset_partitions=[cell_key(character, review.image.shot)]), limit=1
    ).records
    shown = last[0].asset_materialization.metadata.get(JUDGED_AT) if last and last[0].asset_materialization else None
    return shown is not None and shown.value == review.verdict.judged_at.isoformat()


def _score(value: float | None) -> dg.MetadataValue:
    return dg.MetadataValue.text(NOT_MEASURED) if value is None else dg.MetadataValue.float(round(value, 1))


def people_status(status: ImageStatus) -> str:
    """A status in words."""
    return {
        ImageStatus.PENDING: "not judged yet",
        ImageStatus.PROCESSING: "being judged",
        ImageStatus.ACCEPTED: "accepted",
        ImageStatus.NEEDS_REVIEW: "needs a person's review",
        ImageStatus.FAILED: "did not pass",
    }[status]
