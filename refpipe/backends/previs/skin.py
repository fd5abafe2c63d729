"""The skin's colours: lips, warmth, stubble and the marks that stain it.

Belongs here: colour per point of the skin. Does not: what is laid on the skin (face).
Left and right are the subject's own; metres.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.anatomy import Anatomy
from refpipe.backends.previs.colour import linear
from refpipe.backends.previs.face import MARK_PLACES, MARK_TONES, beard_field, lay_on_face, lips_of, mark_sign
from refpipe.backends.previs.scalp import Head
from refpipe.domain.characters import FacialHair, GenderPresentation, Mark, MarkKind, MarkPlace, Physical

Points = NDArray[np.float64]
Values = NDArray[np.float64]


def skin_colours(body: Anatomy, head: Head, physical: Physical) -> NDArray[np.float64]:
    """Linear reflectance (N, 3) of the skin's points: lips, warm cheeks and nose, stubble, freckles, birthmarks."""
    operator = head.skin.operator
    base = linear(physical.skin)
    colours = np.tile(base, (len(head.points), 1))
    feminine = physical.gender_presentation is GenderPresentation.FEMININE
    warm = np.clip(operator @ (0.7 * body.cheeks + 0.55 * body.nose), 0, 1)
    colours = _blend(colours, base * np.array([1.08, 0.80, 0.76]), 0.55 * warm)
    lips = lips_of(body, head)
    lip_tone = base * np.array([0.88, 0.46, 0.46]) if feminine else base * np.array([0.86, 0.58, 0.56])
    colours = _blend(colours, lip_tone, 0.85 * lips)
    if physical.hair.facial_hair is FacialHair.STUBBLE:
        colours = _blend(colours, linear(physical.hair.colour) * 0.8, 0.33 * _soft(beard_field(head, lips), 0.006))
    for mark in physical.marks:
        colours = _stain(colours, body, head, mark, base)
    return np.clip(colours, 0, 1)


def _blend(colours: Points, other: NDArray[np.float64], share: Values) -> Points:
    return np.asarray(colours * (1 - share[:, None]) + other * share[:, None])


def _soft(field: Values, width: float) -> Values:
    return np.clip(0.5 + field / (2 * width), 0, 1)


def _stain(colours: Points, body: Anatomy, head: Head, mark: Mark, base: NDArray[np.float64]) -> Points:
    """Marks that are a change of the skin's colour: freckles, birthmarks, and all marks on the hands."""
    if mark.kind is MarkKind.FRECKLES:
        mask = np.clip(head.skin.operator @ (body.cheeks + 0.8 * body.nose) * 1.4, 0, 1)
        grain = np.random.default_rng(11).random(len(colours)) < 0.16
        return _blend(colours, base * np.array([0.62, 0.42, 0.32]), 0.55 * mask * grain)
    if mark.kind is not MarkKind.BIRTHMARK and mark.place is not MarkPlace.HAND:
        return colours
    radius = {MarkKind.BIRTHMARK: 0.011, MarkKind.SCAR: 0.006, MarkKind.MOLE: 0.003}[mark.kind] * mark.size
    away = np.linalg.norm(head.points - _spot(body, head, mark), axis=1)
    away = away + 0.002 * np.sin(head.points @ np.array([700.0, 500.0, 900.0]))
    return _blend(colours, base * MARK_TONES[mark.kind], 0.75 * _soft(radius - away, 0.003))


def _spot(body: Anatomy, head: Head, mark: Mark) -> Points:
    """The mark's place on the skin at rest: a point of the face or neck, or the back of a hand."""
    sign = mark_sign(mark)
    if mark.place is MarkPlace.HAND:
        side = "R" if sign < 0 else "L"
        weight = np.asarray(head.skin.operator @ body.weight_of(f"metacarpal2.{side}", f"metacarpal3.{side}"))
        back = np.where(weight > 0.5, head.points[:, 2], -np.inf)  # at rest the backs of the hands look up
        return np.asarray(head.points[int(np.argmax(back))])
    across, up = MARK_PLACES[mark.place]
    laid = lay_on_face(head, np.array([[sign * across, up]]) * head.size) @ head.points
    return np.asarray(laid[0], np.float64)
