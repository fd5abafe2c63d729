"""Reviews as assets: for each cell what the gate says of its picture."""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from refpipe.defs.assets.reference_sets import GPU_POOL, REFERENCE_SHOT
from refpipe.defs.cell_reviews import SHOT_REVIEW, passes_the_gate, review_events
from refpipe.defs.partitions import cells, shots_by_character
from refpipe.defs.studio import Studio


class ReviewRunConfig(dg.Config):
    """What a review may narrow or set."""

    shots: list[str] = Field(default_factory=list)
    """Only these shots of the run's range; empty: all of them."""
    again: bool = False
    """Judge also pictures that have a verdict and do not wait for another."""
    quality: float | None = None
    """Least quality for this review, 50 to 100; none: as the sheet or the settings say."""
    consistency: float | None = None
    """Least consistency for this review, 60 to 100; none: as the sheet or the settings say."""


@dg.multi_asset(
    name="shot_review",
    specs=[
        dg.AssetSpec(
            SHOT_REVIEW,
            skippable=True,
            deps=[REFERENCE_SHOT],
            group_name="reference_set",
            kinds={"image"},
            description="The gate's verdict on a cell's picture, with scores and reasons.",
        )
    ],
    check_specs=[passes_the_gate],
    # each cell logs its check itself: Dagster's own one result per run would speak for a whole range
    can_subset=True,
    partitions_def=cells,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool=GPU_POOL,
)
def shot_review(
    context: dg.AssetExecutionContext, config: ReviewRunConfig, studio: dg.ResourceParam[Studio]
) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """Review the cells of this run's range that have a picture, or those of them that the config names."""
    for character, shots in shots_by_character(context.partition_keys, config.shots).items():
        for review in studio.review(
            character, shots, again=config.again, quality=config.quality, consistency=config.consistency
        ):
            yield from review_events(character, review, studio.views_if_readable(review.image))
