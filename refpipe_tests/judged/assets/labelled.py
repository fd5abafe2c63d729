"""The labelled pictures of a part, made when they are first asked for and kept in a directory of their own.

Belongs here: which pictures a part has and what is true of each. Does not: drawing them.
The directory is REFPIPE_JUDGED_CACHE, or a folder of the temporary directory; another recipe has another folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from refpipe.backends.model_pack.asset_dice import COLOURS, Dice
from refpipe.backends.model_pack.asset_pictures import PRODUCTS
from refpipe.backends.model_pack.asset_places import PLACES, held_sky
from refpipe.backends.model_pack.asset_props_small import PROPS
from refpipe.backends.model_pack.asset_textures import TEXTURES
from refpipe_tests.judged.assets import by_pack, other_hand
from refpipe_tests.judged.assets.other_things import THINGS as SOLIDS
from refpipe_tests.judged.assets.photographing import (
    Draw,
    Floats,
    as_file,
    halftone,
    ink_drawing,
    laid_over,
    monochrome,
    on_surface,
    reframed,
    round_cylinder,
    through_lens,
    trimmed,
)
from refpipe_tests.judged.assets.solids import seen

HERE = Path(__file__).parent
SPLITS = json.loads((HERE / "splits.json").read_text(encoding="utf-8"))
PARTS = tuple(SPLITS["parts"])
OTHERS = ("other hand", "otherwise printed")
"""How groups begin whose pictures look like nothing in the training of refpipe's own model."""
_SIZES = (160, 224, 320, 448)


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """An uploaded file and what is true of it. ``object`` and ``colour`` None: nothing that could be judged."""

    name: str
    group: str
    data: bytes
    asset_type: str
    object: str | None = None
    colour: str | None = None
    has_text: bool | None = None

    @property
    def is_logo(self) -> bool:
        return self.asset_type == "logo"

    @property
    def is_of_another_hand(self) -> bool:
        return self.group.startswith(OTHERS)


@dataclass(frozen=True)
class Lot:
    """The chance that one picture is made by."""

    part: str
    group: str
    number: int

    @property
    def dice(self) -> Dice:
        told = SPLITS["parts"][self.part]
        group = list(SPLITS["groups"]).index(self.group)
        return Dice(told["first_number"] + 1000 * group + self.number, told["drawn_as"])

    @property
    def draw(self) -> Draw:
        return np.random.default_rng(zlib.crc32(f"{self.part}|{self.group}|{self.number}".encode()))


def labelled(part: str) -> list[Labelled]:
    """Every picture of a part, the same each time."""
    return [*_kept(part)]


def one(part: str, group: str, number: int = 0) -> Labelled:
    """A single picture, made now."""
    return next(_made(Lot(part, group, number)))


def _kept(part: str) -> Iterator[Labelled]:
    folder = _folder() / part
    for group, count in SPLITS["groups"].items():
        for number in range(count * SPLITS["parts"][part]["times"]):
            path = folder / f"{group.replace(':', '')} {number:03d}"
            facts = path.with_name(path.name + ".json")
            if not facts.is_file():
                folder.mkdir(parents=True, exist_ok=True)
                made = one(part, group, number)
                path.write_bytes(made.data)
                said = {key: value for key, value in asdict(made).items() if key != "data"}
                unfinished = facts.with_suffix(".new")
                unfinished.write_text(json.dumps(said), encoding="utf-8")
                unfinished.replace(facts)
            yield Labelled(**json.loads(facts.read_text(encoding="utf-8")), data=path.read_bytes())


@cache
def _folder() -> Path:
    recipe = hashlib.sha256()
    for path in sorted([*HERE.glob("*.py"), HERE / "splits.json"]):
        if path.stem not in {"queries", "__init__"}:
            recipe.update(path.read_bytes())
    default = Path(tempfile.gettempdir()) / "refpipe-judged-assets"
    return Path(os.environ.get("REFPIPE_JUDGED_CACHE", default)) / recipe.hexdigest()[:12]


def _made(lot: Lot) -> Iterator[Labelled]:
    for beginning, make in _MAKERS.items():
        if lot.group.startswith(beginning):
            yield make(lot)
            return
    raise KeyError(lot.group)


def _told(lot: Lot, data: bytes, asset_type: str, **facts: str | bool | None) -> Labelled:
    name = f"{lot.part} {lot.group} {lot.number}"
    return Labelled(name=name, group=lot.group, data=data, asset_type=asset_type, **facts)  # type: ignore[arg-type]


def _file(picture: Floats, draw: Draw, *, is_cropped: bool = False) -> bytes:
    """Frames have many shapes: ``is_cropped`` where a part of the picture shows the same."""
    if picture.shape[2] == 4:
        cut = trimmed(picture, draw) if draw.random() < 0.6 else picture
        return as_file(cut, "PNG" if draw.random() < 0.75 else "WEBP", 90)
    framed = reframed(picture, draw, is_cropped=is_cropped) if draw.random() < 0.75 else picture
    kind = str(draw.choice(["JPEG", "JPEG", "PNG", "WEBP"]))
    return as_file(framed, kind, int(draw.integers(60, 96)))


def _thing(lot: Lot) -> Labelled:
    asset_type = "product" if lot.group.startswith("product") else "prop"
    dice, draw = lot.dice, lot.draw
    name = dice.pick(tuple(PRODUCTS if asset_type == "product" else PROPS))
    plane, colour = by_pack.thing(dice, name, int(draw.choice(_SIZES)), is_cut_out="cut-out" in lot.group)
    return _told(lot, _file(plane, draw), asset_type, object=name, colour=colour)


def _logo(lot: Lot) -> Labelled:
    dice, draw = lot.dice, lot.draw
    layout = "wordmark" if lot.group == "wordmark" else None
    colours = ("white", "white") if lot.group.startswith("white") else None
    plane, told = by_pack.mark(dice, int(draw.choice(_SIZES)), layout=layout, colours=colours)
    if lot.group == "wordmark" and draw.random() < 0.7:
        plane = laid_over(plane, np.asarray(by_pack.ground_for(dice, told["colour"]), np.float32))
    elif lot.group.startswith("photograph"):
        plane = _photographed(plane, told["colour"], dice, draw)
    return _told(lot, _file(plane, draw), "logo", colour=told["colour"], has_text="word" in told)


def _photographed(plane: Floats, colour: str, dice: Dice, draw: Draw) -> Floats:
    size = plane.shape[0]
    ground = np.asarray(by_pack.ground_for(dice, colour), np.float32)
    if draw.random() < 0.35:
        return round_cylinder(plane, ground, np.broadcast_to(np.float32(draw.uniform(0.2, 0.8)), (size, size, 3)), draw)
    name = dice.pick(("concrete", "wood", "fabric", "paper", "stone", "brushed metal", "leather"))
    tint = np.asarray(by_pack.surface(dice, name, size, colour="grey")[0]) / 0.55 * ground
    return on_surface(plane, np.clip(tint, 0, 1).astype(np.float32), draw)


def _texture(lot: Lot) -> Labelled:
    dice, draw = lot.dice, lot.draw
    name = dice.pick(tuple(TEXTURES))
    plane, colour = by_pack.surface(dice, name, int(draw.choice(_SIZES)))
    return _told(lot, _file(plane, draw, is_cropped=True), "texture", object=name, colour=colour)


def _environment(lot: Lot) -> Labelled:
    dice, draw = lot.dice, lot.draw
    name = dice.pick(tuple(PLACES))
    time, weather = held_sky(dice) if PLACES[name].is_outside else ("day", "clear")
    plane = by_pack.place(dice, name, int(draw.choice(_SIZES)), time=time, weather=weather)
    return _told(lot, _file(plane, draw, is_cropped=True), "environment", object=name)


Shot = tuple[Floats, dict[str, str]]
"""A picture of a person, and age and gender in words."""


@cache
def _photographer() -> Callable[[int, str], list[Shot]]:
    """Takes two pictures of a person; previs's figure is loaded once."""
    from refpipe.backends.model_pack.exposing import Photographer
    from refpipe.backends.model_pack.people import family
    from refpipe.backends.model_pack.shoots import views_of

    photographer = Photographer()

    def take(number: int, part: str) -> list[Shot]:
        person = family(number, part)[0]
        views = views_of(person)
        chosen = [views[number % len(views)], views[(number + 3) % len(views)]]
        words = {"gender": person.physical.gender_presentation.value, "age": person.words["age"]}
        taken = photographer.take(person, chosen)
        return [(each.picture / np.float32(255), words) for each in taken if each.picture is not None]

    return take


@cache
def shoot(part: str, number: int) -> list[Shot]:
    """Pictures of one person of a part, at least one."""
    told = SPLITS["parts"][part]
    family = told["first_family"] + number
    pictures: list[Shot] = []
    while not pictures:  # a crop that does not fit is left out
        pictures = _photographer()(family, told["drawn_as"])
        family += 300
    return pictures


def _person(lot: Lot) -> Labelled:
    # hands alone are a detail of a person, too
    offset = 200 if lot.group.startswith(OTHERS) else 0
    pictures = shoot(lot.part, offset + lot.number // 2)
    picture = pictures[lot.number % len(pictures)][0]
    if offset:
        picture = monochrome(through_lens(picture, lot.draw), lot.draw)
    return _told(lot, _file(picture, lot.draw), "person", object="person")


def _solid(lot: Lot) -> Labelled:
    draw, dice = lot.draw, lot.dice
    asset_type = "product" if "product" in lot.group else "prop"
    known = [name for name, (_b, kind, parts) in SOLIDS.items() if kind == asset_type and lot.part in parts]
    # what no other part shows comes first
    known.sort(key=lambda name: len(SOLIDS[name][2]))
    name = known[(lot.number + 3 * ("cut-out" in lot.group)) % len(known)]
    first, second = dice.colour_pair(name)
    parts = SOLIDS[name][0](dice.tint(first), dice.tint(second), draw)
    plane, shadow = seen(
        parts, 144, around_deg=draw.uniform(-40, 40), above_deg=draw.uniform(6, 28), lamp_deg=draw.uniform(-60, 60)
    )
    if "cut-out" not in lot.group:
        ground = np.asarray(by_pack.ground_for(dice, first), np.float32) * np.linspace(0.8, 1, 144)[:, None, None]
        plane = through_lens(laid_over(plane, (ground * (1 - 0.55 * shadow[..., None])).astype(np.float32)), draw)
    import cv2

    side = int(draw.choice((144, 240, 320)))
    plane = np.clip(cv2.resize(plane, (side, side), interpolation=cv2.INTER_CUBIC), 0, 1)
    return _told(lot, _file(plane, draw), asset_type, object=name, colour=first)


def _other_logo(lot: Lot) -> Labelled:
    draw, dice = lot.draw, lot.dice
    size = int(draw.choice(_SIZES))
    first, second = ("white", "white") if "white" in lot.group else dice.colour_pair("emblem")
    pair = dice.tint(first), dice.tint(second)
    word = str(draw.choice(other_hand.WORDS[lot.part]))
    style = ("word", "sign", "both")[lot.number % 3]
    if style == "word" and first == second:
        style = "both"  # a white word on its white bar would not be seen
    plane = {
        "word": lambda: other_hand.wordmark(word, *pair, size, draw),
        "sign": lambda: other_hand.sign(*pair, size, draw),
        "both": lambda: other_hand.sign_and_word(word, *pair, size, draw),
    }[style]()
    if "photograph" in lot.group:
        plane = _photographed(plane, first, dice, draw)
    return _told(lot, _file(plane, draw), "logo", colour=first, has_text=style != "sign")


def _other_texture(lot: Lot) -> Labelled:
    draw, dice = lot.draw, lot.dice
    known = sorted(
        (name for name, told in other_hand.SURFACES.items() if lot.part in told[2]),
        key=lambda name: len(other_hand.SURFACES[name][2]),
    )
    name = known[lot.number % len(known)]
    make, object_, _parts = other_hand.SURFACES[name]
    first, second = dice.colour_pair(name)
    plane = through_lens(make(int(draw.choice(_SIZES[:3])), COLOURS[first], COLOURS[second], draw), draw)
    return _told(lot, _file(plane, draw, is_cropped=True), "texture", object=object_)


def _other_environment(lot: Lot) -> Labelled:
    draw = lot.draw
    known = sorted(
        (name for name, told in other_hand.PLACES.items() if lot.part in told[2]),
        key=lambda name: len(other_hand.PLACES[name][2]),
    )
    make, object_, _parts = other_hand.PLACES[known[lot.number % len(known)]]
    plane = through_lens(make(int(draw.choice(_SIZES[:3])), draw), draw)
    return _told(lot, _file(plane, draw, is_cropped=True), "environment", object=object_)


def _printed(lot: Lot) -> Labelled:
    """A picture of the pack's, printed or drawn in a way that training never shows."""
    draw, dice = lot.draw, lot.dice
    what = lot.group.rpartition(" ")[2]
    colour: str | None = None
    if what == "environment":
        name = dice.pick(tuple(PLACES))
        plane = by_pack.place(dice, name, 224)
    else:
        name = dice.pick(tuple(PRODUCTS if what == "product" else PROPS))
        plane, colour = by_pack.thing(dice, name, 224, is_cut_out=False)
    change = (halftone, ink_drawing, monochrome)[lot.number % 3]
    is_grey = change is monochrome
    return _told(lot, _file(change(plane, draw), draw), what, object=name, colour=None if is_grey else colour)


_MAKERS: dict[str, Callable[[Lot], Labelled]] = {
    "product": _thing,
    "prop": _thing,
    "logo on": _logo,
    "white logo": _logo,
    "wordmark": _logo,
    "photograph of a logo": _logo,
    "texture": _texture,
    "environment": _environment,
    "person": _person,
    "other hand: product": _solid,
    "other hand: prop": _solid,
    "other hand: logo": _other_logo,
    "other hand: white logo": _other_logo,
    "other hand: photograph": _other_logo,
    "other hand: texture": _other_texture,
    "other hand: environment": _other_environment,
    "otherwise printed: person": _person,
    "otherwise printed": _printed,
}
