"""Shoes, boots, hats and scarves: what is built around the figure rather than cut from its shell.

Belongs here: shapes of their own, fitted to the head, neck and feet. Does not: cut garments (wardrobe).
Metres; hats are built on the head at rest and carried by it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.anatomy import Anatomy, Posed
from refpipe.backends.previs.colour import linear
from refpipe.backends.previs.measures import levels_of
from refpipe.backends.previs.scalp import Head
from refpipe.backends.previs.scene import Finish, Ints, Mesh
from refpipe.backends.previs.surface import Surface, cut, normals_of, relax, triangles, tubes
from refpipe.domain.characters import Garment, GarmentKind, HatShape, Outfit

Points = NDArray[np.float64]
_SOLE_M = 0.013


def accessories(body: Anatomy, posed: Posed, rest: Posed, head: Head, outfit: Outfit) -> list[tuple[Mesh, bool]]:
    """All accessories of an outfit, each with whether it is built on the head at rest and must be carried by it."""
    made: list[tuple[Mesh, bool]] = []
    for garment in outfit.garments:
        if garment.kind in (GarmentKind.SHOES, GarmentKind.BOOTS):
            made += [(mesh, False) for mesh in _shoes(body, posed, rest, garment)]
        elif garment.kind is GarmentKind.SCARF:
            made += [(mesh, False) for mesh in _scarf(body, posed, rest, garment)]
        elif garment.kind is GarmentKind.HAT:
            made += [(mesh, True) for mesh in _hat(head, garment)]
    return made


def _mesh(name: str, points: Points, faces: Ints, colour: NDArray[np.float64], finish: Finish) -> Mesh:
    return Mesh(
        name=name,
        vertices=points.astype(np.float32),
        faces=faces.astype(np.int32),
        normals=normals_of(points, faces).astype(np.float32),
        colours=np.broadcast_to(np.clip(colour, 0, 1), points.shape).astype(np.float32),
        finish=finish,
    )


def _shoes(body: Anatomy, posed: Posed, rest: Posed, garment: Garment) -> list[Mesh]:
    from scipy import sparse

    shell = body.surface("helper-tights", 1)
    levels = levels_of(rest)
    scale = levels.stature / 1.75
    at_rest = shell.at(rest.rest)
    top = levels.ankle + (0.020 if garment.kind is GarmentKind.SHOES else 0.17 * garment.length) * scale
    instep = 0.22 * (rest.rest_heads["foot.L"][1] - at_rest[:, 1]) if garment.kind is GarmentKind.SHOES else 0.0
    foot = cut(Surface(sparse.identity(len(at_rest), format="csr"), shell.faces), top + instep - at_rest[:, 2])
    heights = foot.at(at_rest[:, 2])
    points = foot.at(shell.at(posed.points))
    normals = normals_of(points, foot.faces)
    ease = np.interp(heights, [0.0, 0.03, 0.09], [0.0065, 0.0065, 0.006]) * scale
    points = relax(points, foot.faces, 6, 0.5) + normals * (ease + 0.002)[:, None]
    floor = float(points[:, 2].min()) - _SOLE_M * scale
    low = np.clip((0.017 * scale - heights) / (0.010 * scale), 0, 1)
    points[:, 2] = points[:, 2] * (1 - low) + floor * low
    line = 0.0165 * scale - heights
    colour = linear(garment.colour)
    sole_colour = linear(garment.second_colour) if garment.second_colour else colour * 0.35
    made = []
    identity = Surface(sparse.identity(len(points), format="csr"), foot.faces)
    for part, field, tone in (("upper", -line, colour), ("sole", line, sole_colour)):
        piece = cut(identity, field)
        mesh = _mesh(f"{garment.kind.value}-{part}", piece.at(points), piece.faces, tone, Finish.LEATHER)
        made.append(replace(mesh, normals=piece.at(normals_of(points, foot.faces)).astype(np.float32)))
    return made


def _scarf(body: Anatomy, posed: Posed, rest: Posed, garment: Garment) -> list[Mesh]:
    shell = body.surface("helper-tights", 1)
    trunk = shell.operator @ body.weight_of("upperarm", "lowerarm", "wrist") < 0.3
    at_rest, now = shell.at(rest.rest)[trunk], shell.at(posed.points)[trunk]
    levels = levels_of(rest)
    scale = levels.stature / 1.75
    throat = now[(np.abs(at_rest[:, 2] - levels.neck) < 0.02 * scale) & (np.abs(at_rest[:, 0]) < 0.10 * scale)]
    middle, reach = 0.5 * (throat.min(0) + throat.max(0)), 0.5 * np.ptp(throat, axis=0)
    angle = np.linspace(-np.pi, 1.12 * np.pi, 45)  # the ends overlap behind the neck
    loops = []
    for lift, wide, tilt in ((0.002, 0.020, 0.018), (0.026, 0.010, 0.022)):
        loops.append(
            np.stack(
                [
                    middle[0] + (reach[0] + wide * scale) * np.sin(angle),
                    middle[1] - (reach[1] + wide * scale) * np.cos(angle),
                    middle[2]
                    + lift * scale
                    - tilt * scale * np.cos(angle)
                    + 0.006 * scale * np.sin(3 * angle + lift * 90),
                ],
                axis=1,
            )
        )
    folds = 1 + 0.13 * np.sin(5 * angle + 1) + 0.08 * np.sin(9 * angle)
    radii = np.stack([0.025 * folds, 0.021 * folds[::-1]]) * scale
    made = [_tube("scarf-loops", np.stack(loops), radii, garment, 0.72)]
    share = np.linspace(0, 1, 24)
    start = middle + np.array([0.045 * scale, -(reach[1] + 0.02 * scale), -0.010 * scale])
    tail = np.stack([start[0] + 0.012 * scale * share, np.full(24, start[1]), start[2] - 0.30 * scale * share], axis=1)
    for k, point in enumerate(tail):
        near = now[(np.abs(now[:, 0] - point[0]) < 0.05 * scale) & (np.abs(now[:, 2] - point[2]) < 0.03 * scale)]
        if len(near):
            tail[k, 1] = min(float(near[:, 1].min()) - 0.024 * scale, tail[max(k - 1, 0), 1] + 0.004)
    tail[:, 1] = np.convolve(np.pad(tail[:, 1], 3, mode="edge"), np.ones(7) / 7, mode="valid")
    width = 0.040 * scale * np.interp(share, [0, 0.1, 0.97, 1], [0.6, 1.0, 1.05, 0.9])
    made.append(_tube("scarf-end", tail[None], width[None], garment, 0.28))
    return made


def _tube(name: str, paths: Points, radii: Points, garment: Garment, flatness: float) -> Mesh:
    points, faces = tubes(paths, radii, flatness, 18)
    mesh = _mesh(name, points, faces, linear(garment.colour), Finish.CLOTH)
    if garment.second_colour is None:
        return mesh
    along = np.repeat(np.tile(np.arange(paths.shape[1]), len(paths)), 18)
    striped = (along // 2) % 4 == 0
    colours = np.where(striped[:, None], linear(garment.second_colour), mesh.colours)
    return replace(mesh, colours=colours.astype(np.float32))


def _hat(head: Head, garment: Garment) -> list[Mesh]:
    size = head.size
    sit = {HatShape.BEANIE: 0.040, HatShape.CAP: 0.056, HatShape.DEERSTALKER: 0.044, HatShape.BRIMMED: 0.056}
    level = head.eye_z + sit[garment.hat] * size
    heady = (head.field > -0.2) & (np.abs(head.points[:, 2] - level - 0.012 * size) < 0.012 * size)
    around = head.points[heady]
    middle = np.array([0.0, 0.5 * (around[:, 1].min() + around[:, 1].max()), level])
    room = 0.017 * size
    radii = np.array([float(np.percentile(np.abs(around[:, 0]), 97)) + room, 0.5 * np.ptp(around[:, 1]) + room])
    height = float(head.points[:, 2].max()) - level + room * (1.35 if garment.hat is HatShape.BEANIE else 0.9)
    if garment.hat is HatShape.BRIMMED:
        height += 0.020 * size
    colour, second = linear(garment.colour), linear(garment.second_colour or garment.colour)
    power = {HatShape.BRIMMED: 0.42, HatShape.BEANIE: 0.85, HatShape.CAP: 0.72, HatShape.DEERSTALKER: 0.75}[garment.hat]
    made = [_mesh("hat-crown", *_dome(middle, radii, height, power), colour, Finish.CLOTH)]
    band = 0.018 * size if garment.hat is not HatShape.BEANIE else 0.042 * size
    thick = 0.0022 * size if garment.hat is not HatShape.BEANIE else 0.007 * size
    band_colour = second if garment.second_colour else colour * 0.7
    made.append(_mesh("hat-band", *_band(middle, radii + thick, band, height, power), band_colour, Finish.CLOTH))
    brim = _brim_width(garment.hat)
    if brim is not None:
        points, faces = _brim(middle, radii, brim * size, 0.30 if garment.hat is not HatShape.BRIMMED else 0.12)
        made.append(_mesh("hat-brim", points, faces, colour * 0.92, Finish.CLOTH))
    if garment.hat is HatShape.DEERSTALKER:
        made += _flaps(middle, radii, height, colour * 0.85, size)
    return made


def _ring(count: int = 72) -> NDArray[np.float64]:
    """Angles about the head from the front, closed by wrapping."""
    return np.linspace(-np.pi, np.pi, count, endpoint=False)


def _wrapped(rows: int, columns: int) -> Ints:
    index = np.arange(rows * columns).reshape(rows, columns)
    following = np.roll(index, -1, axis=1)
    quads = np.stack([index[:-1], following[:-1], following[1:], index[1:]], axis=-1).reshape(-1, 4)
    return triangles(quads)


def _shell_rows(middle: Points, radii: Points, rises: NDArray[np.float64], shrink: NDArray[np.float64]) -> Points:
    angle = _ring()
    x = radii[0] * shrink[:, None] * np.sin(angle)
    y = -radii[1] * shrink[:, None] * np.cos(angle)
    z = np.broadcast_to(rises[:, None], x.shape)
    return np.asarray(middle + np.stack([x, y, z], axis=2)).reshape(-1, 3)


def _dome(middle: Points, radii: Points, height: float, power: float) -> tuple[Points, Ints]:
    up = np.linspace(0, np.pi / 2, 22)
    shrink = np.maximum(np.cos(up) ** power, 1e-3)
    return _shell_rows(middle, radii, height * np.sin(up), shrink), _wrapped(len(up), 72)


def _band(middle: Points, radii: Points, depth: float, height: float, power: float) -> tuple[Points, Ints]:
    rises = np.array([-0.002, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0]) * np.array([1, depth, depth, depth, depth, depth, depth])
    up = np.arcsin(np.clip(rises / height, 0, 1))
    shrink = np.cos(up) ** power
    shrink[0] *= 0.97
    shrink[-1] *= 0.96
    return _shell_rows(middle, radii, rises, shrink), _wrapped(len(rises), 72)


def _brim_width(shape: HatShape) -> NDArray[np.float64] | None:
    """Brim width (72,) in adult metres around the head from the front; None for hats without one."""
    facing = np.cos(_ring())
    if shape is HatShape.CAP:
        return np.asarray(0.066 * np.clip(facing - 0.30, 0, 1) ** 0.55)
    if shape is HatShape.DEERSTALKER:
        return np.asarray(0.058 * np.clip(np.abs(facing) - 0.25, 0, 1) ** 0.7)
    if shape is HatShape.BRIMMED:
        return np.full(72, 0.062) + 0.006 * facing
    return None


def _brim(middle: Points, radii: Points, width: NDArray[np.float64], droop: float) -> tuple[Points, Ints]:
    angle = _ring()
    rows = []
    share = np.array([0.0, 0.25, 0.5, 0.75, 0.97, 1.0, 1.0, 0.97, 0.5, 0.0])
    under = np.array([0, 0, 0, 0, 0, 0.0015, 0.003, 0.004, 0.004, 0.004])
    for out, down in zip(share, under, strict=True):
        reach = width * out
        sag = droop * reach * (0.4 + 0.6 * out) + 0.10 * reach * np.sin(angle) ** 2
        rows.append(
            np.stack(
                [
                    (radii[0] + reach) * np.sin(angle),
                    -(radii[1] + reach) * np.cos(angle),
                    0.003 - sag - down,
                ],
                axis=1,
            )
        )
    return np.asarray(middle + np.stack(rows)).reshape(-1, 3), _wrapped(len(rows), len(angle))


def _flaps(middle: Points, radii: Points, height: float, colour: NDArray[np.float64], size: float) -> list[Mesh]:
    """Ear flaps turned up against the crown and tied on top."""
    made = []
    for sign in (-1.0, 1.0):
        up, across = np.meshgrid(np.linspace(0.02, 1.0, 12), np.linspace(-1, 1, 13), indexing="ij")
        lift = np.pi / 2 * up
        spread = 0.62 * (1 - 0.75 * up) * across
        shrink = np.cos(lift) ** 0.75 + 0.004
        points = np.stack(
            [
                sign * (radii[0] + 0.006 * size) * shrink * np.cos(spread),
                (radii[1] + 0.006 * size) * (shrink * np.sin(spread)),
                (height + 0.006 * size) * np.sin(lift),
            ],
            axis=2,
        )
        index = np.arange(12 * 13).reshape(12, 13)
        quads = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=-1).reshape(-1, 4)
        faces = triangles(quads if sign > 0 else quads[:, ::-1])
        made.append(
            _mesh(
                f"hat-flap-{'left' if sign > 0 else 'right'}",
                middle + points.reshape(-1, 3),
                faces,
                colour,
                Finish.CLOTH,
            )
        )
    angle = np.linspace(0, 2 * np.pi, 17)
    for sign in (-1.0, 1.0):
        bow = np.stack(
            [
                sign * (0.016 + 0.014 * np.cos(angle)) * size,
                0.010 * np.sin(angle) * size,
                np.full(17, height + 0.008 * size),
            ],
            axis=1,
        )
        points, faces = tubes((middle + bow)[None], np.full((1, 17), 0.0035 * size), 1.0, 8)
        made.append(_mesh(f"hat-bow-{sign:+.0f}", points, faces, colour * 0.6, Finish.CLOTH))
    return made
