"""A calibration on one's own labelled pictures: no character on both sides, bad pictures cost only their own pairs."""

from __future__ import annotations

import itertools
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from refpipe.domain.calibrating import LEAST_PAIRS
from refpipe.domain.camera import ViewBin
from refpipe.domain.consistency import PairKind
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.labelled_pictures import PicturePair, held_out
from refpipe.services.calibrate_consistency import Calibrated, calibrate_consistency
from refpipe_tests.fakes.colour_features import ColourFeatures

CHARACTERS, PICTURES = 16, 5


def png(character: int, number: int) -> bytes:
    """A picture in the character's own colour, give or take."""
    colour = np.random.default_rng(character).integers(0, 255, 3)
    shade = np.random.default_rng([character, number]).normal(0, 12, 3)
    buffer = BytesIO()
    Image.new("RGB", (16, 24), tuple(int(each) for each in np.clip(colour + shade, 0, 255))).save(buffer, "PNG")
    return buffer.getvalue()


PILE = {f"{character}/{number}.png": png(character, number) for character in range(CHARACTERS) for number in range(5)}


def labelled(view: ViewBin = ViewBin.FRONT) -> list[PicturePair]:
    """Each character's pictures beside its first one, and beside those of the others."""
    same = [
        PicturePair(f"{one}/0.png", f"{one}/{number}.png", view, PairKind.SAME)
        for one in range(CHARACTERS)
        for number in range(1, PICTURES)
    ]
    other = [
        PicturePair(f"{one}/0.png", f"{two}/{number}.png", view, PairKind.OTHER)
        for one, two in itertools.permutations(range(CHARACTERS), 2)
        for number in (1, 2)
    ]
    return same + other


def read(name: str) -> bytes:
    if name not in PILE:
        raise RefusedInputError("cannot be read: no such file", source=name)
    return PILE[name]


def run(pairs: list[PicturePair]) -> Calibrated:
    return calibrate_consistency(pairs, extractor=ColourFeatures(), read=read, fitted_on="colours")


def test_labelled_pictures_make_a_calibration_that_tells_characters_apart() -> None:
    done = run(labelled())
    fitted = done.calibration.bins[ViewBin.FRONT]
    assert not fitted.why_not
    assert fitted.figures is not None
    assert fitted.figures.auc > 0.9
    assert done.used + done.between == len(labelled())
    assert (fitted.same, fitted.figures.same) == (32, 32)
    assert run(labelled()) == done, "the same pairs give the same calibration"


def test_each_picture_is_looked_at_once() -> None:
    eye = ColourFeatures()
    calibrate_consistency(labelled(), extractor=eye, read=read, fitted_on="colours")
    assert (eye.seen, eye.calls) == (CHARACTERS * PICTURES, 1)


def test_pictures_that_cannot_be_read_are_named_and_cost_their_own_pairs() -> None:
    bad = [PicturePair("0/0.png", name, ViewBin.FRONT, PairKind.SAME) for name in ("gone.png", "words.png")]
    PILE["words.png"] = b"words"
    try:
        done = run([*labelled(), *bad])
    finally:
        del PILE["words.png"]
    assert set(done.unreadable) == {"gone.png", "words.png"}
    assert "no such file" in done.unreadable["gone.png"]
    assert done.used + done.between == len(labelled())


def test_a_view_with_too_few_pairs_abstains_and_says_how_many() -> None:
    few = labelled(ViewBin.BACK)[: LEAST_PAIRS // 2]
    bins = run([*labelled(), *few]).calibration.bins
    assert bins[ViewBin.FRONT].why_not == ""
    assert "too few pairs" in bins[ViewBin.BACK].why_not
    assert bins[ViewBin.BACK].figures is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), max_size=40))
def test_no_character_stands_on_both_sides(drawn: list[tuple[int, int, bool]]) -> None:
    pairs = [
        PicturePair(str(one), str(two), ViewBin.FRONT, PairKind.SAME if same else PairKind.OTHER)
        for one, two, same in drawn
    ]
    sides: dict[str, set[bool]] = {}
    for pair, side in zip(pairs, held_out(pairs), strict=True):
        assert side is not None or pair.kind is PairKind.OTHER, "a same pair is of one character"
        for name in (pair.one, pair.other):
            sides.setdefault(name, set()).update(() if side is None else (side,))
    assert all(len(found) <= 1 for found in sides.values())


def test_about_half_of_the_characters_are_held_out() -> None:
    out = [side for side, pair in zip(held_out(labelled()), labelled(), strict=True) if pair.kind is PairKind.SAME]
    assert out.count(True) == out.count(False) == pytest.approx(len(out) / 2)
