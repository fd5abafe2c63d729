"""The labelled pictures of assets are what they say they are."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from refpipe.backends.model_pack.asset_dice import COLOURS
from refpipe.backends.pictures.picture_reader import PillowPictureReader
from refpipe_tests.judged.assets.by_pack import THINGS
from refpipe_tests.judged.assets.labelled import PARTS, SPLITS, Lot, one
from refpipe_tests.judged.assets.other_things import THINGS as SOLIDS
from refpipe_tests.judged.assets.queries import FULL, IN_PART, QUERY_PARTS, Query, queries

QUICK = [group for group in SPLITS["groups"] if "person" not in group and "other hand: pro" not in group]


@pytest.mark.parametrize("group", QUICK)
def test_a_picture_of_each_group_can_be_read_and_is_the_same_each_time(group):
    made = one("dev", group)
    assert PillowPictureReader().read(made.data).size.width_px >= 64
    assert one("dev", group).data == made.data
    assert one("untouched", group).data != made.data


def test_cut_outs_and_white_logos_are_on_transparency():
    for group in ("product cut-out", "logo on transparency", "white logo on transparency"):
        upright = PillowPictureReader().read(one("calibration", group, 3).data).upright_png
        pixels = _pixels(upright)
        assert pixels.shape[2] == 4
        assert (pixels[..., 3] < 10).mean() > 0.2
        if group.startswith("white"):
            assert pixels[pixels[..., 3] > 250][:, :3].mean() > 200


def test_no_picture_is_drawn_by_the_same_lot_as_another():
    lots = Counter(
        (part, told["drawn_as"], Lot(part, group, number).dice._random.bit_generator.state["state"]["state"])
        for part, told in SPLITS["parts"].items()
        for group, count in SPLITS["groups"].items()
        for number in range(count * told["times"])
    )
    assert max(lots.values()) == 1
    assert sum(lots.values()) == 688
    assert set(PARTS) == {"dev", "calibration", "untouched"}


def test_things_of_another_hand_have_the_types_that_training_gives_them():
    for name, (_build, asset_type, parts) in SOLIDS.items():
        assert name in THINGS
        assert "untouched" in parts
        assert asset_type in {"product", "prop"}


def test_queries_want_what_can_be_drawn_and_a_third_is_untouched():
    known = {part: queries(part) for part in QUERY_PARTS}
    assert [len(known[part]) for part in QUERY_PARTS] == [44, 22]
    for query in (*known["dev"], *known["untouched"]):
        assert query.grade(query.wants) == FULL
        assert query.wants.get("colour", "red") in COLOURS


def test_the_right_thing_in_another_colour_answers_in_part():
    query = Query(id="q", part="dev", text="red sneaker", wants={"object": "sneaker", "colour": "red"})
    assert query.grade({"object": "sneaker", "colour": "red", "type": "thing"}) == FULL
    assert query.grade({"object": "sneaker", "colour": "blue"}) == IN_PART
    assert query.grade({"object": "boot", "colour": "red"}) == 0


def _pixels(png: bytes) -> np.ndarray:
    import cv2

    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
