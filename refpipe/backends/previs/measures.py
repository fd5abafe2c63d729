"""A tailor's measures: where each point of a body lies, in words a garment can be cut by.

Belongs here: coordinates of points at rest (heights, how far along an arm or a leg). Does not: garments.
Lengths in metres at the body's own scale; world axes of domain.camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.previs.anatomy import SKIN_VERTICES, Anatomy, Posed
from refpipe.backends.previs.surface import Surface

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Levels:
    """Heights above the floor at rest."""

    stature: float
    neck: float
    neck_y: float
    neck_radius: float
    shoulder: float
    chest: float
    waist: float
    hip: float
    crotch: float
    knee: float
    ankle: float


@dataclass(frozen=True, slots=True)
class Measures:
    """For each point (N,): its place at rest, how much it belongs to arm, hand, leg or head, how far along the arm.

    ``along_arm`` is 0 at the shoulder joint, 1 at the elbow, 2 at the wrist, more in the hand.
    """

    x: Values
    y: Values
    z: Values
    arm: Values
    hand: Values
    head: Values
    along_arm: Values
    levels: Levels


def levels_of(posed: Posed) -> Levels:
    """The heights of one body at rest."""
    joints = posed.rest_heads
    stature = float(posed.rest[:SKIN_VERTICES, 2].max())
    hip = float(joints["upperleg01.L"][2])
    neck, shoulder = joints["neck01"], float(joints["upperarm01.L"][2])
    skin = posed.rest[:SKIN_VERTICES]
    ring = skin[
        (np.abs(skin[:, 2] - neck[2] - 0.012 * stature) < 0.008 * stature) & (np.abs(skin[:, 0]) < 0.07 * stature)
    ]
    middle_y = 0.5 * float(ring[:, 1].min() + ring[:, 1].max())
    waist = hip + 0.42 * float(joints["spine03"][2] - hip) + 0.035 * stature
    return Levels(
        stature=stature,
        neck=float(neck[2]),
        neck_y=middle_y,
        neck_radius=float(np.median(np.hypot(ring[:, 0], ring[:, 1] - middle_y))),
        shoulder=shoulder,
        chest=float(joints["spine02"][2]),
        waist=waist,
        hip=hip,
        crotch=hip - 0.055 * stature,
        knee=float(joints["lowerleg01.L"][2]),
        ankle=float(joints["foot.L"][2]),
    )


def measure(body: Anatomy, surface: Surface, posed: Posed) -> Measures:
    """The measures of every point of a surface."""
    points = surface.at(posed.rest)
    shares = surface.at(
        np.stack(
            [
                body.weight_of("upperarm", "lowerarm", "wrist", "finger", "metacarpal"),
                body.weight_of("wrist", "finger", "metacarpal"),
                body.weight_of("head", "eye", "neck03"),
            ],
            axis=1,
        )
    )
    return Measures(
        x=points[:, 0],
        y=points[:, 1],
        z=points[:, 2],
        arm=shares[:, 0],
        hand=shares[:, 1],
        head=shares[:, 2],
        along_arm=_along_arm(points, posed),
        levels=levels_of(posed),
    )


def _along_arm(points: Values, posed: Posed) -> Values:
    along = np.empty(len(points))
    for side, mine in (("L", points[:, 0] >= 0), ("R", points[:, 0] < 0)):
        shoulder, elbow, wrist = (posed.rest_heads[f"{bone}.{side}"] for bone in ("upperarm01", "lowerarm01", "wrist"))
        upper, fore = elbow - shoulder, wrist - elbow
        on_upper = (points[mine] - shoulder) @ upper / (upper @ upper)
        on_fore = 1 + (points[mine] - elbow) @ fore / (fore @ fore)
        along[mine] = np.where(on_upper < 1, on_upper, np.maximum(on_fore, 1.0))
    return along
