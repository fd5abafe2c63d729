"""How well a picture is made, whatever it shows: measured in its pixels, no reference and no model.

Belongs here: the measurements and the scale on which each becomes a part of 0–100. Does not: finding the subject,
the camera's truth.

The scales were set on the development part of the judged pictures (``refpipe_tests/judged/quality``): 70 where a
person would first object, 100 where good photographs lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.vision.edge_width import edge_sigma_px
from refpipe.domain.generation import Size
from refpipe.domain.quality import QualityParts, ramp

_BLOCK_PX = 16
_JPEG_PX = 8
_SALT_STEP = 36
_CALM_RANGE = 24

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityMeasures:
    """What was measured. Levels are of 255; shares 0–1; None where it could not be measured.

    ``edge_sigma_px``: blur of the subject's sharper edges. ``grain``: noise in calm areas. ``salt``: share of
    lone pixels. ``block_step``: mean step at the borders of a grid of 8 pixels beyond that elsewhere.
    ``burnt`` and ``drowned``: share of the subject without drawing at the light and the dark end.
    ``lights``: level that the lightest fiftieth of the whole picture reaches; ``range``: levels between the whole
    picture's darkest and lightest fiftieth. ``size_share``: side over the side needed.
    """

    edge_sigma_px: float | None
    grain: float | None
    salt: float | None
    block_step: float
    burnt: float
    drowned: float
    lights: float
    range: float
    size_share: float


def measure_quality(
    rgb: NDArray[np.uint8], subject: Mask | None, needed: Size, *, expected: Mask | None = None
) -> QualityMeasures:
    """Measure one picture (H, W, 3); ``subject`` (H, W) is None where it was not found: the whole picture counts.

    ``expected`` (H, W) is where the shot has the subject: its burnt parts look like a burnt backdrop and are not found.
    """
    import cv2

    grey_levels = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    grey = grey_levels.astype(np.float32)
    strongest = cv2.max(cv2.max(rgb[..., 0], rgb[..., 1]), rgb[..., 2])
    looked_at = strongest if subject is None else strongest[subject]
    lit = looked_at if expected is None else strongest[expected if subject is None else subject | expected]
    # of the whole picture: dark hair over a dark coat is no lack of contrast
    dark, light = _levels_at(grey_levels, (0.02, 0.98))
    height, width = grey.shape
    return QualityMeasures(
        edge_sigma_px=edge_sigma_px(grey, subject),
        grain=_grain(grey),
        salt=_salt(grey_levels),
        block_step=_block_step(grey),
        burnt=float((lit >= 253).mean()) if lit.size else 0.0,
        drowned=float((looked_at <= 6).mean()),
        lights=float(light),
        range=float(light - dark),
        size_share=min(width / needed.width_px, height / needed.height_px),
    )


def quality_parts(measures: QualityMeasures) -> QualityParts:
    """The measurements as parts of 0–100: a part is the worse of two where two things tell of it."""
    m = measures
    blur, grain, salt = m.edge_sigma_px, m.grain, m.salt
    noises = [
        *([] if grain is None else [ramp(grain, faultless=1.4, limit=3.2, worst=20.0)]),
        *([] if salt is None else [ramp(salt, faultless=0.0005, limit=0.0014, worst=0.02)]),
    ]
    return QualityParts(
        sharpness=None if blur is None else ramp(blur, faultless=0.8, limit=1.15, worst=3.0),
        highlights=ramp(m.burnt, faultless=0.03, limit=0.11, worst=0.45),
        shadows=min(
            ramp(m.lights, faultless=145, limit=118, worst=40), ramp(m.drowned, faultless=0.12, limit=0.3, worst=0.8)
        ),
        contrast=ramp(m.range, faultless=118, limit=88, worst=20),
        noise=min(noises, default=None),
        blockiness=ramp(m.block_step, faultless=0.35, limit=0.9, worst=4.0),
        resolution=ramp(m.size_share, faultless=1.0, limit=0.9, worst=0.4),
    )


def _levels_at(levels: NDArray[np.uint8], shares: Sequence[float]) -> list[float]:
    """The levels below which so much of the picture lies, between two of them in proportion; counted, not sorted."""
    import cv2

    below = np.cumsum(cv2.calcHist([levels], [0], None, [256], (0, 256)).ravel().astype(np.int64))
    found = []
    for share in shares:
        place = share * (levels.size - 1)
        first = int(place)
        low, high = (int(np.searchsorted(below, at, side="right")) for at in (first, min(first + 1, levels.size - 1)))
        found.append(low + (high - low) * (place - first))
    return found


def _grain(grey: Floats) -> float | None:
    """Sigma of the noise where the picture is calm (Immerkær's operator by blocks, their calmest fifth)."""
    import cv2

    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    rough = np.abs(cv2.filter2D(grey, cv2.CV_32F, kernel))
    height, width = (side - side % _BLOCK_PX for side in grey.shape)
    if not height or not width:
        return None
    size = (width // _BLOCK_PX, height // _BLOCK_PX)
    blocks = cv2.resize(rough[:height, :width], size, interpolation=cv2.INTER_AREA)
    level = cv2.resize(grey[:height, :width], size, interpolation=cv2.INTER_AREA)
    # at the ends of the scale noise is cut off and would look calm
    told = blocks[(level > 8) & (level < 246)]
    if told.size < 8:
        return None
    return float(np.percentile(told, 20) * np.sqrt(np.pi / 2) / 6)


def _salt(levels: NDArray[np.uint8]) -> float | None:
    """Share of pixels that stand alone against calm surroundings."""
    import cv2

    median = cv2.medianBlur(levels, 3)
    square = np.ones((5, 5), np.uint8)
    calm = (cv2.dilate(median, square).astype(np.int16) - cv2.erode(median, square)) < _CALM_RANGE
    if calm.mean() < 0.05:
        return None
    return float((cv2.absdiff(levels, median)[calm] > _SALT_STEP).mean())


def _block_step(grey: Floats) -> float:
    """The greater of both directions; wherever the grid begins."""
    return max(_grid_step(grey), _grid_step(np.ascontiguousarray(grey.T)))


def _grid_step(grey: Floats) -> float:
    import cv2

    steps = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    # a step counts as far as it exceeds its neighbours': drawing has slopes, a block's border has none beside it
    lone = cv2.subtract(steps[:, 1:-1], cv2.max(steps[:, :-2], steps[:, 2:]))
    means = cv2.reduce(np.clip(lone, 0, 12, out=lone), 0, cv2.REDUCE_AVG).ravel()
    phases = np.array([means[phase::_JPEG_PX].mean() for phase in range(_JPEG_PX)])
    return float(phases.max() - np.median(phases))
