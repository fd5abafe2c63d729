"""What lies between a thing and an uploaded file: a view from the side, light, lens, grain, print, and the file itself.

Belongs here: changes that leave what a picture shows. Does not: drawing. Pictures are (H, W, 3) or (H, W, 4) float32
in 0..1, colours divided by alpha.
"""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
Draw = np.random.Generator


def laid_over(plane: Floats, ground: Floats) -> Floats:
    """A plane with alpha on an opaque ground of the same size."""
    alpha = plane[..., 3:]
    return (plane[..., :3] * alpha + ground * (1 - alpha)).astype(np.float32)


def on_surface(mark: Floats, surface: Floats, draw: Draw) -> Floats:
    """A mark printed on a flat surface, photographed from the side in uneven light; the surface's relief shows."""
    size = surface.shape[0]
    placed = _placed(mark, size, draw.uniform(0.5, 0.8), draw)
    relief = 0.75 + 0.5 * surface.mean(axis=2, keepdims=True) / max(float(surface.mean()), 0.05) * 0.5
    ink = np.concatenate([np.clip(placed[..., :3] * relief, 0, 1), placed[..., 3:] * draw.uniform(0.82, 0.97)], axis=2)
    sheet = laid_over(ink, surface)
    pull = draw.uniform(0.0, 0.16, (4, 2)).astype(np.float32) * size
    corners = np.array([(0, 0), (size, 0), (size, size), (0, size)], np.float32)
    inward = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], np.float32)
    view = cv2.getPerspectiveTransform(corners + pull * inward, corners)
    return through_lens(cv2.warpPerspective(sheet, view, (size, size), flags=cv2.INTER_AREA), draw)


def round_cylinder(mark: Floats, colour: Floats, ground: Floats, draw: Draw) -> Floats:
    """A mark on a round thing (a tin, a column) that fills most of the picture."""
    size = ground.shape[0]
    half = draw.uniform(0.36, 0.46)
    x = (np.arange(size, dtype=np.float32) / size - 0.5) / half
    inside = np.abs(x) < 1
    angle = np.arcsin(np.clip(x, -1, 1)) / (np.pi / 2)
    placed = _placed(mark, size, draw.uniform(0.4, 0.6), draw)
    columns = np.broadcast_to(((angle * 0.5 + 0.5) * (size - 1)).astype(np.float32), (size, size))
    rows = np.broadcast_to(np.arange(size, dtype=np.float32)[:, None], (size, size))
    bow = rows + (np.sqrt(np.clip(1 - x**2, 0, 1)) - 1) * draw.uniform(0, 12)
    wrapped = cv2.remap(
        placed, np.ascontiguousarray(columns), np.ascontiguousarray(bow, dtype=np.float32), cv2.INTER_LINEAR
    )
    body = laid_over(wrapped, np.broadcast_to(colour, (size, size, 3)))
    turn = 0.35 + 0.75 * np.clip(np.cos(angle * np.pi / 2 - draw.uniform(-0.6, 0.6)), 0, 1)
    seen = np.where(inside[None, :, None], body * turn[None, :, None], ground)
    return through_lens(seen.astype(np.float32), draw)


def through_lens(picture: Floats, draw: Draw) -> Floats:
    """Light from one side, darker corners, a cast, softness and grain."""
    high, wide = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j]
    slope = 1 + draw.uniform(-0.22, 0.22) * x + draw.uniform(-0.22, 0.22) * y
    corners = 1 - draw.uniform(0.05, 0.3) * (x**2 + y**2) / 2
    cast = 1 + draw.uniform(-0.07, 0.07, 3)
    lit = picture * (slope * corners)[..., None] * cast
    soft = cv2.GaussianBlur(lit.astype(np.float32), (0, 0), draw.uniform(0.3, 1.1))
    return np.clip(soft + draw.normal(0, draw.uniform(0.004, 0.022), soft.shape), 0, 1).astype(np.float32)


def halftone(picture: Floats, draw: Draw) -> Floats:
    """As printed in a newspaper of colours: dots of three inks at three angles."""
    high, wide = picture.shape[:2]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    printed = np.ones_like(picture[..., :3])
    pitch = draw.uniform(3.2, 4.6)
    for ink, angle in enumerate((15, 75, 0)):
        a = np.radians(angle)
        u, v = (x * np.cos(a) + y * np.sin(a)) / pitch, (y * np.cos(a) - x * np.sin(a)) / pitch
        dot = 0.25 * (np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v)) + 0.5
        need = cv2.GaussianBlur(1 - picture[..., ink], (0, 0), 1.0)
        printed[..., ink] = 1 - np.clip((need - dot) * 6 + 0.5, 0, 1)
    return np.clip(cv2.GaussianBlur(printed, (0, 0), 0.8) * 0.94 + 0.02, 0, 1).astype(np.float32)


def ink_drawing(picture: Floats, draw: Draw) -> Floats:
    """Lines of ink over a thin wash of the colours, on paper."""
    grey = cv2.cvtColor(picture[..., :3], cv2.COLOR_RGB2GRAY)
    fine, broad = cv2.GaussianBlur(grey, (0, 0), 0.8), cv2.GaussianBlur(grey, (0, 0), 2.4)
    lines = np.clip(1 - 14 * np.clip(broad - fine - 0.008, 0, 1), 0, 1)
    wash = 0.35 + 0.65 * cv2.GaussianBlur(picture[..., :3], (0, 0), 2.0)
    paper = np.array([0.98, 0.96, 0.91]) - 0.02 * draw.random((*grey.shape, 1))
    return np.clip(wash * paper * lines[..., None], 0, 1).astype(np.float32)


def monochrome(picture: Floats, draw: Draw) -> Floats:
    """An old photograph: grey, a warm tone."""
    grey = cv2.cvtColor(picture[..., :3], cv2.COLOR_RGB2GRAY)[..., None]
    tone = np.array([1.04, 1.0, draw.uniform(0.82, 1.0)])
    return np.clip(grey * tone, 0, 1).astype(np.float32)


def trimmed(plane: Floats, draw: Draw) -> Floats:
    """A cut-out with its empty edges cut away, as they are often handed over; no side under 72 pixels."""
    rows, columns = np.nonzero(plane[..., 3] > 0.05)
    margin = round(draw.uniform(0.01, 0.08) * max(plane.shape[:2]))
    cut = plane[
        max(rows.min() - margin, 0) : rows.max() + 1 + margin,
        max(columns.min() - margin, 0) : columns.max() + 1 + margin,
    ]
    short = [max(0, 72 - side) for side in cut.shape[:2]]
    return np.pad(cut, [(short[0] // 2, short[0] - short[0] // 2), (short[1] // 2, short[1] - short[1] // 2), (0, 0)])


def reframed(picture: Floats, draw: Draw, *, is_cropped: bool) -> Floats:
    """Another shape of frame, from 9:16 to 16:9: cut out of the picture, or its edges go on."""
    aspect = float(np.exp(draw.uniform(-0.55, 0.55)))
    high, wide = picture.shape[:2]
    if is_cropped:
        new = (high, max(72, round(high * aspect))) if aspect < 1 else (max(72, round(wide / aspect)), wide)
        top, left = (int(draw.integers(0, old - size + 1)) for old, size in zip((high, wide), new, strict=True))
        return np.ascontiguousarray(picture[top : top + new[0], left : left + new[1]])
    across = max(0, round(high * aspect) - wide)
    down = max(0, round(wide / aspect) - high)
    left, top = round(across * draw.uniform(0.3, 0.7)), round(down * draw.uniform(0.3, 0.7))
    return cv2.copyMakeBorder(picture, top, down - top, left, across - left, cv2.BORDER_REPLICATE)


def as_file(picture: Floats, file_format: str, quality: int = 85) -> bytes:
    """The bytes that somebody uploads."""
    pixels = np.uint8(np.round(np.clip(picture, 0, 1) * 255))
    out = BytesIO()
    image = Image.fromarray(pixels)
    if file_format == "PNG":
        image.save(out, "PNG")
    elif file_format == "WEBP":
        image.save(out, "WEBP", quality=quality)
    else:
        image.convert("RGB").save(out, "JPEG", quality=quality)
    return out.getvalue()


def _placed(mark: Floats, size: int, share: float, draw: Draw) -> Floats:
    """The mark that much of a transparent square of this size, about its middle; its empty edges do not count."""
    rows, columns = np.nonzero(mark[..., 3] > 0.05)
    cut = mark[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    by = share * size / max(cut.shape[:2])
    small = cv2.resize(
        np.concatenate([cut[..., :3] * cut[..., 3:], cut[..., 3:]], axis=2),
        (max(2, round(cut.shape[1] * by)), max(2, round(cut.shape[0] * by))),
        interpolation=cv2.INTER_AREA if by < 1 else cv2.INTER_LINEAR,
    )
    plane = np.zeros((size, size, 4), np.float32)
    room = np.array([size - small.shape[0], size - small.shape[1]])
    top, left = np.round(room * np.clip(0.5 + draw.normal(0, 0.08, 2), 0.2, 0.8)).astype(int)
    plane[top : top + small.shape[0], left : left + small.shape[1]] = small
    plane[..., :3] /= np.maximum(plane[..., 3:], 1e-4)
    return plane
