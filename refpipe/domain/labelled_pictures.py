"""Pairs of pictures of one's own, labelled by a person, and which side of a calibration each stands on.

Belongs here: a pair as a value, the split. Does not: reading files, cosines, fits (calibrating).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from refpipe.domain.camera import ViewBin
from refpipe.domain.consistency import PairKind


@dataclass(frozen=True, slots=True)
class PicturePair:
    """Two pictures by name, the view of the one that is not the master, and what the two show."""

    one: str
    other: str
    view: ViewBin
    kind: PairKind


def held_out(pairs: Sequence[PicturePair]) -> list[bool | None]:
    """Whether each pair is held out; None: it joins a character of either side, and stands on none.

    No character is on both sides: whoever a pair calls the same is one character. Every second character is held out,
    in an order that follows from the pictures' names alone.
    """
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        leader.setdefault(name, name)
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for pair in pairs:
        first, second = sorted((find(pair.one), find(pair.other)))
        if pair.kind is PairKind.SAME:
            leader[second] = first
    characters = sorted({find(name) for name in leader}, key=lambda name: hashlib.sha256(name.encode()).digest())
    is_out = {name: bool(place % 2) for place, name in enumerate(characters)}
    sides = [(is_out[find(pair.one)], is_out[find(pair.other)]) for pair in pairs]
    return [one if one == other else None for one, other in sides]
