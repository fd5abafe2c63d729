"""How sure the search may be of its first result: by how far it falls short of the library's best shot for the scene.

Belongs here: reading a fitted calibration. Does not: fitting it (the benchmark ``scene_confidence``).
Source: specification, search.md, R-SRCH-2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCalibration:
    """``points``: points short of the library's best shot → probability that such a result is relevant, falling.

    Between points it is linear. ``version`` changes with every fit.
    """

    version: str
    points: Sequence[tuple[float, float]]

    def confidence(self, short_by: float) -> float:
        """The probability, 0–1."""
        if short_by <= self.points[0][0]:
            return self.points[0][1]
        for (less, surer), (more, unsurer) in pairwise(self.points):
            if short_by <= more:
                return surer + (unsurer - surer) * (short_by - less) / (more - less)
        return self.points[-1][1]
