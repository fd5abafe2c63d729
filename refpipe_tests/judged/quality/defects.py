"""What is done to a good photograph, how strongly, and what the gate must then say.

Belongs here: defects with their severities and the expected reason; changes that must *not* fail a picture. Does
not: which of them the gate finds (bench), the photographs.

Pictures here are 8-bit sRGB (H, W, 3) in RGB order. Defects of light are made in linear light. Severity is in the
unit that each defect names. Every draw follows from the photograph's name, the defect and the severity.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from refpipe.domain.quality import FailureReason as Why

Picture = NDArray[np.uint8]
Draw = np.random.Generator
Spoil = Callable[[Picture, NDArray[np.bool_], float, Draw], Picture]
"""(picture, subject's mask, severity, random numbers) → the spoiled picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A way of spoiling a picture. ``reason`` is the right one; any of ``also`` says as much to a person."""

    name: str
    unit: str
    severities: tuple[float, ...]
    spoil: Spoil
    reason: Why
    also: tuple[Why, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmless:
    """A change after which a good picture is still good."""

    name: str
    change: Spoil


def draw_for(photograph: str, defect: str, severity: float) -> Draw:
    """Random numbers that belong to one photograph, defect and severity."""
    return np.random.default_rng(zlib.crc32(f"{photograph}|{defect}|{severity:g}".encode()))


def decode(png: bytes) -> Picture:
    read = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(read[:, :, ::-1], np.uint8)


def encode(picture: Picture) -> bytes:
    good, data = cv2.imencode(".png", np.ascontiguousarray(picture[:, :, ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not good:
        raise ValueError("cannot be encoded")
    return data.tobytes()


def _linear(picture: Picture) -> NDArray[np.float64]:
    value = picture / 255.0
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _srgb(linear: NDArray[np.float64]) -> Picture:
    value = np.clip(linear, 0, 1)
    return _eight_bit(255 * np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055))


def _eight_bit(values: NDArray[np.float64]) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _blur(picture: Picture, _m: NDArray[np.bool_], sigma_px: float, _d: Draw) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma_px), np.uint8)


def _motion(picture: Picture, _m: NDArray[np.bool_], length_px: float, draw: Draw) -> Picture:
    side = int(length_px) | 1
    line = np.zeros((side, side), np.float32)
    angle, half = draw.uniform(0, np.pi), side // 2
    for step in np.linspace(-half, half, 8 * side):
        line[round(half + step * np.sin(angle)), round(half + step * np.cos(angle))] += 1
    return np.asarray(cv2.filter2D(picture, -1, line / line.sum(), borderType=cv2.BORDER_REFLECT), np.uint8)


def _upscaled(picture: Picture, _m: NDArray[np.bool_], share: float, _d: Draw) -> Picture:
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def _smaller(picture: Picture, _m: NDArray[np.bool_], share: float, _d: Draw) -> Picture:
    height, width = picture.shape[:2]
    return np.asarray(
        cv2.resize(picture, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA), np.uint8
    )


def _grain(picture: Picture, _m: NDArray[np.bool_], sigma: float, draw: Draw) -> Picture:
    return _eight_bit(picture + draw.normal(0, sigma, picture.shape))


def _salt(picture: Picture, _m: NDArray[np.bool_], share: float, draw: Draw) -> Picture:
    spoiled, hit = picture.copy(), draw.random(picture.shape[:2])
    spoiled[hit < share / 2], spoiled[hit > 1 - share / 2] = 0, 255
    return spoiled


def _exposed(picture: Picture, _m: NDArray[np.bool_], stops: float, _d: Draw) -> Picture:
    return _srgb(_linear(picture) * 2.0**stops)


def _jpeg(picture: Picture, _m: NDArray[np.bool_], quality: float, draw: Draw) -> Picture:
    """The blocks' grid lies anywhere, as after a crop."""
    height, width = picture.shape[:2]
    down, right = (int(each) for each in draw.integers(0, 8, 2))
    padded = cv2.copyMakeBorder(picture[:, :, ::-1], down, 8, right, 8, cv2.BORDER_REFLECT)
    _, data = cv2.imencode(".jpg", padded, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    read = cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1]
    return np.ascontiguousarray(read[down : down + height, right : right + width])


def _flatter(picture: Picture, _m: NDArray[np.bool_], kept: float, _d: Draw) -> Picture:
    middle = picture.mean()
    return _eight_bit(middle + (picture - middle) * kept)


def _moved(picture: Picture, scale: float, right_px: float, down_px: float) -> Picture:
    """Scaled about the middle, then moved; beyond the edges the outermost pixels go on."""
    height, width = picture.shape[:2]
    middle = np.array([width / 2, height / 2])
    matrix = np.array([[scale, 0, 0], [0, scale, 0]], np.float64)
    matrix[:, 2] = middle - scale * middle + (right_px, down_px)
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(
        cv2.warpAffine(picture, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _aside(picture: Picture, _m: NDArray[np.bool_], share: float, draw: Draw) -> Picture:
    return _moved(picture, 1.0, (1 if draw.random() < 0.5 else -1) * share * picture.shape[1], 0)


def _lower(picture: Picture, _m: NDArray[np.bool_], share: float, _d: Draw) -> Picture:
    return _moved(picture, 1.0, 0, share * picture.shape[0])


def _headless(picture: Picture, mask: NDArray[np.bool_], share: float, _d: Draw) -> Picture:
    """Moved up until that share of the picture's height is cut off the subject's top."""
    top = int(np.argmax(mask.any(axis=1)))
    return _moved(picture, 1.0, 0, -(top + share * picture.shape[0]))


def _scaled(picture: Picture, _m: NDArray[np.bool_], scale: float, _d: Draw) -> Picture:
    return _moved(picture, scale, 0, 0)


def _mirrored(picture: Picture, _m: NDArray[np.bool_], _s: float, _d: Draw) -> Picture:
    return np.ascontiguousarray(picture[:, ::-1])


def backdrop_of(picture: Picture, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The picture's backdrop as if nobody stood before it: a smooth surface through what is seen of it."""
    height, width = mask.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)
    free = ~cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    if free.sum() < 200:
        return np.broadcast_to(np.array([190.0, 187.0, 181.0]), picture.shape).copy()
    weights, *_ = np.linalg.lstsq(terms[free], picture[free].astype(np.float64), rcond=None)
    return np.clip(terms @ weights, 0, 255)


def _empty(picture: Picture, mask: NDArray[np.bool_], kind: float, draw: Draw) -> Picture:
    """1 the backdrop alone, 2 one colour, 3 soft clouds, 4 white noise, 5 black."""
    height, width = mask.shape
    if kind == 1:
        return _eight_bit(backdrop_of(picture, mask) + draw.normal(0, 0.5, picture.shape))
    if kind == 2:
        return np.broadcast_to(draw.integers(20, 236, 3).astype(np.uint8), picture.shape).copy()
    if kind == 3:
        coarse = draw.uniform(0, 255, (7, 5, 3)).astype(np.float32)
        return _eight_bit(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float64))
    if kind == 4:
        return draw.integers(0, 256, picture.shape).astype(np.uint8)
    return np.zeros_like(picture)


DEFECTS = (
    Defect(
        name="gaussian blur",
        unit="sigma, px",
        severities=(0.6, 0.9, 1.2, 1.6, 2.0, 3.0, 5.0),
        spoil=_blur,
        reason=Why.BLURRED,
    ),
    Defect(name="motion blur", unit="length, px", severities=(3, 5, 7, 9, 13, 19), spoil=_motion, reason=Why.BLURRED),
    Defect(
        name="enlarged from a small one",
        unit="share of the side",
        severities=(0.8, 0.6, 0.45, 0.33, 0.2),
        spoil=_upscaled,
        reason=Why.BLURRED,
        also=(Why.TOO_SMALL,),
    ),
    Defect(
        name="too few pixels", unit="share of the side", severities=(0.9, 0.75, 0.5, 0.25), spoil=_smaller,
        reason=Why.TOO_SMALL,
    ),
    Defect(
        name="grain", unit="sigma of 255", severities=(2, 4, 6, 8, 12, 16, 25, 40), spoil=_grain, reason=Why.NOISY
    ),
    Defect(
        name="salt and pepper", unit="share of pixels", severities=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.03),
        spoil=_salt, reason=Why.NOISY,
    ),
    Defect(
        name="overexposed", unit="stops", severities=(0.5, 1, 1.5, 2, 3), spoil=_exposed, reason=Why.OVEREXPOSED
    ),
    Defect(
        name="underexposed", unit="stops", severities=(-0.5, -1, -1.5, -2, -3, -4), spoil=_exposed,
        reason=Why.UNDEREXPOSED,
    ),
    Defect(
        name="low contrast", unit="share kept", severities=(0.8, 0.6, 0.45, 0.3, 0.2, 0.1), spoil=_flatter,
        reason=Why.LOW_CONTRAST,
    ),
    Defect(
        name="JPEG blocks", unit="JPEG quality", severities=(90, 70, 50, 30, 20, 10, 5), spoil=_jpeg,
        reason=Why.BLOCKY,
    ),
    Defect(
        name="moved aside", unit="share of the width", severities=(0.04, 0.08, 0.12, 0.18, 0.25, 0.35), spoil=_aside,
        reason=Why.WRONG_FRAMING,
    ),
    Defect(
        name="moved down", unit="share of the height", severities=(0.04, 0.08, 0.12, 0.18, 0.25, 0.35), spoil=_lower,
        reason=Why.WRONG_FRAMING,
    ),
    Defect(
        name="head cut off", unit="share of the height", severities=(0.02, 0.05, 0.1, 0.15, 0.2), spoil=_headless,
        reason=Why.WRONG_FRAMING,
    ),
    Defect(
        name="too large", unit="times", severities=(1.08, 1.15, 1.25, 1.4, 1.7, 2.2), spoil=_scaled,
        reason=Why.WRONG_SCALE, also=(Why.WRONG_FRAMING,),
    ),
    Defect(
        name="too small", unit="times", severities=(0.93, 0.87, 0.8, 0.7, 0.55, 0.4), spoil=_scaled,
        reason=Why.WRONG_SCALE, also=(Why.WRONG_FRAMING,),
    ),
    Defect(
        name="mirrored", unit="", severities=(1,), spoil=_mirrored, reason=Why.WRONG_VIEW, also=(Why.WRONG_FRAMING,)
    ),
    Defect(
        name="empty", unit="kind", severities=(1, 2, 3, 4, 5), spoil=_empty, reason=Why.EMPTY,
    ),
)  # fmt: skip
"""Defects made of a good photograph. ``mirrored`` is one for views from the side only. The first severity or two of
each are slight on purpose: from where on a defect is found is what the sweep tells."""


def _another_backdrop(picture: Picture, mask: NDArray[np.bool_], colour: tuple[float, float, float]) -> Picture:
    share = cv2.GaussianBlur(mask.astype(np.float64), (0, 0), 0.8)[..., None]
    behind = backdrop_of(picture, mask)
    return _eight_bit(share * picture + (1 - share) * np.clip(behind * (np.array(colour) / 190.0), 0, 255))


def _cast(picture: Picture, _m: NDArray[np.bool_], _s: float, draw: Draw) -> Picture:
    return _eight_bit(picture * draw.uniform(0.92, 1.0, 3))


def _gamma(power: float) -> Spoil:
    return lambda picture, _m, _s, _d: _eight_bit(255 * (picture / 255.0) ** power)


def _vignette(picture: Picture, mask: NDArray[np.bool_], _s: float, _d: Draw) -> Picture:
    y, x = np.mgrid[-1 : 1 : mask.shape[0] * 1j, -1 : 1 : mask.shape[1] * 1j]
    return _eight_bit(picture * (1 - 0.15 * (x * x + y * y))[..., None])


HARMLESS = (
    Harmless(name="blue-grey backdrop", change=lambda p, m, s, d: _another_backdrop(p, m, (120, 140, 170))),
    Harmless(name="white backdrop", change=lambda p, m, s, d: _another_backdrop(p, m, (243, 243, 243))),
    Harmless(name="dark grey backdrop", change=lambda p, m, s, d: _another_backdrop(p, m, (70, 70, 72))),
    Harmless(name="green backdrop", change=lambda p, m, s, d: _another_backdrop(p, m, (90, 170, 100))),
    Harmless(name="colour cast", change=_cast),
    Harmless(name="lighter curve", change=_gamma(0.85)),
    Harmless(name="darker curve", change=_gamma(1.15)),
    Harmless(name="vignette", change=_vignette),
    Harmless(name="a third of a stop more", change=lambda p, m, s, d: _exposed(p, m, 0.33, d)),
    Harmless(name="a third of a stop less", change=lambda p, m, s, d: _exposed(p, m, -0.33, d)),
    Harmless(name="fine grain", change=lambda p, m, s, d: _grain(p, m, 1.0, d)),
    Harmless(name="JPEG 95", change=lambda p, m, s, d: _jpeg(p, m, 95, d)),
    Harmless(name="one percent aside", change=lambda p, m, s, d: _moved(p, 1.0, 0.01 * p.shape[1], 0)),
)
