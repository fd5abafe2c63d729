"""Reviews on a real instance: what a review run records, and which pictures the sensor and the night have reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg
import pytest

from refpipe.defs import own_runs
from refpipe.defs.assets.masters import MASTER_REFERENCE
from refpipe.defs.cell_reviews import SHOT_REVIEW, passes_the_gate
from refpipe.defs.jobs import MASTER, REVIEW
from refpipe.defs.partitions import SHOT_SLUGS, cell_key, character_tags, narrowed_tags
from refpipe.defs.schedules import nightly_reference_sets, nightly_review
from refpipe.defs.sensors import master_references, shot_reviews
from refpipe.defs.sensors import verdicts as verdicts_sensor
from refpipe.defs.studio import Studio
from refpipe.domain.gallery import ImageStatus
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import PastVerdict
from refpipe.wiring import Wiring
from refpipe_tests.defs.conftest import DefinitionsWith
from refpipe_tests.defs.test_reference_set_runs import recorded, run_cells
from refpipe_tests.defs.test_sensors import characters_asked, tick
from refpipe_tests.fakes.image_generator import DrawingGenerator

SHOTS = SHOT_SLUGS[:3]


def review(
    instance: dg.DagsterInstance, definitions: dg.Definitions, key: CharacterKey, shots: Sequence[str], **config: object
) -> tuple[dg.DagsterRun, bool]:
    job = definitions.resolve_job_def(REVIEW)
    run = own_runs.create_run(
        instance,
        job,
        tags=narrowed_tags(str(key), shots),
        run_config={"ops": {"shot_review": {"config": {"shots": list(shots), **config}}}},
    )
    return run, own_runs.execute(instance, job, run)


def asked(data: object, key: CharacterKey) -> list[list[str]]:
    """The shots of each request for the character."""
    return [
        request.run_config["ops"]["shot_review"]["config"]["shots"]
        for request in data.run_requests or ()  # type: ignore[attr-defined]
        if request.run_key.startswith(f"{key}/")
    ]


def checks(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dict[str, bool]:
    found = {}
    for event in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        assert event.dagster_event is not None
        said = event.dagster_event.asset_check_evaluation_data
        assert said.check_name == passes_the_gate.name
        found[str(said.partition).partition("|")[2]] = said.passed
    return found


def verdicts(wiring: Wiring, key: CharacterKey, shot: str) -> list[PastVerdict]:
    with wiring.database.transaction(key.owner) as records:
        image = records.gallery.get(key, shot)
        assert image is not None
        return records.reviews.history(image.id)


def test_a_review_records_scores_reasons_and_a_check_for_each_cell(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
        run, is_success = review(instance, definitions, character, SHOTS)
    assert is_success
    cells = recorded(instance, run)
    assert set(cells) == set(SHOTS) == set(checks(instance, run))
    for shot, cell in cells.items():
        assert cell.asset_key == SHOT_REVIEW
        said = verdicts(wiring, character, shot)[-1]
        assert cell.metadata["status"].value == said.status.value
        assert cell.metadata["consistency"].value == "not measured"
        assert cell.metadata["decided_by"].value == "gate"
        assert cell.metadata["thresholds"].value == dict(said.thresholds)
        assert checks(instance, run)[shot] == (said.status is ImageStatus.ACCEPTED)


def test_a_review_leaves_verdicts_alone_that_stand_and_judges_again_when_asked(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
        review(instance, definitions, character, SHOTS)
        review(instance, definitions, character, SHOTS)
        assert len(verdicts(wiring, character, SHOTS[0])) == 1
        review(instance, definitions, character, SHOTS[:1], again=True)
    assert len(verdicts(wiring, character, SHOTS[0])) == 2
    assert len(verdicts(wiring, character, SHOTS[1])) == 1


def test_a_picture_whose_bytes_are_gone_is_a_verdict_and_stops_no_other(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
        with wiring.database.transaction(character.owner) as records:
            lost = records.gallery.get(character, SHOTS[1])
        assert lost is not None
        wiring.blobs.delete([lost.picture_sha256])
        run, is_success = review(instance, definitions, character, SHOTS)
    assert is_success
    assert set(recorded(instance, run)) == set(SHOTS)
    assert checks(instance, run)[SHOTS[1]] is False
    assert "unreadable" in str(recorded(instance, run)[SHOTS[1]].metadata["reasons"].value)


def test_a_picture_judged_while_it_was_made_is_reviewed_in_the_same_run_and_not_asked_for_again(
    wiring: Wiring, instance: dg.DagsterInstance, character: CharacterKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    from refpipe.defs.assembly import build_definitions

    start = tick(shot_reviews, instance, studio=Studio(wiring)).cursor
    with Wiring(wiring.settings, generator=DrawingGenerator()) as opened:
        built = opened.build_reference_set()
        judging = type(built)(**{**vars_of(built), "judge": opened.review_images()})
        monkeypatch.setattr(opened, "build_reference_set", lambda: judging)
        run, _ = run_cells(instance, build_definitions(resources={"studio": Studio(opened)}), character, SHOTS)
    of_run = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    made = [event.asset_materialization.asset_key for event in of_run if event.asset_materialization]
    assert made.count(SHOT_REVIEW) == len(SHOTS)
    assert set(checks(instance, run)) == set(SHOTS)
    assert asked(tick(shot_reviews, instance, start, studio=Studio(wiring)), character) == []


def vars_of(built: object) -> dict[str, object]:
    from dataclasses import fields

    return {field.name: getattr(built, field.name) for field in fields(built)}  # type: ignore[arg-type]


def test_new_pictures_are_asked_for_in_one_run_a_character_and_only_once(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
        first = tick(shot_reviews, instance, studio=Studio(wiring))
        assert [set(shots) for shots in asked(first, character)] == [set(SHOTS)]
        review(instance, definitions, character, SHOTS)
    again = tick(shot_reviews, instance, first.cursor, studio=Studio(wiring))
    assert asked(again, character) == []


def test_pictures_made_while_nobody_looked_are_asked_for_afterwards(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    cursor = tick(shot_reviews, instance, studio=Studio(wiring)).cursor
    with definitions_with() as definitions:
        for shot in SHOT_SLUGS[:6]:  # a run each, as clicked one after the other
            run_cells(instance, definitions, character, [shot])
    late = tick(shot_reviews, instance, cursor, studio=Studio(wiring))
    assert [set(shots) for shots in asked(late, character)] == [set(SHOT_SLUGS[:6])]


def test_a_new_master_reference_has_the_whole_set_reviewed_again_and_is_shown(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    before = tick(master_references, instance, studio=Studio(wiring))
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
        review(instance, definitions, character, SHOTS)
        cursor = tick(shot_reviews, instance, studio=Studio(wiring)).cursor
        with wiring.database.transaction(character.owner) as records:
            front = records.gallery.get(character, SHOTS[0])
        assert front is not None
        wiring.set_master_reference().promote(character.owner, character.character, front.id)

        due = tick(shot_reviews, instance, cursor, studio=Studio(wiring))
        assert [set(shots) for shots in asked(due, character)] == [set(SHOTS)]

        changed = tick(master_references, instance, before.cursor, studio=Studio(wiring))
        assert characters_asked(changed).count(str(character)) == 1
        assert str(character) not in characters_asked(
            tick(master_references, instance, changed.cursor, studio=Studio(wiring))
        )
        job = definitions.resolve_job_def(MASTER)
        run = own_runs.create_run(instance, job, tags=character_tags(str(character)))
        assert own_runs.execute(instance, job, run)
    (event,) = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert event.asset_materialization is not None
    assert event.asset_materialization.asset_key == MASTER_REFERENCE
    assert "picture" in event.asset_materialization.metadata


def test_a_character_without_a_master_reference_records_none(
    instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        job = definitions.resolve_job_def(MASTER)
        run = own_runs.create_run(instance, job, tags=character_tags(str(character)))
        assert own_runs.execute(instance, job, run)
    assert not instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)


def test_a_busy_character_waits_for_its_review_and_is_not_forgotten(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
        job = definitions.resolve_job_def(REVIEW)
        busy = own_runs.create_run(instance, job, tags=narrowed_tags(str(character), SHOTS))
        first = tick(shot_reviews, instance, studio=Studio(wiring))
        assert asked(first, character) == []
        instance.report_run_canceled(busy)
    later = tick(shot_reviews, instance, first.cursor, studio=Studio(wiring))
    assert [set(shots) for shots in asked(later, character)] == [set(SHOTS)]


def night(instance: dg.DagsterInstance, schedule: dg.ScheduleDefinition, wiring: Wiring) -> dict[str, dg.RunRequest]:
    at = datetime(2026, 5, 4, 3, 47, tzinfo=UTC)
    with dg.build_schedule_context(instance, at, resources={"studio": Studio(wiring)}) as context:
        requests = schedule.evaluate_tick(context).run_requests or ()
    return {str(request.run_key).partition("/")[0]: request for request in requests}


def test_the_night_asks_for_what_is_missing_and_leaves_complete_sets_alone(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOT_SLUGS[2:])
        request = night(instance, nightly_reference_sets, wiring)[str(character)]
        assert request.run_config["ops"]["reference_shot"]["config"]["shots"] == list(SHOT_SLUGS[:2])
        run_cells(instance, definitions, character, SHOT_SLUGS[:2])
    assert str(character) not in night(instance, nightly_reference_sets, wiring)


def test_the_night_has_pictures_reviewed_that_wait(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
        request = night(instance, nightly_review, wiring)[str(character)]
        assert request.run_config["ops"]["shot_review"]["config"]["shots"] == list(SHOTS)
        review(instance, definitions, character, SHOTS)
    assert str(character) not in night(instance, nightly_review, wiring)


def test_one_cell_is_reviewed_by_its_own_partition(
    instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
        job = definitions.resolve_job_def(REVIEW)
        done = job.execute_in_process(instance=instance, partition_key=cell_key(str(character), SHOTS[1]))
    assert done.success
    assert set(recorded(instance, done.dagster_run)) == {SHOTS[1]}


def test_what_a_person_decides_is_shown_in_its_cell_once(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
        review(instance, definitions, character, SHOTS)
    seen = tick(verdicts_sensor, instance, studio=Studio(wiring))
    mine = cell_key(str(character), SHOTS[0])
    assert mine not in {event.partition for event in seen.asset_events}  # the run has shown it

    with wiring.database.transaction(character.owner) as records:
        image = records.gallery.get(character, SHOTS[0])
    assert image is not None
    wiring.review_images().decide(character.owner, image.id, ImageStatus.ACCEPTED, by="Ada", why="it is she")
    decided = tick(verdicts_sensor, instance, seen.cursor, studio=Studio(wiring))
    shown = [event for event in decided.asset_events if event.partition == mine]
    (materialization,) = [event for event in shown if isinstance(event, dg.AssetMaterialization)]
    (check,) = [event for event in shown if isinstance(event, dg.AssetCheckEvaluation)]
    assert materialization.metadata["decided_by"].value == "Ada"
    assert check.passed
    for event in shown:
        instance.report_runless_asset_event(event)  # as the daemon does

    assert tick(verdicts_sensor, instance, decided.cursor, studio=Studio(wiring)).asset_events == []
    again = tick(
        verdicts_sensor, instance, seen.cursor, studio=Studio(wiring)
    )  # the daemon died before the cursor was kept
    assert mine not in {event.partition for event in again.asset_events}
