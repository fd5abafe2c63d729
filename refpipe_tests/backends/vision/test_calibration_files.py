"""Calibrations and labelled pairs in files: what is written is read again, and faults name file and line."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from refpipe.backends.vision.calibration_files import CalibrationFiles, file_name, read_calibration
from refpipe.backends.vision.pair_files import read_labelled_pictures, read_pair_table
from refpipe.domain.calibrating import LabelledPair
from refpipe.domain.camera import ViewBin
from refpipe.domain.consistency import PairKind
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.labelled_pictures import PicturePair
from refpipe_tests.domain.test_consistency import GOOD, MODEL, fitted, pairs


@pytest.fixture
def files(tmp_path: Path) -> CalibrationFiles:
    return CalibrationFiles(tmp_path / "home", tmp_path / "checkout" / "refpipe" / "data" / "calibrations")


def test_what_is_written_is_read_again_to_the_last_digit(files: CalibrationFiles) -> None:
    calibration = fitted(pairs(same=0.8, other=0.2, mirrored=0.79), pairs(ViewBin.DETAIL, same=0.4, other=0.4))
    path = files.put(calibration)
    found = files.find(MODEL)
    assert found is not None
    assert (found.name, found.bins.keys()) == (calibration.name, calibration.bins.keys())
    for view, each in calibration.bins.items():
        assert replace(found.bins[view], figures=None) == replace(each, figures=None)
    told, measured = found.bins[ViewBin.FRONT].figures, calibration.bins[ViewBin.FRONT].figures
    assert told is not None
    assert measured is not None
    assert told.auc == pytest.approx(measured.auc, abs=1e-4)
    assert told.hard[PairKind.MIRRORED].pairs == 150
    assert path.read_text(encoding="utf-8").startswith("#")


def test_the_homes_comes_before_the_packaged_and_of_another_revision_none_is_used(files: CalibrationFiles) -> None:
    assert files.find(MODEL) is None
    files.put(GOOD, is_packaged=True)
    found = files.find(MODEL)
    assert found is not None
    assert found.version == GOOD.version
    own = replace(GOOD, version="mine")
    files.put(own)
    found = files.find(MODEL)
    assert found is not None
    assert found.version == "mine"
    files.put(replace(own, model=replace(MODEL, revision="2")))
    found = files.find(MODEL)
    assert found is not None
    assert found.version == GOOD.version
    assert files.find(replace(MODEL, preprocessing="2")) is None


def test_a_models_name_makes_a_file_name() -> None:
    assert file_name(replace(MODEL, name="facebook/DINOv3 S16")) == "facebook-dinov3-s16.yaml"


@pytest.mark.parametrize("text", ["", "a: [", "model: {}\nversion: 1\nbins: {}", "just words"])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RefusedInputError, match=r"model\.yaml.*refpipe calibrate"):
        read_calibration(path)


def test_a_table_is_read_plain_and_gzipped(tmp_path: Path) -> None:
    text = "view_bin,kind,similarity,held_out,more\nfront,same,0.91,0,x\nback,same_build,-0.2,1,y\n"
    plain, packed = tmp_path / "pairs.csv", tmp_path / "pairs.csv.gz"
    plain.write_text(text, encoding="utf-8")
    packed.write_bytes(gzip.compress(text.encode()))
    expected = [
        LabelledPair(ViewBin.FRONT, PairKind.SAME, 0.91, False),
        LabelledPair(ViewBin.BACK, PairKind.SAME_BUILD, -0.2, True),
    ]
    assert read_pair_table(plain) == read_pair_table(packed) == expected


def test_labelled_pictures_are_read_with_view_or_azimuth(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "picture_a,picture_b,same,view,azimuth,kind\n"
        "a.png,b.png,1,front,,\n"
        "a.png,c.png,0,,-90,\n"
        "a.png,d.png,0,three-quarter,,same_clothes\n",
        encoding="utf-8",
    )
    assert read_labelled_pictures(path) == [
        PicturePair("a.png", "b.png", ViewBin.FRONT, PairKind.SAME),
        PicturePair("a.png", "c.png", ViewBin.PROFILE, PairKind.OTHER),
        PicturePair("a.png", "d.png", ViewBin.THREE_QUARTER, PairKind.SAME_CLOTHES),
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (",b.png,1,front,", "line 2, picture_a: names no picture"),
        ("a.png,b.png,perhaps,front,", "line 2, same: 'perhaps' is neither 1 nor 0"),
        ("a.png,b.png,1,sideways,", "line 2, view: 'sideways' is none of front"),
        ("a.png,b.png,1,,", "line 2, view: says neither view nor azimuth"),
        ("a.png,b.png,1,front,same_build", "line 2, kind: same_build does not go with same=1"),
        ("a.png,b.png,0,front,twin", "line 2, kind: 'twin' is none of same"),
    ],
)
def test_a_fault_names_its_file_and_line(tmp_path: Path, line: str, fault: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"picture_a,picture_b,same,view,kind\n{line}\n", encoding="utf-8")
    with pytest.raises(RefusedInputError) as refused:
        read_labelled_pictures(path)
    assert fault in str(refused.value)
    assert "mine.csv" in str(refused.value)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedInputError, match="cannot be read"):
        read_labelled_pictures(tmp_path / "nothing.csv")
    short, binary = tmp_path / "short.csv", tmp_path / "binary.csv.gz"
    short.write_text("picture_a,picture_b\n", encoding="utf-8")
    with pytest.raises(RefusedInputError, match="has no column same"):
        read_labelled_pictures(short)
    short.write_text("picture_a,picture_b,same\n", encoding="utf-8")
    with pytest.raises(RefusedInputError, match="holds no pairs"):
        read_labelled_pictures(short)
    binary.write_bytes(b"\x00\xff\x00")
    with pytest.raises(RefusedInputError, match=r"binary\.csv\.gz"):
        read_pair_table(binary)
