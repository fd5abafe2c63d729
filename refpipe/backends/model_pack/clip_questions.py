"""Questions in words from which the pack's CLIP learns single things: which crop, which view, whose hair, which colour.

Belongs here: the wording of each answer, drawn anew for each batch, and which answer is right for which picture. Does
not: losses, whole captions (captions).

Whole captions teach what goes with a picture in all; of a single thing, as one searches for it, they teach little. What
training never shows is no answer either, so that nothing is learnt about what is kept back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from refpipe.backends.model_pack.asset_dice import COLOURS
from refpipe.backends.model_pack.captions import (
    CROPS,
    EXPRESSIONS,
    GARMENTS,
    HAIR,
    PEOPLE,
    VIEWS,
    seen_garments,
)
from refpipe.backends.model_pack.people import HAIR_COLOURS, HELD_GARMENTS, HELD_HAIR, is_kept_back
from refpipe.backends.model_pack.picture_cache import Picture
from refpipe.domain.camera import Crop, ViewBin
from refpipe.domain.characters import GarmentKind, HairStyle

UNSEEN = -100
"""The picture shows no answer."""
_ASKED_GARMENTS = tuple(kind for kind in GARMENTS if kind not in HELD_GARMENTS and kind is not GarmentKind.BELT)


@dataclass(frozen=True, slots=True)
class Question:
    """One wording of each answer, and for each picture the number of the right one or UNSEEN."""

    answers: tuple[str, ...]
    right: tuple[int, ...]


def questions(pictures: Sequence[Picture], draw: np.random.Generator) -> list[Question]:
    """All questions of one batch; of garments, the colour of two kinds."""
    hair = dict.fromkeys(HAIR_COLOURS, ("{} hair", "with {} hair", "a person with {} hair"))
    styles = {style: words for style, words in HAIR.items() if style not in HELD_HAIR}
    asked = [
        _question(pictures, draw, {crop: CROPS[crop] for crop in Crop}, lambda one: Crop(one.facts["crop"])),
        _question(pictures, draw, VIEWS, _view),
        _question(pictures, draw, EXPRESSIONS, _expression),
        _question(pictures, draw, {name: [each.format(name) for each in words] for name, words in hair.items()}, _hair),
        _question(
            pictures,
            draw,
            {style: [each.format("").strip() for each in said] for style, said in styles.items()},
            _style,
        ),
        _question(pictures, draw, PEOPLE, _person),
    ]
    for number in draw.permutation(len(_ASKED_GARMENTS))[:2]:
        kind = _ASKED_GARMENTS[int(number)]
        name = GARMENTS[kind][int(draw.integers(len(GARMENTS[kind])))]
        wordings = ("wearing {} {}", "{} {}", "a person in {} {}")
        words = {
            colour: [each.format(colour, name) for each in wordings]
            for colour in COLOURS
            if not is_kept_back(kind, colour)
        }
        asked.append(_question(pictures, draw, words, _colour_of(kind)))
    return [each for each in asked if any(right != UNSEEN for right in each.right)]


def _question(
    pictures: Sequence[Picture],
    draw: np.random.Generator,
    words: Mapping[Any, Sequence[str]],
    answer: Callable[[Picture], object],
) -> Question:
    places = {key: place for place, key in enumerate(words)}
    said = tuple(str(each[int(draw.integers(len(each)))]) for each in words.values())
    return Question(said, tuple(places.get(answer(picture), UNSEEN) for picture in pictures))


def _view(picture: Picture) -> object:
    return None if picture.is_headless else picture.view_bin


def _expression(picture: Picture) -> object:
    shows = picture.facts["crop"] in (Crop.CU, Crop.MCU) and picture.view_bin is not ViewBin.BACK
    return picture.facts["expression"] if shows else None


def _hair(picture: Picture) -> object:
    is_hidden = picture.is_headless or picture.person.physical.hair.style is HairStyle.BALD
    return None if is_hidden else picture.person.words["hair"]


def _style(picture: Picture) -> object:
    return None if picture.is_headless else picture.person.physical.hair.style


def _person(picture: Picture) -> object:
    person = picture.person
    return None if picture.is_headless else (person.words["age"], person.physical.gender_presentation.value)


def _colour_of(kind: GarmentKind) -> Callable[[Picture], object]:
    def colour(picture: Picture) -> object:
        is_worn = kind in {garment.kind for garment in seen_garments(picture.person, picture.facts)}
        return picture.person.words[f"{kind}.colour"] if is_worn else None

    return colour
