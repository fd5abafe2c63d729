"""Embeddings as assets: for each cell the vector by which its accepted picture is found.

The contact sheet does not hang on them in Dagster's sense: without a model there are none, and the pages would ask
"are you sure?" at every set.
"""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from refpipe.defs.assets.reference_sets import GPU_POOL
from refpipe.defs.cell_embeddings import SHOT_EMBEDDING, dimension_and_norm, embedding_events, failure_of_embeddings
from refpipe.defs.cell_reviews import SHOT_REVIEW
from refpipe.defs.partitions import cells, shots_by_character
from refpipe.defs.studio import Studio
from refpipe.domain.errors import NotSetUpError


class EmbeddingRunConfig(dg.Config):
    """What an embedding run may narrow."""

    shots: list[str] = Field(default_factory=list)
    """Only these shots of the run's range; empty: all of them."""


@dg.multi_asset(
    name="shot_embedding",
    specs=[
        dg.AssetSpec(
            SHOT_EMBEDDING,
            skippable=True,
            deps=[SHOT_REVIEW],
            group_name="reference_set",
            kinds={"postgres"},
            description="What a cell's accepted picture shows, as a vector in the space of pictures and words.",
        )
    ],
    check_specs=[dimension_and_norm],
    # as for reviews: each cell logs its check itself
    can_subset=True,
    partitions_def=cells,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool=GPU_POOL,
)
def shot_embedding(
    context: dg.AssetExecutionContext, config: EmbeddingRunConfig, studio: dg.ResourceParam[Studio]
) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """Embed the accepted pictures of this run's range, or those of them that the config names."""
    failed: dict[str, str] = {}
    done = 0
    try:
        for character, shots in shots_by_character(context.partition_keys, config.shots).items():
            for embedded in studio.embed(character, shots):
                yield from embedding_events(character, embedded, studio.views_if_readable(embedded.image))
                done += not embedded.shortfall
                if embedded.shortfall:
                    failed[f"{character} {embedded.image.shot}"] = embedded.shortfall
    except NotSetUpError as error:
        # nothing will change by itself
        raise dg.Failure(f"nothing is embedded: {error}", allow_retries=False) from error
    if failed:
        raise failure_of_embeddings(failed, done)
    context.log.info("%d accepted pictures are embedded", done)
