"""Migrating reference shots of the old shape, with rows in memory."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refpipe.domain.camera import punch_in
from refpipe.domain.legacy_shots import CAMERA_COLUMNS, CameraColumns, LegacyFault, LegacyFill, LegacyRow, map_row
from refpipe.domain.shot_templates import read_template
from refpipe.domain.shots import Mode, Pack
from refpipe.services.migrate_legacy_shots import import_legacy_shots, migrate_legacy_shots, revert_legacy_shots
from refpipe_tests.fakes.shot_stores import MemoryLegacyDatabase

OLD = {"angle": "3q_left", "lens": "50mm", "crop": "3q", "pack": "addon", "mode": "Conversation"}


def row(row_id="r1", camera=None, **fields) -> LegacyRow:
    return LegacyRow(id=row_id, camera=camera or CameraColumns(), **{**OLD, **fields})


old_rows = st.builds(
    LegacyRow,
    id=st.integers(0, 200).map("row-{:03d}".format),
    angle=st.sampled_from(["front", "3q_left", "3q_right", "profile_left", "profile_right", "back", "sideways", None]),
    lens=st.sampled_from(["35", "50mm", "85 mm", "12", "wide", None]),
    crop=st.sampled_from(["full", "3q", "mcu", "cu", "hands", "nose", None]),
    pack=st.sampled_from(["core", "essential", "addon", "extra", None]),
    mode=st.sampled_from(["Action/Body", "Conversation", "Emotion", "Hands", "", None, "Mood"]),
    camera=st.builds(
        CameraColumns,
        azimuth_deg=st.sampled_from([None, 0.0, 12.5]),
        elevation_deg=st.sampled_from([None, 0.0, 15.0]),
        distance_m=st.sampled_from([None, 0.0, 2.0]),
        priority=st.sampled_from([None, 0, 3]),
        when_to_use=st.sampled_from([None, "", "Mine."]),
        scene_types=st.sampled_from([None, (), ("dialogue",)]),
    ),
)


@pytest.mark.parametrize(
    ("angle", "azimuth"),
    [("front", 0), ("3q_left", -35), ("3q_right", 35), ("profile_left", -90), ("profile_right", 90), ("back", 180)],
)
def test_an_angles_name_becomes_an_azimuth(angle, azimuth):
    values = map_row(row(angle=angle)).values
    assert values["azimuth_deg"] == azimuth
    assert values["elevation_deg"] == 0


def test_core_comes_first_and_the_rest_in_the_middle():
    assert map_row(row(pack="core")).values["priority"] == 1
    assert {map_row(row(pack=pack)).values["priority"] for pack in ("essential", "addon")} == {5}


@given(old_rows)
def test_a_row_is_filled_whole_or_not_at_all(old):
    result = map_row(old)
    if isinstance(result, LegacyFault):
        assert result.reason.partition(":")[0] in {"angle", "lens", "crop", "pack", "mode"}
        return
    assert {name for name in CAMERA_COLUMNS if getattr(old.camera, name) is None} == set(result.values)
    if "distance_m" in result.values:
        template = read_template({"slug": "x", "lens_mm": old.lens, "crop": old.crop})
        assert 1.05 <= punch_in(template.lens_mm, result.values["distance_m"], template.crop) <= 3.95
    assert result.values.get("scene_types", ("x",))
    assert result.values.get("when_to_use", "x")


@pytest.mark.parametrize(
    "fields", [{"angle": "sideways"}, {"angle": None}, {"lens": "wide"}, {"lens": "12"}, {"lens": None},
               {"crop": "nose"}, {"crop": None}, {"pack": "extra"}, {"pack": None}, {"mode": "Mood"}]
)  # fmt: skip
def test_an_unknown_word_fails_its_row_with_the_reason(fields):
    (column,) = fields
    result = map_row(row(**fields))
    assert isinstance(result, LegacyFault)
    assert result.reason.startswith(f"{column}: ")


@pytest.mark.parametrize("mode", [None, "", "Action/Body", "Emotion", "Hands"])
def test_a_mode_may_be_absent_or_any_old_word(mode):
    assert isinstance(map_row(row(mode=mode)), LegacyFill)


def test_the_old_words_are_the_ones_that_templates_take_too():
    template = read_template({"slug": "x", "lens_mm": "50mm", "crop": "3q", "pack": "addon", "mode": "Action/Body"})
    assert (template.pack, template.mode) == (Pack.COVERAGE, Mode.ACTION_BODY)


class StoppedError(Exception):
    """Stands for a process that ends in the middle."""


@settings(deadline=None)
@given(st.lists(old_rows, max_size=40, unique_by=lambda old: old.id), st.integers(1, 7), st.integers(0, 5))
def test_a_migration_that_was_stopped_goes_on_and_can_be_taken_back(rows, batch_rows, stop_after):
    database = MemoryLegacyDatabase()
    import_legacy_shots(database, "local", rows, batch_rows=batch_rows)
    original = deepcopy(database.owners["local"].stored) if rows else {}

    batches = 0

    def stop(done: int) -> None:
        nonlocal batches
        batches += 1
        if batches > stop_after:
            raise StoppedError

    with suppress(StoppedError):
        migrate_legacy_shots(database, "local", batch_rows=batch_rows, told=stop)
    migrate_legacy_shots(database, "local", batch_rows=batch_rows)

    good = {old.id for old in rows if isinstance(map_row(old), LegacyFill)}
    for row_id, stored in database.owners["local"].stored.items():
        assert (stored.filled is not None) == (row_id in good)
        assert (stored.fault is None) == (row_id in good)
    assert migrate_legacy_shots(database, "local", batch_rows=batch_rows).migrated == 0
    assert revert_legacy_shots(database, "local", batch_rows=batch_rows) == len(rows)
    assert database.owners["local"].stored == original
    assert revert_legacy_shots(database, "local") == 0


def test_an_explicit_zero_survives_migration_and_revert():
    database = MemoryLegacyDatabase()
    import_legacy_shots(database, "local", [row(camera=CameraColumns(azimuth_deg=0.0, priority=0, when_to_use=""))])
    migrate_legacy_shots(database, "local")
    camera = database.owners["local"].stored["r1"].row.camera
    assert (camera.azimuth_deg, camera.priority, camera.when_to_use, camera.elevation_deg) == (0, 0, "", 0)
    revert_legacy_shots(database, "local")
    camera = database.owners["local"].stored["r1"].row.camera
    assert camera == CameraColumns(azimuth_deg=0.0, priority=0, when_to_use="")


def test_a_row_whose_word_was_put_right_is_migrated_by_the_next_run():
    database = MemoryLegacyDatabase()
    import_legacy_shots(database, "local", [row("a"), row("b", angle="sideways")])
    report = migrate_legacy_shots(database, "local")
    assert (report.migrated, report.failed) == (1, 1)
    assert report.faults == (LegacyFault(id="b", reason="angle: 'sideways' is no angle"),)
    stored = database.owners["local"].stored
    stored["b"].row = row("b", angle="back")
    assert migrate_legacy_shots(database, "local").migrated == 1


def test_importing_the_same_rows_again_stores_none_twice():
    database = MemoryLegacyDatabase()
    rows = [row(f"{n}") for n in range(25)]
    assert import_legacy_shots(database, "local", rows, batch_rows=10).added == 25
    report = import_legacy_shots(
        database, "local", [*rows, LegacyFault(id="line 9", reason="is no JSON")], batch_rows=10
    )
    assert (report.added, report.already_there, report.refused) == (0, 25, 1)
    assert report.faults[0].id == "line 9"


def test_many_faults_are_counted_and_the_first_hundred_told():
    database = MemoryLegacyDatabase()
    import_legacy_shots(database, "local", [row(f"{n:04d}", crop="nose") for n in range(250)], batch_rows=90)
    report = migrate_legacy_shots(database, "local", batch_rows=90)
    assert (report.failed, len(report.faults)) == (250, 100)
