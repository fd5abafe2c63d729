"""How many directions the pictures around a query spread in: whether a graph can be trusted to have found them all.

Belongs here: the estimate, and what it is compared with. Does not: searching (vector_search).

A graph leads to what is near where "near" means something: where a query has neighbours that stand out, the number of
pictures grows slowly with the distance (few dimensions). Where it has none, as a text about something that no picture
shows, hundreds of pictures are nearly as far away as the nearest ones, in all directions (many dimensions); then the
graph's path ends at any of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

TRUSTED_DIMENSION = 40.0
"""Up to here the first 64 that a graph gave (m 16, ef_construction 64) held .997 or more of the 10 nearest in every
library that was tried: of 15,000 to 100,000 pictures, clustered, spread evenly, and with spectra that fall as fast as
those of text–image models or slower. Above it the share went down to .3."""
_LEAST_SQUARE = 1e-6
"""Of a distance: half precision tells no smaller ones from none."""


def local_dimension(cosines: Sequence[float]) -> float:
    """Dimensions that the neighbourhood spreads in, from the cosines of the nearest, best first; infinite where all
    are equally far.

    The maximum likelihood estimate from distances r to the k nearest, −1 / mean of ln(rᵢ / r_k) (Hill's estimator;
    Levina and Bickel 2004; Amsaleg and others 2015). Between vectors of length 1, r² = 2 − 2 cos.
    """
    furthest = max(1.0 - cosines[-1], _LEAST_SQUARE)
    logs = sum(math.log(max(1.0 - cosine, _LEAST_SQUARE) / furthest) for cosine in cosines[:-1])
    return -2.0 * (len(cosines) - 1) / logs if logs < 0 else math.inf
