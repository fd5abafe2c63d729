"""Persons of the model pack's pictures, drawn from a number: families of people who are easily taken for each other.

Belongs here: who there is and what they wear, and what is kept back from training. Does not: how they are
photographed (shoots), what is said of them (captions).

A family has a person (``a``), the same body in other clothes (``build``), another body in the same clothes
(``clothes``) and the person as in a mirror (``mirror``), where a glove or a mark tells left from right. Training
never shows the hair styles, garment kinds and hat shape of HELD_HAIR, HELD_GARMENTS and HELD_HAT, nor a third of the
pairs of garment and colour; every person of another part has some of them, and wears colours of that third only.
"""

from __future__ import annotations

import colorsys
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from refpipe.backends.model_pack.asset_dice import COLOURS
from refpipe.domain.characters import (
    Build,
    FacialHair,
    Garment,
    GarmentKind,
    GenderPresentation,
    Hair,
    HairStyle,
    HatShape,
    Mark,
    MarkKind,
    MarkPlace,
    Outfit,
    Pattern,
    Physical,
    Side,
)

T = TypeVar("T")
PARTS = ("train", "dev", "calibration", "held_out")
MEMBERS = ("a", "build", "clothes", "mirror")
HELD_HAIR = frozenset({HairStyle.BOB, HairStyle.BUZZ})
HELD_GARMENTS = frozenset({GarmentKind.VEST, GarmentKind.SHORTS, GarmentKind.SCARF})
HELD_HAT = HatShape.BRIMMED
KEPT_BACK_ONE_IN = 3
"""Of the pairs of garment kind and colour, those that training never shows."""

HAIR_COLOURS = {
    "black": "#17120f", "dark brown": "#35241a", "brown": "#6a4527", "auburn": "#7d3218", "red": "#b04a22",
    "blond": "#cfa45f", "grey": "#8d8d8b", "white": "#dedad2", "pink": "#d876a0", "blue": "#3557a8",
}  # fmt: skip
SKINS = {
    "pale": "#f4dcc9", "fair": "#eec3a2", "tan": "#d0976f", "olive": "#b98a62", "brown": "#8f5c3d", "dark": "#583726",
}  # fmt: skip
EYES = {"brown": "#4b3320", "blue": "#4a76a8", "green": "#5a7f52", "grey": "#7d858a", "hazel": "#7a5d33"}
DYED = ("pink", "blue")
AGES = {"child": (5, 12), "teenage": (13, 17), "young": (18, 32), "middle-aged": (33, 57), "elderly": (60, 88)}
_AGE_LOTS = (0.10, 0.08, 0.36, 0.26, 0.20)
_TOPS = (GarmentKind.T_SHIRT, GarmentKind.SHIRT, GarmentKind.JUMPER, GarmentKind.VEST)
_BOTTOMS = (GarmentKind.TROUSERS, GarmentKind.TROUSERS, GarmentKind.SKIRT, GarmentKind.SHORTS)
_OVER = (GarmentKind.JACKET, GarmentKind.COAT)
_FEET = (GarmentKind.SHOES, GarmentKind.BOOTS)
_UNPATTERNED = frozenset({*_FEET, GarmentKind.GLOVES, GarmentKind.BELT, GarmentKind.SCARF})
_SIDED = (MarkKind.SCAR, MarkKind.MOLE, MarkKind.BIRTHMARK)
_OPPOSITE = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT, Side.MIDDLE: Side.MIDDLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One who is photographed, with the words for what was drawn. ``words`` name colours; kinds are in the sheet."""

    family: int
    part: str
    member: str
    physical: Physical
    outfit: Outfit
    words: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.part}-{self.family}-{self.member}"


def family(number: int, part: str) -> tuple[Person, ...]:
    """A family's members, the same each time; no ``mirror`` where left and right are alike.

    Raises ValueError for another part than PARTS.
    """
    if part not in PARTS:
        raise ValueError(f"part {part!r} is none of {', '.join(PARTS)}")
    digest = hashlib.sha256(f"model pack/{part}/{number}".encode()).digest()
    draw = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    is_new = part != "train"
    body, body_words = _body(draw, is_new=is_new)
    other, other_words = _body(draw, is_new=is_new, age=body_words["age"], gender=body.gender_presentation)
    worn, worn_words = _clothes(draw, body, is_new=is_new)
    changed, changed_words = _clothes(draw, body, is_new=is_new)
    made = [("a", body, worn, body_words | worn_words), ("build", body, changed, body_words | changed_words)]
    made.append(("clothes", other, worn, other_words | worn_words))
    swapped = _mirrored(body), _mirrored_clothes(worn)
    if swapped != (body, worn):
        made.append(("mirror", *swapped, body_words | worn_words))
    return tuple(
        Person(family=number, part=part, member=member, physical=physical, outfit=outfit, words=words)
        for member, physical, outfit, words in made
    )


def is_kept_back(kind: GarmentKind, colour: str) -> bool:
    """Whether this garment in this colour is left out of training."""
    return zlib.crc32(f"{kind}/{colour}".encode()) % KEPT_BACK_ONE_IN == 0


def _body(
    draw: np.random.Generator, *, is_new: bool, age: str | None = None, gender: GenderPresentation | None = None
) -> tuple[Physical, dict[str, str]]:
    group = age or str(draw.choice(list(AGES), p=_AGE_LOTS))
    years = int(draw.integers(*AGES[group], endpoint=True))
    gender = gender or _pick(draw, (GenderPresentation.FEMININE, GenderPresentation.MASCULINE))
    style = _hair_style(draw, gender, is_new=is_new)
    colours = ["grey", "white", "dark brown"] if group == "elderly" else [*HAIR_COLOURS][:6] * 3 + ["grey", *DYED]
    hair, skin, eyes = _pick(draw, colours), _pick(draw, tuple(SKINS)), _pick(draw, tuple(EYES))
    bearded = gender is GenderPresentation.MASCULINE and years > 17 and draw.random() < 0.45
    physical = Physical(
        age_years=years,
        gender_presentation=gender,
        height_m=_height(draw, years, gender),
        build=_pick(draw, tuple(Build)),
        face=int(draw.integers(1, 99999)),
        hair=Hair(
            style=style,
            colour=_near(draw, HAIR_COLOURS[hair], 0.03),
            facial_hair=_pick(draw, tuple(FacialHair)[1:]) if bearded else FacialHair.NONE,
        ),
        eyes=_near(draw, EYES[eyes], 0.03),
        skin=_near(draw, SKINS[skin], 0.03),
        marks=_marks(draw),
    )
    return physical, {"age": group, "hair": hair, "skin": skin, "eyes": eyes}


def _hair_style(draw: np.random.Generator, gender: GenderPresentation, *, is_new: bool) -> HairStyle:
    if is_new and draw.random() < 0.5:
        return _pick(draw, sorted(HELD_HAIR))
    short = (HairStyle.SHORT, HairStyle.SIDE_PART, HairStyle.CURLY, HairStyle.BALD, HairStyle.LONG, HairStyle.BUN)
    long = (HairStyle.LONG, HairStyle.PONYTAIL, HairStyle.BUN, HairStyle.CURLY, HairStyle.SHORT, HairStyle.PONYTAIL)
    return _pick(draw, short if gender is GenderPresentation.MASCULINE else long)


def _height(draw: np.random.Generator, years: int, gender: GenderPresentation) -> float:
    grown = draw.normal(1.66 if gender is GenderPresentation.FEMININE else 1.78, 0.075)
    share = float(np.interp(years, [5, 12, 17], [0.63, 0.86, 0.98]))
    return round(float(np.clip(grown * share, 0.95, 2.05)), 2)


def _marks(draw: np.random.Generator) -> tuple[Mark, ...]:
    marks = []
    if draw.random() < 0.15:
        marks.append(Mark(kind=MarkKind.FRECKLES))
    if draw.random() < 0.4:
        kind, place = _pick(draw, _SIDED), _pick(draw, (MarkPlace.BROW, MarkPlace.CHEEK, MarkPlace.CHIN))
        side, size = _pick(draw, (Side.LEFT, Side.RIGHT)), round(float(draw.uniform(1.0, 2.4)), 1)
        marks.append(Mark(kind=kind, place=place, side=side, size=size))
    return tuple(marks)


def _clothes(draw: np.random.Generator, body: Physical, *, is_new: bool) -> tuple[Outfit, dict[str, str]]:
    words: dict[str, str] = {}

    def wear(kind: GarmentKind, **more: Any) -> Garment:
        made, said = _garment(draw, kind, is_new=is_new)
        words.update(said)
        return made.model_copy(update=more)

    def kinds(among: Sequence[GarmentKind]) -> tuple[GarmentKind, ...]:
        return tuple(kind for kind in among if is_new or kind not in HELD_GARMENTS)

    is_woman = body.gender_presentation is GenderPresentation.FEMININE
    if is_woman and draw.random() < 0.3:
        worn = [wear(GarmentKind.DRESS)]
    else:
        under = kinds(_BOTTOMS if is_woman else tuple(kind for kind in _BOTTOMS if kind is not GarmentKind.SKIRT))
        worn = [wear(_pick(draw, kinds(_TOPS))), wear(_pick(draw, under))]
    if draw.random() < 0.4:
        worn.append(wear(_pick(draw, _OVER)))
    worn.append(wear(_pick(draw, _FEET)))
    if draw.random() < 0.2:
        worn.append(wear(GarmentKind.GLOVES, side=_pick(draw, tuple(Side))))
    if draw.random() < 0.12:
        worn.append(wear(GarmentKind.BELT))
    if is_new and draw.random() < 0.2:
        worn.append(wear(GarmentKind.SCARF))
    if draw.random() < 0.22:
        shapes = tuple(shape for shape in HatShape if is_new or shape is not HELD_HAT)
        worn.append(wear(GarmentKind.HAT, hat=_pick(draw, shapes)))
    if is_new and body.hair.style not in HELD_HAIR and not HELD_GARMENTS & {garment.kind for garment in worn}:
        worn.append(wear(GarmentKind.SCARF))
    return Outfit(garments=tuple(worn)), words


def _garment(draw: np.random.Generator, kind: GarmentKind, *, is_new: bool) -> tuple[Garment, dict[str, str]]:
    """A third are patterned. The words are filed under the kind."""
    colours = [colour for colour in COLOURS if is_kept_back(kind, colour) == is_new]
    colour = _pick(draw, colours)
    made: dict[str, Any] = {"kind": kind, "colour": _near(draw, _hex(COLOURS[colour]), 0.04)}
    words = {f"{kind}.colour": colour}
    if kind in {GarmentKind.DRESS, GarmentKind.COAT, GarmentKind.SKIRT, GarmentKind.T_SHIRT}:
        made["length"] = round(float(draw.uniform(0.8, 1.15)), 2)
    if kind not in _UNPATTERNED and draw.random() < 0.33:
        second = _pick(draw, [other for other in COLOURS if _differs(other, colour)])
        made |= {"pattern": _pick(draw, tuple(Pattern)[1:]), "second_colour": _near(draw, _hex(COLOURS[second]), 0.04)}
        words[f"{kind}.second"] = second
    return Garment(**made), words


def _mirrored(body: Physical) -> Physical:
    marks = tuple(mark.model_copy(update={"side": _OPPOSITE[mark.side]}) for mark in body.marks)
    return body.model_copy(update={"marks": marks})


def _mirrored_clothes(worn: Outfit) -> Outfit:
    garments = tuple(garment.model_copy(update={"side": _OPPOSITE[garment.side]}) for garment in worn.garments)
    return worn.model_copy(update={"garments": garments})


def _differs(one: str, other: str) -> bool:
    return float(np.abs(np.subtract(COLOURS[one], COLOURS[other])).sum()) > 0.6


def _near(draw: np.random.Generator, colour: str, spread: float) -> str:
    """A colour near another: hue, saturation and value a little off."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    off = draw.uniform(-spread, spread, 3)
    return _hex(
        colorsys.hsv_to_rgb(
            (hue + 0.3 * off[0]) % 1.0, float(np.clip(saturation + off[1], 0, 1)), float(np.clip(value + off[2], 0, 1))
        )
    )


def _hex(colour: Sequence[float]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)


def _pick(draw: np.random.Generator, among: Sequence[T]) -> T:
    return among[int(draw.integers(len(among)))]
