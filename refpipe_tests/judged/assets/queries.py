"""The judged queries, and the library of pictures that they are asked of.

Belongs here: reading queries.yaml, drawing a part's library, grades. Does not: searching.

A part's library holds, for each of its queries, six pictures that answer in full, two of the wanted thing in another
colour or at another hour, and beside them pictures of anything; so each query has at least five full answers and a few
hundred other pictures around them. Relevance is read off what was drawn, for all pictures alike.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from refpipe.backends.model_pack.asset_dice import COLOURS, Dice
from refpipe.backends.model_pack.asset_icons import ICONS
from refpipe.backends.model_pack.asset_lettering import lettering
from refpipe.backends.model_pack.asset_places import PLACES
from refpipe.backends.model_pack.asset_textures import TEXTURES
from refpipe_tests.judged.assets import by_pack
from refpipe_tests.judged.assets.labelled import SPLITS, shoot
from refpipe_tests.judged.assets.photographing import Floats, as_file, laid_over

QUERY_PARTS = ("dev", "untouched")
FULL, IN_PART = 2, 1
_FULL_ANSWERS, _NEAR_ANSWERS, _OTHERS = 6, 2, 60
_SIZE_PX = 224
FAMILIES = {
    "furniture": ("chair", "sofa", "lamp"),
    "footwear": ("sneaker", "boot", "high heel"),
}


@dataclass(frozen=True, kw_only=True)
class Query:
    """Words and what answers them."""

    id: str
    part: str
    text: str
    wants: Mapping[str, str]
    near: tuple[Mapping[str, str], ...] = ()

    def grade(self, shown: Mapping[str, str]) -> int:
        """2: answers in full, 1: in part, 0: not."""
        if _holds(shown, self.wants):
            return FULL
        near = self.near or ({"object": self.wants["object"]},) if "object" in self.wants else self.near
        return IN_PART if any(_holds(shown, each) for each in near) else 0


@dataclass(frozen=True, kw_only=True)
class Item:
    """A picture of the library and what it shows."""

    name: str
    data: bytes
    shows: Mapping[str, str] = field(default_factory=dict)


def queries(part: str) -> list[Query]:
    """A part's queries. Raises ValueError where the file says what cannot be."""
    told = yaml.safe_load((Path(__file__).parent / "queries.yaml").read_text(encoding="utf-8"))
    found = [Query(**{**each, "near": tuple(each.get("near", ()))}) for each in told]
    if len({each.id for each in found}) != len(found) or any(each.part not in QUERY_PARTS for each in found):
        raise ValueError("queries.yaml: an id twice, or an unknown part")
    return [each for each in found if each.part == part]


def library(part: str) -> Iterator[Item]:
    """The pictures that a part's queries are asked of, the same each time."""
    for query in queries(part):
        for number in range(_FULL_ANSWERS + _NEAR_ANSWERS):
            is_near = number >= _FULL_ANSWERS
            yield from _drawn(part, f"{query.id}-{number}", query.wants, number, is_near=is_near)
    dice = Dice(_number(part, "others"), SPLITS["parts"][part]["drawn_as"])
    for number in range(_OTHERS):
        names = tuple(by_pack.THINGS) if number % 3 else tuple(PLACES) + tuple(TEXTURES)
        yield from _drawn(part, f"other-{number}", {"object": dice.pick(names)}, number, is_near=False)
    for number in range(7):
        for view, (picture, words) in enumerate(shoot(part, 400 + number)):
            yield Item(
                name=f"person-{number}-{view}", data=as_file(picture, "JPEG", 90), shows={"type": "person", **words}
            )


def _drawn(part: str, name: str, wants: Mapping[str, str], number: int, *, is_near: bool) -> Iterator[Item]:
    """A picture as it is wanted; a near one without its colour and its hour."""
    if wants.get("type") == "person" or (is_near and not {"colour", "time", "weather"} & set(wants)):
        return
    dice = Dice(_number(part, name), SPLITS["parts"][part]["drawn_as"])
    plane, shows = _picture(dice, wants, number, is_near=is_near)
    file_format = "PNG" if plane.shape[2] == 4 else "JPEG"
    yield Item(name=name, data=as_file(plane, file_format, 88), shows=shows)


def _picture(dice: Dice, wants: Mapping[str, str], number: int, *, is_near: bool) -> tuple[Floats, dict[str, str]]:
    object_ = dice.pick(FAMILIES[wants["family"]]) if "family" in wants else wants.get("object")
    colour = None if is_near else wants.get("colour")
    if object_ in by_pack.THINGS:
        is_cut_out = wants.get("ground") == "cut-out" or number % 3 == 0
        first = colour or dice.colour_pair(object_)[0]
        second = dice.pick([each for each in COLOURS if by_pack.contrast(COLOURS[each], COLOURS[first]) > 0.3])
        plane, _ = by_pack.thing(dice, object_, _SIZE_PX, colours=(first, second), is_cut_out=is_cut_out)
        family = next((name for name, members in FAMILIES.items() if object_ in members), "")
        return plane, {
            "type": "thing", "object": object_, "colour": first, "family": family,
            "ground": "cut-out" if is_cut_out else "backdrop",
        }  # fmt: skip
    if object_ in TEXTURES:
        plane, first = by_pack.surface(dice, object_, _SIZE_PX, colour=colour)
        return plane, {"type": "texture", "object": object_, "colour": first}
    if object_ in PLACES:
        time = "day" if is_near else wants.get("time", dice.pick(("day", "day", "sunset")))
        weather = "clear" if is_near else wants.get("weather", "clear")
        plane = by_pack.place(dice, object_, _SIZE_PX, time=time, weather=weather)
        return plane, {"type": "environment", "object": object_, "time": time, "weather": weather}
    return _logo(dice, wants, colour)


def _logo(dice: Dice, wants: Mapping[str, str], colour: str | None) -> tuple[Floats, dict[str, str]]:
    if "icon" in wants:
        return _icon_logo(dice, wants["icon"])
    first = colour or dice.colour_pair("emblem")[0]
    plane, told = by_pack.mark(dice, _SIZE_PX, layout=wants.get("layout"), colours=(first, first))
    if dice.chance(0.5):
        plane = laid_over(plane, np.asarray(by_pack.ground_for(dice, first), np.float32))
    return plane, {"type": "logo", **told}


def _icon_logo(dice: Dice, icon: str) -> tuple[Floats, dict[str, str]]:
    """An emblem with this very icon."""
    from refpipe.backends.model_pack.asset_pen import Pen

    first = dice.colour_pair("emblem")[0]
    pen = Pen(_SIZE_PX)
    ICONS[icon](pen, (0.5, 0.42), dice.between(0.2, 0.28), COLOURS[first])
    if dice.chance(0.5):
        pen.stamp(lettering("RIVER", "bold", 24), (0.5, 0.82), 0.7, COLOURS[first])
    plane = by_pack.divided(pen.plane)
    if dice.chance(0.5):
        plane = laid_over(plane, np.asarray(by_pack.ground_for(dice, first), np.float32))
    return plane, {"type": "logo", "colour": first, "icon": icon, "layout": "emblem"}


def _number(part: str, name: str) -> int:
    return int(SPLITS["parts"][part]["first_number"]) + 950_000 + zlib.crc32(name.encode()) % 40_000


def _holds(shown: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    return all(shown.get(key) == value for key, value in wanted.items())
