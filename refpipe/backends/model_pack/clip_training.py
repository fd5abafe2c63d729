"""Command: train the pack's CLIP, ``python -m refpipe.backends.model_pack.clip_training [STEPS]``.

Belongs here: the network, its losses, the schedule. Does not: captions, pictures, evaluation.

An open_clip model from scratch: three quarters of each batch are people, the others assets. Beside CLIP's own loss,
linear heads on the picture's vector name crop, view, expression, hair and age; they are thrown away. Half the
patches are left out until the last quarter. The weights that are kept are a moving average.
"""

from __future__ import annotations

import copy
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from refpipe.backends.model_pack import tokenizing
from refpipe.backends.model_pack.asset_store import AssetStore
from refpipe.backends.model_pack.captions import EXPRESSIONS, caption
from refpipe.backends.model_pack.people import HAIR_COLOURS
from refpipe.backends.model_pack.picture_cache import Picture, cache_directory, read
from refpipe.backends.model_pack.training_set import PictureStore
from refpipe.domain.camera import Crop, ViewBin
from refpipe.domain.characters import HairStyle

if TYPE_CHECKING:
    from torch import Tensor

SIDE, DIMENSION = 144, 768
STEPS, PEOPLE_A_BATCH, ASSETS_A_BATCH, SEED = 2400, 120, 40, 5
_RATE, _WARM_UP, _DECAY, _AVERAGE = 1e-3, 100, 0.1, 0.997
_LEFT_OUT, _LEFT_OUT_UNTIL = 0.5, 0.75
_TRAITS_SHARE, _MOST_SCALE, _SAVE_EVERY = 0.2, 60.0, 100
_TRAITS = {
    "crop": [crop.value for crop in Crop],
    "view_bin": [view.value for view in ViewBin],
    "expression": list(EXPRESSIONS),
    "hair": list(HAIR_COLOURS),
    "hair_style": [style.value for style in HairStyle],
    "age": ["child", "teenage", "young", "middle-aged", "elderly"],
}
_UNSEEN = -100
CONFIG = {
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
        self._draw = np.random.default_rng(seed)

    def rows(self, texts: list[str]) -> Tensor:
        import torch

        return torch.tensor([encoded.ids for encoded in self._tokenizer.encode_batch(texts)])

    def of_people(self, pictures: list[Picture]) -> list[str]:
        return [
            caption(picture.person, picture.facts, self._draw, is_full=bool(self._draw.random() < 0.35))
            for picture in pictures
        ]


class ClipTraining:
    """One run of the training. Broken off, it goes on from the last state that was kept."""

    def __init__(self, state_path: Path, *, steps: int = STEPS) -> None:
        import torch

        torch.manual_seed(SEED)
        self._path, self._steps = state_path, steps
        self.clip = network()
        self.heads = torch.nn.ModuleDict({name: torch.nn.Linear(DIMENSION, len(of)) for name, of in _TRAITS.items()})
        self.average = copy.deepcopy(self.clip).eval().requires_grad_(requires_grad=False)
        self._optimiser = torch.optim.AdamW(_groups(self.clip, self.heads), lr=_RATE, betas=(0.9, 0.98))
        self.step = 0
        if state_path.is_file():
            self._restore(torch.load(state_path, weights_only=True))

    def run(self, people: PictureStore, assets: AssetStore, tokenizer: Any) -> None:
        """Train to the last step, telling how it goes."""
        import torch

        seed = SEED + self.step
        dice, captioner = torch.Generator().manual_seed(seed), Captioner(tokenizer, seed=seed)
        began, first = time.monotonic(), self.step
        while self.step < self._steps:
            numbers = torch.randint(len(people.pictures), (PEOPLE_A_BATCH,), generator=dice)
            drawn = torch.randint(len(assets.captions), (ASSETS_A_BATCH,), generator=dice)
            shown = [people.pictures[number] for number in numbers.tolist()]
            still = torch.zeros(len(numbers), dtype=torch.bool)
            pictures = torch.cat(
                [
                    people.batch(numbers, (SIDE, SIDE), dice, is_flipped=still),
                    assets.batch(drawn, (SIDE, SIDE), dice),
                ]
            )
            texts = captioner.of_people(shown) + [assets.captions[number] for number in drawn.tolist()]
            told = self._learn(pictures, captioner.rows(texts), _traits(shown))
            if self.step % 20 == 0:
                pace = (time.monotonic() - began) / (self.step - first)
                sys.stdout.write(f"step {self.step}: {told}, {pace:.2f} s a step\n")
                sys.stdout.flush()
            if self.step % _SAVE_EVERY == 0 or self.step == self._steps:
                self._keep()

    def _learn(self, pictures: Tensor, texts: Tensor, traits: Tensor) -> str:
        import torch

        for group in self._optimiser.param_groups:
            group["lr"] = _RATE * _share_of_rate(self.step, self._steps)
        self.clip.visual.patch_dropout = _dropout(_LEFT_OUT if self.step < _LEFT_OUT_UNTIL * self._steps else 0.0)
        self.clip.train()
        with torch.autocast("cpu", torch.bfloat16):
            seen, said = self.clip.encode_image(pictures).float(), self.clip.encode_text(texts).float()
        normal = torch.nn.functional.normalize
        scores = self.clip.logit_scale.exp() * normal(seen, dim=1) @ normal(said, dim=1).T
        cross_entropy, pairs = torch.nn.functional.cross_entropy, torch.arange(len(scores))
        matching = 0.5 * (cross_entropy(scores, pairs) + cross_entropy(scores.T, pairs))
        people = seen[: len(traits)]
        trait_loss = torch.stack(
            [
                cross_entropy(self.heads[name](people), traits[:, place], ignore_index=_UNSEEN)
                for place, name in enumerate(_TRAITS)
            ]
        ).mean()
        self._optimiser.zero_grad()
        (matching + _TRAITS_SHARE * trait_loss).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.clip.parameters(), 1.0)
        self._optimiser.step()
        with torch.no_grad():
            self.clip.logit_scale.clamp_(max=math.log(_MOST_SCALE))
        self.step += 1
        self._follow()
        return f"matching {float(matching):.3f}, traits {float(trait_loss):.3f}"

    def _follow(self) -> None:
        """The average moves a little towards the weights; further while they are young."""
        import torch

        share = min(_AVERAGE, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.clip.parameters(), strict=True):
                mean.lerp_(now, 1 - share)

    def _keep(self) -> None:
        import torch

        state = {
            "step": self.step,
            "clip": self.clip.state_dict(),
            "heads": self.heads.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(".tmp")
        torch.save(state, unfinished)
        unfinished.replace(self._path)

    def _restore(self, state: dict[str, Any]) -> None:
        self.step = int(state["step"])
        for name, part in (("clip", self.clip), ("heads", self.heads), ("average", self.average)):
            part.load_state_dict(state[name])
        self._optimiser.load_state_dict(state["optimiser"])


def _groups(*parts: Any) -> list[dict[str, Any]]:
    """Matrices decay, everything else does not."""
    weights = [weight for part in parts for weight in part.parameters()]
    return [
        {"params": [weight for weight in weights if weight.ndim >= 2], "weight_decay": _DECAY},
        {"params": [weight for weight in weights if weight.ndim < 2], "weight_decay": 0.0},
    ]


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
        return _UNSEEN
    if name == "expression":
        shows = facts["crop"] in (Crop.CU, Crop.MCU) and facts["view_bin"] != ViewBin.BACK
        return among.index(facts[name]) if shows else _UNSEEN
    if name == "hair_style":
        return among.index(person.physical.hair.style.value)
    if name == "hair" and person.physical.hair.style is HairStyle.BALD:
        return _UNSEEN
    return among.index(person.words[name])


def _share_of_rate(step: int, steps: int) -> float:
    """Up in a line, then down along a cosine."""
    if step < _WARM_UP:
        return (step + 1) / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (step - _WARM_UP) / max(steps - _WARM_UP, 1))) + 0.01


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
    steps = int(arguments[0]) if arguments else STEPS
    ClipTraining(state_path(), steps=steps).run(PictureStore(read("train")), AssetStore("train"), tokenizer())


if __name__ == "__main__":
    main(sys.argv[1:])
