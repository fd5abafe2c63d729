"""Sensors: read, decide, ask. Belongs here: the reading and the asking. Does not: decisions (domain.upkeep)."""

from collections.abc import Iterator

import dagster as dg

from refpipe.defs.assets.reference_sets import CHARACTER_SET, REFERENCE_SHOT
from refpipe.defs.jobs import contact_sheet
from refpipe.defs.partitions import CHARACTERS_NAME, character_of_cell, characters, characters_of_run
from refpipe.defs.studio import Studio
from refpipe.domain.upkeep import partition_changes, sets_due

EVENTS_A_TICK = 2000
IN_FLIGHT = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dg.sensor(minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def character_partitions(context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio]) -> dg.SensorResult:
    """Keeps the character partitions in step with the characters in the database."""
    instance = context.instance
    # a database that cannot be read raises here: the tick fails and nothing is taken for absent
    wanted = studio.character_keys()
    changes = partition_changes(
        wanted,
        existing=set(instance.get_dynamic_partitions(CHARACTERS_NAME)),
        in_flight=_busy_characters(instance),
        recorded={character_of_cell(cell) for cell in instance.get_materialized_partitions(REFERENCE_SHOT)},
    )
    requests: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if changes.add:
        requests.append(characters.build_add_request(list(changes.add)))
    if changes.remove:
        requests.append(characters.build_delete_request(list(changes.remove)))
    return dg.SensorResult(dynamic_partitions_requests=requests)


@dg.sensor(job=contact_sheet, minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def contact_sheets(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Draws a character's contact sheet again when its shots changed and nobody is making more of them."""
    instance, cursor = context.instance, int(context.cursor or 0)
    found: dict[str, tuple[int, int]] = {}
    for event, character in _materializations(instance, REFERENCE_SHOT, after=cursor):
        found[character] = (min(event, found.get(character, (event, event))[0]), event)
    drawn = {character: event for event, character in _materializations(instance, CHARACTER_SET, after=cursor)}
    decided = sets_due(found, drawn, _busy_characters(instance), cursor=cursor)
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(run_key=f"{character}/{event}", partition_key=character) for character, event in decided.due
        ],
        cursor=str(decided.cursor),
    )


def _materializations(instance: dg.DagsterInstance, asset: dg.AssetKey, *, after: int) -> Iterator[tuple[int, str]]:
    """Event id and character of what was recorded after an event, oldest first."""
    read = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=asset, after_storage_id=after), limit=EVENTS_A_TICK, ascending=True
    )
    for record in read.records:
        if record.partition_key:
            yield record.storage_id, character_of_cell(record.partition_key)


def _busy_characters(instance: dg.DagsterInstance) -> set[str]:
    """Characters on whose cells or set a run works or waits."""
    runs = instance.get_runs(filters=dg.RunsFilter(statuses=IN_FLIGHT))
    return {character for run in runs for character in characters_of_run(run.tags)}


all_sensors = [character_partitions, contact_sheets]
