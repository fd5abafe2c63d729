"""Pictures within the limits of Dagster's pages."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refpipe.defs.pictures import INLINE_LIMIT, PictureViews, ViewShelf


def png(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def decoded(markdown: str) -> Image.Image:
    return Image.open(BytesIO(base64.b64decode(markdown.partition("base64,")[2].removesuffix(")"))))


@pytest.mark.parametrize("kind", ["plain", "noise"])
def test_the_small_view_fits_what_the_pages_draw_inline(kind: str) -> None:
    noise = np.random.default_rng(7).integers(0, 255, (1248, 832, 3), dtype=np.uint8)
    image = Image.new("RGB", (832, 1248), (180, 190, 200)) if kind == "plain" else Image.fromarray(noise)
    small = str(PictureViews(png(image)).small("picture").value)
    assert len(small) <= INLINE_LIMIT
    assert decoded(small).height >= 32


def test_the_large_view_keeps_the_proportions_within_its_side() -> None:
    large = PictureViews(png(Image.new("RGB", (832, 1248)))).large("picture", longest_px=600)
    assert decoded(str(large.value)).size == (400, 600)


def test_transparent_pictures_are_shown() -> None:
    shown = PictureViews(png(Image.new("RGBA", (64, 96), (1, 2, 3, 0)))).small("picture")
    assert decoded(str(shown.value)).size == (64, 96)


def test_a_kept_view_is_shown_again_without_decoding_the_picture(tmp_path: Path) -> None:
    picture = png(Image.new("RGB", (832, 1248), (180, 90, 20)))
    first = PictureViews(picture, ViewShelf(tmp_path))
    made = first.small("picture"), first.large("picture", longest_px=600)
    kept = PictureViews(picture, ViewShelf(tmp_path))

    assert (kept.small("picture"), kept.large("picture", longest_px=600)) == made
    assert "_copy" not in vars(kept)
    other = PictureViews(png(Image.new("RGB", (832, 1248), (9, 90, 20))), ViewShelf(tmp_path))
    assert other.small("picture") != made[0]


def test_views_are_shown_where_they_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    views = PictureViews(png(Image.new("RGB", (64, 96))), ViewShelf(tmp_path / "file"))
    assert decoded(str(views.small("picture").value)).size == (64, 96)
