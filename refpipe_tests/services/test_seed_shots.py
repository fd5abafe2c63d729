"""Seeding an owner's reference shots."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.backends.shot_library import packaged_library, packaged_shots
from refpipe.domain.errors import PermanentFailureError, RefusedInputError, RetryableFailureError
from refpipe.domain.shots import ShotSet
from refpipe.services.seed_shots import seed_shots
from refpipe_tests.fakes.shot_stores import MemoryShotDatabase, MemoryShots

GOOD = {"slug": "50mm_front_cu", "lens_mm": 50, "crop": "cu", "when_to_use": "Conversation."}


@pytest.fixture
def database():
    return MemoryShotDatabase()


def stored(database, owner="local", *, active_only=True):
    with database.transaction(owner) as records:
        return records.shots.all(active_only=active_only)


def counts(report):
    return report.created, report.updated, report.unchanged, report.retired, report.failed


def test_the_whole_library_is_seeded_by_default(database):
    report = seed_shots(database, "local", packaged_library())
    assert counts(report) == (33, 0, 0, 0, 0)
    assert report.as_document() == {
        "created": 33,
        "updated": 0,
        "unchanged": 0,
        "retired": 0,
        "failed": 0,
        "by_pack": {"core": 9, "essential": 12, "coverage": 6, "turnaround": 6},
        "errors": [],
        "warnings": [],
    }
    assert stored(database) == list(packaged_shots())


def test_seeding_twice_changes_nothing(database):
    seed_shots(database, "local", packaged_library(), clean=True)
    before = stored(database)
    assert counts(seed_shots(database, "local", packaged_library(), clean=True)) == (0, 0, 33, 0, 0)
    assert stored(database) == before


@pytest.mark.parametrize(
    ("wanted", "size"), [("core", 9), ("extended", 21), ("comprehensive", 27), ("turnaround", 8), ("all", 33)]
)
def test_a_set_seeds_its_own_shots_only(database, wanted, size):
    assert seed_shots(database, "local", packaged_library(), ShotSet(wanted)).created == size


def test_a_changed_template_is_updated(database):
    seed_shots(database, "local", packaged_library())
    changed = [{**data, "when_to_use": "Otherwise."} if n == 3 else data for n, data in enumerate(packaged_library())]
    assert counts(seed_shots(database, "local", changed)) == (0, 1, 32, 0, 0)


def test_owners_have_their_own_templates(database):
    seed_shots(database, "local", packaged_library())
    assert seed_shots(database, "studio", packaged_library()).created == 33


@pytest.mark.parametrize(
    "bad", [None, 7, "words", [], {}, {"slug": "x"}, {**GOOD, "slug": "Bad Slug"}, {**GOOD, "version": 2, "iso": 0},
            {**GOOD, "version": 2, "prompt_template": "{who}"}, {**GOOD, "version": 2, "distance_m": 0.2}]
)  # fmt: skip
def test_one_bad_template_never_stops_the_others(database, bad):
    report = seed_shots(database, "local", [bad, GOOD, *packaged_library()[:3]])
    assert report.created == 4
    assert report.failed == 1
    assert report.errors
    assert json.dumps(report.as_document())


def test_a_template_that_the_store_refuses_is_counted_and_the_rest_go_on(database, monkeypatch):
    class PickyShots(MemoryShots):
        def upsert(self, shot):
            if shot.slug == "50mm_front_cu":
                raise RefusedInputError("is not wanted here", field="slug")
            if shot.slug == "35mm_front_full":
                raise PermanentFailureError("never")
            return super().upsert(shot)

    with database.transaction("local") as records:
        records.shots = PickyShots()
    report = seed_shots(database, "local", packaged_library())
    assert counts(report) == (31, 0, 0, 0, 2)
    assert [str(finding) for finding in report.errors] == [
        "35mm_front_full: template: never",
        "50mm_front_cu: slug: is not wanted here",
    ]


def test_a_lost_database_is_no_fault_of_the_templates(database):
    class LostShots(MemoryShots):
        def upsert(self, shot):
            raise RetryableFailureError("connection lost")

    with database.transaction("local") as records:
        records.shots = LostShots()
    with pytest.raises(RetryableFailureError):
        seed_shots(database, "local", packaged_library())


def test_the_second_of_two_alike_is_failed_even_unvalidated(database):
    for _ in range(2):
        report = seed_shots(database, "local", [GOOD, {**GOOD, "when_to_use": "Other."}], validate=False)
        assert report.failed == 1
    assert report.unchanged == 1


def test_clean_retires_what_the_library_does_not_name(database):
    own = {**GOOD, "slug": "50mm_left35_cu_own"}
    seed_shots(database, "local", [*packaged_library(), own])
    assert seed_shots(database, "local", packaged_library()).retired == 0
    report = seed_shots(database, "local", packaged_library(), ShotSet.CORE, clean=True)
    assert counts(report) == (0, 0, 9, 1, 0)
    kept = {shot.slug: shot.active for shot in stored(database, active_only=False)}
    assert kept["50mm_left35_cu_own"] is False
    assert len(kept) == 34


def test_a_retired_shot_comes_back_with_its_library(database):
    seed_shots(database, "local", packaged_library())
    seed_shots(database, "local", packaged_library()[1:], clean=True)
    assert len(stored(database)) == 32
    assert counts(seed_shots(database, "local", packaged_library(), clean=True)) == (0, 1, 32, 0, 0)
    assert len(stored(database)) == 33


def test_clean_keeps_the_stored_form_of_a_template_that_is_faulty_now(database):
    seed_shots(database, "local", packaged_library())
    broken = [{**data, "iso": 0} if n == 0 else data for n, data in enumerate(packaged_library())]
    assert counts(seed_shots(database, "local", broken, clean=True)) == (0, 0, 32, 0, 1)
    assert len(stored(database)) == 33


@pytest.mark.parametrize("library", [[], [{"lens_mm": 50, "crop": "cu"}], ["?", GOOD]])
def test_a_library_that_cannot_be_read_in_full_retires_nothing(database, library):
    seed_shots(database, "local", packaged_library())
    report = seed_shots(database, "local", library, clean=True)
    assert report.retired == 0
    assert [finding.field for finding in report.warnings] == ["clean"]
    assert len(stored(database)) == 33


def test_without_validation_unwise_templates_are_stored_and_nothing_is_remarked(database):
    unwise = {**GOOD, "slug": "mine", "when_to_use": "", "prompt_template": "{who}"}
    report = seed_shots(database, "local", [unwise], validate=False)
    assert (report.created, report.failed, report.warnings) == (1, 0, ())
    assert seed_shots(database, "local", [unwise]).failed == 1


def test_warnings_are_told_and_stop_nothing(database):
    report = seed_shots(database, "local", [{**GOOD, "when_to_use": ""}])
    assert report.created == 1
    assert report.as_document()["warnings"] == [
        {"template": "50mm_front_cu", "field": "when_to_use", "reason": "nobody wrote when to use it"}
    ]


@given(st.lists(st.sampled_from(range(33)), unique=True), st.sampled_from(ShotSet), st.booleans())
def test_any_part_of_the_library_seeded_twice_changes_nothing_the_second_time(places, wanted, clean):
    database = MemoryShotDatabase()
    library = [packaged_library_rows[place] for place in places]
    first = seed_shots(database, "local", library, wanted, clean=clean)
    second = seed_shots(database, "local", library, wanted, clean=clean)
    assert counts(second) == (0, 0, first.created, 0, 0)
    assert first.by_pack == second.by_pack


packaged_library_rows = packaged_library()


def test_a_retired_template_stays_inactive_until_its_library_says_otherwise(database):
    seed_shots(database, "local", packaged_library()[:2])
    with database.transaction("local") as records:
        records.shots.upsert(replace(packaged_shots()[0], active=False))
    assert seed_shots(database, "local", packaged_library()[1:2]).unchanged == 1
    assert len(stored(database)) == 1
