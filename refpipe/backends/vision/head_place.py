"""Where the head lies in a found silhouette, for thirds and headroom.

Belongs here: the head's top and centre in a mask. Does not: where it should be.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BELOW_NOSE = 0.35
"""How far below the nose a head goes on, as a share of what is above it."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadPlace:
    """``headroom``: space above the head, a share of the height; ``x``: the head's middle, a share of the width."""

    headroom: float
    x: float | None


def head_height(mask: Mask, keypoints_json: bytes | None, picture_height_px: int) -> float | None:
    """Height of the expected head, as a share of the picture's height; None where none is in the picture.

    ``mask`` is the expected one: from its top to the nose, and a little more.
    """
    if keypoints_json is None or not mask.any():
        return None
    points = {each["name"]: each for each in json.loads(keypoints_json)["keypoints"]}
    nose = points.get("nose")
    if nose is None or not nose["in_picture"]:
        return None
    top = float(np.argmax(mask.any(axis=1))) / mask.shape[0]
    above = float(nose["y_px"]) / picture_height_px - top
    return (1 + _BELOW_NOSE) * above if above > 0.01 else None


def head_place(mask: Mask, height_share: float | None) -> HeadPlace:
    """The head in a found mask (h, w) that is not empty; its middle is None where its height is not known."""
    height, width = mask.shape
    top = int(np.argmax(mask.any(axis=1)))
    if height_share is None:
        return HeadPlace(headroom=top / height, x=None)
    rows = mask[top : top + max(round(height_share * height), 2)]
    columns = np.arange(width)
    filled = rows[rows.any(axis=1)]
    left = np.where(filled, columns, width).min(axis=1)
    right = np.where(filled, columns, -1).max(axis=1)
    # the widest part of a head is its middle; what hangs down at one side counts less
    widths = (right - left + 1).astype(np.float64)
    middle = float(((left + right + 1) / 2 * widths).sum() / widths.sum())
    return HeadPlace(headroom=top / height, x=middle / width)
