"""Pictures on their way to a model: every kind that may come, and the same geometry as the models' own preparation."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import count, islice

import numpy as np
import pytest
from PIL import Image

from refpipe.backends.vision.prefetching import prepared_batches, vectors_in_order
from refpipe.backends.vision.preparing import Fit, Preparation, decode, prepare, prepare_mask
from refpipe.domain.errors import RefusedInputError

GREY = (0.5, 0.5, 0.5)


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def scene(width: int, height: int) -> Image.Image:
    coarse = np.random.default_rng(7).integers(0, 255, (9, 6, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def wanted(height: int, width: int, fit: Fit, **more: object) -> Preparation:
    return Preparation(height_px=height, width_px=width, fit=fit, mean=GREY, std=GREY, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("fit", list(Fit))
@pytest.mark.parametrize("source", [(90, 150), (150, 90), (64, 64), (333, 64)])
@pytest.mark.parametrize("target", [(64, 64), (72, 48)])
def test_a_picture_lands_where_open_clip_would_put_it(
    fit: Fit, source: tuple[int, int], target: tuple[int, int]
) -> None:
    from open_clip.transform import PreprocessCfg, image_transform_v2

    size = target[0] if target[0] == target[1] else target
    # for sides that differ open_clip's "longest" takes the same road as for a square
    config = PreprocessCfg(size=size, mean=(0, 0, 0), std=(1, 1, 1), resize_mode=fit.value, interpolation="bicubic")
    picture = scene(*source)
    expected = image_transform_v2(config, is_train=False)(picture) * 255
    ours = prepare(encoded(picture), wanted(*target, fit)).float()
    assert ours.shape == expected.shape
    assert float((ours - expected).abs().max()) < 1.6


def test_the_middle_is_cut_out_of_a_larger_edge_as_torchvision_does() -> None:
    from torchvision.transforms import v2

    picture = scene(100, 151)
    expected = v2.Compose([v2.PILToTensor(), v2.Resize(72, antialias=True, interpolation=3), v2.CenterCrop(56)])(
        picture
    )
    ours = prepare(encoded(picture), wanted(56, 56, Fit.SHORTEST, edge_px=72))
    assert float((ours.float() - expected.float()).abs().max()) <= 1


def test_colours_survive_every_way_of_keeping_them() -> None:
    orange = Image.new("RGB", (32, 24), (250, 130, 10))
    for data in (
        encoded(orange),
        encoded(orange, "WEBP", lossless=True),
        encoded(orange, "JPEG", quality=98),
        encoded(orange.convert("CMYK"), "JPEG", quality=98),
        encoded(orange.quantize(4)),
        encoded(orange.convert("RGBA")),
    ):
        assert np.abs(decode(data).astype(int) - (250, 130, 10)).max() <= 4


def test_sixteen_bit_colours_are_scaled() -> None:
    import cv2

    # OpenCV's order is blue, green, red
    deep = np.full((24, 32, 3), (0, 32896, 65535), np.uint16)
    data = cv2.imencode(".png", deep)[1].tobytes()
    assert decode(data)[3, 3].tolist() == [255, 128, 0]


def test_a_transparent_palette_colour_shows_white() -> None:
    two = Image.new("P", (32, 32), 0)
    two.putpalette([0, 0, 0, 200, 0, 0])
    two.paste(1, (16, 0, 32, 32))
    seen = decode(encoded(two, transparency=0))
    assert seen[5, 5].tolist() == [255, 255, 255]
    assert seen[5, 25].tolist() == [200, 0, 0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no PNG"),
        (b"GIF89a" + bytes(40), "is no PNG"),
        (encoded(scene(64, 64))[:-900], "damaged or cut short"),
        (encoded(scene(8, 8)), "sides of 16 to 20000"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(data: bytes, said: str) -> None:
    with pytest.raises(RefusedInputError, match=said):
        prepare(data, wanted(64, 64, Fit.SHORTEST))


def test_a_mask_of_another_size_lands_where_its_picture_does() -> None:
    half = np.zeros((75, 50), np.uint8)
    half[:, :25] = 255
    picture, mask = encoded(scene(100, 150)), encoded(Image.fromarray(half))
    landed = prepare_mask(mask, picture, wanted(64, 64, Fit.LONGEST)).numpy()
    # 100x150 fits as 43x64, 10 pixels of filling to the left of it
    assert landed.shape == (64, 64)
    assert landed[:, :10].max() == 0.0
    assert landed[:, 12:29].min() > 0.9
    assert landed[:, 34:].max() < 0.1


def test_no_more_than_two_batches_are_read_ahead() -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        for _ in count():
            read += 1
            yield encoded(scene(32, 32))

    batches = prepared_batches(endless(), wanted(16, 16, Fit.SQUASH), batch=8, threads=2)
    sizes = [len(each) for each in islice(batches, 3)]
    batches.close()  # type: ignore[attr-defined]
    assert sizes == [2, 8, 8]
    assert read <= sum(sizes) + 16


def test_a_failure_of_the_source_reaches_the_caller() -> None:
    def broken() -> Iterator[bytes]:
        yield encoded(scene(32, 32))
        raise ConnectionError("lost")

    with pytest.raises(ConnectionError):
        list(vectors_in_order(broken(), wanted(16, 16, Fit.SQUASH), lambda _: np.ones((1, 4), np.float32), batch=4))


def test_a_batch_of_nothing_but_bad_pictures_asks_no_model() -> None:
    def never(_: object) -> np.ndarray:
        raise AssertionError("asked")

    answers = list(vectors_in_order([b"x", b"y"], wanted(16, 16, Fit.SQUASH), never, batch=4))
    assert [type(each) for each in answers] == [RefusedInputError] * 2
