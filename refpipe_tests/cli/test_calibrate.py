"""`refpipe calibrate`: on the comparisons that lie beside a model's weights, and on labelled pictures of one's own."""

from __future__ import annotations

import csv
import gzip
import itertools
from io import StringIO
from pathlib import Path

import pytest

from refpipe.backends.vision.calibration_files import read_calibration
from refpipe.domain.calibrating import LEAST_PAIRS
from refpipe.domain.camera import ViewBin
from refpipe_tests.cli.conftest import Command
from refpipe_tests.domain.test_consistency import pairs
from refpipe_tests.fakes.small_models import save_dinov3
from refpipe_tests.services.test_calibrate_consistency import CHARACTERS, png


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model in a directory of its own, with comparisons of two views beside its weights."""
    directory = save_dinov3(tmp_path / "small-eye")
    text = StringIO()
    table = csv.writer(text)
    table.writerow(("view_bin", "kind", "similarity", "held_out"))
    told = [
        *pairs(same=0.8, other=0.2, same_build=0.5, mirrored=0.8),
        *pairs(ViewBin.DETAIL, same=0.4, other=0.4),
    ]
    table.writerows((each.view.value, each.kind.value, each.cosine, int(each.is_held_out)) for each in told)
    (directory / "calibration_pairs.csv.gz").write_bytes(gzip.compress(text.getvalue().encode()))
    return directory


def labelled(directory: Path, characters: int = CHARACTERS) -> Path:
    """Pictures of so many characters, each in a colour, and a file that pairs them."""
    for one, number in itertools.product(range(characters), range(5)):
        (directory / f"{one}-{number}.png").write_bytes(png(one, number))
    rows = [(f"{one}-0.png", f"{one}-{number}.png", 1) for one in range(characters) for number in range(1, 5)]
    rows += [(f"{one}-0.png", f"{two}-1.png", 0) for one, two in itertools.permutations(range(characters), 2)]
    path = directory / "mine.csv"
    lines = [f"{one},{two},{same},0" for one, two, same in rows]
    path.write_text("\n".join(("picture_a,picture_b,same,azimuth", *lines)) + "\n", encoding="utf-8")
    return path


def test_the_comparisons_of_the_model_are_fitted_view_by_view(command: Command, model: Path, tmp_path: Path) -> None:
    said = command("calibrate", "--json", REFPIPE_VISION__DINO=f"local-dir:{model}")
    assert said.code == 0, said.err
    front, detail = said.document["bins"]["front"], said.document["bins"]["detail"]
    assert front["held_out"]["auc"] > 0.99
    assert set(front["held_out"]) >= {"same", "other", "ece", "frr", "abstention", "hard"}
    assert set(front["held_out"]["hard"]) == {"same_build", "mirrored"}
    assert front["blind_to"] == ["mirrored"]
    assert "cannot tell characters apart" in detail["abstains"]
    path = tmp_path / "home" / "calibrations" / "small-eye.yaml"
    assert said.document["path"] == str(path)
    assert read_calibration(path).version == said.document["version"]


def test_ones_own_pictures_are_fitted_with_the_model_of_the_settings(
    command: Command, model: Path, tmp_path: Path
) -> None:
    file = labelled(tmp_path)
    with file.open("a", encoding="utf-8") as more:
        more.write("0-0.png,gone.png,1,0\n")
    said = command("calibrate", file, REFPIPE_VISION__DINO=f"local-dir:{model}")
    assert said.code == 0, said.err
    assert "left out: gone.png cannot be read" in said.out
    assert "no pairs of this view" in said.out
    fitted = read_calibration(tmp_path / "home" / "calibrations" / "small-eye.yaml")
    assert fitted.version in said.out
    assert fitted.fitted_on == f"{16 * 4 + 16 * 15 + 1} labelled pairs of mine.csv"
    assert fitted.bins[ViewBin.FRONT].same >= LEAST_PAIRS


def test_what_cannot_be_fitted_is_refused_and_leaves_the_calibration_as_it_was(
    command: Command, model: Path, tmp_path: Path
) -> None:
    there = {"REFPIPE_VISION__DINO": f"local-dir:{model}"}
    few = command("calibrate", labelled(tmp_path, characters=2), **there)
    assert (few.code, "too few pairs" in few.err, "nothing is written" in few.err) == (2, True, True)
    gone = command("calibrate", tmp_path / "nothing.csv", "--json", **there)
    assert (gone.code, gone.document["error"]["code"]) == (2, "refused_input")
    assert "nothing.csv: cannot be read" in gone.err
    (model / "calibration_pairs.csv.gz").unlink()
    bare = command("calibrate", **there)
    assert (bare.code, "refpipe calibrate PAIRS.csv" in bare.err) == (1, True)
    assert not (tmp_path / "home" / "calibrations").exists()
