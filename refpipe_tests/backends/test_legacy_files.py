"""Reading files of old reference shots."""

from __future__ import annotations

import json

import pytest

from refpipe.backends.legacy_files import read_legacy_file
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.legacy_shots import CameraColumns, LegacyFault, LegacyRow


@pytest.fixture
def read(tmp_path):
    def read(name: str, text: str):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return list(read_legacy_file(path, owner="local"))

    return read


def test_json_lines_become_rows_with_what_has_no_use_kept(read):
    record = {
        "id": 7,
        "owner": "local",
        "angle": "3q_left",
        "lens": 50,
        "crop": "3q",
        "pack": "addon",
        "colour": {"a": 1},
    }
    (row,) = read("old.jsonl", json.dumps(record) + "\n\n")
    assert row == LegacyRow(id="7", angle="3q_left", lens="50", crop="3q", pack="addon", other={"colour": {"a": 1}})


def test_a_zero_in_a_csv_is_a_value_and_an_empty_cell_is_absent(read):
    rows = read("old.csv", 'id,lens,azimuth_deg,elevation_deg,scene_types\na,50mm,0,,\nb,35,,-5,"dialogue, action"\n')
    assert [row.camera for row in rows] == [
        CameraColumns(azimuth_deg=0.0),
        CameraColumns(elevation_deg=-5.0, scene_types=("dialogue", "action")),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "is no JSON"),
        ("[1]", "is no JSON object"),
        ('{"lens": 50}', "id: "),
        ('{"id": ""}', "id: "),
        ('{"id": "x", "owner": "studio"}', "owner: "),
        ('{"id": "x", "azimuth_deg": "left"}', "azimuth_deg: "),
        ('{"id": "x", "priority": 1.5}', "priority: "),
        ('{"id": "x", "distance_m": true}', "distance_m: "),
        ('{"id": "x", "distance_m": NaN}', "distance_m: "),
        ('{"id": "x", "scene_types": 4}', "scene_types: "),
        ('{"id": "x", "prompt": "\\u0000"}', "holds a NUL"),
        ('{"id": "x", "prompt": "\\ud800"}', "cannot be stored"),
        ('{"id": "x", "weight": NaN}', "cannot be stored"),
        ('{"id": "x", "priority": 1' + "0" * 400 + "}", "priority: "),
    ],
)
def test_a_row_that_cannot_be_read_is_a_fault_and_the_next_goes_on(read, line, reason):
    bad, good = read("old.jsonl", line + '\n{"id": "good"}\n')
    assert isinstance(bad, LegacyFault)
    assert bad.reason.startswith(reason)
    assert good == LegacyRow(id="good")


def test_a_csv_row_with_too_many_cells_is_a_fault(read):
    bad, good = read("old.csv", "id,lens\na,50,60\nb,35\n")
    assert bad == LegacyFault(id="line 2", reason="has more cells than the header")
    assert good == LegacyRow(id="b", lens="35")


@pytest.mark.parametrize(("name", "text"), [("old.txt", "id\n"), ("old.csv", "name\nx\n"), ("old.csv", "")])
def test_another_kind_of_file_is_refused(read, name, text):
    with pytest.raises(RefusedInputError):
        read(name, text)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "old.csv").write_bytes(b"id,lens\n\xff\xfe,50\n")
    with pytest.raises(RefusedInputError, match="cannot be read on"):
        list(read_legacy_file(tmp_path / "old.csv", owner="local"))


def test_reading_holds_no_more_than_a_row(tmp_path):
    path = tmp_path / "old.jsonl"
    path.write_text("".join(f'{{"id": "{n}"}}\n' for n in range(1000)))
    rows = read_legacy_file(path, owner="local")
    assert next(rows).id == "0"
    rows.close()
