"""How garments are cut: for each kind, how far inside the cut a point of the body's shell lies, and its ease.

Belongs here: the tailor's rules, as fields over a body's measures. Does not: meshes (wardrobe). A field
is positive inside, in metres; a garment is cut exactly on its zero line, so that its borders are clean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.measures import Measures
from refpipe.domain.characters import Garment, GarmentKind, Side

Values = NDArray[np.float64]
Field = Callable[[Measures], Values]

_FAR = 1.0
"""A value that no cut comes near, metres."""

TOPS = (
    GarmentKind.T_SHIRT, GarmentKind.SHIRT, GarmentKind.JUMPER, GarmentKind.VEST, GarmentKind.JACKET,
    GarmentKind.COAT, GarmentKind.DRESS,
)  # fmt: skip
_OPEN_FRONTS = (GarmentKind.JACKET, GarmentKind.COAT, GarmentKind.VEST)
_EASE_M = {
    GarmentKind.T_SHIRT: 0.007, GarmentKind.SHIRT: 0.010, GarmentKind.JUMPER: 0.014, GarmentKind.VEST: 0.014,
    GarmentKind.JACKET: 0.019, GarmentKind.COAT: 0.024, GarmentKind.DRESS: 0.007, GarmentKind.TROUSERS: 0.008,
    GarmentKind.SHORTS: 0.010, GarmentKind.SKIRT: 0.006, GarmentKind.GLOVES: 0.0022, GarmentKind.BELT: 0.016,
}  # fmt: skip
"""How far a garment stands off the body shell, before it is loosened."""
_SLEEVE = {
    GarmentKind.T_SHIRT: 0.62, GarmentKind.SHIRT: 1.92, GarmentKind.JUMPER: 1.90, GarmentKind.VEST: -0.10,
    GarmentKind.JACKET: 1.88, GarmentKind.COAT: 1.90, GarmentKind.DRESS: 0.42,
}  # fmt: skip
"""Where the sleeve ends along the arm: 1 the elbow, 2 the wrist."""


def cuts_of(garment: Garment) -> list[tuple[str, Field]]:
    """The shells that a garment is cut from, each with its field; none for accessories."""
    kind = garment.kind
    cuts: dict[GarmentKind, list[tuple[str, Field]]] = {
        GarmentKind.SKIRT: [("helper-skirt", _skirt(garment)), ("helper-tights", _waistband(0.05))],
        GarmentKind.TROUSERS: [("helper-tights", _legs(garment))],
        GarmentKind.SHORTS: [("helper-tights", _legs(garment))],
        GarmentKind.GLOVES: [("body", _glove(garment))],
        GarmentKind.BELT: [("helper-tights", _belt())],
    }
    if kind in TOPS:
        skirted = kind in (GarmentKind.DRESS, GarmentKind.COAT)
        return [("helper-tights", _top(garment)), *([("helper-skirt", _skirt(garment))] if skirted else [])]
    return cuts.get(kind, [])


def _top(garment: Garment) -> Field:
    kind = garment.kind

    def inside(at: Measures) -> Values:
        levels = at.levels
        scale = levels.stature / 1.75
        reach = levels.hip - 0.015 * scale if kind is not GarmentKind.JUMPER else levels.hip + 0.01 * scale
        if kind is GarmentKind.VEST:
            reach = levels.hip + 0.035 * scale
        if kind is GarmentKind.DRESS:
            reach = levels.waist - 0.06 * scale
        elif kind in (GarmentKind.JACKET, GarmentKind.COAT):
            reach = levels.hip - 0.07 * scale
        if kind not in (GarmentKind.DRESS, GarmentKind.COAT):
            reach = levels.shoulder - (levels.shoulder - reach) * (0.55 + 0.45 * garment.length)
        hem_line = np.where(at.arm > 0.5, _FAR, at.z - reach)
        end = _SLEEVE[kind] * (garment.length if kind is GarmentKind.T_SHIRT else 1.0)
        sleeve = np.where(at.arm > 0.30, (end - at.along_arm) * 0.26 * scale, _FAR)
        field = np.minimum(np.minimum(hem_line, sleeve), _neckline(kind, at))
        if kind in _OPEN_FRONTS:
            field = np.minimum(field, _front_opening(kind, at))
        elif kind is GarmentKind.SHIRT:
            field = np.minimum(field, _vee(at, depth=0.055 * scale, slope=0.62))
        return np.asarray(field)

    return inside


def _neckline(kind: GarmentKind, at: Measures) -> Values:
    """Outside around the neck. A shirt's collar stands on the neck; all others lie around it, deeper in front."""
    levels = at.levels
    scale = levels.stature / 1.75
    if kind is GarmentKind.SHIRT:
        return np.asarray(levels.neck + 0.026 * scale + 0.30 * (at.y - levels.neck_y) - at.z)
    wide = {GarmentKind.T_SHIRT: 1.32, GarmentKind.JUMPER: 1.20, GarmentKind.DRESS: 1.85, GarmentKind.VEST: 1.40}
    # a ball about the neck's base meets shoulders and chest steeply, so that the line stays clean
    away = np.sqrt(at.x**2 + (at.y - levels.neck_y) ** 2 + (0.85 * (at.z - levels.neck + 0.008 * scale)) ** 2)
    return np.minimum(away - levels.neck_radius * wide.get(kind, 1.22), levels.neck + 0.032 * scale - at.z)


def _vee(at: Measures, depth: float, slope: float) -> Values:
    """Outside within a V below the throat, on the front only."""
    low = at.levels.neck - depth
    opening = slope * (at.z - low)
    front = at.y < at.levels.stature * -0.02
    return np.where(front, np.abs(at.x) - opening, _FAR)


def _front_opening(kind: GarmentKind, at: Measures) -> Values:
    """An open front: a deep V above the button, falling slightly apart below it."""
    levels = at.levels
    button = levels.waist + 0.05 * levels.stature
    above = 0.30 * (at.z - button)
    below = 0.16 * (button - at.z)
    gap = np.where(at.z > button, above, below) + (0.004 if kind is not GarmentKind.COAT else 0.002)
    front = at.y < -0.005 * levels.stature
    return np.where(front & (at.arm < 0.5), np.abs(at.x) - gap, _FAR)


def _skirt(garment: Garment) -> Field:
    def inside(at: Measures) -> Values:
        levels = at.levels
        full = {GarmentKind.COAT: 0.62, GarmentKind.DRESS: 0.60, GarmentKind.SKIRT: 0.62}[garment.kind]
        reach = levels.waist - (levels.waist - levels.ankle) * min(full * garment.length, 0.97)
        field = at.z - reach
        if garment.kind is GarmentKind.COAT:
            field = np.minimum(field, _front_opening(garment.kind, at))
            field = np.minimum(field, levels.hip - 0.03 * levels.stature - at.z + 0.02)
        field = np.minimum(field, np.where(at.arm > 0.3, -_FAR, levels.waist + 0.03 - at.z))
        return np.asarray(field)

    return inside


def _waistband(depth: float) -> Field:
    def inside(at: Measures) -> Values:
        waist = at.levels.waist
        return np.where(at.arm > 0.3, -_FAR, np.minimum(waist + 0.01 - at.z, at.z - waist + depth))

    return inside


def _legs(garment: Garment) -> Field:
    def inside(at: Measures) -> Values:
        levels = at.levels
        full = 0.985 if garment.kind is GarmentKind.TROUSERS else 0.40
        reach = levels.crotch - (levels.crotch - levels.ankle + 0.012) * min(full * garment.length, 1.0)
        return np.where(at.arm > 0.3, -_FAR, np.minimum(levels.waist - at.z, at.z - reach))

    return inside


def _glove(garment: Garment) -> Field:
    def inside(at: Measures) -> Values:
        field = np.where(at.arm > 0.5, (at.along_arm - 1.84) * 0.25, -_FAR)
        if garment.side is Side.LEFT:
            field = np.minimum(field, at.x)
        elif garment.side is Side.RIGHT:
            field = np.minimum(field, -at.x)
        return np.asarray(field)

    return inside


def _belt() -> Field:
    def inside(at: Measures) -> Values:
        half = 0.0115 * at.levels.stature
        return np.where(at.arm > 0.3, -_FAR, half - np.abs(at.z - at.levels.waist + 0.8 * half))

    return inside


@dataclass(frozen=True, slots=True)
class Trim:
    """A band of the garment's own cloth laid over it: collar, lapel, ribbing, cuff.

    ``inside`` cuts it out of the garment's cut top, so that it may be narrower than the shell's triangles.
    """

    name: str
    inside: Field
    raised: float
    shade: float


def _within(edge: Field, width: float) -> Field:
    """The strip within ``width`` adult metres of an edge."""

    def inside(at: Measures) -> Values:
        return np.asarray(width * at.levels.stature / 1.75 - edge(at))

    return inside


def trims_of(garment: Garment) -> list[Trim]:
    kind = garment.kind
    if kind not in TOPS:
        return []

    def neck(at: Measures) -> Values:
        return _neckline(kind, at)

    def cuff(at: Measures) -> Values:
        return np.where(at.arm > 0.5, (_SLEEVE[kind] - at.along_arm) * 0.26 * at.levels.stature / 1.75, _FAR)

    if kind is GarmentKind.SHIRT:
        return [Trim("collar", _within(neck, 0.034), 0.006, 1.0)]
    if kind is GarmentKind.T_SHIRT:
        return [Trim("rib", _within(neck, 0.014), 0.0015, 0.90)]
    if kind is GarmentKind.JUMPER:
        return [
            Trim("rib", _within(neck, 0.022), 0.0025, 0.86),
            Trim("cuff", _within(cuff, 0.055), 0.0020, 0.86),
        ]
    if kind in (GarmentKind.JACKET, GarmentKind.COAT):

        def lapel(at: Measures) -> Values:
            opening = np.minimum(_front_opening(kind, at), _neckline(kind, at))
            button = at.levels.waist + 0.05 * at.levels.stature
            return np.where(at.z > button, opening + 0.55 * np.clip(button + 0.07 - at.z, 0, 1), _FAR)

        return [Trim("lapel", _within(lapel, 0.042), 0.006, 0.82)]
    return []


def ease_of(garment: Garment, layer: int, at: Measures) -> Values:
    kind, levels = garment.kind, at.levels
    scale = levels.stature / 1.75
    ease = np.full(len(at.z), _EASE_M[kind] * scale)
    if kind is GarmentKind.TROUSERS:
        # snug at the waist, then straight: more room down the leg, where the calf falls away
        share = np.clip((levels.crotch + 0.10 - at.z) / max(levels.crotch + 0.10 - levels.ankle, 1e-3), 0, 1)
        ease = ease * (0.45 + 1.2 * share + 1.0 * share**3)
    elif kind in TOPS:
        cuff = np.clip((at.along_arm - 0.2) / 1.6, 0, 1) * (at.arm > 0.5)
        below = np.clip((levels.waist - at.z) / 0.2, 0, 1) * (at.arm < 0.5)
        # cloth lies on the shoulders and hangs from them
        lying = np.clip((at.z - levels.chest) / (levels.shoulder - levels.chest), 0, 1) * (at.along_arm < 0.5)
        collar = np.clip((at.z - levels.shoulder - 0.02 * scale) / (0.05 * scale), 0, 1)
        ease = ease * (1 - 0.10 * cuff + 0.30 * below - 0.45 * lying - 0.20 * collar)
    return ease + 0.0012 * layer


def cloth_coordinates(at: Measures) -> Values:
    """(N, 2) in metres of cloth: round the body from the front's middle (seam at the back), and up; along sleeves."""
    scale = at.levels.stature / 1.75
    angle = np.arctan2(np.abs(at.x), -(at.y + 0.01 * scale)) * np.where(at.x < 0, -1, 1)
    return np.stack([angle * 0.145 * scale, at.z], axis=1)
