"""Duplicates in a set: the same picture in other clothes, and pictures that only look alike."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from refpipe.backends.pictures.likeness import ThumbnailDuplicates

Picture = NDArray[np.uint8]


@pytest.fixture
def portrait() -> Picture:
    picture = np.full((384, 256, 3), 190, np.uint8)
    cv2.ellipse(picture, (128, 150), (70, 95), 0, 0, 360, (140, 170, 215), -1)
    cv2.ellipse(picture, (128, 200), (25, 8), 0, 0, 180, (60, 60, 150), 3)
    for x in (100, 156):
        cv2.circle(picture, (x, 135), 8, (70, 50, 40), -1)
    return cv2.GaussianBlur(picture, (0, 0), 1).astype(np.uint8)


def png(picture: Picture) -> bytes:
    return cv2.imencode(".png", picture)[1].tobytes()


def pairs(**pictures: bytes) -> list[tuple[str, str]]:
    return ThumbnailDuplicates().pairs(pictures)


def test_another_encoding_size_or_a_little_noise_is_the_same_picture(portrait: Picture) -> None:
    noise = np.random.default_rng(1).normal(0, 6, portrait.shape)
    others = {
        "jpeg": cv2.imencode(".jpg", portrait, [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes(),
        "larger": png(cv2.resize(portrait, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC).astype(np.uint8)),
        "noisy": png(np.clip(portrait + noise, 0, 255).astype(np.uint8)),
    }
    for name, other in others.items():
        assert pairs(first=png(portrait), **{name: other}) == [("first", name)]


def test_another_expression_is_another_picture(portrait: Picture) -> None:
    frowning = portrait.copy()
    cv2.ellipse(frowning, (128, 200), (30, 14), 0, 0, 360, (140, 170, 215), -1)
    cv2.ellipse(frowning, (128, 212), (25, 8), 0, 180, 360, (60, 60, 150), 3)
    assert pairs(smile=png(portrait), frown=png(frowning)) == []


def test_a_mirrored_or_moved_picture_is_another(portrait: Picture) -> None:
    lit = portrait.copy()
    lit[:, :90] = (lit[:, :90] * 0.7).astype(np.uint8)
    moved = np.roll(portrait, 12, axis=1)
    assert pairs(plain=png(lit), mirrored=png(lit[:, ::-1].copy())) == []
    assert pairs(plain=png(portrait), moved=png(moved)) == []


def test_what_is_no_picture_is_no_duplicate_and_hides_none(portrait: Picture) -> None:
    found = pairs(one=png(portrait), broken=b"no picture", empty=b"", two=png(portrait))
    assert found == [("one", "two")]
