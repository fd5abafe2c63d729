"""What Dagster keeps of the vector of one cell's picture. Belongs here: events, metadata, the check, the failure.

Does not: making vectors.
"""

import warnings
from collections.abc import Iterator, Mapping

import dagster as dg

from refpipe.defs.partitions import cell_key, cell_tags, cells
from refpipe.defs.pictures import PictureViews
from refpipe.services.embed_images import EmbeddedPicture, norm

SHOT_EMBEDDING = dg.AssetKey("shot_embedding")

with warnings.catch_warnings():
    # as for reviews: checks of single partitions are a preview in Dagster
    warnings.simplefilter("ignore", dg.PreviewWarning)
    dimension_and_norm = dg.AssetCheckSpec(
        "dimension_and_norm",
        asset=SHOT_EMBEDDING,
        partitions_def=cells,
        description="The vector that is kept has as many numbers as its model makes, and length 1 (R-QA-6).",
    )


def embedding_events(
    character: str, embedded: EmbeddedPicture, views: PictureViews | None
) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """The events of one accepted cell: its vector where there is one, and the check; ``views`` are of its picture."""
    image, vector, model = embedded.image, embedded.vector, embedded.model
    if image.shot is None:
        raise ValueError("an on-demand picture is no cell")
    key = cell_key(character, image.shot)
    described: Mapping[str, str | int | float] = {}
    if vector is not None:
        described = {"model": str(model), "dimension": vector.size, "norm": round(norm(vector), 4)}
        yield dg.AssetMaterialization(
            asset_key=SHOT_EMBEDDING,
            partition=key,
            tags=cell_tags(key),
            description=f"{image.shot}: {'embedded' if embedded.is_new else 'was embedded before'} by {model.name}",
            metadata={
                **({"picture": views.small("picture")} if views else {}),
                **described,
                "picture_sha256": image.picture_sha256,
            },
        )
    yield dg.AssetCheckEvaluation(
        asset_key=SHOT_EMBEDDING,
        check_name=dimension_and_norm.name,
        passed=not embedded.shortfall,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{image.shot}: {embedded.shortfall or f'{model.dimension} numbers, length 1'}",
        metadata={"shot": image.shot, **described},
        partition=key,
    )


def failure_of_embeddings(failed: Mapping[str, str], done: int) -> dg.Failure:
    """What ends a run that could not embed all: each cell named with its reason; the good ones stay recorded."""
    return dg.Failure(
        description=f"{len(failed)} of {len(failed) + done} pictures could not be embedded: {', '.join(failed)}",
        metadata={"failed": "; ".join(f"{cell}: {why}" for cell, why in failed.items()), "embedded": done},
        allow_retries=False,
    )
