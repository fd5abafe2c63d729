"""Scores by angle: a row a view, left and right apart, nothing made up where nothing was measured."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from refpipe.backends.shot_library import packaged_shots
from refpipe.domain.camera import ViewBin
from refpipe.domain.gallery import ImageStatus
from refpipe.services.image_documents import MISSING, ImageDocument, image_document
from refpipe.services.read_set import Cell
from refpipe.services.scores_by_angle import Spread, scores_by_angle


def library(pictures: dict[str, dict[str, Any]] | None = None) -> list[ImageDocument]:
    """Every shot of the library, with what is said of the pictures that there are."""
    empty = [
        image_document(Cell(shot=shot, image=None, guides={}, failure=None, changes=None), str)
        for shot in packaged_shots()
    ]
    return [replace(each, **(pictures or {}).get(each.shot, {})) for each in empty]


def test_the_library_has_seven_angles_from_the_front_round_to_the_back() -> None:
    rows = scores_by_angle(library())
    assert [(row.view, row.side) for row in rows] == [
        (ViewBin.FRONT, ""),
        (ViewBin.THREE_QUARTER, "left"),
        (ViewBin.THREE_QUARTER, "right"),
        (ViewBin.PROFILE, "left"),
        (ViewBin.PROFILE, "right"),
        (ViewBin.BACK, ""),
        (ViewBin.DETAIL, ""),
    ]
    assert sum(row.statuses[MISSING] for row in rows) == len(packaged_shots())
    assert all(spread is None for row in rows for spread in row.scores.values())


def test_a_row_tells_mean_and_lowest_of_what_was_measured() -> None:
    accepted, failed = ImageStatus.ACCEPTED.value, ImageStatus.FAILED.value
    rows = scores_by_angle(
        library(
            {
                "85mm_left90_mcu": {"quality": 90.0, "status": accepted},
                "50mm_front_cu": {"quality": 80.0, "consistency": 95.0, "status": accepted},
                "85mm_front_mcu": {"quality": 70.0, "status": failed},
            }
        )
    )
    front = rows[0]
    assert front.scores["quality"] == Spread(mean=75.0, lowest=70.0)
    assert front.scores["consistency"] == Spread(mean=95.0, lowest=95.0)
    assert front.scores["technical"] is None
    assert (front.statuses[accepted], front.statuses[failed]) == (1, 1)
    (left,) = [row for row in rows if (row.view, row.side) == (ViewBin.PROFILE, "left")]
    assert left.scores["quality"] == Spread(mean=90.0, lowest=90.0)
