"""What is said of a picture of a person: by rule, in varied words, only what the picture shows.

Belongs here: which attributes show in a crop and a view, and the words for them. Does not: assets (asset_captions).
Left and right are the picture's: ``facing left`` is to the picture's left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from refpipe.backends.model_pack.asset_captions import article
from refpipe.backends.model_pack.people import Person
from refpipe.domain.camera import Crop, ViewBin
from refpipe.domain.characters import FacialHair, Garment, GarmentKind, HairStyle, HatShape, Pattern, Side

Facts = Mapping[str, Any]

CROPS = {
    Crop.FULL: ("full body", "full-length shot", "whole figure", "head to toe", "full shot", "full body picture"),
    Crop.THREE_QUARTER: ("three-quarter shot", "head to knees", "from the knees up", "medium full shot"),
    Crop.MCU: ("medium close-up", "head and shoulders", "bust", "portrait", "mcu"),
    Crop.CU: ("close-up", "close-up of the face", "headshot", "face", "close up portrait"),
    Crop.HANDS: ("hands", "close-up of the hands", "detail of the hands", "hand detail", "both hands"),
}  # fmt: skip
VIEWS = {
    ViewBin.FRONT: ("front view", "from the front", "facing the camera", "frontal", "seen from the front"),
    ViewBin.THREE_QUARTER: ("three-quarter view", "half turned", "at an angle", "three quarter angle"),
    ViewBin.PROFILE: ("profile", "side view", "in profile", "from the side", "seen from the side"),
    ViewBin.BACK: ("from behind", "back view", "seen from the back", "rear view", "from the back"),
}
EXPRESSIONS = {
    "neutral": ("neutral expression", "calm", "neutral", "expressionless"),
    "concerned": ("concerned", "worried", "worried expression", "anxious"),
    "vulnerable": ("vulnerable", "fragile expression", "vulnerable expression"),
    "determined": ("determined", "determined expression", "resolute", "focused"),
    "thoughtful": ("thoughtful", "pensive", "thoughtful expression", "thinking"),
    "smiling": ("smiling", "with a smile", "happy", "happy smile"),
    "surprised": ("surprised", "shocked", "surprised expression", "astonished"),
    "angry": ("angry", "angry expression", "furious", "frowning"),
    "sad": ("sad", "unhappy", "sad expression", "sorrowful"),
}
MOODS = {
    "neutral": ("calm",), "concerned": ("concerned", "worried"), "vulnerable": ("vulnerable",),
    "determined": ("determined", "focused"), "thoughtful": ("thoughtful", "pensive"), "smiling": ("smiling", "happy"),
    "surprised": ("surprised", "shocked"), "angry": ("angry", "furious"), "sad": ("sad", "unhappy"),
}  # fmt: skip
POSES = {
    "t_pose": ("t-pose", "arms stretched out", "in t-pose"),
    "a_pose": ("a-pose", "arms slightly away from the body", "in a-pose"),
    "neutral": ("standing", "standing pose"),
    "relaxed": ("standing", "relaxed pose"),
}
PEOPLE = {
    ("child", "feminine"): ("girl", "child", "little girl", "kid"),
    ("child", "masculine"): ("boy", "child", "little boy", "kid"),
    ("teenage", "feminine"): ("teenage girl", "teenager", "girl"),
    ("teenage", "masculine"): ("teenage boy", "teenager", "boy"),
    ("young", "feminine"): ("young woman", "woman", "woman", "person"),
    ("young", "masculine"): ("young man", "man", "man", "person"),
    ("middle-aged", "feminine"): ("woman", "middle-aged woman", "woman", "person"),
    ("middle-aged", "masculine"): ("man", "middle-aged man", "man", "person"),
    ("elderly", "feminine"): ("old woman", "elderly woman", "woman", "old lady"),
    ("elderly", "masculine"): ("old man", "elderly man", "man", "old person"),
}
HAIR = {
    HairStyle.BUZZ: ("a {} buzz cut", "shaved {} hair"),
    HairStyle.SHORT: ("short {} hair", "{} hair"),
    HairStyle.SIDE_PART: ("side-parted {} hair", "{} hair with a side part", "short {} hair"),
    HairStyle.CURLY: ("curly {} hair", "{} curls"),
    HairStyle.BOB: ("a {} bob", "chin-length {} hair"),
    HairStyle.LONG: ("long {} hair", "{} hair"),
    HairStyle.PONYTAIL: ("a {} ponytail", "a ponytail", "{} hair in a ponytail"),
    HairStyle.BUN: ("a {} bun", "a hair bun", "{} hair in a bun"),
}
GARMENTS = {
    GarmentKind.T_SHIRT: ("t-shirt", "tee"), GarmentKind.SHIRT: ("shirt",), GarmentKind.JUMPER: ("jumper", "sweater"),
    GarmentKind.VEST: ("vest", "waistcoat"), GarmentKind.JACKET: ("jacket",), GarmentKind.COAT: ("coat", "long coat"),
    GarmentKind.TROUSERS: ("trousers", "pants"), GarmentKind.SHORTS: ("shorts",), GarmentKind.SKIRT: ("skirt",),
    GarmentKind.DRESS: ("dress",), GarmentKind.SHOES: ("shoes",), GarmentKind.BOOTS: ("boots",),
    GarmentKind.GLOVES: ("gloves",), GarmentKind.BELT: ("belt",), GarmentKind.SCARF: ("scarf",),
}  # fmt: skip
HATS = {
    HatShape.CAP: ("cap", "baseball cap", "hat"), HatShape.BEANIE: ("beanie", "woolly hat", "hat"),
    HatShape.DEERSTALKER: ("deerstalker", "deerstalker hat", "hat"), HatShape.BRIMMED: ("brimmed hat", "hat"),
}  # fmt: skip
_MANY = frozenset({GarmentKind.TROUSERS, GarmentKind.SHORTS, GarmentKind.SHOES, GarmentKind.BOOTS, GarmentKind.GLOVES})
_OVER = frozenset({GarmentKind.JACKET, GarmentKind.COAT})
_UPPER = frozenset({GarmentKind.T_SHIRT, GarmentKind.SHIRT, GarmentKind.JUMPER, GarmentKind.VEST, GarmentKind.DRESS})
_HIGH = _OVER | _UPPER | {GarmentKind.SCARF, GarmentKind.HAT}
_FEET = frozenset({GarmentKind.SHOES, GarmentKind.BOOTS})
_PATTERNS = {Pattern.STRIPES: "striped", Pattern.CHECKS: "checked", Pattern.DOTS: "dotted"}
_BEARDS = {FacialHair.STUBBLE: "stubble", FacialHair.MOUSTACHE: "a moustache", FacialHair.BEARD: "a beard"}
_LEAST_DEG = 8.0


def seen_garments(person: Person, facts: Facts) -> list[Garment]:
    """The garments that the crop and the view show."""
    crop, is_back = Crop(facts["crop"]), facts["view_bin"] == ViewBin.BACK
    kinds = {garment.kind for garment in person.outfit.garments}
    seen = []
    for garment in person.outfit.garments:
        kind = garment.kind
        under_coat = is_back and kinds & _OVER and kind in _UPPER
        if crop is Crop.HANDS:
            shows = kind is GarmentKind.GLOVES
        elif crop in (Crop.MCU, Crop.CU):
            shows = kind in _HIGH and not under_coat
        else:
            shows = not under_coat and not (crop is Crop.THREE_QUARTER and kind in _FEET)
            shows = shows and not (kind is GarmentKind.BELT and kinds & _OVER)
        if shows:
            seen.append(garment)
    return seen


def garment_words(garment: Garment, words: Mapping[str, str], draw: np.random.Generator) -> str:
    """``a striped red and white t-shirt``; of one glove, ``a black glove``."""
    names = HATS[garment.hat] if garment.kind is GarmentKind.HAT else GARMENTS[garment.kind]
    name, colour = _pick(draw, names), words[f"{garment.kind}.colour"]
    if garment.kind is GarmentKind.GLOVES and garment.side is not Side.MIDDLE:
        return article(f"{colour} glove")
    second = words.get(f"{garment.kind}.second")
    said = f"{colour} {name}"
    if second is not None:
        kind = _PATTERNS[garment.pattern]
        said = _pick(
            draw, (f"{kind} {colour} and {second} {name}", f"{colour} {kind} {name}", f"{kind} {colour} {name}")
        )
    return said if garment.kind in _MANY else article(said)


def hair_words(person: Person, draw: np.random.Generator) -> str:
    """What is on the head and the chin, after ``with``."""
    hair = person.physical.hair
    beard = _BEARDS.get(hair.facial_hair)
    is_bald = hair.style is HairStyle.BALD
    head = "a bald head" if is_bald else _pick(draw, HAIR[hair.style]).format(person.words["hair"])
    return f"{head} and {beard}" if beard is not None else head


def caption(person: Person, facts: Facts, draw: np.random.Generator, *, is_full: bool = False) -> str:
    """One caption; ``is_full`` says all that the picture shows, otherwise a part of it in some order."""
    crop, view = Crop(facts["crop"]), ViewBin(facts["view_bin"])
    is_face = crop is not Crop.HANDS
    if not is_full and draw.random() < 0.12:
        return _short(person, facts, draw)
    who = _pick(draw, PEOPLE[person.words["age"], person.physical.gender_presentation.value])
    if is_face and view is not ViewBin.BACK and crop in (Crop.MCU, Crop.CU) and draw.random() < 0.25:
        who = f"{_pick(draw, MOODS[facts['expression']])} {who}"
    said = [article(who)]
    if is_face and (is_full or draw.random() < 0.65):
        said[0] += f" with {hair_words(person, draw)}"
    worn = seen_garments(person, facts)
    if worn and (is_full or draw.random() < 0.75):
        kept = worn if is_full else [worn[i] for i in sorted(draw.permutation(len(worn))[: draw.integers(1, 4)])]
        listed = _listed([garment_words(garment, person.words, draw) for garment in kept])
        said[0] += f" {_pick(draw, ('wearing', 'in', 'wearing'))} {listed}"
    about = [*shot_words(facts, draw, is_full=is_full)]
    if not is_full and len(about) > 2:
        about = [about[i] for i in sorted(draw.permutation(len(about))[: draw.integers(1, len(about) + 1)])]
    if is_face and view is not ViewBin.BACK and draw.random() < (1.0 if is_full else 0.15):
        about.append(f"{person.words['skin']} skin")
    if about and about[0] in CROPS[crop] and draw.random() < 0.4:
        return ", ".join([f"{about[0]} of {said[0]}", *about[1:]])
    return ", ".join([said[0], *about])


def shot_words(facts: Facts, draw: np.random.Generator, *, is_full: bool = True) -> list[str]:
    """Crop, view, expression, height of the camera, pose and lens, as far as they show."""
    crop, view = Crop(facts["crop"]), ViewBin(facts["view_bin"])
    said = [_pick(draw, CROPS[crop])]
    if crop is not Crop.HANDS:
        said.append(_view_words(facts, view, draw))
        if crop in (Crop.MCU, Crop.CU) and view is not ViewBin.BACK:
            said.append(_pick(draw, EXPRESSIONS[facts["expression"]]))
        elif facts["pose"] in POSES and crop is Crop.FULL:
            said.append(_pick(draw, POSES[facts["pose"]]))
    if abs(facts["elevation_deg"]) > _LEAST_DEG and (is_full or draw.random() < 0.5):
        high = ("from above", "high angle"), ("from below", "low angle")
        said.append(_pick(draw, high[0] if facts["elevation_deg"] > 0 else high[1]))
    if draw.random() < (0.5 if is_full else 0.1):
        said.append(_pick(draw, ("{} mm", "{}mm lens", "{} mm lens")).format(f"{facts['lens_mm']:g}"))
    return said


def _view_words(facts: Facts, view: ViewBin, draw: np.random.Generator) -> str:
    said = _pick(draw, VIEWS[view])
    if view in (ViewBin.FRONT, ViewBin.BACK) or draw.random() < 0.4:
        return said
    way = "left" if facts["view_deg"] < 0 else "right"
    return f"{said}, " + _pick(draw, (f"facing {way}", f"turned to the {way}", f"looking {way}"))


def _short(person: Person, facts: Facts, draw: np.random.Generator) -> str:
    """As one would type it into a search: a single thing."""
    options = shot_words(facts, draw, is_full=False)
    if facts["crop"] != Crop.HANDS:
        who = _pick(draw, PEOPLE[person.words["age"], person.physical.gender_presentation.value])
        options += [hair_words(person, draw), f"{who} with {hair_words(person, draw)}"]
    options += [
        garment_words(garment, person.words, draw).removeprefix("a ") for garment in seen_garments(person, facts)
    ]
    return _pick(draw, options)


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _pick(draw: np.random.Generator, among: Sequence[str]) -> str:
    return among[int(draw.integers(len(among)))]
