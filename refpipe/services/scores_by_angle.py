"""A set's scores by the angle from which the character is seen, for a table that is taken in at a glance.

Belongs here: which pictures stand in a row, what is said of a row. Does not: how a table is drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from refpipe.domain.camera import ViewBin
from refpipe.domain.shots import parse_slug
from refpipe.services.image_documents import ImageDocument

SCORES = ("quality", "consistency", "technical", "composition")
_SIDED = (ViewBin.THREE_QUARTER, ViewBin.PROFILE)
_ORDER = (ViewBin.FRONT, *_SIDED, ViewBin.BACK, ViewBin.DETAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Mean and lowest of the measured scores, 0–100."""

    mean: float
    lowest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AngleScores:
    """The shots of one view: scores of their pictures (None: of none measured), and how many stand how.

    ``side``: the character's own side that is seen, empty where the view has none.
    """

    view: ViewBin
    side: str
    scores: Mapping[str, Spread | None]
    statuses: Mapping[str, int]


def scores_by_angle(images: Iterable[ImageDocument]) -> list[AngleScores]:
    """A row for each view that the shots have, from the front round to the back; hands last."""
    rows: dict[tuple[ViewBin, str], list[ImageDocument]] = {}
    for image in images:
        rows.setdefault(_angle(image), []).append(image)
    return [
        AngleScores(
            view=view,
            side=side,
            scores={name: _spread(shown, name) for name in SCORES},
            statuses=Counter(image.status for image in shown),
        )
        for (view, side), shown in sorted(rows.items(), key=lambda row: (_ORDER.index(row[0][0]), row[0][1]))
    ]


def _angle(image: ImageDocument) -> tuple[ViewBin, str]:
    view = ViewBin(image.view_bin)
    slug = parse_slug(image.shot)
    if slug is None or view not in _SIDED:
        return view, ""
    # a negative view shows the character's own left
    return view, "left" if slug.view_deg < 0 else "right"


def _spread(images: Sequence[ImageDocument], name: str) -> Spread | None:
    measured = [value for value in (getattr(image, name) for image in images) if value is not None]
    return Spread(mean=sum(measured) / len(measured), lowest=min(measured)) if measured else None
