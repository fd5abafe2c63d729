"""A pen for shaded shapes on a transparent plane, in unit coordinates with y downwards.

Belongs here: filling, stroking, lettering and shading of shapes, and the outlines that many drawings share.
Does not: what is drawn with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

from refpipe.backends.model_pack.asset_dice import Colour, Plane

Outline = NDArray[np.float64]
SUB_PIXEL_BITS = 4


class Pen:
    """Draws on `plane`: (size, size, 4) float32, colours 0 to 1 multiplied by their alpha.

    With `is_mirrored` words are written backwards, for a plane that will be mirrored.
    """

    def __init__(self, size_px: int = 256, *, is_mirrored: bool = False) -> None:
        self.size_px, self.is_mirrored = size_px, is_mirrored
        self.plane: Plane = np.zeros((size_px, size_px, 4), np.float32)

    def shape(self, points: ArrayLike, colour: Colour, shade: str = "flat", opacity: float = 1.0) -> None:
        """Fill a polygon."""
        self._lay([np.asarray(points, np.float64)], 0, colour, shade, opacity)

    def stroke(
        self, points: ArrayLike, width: float, colour: Colour, shade: str = "flat", opacity: float = 1.0
    ) -> None:
        """Follow a line with a round nib; the width is a share of the plane."""
        self._lay([np.asarray(points, np.float64)], max(1, round(width * self.size_px)), colour, shade, opacity)

    def box(
        self, x0: float, y0: float, x1: float, y1: float, colour: Colour, shade: str = "flat", radius: float = 0.0
    ) -> None:
        """Fill an upright rectangle with corners of that radius."""
        self.shape(rounded(x0, y0, x1, y1, radius), colour, shade)

    def oval(
        self, x: float, y: float, rx: float, ry: float, colour: Colour, shade: str = "flat", opacity: float = 1.0
    ) -> None:
        """Fill an ellipse."""
        self.shape(oval(x, y, rx, ry), colour, shade, opacity)

    def word(self, word: str, x: float, y: float, height: float, colour: Colour, width: float = 1.0) -> None:
        """Write a word centred on a place, no wider than `width`."""
        self.stamp(word_mask(word, max(6, round(height * self.size_px))), (x, y), width, colour)

    def stamp(self, mask: NDArray[np.uint8], middle: tuple[float, float], width: float, colour: Colour) -> None:
        """Print a cover round a middle, no wider than `width`."""
        high, wide = mask.shape
        most_px = max(4, round(width * self.size_px))
        if wide > most_px:
            import cv2

            size = (most_px, max(3, high * most_px // wide))
            mask = cv2.resize(mask, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
            high, wide = mask.shape
        left, top = (round(part * self.size_px - side / 2) for part, side in zip(middle, (wide, high), strict=True))
        if left < 0 or top < 0 or left + wide > self.size_px or top + high > self.size_px:
            return
        self._ink(mask[:, ::-1] if self.is_mirrored else mask, left, top, colour, "flat", 1.0)

    def _lay(self, outlines: list[Outline], width_px: int, colour: Colour, shade: str, opacity: float) -> None:
        import cv2

        places = outlines[0] * self.size_px
        margin = width_px // 2 + 2
        left, top = np.maximum(np.floor(places.min(axis=0)).astype(int) - margin, 0)
        right, low = np.minimum(np.ceil(places.max(axis=0)).astype(int) + margin, self.size_px)
        if right <= left or low <= top:
            return
        mask = np.zeros((low - top, right - left), np.uint8)
        fixed = np.round((places - (left, top)) * 2**SUB_PIXEL_BITS).astype(np.int32)
        if width_px:
            cv2.polylines(mask, [fixed], False, 255, width_px, cv2.LINE_AA, SUB_PIXEL_BITS)
        else:
            cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, SUB_PIXEL_BITS)
        self._ink(mask, int(left), int(top), colour, shade, opacity)

    def _ink(self, mask: NDArray[np.uint8], left: int, top: int, colour: Colour, shade: str, opacity: float) -> None:
        high, wide = mask.shape
        cover = mask.astype(np.float32)[..., None] * np.float32(opacity / 255)
        light, gloss = shading(shade, high, wide)
        # A little of the light is added even to black things, or they would have no form.
        lit = np.asarray(colour, np.float32) * light[..., None] + (0.07 * (light - 0.8) + gloss)[..., None]
        part = self.plane[top : top + high, left : left + wide]
        part *= 1 - cover
        part[..., :3] += np.clip(lit, 0, 1) * cover
        part[..., 3:] += cover


def shading(shade: str, high: int, wide: int) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """How much a shape's own colour is lit, and how much white shines on it: two (high, wide) planes."""
    u = np.linspace(0, 1, wide, dtype=np.float32)[None, :]
    v = np.linspace(0, 1, high, dtype=np.float32)[:, None]
    none = np.zeros((high, wide), np.float32)
    turn = 0.45 + 0.65 * np.cos(np.clip((u - 0.36) * 2.1, -1.5, 1.5)) + 0 * v
    if shade == "round":
        return turn, none + 0.08 * bump(u, 0.28, 0.1)
    if shade == "gloss":
        return turn, none + 0.55 * bump(u, 0.2, 0.05) + 0.16 * bump(u, 0.86, 0.05)
    if shade == "metal":
        return 0.72 + 0.38 * np.cos(u * 11 - 3) + 0 * v, none + 0.3 * bump(u, 0.28, 0.06)
    if shade == "ball":
        far = np.hypot(u - 0.34, v - 0.3)
        return 1.15 - 0.8 * far, 0.45 * bump(far, 0, 0.13)
    if shade == "cloth":
        return 0.93 - 0.16 * u + 0.07 * np.sin(u * 9 + 5 * v) + 0.06 * np.sin(u * 4 - 9 * v), none
    slopes = {"flat": 1 + 0 * u, "fall": 1.1 - 0.4 * v, "rise": 0.72 + 0.36 * v, "slope": 1.12 - 0.22 * (u + v)}
    slopes |= {"inner": 0.4 + 0.45 * u, "side": 0.72 - 0.1 * v, "top": 1.18 - 0.06 * v}
    return slopes[shade] + none, none


def bump(at: NDArray[np.floating], middle: float, width: float) -> NDArray[np.floating]:
    """A soft hill of height 1."""
    return np.asarray(np.exp(-(((at - middle) / width) ** 2)), np.float32)


@lru_cache(maxsize=512)
def word_mask(word: str, height_px: int) -> NDArray[np.uint8]:
    """(rows, columns) cover of a word in PIL's own face; capitals are about `height_px` high."""
    font = ImageFont.load_default(height_px * 1.35)
    left, top, right, low = (int(edge) for edge in font.getbbox(word))
    picture = Image.new("L", (right - left + 2, low - top + 2))
    ImageDraw.Draw(picture).text((1 - left, 1 - top), word, fill=255, font=font)
    return np.asarray(picture)


def oval(x: float, y: float, rx: float, ry: float, start_deg: float = 0, stop_deg: float = 360) -> Outline:
    """Points of an ellipse or of a part of it, clockwise on the plane from the right."""
    angles = np.radians(np.linspace(start_deg, stop_deg, 40))
    return np.stack((x + rx * np.cos(angles), y + ry * np.sin(angles)), axis=1)


def rounded(x0: float, y0: float, x1: float, y1: float, radius: float) -> Outline:
    """Points of an upright rectangle with round corners."""
    if radius <= 0:
        return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)
    r = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
    corners = ((x1 - r, y1 - r, 0), (x0 + r, y1 - r, 90), (x0 + r, y0 + r, 180), (x1 - r, y0 + r, 270))
    return np.concatenate([oval(x, y, r, r, start, start + 90)[::5] for x, y, start in corners])


def smooth(points: Sequence[tuple[float, float]], is_closed: bool = True, steps: int = 8) -> Outline:
    """A curve through the points (Catmull and Rom's)."""
    knots = np.asarray(points, np.float64)
    ring = np.vstack((knots[-1:], knots, knots[:2])) if is_closed else np.vstack((knots[:1], knots, knots[-1:]))
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(ring, ring[1:], ring[2:], ring[3:], strict=False):
        bend = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
        parts.append(0.5 * bend)
    if not is_closed:
        parts.append(knots[-1:])
    return np.concatenate(parts)


def turned(profile: Sequence[tuple[float, float]], x: float = 0.5, is_smooth: bool = True) -> Outline:
    """The outline of a body turned on a lathe, from (half width, y) pairs, top first."""
    side = smooth(profile, is_closed=False, steps=5) if is_smooth else np.asarray(profile, np.float64)
    right, left = side * (1, 1) + (x, 0), side[::-1] * (-1, 1) + (x, 0)
    return np.concatenate((right, left))


def star(x: float, y: float, radius: float, points: int, inner: float = 0.45, turn_deg: float = -90) -> Outline:
    """A star with that many points; `inner` 1 and half the points make a regular polygon."""
    angles = np.radians(turn_deg + np.arange(points * 2) * 180 / points)
    reach = radius * np.where(np.arange(points * 2) % 2, inner, 1.0)
    return np.stack((x + reach * np.cos(angles), y + reach * np.sin(angles)), axis=1)


def polygon(x: float, y: float, radius: float, corners: int, turn_deg: float = -90) -> Outline:
    """A regular polygon."""
    angles = np.radians(turn_deg + np.arange(corners) * 360 / corners)
    return np.stack((x + radius * np.cos(angles), y + radius * np.sin(angles)), axis=1)
