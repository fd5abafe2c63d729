"""Command: train the pack's CLIP, ``python -m refpipe.backends.model_pack.clip_training``.

Belongs here: the network, its losses. Does not: captions, pictures, the schedule (course), evaluation.

An open_clip model from scratch: three quarters of each batch are people, the others assets. Beside CLIP's own loss,
linear heads on the picture's vector name crop, view, expression, hair and age; they are thrown away. In the second
round single things are asked for in words as well. Half the patches are left out until a round's last quarter. The
weights that are kept are a moving average.
"""

from __future__ import annotations

import copy
import math
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from refpipe.backends.model_pack import tokenizing
from refpipe.backends.model_pack.asset_store import AssetStore
from refpipe.backends.model_pack.captions import EXPRESSIONS, caption
from refpipe.backends.model_pack.clip_questions import UNSEEN, Question, questions
from refpipe.backends.model_pack.course import Course, Pace, Round
from refpipe.backends.model_pack.people import HAIR_COLOURS
from refpipe.backends.model_pack.picture_cache import Picture, cache_directory, read
from refpipe.backends.model_pack.training_set import PictureStore
from refpipe.domain.camera import Crop, ViewBin
from refpipe.domain.characters import HairStyle

if TYPE_CHECKING:
    from torch import Tensor

SIDE, DIMENSION = 144, 768
ROUNDS = (Round(1100, 1e-3), Round(500, 6e-4))
PEOPLE_A_BATCH, ASSETS_A_BATCH, SEED = 120, 40, 5
_DECAY = 0.1
_LEFT_OUT, _LEFT_OUT_UNTIL = 0.5, 0.75
_TRAITS_SHARE, _QUESTIONS_SHARE, _MOST_SCALE = 0.2, 1.0, 60.0
_TRAITS = {
    "crop": [crop.value for crop in Crop],
    "view_bin": [view.value for view in ViewBin],
    "expression": list(EXPRESSIONS),
    "hair": list(HAIR_COLOURS),
    "hair_style": [style.value for style in HairStyle],
    "age": ["child", "teenage", "young", "middle-aged", "elderly"],
}
CONFIG: dict[str, Any] = {
    "embed_dim": DIMENSION,
    "vision_cfg": {"image_size": SIDE, "layers": 6, "width": 192, "head_width": 64, "patch_size": 16},
    "text_cfg": {
        "context_length": tokenizing.CONTEXT,
        "vocab_size": tokenizing.VOCABULARY,
        "width": 128,
        "heads": 4,
        "layers": 3,
        "pad_id": 0,
    },
}


def network() -> Any:
    """The untrained model."""
    from open_clip.model import CLIP

    return CLIP(**copy.deepcopy(CONFIG))


class Captioner:
    """Token rows of captions, drawn anew for each batch."""

    def __init__(self, tokenizer: Any, *, seed: int) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.enable_padding(length=tokenizing.CONTEXT, pad_id=0, pad_token=tokenizing.PAD)
        self._tokenizer.enable_truncation(tokenizing.CONTEXT)
        self.draw = np.random.default_rng(seed)

    def rows(self, texts: list[str]) -> Tensor:
        import torch

        return torch.tensor([encoded.ids for encoded in self._tokenizer.encode_batch(texts)])

    def of_people(self, pictures: list[Picture]) -> list[str]:
        return [
            caption(picture.person, picture.facts, self.draw, is_full=bool(self.draw.random() < 0.35))
            for picture in pictures
        ]


class ClipTraining:
    """One run of the training. Broken off, it goes on from the last state that was kept."""

    def __init__(self, state_path: Path, *, rounds: tuple[Round, ...] = ROUNDS) -> None:
        import torch

        torch.manual_seed(SEED)
        heads = {name: torch.nn.Linear(DIMENSION, len(among)) for name, among in _TRAITS.items()}
        pace = Pace(rounds=rounds, decay=_DECAY)
        self.course = Course(state_path, pace, model=network(), heads=torch.nn.ModuleDict(heads))

    def run(self, people: PictureStore, assets: AssetStore, tokenizer: Any) -> None:
        """Train to the last step, telling how it goes."""
        import torch

        seed = SEED + self.course.step
        dice, captioner = torch.Generator().manual_seed(seed), Captioner(tokenizer, seed=seed)
        still = torch.zeros(PEOPLE_A_BATCH, dtype=torch.bool)

        def losses() -> dict[str, tuple[float, Tensor]]:
            numbers = torch.randint(len(people.pictures), (PEOPLE_A_BATCH,), generator=dice)
            drawn = torch.randint(len(assets.captions), (ASSETS_A_BATCH,), generator=dice)
            shown = [people.pictures[number] for number in numbers.tolist()]
            seen = [
                people.batch(numbers, (SIDE, SIDE), dice, is_flipped=still),
                assets.batch(drawn, (SIDE, SIDE), dice),
            ]
            texts = captioner.of_people(shown) + [assets.captions[number] for number in drawn.tolist()]
            asked = questions(shown, captioner.draw) if self.course.round else []
            rows = captioner.rows(texts + [answer for each in asked for answer in each.answers])
            return self._losses(torch.cat(seen), rows, _traits(shown), asked)

        self.course.run(losses)

    def _losses(
        self, pictures: Tensor, texts: Tensor, traits: Tensor, asked: list[Question]
    ) -> dict[str, tuple[float, Tensor]]:
        """``texts``: a caption for each picture, then the answers to all that is asked."""
        import torch

        clip = self.course.model
        with torch.no_grad():
            clip.logit_scale.clamp_(max=math.log(_MOST_SCALE))
        clip.visual.patch_dropout = _dropout(_LEFT_OUT if self.course.share_of_round < _LEFT_OUT_UNTIL else 0.0)
        with torch.autocast("cpu", torch.bfloat16):
            seen, said = clip.encode_image(pictures).float(), clip.encode_text(texts).float()
        normal = torch.nn.functional.normalize
        likeness = clip.logit_scale.exp() * normal(seen, dim=1) @ normal(said, dim=1).T
        scores = likeness[:, : len(pictures)]
        cross_entropy, pairs = torch.nn.functional.cross_entropy, torch.arange(len(scores))
        matching = 0.5 * (cross_entropy(scores, pairs) + cross_entropy(scores.T, pairs))
        people = seen[: len(traits)]
        told = [
            cross_entropy(self.course.heads[name](people), traits[:, place], ignore_index=UNSEEN)
            for place, name in enumerate(_TRAITS)
        ]
        losses = {"matching": (1.0, matching), "traits": (_TRAITS_SHARE, torch.stack(told).mean())}
        if asked:
            answers = likeness[: len(traits), len(pictures) :].split([len(each.answers) for each in asked], dim=1)
            right = [torch.tensor(each.right) for each in asked]
            wrong = [cross_entropy(each, of, ignore_index=UNSEEN) for each, of in zip(answers, right, strict=True)]
            losses["questions"] = (_QUESTIONS_SHARE, torch.stack(wrong).mean())
        return losses


def _dropout(share: float) -> Any:
    import torch
    from open_clip.transformer import PatchDropout

    return PatchDropout(share) if share else torch.nn.Identity()


def _traits(pictures: list[Picture]) -> Tensor:
    import torch

    return torch.tensor([[_trait(picture, name, of) for name, of in _TRAITS.items()] for picture in pictures])


def _trait(picture: Picture, name: str, among: list[str]) -> int:
    facts, person = picture.facts, picture.person
    if name in ("crop", "view_bin"):
        return among.index(facts[name])
    if picture.is_headless:
        return UNSEEN
    if name == "expression":
        shows = facts["crop"] in (Crop.CU, Crop.MCU) and facts["view_bin"] != ViewBin.BACK
        return among.index(facts[name]) if shows else UNSEEN
    if name == "hair_style":
        return among.index(person.physical.hair.style.value)
    if name == "hair" and person.physical.hair.style is HairStyle.BALD:
        return UNSEEN
    return among.index(person.words[name])


def state_path() -> Path:
    return cache_directory().parent / "clip-state.pt"


def tokenizer_directory() -> Path:
    return cache_directory().parent / "tokenizer"


def tokenizer() -> Any:
    """The vocabulary, learnt on first use."""
    from tokenizers import Tokenizer

    directory = tokenizer_directory()
    if not (directory / "tokenizer.json").is_file():
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory) as fresh:
            tokenizing.save(tokenizing.learn(), Path(fresh))
            for path in Path(fresh).iterdir():
                path.replace(directory / path.name)
    return Tokenizer.from_file(str(directory / "tokenizer.json"))


def main(arguments: list[str]) -> None:
    if arguments:
        raise SystemExit("nothing is to be said: the rounds stand in the code")
    ClipTraining(state_path()).run(PictureStore(read("train")), AssetStore("train"), tokenizer())


if __name__ == "__main__":
    main(sys.argv[1:])
