"""How well the pack's CLIP finds pictures by words and names what they show, on people it has never seen.

Belongs here: galleries, queries, questions of several choices, and their figures, of any TextImageModel. Does not:
the report (bench model_pack), training.

Pictures of a person as in a mirror are left out: no caption tells them from the person's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.model_pack.asset_dice import COLOURS
from refpipe.backends.model_pack.captions import CROPS, EXPRESSIONS, GARMENTS, VIEWS, caption, seen_garments
from refpipe.backends.model_pack.identity_pairs import encoded
from refpipe.backends.model_pack.people import HAIR_COLOURS
from refpipe.backends.model_pack.picture_cache import Picture
from refpipe.domain.camera import Crop, ViewBin
from refpipe.domain.characters import GarmentKind, HairStyle
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.ports.vision import TextImageModel

Vectors = NDArray[np.float32]
_SEED = 17
_DRAWS_OF_GALLERY = 200
_UPPER = (GarmentKind.DRESS, GarmentKind.COAT, GarmentKind.JACKET, GarmentKind.JUMPER, GarmentKind.SHIRT,
          GarmentKind.T_SHIRT, GarmentKind.VEST)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recall:
    """Of how many queries the picture meant comes first, and among the first five."""

    gallery: int
    queries: int
    at_1: float
    at_5: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Right answers to a question of several choices; ``commonest``: always the answer that is right most often."""

    question: str
    pictures: int
    choices: int
    right: float
    commonest: float


def usable(pictures: Iterable[Picture]) -> list[Picture]:
    return [picture for picture in pictures if picture.person.member != "mirror"]


def embedded(pictures: Sequence[Picture], model: TextImageModel) -> Vectors:
    """(n, d). Raises RefusedInputError for a picture that the model cannot read."""
    answers = list(model.embed_pictures(encoded(picture) for picture in pictures))
    for answer in answers:
        if isinstance(answer, RefusedInputError):
            raise answer
    return np.array(answers, np.float32)


def full_captions(pictures: Sequence[Picture]) -> list[str]:
    """All that each picture shows, in words drawn with a fixed seed."""
    draw = np.random.default_rng(_SEED)
    return [caption(picture.person, picture.facts, draw, is_full=True) for picture in pictures]


def recall(texts: Vectors, pictures: Vectors, meant: Sequence[int], *, gallery: int) -> Recall:
    """Text to picture. ``meant``: which picture each text is of. A gallery of all pictures is asked once; of a smaller
    one many are drawn, each with texts of its own."""
    draw = np.random.default_rng(_SEED)
    whole = np.arange(len(pictures))
    places: list[int] = []
    if gallery >= len(pictures):
        places = [_place(texts[at], pictures, meant[at], whole) for at in range(len(texts))]
    else:
        for _ in range(_DRAWS_OF_GALLERY):
            at = int(draw.integers(len(texts)))
            others = draw.choice(np.delete(whole, meant[at]), gallery - 1, replace=False)
            places.append(_place(texts[at], pictures, meant[at], np.append(others, meant[at])))
    found = np.array(places)
    size = min(gallery, len(pictures))
    return Recall(size, len(found), float((found < 1).mean()), float((found < 5).mean()))


def _place(text: Vectors, pictures: Vectors, meant: int, gallery: NDArray[np.int64]) -> int:
    """How many of the gallery lie nearer to the text than the picture meant."""
    likeness = pictures[gallery] @ text
    return int((likeness > float(pictures[meant] @ text)).sum())


def accuracies(pictures: Sequence[Picture], vectors: Vectors, model: TextImageModel) -> list[Accuracy]:
    """Each question asked of the pictures that show an answer."""
    is_face = [picture.facts["crop"] in (Crop.CU, Crop.MCU) for picture in pictures]
    is_back = [picture.view_bin is ViewBin.BACK for picture in pictures]
    heads = [at for at, picture in enumerate(pictures) if not picture.is_headless]
    haired = [at for at in heads if pictures[at].person.physical.hair.style is not HairStyle.BALD]
    mimic = [at for at in heads if is_face[at] and not is_back[at]]
    ask = _Asking(pictures, vectors, model)
    found = [
        ask("crop", range(len(pictures)), {crop.value: words for crop, words in CROPS.items()}, _fact("crop")),
        ask("view", heads, {view.value: words for view, words in VIEWS.items()}, _fact("view_bin")),
        ask("expression, close crops", mimic, EXPRESSIONS, _fact("expression")),
        ask(
            "hair colour",
            haired,
            {name: (f"{name} hair",) for name in HAIR_COLOURS},
            _word("hair"),
        ),
    ]
    for kind in _UPPER:
        wearing = [at for at in heads if _shows(pictures[at], kind)]
        if wearing:
            words = {colour: tuple(f"wearing a {colour} {name}" for name in GARMENTS[kind]) for colour in COLOURS}
            question = f"colour of the {kind.value.replace('_', '-')}"
            found.append(ask(question, wearing, words, _word(f"{kind}.colour")))
    return found


def _shows(picture: Picture, kind: GarmentKind) -> bool:
    return kind in {garment.kind for garment in seen_garments(picture.person, picture.facts)}


def _word(name: str) -> Callable[[Picture], str]:
    return lambda picture: picture.person.words[name]


def _fact(name: str) -> Callable[[Picture], str]:
    return lambda picture: str(picture.facts[name])


@dataclass(frozen=True)
class _Asking:
    pictures: Sequence[Picture]
    vectors: Vectors
    model: TextImageModel

    def __call__(
        self,
        question: str,
        of: Iterable[int],
        words: Mapping[str, Sequence[str]],
        answer: Callable[[Picture], str],
    ) -> Accuracy:
        """Each choice is the mean of its ways of saying it."""
        chosen = list(of)
        names = list(words)
        means = np.stack([self.model.embed_texts(list(words[name])).mean(0) for name in names])
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        told = (self.vectors[chosen] @ means.T).argmax(1)
        right = np.array([names.index(answer(self.pictures[at])) for at in chosen])
        commonest = float(np.bincount(right).max() / len(right))
        return Accuracy(question, len(chosen), len(names), float((told == right).mean()), commonest)
