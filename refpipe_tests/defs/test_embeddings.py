"""Embeddings on a real instance: what a run records, what the sensor and the night ask for, and a missing model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import dagster as dg

from refpipe.defs import own_runs
from refpipe.defs.assembly import build_definitions
from refpipe.defs.cell_embeddings import SHOT_EMBEDDING, dimension_and_norm
from refpipe.defs.jobs import EMBEDDING
from refpipe.defs.partitions import SHOT_SLUGS, cell_key, narrowed_tags
from refpipe.defs.schedules import nightly_embedding
from refpipe.defs.sensors import contact_sheets, shot_embeddings, shot_reviews
from refpipe.defs.studio import Studio
from refpipe.domain.gallery import ImageStatus
from refpipe.domain.keys import CharacterKey
from refpipe.settings import VisionSettings
from refpipe.wiring import Wiring
from refpipe_tests.defs.conftest import DefinitionsWith
from refpipe_tests.defs.test_reference_set_runs import recorded, run_cells
from refpipe_tests.defs.test_reviews import night, review, verdicts
from refpipe_tests.defs.test_sensors import characters_asked, tick
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.fakes.pixel_model import DIMENSION, PixelModel

SHOTS = SHOT_SLUGS[:3]


@contextmanager
def seeing(wiring: Wiring, model: PixelModel | None = None) -> Iterator[Wiring]:
    """The same home with a model that needs no weights."""
    with Wiring(wiring.settings, generator=DrawingGenerator(), text_image_model=model or PixelModel()) as opened:
        yield opened


def accept(wiring: Wiring, key: CharacterKey, shots: Sequence[str], status: ImageStatus = ImageStatus.ACCEPTED) -> None:
    """A verdict on each of the shots' pictures."""
    with wiring.database.transaction(key.owner) as records:
        for shot in shots:
            image = records.gallery.get(key, shot)
            assert image is not None
            records.gallery.put(replace(image, status=status, review_due=False, notes=("judged by a test",)))


def embed(
    instance: dg.DagsterInstance, wiring: Wiring, key: CharacterKey, shots: Sequence[str]
) -> tuple[dg.DagsterRun, bool]:
    job = build_definitions(resources={"studio": Studio(wiring)}).resolve_job_def(EMBEDDING)
    config = {"ops": {"shot_embedding": {"config": {"shots": list(shots)}}}}
    run = own_runs.create_run(instance, job, tags=narrowed_tags(str(key), shots), run_config=config)
    return run, own_runs.execute(instance, job, run)


def checks(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dict[str, dg.AssetCheckEvaluation]:
    """Shot → what the run's check said of its vector."""
    found = {}
    for event in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        assert event.dagster_event is not None
        said = event.dagster_event.asset_check_evaluation_data
        assert said.check_name == dimension_and_norm.name
        found[str(said.partition).partition("|")[2]] = said
    return found


def why_failed(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    (failure,) = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    assert failure.dagster_event is not None
    reported = failure.dagster_event.step_failure_data.user_failure_data
    assert reported is not None
    return str(reported.description)


def caught_up(wiring: Wiring, model: PixelModel) -> str:
    """The sensor's cursor behind everything that other tests have had judged."""
    last = 0
    while given := Studio(wiring).verdicts_after(last, limit=1000):
        last = given[-1][0]
    return json.dumps({"model": str(model.model), "verdict": last})


def asked(data: object, key: CharacterKey) -> list[tuple[str, ...]]:
    """The shots of each request for the character."""
    return [
        tuple(request.run_config["ops"]["shot_embedding"]["config"]["shots"])
        for request in data.run_requests or ()  # type: ignore[attr-defined]
        if request.run_key.startswith(f"{key}/")
    ]


def test_a_run_embeds_accepted_pictures_and_records_each_with_model_dimension_and_norm(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
    accept(wiring, character, SHOTS[:2])
    accept(wiring, character, SHOTS[2:], ImageStatus.FAILED)
    model = PixelModel()
    with seeing(wiring, model) as opened:
        run, is_success = embed(instance, opened, character, SHOTS)
        assert is_success
        assert set(recorded(instance, run)) == set(SHOTS[:2]) == set(checks(instance, run))
        for cell in recorded(instance, run).values():
            assert cell.asset_key == SHOT_EMBEDDING
            assert cell.metadata["model"].value == str(model.model)
            assert cell.metadata["dimension"].value == DIMENSION
            assert 0.99 < float(str(cell.metadata["norm"].value)) < 1.01
            assert str(cell.metadata["picture"].value).startswith("![picture](data:image/webp;base64,")
        assert all(said.passed for said in checks(instance, run).values())
        assert model.seen == 2

        # clicked again: it is shown again, and nothing is embedded twice
        again, _ = embed(instance, opened, character, SHOTS)
        assert set(recorded(instance, again)) == set(SHOTS[:2])
        assert model.seen == 2


def test_a_picture_whose_bytes_are_gone_is_named_and_the_others_are_recorded(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
    accept(wiring, character, SHOTS)
    with wiring.database.transaction(character.owner) as records:
        lost = records.gallery.get(character, SHOTS[1])
    assert lost is not None
    wiring.blobs.delete([lost.picture_sha256])
    with seeing(wiring) as opened:
        run, is_success = embed(instance, opened, character, SHOTS)
    assert not is_success
    assert set(recorded(instance, run)) == {SHOTS[0], SHOTS[2]}
    assert [shot for shot, said in checks(instance, run).items() if not said.passed] == [SHOTS[1]]
    assert f"1 of 3 pictures could not be embedded: {character} {SHOTS[1]}" in why_failed(instance, run)


def test_accepted_pictures_are_asked_for_in_one_run_a_character_and_only_once(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    model = PixelModel()
    start = caught_up(wiring, model)
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
    with seeing(wiring, model) as opened:
        accept(wiring, character, SHOTS[:1], ImageStatus.NEEDS_REVIEW)
        accept(wiring, character, SHOTS[1:])
        first = tick(shot_embeddings, instance, start, studio=Studio(opened))
        assert asked(first, character) == [tuple(sorted(SHOTS[1:]))]
        (request,) = [each for each in first.run_requests or () if str(each.run_key).startswith(f"{character}/")]
        run, _ = embed(instance, opened, character, request.run_config["ops"]["shot_embedding"]["config"]["shots"])
        assert set(recorded(instance, run)) == set(SHOTS[1:])
        second = tick(shot_embeddings, instance, first.cursor, studio=Studio(opened))
        assert asked(second, character) == []

        # a person accepts what was left open; and what is judged once more is not embedded once more
        with wiring.database.transaction(character.owner) as records:
            image = records.gallery.get(character, SHOTS[0])
        assert image is not None
        wiring.review_images().decide(character.owner, image.id, ImageStatus.ACCEPTED, by="Ada")
        decided = tick(shot_embeddings, instance, second.cursor, studio=Studio(opened))
        assert asked(decided, character) == [SHOTS[:1]]

        # the daemon died before it kept its cursor: the same is said again, under the same key
        again = tick(shot_embeddings, instance, second.cursor, studio=Studio(opened))
        assert [each.run_key for each in again.run_requests or ()] == [
            each.run_key for each in decided.run_requests or ()
        ]


def test_what_was_accepted_while_nobody_looked_is_asked_for_when_the_character_is_at_rest(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    model = PixelModel()
    start = caught_up(wiring, model)
    with definitions_with() as definitions:
        for shot in SHOTS:  # a run and a verdict each, one after the other
            run_cells(instance, definitions, character, [shot])
            accept(wiring, character, [shot])
        job = definitions.resolve_job_def(EMBEDDING)
        busy = own_runs.create_run(instance, job, tags=narrowed_tags(str(character), SHOTS))
    with seeing(wiring, model) as opened:
        held = tick(shot_embeddings, instance, start, studio=Studio(opened))
        assert asked(held, character) == []
        instance.report_run_canceled(busy)
        late = tick(shot_embeddings, instance, held.cursor, studio=Studio(opened))
        assert asked(late, character) == [tuple(sorted(SHOTS))]


def test_another_model_has_every_accepted_picture_embedded_again(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
    accept(wiring, character, SHOTS)
    model, newer = PixelModel(), PixelModel(name="newer")
    cursor: str | None = caught_up(wiring, model)
    with seeing(wiring, model) as opened:
        embed(instance, opened, character, SHOTS)
        assert asked(tick(shot_embeddings, instance, cursor, studio=Studio(opened)), character) == []
    found: set[tuple[str, ...]] = set()
    with seeing(wiring, newer) as opened:
        for _ in range(20):  # some verdicts a look, from the first one on
            looked = tick(shot_embeddings, instance, cursor, studio=Studio(opened))
            found.update(asked(looked, character))
            if looked.cursor == cursor:
                break
            cursor = looked.cursor
        assert found == {tuple(sorted(SHOTS))}
        assert night(instance, nightly_embedding, opened)[str(character)].run_config == {
            "ops": {"shot_embedding": {"config": {"shots": list(SHOTS)}}}
        }
        embed(instance, opened, character, SHOTS)
        assert str(character) not in night(instance, nightly_embedding, opened)


def test_a_missing_model_is_said_by_sensor_night_and_run_and_nothing_is_started(
    wiring: Wiring,
    instance: dg.DagsterInstance,
    definitions_with: DefinitionsWith,
    character: CharacterKey,
    tmp_path: Path,
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
    accept(wiring, character, SHOTS)
    nowhere = VisionSettings(clip=f"local-dir:{tmp_path / 'nowhere'}")
    with Wiring(wiring.settings.model_copy(update={"vision": nowhere}), generator=DrawingGenerator()) as blind:
        cursor = caught_up(wiring, PixelModel())
        looked = tick(shot_embeddings, instance, cursor, studio=Studio(blind))
        assert looked.run_requests == []
        assert "nothing is embedded" in str(looked.skip_message)
        assert "REFPIPE_VISION__CLIP" in str(looked.skip_message)
        assert looked.cursor in {None, cursor}, "what is judged meanwhile is not passed over"
        assert night(instance, nightly_embedding, blind) == {}
        run, is_success = embed(instance, blind, character, SHOTS)
    assert not is_success
    assert recorded(instance, run) == {}
    assert "REFPIPE_VISION__CLIP" in why_failed(instance, run)


def test_a_removed_character_stops_nobody(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    model = PixelModel()
    start = caught_up(wiring, model)
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
    accept(wiring, character, SHOTS)
    with wiring.database.transaction(character.owner) as records:
        records.characters.remove(character.character)
    with seeing(wiring, model) as opened:
        assert asked(tick(shot_embeddings, instance, start, studio=Studio(opened)), character) == []


def test_a_new_vector_asks_for_a_new_contact_sheet(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
    accept(wiring, character, SHOTS)
    cursor = tick(contact_sheets, instance).cursor
    with seeing(wiring) as opened:
        embed(instance, opened, character, SHOTS)
    assert characters_asked(tick(contact_sheets, instance, cursor)).count(str(character)) == 1


def test_one_cell_is_embedded_by_its_own_partition(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    with definitions_with() as definitions:
        run_cells(instance, definitions, character, SHOTS)
    accept(wiring, character, SHOTS)
    with seeing(wiring) as opened:
        job = build_definitions(resources={"studio": Studio(opened)}).resolve_job_def(EMBEDDING)
        done = job.execute_in_process(instance=instance, partition_key=cell_key(str(character), SHOTS[1]))
    assert done.success
    assert set(recorded(instance, done.dagster_run)) == {SHOTS[1]}


def test_a_new_master_has_the_whole_set_judged_anew_once_and_embeds_nothing_twice(
    wiring: Wiring, instance: dg.DagsterInstance, definitions_with: DefinitionsWith, character: CharacterKey
) -> None:
    model = PixelModel()
    with definitions_with() as definitions, seeing(wiring, model) as opened:
        run_cells(instance, definitions, character, SHOTS)
        review(instance, definitions, character, SHOTS)
        accept(wiring, character, SHOTS[:1])
        embed(instance, opened, character, SHOTS)
        cursor = tick(shot_reviews, instance, studio=Studio(opened)).cursor
        judged = [len(verdicts(wiring, character, shot)) for shot in SHOTS]
        with wiring.database.transaction(character.owner) as records:
            front = records.gallery.get(character, SHOTS[0])
        assert front is not None
        wiring.set_master_reference().promote(character.owner, character.character, front.id)

        due = tick(shot_reviews, instance, cursor, studio=Studio(opened))
        (request,) = [each for each in due.run_requests or () if str(each.run_key).startswith(f"{character}/")]
        shots = request.run_config["ops"]["shot_review"]["config"]["shots"]
        review(instance, definitions, character, shots)
        assert [len(verdicts(wiring, character, shot)) for shot in SHOTS] == [number + 1 for number in judged]
        later = tick(shot_reviews, instance, due.cursor, studio=Studio(opened))
        assert str(character) not in {str(each.run_key).partition("/")[0] for each in later.run_requests or ()}
        embed(instance, opened, character, SHOTS)
        assert model.seen == 1

        # yet another master is another need, although no picture has come since
        with wiring.database.transaction(character.owner) as records:
            side = records.gallery.get(character, SHOTS[1])
        assert side is not None
        wiring.set_master_reference().promote(character.owner, character.character, side.id)
        once_more = tick(shot_reviews, instance, later.cursor, studio=Studio(opened))
        keys = [str(each.run_key) for each in once_more.run_requests or () if str(character) in str(each.run_key)]
        assert len(keys) == 1
        assert keys[0] != request.run_key
