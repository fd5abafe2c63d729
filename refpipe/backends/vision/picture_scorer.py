"""Scores of one picture without any model: implements domain.ports.ImageScorer.

Belongs here: the order of measuring, what cannot be measured and why, the scales of technical and composition. Does
not: the measurements.

The subject is found in the picture; the guide only says what was expected. Lines are compared with the guide placed as
the subject was found, so that a picture that is only framed wrongly is not blamed for its view; one that is too poor
to compare lines in is not blamed for them either.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.pictures.kept_copies import KeptCopies
from refpipe.backends.vision.head_place import HeadPlace, head_height, head_place
from refpipe.backends.vision.image_quality import QualityMeasures, measure_quality, quality_parts
from refpipe.backends.vision.inner_lines import Field, agreement, field_of_guide, field_of_picture
from refpipe.backends.vision.silhouettes import Placing, place
from refpipe.backends.vision.subject_mask import FoundSubject, NoSubject, find_subject, working_copy
from refpipe.domain.camera import THIRDS_TOLERANCE, Headroom, Thirds
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.quality import (
    OBJECTION,
    CompositionParts,
    Expected,
    QualityParts,
    Scored,
    TechnicalParts,
    ramp,
)

REVISION = "4"
"""Raise it whenever the same picture and guide give other scores."""

_LEAST_CONFIDENCE = 0.9
_NO_LINES = 0.2
"""Below this agreement nothing of what was expected is seen."""
_SURE_LINES = 0.55
_LIKELY_LINES, _CLEARLY = 0.48, 0.1
_LIKELY_IN_PLACE, _WHOLE = 0.40, 0.92
"""An outline in its place that overlaps less than the second, in a picture whose lines agree to the first, was not
found whole. On the development part 13 of 216 good photographs hang on it, all in pale clothes, agreeing to 0.49 to
0.74 (three more, to 0.41 to 0.48, failed before); of 393 pictures of a wrong view or framing it excuses 4, of cameras
10° to 15° elsewhere, which agree to 0.49 to 0.61.
"""
_GROSS_MOVE, _GROSS_SCALE = 0.15, 0.55
"""An outline found so far off (share of the height, doublings) contradicts inner lines that agree so well: on the
development part, good pictures agree to 0.68 in the median, those really moved or scaled as far to 0.5 at most.
"""
_PURE_NOISE = (8.0, 35.0)
"""Grain between these hides what may be there; above, there is nothing but noise."""
_INSIDE_PX = 4
_LEAST_SIDE_PX, _MOST_SIDE_PX = 32, 8192

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class _Sight:
    """One picture with what was found in it and what was expected, at the working copy's size."""

    subject: FoundSubject | NoSubject
    field: Field
    """Directions of the picture's lines."""
    expected_mask: Mask | None
    expected_edges: NDArray[np.uint8] | None

    def placing(self) -> Placing | None:
        """Where the subject was found, beside where it was expected; None without either."""
        if self.expected_mask is None or isinstance(self.subject, NoSubject):
            return None
        return place(self.subject.mask, self.expected_mask)

    def lines(self, placing: Placing | None = None) -> float | None:
        """Agreement of the inner lines, with the guide placed as the subject was found; None without a guide."""
        if placing is None or placing.is_as_expected:
            return self._lines_in_place
        if self.expected_mask is None or self.expected_edges is None:
            return None
        mask = _placed(self.expected_mask.astype(np.uint8), placing) > 0
        return agreement(self.field, field_of_guide(_placed(self.expected_edges, placing), mask.shape), _inside(mask))

    @cached_property
    def _lines_in_place(self) -> float | None:
        if self.expected_mask is None or self.expected_edges is None:
            return None
        guide = field_of_guide(self.expected_edges, self.expected_mask.shape)
        return agreement(self.field, guide, _inside(self.expected_mask))


class PictureScorer:
    """See the port ``ImageScorer``. The same bytes and guide always give the same scores.

    Small copies of what it decodes go to ``copies``, for those who show the picture after it.
    """

    def __init__(self, copies: KeptCopies | None = None) -> None:
        self._copies = copies

    @property
    def name(self) -> str:
        return f"pixels@{REVISION}"

    def score(self, picture: bytes, expected: Expected) -> Scored:
        """See ``ImageScorer``. Raises RefusedInputError where the bytes are no picture."""
        rgb = _decoded(picture)
        if self._copies is not None:
            self._copies.keep(picture, rgb)
        notes: list[str] = []
        sight = _look(rgb, expected, notes)
        placing = sight.placing()
        found = _trusted(sight, placing, notes)
        full = None if found is None else _at_size(found.mask, rgb.shape[:2])
        due = None if sight.expected_mask is None else _at_size(sight.expected_mask, rgb.shape[:2])
        measures = measure_quality(rgb, full, expected.size, expected=due)
        quality = quality_parts(measures)
        if isinstance(sight.subject, NoSubject):
            notes.append(f"the subject could not be found in the picture: {sight.subject.why}")
        technical = _technical(sight, found, placing, quality, measures, notes)
        composition = _composition(sight, found, expected, notes)
        return Scored(
            quality=quality, technical=technical, composition=composition, scorer=self.name, notes=tuple(notes)
        )


def _decoded(picture: bytes) -> NDArray[np.uint8]:
    """8-bit RGB (H, W, 3), upright; 16 bits are scaled, transparency is laid aside."""
    import cv2

    _check_header(picture)
    read = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    if read is None:
        raise RefusedInputError("is damaged or cut short", field="picture")
    return np.asarray(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), np.uint8)


def _check_header(picture: bytes) -> None:
    """Refuses other formats and sizes before anything large is decoded."""
    import PIL.Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
            with PIL.Image.open(BytesIO(picture), formats=("PNG", "JPEG", "WEBP")) as image:
                width, height = image.size
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError, PIL.Image.DecompressionBombError):
        raise RefusedInputError("is no PNG, JPEG or WebP picture", field="picture") from None
    if min(width, height) < _LEAST_SIDE_PX or max(width, height) > _MOST_SIDE_PX:
        raise RefusedInputError(
            f"is {width}x{height}; sides of {_LEAST_SIDE_PX} to {_MOST_SIDE_PX} pixels are measured", field="picture"
        )


def _look(rgb: NDArray[np.uint8], expected: Expected, notes: list[str]) -> _Sight:
    small = working_copy(rgb)
    shape = small.shape[:2]
    outline = _guide(expected.mask_png, "mask", notes)
    inner = _guide(expected.edges_png, "edges", notes)
    mask = None if outline is None else _at_size(outline > 127, shape)
    subject = find_subject(small)
    if isinstance(subject, FoundSubject) and subject.confidence < _LEAST_CONFIDENCE:
        subject = NoSubject(why="its border is not clear against the backdrop", is_plain=False)
    return _Sight(subject=subject, field=field_of_picture(small), expected_mask=mask, expected_edges=inner)


def _guide(png: bytes | None, what: str, notes: list[str]) -> NDArray[np.uint8] | None:
    import cv2

    if png is None:
        return None
    read = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE) if png else None
    if read is None:
        notes.append(f"the guide's {what} could not be read")
        return None
    return np.asarray(read, np.uint8)


def _at_size(mask: Mask, shape: tuple[int, ...]) -> Mask:
    import cv2

    shrinks = shape[0] < mask.shape[0]
    flags = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(mask.astype(np.float32), shape[1::-1], interpolation=flags) > 0.5)


def _inside(mask: Mask) -> Mask:
    import cv2

    square = np.ones((2 * _INSIDE_PX + 1, 2 * _INSIDE_PX + 1), np.uint8)
    return np.asarray(cv2.erode(mask.astype(np.uint8), square, borderValue=1) > 0)


def _trusted(sight: _Sight, placing: Placing | None, notes: list[str]) -> FoundSubject | None:
    """The subject as it was found; None where the picture's inner lines lie just where the shot has them and the
    found outline does not: then hair or clothes of the backdrop's colour were cut off, and the outline tells nothing.
    """
    found = sight.subject if isinstance(sight.subject, FoundSubject) else None
    lines = sight.lines()
    if found is None or placing is None or lines is None or not _contradicts(sight, found, placing, lines):
        return found
    notes.append("the subject's outline could not be found: parts of it have the backdrop's colour")
    return None


def _contradicts(sight: _Sight, found: FoundSubject, placing: Placing, lines: float) -> bool:
    """Whether the outline cannot be the subject's, going by its inner lines as they agree in place."""
    if placing.move > _GROSS_MOVE or abs(float(np.log2(placing.scale))) > _GROSS_SCALE:
        # of what really moved the lines agree better once the move is undone
        undone = sight.lines(placing) or 0.0
        return lines >= _SURE_LINES or (lines >= _LIKELY_LINES and lines > undone + _CLEARLY)
    expected = sight.expected_mask
    if expected is None or not placing.is_as_expected or placing.overlap >= _WHOLE:
        return False
    # in its place, its lines as expected, but more of it missing than too much: a shirt as pale as the backdrop
    missing, too_much = (expected & ~found.mask).sum(), (found.mask & ~expected).sum()
    return bool(missing > too_much and lines >= _LIKELY_IN_PLACE)


def _technical(
    sight: _Sight,
    found: FoundSubject | None,
    placing: Placing | None,
    quality: QualityParts,
    measures: QualityMeasures,
    notes: list[str],
) -> TechnicalParts:
    if found is None:
        return TechnicalParts(presence=_presence(sight, measures), lines=_lines(sight, None, quality, notes))
    if placing is None:
        notes.append("there is no guide to compare the camera with")
        return TechnicalParts(presence=100.0)
    return TechnicalParts(
        presence=100.0,
        place=ramp(placing.move, faultless=0.015, limit=0.045, worst=0.2),
        scale=ramp(abs(float(np.log2(placing.scale))), faultless=0.07, limit=0.17, worst=0.8),
        outline=ramp(placing.aligned_overlap, faultless=0.92, limit=0.79, worst=0.5),
        lines=_lines(sight, placing, quality, notes),
    )


def _presence(sight: _Sight, measures: QualityMeasures) -> float | None:
    """0 where there is certainly no subject, None where that cannot be said."""
    lines = sight.lines()
    if lines is not None and lines >= _NO_LINES:
        return None
    low, high = _PURE_NOISE
    if measures.grain is not None and low < measures.grain < high:
        return None
    is_plain = isinstance(sight.subject, NoSubject) and sight.subject.is_plain
    return 0.0 if is_plain or lines is not None else None


def _lines(sight: _Sight, placing: Placing | None, quality: QualityParts, notes: list[str]) -> float | None:
    if sight.expected_edges is None:
        return None
    if min(quality.measured().values()) < OBJECTION:
        notes.append("the lines inside were not compared: the picture is too poor for it")
        return None
    agreed = sight.lines(placing)
    return None if agreed is None else ramp(agreed, faultless=0.55, limit=0.36, worst=0.1)


def _placed(guide: NDArray[np.uint8], placing: Placing) -> NDArray[np.uint8]:
    """A guide (H, W) moved and scaled as the subject was found."""
    import cv2

    height, width = guide.shape
    middle, scale = np.array([width / 2, height / 2]), placing.scale
    matrix = np.array([[scale, 0, 0], [0, scale, 0]], np.float64)
    matrix[:, 2] = (1 - scale) * middle + np.array([placing.right, placing.down]) * height
    return np.asarray(cv2.warpAffine(guide, matrix, (width, height), flags=cv2.INTER_LINEAR), np.uint8)


def _composition(sight: _Sight, found: FoundSubject | None, expected: Expected, notes: list[str]) -> CompositionParts:
    if found is None or expected.thirds is None or expected.headroom is None:
        return CompositionParts()
    of_guide = sight.expected_mask
    height = None if of_guide is None else head_height(of_guide, expected.keypoints_json, expected.size.height_px)
    head = head_place(found.mask, height)
    if head.x is None:
        notes.append("the head's place across was not measured: there is no guide that tells its size")
    return CompositionParts(thirds=_thirds(head, expected.thirds), headroom=_headroom(head, expected.headroom))


def _thirds(head: HeadPlace, thirds: Thirds) -> float | None:
    """100 within the specified 6 % of the line and as much again for hair, which hides the skull's middle."""
    if head.x is None:
        return None
    return ramp(abs(head.x - thirds.line), faultless=2 * THIRDS_TOLERANCE, limit=3 * THIRDS_TOLERANCE, worst=0.4)


def _headroom(head: HeadPlace, headroom: Headroom) -> float:
    """100 within the band and half a percent around it; a head that touches the border has none."""
    low, high = headroom.band
    if head.headroom > high:
        return ramp(head.headroom - high, faultless=0.005, limit=0.05, worst=0.25)
    return ramp(low - head.headroom, faultless=0.005, limit=low * 0.75, worst=low * 1.1)
