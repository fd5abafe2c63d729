"""Solid things as distance fields, met by rays and lit by one lamp: the drawings of another hand.

Belongs here: shapes, tracing, light. Does not: which things there are (other_hand). Units: a thing stands on y = 0 and
is about 1.6 high; x goes right, y up, z to the viewer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Field = Callable[[Floats], Floats]
"""Points (n, 3) → signed distances (n)."""
Colour = tuple[float, float, float]

_STEPS, _FAR, _NEAR = 56, 9.0, 0.004


@dataclass(frozen=True)
class Part:
    """One material of a thing; ``stripes`` > 0 paints every other band in ``second``."""

    field: Field
    colour: Colour
    gloss: float = 0.3
    second: Colour | None = None
    stripes: float = 0.0


def cylinder(y0: float, y1: float, radius: float, x: float = 0.0, z: float = 0.0) -> Field:
    return cone(y0, y1, radius, radius, x, z)


def cone(y0: float, y1: float, low: float, high: float, x: float = 0.0, z: float = 0.0) -> Field:
    def field(p: Floats) -> Floats:
        share = np.clip((p[:, 1] - y0) / (y1 - y0), 0, 1)
        around = np.hypot(p[:, 0] - x, p[:, 2] - z) - (low + (high - low) * share)
        along = np.abs(p[:, 1] - (y0 + y1) / 2) - (y1 - y0) / 2
        steep = np.hypot(1.0, (high - low) / (y1 - y0))
        return _joined(around / steep, along)

    return field


def ball(x: float, y: float, z: float, radius: float, flat: float = 1.0) -> Field:
    def field(p: Floats) -> Floats:
        moved = (p - np.array([x, y, z], np.float32)) / np.array([1, flat, 1], np.float32)
        return (np.linalg.norm(moved, axis=1) - radius) * min(flat, 1.0)

    return field


def box(middle: Sequence[float], half: Sequence[float], round_by: float = 0.02, turn_deg: float = 0.0) -> Field:
    """``turn_deg`` turns it in the picture's plane."""
    cos, sin = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))

    def field(p: Floats) -> Floats:
        q = p - np.asarray(middle, np.float32)
        q = np.stack([cos * q[:, 0] + sin * q[:, 1], cos * q[:, 1] - sin * q[:, 0], q[:, 2]], axis=1)
        d = np.abs(q) - (np.asarray(half, np.float32) - round_by)
        outside = np.linalg.norm(np.maximum(d, 0), axis=1)
        return np.asarray(outside + np.minimum(d.max(axis=1), 0) - round_by, np.float32)

    return field


def ring(x: float, y: float, z: float, wide: float, thick: float) -> Field:
    """A torus in the picture's plane."""

    def field(p: Floats) -> Floats:
        around = np.hypot(p[:, 0] - x, p[:, 1] - y) - wide
        return np.hypot(around, p[:, 2] - z) - thick

    return field


def rod(start: Sequence[float], end: Sequence[float], radius: float) -> Field:
    a, b = np.asarray(start, np.float32), np.asarray(end, np.float32)

    def field(p: Floats) -> Floats:
        along = np.clip(((p - a) @ (b - a)) / float((b - a) @ (b - a)), 0, 1)
        return np.linalg.norm(p - a - along[:, None] * (b - a), axis=1) - radius

    return field


def soft_union(first: Field, second: Field, reach: float = 0.12) -> Field:
    def field(p: Floats) -> Floats:
        a, b = first(p), second(p)
        share = np.clip(0.5 + 0.5 * (b - a) / reach, 0, 1)
        return np.asarray(b + (a - b) * share - reach * share * (1 - share), np.float32)

    return field


def without(first: Field, second: Field) -> Field:
    return lambda p: np.maximum(first(p), -second(p))


def seen(
    parts: Sequence[Part],
    size_px: int,
    *,
    around_deg: float,
    above_deg: float,
    lamp_deg: float,
    distance: float = 4.2,
    look_at: float = 0.75,
) -> tuple[Floats, Floats]:
    """A thing as (size, size, 4), colours divided by alpha, and where its shadow falls on the floor (size, size)."""
    eye, rays = _rays(size_px * 2, around_deg, above_deg, distance, look_at)
    depth, hit = _traced(parts, eye, rays)
    points = eye + rays * depth[:, None]
    lamp = _way(around_deg + lamp_deg, 48)
    colours = np.zeros_like(rays)
    colours[hit] = _lit(parts, points[hit], rays[hit], lamp)
    plane = np.concatenate([colours, hit[:, None]], axis=1).reshape(size_px * 2, size_px * 2, 4)
    plane[..., :3] *= plane[..., 3:]
    plane = plane.reshape(size_px, 2, size_px, 2, 4).mean(axis=(1, 3))
    plane[..., :3] /= np.maximum(plane[..., 3:], 1e-4)
    return plane.astype(np.float32), _shadow(parts, eye, rays, lamp, size_px)


def _rays(side: int, around_deg: float, above_deg: float, distance: float, look_at: float) -> tuple[Floats, Floats]:
    target = np.array([0, look_at, 0], np.float32)
    back = _way(around_deg, above_deg)
    right = np.cross([0, 1, 0], back)
    right /= np.linalg.norm(right)
    up = np.cross(back, right)
    y, x = np.mgrid[0.26 : -0.26 : side * 1j, -0.26 : 0.26 : side * 1j]
    rays = x.reshape(-1, 1) * right + y.reshape(-1, 1) * up - back
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    return (target + back * distance).astype(np.float32), rays.astype(np.float32)


def _way(around_deg: float, above_deg: float) -> Floats:
    a, b = np.radians(around_deg), np.radians(above_deg)
    return np.array([np.sin(a) * np.cos(b), np.sin(b), np.cos(a) * np.cos(b)], np.float32)


def _nearest(parts: Sequence[Part], points: Floats) -> Floats:
    return np.min([part.field(points) for part in parts], axis=0).astype(np.float32)


def _traced(parts: Sequence[Part], eye: Floats, rays: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    depth = np.full(len(rays), 2.0, np.float32)
    hit = np.zeros(len(rays), bool)
    going = np.arange(len(rays))
    for _ in range(_STEPS):
        step = _nearest(parts, eye + rays[going] * depth[going, None])
        hit[going[step < _NEAR]] = True
        depth[going] += np.maximum(step, 0) * 0.85
        going = going[(step >= _NEAR) & (depth[going] < _FAR)]
        if not len(going):
            break
    return depth, hit


def _lit(parts: Sequence[Part], points: Floats, rays: Floats, lamp: Floats) -> Floats:
    which = np.argmin([part.field(points) for part in parts], axis=0)
    nudge = np.eye(3, dtype=np.float32) * 0.003
    normal = np.stack([_nearest(parts, points + d) - _nearest(parts, points - d) for d in nudge], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    facing = np.clip(normal @ lamp, 0, 1)
    lit = 0.36 + 0.14 * normal[:, 1] + 0.62 * facing * _unshaded(parts, points + normal * 0.03, lamp)
    half = lamp - rays
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    shine = np.clip((normal * half).sum(axis=1), 0, 1) ** 40
    paint = np.array([part.colour for part in parts], np.float32)[which]
    for number, part in enumerate(parts):
        if part.second is not None and part.stripes > 0:
            band = (np.floor(points[:, 1] * part.stripes) % 2 == 1) & (which == number)
            paint[band] = part.second
    gloss = np.array([part.gloss for part in parts], np.float32)[which]
    return np.clip(paint * lit[:, None] + (gloss * shine)[:, None], 0, 1).astype(np.float32)


def _unshaded(parts: Sequence[Part], points: Floats, lamp: Floats) -> Floats:
    """How much of the lamp each point sees, 0 to 1, soft at the edges."""
    light, far = np.ones(len(points), np.float32), np.full(len(points), 0.03, np.float32)
    for _ in range(18):
        step = _nearest(parts, points + lamp * far[:, None])
        light = np.minimum(light, np.clip(9 * step / far, 0, 1))
        far += np.clip(step, 0.03, 0.3)
    return light


def _shadow(parts: Sequence[Part], eye: Floats, rays: Floats, lamp: Floats, size_px: int) -> Floats:
    """Darkness on the floor y = 0, as it is seen."""
    falls = rays[:, 1] < -1e-3
    dark = np.zeros(len(rays), np.float32)
    floor = eye + rays[falls] * (-eye[1] / rays[falls, 1])[:, None]
    near = np.linalg.norm(floor, axis=1) < 3.0
    shade = np.zeros(len(floor), np.float32)
    shade[near] = 1 - _unshaded(parts, floor[near] + np.array([0, 0.01, 0], np.float32), lamp)
    dark[falls] = shade
    return dark.reshape(size_px, 2, size_px, 2).mean(axis=(1, 3))


def _joined(first: Floats, second: Floats) -> Floats:
    inside = np.minimum(np.maximum(first, second), 0)
    return np.asarray(inside + np.hypot(np.maximum(first, 0), np.maximum(second, 0)), np.float32)
