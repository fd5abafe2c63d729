"""Seeding the packaged library into a real Postgres."""

from __future__ import annotations

import pytest

from refpipe.backends.database.session import PostgresDatabase
from refpipe.backends.shot_library import packaged_library, packaged_shots
from refpipe.domain.shots import ShotSet
from refpipe.services.seed_shots import SeedReport, seed_shots


@pytest.fixture
def database(database_url: str):
    database = PostgresDatabase(database_url)
    yield database
    database.close()


def counts(report: SeedReport) -> tuple[int, int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.retired, report.failed


def test_the_library_comes_back_as_it_went_in_and_twice_changes_nothing(database: PostgresDatabase) -> None:
    assert counts(seed_shots(database, "local", packaged_library())) == (33, 0, 0, 0, 0)
    with database.transaction("local") as records:
        assert records.shots.all() == list(packaged_shots())
    assert counts(seed_shots(database, "local", packaged_library(), clean=True)) == (0, 0, 33, 0, 0)


def test_what_the_library_lost_is_retired_and_comes_back_with_it(database: PostgresDatabase) -> None:
    seed_shots(database, "local", packaged_library())
    assert counts(seed_shots(database, "local", packaged_library()[1:], ShotSet.CORE, clean=True)) == (0, 0, 8, 1, 0)
    with database.transaction("local") as records:
        assert len(records.shots.all()) == 32
    assert counts(seed_shots(database, "local", packaged_library(), clean=True)) == (0, 1, 32, 0, 0)


def test_every_number_at_the_end_of_its_range_is_taken_by_model_and_store_alike(database: PostgresDatabase) -> None:
    lowest = {"lens_mm": 14, "azimuth_deg": -180, "elevation_deg": -90, "subject_yaw_deg": -180, "priority": 1,
              "f_stop": 0.7, "iso": 25, "reference_weight": 0, "distance_m": 0.3}  # fmt: skip
    highest = {"lens_mm": 200, "azimuth_deg": 180, "elevation_deg": 90, "subject_yaw_deg": 180, "priority": 10,
               "f_stop": 64, "iso": 409_600, "reference_weight": 1, "distance_m": 10}  # fmt: skip
    library = [{"slug": "lowest", "crop": "hands", **lowest}, {"slug": "highest", "crop": "hands", **highest}]
    report = seed_shots(database, "local", library)
    assert (report.created, report.errors) == (2, ())
