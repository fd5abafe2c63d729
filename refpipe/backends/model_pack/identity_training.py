"""Command: train the pack's identity model, ``python -m refpipe.backends.model_pack.identity_training``.

Belongs here: the network, its loss, the schedule. Does not: batches, evaluation.

A DINOv3-type encoder from scratch, by supervised contrast on its class token: pictures of one person in one outfit
draw together, all others in the batch are pushed apart. Beside that, linear heads on the token name hair, skin, age and
gender; they are thrown away. First at three quarters of the size, then in full; the weights that are kept are a
moving average.
"""

from __future__ import annotations

import copy
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refpipe.backends.model_pack.identity_batches import TRAITS, UNKNOWN, Batch, IdentityBatches
from refpipe.backends.model_pack.picture_cache import cache_directory, read
from refpipe.backends.model_pack.training_set import PictureStore

if TYPE_CHECKING:
    from torch import Tensor

SIZE = (192, 128)
"""Height and width of what the model sees, pixels: 2:3, as reference pictures are."""
_FIRST_SIZE = (144, 96)
_FIRST_SHARE = 0.6
HIDDEN, _LAYERS, _HEADS, _PATCH = 192, 6, 3, 16
STEPS, FAMILIES_A_BATCH, SEED = 2000, 20, 7
_RATE, _WARM_UP, _DECAY, _AVERAGE = 1e-3, 100, 0.05, 0.997
_WARMTH, _TRAITS_SHARE = 0.08, 0.1
_SAVE_EVERY = 100


def network() -> Any:
    """The untrained encoder."""
    from transformers import DINOv3ViTConfig, DINOv3ViTModel

    return DINOv3ViTModel(
        DINOv3ViTConfig(
            image_size=SIZE[0],
            patch_size=_PATCH,
            hidden_size=HIDDEN,
            intermediate_size=4 * HIDDEN,
            num_hidden_layers=_LAYERS,
            num_attention_heads=_HEADS,
            num_register_tokens=4,
            layerscale_value=1.0,
            pos_embed_rescale=None,
        )
    )


def contrast(tokens: Tensor, labels: Tensor) -> Tensor:
    """Supervised contrastive loss of class tokens (n, d). Source: Khosla et al., "Supervised Contrastive Learning"."""
    import torch

    unit = torch.nn.functional.normalize(tokens, dim=1)
    likeness = unit @ unit.T / _WARMTH
    itself = torch.eye(len(labels), dtype=torch.bool)
    likeness = likeness.masked_fill(itself, -1e4)
    same = (labels[:, None] == labels[None]) & ~itself
    shares = likeness - likeness.logsumexp(1, keepdim=True)
    return -((shares * same).sum(1) / same.sum(1).clamp(min=1)).mean()


class IdentityTraining:
    """One run of the training. Broken off, it goes on from the last state that was kept."""

    def __init__(self, state_path: Path, *, steps: int = STEPS) -> None:
        import torch

        torch.manual_seed(SEED)
        self._path, self._steps = state_path, steps
        self.encoder = network()
        self.heads = torch.nn.ModuleDict(
            {trait: torch.nn.Linear(HIDDEN, len(names)) for trait, names in TRAITS.items()}
        )
        self.average = copy.deepcopy(self.encoder).eval().requires_grad_(requires_grad=False)
        weights = [*self.encoder.parameters(), *self.heads.parameters()]
        self._optimiser = torch.optim.AdamW(weights, lr=_RATE, weight_decay=_DECAY, betas=(0.9, 0.98))
        self.step = 0
        if state_path.is_file():
            self._restore(torch.load(state_path, weights_only=True))

    def run(self, store: PictureStore) -> None:
        """Train to the last step, telling how it goes."""
        import torch

        batches = IdentityBatches(store.pictures, families=FAMILIES_A_BATCH, seed=SEED + self.step)
        dice = torch.Generator().manual_seed(SEED + self.step)
        began, first = time.monotonic(), self.step
        while self.step < self._steps:
            batch = batches.next()
            size = _FIRST_SIZE if self.step < _FIRST_SHARE * self._steps else SIZE
            pictures = store.batch(batch.numbers, size, dice, is_flipped=batch.is_flipped)
            pictures = pictures[torch.arange(len(pictures))[:, None], batch.dyes]
            told = self._learn(pictures, batch)
            if self.step % 20 == 0:
                pace = (time.monotonic() - began) / (self.step - first)
                sys.stdout.write(f"step {self.step}: {told}, {pace:.2f} s a step\n")
                sys.stdout.flush()
            if self.step % _SAVE_EVERY == 0 or self.step == self._steps:
                self._keep()

    def _learn(self, pictures: Tensor, batch: Batch) -> str:
        import torch

        rate = _RATE * _share_of_rate(self.step, self._steps)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self.encoder.train()
        with torch.autocast("cpu", torch.bfloat16):
            tokens = self.encoder(pixel_values=pictures).pooler_output
        tokens = tokens.float()
        contrast_loss = contrast(tokens, batch.labels)
        traits = [
            torch.nn.functional.cross_entropy(self.heads[trait](tokens), batch.traits[:, place], ignore_index=UNKNOWN)
            for place, trait in enumerate(TRAITS)
            if (batch.traits[:, place] != UNKNOWN).any()
        ]
        trait_loss = torch.stack(traits).mean() if traits else torch.zeros(())
        self._optimiser.zero_grad()
        (contrast_loss + _TRAITS_SHARE * trait_loss).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.encoder.parameters(), 1.0)
        self._optimiser.step()
        self.step += 1
        self._follow()
        return f"contrast {float(contrast_loss):.3f}, traits {float(trait_loss):.3f}"

    def _follow(self) -> None:
        """The average moves a little towards the weights; further while they are young."""
        import torch

        share = min(_AVERAGE, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.encoder.parameters(), strict=True):
                mean.lerp_(now, 1 - share)

    def _keep(self) -> None:
        import torch

        state = {
            "step": self.step,
            "encoder": self.encoder.state_dict(),
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
        for name, part in (("encoder", self.encoder), ("heads", self.heads), ("average", self.average)):
            part.load_state_dict(state[name])
        self._optimiser.load_state_dict(state["optimiser"])


def _share_of_rate(step: int, steps: int) -> float:
    """Up in a line, then down along a cosine."""
    import math

    if step < _WARM_UP:
        return (step + 1) / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (step - _WARM_UP) / max(steps - _WARM_UP, 1))) + 0.01


def state_path() -> Path:
    return cache_directory().parent / "identity-state.pt"


def main(arguments: list[str]) -> None:
    steps = int(arguments[0]) if arguments else STEPS
    IdentityTraining(state_path(), steps=steps).run(PictureStore(read("train")))


if __name__ == "__main__":
    main(sys.argv[1:])
