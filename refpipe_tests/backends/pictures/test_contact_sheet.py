"""Contact sheets: what they hold, and that the plan of the camera is drawn the right way round."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from refpipe.backends.pictures.azimuth_ring import draw_ring
from refpipe.backends.pictures.contact_sheet import PillowContactSheetPainter
from refpipe.backends.shot_library import packaged_shots
from refpipe.domain.ports import ContactFrame, ContactSheet, ContactSheetPainter

PAINTER: ContactSheetPainter = PillowContactSheetPainter()
GREEN = (20, 200, 60)
HEADER_AND_BAND = 236 + 76


def picture(width: int = 64, height: int = 96) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (width, height), GREEN).save(stream, "PNG")
    return stream.getvalue()


def sheet(made: int, *, title: str = "Jax", png: bytes | None = None) -> ContactSheet:
    frames = tuple(
        ContactFrame(number=number, shot=shot, picture_png=(png or picture()) if number <= made else None)
        for number, shot in enumerate(packaged_shots(), start=1)
    )
    return ContactSheet(title=title, subtitle="jax  ·  street", frames=frames)


def painted(contact_sheet: ContactSheet) -> Image.Image:
    image = Image.open(BytesIO(PAINTER.paint(contact_sheet)))
    image.load()
    return image


def green_share(image: Image.Image) -> float:
    return float((np.asarray(image) == GREEN).all(axis=2).mean())


def test_every_picture_is_on_the_sheet_in_equal_frames() -> None:
    full, half = green_share(painted(sheet(33))), green_share(painted(sheet(11)))
    assert full == pytest.approx(33 * 288 * 432 / (painted(sheet(33)).width * painted(sheet(33)).height), rel=1e-6)
    assert half == pytest.approx(full / 3, rel=1e-6)


def test_the_same_sheet_gives_the_same_bytes() -> None:
    assert PAINTER.paint(sheet(5)) == PAINTER.paint(sheet(5))


@pytest.mark.parametrize(("width", "height"), [(512, 768), (96, 96), (300, 90), (20, 400)])
def test_pictures_of_any_shape_fit_their_frame(width: int, height: int) -> None:
    image = painted(sheet(1, png=picture(width, height)))
    rows, columns = np.nonzero((np.asarray(image) == GREEN).all(axis=2))
    assert np.ptp(columns) + 1 <= 288
    assert np.ptp(rows) + 1 <= 432
    assert (np.ptp(columns) + 1) / (np.ptp(rows) + 1) == pytest.approx(width / height, rel=0.05)


def test_wide_pictures_get_wide_frames() -> None:
    assert painted(sheet(33, png=picture(160, 90))).height < 0.6 * painted(sheet(33)).height


def test_remarks_that_differ_stand_under_their_pictures_and_cut_nothing_off() -> None:
    shot = replace(packaged_shots()[16], slug="s" * 36)
    plain = ContactFrame(number=1, shot=shot, picture_png=picture(), remark="")
    marked = ContactFrame(number=1, shot=shot, picture_png=picture(), remark="needs review")
    other = ContactFrame(number=2, shot=shot, picture_png=picture(), remark="failed")
    without, with_remark = (
        np.asarray(painted(ContactSheet(title="", subtitle="", frames=(first, other)))) for first in (plain, marked)
    )
    changed = np.nonzero((without != with_remark).any(axis=2))[0]
    assert 432 < changed.min() - HEADER_AND_BAND < changed.max() - HEADER_AND_BAND < 432 + 100
    assert np.ptp(changed) < 20  # one line of its own: the caption above it is what it was


@pytest.mark.parametrize("title", ["", "Zoë Núñez", "侍", "x" * 200, "<b>[red]&\n\t", "J·x"])
def test_any_name_can_be_written(title: str) -> None:
    assert painted(sheet(1, title=title)).width > 1000


def test_a_sheet_without_frames_is_still_a_picture() -> None:
    assert painted(ContactSheet(title="Nobody", subtitle="", frames=())).height > 100


@pytest.mark.parametrize(
    ("azimuth_deg", "column", "row"), [(0, 0.5, 0.9), (180, 0.5, 0.1), (-90, 0.9, 0.5), (90, 0.1, 0.5)]
)
def test_the_ring_shows_the_subjects_own_left_on_the_right(azimuth_deg: float, column: float, row: float) -> None:
    ring = draw_ring(azimuth_deg, 80, line=(0, 0, 255), subject=(0, 255, 0), camera=(255, 0, 0))
    at = ring.getpixel((round(column * 79), round(row * 79)))
    assert isinstance(at, tuple)
    assert at[0] > 200
    assert at[3] > 200
