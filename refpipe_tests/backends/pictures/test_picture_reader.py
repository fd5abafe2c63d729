"""Uploaded pictures: what is taken, how it is brought into one form, and what is refused."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from refpipe.backends.pictures.picture_reader import PillowPictureReader
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.generation import Size
from refpipe.domain.ports import PictureReader, ReadPicture

READER: PictureReader = PillowPictureReader()


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def upright(read: ReadPicture) -> Image.Image:
    image = Image.open(BytesIO(read.upright_png))
    image.load()
    return image


NOISE = Image.effect_noise((200, 160), 60).convert("RGB")


@pytest.mark.parametrize(("form", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_the_three_formats_are_read_and_the_original_is_kept(form: str, media_type: str) -> None:
    data = encoded(NOISE, form)
    read = READER.read(data)
    assert (read.original, read.media_type, read.size) == (data, media_type, Size(200, 160))
    assert (upright(read).format, upright(read).mode, upright(read).size) == ("PNG", "RGB", (200, 160))
    assert read.notes == ()


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "PPM", "ICO"])
def test_other_formats_are_refused_whatever_the_name_says(form: str) -> None:
    with pytest.raises(RefusedInputError, match=r"face\.png: picture: is no PNG, JPEG or WebP picture"):
        READER.read(encoded(NOISE, form), source="face.png")


@pytest.mark.parametrize("data", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(RefusedInputError):
        READER.read(data)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_cut_short_is_refused(form: str) -> None:
    data = encoded(NOISE, form)
    for share in (0.1, 0.5, 0.9):
        with pytest.raises(RefusedInputError, match="picture: "):
            READER.read(data[: int(len(data) * share)])


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_damaged_bytes_are_refused_or_read_but_never_another_error(form: str) -> None:
    data = encoded(NOISE, form)
    dice = random.Random(7)  # noqa: S311 - the same damage every time
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(dice.randint(1, 20)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        try:
            read = READER.read(bytes(damaged))
        except RefusedInputError:
            continue
        assert upright(read).mode in {"RGB", "RGBA"}


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )
    with pytest.raises(RefusedInputError, match="pixels"):
        READER.read(bomb)


def test_limits_of_bytes_sides_and_pixels_are_named() -> None:
    reader = PillowPictureReader(max_bytes=2000, max_pixels=5000, max_side_px=150)
    with pytest.raises(RefusedInputError, match="MiB"):
        reader.read(encoded(NOISE, "PNG"))
    with pytest.raises(RefusedInputError, match="200x20; a side has at most 150 pixels"):
        reader.read(encoded(Image.new("RGB", (200, 20)), "PNG"))
    with pytest.raises(RefusedInputError, match="100x100; at most 5000 pixels"):
        reader.read(encoded(Image.new("RGB", (100, 100)), "PNG"))
    with pytest.raises(RefusedInputError, match="16 pixels or more"):
        reader.read(encoded(Image.new("RGB", (8, 100)), "PNG"))


def test_sixteen_bit_grey_is_scaled_and_not_clipped() -> None:
    values = np.linspace(0, 65535, 40 * 30).reshape(30, 40).astype(np.uint16)
    read = READER.read(encoded(Image.fromarray(values), "PNG"))
    grey = np.asarray(upright(read))[..., 0].astype(float)
    assert np.abs(grey - values / 257.0).max() <= 0.51
    assert read.notes == ("16-bit grey scaled to 8 bits",)


def test_cmyk_becomes_rgb() -> None:
    read = READER.read(encoded(Image.new("CMYK", (30, 40), (0, 255, 255, 0)), "JPEG"))
    red, green, blue = upright(read).getpixel((10, 10))  # type: ignore[misc]
    assert red > 240
    assert max(green, blue) < 15


def test_a_picture_turned_by_its_exif_stands_upright() -> None:
    image = Image.new("RGB", (40, 60), "white")
    image.paste("red", (0, 0, 40, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side: turn by 90° clockwise to see it upright
    read = READER.read(encoded(image, "JPEG", exif=exif, quality=95))
    assert read.size == Size(60, 40)
    right_edge = upright(read).getpixel((55, 20))
    assert right_edge[0] > 200 > right_edge[1] + 100  # type: ignore[index]
    assert "exif" not in upright(read).info


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken(form: str) -> None:
    frames = [Image.new("RGB", (30, 40), colour) for colour in ("red", "blue", "lime")]
    read = READER.read(encoded(frames[0], form, save_all=True, append_images=frames[1:], lossless=True))
    assert upright(read).getpixel((5, 5))[0] > 250  # type: ignore[index]
    assert "animation: first frame taken" in read.notes


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_colour_mode_of_png_comes_out_as_eight_bit_colour(mode: str) -> None:
    read = READER.read(encoded(Image.new(mode, (20, 20)), "PNG"))
    assert upright(read).mode == ("RGBA" if mode in {"LA", "RGBA"} else "RGB")


def test_colours_of_another_profile_are_brought_to_srgb_and_a_broken_profile_is_left_aside() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.new("RGB", (20, 20), (200, 60, 40))
    read = READER.read(encoded(image, "PNG", icc_profile=lab))
    assert upright(read).getpixel((1, 1)) == (200, 60, 40)
    broken = READER.read(encoded(image, "PNG", icc_profile=b"no profile at all"))
    assert upright(broken).getpixel((1, 1)) == (200, 60, 40)
    assert broken.notes == ("colour profile could not be read",)
