"""The face: brows, beards, scars and moles laid on the skin.

Belongs here: thin sheets that follow the face. Does not: the skin's colours (skin), eyes, head hair.
Left and right are the subject's own; metres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.anatomy import Anatomy
from refpipe.backends.previs.colour import linear
from refpipe.backends.previs.scalp import Head
from refpipe.backends.previs.scene import Finish, Ints, Mesh
from refpipe.backends.previs.surface import Sparse, Surface, cut, normals_of, triangles
from refpipe.domain.characters import FacialHair, GenderPresentation, Mark, MarkKind, MarkPlace, Physical, Side

Points = NDArray[np.float64]
Values = NDArray[np.float64]

MARK_PLACES = {  # (x, z) from the middle between the eyes, adult metres, on the subject's own left
    MarkPlace.FOREHEAD: (0.022, 0.048),
    MarkPlace.BROW: (0.040, 0.024),
    MarkPlace.CHEEK: (0.040, -0.036),
    MarkPlace.NOSE: (0.010, -0.030),
    MarkPlace.CHIN: (0.014, -0.092),
    MarkPlace.NECK: (0.030, -0.150),
}
MARK_TONES = {
    MarkKind.BIRTHMARK: np.array([0.60, 0.36, 0.34]),
    MarkKind.SCAR: np.array([1.05, 0.62, 0.58]),
    MarkKind.MOLE: np.array([0.22, 0.15, 0.12]),
}


@dataclass(frozen=True, slots=True)
class Patch:
    """A small sheet laid on the skin: it follows the face by a sparse operator over the skin's points."""

    name: str
    on_skin: Sparse
    faces: Ints
    rise: Values
    colour: NDArray[np.float64]
    finish: Finish

    def posed(self, skin: Points, normals: Points) -> Mesh:
        """The patch on a posed skin (N, 3) with its normals."""
        points = self.on_skin @ skin + (self.on_skin @ normals) * self.rise[:, None]
        return Mesh(
            name=self.name,
            vertices=points.astype(np.float32),
            faces=self.faces,
            normals=normals_of(points, self.faces).astype(np.float32),
            colours=np.broadcast_to(self.colour, points.shape).astype(np.float32),
            finish=self.finish,
        )


def face_patches(head: Head, physical: Physical, eye_x: float) -> list[Patch]:
    """Brows, scars and moles laid on the face at rest. ``eye_x`` is half the distance between the eyes, metres."""
    patches = _brows(head, physical, eye_x / 0.031)
    base = linear(physical.skin)
    for index, mark in enumerate(physical.marks):
        if mark.place not in MARK_PLACES or mark.kind not in (MarkKind.SCAR, MarkKind.MOLE):
            continue
        sign = mark_sign(mark)
        across, up = MARK_PLACES[mark.place]
        centre = np.array([sign * across, up]) * head.size
        share = np.linspace(-1, 1, 9)
        if mark.kind is MarkKind.SCAR:
            tilt = np.array([0.35 * (sign or 1.0), -1.0]) * 0.5 * 0.030 * mark.size * head.size
            line = centre + share[:, None] * tilt
            width = 0.0062 * mark.size * head.size * np.sqrt(np.clip(1.02 - share**2, 0, 1))
            tone = base * MARK_TONES[mark.kind] * np.array([1, 0.8, 0.8]) + 0.05
            patches.append(_strip(head, line, width, 0.0007, f"mark-{index}", tone, Finish.SKIN))
        else:
            radius = 0.0026 * mark.size * head.size
            line = centre + share[:, None] * np.array([0.0, radius])
            width = 2 * radius * np.sqrt(np.clip(1.02 - share**2, 0, 1))
            tone = base * MARK_TONES[mark.kind]
            patches.append(_strip(head, line, width, 0.0012, f"mark-{index}", tone, Finish.SKIN))
    return patches


def _brows(head: Head, physical: Physical, scale: float) -> list[Patch]:
    strong = {
        GenderPresentation.FEMININE: 0.75,
        GenderPresentation.ANDROGYNOUS: 0.95,
        GenderPresentation.MASCULINE: 1.2,
    }
    thick = 0.0076 * strong[physical.gender_presentation]
    arch = 0.0055 if physical.gender_presentation is GenderPresentation.FEMININE else 0.0025
    share = np.linspace(0, 1, 15)
    x = np.interp(share, [0, 1], [0.0125, 0.0560])
    z = np.interp(share, [0, 0.62, 1], [0.0215, 0.0245 + arch, 0.0185 + 0.4 * arch])
    z = np.convolve(np.pad(z, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    width = thick * np.interp(share, [0, 0.12, 0.55, 1], [0.55, 1.0, 0.85, 0.12])
    tone = 0.65 * linear(physical.hair.colour) * 0.7 + 0.16 * linear(physical.skin)
    if physical.age_years >= 60:
        tone = linear(physical.hair.colour) * 0.75
    return [
        _strip(
            head, np.stack([sign * x, z], axis=1) * scale, width * scale, 0.0016 * scale, f"brow-{side}", tone,
            Finish.HAIR,
        )
        for side, sign in (("left", 1.0), ("right", -1.0))
    ]  # fmt: skip


def _strip(head: Head, line: Points, width: Values, rise: float, name: str, colour: Points, finish: Finish) -> Patch:
    """A tapered band along a line (K, 2) on the face, ``width`` (K,) metres wide, raised in its middle."""
    along = np.gradient(line, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    ribs = np.linspace(-0.5, 0.5, 5)
    flat = (line[:, None] + across[:, None] * (width[:, None] * ribs[None])[..., None]).reshape(-1, 2)
    grid = np.arange(len(flat)).reshape(len(line), 5)
    quads = np.stack([grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], axis=-1).reshape(-1, 4)
    operator, faces = lay_on_face(head, flat), triangles(quads)
    laid = operator @ head.points
    if normals_of(laid, faces)[:, 1].mean() > 0:
        faces = faces[:, [0, 2, 1]]
    height = np.tile(rise * (1 - (2 * ribs) ** 2) + 0.0003, len(line))
    return Patch(name, operator, faces, height, colour, finish)


def lay_on_face(head: Head, flat: Points) -> Sparse:
    """Rows that carry points (K, 2), given as (x, z) from between the eyes, onto the front of the face."""
    from scipy import sparse

    faces = head.skin.faces
    corners = head.points[faces]
    front = (corners[:, :, 1].max(1) < head.middle[1] + 0.01) & (
        np.abs(corners[:, 0, 2] - head.eye_z) < 0.20 * head.size
    )
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 1] < 0
    chosen = faces[front & facing]
    a, b, c = (head.points[chosen[:, i]][:, [0, 2]] for i in range(3))
    target = flat + np.array([0.0, head.eye_z])
    rows, columns, shares = [], [], []
    low, high = target.min(0) - 0.02, target.max(0) + 0.02
    near = ((a > low) & (a < high)).all(1)
    chosen, a, b, c = chosen[near], a[near], b[near], c[near]
    depth = head.points[chosen].mean(1)[:, 1]
    for k, point in enumerate(target):
        det = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
        det = np.where(np.abs(det) < 1e-12, 1e-12, det)
        u = ((point[0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (point[1] - a[:, 1])) / det
        v = ((b[:, 0] - a[:, 0]) * (point[1] - a[:, 1]) - (point[0] - a[:, 0]) * (b[:, 1] - a[:, 1])) / det
        outside = np.maximum(np.maximum(-u, -v), u + v - 1)
        best = int(np.argmin(np.where(outside <= 1e-9, depth, 10 + outside)))
        rows += [k] * 3
        columns += chosen[best].tolist()
        shares += [1 - u[best] - v[best], u[best], v[best]]
    return sparse.csr_matrix((shares, (rows, columns)), (len(flat), len(head.points)))


def mark_sign(mark: Mark) -> float:
    return {Side.LEFT: 1.0, Side.RIGHT: -1.0, Side.MIDDLE: 0.0}[mark.side]


def beard_field(head: Head, lips: Values) -> Values:
    """How far inside the beard's area each skin point lies, metres."""
    x, y, z = head.points.T
    size = head.size
    from_eyes = (head.eye_z - z) / size
    back = (y - head.middle[1]) / size
    side = np.interp(np.abs(x) / size, [0, 0.022, 0.045, 0.066], [0.070, 0.058, 0.046, 0.006])
    upper = from_eyes - side
    throat = 0.118 + 0.10 * np.clip(-back, -0.05, 0.1) - from_eyes
    ear = 0.012 - back
    field = np.minimum(np.minimum(upper, throat), ear) * size
    return np.asarray(np.minimum(field, (0.30 - lips) * 0.03))


def beard(body: Anatomy, head: Head, physical: Physical) -> Patch | None:
    """A trimmed beard or moustache raised off the skin; None without one."""
    kind = physical.hair.facial_hair
    if kind not in (FacialHair.BEARD, FacialHair.MOUSTACHE):
        return None
    from scipy import sparse

    lips = lips_of(body, head)
    field = beard_field(head, lips)
    if kind is FacialHair.MOUSTACHE:
        x, _, z = head.points.T
        from_eyes = (head.eye_z - z) / head.size
        under_nose = np.minimum(
            from_eyes - 0.047, 0.068 + 0.22 * np.clip(np.abs(x) / head.size - 0.012, 0, 1) - from_eyes
        )
        width = 0.029 - np.abs(x) / head.size
        field = np.minimum(np.minimum(under_nose, width) * head.size, (0.30 - lips) * 0.03)
        field = np.where(head.points[:, 1] < head.middle[1], field, -1)
    identity = Surface(sparse.identity(len(head.points), format="csr"), head.skin.faces)
    piece = cut(identity, field)
    depth = (0.009 if kind is FacialHair.BEARD else 0.006) * head.size
    inside = np.clip(piece.at(field) / (0.012 * head.size), 0, 1)
    at = piece.at(head.points)
    grain = 0.5 + 0.5 * np.sin(at @ np.array([1400.0, 300.0, 260.0]) + 2 * np.sin(at[:, 2] * 500))
    rise = 0.0006 + depth * np.sqrt(inside) * (0.78 + 0.22 * grain)
    return Patch(
        f"hair-{kind.value}", piece.operator, piece.faces, rise, linear(physical.hair.colour) * 0.8, Finish.HAIR
    )


def lips_of(body: Anatomy, head: Head) -> Values:
    """How much each skin point belongs to the lips, 0–1."""
    return np.asarray(np.clip(head.skin.operator @ body.lips * 1.6 - 0.12, 0, 1))
