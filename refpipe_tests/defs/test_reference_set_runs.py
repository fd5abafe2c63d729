"""Runs over cells on a real instance: what is recorded of each cell, also when others fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg

from refpipe.defs import own_runs
from refpipe.defs.assets.reference_sets import CHARACTER_SET, REFERENCE_SHOT
from refpipe.defs.jobs import CONTACT_SHEET, REFERENCE_SET
from refpipe.defs.partitions import SHOT_SLUGS, cell_key, cells, character_tags, range_tags
from refpipe.defs.pictures import INLINE_LIMIT
from refpipe.domain.keys import CharacterKey
from refpipe_tests.defs.conftest import DefinitionsWith


def run_cells(
    instance: dg.DagsterInstance,
    definitions: dg.Definitions,
    key: CharacterKey,
    shots: Sequence[str] = SHOT_SLUGS,
    **config: Any,
) -> tuple[dg.DagsterRun, bool]:
    """A run over the shots as the pages would launch it: range tags, and config that narrows."""
    job = definitions.resolve_job_def(REFERENCE_SET)
    run = own_runs.create_run(
        instance,
        job,
        tags=range_tags(str(key), shots),
        run_config={"ops": {"reference_shot": {"config": {"shots": list(shots), **config}}}},
        planned=(REFERENCE_SHOT, [cell_key(str(key), shot) for shot in shots]),
    )
    return run, own_runs.execute(instance, job, run)


def recorded(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dict[str, dg.AssetMaterialization]:
    """Shot → the materialization that the run logged for its cell."""
    found = {}
    for event in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
        materialization = event.asset_materialization
        assert materialization is not None
        assert materialization.partition is not None
        found[materialization.partition.partition("|")[2]] = materialization
    return found


def states(instance: dg.DagsterInstance, key: CharacterKey) -> dict[str, str]:
    """Shot → the state that the pages' grid shows; cells without one are left out."""
    wanted = [cell_key(str(key), shot) for shot in SHOT_SLUGS]
    known = instance.get_status_by_partition(REFERENCE_SHOT, wanted, cells) or {}
    return {cell.partition("|")[2]: state.value for cell, state in known.items() if state is not None}


def test_a_whole_character_is_one_run_with_a_record_for_each_cell(
    instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run, is_success = run_cells(instance, definitions, character)
    assert is_success
    assert set(recorded(instance, run)) == set(SHOT_SLUGS)
    assert set(states(instance, character).values()) == {"MATERIALIZED"}


def test_a_cell_is_recorded_with_its_picture_camera_and_fingerprint(
    instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run, _ = run_cells(instance, definitions, character, ["85mm_left90_mcu"])
    cell = recorded(instance, run)["85mm_left90_mcu"]
    assert str(cell.metadata["picture"].value).startswith("![picture](data:image/webp;base64,")
    assert "85 mm" in str(cell.metadata["camera"].value)
    assert cell.metadata["outcome"].value == "generated"
    assert len(str(cell.metadata["fingerprint"].value)) == 64
    assert cell.metadata["path"].value
    assert cell.tags == {"dagster/partition/character": str(character), "dagster/partition/shot": "85mm_left90_mcu"}


def test_the_same_set_again_comes_from_the_ledger(
    instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    shots = SHOT_SLUGS[:3]
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, shots)
        run, is_success = run_cells(instance, definitions, character, shots)
    assert is_success
    assert {cell.metadata["outcome"].value for cell in recorded(instance, run).values()} == {"from_ledger"}


def test_good_cells_stay_recorded_when_others_fail_and_the_failed_are_named(
    instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    failing = ("50mm_front_cu", "85mm_front_hands")
    with definitions_with(failing=failing) as definitions:
        run, is_success = run_cells(instance, definitions, character)
    assert not is_success
    assert set(recorded(instance, run)) == set(SHOT_SLUGS) - set(failing)
    shown = states(instance, character)
    assert {shot for shot, state in shown.items() if state == "FAILED"} == set(failing)
    (failure,) = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    assert failure.dagster_event is not None
    reported = failure.dagster_event.step_failure_data
    assert reported.user_failure_data is not None
    assert all(shot in (reported.user_failure_data.description or "") for shot in failing)
    assert "asked to fail" in str(reported.user_failure_data.metadata["failed"].value)


def test_a_run_may_be_narrowed_to_named_shots_and_leaves_the_others_alone(
    instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    named = ["35mm_front_full", "35mm_back_full", "35mm_right135_full"]
    with definitions_with(failing=["35mm_back_full"]) as definitions:
        run, is_success = run_cells(instance, definitions, character, named, seed=7, size="64x96")
    assert not is_success
    made = recorded(instance, run)
    assert set(made) == {"35mm_front_full", "35mm_right135_full"}
    assert str(made["35mm_front_full"].metadata["size"].value).startswith("64x96")
    assert states(instance, character) == {
        "35mm_front_full": "MATERIALIZED",
        "35mm_back_full": "FAILED",
        "35mm_right135_full": "MATERIALIZED",
    }


def test_a_run_that_the_pages_launch_records_finished_cells_only(
    instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        job = definitions.resolve_job_def(REFERENCE_SET)
        config = {"ops": {"reference_shot": {"config": {"shots": ["50mm_front_cu"]}}}}
        done = job.execute_in_process(instance=instance, tags=range_tags(str(character)), run_config=config)
    assert done.success
    assert set(recorded(instance, done.dagster_run)) == {"50mm_front_cu"}


def test_a_run_of_one_cell_makes_that_cell(
    instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        job = definitions.resolve_job_def(REFERENCE_SET)
        done = job.execute_in_process(instance=instance, partition_key=cell_key(str(character), "50mm_front_cu"))
    assert done.success
    assert states(instance, character) == {"50mm_front_cu": "MATERIALIZED"}


def test_the_gpu_is_given_to_one_run_at_a_time_and_given_back(
    instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with(failing=["50mm_front_cu"]) as definitions:
        run_cells(instance, definitions, character, ["50mm_front_cu"])
    slots = instance.event_log_storage.get_concurrency_info("gpu")
    assert slots.slot_count == 1
    assert slots.claimed_slots == []


def test_a_character_set_shows_its_contact_sheet_and_coverage(
    instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOT_SLUGS[:9])
        job = definitions.resolve_job_def(CONTACT_SHEET)
        run = own_runs.create_run(instance, job, tags=character_tags(str(character)))
        assert own_runs.execute(instance, job, run)
    event = instance.get_latest_materialization_event(CHARACTER_SET)
    assert event is not None
    assert event.asset_materialization is not None
    shown = event.asset_materialization.metadata
    assert str(shown["contact_sheet"].value).startswith("![contact_sheet](data:image/webp;base64,")
    assert str(shown["portrait"].value).startswith("![portrait](data:image/webp;base64,")
    assert (shown["made"].value, shown["planned"].value) == (9, 33)
    angles = str(shown["scores_by_angle"].value)
    assert "|three-quarter left|" in angles
    assert len(angles) < INLINE_LIMIT
    said = {}
    for each in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        assert each.dagster_event is not None
        check = each.dagster_event.asset_check_evaluation_data
        said[check.check_name] = check
    assert set(said) == {"coverage", "quality", "consistency", "resolution", "duplicates", "embedding"}
    assert not said["coverage"].passed
    assert SHOT_SLUGS[9] in (said["coverage"].description or "")
    assert "not measured" in (said["consistency"].description or "")
    assert said["resolution"].passed
