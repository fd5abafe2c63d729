"""Sensors on a real instance: partitions follow characters, contact sheets follow pictures."""

from __future__ import annotations

import dagster as dg
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.definitions.sensor_definition import SensorExecutionData

from refpipe.definitions import defs
from refpipe.defs.partitions import SHOT_SLUGS
from refpipe.defs.sensors import character_partitions, contact_sheets
from refpipe.defs.studio import Studio
from refpipe.domain.characters import read_sheet
from refpipe.domain.keys import CharacterKey
from refpipe.wiring import Wiring
from refpipe_tests.defs.conftest import DefinitionsWith
from refpipe_tests.defs.test_reference_set_runs import run_cells


def tick(
    sensor: dg.SensorDefinition, instance: dg.DagsterInstance, cursor: str | None = None, **resources: object
) -> SensorExecutionData:
    with (
        # the code server wraps a tick in the same way
        partition_loading_context(dynamic_partitions_store=instance),
        dg.build_sensor_context(
            instance=instance, cursor=cursor, resources=resources, repository_def=defs.get_repository_def()
        ) as context,
    ):
        return sensor.evaluate_tick(context)


def characters_asked(data: SensorExecutionData) -> list[str | None]:
    return [request.partition_key for request in data.run_requests or ()]


def test_a_new_character_gets_a_partition_for_each_outfit(wiring: Wiring, instance: dg.DagsterInstance) -> None:
    coat = {"kind": "coat", "colour": "#204060"}
    outfits = [{"slug": "default", "garments": [coat]}, {"slug": "raincoat", "garments": [coat]}]
    with wiring.database.transaction("local") as records:
        records.characters.save(read_sheet({"slug": "newcomer", "name": "Newcomer", "wardrobe": outfits}))
    done = tick(character_partitions, instance, studio=Studio(wiring))
    (added,) = [each for each in done.dynamic_partitions_requests if isinstance(each, dg.AddDynamicPartitionsRequest)]
    assert {"local.newcomer~default", "local.newcomer~raincoat"} <= set(added.partition_keys)


def test_a_partition_of_nobody_goes_and_one_of_another_owner_stays(
    wiring: Wiring, instance: dg.DagsterInstance
) -> None:
    instance.add_dynamic_partitions("characters", ["local.ghost~default", "elsewhere.ghost~default"])
    done = tick(character_partitions, instance, studio=Studio(wiring))
    (gone,) = [each for each in done.dynamic_partitions_requests if isinstance(each, dg.DeleteDynamicPartitionsRequest)]
    assert "local.ghost~default" in gone.partition_keys
    assert "elsewhere.ghost~default" not in gone.partition_keys


def test_new_pictures_ask_for_one_contact_sheet_and_only_once(
    instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOT_SLUGS[:2])
    first = tick(contact_sheets, instance)
    assert characters_asked(first).count(str(character)) == 1
    again = tick(contact_sheets, instance, cursor=first.cursor)
    assert str(character) not in characters_asked(again)
