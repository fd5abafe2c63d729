"""Master references as assets: the one picture that says who a character is.

Nothing depends on them in Dagster's sense: a character need not have one, and the pages would ask "are you sure?" at
every shot of those that have none. What a new master changes, rows and sensors tell.
"""

from collections.abc import Iterator

import dagster as dg

from refpipe.defs.partitions import characters
from refpipe.defs.studio import Studio

MASTER_REFERENCE = dg.AssetKey("master_reference")
MASTER_VIEW_PX = 720


@dg.multi_asset(
    name="master_reference",
    specs=[
        dg.AssetSpec(
            MASTER_REFERENCE,
            # a character need not have one
            skippable=True,
            group_name="reference_set",
            kinds={"image"},
            description="The picture that says who a character is; uploaded, or chosen from the gallery.",
        )
    ],
    partitions_def=characters,
)
def master_reference(
    context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]
) -> Iterator[dg.AssetMaterialization]:
    """Show the master reference that the database names; nothing where there is none."""
    master = studio.master(context.partition_key)
    if master is None:
        context.log.info("%s has no master reference", context.partition_key)
        return
    views = studio.views(master.picture)
    yield dg.AssetMaterialization(
        MASTER_REFERENCE,
        partition=context.partition_key,
        metadata={
            "picture": views.small("picture"),
            "picture_large": views.large("picture", longest_px=MASTER_VIEW_PX),
            "path": dg.MetadataValue.path(master.where),
            "picture_sha256": master.sha256,
        },
    )
