"""What passes between the figure's maker and the photographer: meshes and landmarks.

Belongs here: plain arrays in world axes (see domain.camera: +x the subject's own left, −y the way
the subject faces, z up; metres). Does not: how a figure is made or how it is lit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from refpipe.domain.camera import Crop

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

COCO_KEYPOINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip",
    "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
"""COCO-17 in its own order; left and right are the subject's own."""


class Finish(StrEnum):
    """How a surface answers light; the studio turns it into a material."""

    SKIN = "skin"
    CLOTH = "cloth"
    LEATHER = "leather"
    HAIR = "hair"
    EYE = "eye"
    METAL = "metal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """A triangle mesh, smooth-shaded by its normals.

    ``vertices`` and ``normals`` (N, 3); ``faces`` (M, 3), counter-clockwise from outside; ``colours`` (N, 3)
    linear reflectance 0–1. With a ``tile`` (H, W, 3, 8-bit sRGB, repeated) and ``uv`` (N, 2) the tile gives
    the colour instead.
    """

    name: str
    vertices: Floats
    faces: Ints
    normals: Floats
    colours: Floats
    finish: Finish
    uv: Floats | None = None
    tile: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmarks:
    """Where the posed figure's parts are, metres, before the eyes are turned.

    ``keypoints`` (17, 3) in COCO order. ``eyes`` is the point midway between the pupils, ``head_centre``
    the middle of the skull. ``crop_centres`` is what a camera orbits and looks at, per crop.
    ``skull`` (K, 3): points around the head without loose hair, hat or ears' outline.
    ``head`` (K, 3): points of all that is seen above the neck, hair and hat included.
    ``body`` (K, 3): points around all that is seen; ``hands`` (K, 3): around what a hands crop shows.
    """

    height_m: float
    keypoints: Floats
    eyes: Floats
    head_centre: Floats
    crop_centres: dict[Crop, Floats]
    skull: Floats
    head: Floats
    body: Floats
    hands: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A posed and dressed figure, turned by the subject's yaw, feet on z = 0."""

    meshes: tuple[Mesh, ...]
    landmarks: Landmarks
