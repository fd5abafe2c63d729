"""Reference sets as assets: a cell for each character and shot, and a contact sheet for each character."""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from refpipe.defs.cell_records import ShotListener, cell_materialization, failure_of
from refpipe.defs.cell_reviews import SHOT_REVIEW, review_events
from refpipe.defs.checks import set_check_results, set_checks
from refpipe.defs.contact_sheets import sheet_metadata
from refpipe.defs.partitions import cells, characters, shots_by_character
from refpipe.defs.studio import Studio

REFERENCE_SHOT = dg.AssetKey("reference_shot")
CHARACTER_SET = dg.AssetKey("character_set")
GPU_POOL = "gpu"


class ShotRunConfig(dg.Config):
    """What a run over cells may narrow or set."""

    shots: list[str] = Field(default_factory=list)
    """Only these shots of the run's range; empty: all of them."""
    seed: int | None = None
    """One seed for the whole set, 0 to 2147483647; none: the character's own."""
    size: str | None = None
    """``full``, ``small`` or ``WIDTHxHEIGHT`` in pixels; none: as the settings say."""


@dg.multi_asset(
    name="reference_shot",
    specs=[
        dg.AssetSpec(
            REFERENCE_SHOT,
            # only finished cells are recorded, each by itself: a run of 30 with 3 failures keeps its 27
            skippable=True,
            group_name="reference_set",
            kinds={"image"},
            description="One picture of one character in one outfit, taken by one reference shot's camera.",
        )
    ],
    partitions_def=cells,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool=GPU_POOL,
)
def reference_shot(
    context: dg.AssetExecutionContext,
    config: ShotRunConfig,
    studio: dg.ResourceParam[Studio],
    shot_listener: dg.ResourceParam[ShotListener],
) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """Make the cells of this run's range, or those of them that the config names.

    A generator, since Dagster would take a returned None for "the whole range is made".
    """
    failed: dict[str, str] = {}
    made = 0
    for character, shots in shots_by_character(context.partition_keys, config.shots).items():
        for outcome in studio.build_set(character, shots, seed=config.seed, size=config.size, listener=shot_listener):
            if outcome.image is None:
                failed[f"{character} {outcome.shot}"] = outcome.reason
            else:
                made += 1
                picture, where = studio.picture_of(outcome.image)
                views = studio.views(picture)
                yield cell_materialization(REFERENCE_SHOT, character, outcome, views, where)
                if not outcome.image.review_due:
                    # the gate has spoken already, since what is tried next hangs on it
                    yield from review_events(character, studio.last_review(outcome.image), views)
            shot_listener.shot_done(outcome)
    if failed:
        raise failure_of(failed, made)


@dg.asset(
    key=CHARACTER_SET,
    partitions_def=characters,
    # from cells to characters: Dagster maps the shared dimension by itself
    deps=[REFERENCE_SHOT, SHOT_REVIEW],
    check_specs=set_checks,
    group_name="reference_set",
    kinds={"image"},
    description="A character's contact sheet, and how much of each pack is made and accepted.",
)
def character_set(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Draw the contact sheet from the pictures there are."""
    drawn = studio.draw_contact_sheet(context.partition_key)
    results = set_check_results(context.partition_key, studio.examine(context.partition_key))
    return dg.MaterializeResult(metadata=sheet_metadata(drawn), check_results=[*results])
