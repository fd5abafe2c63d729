"""What is written is read back, and history is kept."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest

from refpipe.backends.database.session import PostgresDatabase
from refpipe.domain.errors import NotFoundError, PermanentFailureError
from refpipe.domain.gallery import ImageStatus, Scores
from refpipe.domain.generation import GenerationState
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import BlobRef
from refpipe_tests.backends.database.samples import JAX, blob, image, sent, sha, sheet, shot


def _rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def test_a_shot_is_created_then_unchanged_then_updated_and_reads_back_whole(database: PostgresDatabase) -> None:
    first = shot(tags=("one", "two"), azimuth_deg=-35, scene_types=("dialogue", "action"), negative_prompts=("hat",))
    with database.transaction("local") as records:
        assert records.shots.upsert(first) == "created"
        assert records.shots.upsert(first) == "unchanged"
    changed = replace(first, priority=7)
    with database.transaction("local") as records:
        assert records.shots.all() == [first]
        assert records.shots.upsert(changed) == "updated"
    with database.transaction("local") as records:
        assert records.shots.all() == [changed]


def test_shots_keep_their_order_of_arrival_and_the_newest_version_takes_its_slugs_place(
    database: PostgresDatabase,
) -> None:
    slugs = ["50mm_right35_cu", "50mm_front_cu", "50mm_back_cu"]
    with database.transaction("local") as records:
        for slug in slugs:
            records.shots.upsert(shot(slug))
        assert records.shots.upsert(shot(slugs[0], version=2)) == "created"
    with database.transaction("local") as records:
        assert [(each.slug, each.version) for each in records.shots.all()] == [
            (slugs[0], 2),
            (slugs[1], 1),
            (slugs[2], 1),
        ]


def test_retired_shots_are_listed_only_when_asked_for(database: PostgresDatabase) -> None:
    with database.transaction("local") as records:
        records.shots.upsert(shot())
        records.shots.upsert(shot(version=2))
        assert records.shots.retire(["50mm_front_cu", "unknown"]) == 1
        assert records.shots.retire(["50mm_front_cu"]) == 0
        assert records.shots.all() == []
        assert [each.active for each in records.shots.all(active_only=False)] == [False]
        assert records.shots.upsert(shot(version=2)) == "updated"
        assert len(records.shots.all()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lens_mm", 13.9),
        ("azimuth_deg", 180.1),
        ("azimuth_deg", float("nan")),
        ("elevation_deg", -91.0),
        ("distance_m", 0.09),
        ("subject_yaw_deg", -181.0),
        ("priority", 0),
        ("priority", 11),
        ("reference_weight", 1.1),
        ("iso", 0),
        ("f_stop", 0.0),
        ("version", 0),
    ],
)
def test_postgres_itself_refuses_a_shot_out_of_range(database: PostgresDatabase, field: str, value: float) -> None:
    with pytest.raises(PermanentFailureError, match=field), database.transaction("local") as records:
        records.shots.upsert(replace(shot(), **{field: value}))


def test_a_character_is_created_then_unchanged_then_updated(database: PostgresDatabase) -> None:
    with database.transaction("local") as records:
        assert records.characters.save(sheet()) == "created"
        assert records.characters.save(sheet()) == "unchanged"
        assert records.characters.save(sheet(status="archived")) == "updated"
        assert records.characters.get("jax") == sheet(status="archived")


def test_an_outfit_that_left_the_sheet_is_retired_and_comes_back(database: PostgresDatabase, database_url: str) -> None:
    outfits = "SELECT slug, is_retired, is_default FROM outfits ORDER BY slug"
    for wardrobe, expected in [
        (("coat", "rain"), [("coat", False, True), ("rain", False, False)]),
        (("rain",), [("coat", True, True), ("rain", False, True)]),
        (("rain", "coat"), [("coat", False, False), ("rain", False, True)]),
    ]:
        with database.transaction("local") as records:
            records.characters.save(sheet(outfits=wardrobe))
        assert _rows(database_url, outfits) == expected


def test_a_new_master_makes_every_image_of_the_character_due_and_of_no_other(database: PostgresDatabase) -> None:
    other = CharacterKey("local", "mia", "default")
    with database.transaction("local") as records:
        for slug in ("jax", "mia"):
            records.characters.save(sheet(slug, outfits=("default", "rain")))
        for key in (JAX, CharacterKey("local", "jax", "rain"), other):
            records.gallery.put(image(key=key, review_due=False))
        assert records.characters.master("jax") is None
        assert records.characters.set_master("jax", blob("one"), source="upload")
        assert not records.characters.set_master("jax", blob("one"), source="again")
    with database.transaction("local") as records:
        assert records.characters.master("jax") == sha("one")
        assert [each.review_due for each in records.gallery.list(JAX)] == [True]
        assert [each.review_due for each in records.gallery.list(CharacterKey("local", "jax", "rain"))] == [True]
        assert [each.review_due for each in records.gallery.list(other)] == [False]
        records.gallery.put(replace(records.gallery.list(JAX)[0], review_due=False))
        assert records.characters.set_master("jax", blob("two"), source="gallery")
        assert records.characters.set_master("jax", blob("one"), source="back again")
        assert records.gallery.list(JAX)[0].review_due


def test_asking_for_what_is_not_there_is_not_found(database: PostgresDatabase) -> None:
    with database.transaction("local") as records:
        records.characters.save(sheet())
        assert records.gallery.get(JAX, "50mm_front_cu") is None
        for ask in (
            lambda: records.characters.get("nobody"),
            lambda: records.characters.master("nobody"),
            lambda: records.characters.set_master("nobody", blob("x"), source="upload"),
            lambda: records.gallery.image(uuid4()),
            lambda: records.gallery.put(image(key=CharacterKey("local", "jax", "unknown"))),
        ):
            with pytest.raises(NotFoundError):
                ask()


def test_a_gallery_image_reads_back_as_it_was_put(database: PostgresDatabase) -> None:
    given = image(
        status=ImageStatus.NEEDS_REVIEW,
        scores=Scores(quality=71.5, consistency=None, technical=0.0, composition=100.0),
        usage_reason="a reason",
        reviewed_by="ann",
        reviewed_at=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    with database.transaction("local") as records:
        records.characters.save(sheet())
        put = records.gallery.put(given)
    with database.transaction("local") as records:
        read = records.gallery.get(JAX, "50mm_front_cu")
        assert read == put == records.gallery.image(given.id)
    assert read is not None
    assert read.created_at is not None
    assert replace(read, created_at=None) == given


def test_another_picture_is_another_attempt_of_the_same_image(database: PostgresDatabase, database_url: str) -> None:
    with database.transaction("local") as records:
        records.characters.save(sheet())
        first = records.gallery.put(image("one"))
    with database.transaction("local") as records:
        second = records.gallery.put(image("two"))
    assert (second.id, second.attempts, second.picture_sha256) == (first.id, 2, sha("two"))
    attempts = _rows(database_url, "SELECT number, picture_sha256 FROM image_attempts ORDER BY number")
    assert attempts == [(1, sha("one")), (2, sha("two"))]


def test_a_picture_that_the_cell_has_had_before_is_pointed_to_again(
    database: PostgresDatabase, database_url: str
) -> None:
    with database.transaction("local") as records:
        records.characters.save(sheet())
        for picture in ("one", "one", "two", "one"):
            last = records.gallery.put(image(picture))
    assert (last.attempts, last.picture_sha256) == (2, sha("one"))
    assert _rows(database_url, "SELECT count(*) FROM image_attempts") == [(2,)]


def test_every_change_of_judgement_is_kept_as_a_verdict(database: PostgresDatabase, database_url: str) -> None:
    with database.transaction("local") as records:
        records.characters.save(sheet())
        made = records.gallery.put(image())
        judged = replace(made, status=ImageStatus.NEEDS_REVIEW, scores=Scores(quality=80.0), notes=("unsure",))
        records.gallery.put(judged)
        records.gallery.put(replace(judged, tags=("new tag",)))
        at = datetime(2030, 1, 1, tzinfo=UTC)
        records.gallery.put(replace(judged, status=ImageStatus.ACCEPTED, reviewed_by="ann", reviewed_at=at))
    verdicts = _rows(database_url, "SELECT status, judge, quality, reasons FROM verdicts ORDER BY seq")
    assert verdicts == [
        ("needs_review", "gate", 80.0, ["unsure"]),
        ("validation_success", "ann", 80.0, ["unsure"]),
    ]


@pytest.mark.parametrize("table", ["image_attempts", "verdicts", "master_references"])
def test_history_can_be_neither_changed_nor_deleted(database: PostgresDatabase, database_url: str, table: str) -> None:
    with database.transaction("local") as records:
        records.characters.save(sheet())
        records.characters.set_master("jax", blob("one"), source="upload")
        records.gallery.put(image(status=ImageStatus.ACCEPTED))
    for change in (f"UPDATE {table} SET created_at = now()", f"DELETE FROM {table}"):  # noqa: S608
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            _rows(database_url, change)


@pytest.mark.parametrize("score", [-0.1, 100.1, float("nan")])
def test_postgres_itself_refuses_a_score_out_of_range(database: PostgresDatabase, score: float) -> None:
    with database.transaction("local") as records:
        records.characters.save(sheet())
    with pytest.raises(PermanentFailureError, match="quality"), database.transaction("local") as records:
        records.gallery.put(image(scores=Scores(quality=score)))


def test_on_demand_pictures_of_one_character_lie_side_by_side(database: PostgresDatabase) -> None:
    with database.transaction("local") as records:
        records.characters.save(sheet())
        ids = [records.gallery.put(image(name, shot=None, shot_version=None)).id for name in ("a", "b")]
        assert records.gallery.put(replace(records.gallery.image(ids[0]), tags=("kept",))).tags == ("kept",)
        assert [each.id for each in records.gallery.list(JAX)] == ids


def test_writers_that_meet_in_one_new_cell_each_count_as_an_attempt(database: PostgresDatabase) -> None:
    with database.transaction("local") as records:
        records.characters.save(sheet())

    def put(number: int) -> int:
        with database.transaction("local") as records:
            return records.gallery.put(image(f"picture {number}")).attempts

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(put, range(16))) == list(range(1, 17))


def test_names_point_to_their_last_blob_and_are_found_by_prefix(database: PostgresDatabase) -> None:
    with database.transaction("local") as records:
        records.blobs.name("a/one", blob("1"))
        records.blobs.name("a/two", blob("2"))
        records.blobs.name("a_/x", blob("2"))
        records.blobs.name("a/one", blob("3"))
        assert records.blobs.resolve("a/one") == sha("3")
        assert records.blobs.resolve("none") is None
        assert records.blobs.names("a/") == {"a/one": sha("3"), "a/two": sha("2")}
        assert records.blobs.names("a_") == {"a_/x": sha("2")}
        assert len(records.blobs.names("")) == 3


def test_a_blob_is_needed_by_whatever_row_of_whatever_owner_points_to_it(database: PostgresDatabase) -> None:
    everything = [sha(each) for each in ("named", "master", "picture", "made", "old name", "never")]
    with database.transaction("other") as records:
        records.characters.save(sheet())
        records.characters.set_master("jax", blob("master"), source="upload")
        records.gallery.put(image("picture"))
    with database.transaction("local") as records:
        records.blobs.name("made", blob("made"))
        succeeded = GenerationState.SUCCEEDED
        records.generations.advance(sent(records), succeeded, lease_s=None, blob_sha256=sha("made"))
        records.blobs.name("made", blob("old name"))
        records.blobs.name("made", blob("named"))
        assert records.blobs.unreferenced(everything) == {sha("old name"), sha("never")}
        assert records.blobs.unreferenced([]) == set()
        assert records.blobs.forget(everything) == {sha("old name"), sha("never")}
        assert records.blobs.forget([]) == set()


def test_forgetting_waits_for_a_writer_and_counts_its_row(database: PostgresDatabase) -> None:
    with database.transaction("local") as records:
        records.blobs.name("a", blob("wanted"))
        records.blobs.name("a", blob("other"))
    pointed, forgotten = threading.Event(), []

    def forget() -> None:
        pointed.wait(10)
        with database.transaction("local") as records:
            forgotten.append(records.blobs.forget([sha("wanted")]))

    sweep = threading.Thread(target=forget)
    sweep.start()
    with database.transaction("local") as records:
        records.blobs.name("b", BlobRef(sha("wanted"), 6, "image/png"))
        pointed.set()
        sweep.join(0.5)
        assert sweep.is_alive(), "it did not wait"
    sweep.join(10)
    assert forgotten == [set()]
