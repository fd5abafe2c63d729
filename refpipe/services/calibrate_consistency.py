"""Calibrate a feature model on pairs of pictures that a person has labelled.

Belongs here: features of each picture once, cosines of the pairs, what was left out and why. Does not: the split
(domain.labelled_pictures), the fit (domain.calibrating), files.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from refpipe.domain.calibrating import LabelledPair, calibrate
from refpipe.domain.consistency import Calibration
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.labelled_pictures import PicturePair, held_out
from refpipe.domain.ports.vision import FeatureExtractor
from refpipe.domain.vectors import Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """A calibration, and what became of the pairs: ``used`` of them; ``between`` joined characters of either side;
    ``unreadable`` pictures by name, each with why.
    """

    calibration: Calibration
    used: int
    between: int
    unreadable: Mapping[str, str]


def calibrate_consistency(
    pairs: Sequence[PicturePair], *, extractor: FeatureExtractor, read: Callable[[str], bytes], fitted_on: str
) -> Calibrated:
    """The calibration of the extractor's model on these pairs; ``read`` gives a picture's bytes by its name.

    A picture that cannot be read (``read`` raises RefusedInputError, or it is no picture) costs its own pairs only.
    """
    vectors, unreadable = _vectors(pairs, extractor, read)
    told: list[LabelledPair] = []
    between = 0
    for pair, is_out in zip(pairs, held_out(pairs), strict=True):
        if is_out is None:
            between += 1
        elif pair.one in vectors and pair.other in vectors:
            cosine = float(vectors[pair.one] @ vectors[pair.other])
            told.append(LabelledPair(pair.view, pair.kind, cosine, is_out))
    calibration = calibrate(told, extractor.model, fitted_on=fitted_on)
    return Calibrated(calibration=calibration, used=len(told), between=between, unreadable=unreadable)


def _vectors(
    pairs: Sequence[PicturePair], extractor: FeatureExtractor, read: Callable[[str], bytes]
) -> tuple[dict[str, Vector], dict[str, str]]:
    names = dict.fromkeys(name for pair in pairs for name in (pair.one, pair.other))
    unreadable: dict[str, str] = {}
    given: deque[str] = deque()

    def pictures() -> Iterator[bytes]:
        for name in names:
            try:
                picture = read(name)
            except RefusedInputError as error:
                unreadable[name] = error.reason
                continue
            given.append(name)
            yield picture

    vectors: dict[str, Vector] = {}
    for answer in extractor.features(pictures()):
        name = given.popleft()
        if isinstance(answer, RefusedInputError):
            unreadable[name] = answer.reason
        else:
            vectors[name] = answer
    return vectors, unreadable
