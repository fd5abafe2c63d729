"""Batches from which the identity model learns who is who.

Belongs here: which pictures meet in a batch, and under which names. Does not: the network, its loss.

Each family brings two of its members with a front picture and others each, so that the same body in other clothes and
the same clothes on another body are told apart from the start. Where a glove or a mark tells left from right, the
second may be the first as in a mirror; where none does, mirrored pictures are the same person. Half the families
are dyed: the colours of all their pictures change alike, which makes other people of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from refpipe.backends.model_pack.people import HAIR_COLOURS, SKINS, Person
from refpipe.backends.model_pack.picture_cache import Picture
from refpipe.domain.camera import ViewBin
from refpipe.domain.characters import HairStyle, Side

if TYPE_CHECKING:
    from torch import Tensor

PICTURES_EACH = 3
_MIRRORED_SHARE, _DYED_SHARE = 0.35, 0.5
_DYES = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
TRAITS = {
    "hair_style": [style.value for style in HairStyle],
    "hair": list(HAIR_COLOURS),
    "skin": list(SKINS),
    "age": ["child", "teenage", "young", "middle-aged", "elderly"],
    "gender": ["feminine", "androgynous", "masculine"],
}
DYED_TRAITS = frozenset({"hair", "skin"})
UNKNOWN = -100
"""A trait that the picture does not have any more, or that cannot be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Numbers of pictures (n,), whether each is mirrored, its order of colours (n, 3), its person's label and
    traits (n, traits), in the order of TRAITS."""

    numbers: Tensor
    is_flipped: Tensor
    dyes: Tensor
    labels: Tensor
    traits: Tensor


def tells_left_from_right(person: Person) -> bool:
    sides = [garment.side for garment in person.outfit.garments] + [mark.side for mark in person.physical.marks]
    return any(side is not Side.MIDDLE for side in sides)


class IdentityBatches:
    """Draws batches of pictures. The same seed draws the same batches."""

    def __init__(self, pictures: Sequence[Picture], *, families: int, seed: int) -> None:
        self._pictures = pictures
        self._families = families
        self._draw = np.random.default_rng(seed)
        self._members: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, picture in enumerate(pictures):
            self._members[picture.person.family][picture.person.member].append(number)
        self._usable = [key for key, members in self._members.items() if len(members) >= 2]

    def next(self) -> Batch:
        import torch

        chosen = self._draw.choice(self._usable, min(self._families, len(self._usable)), replace=False)
        rows = [row for label, key in enumerate(chosen.tolist()) for row in self._of_family(key, 2 * label)]
        numbers, flips, dyes, labels = zip(*rows, strict=True)
        dye = torch.tensor(dyes)
        return Batch(
            numbers=torch.tensor(numbers),
            is_flipped=torch.tensor(flips),
            dyes=dye,
            labels=torch.tensor(labels),
            traits=torch.tensor([self._traits(n, d == _DYES[0]) for n, d in zip(numbers, dyes, strict=True)]),
        )

    def _of_family(self, key: int, label: int) -> list[tuple[int, bool, tuple[int, ...], int]]:
        members = self._members[key]
        first, second = (str(name) for name in self._draw.permutation(list(members))[:2])
        dye = _DYES[int(self._draw.integers(1, len(_DYES)))] if self._draw.random() < _DYED_SHARE else _DYES[0]
        is_sided = tells_left_from_right(self._pictures[members[first][0]].person)
        turns: list[tuple[str, bool | None]] = [(first, None), (second, None)]
        if is_sided and self._draw.random() < _MIRRORED_SHARE:
            turns = [(first, False), (first, True)]
        return [
            (number, self._is_flipped(number, mirrored), dye, label + place)
            for place, (name, mirrored) in enumerate(turns)
            for number in self._some(members[name])
        ]

    def _is_flipped(self, number: int, mirrored: bool | None) -> bool:
        if mirrored is not None:
            return mirrored
        person = self._pictures[number].person
        if tells_left_from_right(person) or person.physical.hair.style is HairStyle.SIDE_PART:
            return False
        return bool(self._draw.random() < 0.5)

    def _some(self, numbers: list[int]) -> list[int]:
        """A front picture first, others after it."""
        fronts = [number for number in numbers if self._pictures[number].view_bin is ViewBin.FRONT]
        front = int(self._draw.choice(fronts or numbers))
        rest = [number for number in numbers if number != front]
        if not rest:
            return [front]
        more = self._draw.choice(rest, min(PICTURES_EACH - 1, len(rest)), replace=False)
        return [front, *(int(number) for number in more)]

    def _traits(self, number: int, is_undyed: bool) -> list[int]:
        picture = self._pictures[number]
        person = picture.person
        if picture.is_headless:
            return [UNKNOWN] * len(TRAITS)
        values = person.words | {
            "hair_style": person.physical.hair.style.value,
            "gender": person.physical.gender_presentation.value,
        }
        is_bald = person.physical.hair.style is HairStyle.BALD
        return [
            UNKNOWN
            if (trait in DYED_TRAITS and not is_undyed) or (trait == "hair" and is_bald)
            else names.index(values[trait])
            for trait, names in TRAITS.items()
        ]
