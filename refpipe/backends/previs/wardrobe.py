"""Clothes: garments cut from shells around the body, loosened, hemmed and coloured.

Belongs here: how a cut becomes a piece of cloth that follows the body. Does not: the cuts themselves
(cuts), shoes, hats and scarves (accessories).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.anatomy import Anatomy, Posed
from refpipe.backends.previs.colour import TILE_M, cloth_tile, linear
from refpipe.backends.previs.cuts import Field, Trim, cloth_coordinates, cuts_of, ease_of, trims_of
from refpipe.backends.previs.measures import Measures, measure
from refpipe.backends.previs.scene import Finish, Floats, Mesh
from refpipe.backends.previs.surface import Hem, Sparse, Surface, Topology, cut, unit
from refpipe.domain.characters import Garment, GarmentKind, Outfit, Pattern

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Piece:
    """One cut piece of a garment, ready to be posed: it follows the shell that it was cut from."""

    name: str
    shell: Surface
    ease: Values
    loosen: int
    weave: Topology
    cut: Sparse
    hem: Hem
    colour: str
    finish: Finish
    uv: Floats | None
    tile: NDArray[np.uint8] | None
    shade: float
    covers: Values
    """For points of the skin: how far inside the garment they lie, metres (negative outside)."""

    def posed(self, posed: Posed) -> Mesh:
        """The piece as it sits on a posed body."""
        points = self.shell.at(posed.points)
        normals = self.weave.normals(points)
        out = self.weave.relax(points, self.loosen) + normals * self.ease[:, None]
        # loosening pulls cloth into hollows and off ridges; it must never sink below the body's own shell
        sunk = ((out - points) * normals).sum(1)
        out = out + normals * np.maximum(0.35 * self.ease - sunk, 0)[:, None]
        sewn, sewn_normals = self.hem.sewn(self.cut @ out, unit(self.cut @ self.weave.normals(out)), 0.004)
        return Mesh(
            name=self.name,
            vertices=sewn.astype(np.float32),
            faces=self.hem.faces,
            normals=sewn_normals.astype(np.float32),
            colours=np.broadcast_to(self.shade * linear(self.colour), sewn.shape).astype(np.float32),
            finish=self.finish,
            uv=self.uv,
            tile=self.tile,
        )


def dress(body: Anatomy, posed: Posed, outfit: Outfit, skin: Measures) -> list[Piece]:
    """All cut pieces of an outfit, from the skin outwards. ``posed`` gives the shape at rest."""
    pieces: list[Piece] = []
    shells: dict[str, tuple[Surface, Measures, Topology]] = {}

    def shell(part: str) -> tuple[Surface, Measures, Topology]:
        if part not in shells:
            surface = body.surface(part, 1)
            weave = Topology(surface.faces, surface.operator.shape[0])
            shells[part] = surface, measure(body, surface, posed), weave
        return shells[part]

    for layer, garment in enumerate(outfit.garments):
        cuts = cuts_of(garment)
        for part, inside in cuts:
            pieces.extend(_piece(garment, layer, *shell(part), inside, skin))
        for trim in trims_of(garment):
            part, inside = cuts[0]
            pieces.extend(_piece(garment, layer, *shell(part), inside, skin, trim))
    return pieces


def _piece(
    garment: Garment,
    layer: int,
    surface: Surface,
    at: Measures,
    weave: Topology,
    inside: Field,
    skin: Measures,
    trim: Trim | None = None,
) -> list[Piece]:
    field = inside(at)
    if not (field > 0).any():
        return []
    kind = garment.kind
    from scipy import sparse

    identity = Surface(sparse.identity(surface.operator.shape[0], format="csr"), surface.faces)
    whole = cut(identity, field)
    if trim is not None:
        within = whole.at(trim.inside(at))
        if not (within > 0).any():
            return []
        whole = cut(whole, within)
    halves = [whole]
    tile = uv_of = None
    if garment.pattern is not Pattern.PLAIN and garment.second_colour is not None:
        tile = cloth_tile(garment.pattern, garment.colour, garment.second_colour)
        across = whole.at(at.x)
        halves = [cut(whole, across), cut(whole, -across)]
        uv_of = cloth_coordinates(at)
    ease = ease_of(garment, layer, at) + (trim.raised if trim is not None else 0.0)
    return [
        Piece(
            name=f"{kind.value}-{layer}-{trim.name if trim is not None else 'cloth'}-{index}",
            shell=surface,
            ease=ease,
            loosen={GarmentKind.GLOVES: 0, GarmentKind.T_SHIRT: 3, GarmentKind.DRESS: 3}.get(kind, 6),
            weave=weave,
            cut=half.operator,
            hem=Hem.of(half.faces, half.operator.shape[0]),
            colour=garment.colour,
            finish=Finish.LEATHER if kind in (GarmentKind.GLOVES, GarmentKind.BELT) else Finish.CLOTH,
            uv=None if uv_of is None else _sewn_uv(half, uv_of),
            tile=tile,
            shade=trim.shade if trim is not None else 1.0,
            covers=inside(skin),
        )
        for index, half in enumerate(halves)
        if len(half.faces)
    ]


def _sewn_uv(piece: Surface, uv: Values) -> Floats:
    """Cloth coordinates of a cut piece and of its hem, in repeats of the tile."""
    flat = piece.at(uv) / TILE_M
    ring = Hem.of(piece.faces, len(flat)).ring
    return np.concatenate([flat, flat[ring], flat[ring]]).astype(np.float32)
