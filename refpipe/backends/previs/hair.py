"""Hair: a close cap cut along the hairline, and locks along combed paths.

Belongs here: the meshes of head hair. Does not: how styles are combed (combing), brows, lashes and beards
(face). Built on the head at rest, then carried by it; metres.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.colour import linear
from refpipe.backends.previs.combing import STYLES, Style, bun, comb_locks, ponytail
from refpipe.backends.previs.scalp import Head
from refpipe.backends.previs.scene import Finish, Ints, Mesh
from refpipe.backends.previs.surface import Surface, cut, normals_of, tubes
from refpipe.domain.characters import Hair, HairStyle

Points = NDArray[np.float64]


def build_hair(head: Head, hair: Hair, *, under_hat: bool, seed: int) -> list[Mesh]:
    """The hair's meshes on the head at rest; none for a bald head. ``under_hat`` keeps it close to the skull."""
    if hair.style is HairStyle.BALD:
        return []
    style = STYLES[hair.style]
    dice = np.random.default_rng(seed)
    meshes = [_cap(head, style, hair.colour, under_hat=under_hat)]
    if style.locks:
        paths = comb_locks(head, hair.style, style, dice, under_hat=under_hat)
        meshes.append(_locks(paths, style, head.size, hair.colour, dice))
    if hair.style is HairStyle.PONYTAIL:
        meshes.append(_locks(ponytail(head, dice), style, head.size, hair.colour, dice, name="tail", fat=1.5))
    if hair.style is HairStyle.BUN:
        meshes.append(_locks(bun(head, dice), style, head.size, hair.colour, dice, name="bun", fat=1.5))
    return meshes


def _cap(head: Head, style: Style, colour: str, *, under_hat: bool) -> Mesh:
    from scipy import sparse

    identity = Surface(sparse.identity(len(head.points), format="csr"), head.skin.faces)
    piece = cut(identity, head.field)
    thick = min(style.cap_m, 0.004) if under_hat else style.cap_m
    rise = np.clip(head.field / (0.020 * head.size), 0.10, 1)
    raised = head.points + head.normals * (thick * head.size * rise)[:, None]
    points = piece.at(raised)
    normals = normals_of(points, piece.faces)
    return _hair_mesh("cap", points, piece.faces, normals, np.full(len(points), 0.72), colour)


def _locks(
    paths: Points, style: Style, size: float, colour: str, dice: np.random.Generator, *, name: str = "locks",
    fat: float = 1.0,
) -> Mesh:  # fmt: skip
    share = np.linspace(0, 1, paths.shape[1])
    shape = (
        ([0, 0.12, 0.85, 0.95, 1], [0.55, 1.0, 0.95, 0.7, 0.1])
        if style.curl_m
        else ([0, 0.12, 0.6, 1], [0.55, 1, 0.92, 0.12])
    )
    taper = np.interp(share, *shape)
    radii = style.radius_m * size * fat * taper[None] * dice.uniform(0.75, 1.25, (len(paths), 1))
    points, faces = tubes(paths, radii, style.flatness, 6)
    shade = np.clip(
        dice.normal(1.0, 0.13, (len(paths), 1)) * np.interp(share, [0, 0.4, 1], [0.78, 1.0, 1.10]), 0.5, 1.5
    )
    return _hair_mesh(name, points, faces, normals_of(points, faces), np.repeat(shade.ravel(), 6), colour)


def _hair_mesh(
    name: str, points: Points, faces: Ints, normals: Points, shade: NDArray[np.float64], colour: str
) -> Mesh:
    return Mesh(
        name=f"hair-{name}",
        vertices=points.astype(np.float32),
        faces=faces,
        normals=normals.astype(np.float32),
        colours=np.clip(linear(colour) * shade[:, None], 0, 1).astype(np.float32),
        finish=Finish.HAIR,
    )
