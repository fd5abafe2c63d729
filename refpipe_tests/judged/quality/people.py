"""Characters of the judged set: the samples, and others drawn from a number.

Belongs here: who is photographed. Does not: how, or what is spoiled.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from refpipe.backends.sheets.sheet_file import sample_sheet
from refpipe.domain.characters import (
    Build,
    CharacterSheet,
    FacialHair,
    GarmentKind,
    GenderPresentation,
    HairStyle,
    HatShape,
    Pattern,
    read_sheet,
)

T = TypeVar("T")
Dye = Callable[[np.random.Generator], str]
_RANDOM, PALE = "random-", "pale-"
_TOPS = (GarmentKind.T_SHIRT, GarmentKind.SHIRT, GarmentKind.JUMPER, GarmentKind.VEST)
_BOTTOMS = (GarmentKind.TROUSERS, GarmentKind.SHORTS, GarmentKind.SKIRT)
_OVER = (GarmentKind.JACKET, GarmentKind.COAT)
_SKINS = ("#f0c8a8", "#d9a98a", "#b57f5b", "#8d5a3c", "#5e3a26", "#f5d9c4")
_HAIRS = ("#1b1512", "#3b2a20", "#6b4a2f", "#b58a52", "#8a8a86", "#d8cfc0", "#7a2f1c")


def person(name: str) -> CharacterSheet:
    """A sample character by its slug, ``random-N``, or ``pale-N``: as random, in clothes as pale as the backdrop."""
    if not name.startswith((_RANDOM, PALE)):
        return sample_sheet(name)
    is_pale = name.startswith(PALE)
    draw = np.random.default_rng(int(name.removeprefix(PALE if is_pale else _RANDOM)))
    dye = _pale_colour if is_pale else _colour
    gender = _one(draw, GenderPresentation)
    age = int(draw.integers(18, 78))
    has_beard = gender is GenderPresentation.MASCULINE and draw.random() < 0.5
    physical = {
        "age_years": age,
        "gender_presentation": gender,
        "height_m": round(float(draw.uniform(1.52, 1.95)), 2),
        "build": _one(draw, Build),
        "face": int(draw.integers(1, 99999)),
        "hair": {
            "style": _one(draw, HairStyle),
            "colour": str(draw.choice(_HAIRS)),
            "facial_hair": _one(draw, FacialHair) if has_beard else FacialHair.NONE,
        },
        "skin": str(draw.choice(_SKINS)),
    }
    return read_sheet(
        {
            "slug": name,
            "name": name,
            "physical": physical,
            "wardrobe": [{"slug": "one", "garments": _clothes(draw, dye)}],
        }
    )


def _clothes(draw: np.random.Generator, dye: Dye) -> list[dict[str, object]]:
    if draw.random() < 0.25:
        worn = [_garment(draw, GarmentKind.DRESS, dye)]
    else:
        worn = [_garment(draw, _pick(draw, _TOPS), dye), _garment(draw, _pick(draw, _BOTTOMS), dye)]
    if draw.random() < 0.4:
        worn.append(_garment(draw, _pick(draw, _OVER), dye))
    worn.append(_garment(draw, _pick(draw, (GarmentKind.SHOES, GarmentKind.BOOTS)), dye))
    if draw.random() < 0.25:
        worn.append({**_garment(draw, GarmentKind.HAT, dye), "hat": _one(draw, HatShape)})
    return worn


def _garment(draw: np.random.Generator, kind: GarmentKind, dye: Dye) -> dict[str, object]:
    """A third are patterned."""
    made: dict[str, object] = {"kind": kind, "colour": dye(draw)}
    if draw.random() < 0.33 and kind not in {GarmentKind.SHOES, GarmentKind.BOOTS, GarmentKind.HAT}:
        made |= {
            "pattern": _pick(draw, (Pattern.STRIPES, Pattern.CHECKS, Pattern.DOTS)),
            "second_colour": dye(draw),
        }
    return made


def _colour(draw: np.random.Generator) -> str:
    """Any colour, the backdrop's own light grey included."""
    return _hex(draw.random(), 0.75 * draw.random(), draw.uniform(0.1, 0.95))


def _pale_colour(draw: np.random.Generator) -> str:
    """White, cream, ecru, light grey: what the backdrop may swallow."""
    return _hex(draw.uniform(0.05, 0.17), 0.14 * draw.random(), draw.uniform(0.82, 1.0))


def _hex(hue: float, saturation: float, value: float) -> str:
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def _one(draw: np.random.Generator, words: Any) -> Any:
    listed = list(words)
    return listed[int(draw.integers(len(listed)))]


def _pick(draw: np.random.Generator, among: Sequence[T]) -> T:
    return among[int(draw.integers(len(among)))]
