"""Sensors: read, decide, ask. Belongs here: the reading and the asking. Does not: decisions (domain.upkeep)."""

import json
from collections.abc import Iterator

import dagster as dg

from refpipe.defs.assets.reference_sets import CHARACTER_SET, REFERENCE_SHOT
from refpipe.defs.cell_embeddings import SHOT_EMBEDDING
from refpipe.defs.cell_reviews import SHOT_REVIEW, is_shown, review_events
from refpipe.defs.jobs import contact_sheet, embedding, review, show_master_reference
from refpipe.defs.partitions import (
    CHARACTERS_NAME,
    SHOT_SLUGS,
    character_of_cell,
    characters,
    characters_of_run,
    narrowed_tags,
    parts_of_cell,
)
from refpipe.defs.studio import Studio
from refpipe.domain.errors import NotSetUpError
from refpipe.domain.upkeep import (
    embeddings_due,
    masters_due,
    partition_changes,
    reviews_due,
    sets_due,
    verdicts_to_show,
)

EVENTS_A_TICK = 2000
VERDICTS_A_TICK = 100
VERDICTS_READ_AGAIN = 50
"""A verdict becomes visible when its transaction ends: by then so many others may have taken higher numbers."""
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
    for asset in (REFERENCE_SHOT, SHOT_REVIEW, SHOT_EMBEDDING):
        for event, cell in _materializations(instance, asset, after=cursor):
            character = character_of_cell(cell)
            first, last = found.get(character, (event, event))
            found[character] = (min(event, first), max(event, last))
    drawn = {character: event for event, character in _materializations(instance, CHARACTER_SET, after=cursor)}
    decided = sets_due(found, drawn, _busy_characters(instance), cursor=cursor)
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(run_key=f"{character}/{event}", partition_key=character) for character, event in decided.due
        ],
        cursor=str(decided.cursor),
    )


@dg.sensor(job=review, minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def shot_reviews(context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio]) -> dg.SensorResult:
    """Has pictures reviewed that no review has been recorded for, or that wait for the gate again (R-QA-8)."""
    instance, cursor = context.instance, int(context.cursor or 0)
    made: dict[tuple[str, str], tuple[int, int]] = {}
    for event, cell in _materializations(instance, REFERENCE_SHOT, after=cursor):
        place = parts_of_cell(cell)
        made[place] = (min(event, made.get(place, (event, event))[0]), event)
    reviewed = {parts_of_cell(cell): event for event, cell in _all_materializations(instance, SHOT_REVIEW, cursor)}
    known = set(instance.get_dynamic_partitions(CHARACTERS_NAME))
    waiting = {key: shots & set(SHOT_SLUGS) for key, shots in studio.waiting_for_review().items() if key in known}
    decided = reviews_due(made, reviewed, waiting, _busy_characters(instance), cursor=cursor)
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=f"{character}/{mark}",
                tags=narrowed_tags(character, shots),
                run_config={"ops": {"shot_review": {"config": {"shots": list(shots)}}}},
            )
            for character, shots, mark in decided.due
        ],
        cursor=str(decided.cursor),
    )


@dg.sensor(job=embedding, minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def shot_embeddings(
    context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio]
) -> dg.SensorResult | dg.SkipReason:
    """Has pictures embedded that were accepted since it last looked; with another model, all of them (R-QA-8)."""
    try:
        model = studio.embedding_model()
    except NotSetUpError as error:
        return dg.SkipReason(f"nothing is embedded: {error}")
    instance = context.instance
    read = json.loads(context.cursor or "{}")
    cursor = read["verdict"] if read.get("model") == model else 0
    given = studio.verdicts_after(max(0, cursor - VERDICTS_READ_AGAIN), limit=VERDICTS_READ_AGAIN + VERDICTS_A_TICK)
    judged = [(number, key) for number, key, _ in given]
    waiting = studio.waiting_for_embedding({key for _, key in judged})
    unknown = {key for _, key in judged} - set(instance.get_dynamic_partitions(CHARACTERS_NAME))
    decided = embeddings_due(judged, waiting, _busy_characters(instance) | unknown, cursor=cursor)
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=f"{character}/{mark}/{model}",
                tags=narrowed_tags(character, shots),
                run_config={"ops": {"shot_embedding": {"config": {"shots": list(shots)}}}},
            )
            for character, shots, mark in decided.due
        ],
        cursor=json.dumps({"model": model, "verdict": decided.cursor}),
    )


@dg.sensor(minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def verdicts(context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio]) -> dg.SensorResult:
    """Shows verdicts that no run has recorded: those of people, and of the gate when a command called it."""
    instance, cursor = context.instance, int(context.cursor or 0)
    given = studio.verdicts_after(cursor, limit=VERDICTS_A_TICK)
    upto = verdicts_to_show([(number, key) for number, key, _ in given], _busy_characters(instance), cursor=cursor)
    latest = {image.id: (key, image) for number, key, image in given if number <= upto and image.shot in SHOT_SLUGS}
    events: list[dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation] = []
    for key, image in latest.values():
        review = studio.last_review(image)
        if not is_shown(instance, key, review):
            events += review_events(key, review, studio.views_if_readable(image))
    return dg.SensorResult(asset_events=events, cursor=str(upto))


@dg.sensor(job=show_master_reference, minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def master_references(context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio]) -> dg.SensorResult:
    """Shows a character's master reference when it has another one; its reviews follow by themselves."""
    known = {key: (sha256, times) for key, (sha256, times) in json.loads(context.cursor or "{}").items()}
    partitions = set(context.instance.get_dynamic_partitions(CHARACTERS_NAME))
    decided = masters_due({key: sha for key, sha in studio.masters().items() if key in partitions}, known)
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=f"{key}/{times}", partition_key=key) for key, times in decided.due],
        cursor=json.dumps(decided.known),
    )


def _materializations(instance: dg.DagsterInstance, asset: dg.AssetKey, *, after: int) -> Iterator[tuple[int, str]]:
    """Event id and partition of what was recorded after an event, oldest first, at most so many."""
    read = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=asset, after_storage_id=after), limit=EVENTS_A_TICK, ascending=True
    )
    for record in read.records:
        if record.partition_key:
            yield record.storage_id, record.partition_key


def _all_materializations(instance: dg.DagsterInstance, asset: dg.AssetKey, after: int) -> Iterator[tuple[int, str]]:
    """The same without an end: what is missing here would be taken for not done."""
    read = [*_materializations(instance, asset, after=after)]
    while read:
        yield from read
        read = [*_materializations(instance, asset, after=read[-1][0])]


def _busy_characters(instance: dg.DagsterInstance) -> set[str]:
    """Characters on whose cells or set a run works or waits."""
    runs = instance.get_runs(filters=dg.RunsFilter(statuses=IN_FLIGHT))
    return {character for run in runs for character in characters_of_run(run.tags)}


all_sensors = [character_partitions, master_references, shot_reviews, shot_embeddings, verdicts, contact_sheets]
